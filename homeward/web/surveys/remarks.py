"""What is noted about an interview, in the reader's words: a question by its text, its technical name beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from homeward.domain.instruments import Instrument
from homeward.formats.xlsform.xform_sheets import FLAG_PREFIX
from homeward.web.surveys.instruments import said_record
from homeward.web.ui.words import Said, in_language, quoted

LONGEST = 120
Record = Mapping[str, Any]


def for_people(records: Iterable[Record]) -> list[Record]:
    """Without the calculations that a form makes for its own notices: flags are raised here, whatever those say."""
    return [record for record in records if not str(record.get("field") or "").startswith(FLAG_PREFIX)]


def said_about(record: Record, instrument: Instrument, language: str) -> Said:
    params = dict(record.get("params") or {})
    path = str(params.get("path") or "")
    name = str(record.get("field") or path.rsplit("/", 1)[-1])
    label = label_of(instrument, name, language)
    if not label:  # the code of the child stands on the page already; other calculations have but their name
        return replace(said_record(record), where="", name="" if name == instrument.about.child_question else name)
    said = said_record({**record, "params": {**params, "path": quoted(label)} if path else params})
    return replace(said, where=label, name=path.lstrip("/") if "[" in path else name)


def label_of(instrument: Instrument, name: str, language: str) -> str:
    """On one line and not without end."""
    question = instrument.by_name.get(name)
    label = " ".join(in_language(question.labels, language).split()) if question else ""
    return label if len(label) <= LONGEST else f"{label[: LONGEST - 1].rstrip()}…"
