"""The columns of one file, sorted by what they are for; and what has to be said about them once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from homeward.domain.instruments import Instrument
from homeward.domain.problems import Problem, Where
from homeward.formats.exports.ages import AGE_NAMES, BIRTH_NAMES
from homeward.formats.exports.headers import Headers
from homeward.formats.exports.model import column_name, notice

ID_NAMES = ("_id", "KEY", "meta/instanceID", "meta-instanceID", "instanceID", "__id", "_uuid")
VERSION_NAMES = frozenset({"FormVersion", "__system/formVersion", "_instrument_version"})
CHILD_NAMES = ("child_code", "code", "child_id", "external_id")  # the first that is there
OWN_AGE = "_age_years"  # from the record of the child, in a table of answers that was taken from Homeward
OWN_DATE = "_interviewed_on"
OWN_LEFT_OUT = "_answers_left_out"  # questions whose answers cannot be right, with blanks between
MOST_REPORTED = 300


@dataclass(frozen=True)
class Chosen:
    """Columns that a person named, where names alone do not tell."""

    age: str = ""
    birth_date: str = ""
    date: str = ""


@dataclass
class Sources:
    """Where a question's answers stand: usually one column; several after a form was regrouped; or one an option."""

    whole: list[str] = field(default_factory=list)
    split: dict[str, list[str]] = field(default_factory=dict)  # code -> columns


class Columns:
    def __init__(self, instrument: Instrument, file: str, chosen: Chosen) -> None:
        self.instrument, self.file, self.chosen = instrument, file, chosen
        self.headers = Headers(instrument)
        self.sources: dict[str, Sources] = {}
        self.keys: set[str] = set()
        self.problems: list[Problem] = []
        self._named: dict[str, str] = {}  # last part of the header, folded -> key
        self._unreported = 0

    def learn(self, keys: Iterable[str]) -> bool:
        """Whether a column was new."""
        new = [key for key in keys if key not in self.keys]
        for key in new:
            self.keys.add(key)
            self._learn(key)
        return bool(new)

    def key_of(self, *names: str) -> str:
        """The first of these columns that is there."""
        for name in names:
            found = name if name in self.keys else self._named.get(name.casefold(), "")
            if found:
                return found
        return ""

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(name for name in ID_NAMES if name in self.keys)

    @property
    def child(self) -> str:
        """What the form calls the child, or else what other tables do; a form may calculate it and need no column."""
        name = self.instrument.about.child_question
        if found := self.key_of(name) or self._asked(name):
            return found
        return "" if name in self.instrument.by_name else self.key_of(*CHILD_NAMES)

    @property
    def age(self) -> str:
        names = (OWN_AGE, *self._by_concept("age"), *AGE_NAMES)
        return self.key_of(self.chosen.age) if self.chosen.age else self.key_of(*names) or self._asked(*names)

    @property
    def birth_date(self) -> str:
        names = (*self._by_concept("birth_date"), *BIRTH_NAMES)
        if self.chosen.birth_date:
            return self.key_of(self.chosen.birth_date)
        if OWN_AGE in self.keys and not self.chosen.age:
            return ""
        return self.key_of(*names) or self._asked(*names)

    @property
    def date(self) -> str:
        if self.chosen.date:
            return self.key_of(self.chosen.date)
        sources = self.sources.get(self.instrument.about.date_question)
        return sources.whole[0] if sources and sources.whole else self.key_of("today", OWN_DATE)

    @property
    def version(self) -> str:
        return next((key for key in self.keys if key in VERSION_NAMES), "")

    def _asked(self, *names: str) -> str:
        """The column of the first of these questions that is there, by whatever header: its label, for one."""
        return next((found.whole[0] for name in names if (found := self.sources.get(name)) and found.whole), "")

    def _by_concept(self, concept: str) -> list[str]:
        return [question.name for question in self.instrument.questions if question.concept == concept]

    def _learn(self, key: str) -> None:
        header = column_name(key)
        self._named.setdefault(header.replace("-", "/").rpartition("/")[2].casefold(), key)
        match = self.headers.match(header)
        if match.target is None:
            if not match.system and header:
                self._say_of_column(header, match.candidates)
            return
        question = self.instrument.by_name[match.target.question]
        if question.repeat:
            self._say(
                "repeat_column",
                "The column belongs to a repeat, which may have many answers; it is not scored.",
                "Nothing needs to be done.",
                header,
            )
            return
        sources = self.sources.setdefault(question.name, Sources())
        if match.target.code:
            sources.split.setdefault(match.target.code, []).append(key)
        else:
            sources.whole.append(key)

    def _say_of_column(self, header: str, candidates: tuple[str, ...]) -> None:
        if header in (self.chosen.age, self.chosen.birth_date, self.chosen.date) or self._is_personal(header):
            return
        if candidates:
            self._say(
                "column_unclear",
                "The header fits several questions ({names}), so the column is not used.",
                "Export with names instead of labels, or with the names of groups in the headers.",
                header,
                names=", ".join(candidates[:6]),
            )
        else:
            self._say(
                "column_unknown",
                "The column belongs to no question of the instrument and is not used.",
                "Nothing needs to be done, unless a question of the instrument was meant.",
                header,
            )

    def _is_personal(self, header: str) -> bool:
        last = header.replace("-", "/").rpartition("/")[2].casefold()
        return last in AGE_NAMES or last in BIRTH_NAMES

    def _say(self, code: str, message: str, action: str, header: str, **params: str) -> None:
        if len(self.problems) >= MOST_REPORTED:
            self._unreported += 1
            return
        self.problems.append(notice(code, message, action, Where(file=self.file, field=header[:200]), **params))

    def remarks(self) -> tuple[Problem, ...]:
        """Everything said about columns, once."""
        if not self._unreported:
            return tuple(self.problems)
        more = notice(
            "columns_more",
            "{count} further columns are not used.",
            "Check that the file goes with the instrument.",
            Where(file=self.file),
            count=self._unreported,
        )
        return (*self.problems, more)
