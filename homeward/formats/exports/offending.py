"""The value that a finding is about, as the report of a file may show it: closed answers, numbers and days.

The report is passed on more easily than the file. So what somebody wrote in words, whatever is personal (L2) and
whatever is sealed (L4) is never repeated in it; the row and the field say where it stands.
"""

from __future__ import annotations

from homeward.domain.instruments import Missing, Question
from homeward.domain.privacy import Level
from homeward.domain.problems import Problem, escaped
from homeward.formats.exports.calculating import as_text
from homeward.formats.exports.cells import NUMBER_TYPES
from homeward.formats.exports.interviews import Interview, Interviews
from homeward.formats.xlsform.undeclared import DAYS

NOT_SHOWN = "(not shown)"
LONGEST = 40  # characters
OPEN = frozenset({Level.L0, Level.L1})


class Offending:
    """One for a file. `shown` looks at the cells again: only rows with findings pay for it."""

    def __init__(self, interviews: Interviews) -> None:
        self.instrument, self.columns = interviews.instrument, interviews.columns

    def shown(self, interview: Interview, problem: Problem) -> str:
        """In quotes, or why not; empty where no single value is meant."""
        name = problem.where.field
        text = self._text(interview, name)
        if not text:
            return ""
        if name in (*self.columns.ids, self.instrument.about.child_question):  # as the scores show them too
            return _quoted(text)
        question = self.instrument.by_name.get(name)
        if question is None:
            return _short_or_nothing(text) if name == "age" else NOT_SHOWN
        level = self.instrument.level_of(name)
        if level in OPEN:
            return _quoted(text)
        if level != Level.L3 or not self._closed(question):
            return NOT_SHOWN
        return _quoted(text) if self._listed(question, text) else _short_or_nothing(text)

    def _text(self, interview: Interview, name: str) -> str:
        columns, cells, about = self.columns, interview.cells, self.instrument.about
        if name == about.child_question:
            return interview.child
        own = {"age": columns.age, "birth_date": columns.birth_date, about.date_question: columns.date}
        key = own.get(name) or (name if name in columns.ids else "")
        if key:
            return cells.get(key, "").strip()
        if name in columns.sources:
            return self._in_columns(cells, name)
        answers = {**interview.answers, **interview.left_out}
        return as_text(answers.get(name, Missing.NO_ANSWER))

    def _in_columns(self, cells: dict[str, str], name: str) -> str:
        sources = self.columns.sources[name]
        whole = [text for key in sources.whole if (text := cells.get(key, "").strip())]
        split = [
            f"{code}={text}"
            for code, keys in sources.split.items()
            for key in keys
            if (text := cells.get(key, "").strip())
        ]
        return " | ".join(dict.fromkeys(whole)) or " ".join(split)

    def _closed(self, question: Question) -> bool:
        choices = self.instrument.choices_of(question)
        return choices is not None or question.type in (*NUMBER_TYPES, *DAYS, "time")

    def _listed(self, question: Question, text: str) -> bool:
        choices = self.instrument.choices_of(question)
        codes = {choice.code for choice in choices.choices} if choices else set()
        return codes.issuperset(text.split())


def _short_or_nothing(text: str) -> str:
    """A long text where an option, a number or a day belongs is somebody's words in the wrong column."""
    return _quoted(text) if len(text) <= LONGEST else NOT_SHOWN


def _quoted(text: str) -> str:
    return f"“{escaped(text if len(text) <= LONGEST else text[: LONGEST - 1] + '…')}”"
