"""The columns of a table of answers: those of the form that may leave, over one version or several.

What somebody wrote, drew or said stays sealed, and so do places. Who it is (L2) and what is sealed to focal points
(L4) never leave in a table, whoever asks. What remains is coded, and the child goes by its code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from homeward.apps.surveys.reading import decode
from homeward.domain.instruments import Choice, ChoiceList, Instrument, Missing, Question
from homeward.domain.privacy import Level
from homeward.formats.exports.cells import BETWEEN_LABELS, NOT_ASKED
from homeward.formats.exports.headers import codes_by_text, plain
from homeward.formats.tables.writing import Cell, safe_text

LEAVES = frozenset({Level.L0, Level.L1, Level.L3})
CHOICES = frozenset({"select_one", "select_multiple", "select_one_external", "rank"})
VALUES = frozenset({"integer", "decimal", "range", "date", "time", "datetime", "acknowledge", "trigger"})
MANY = frozenset({"select_multiple", "rank"})
_WHOLE = re.compile(r"-?[1-9]\d{0,14}|0")


@dataclass(frozen=True, slots=True)
class Style:
    """How answers are written. `language`: labels instead of codes; empty: codes. `split`: one column an option."""

    language: str = ""
    split: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """One question of one version -> the text of a cell."""

    question: Question
    choices: ChoiceList | None
    labels: Mapping[str, str]  # code -> what stands for it

    def cell(self, value: Any) -> Cell:
        """What was not asked is told from what was asked and left empty, unless the form has that very code."""
        if value is None:
            return None
        answer = decode(value)
        if isinstance(answer, Missing):
            asked = answer is not Missing.NOT_ASKED or (self.choices and self.choices.get(NOT_ASKED))
            return None if asked else NOT_ASKED
        if isinstance(answer, Decimal):
            return Decimal(f"{answer:f}")
        if isinstance(answer, tuple):
            parts = [self.labels.get(code, code) for code in answer]
            return _code(BETWEEN_LABELS.join(parts) if self.labels else " ".join(parts))
        if self.question.type == "date":
            return _day(answer)
        return self.labels.get(answer) or _code(answer)

    def ticked(self, value: Any, code: str) -> Cell:
        answer = decode(value) if value is not None else None
        return int(code in answer) if isinstance(answer, tuple) else None


@dataclass
class Layout:
    """The columns of one table: of the interviews, or of one repeat."""

    repeat: str = ""
    keys: list[str] = field(default_factory=list)
    options: dict[str, list[str]] = field(default_factory=dict)  # key -> codes, where it is split
    readers: dict[UUID, dict[str, Reader]] = field(default_factory=dict)  # version -> key -> reader
    known: dict[UUID, frozenset[str]] = field(default_factory=dict)  # version -> keys that its form has

    def header(self, taken: frozenset[str]) -> Iterator[str]:
        """A question called like one of our own columns is named with its group, as collecting systems do."""
        for key in self.keys:
            name = f"answers/{key}" if key in taken else key
            yield name
            yield from (f"{name}/{code}" for code in self.options.get(key, ()))

    def cells(self, version: UUID, answers: Mapping[str, Any]) -> Iterator[Cell]:
        readers, known = self.readers[version], self.known[version]
        for key in self.keys:
            reader, value = readers.get(key), answers.get(key)
            if reader is None:
                yield None if key in known else NOT_ASKED
            else:
                yield reader.cell(value)
            for code in self.options.get(key, ()):
                yield reader.ticked(value, code) if reader else None


def layouts(instruments: Mapping[UUID, Instrument], style: Style) -> list[Layout]:
    """The table of interviews first, then one a repeat. `instruments` by version, the newest first."""
    repeats = [
        question.name
        for instrument in instruments.values()
        for question in instrument.questions
        if question.type == "begin_repeat"
    ]
    made = [_layout(repeat, instruments, style) for repeat in dict.fromkeys(["", *repeats])]
    return [layout for layout in made if layout.keys or not layout.repeat]


def _layout(repeat: str, instruments: Mapping[UUID, Instrument], style: Style) -> Layout:
    layout = Layout(repeat)
    for version, instrument in instruments.items():
        rows = questions_of(instrument, repeat)
        taken = {key: row for key, row in rows.items() if leaves(row) and not _is_child(instrument, row)}
        layout.known[version] = frozenset(rows)
        layout.readers[version] = {key: _reader(instrument, row, style) for key, row in taken.items()}
        _merge(layout.keys, list(taken))
        for key, reader in layout.readers[version].items() if style.split else ():
            if reader.choices is not None and reader.question.type in MANY:
                codes = layout.options.setdefault(key, [])
                codes += [choice.code for choice in reader.choices.choices if choice.code not in codes]
    return layout


def questions_of(instrument: Instrument, repeat: str) -> dict[str, Question]:
    """By the name under which answers are kept: a name that comes twice is kept with its group the second time."""
    found: dict[str, Question] = {}
    for question in instrument.questions:
        if question.repeat == repeat and question.name and not question.type.startswith(("begin_", "end_")):
            again = question.name in found and question.path
            found[f"{question.path[-1]}/{question.name}" if again else question.name] = question
    return found


def leaves(question: Question) -> bool:
    """Whether the answers may stand in a table to take away."""
    return question.privacy in LEAVES and question.type in CHOICES | VALUES


def _is_child(instrument: Instrument, question: Question) -> bool:
    """The code stands in a column of its own, from the record."""
    return question.name == instrument.about.child_question


def _reader(instrument: Instrument, question: Question, style: Style) -> Reader:
    choices = instrument.choices_of(question)
    if choices is None or not style.language:
        return Reader(question, choices, {})
    default = instrument.about.default_language
    return Reader(question, choices, dict(_labels(choices, style.language, default)))


def _labels(choices: ChoiceList, language: str, default: str) -> Iterator[tuple[str, str]]:
    """A label that would not be read back as its option, because two share it or it needs a quote: then the code."""
    codes = codes_by_text(choices)
    for choice in choices.choices:
        label = _label(choice, language, default)
        alone = codes.get(plain(label)) == (choice.code,) and BETWEEN_LABELS.strip() not in label
        yield choice.code, label if alone and safe_text(label) == label else choice.code


def _label(choice: Choice, language: str, default: str) -> str:
    return " ".join((choice.labels.get(language) or choice.labels.get(default) or choice.code).split())


def _merge(keys: list[str], more: Sequence[str]) -> None:
    """Questions of an older version stand behind the one that they followed there."""
    place = 0
    for key in more:
        if key in keys:
            place = keys.index(key) + 1
        else:
            keys.insert(place, key)
            place += 1


def _code(text: str) -> Cell:
    """A code that is a number is written as one, so that -99 needs no quote mark; 007 is none."""
    return int(text) if _WHOLE.fullmatch(text) else text


def _day(text: str) -> Cell:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text
