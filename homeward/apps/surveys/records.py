"""The answers of one interview out of both records, what lies coded and what is sealed, each with its question's level.

Whoever shows answers or takes them away starts here, and decides by the level. What may not leave is not opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homeward.apps.surveys.definitions import Definition
from homeward.apps.surveys.models import Submission
from homeward.apps.surveys.reading import answers_of
from homeward.apps.surveys.sealing import texts_of, typed_child_of
from homeward.domain.codes import might_be_code
from homeward.domain.instruments import Answer, Instrument
from homeward.domain.privacy import Level


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    name: str  # of the question, or `group/name`
    level: Level
    kind: str  # coded: for `decode`; texts, media: the name of a file; calculated: what the form computed
    value: Any
    repeat: str = ""  # name of the repeat
    path: str = ""  # and place of its row


def kept_answers(
    instrument: Instrument, coded: Mapping[str, Any], texts: Mapping[str, Any] | None = None
) -> Iterator[KeptAnswer]:
    """Those outside repeats first. `texts` is the opened record; without it, only what lies coded."""
    texts = texts or {}
    yield from _row(instrument, coded.get("answers", {}), texts)
    beside = {row["path"]: row for row in texts.get("repeats", [])}
    for row in coded.get("repeats", []):
        yield from _row(instrument, row["answers"], beside.get(row["path"], {}), row["repeat"], row["path"])


def _row(
    instrument: Instrument, coded: Mapping[str, Any], texts: Mapping[str, Any], repeat: str = "", path: str = ""
) -> Iterator[KeptAnswer]:
    kinds = {"coded": {**coded, **texts.get("sealed", {})}}
    kinds |= {kind: texts.get(kind, {}) for kind in ("texts", "media", "calculated")}
    for kind, values in kinds.items():
        for name, value in values.items():
            yield KeptAnswer(name, instrument.level_of(name), kind, value, repeat, path)


def named_files(
    definition: Definition, coded: Mapping[str, Any], texts: Mapping[str, Any], levels: frozenset[Level]
) -> dict[str, bool]:
    """Files that answers name, and whether this reader may open them. A file named nowhere counts as personal."""
    kept = kept_answers(definition.instrument, coded, texts)
    files = [each for each in kept if each.kind == "media"]
    return {
        name: all(each.level in levels for each in files if each.value == name)
        for name in dict.fromkeys(each.value for each in files)
    }


def stored_answers(definition: Definition, submission: Submission) -> dict[str, Answer]:
    """To score an interview that is here. What is sealed is opened only where the form scores some of it."""
    texts = texts_of(submission) if definition.scores_sealed else {}
    return answers_of(submission.coded, texts, submission.problems)


def typed_child_shown(row: Submission, *, names: bool) -> str:
    """What stands in the place of the code may be a name; who may not see names is shown what may be a code."""
    text = typed_child_of(row)
    return text if names or might_be_code(text) else ""
