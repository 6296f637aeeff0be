"""The value that a finding is about, as the report of a file may show it: closed answers, numbers and days.

The report is passed on more easily than the file. So what somebody wrote in words, however short, whatever is personal
(L2) and whatever is sealed (L4) is never repeated in it; the row and the field say where it stands.
"""

from __future__ import annotations

from homeward.domain.instruments import Missing, Question
from homeward.domain.privacy import Level
from homeward.domain.problems import Problem, escaped
from homeward.formats.exports.calculating import as_text
from homeward.formats.exports.cells import NUMBER_TYPES, CellReader
from homeward.formats.exports.interviews import Interview, Interviews
from homeward.formats.exports.showing import NOT_SHOWN, cannot_be_words
from homeward.formats.xlsform.undeclared import DAYS

LONGEST = 40  # characters
OPEN = frozenset({Level.L0, Level.L1})


class Offending:
    """One for a file. `shown` looks at the cells again: only rows with findings pay for it."""

    def __init__(self, interviews: Interviews) -> None:
        self.instrument, self.columns = interviews.instrument, interviews.columns
        self._readers: dict[str, CellReader] = {}

    def shown(self, interview: Interview, problem: Problem) -> str:
        """In quotes, or why not; empty where no single value is meant."""
        name = problem.where.field
        text, parts = self._text(interview, name)
        if not text or text == NOT_SHOWN:
            return text
        if name in (*self.columns.ids, self.instrument.about.child_question):  # as the scores show them too
            return _quoted(text)
        question = self.instrument.by_name.get(name)
        if question is None:
            return _quoted(text) if name == "age" and cannot_be_words(text) else NOT_SHOWN
        level = self.instrument.level_of(name)
        if level not in OPEN and not (level == Level.L3 and self._closed(question)):
            return NOT_SHOWN
        plain = all(cannot_be_words(part) or self._listed(question, part) for part in parts)
        return _quoted(text) if plain else NOT_SHOWN

    def _text(self, interview: Interview, name: str) -> tuple[str, list[str]]:
        """How the value is written, and the cells it is made of."""
        columns, about = self.columns, self.instrument.about
        own = {"age": columns.age, "birth_date": columns.birth_date, about.date_question: columns.date}
        key = own.get(name) or (name if name in columns.ids else "")
        if name == about.child_question:
            text = interview.child
        elif key:
            text = interview.cells.get(key, "").strip()
        elif name in columns.sources:
            return self._in_columns(interview.cells, name)
        else:
            answers = {**interview.answers, **interview.left_out}
            text = as_text(answers.get(name, Missing.NO_ANSWER))
        return text, [text]

    def _in_columns(self, cells: dict[str, str], name: str) -> tuple[str, list[str]]:
        sources = self.columns.sources[name]
        whole = list(dict.fromkeys(text for key in sources.whole if (text := cells.get(key, "").strip())))
        if whole:
            return " | ".join(whole), whole
        split = [
            (code, text) for code, keys in sources.split.items() for key in keys if (text := cells.get(key, "").strip())
        ]
        return " ".join(f"{code}={text}" for code, text in split), [text for _, text in split]

    def _closed(self, question: Question) -> bool:
        choices = self.instrument.choices_of(question)
        return choices is not None or question.type in (*NUMBER_TYPES, *DAYS, "time")

    def _listed(self, question: Question, text: str) -> bool:
        """Whether it is the form's own words: options by their codes or labels."""
        choices = self.instrument.choices_of(question)
        if choices is None:
            return False
        reader = self._readers.setdefault(question.name, CellReader(question, choices))
        read = reader.read(text)
        return reader.exact.issuperset(read if isinstance(read, tuple) else (str(read),))


def _quoted(text: str) -> str:
    return f"“{escaped(text if len(text) <= LONGEST else text[: LONGEST - 1] + '…')}”"
