"""Whether a file looks like the instrument that somebody chose, and which instrument of the library it looks like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from homeward.domain.instruments import Answer, Missing
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.exports.columns import Columns
from homeward.formats.exports.headers import SILENT, Headers
from homeward.formats.exports.model import column_name, notice
from homeward.formats.xlsform.library import Library

OTHER_INSTRUMENT = "exports.other_instrument"
LOOKED_AT = 200  # interviews
FEWEST = 3  # closed questions, or headers, that allow a judgement


class Fit:
    """Hears the first interviews; few columns alone are no fault, as people export what they need."""

    def __init__(self, columns: Columns) -> None:
        self.columns, self.instrument = columns, columns.instrument
        self._options = {
            question.name: frozenset(choice.code for choice in choices.choices)
            for question in self.instrument.questions
            if not question.type.endswith("_from_file")
            and (choices := self.instrument.choices_of(question)) is not None
        }
        self._heard, self._answered, self._unknown = 0, Counter[str](), Counter[str]()

    def hear(self, *given: Mapping[str, Answer]) -> None:
        if self._heard >= LOOKED_AT:
            return
        self._heard += 1
        for name, answer in (item for answers in given for item in answers.items()):
            if name in self._options and not isinstance(answer, Missing):
                codes = answer if isinstance(answer, tuple) else (str(answer),)
                self._answered[name] += 1
                self._unknown[name] += not self._options[name].issuperset(codes)

    def problem(self) -> Problem | None:
        strange, few = self._strange_options(), self._few_columns()
        if not strange and not few:
            return None
        better = better_fit(self.columns)
        if not strange and not better and not self._foreign_header():
            return None
        where = Where(file=self.columns.file)
        message = "This file does not look like the instrument {id} {version}."
        params = {"id": self.instrument.id, "version": self.instrument.version}
        if better:
            action = "It looks like {better}: choose that one, or check the file."
            return notice("other_instrument", message, action, where, **params, better=better)
        return notice("other_instrument", message, "Check the file and the instrument.", where, **params)

    def _few_columns(self) -> bool:
        asked = {q.name for q in self.instrument.questions if q.type not in (*SILENT, "calculate") and not q.repeat}
        return 2 * len(asked & self.columns.sources.keys()) < len(asked)

    def _foreign_header(self) -> bool:
        names = _names(self.columns, self.columns.headers)
        known = [name for name in names if self.columns.headers.match(name).target is not None]
        return len(names) >= FEWEST and 2 * len(known) < len(names)

    def _strange_options(self) -> bool:
        strange = [name for name, count in self._answered.items() if 2 * self._unknown[name] > count]
        return len(self._answered) >= FEWEST and 2 * len(strange) > len(self._answered)


def _names(columns: Columns, headers: Headers) -> set[str]:
    """Headers but those that the collecting system adds."""
    names = {column_name(key) for key in columns.keys} - {""}
    return {name for name in names if not headers.match(name).system}


def _questions(names: Iterable[str], headers: Headers) -> set[str]:
    return {match.target.question for match in map(headers.match, names) if match.target is not None}


def better_fit(columns: Columns) -> str:
    """The instrument of the packaged library whose questions the header names more of, if there is one."""
    names = _names(columns, columns.headers)
    best, most = "", len(_questions(names, columns.headers))
    entries = Library().entries() if most < len(names) else ()  # where all headers are known, none can do better
    for entry in entries:
        try:
            headers = Headers(entry.load().instrument)
        except ProblemError:
            continue
        count = len(_questions(names, headers))
        if count > most and entry.id != columns.instrument.id:
            best, most = entry.id, count
    return best
