"""What an instrument is: questions, choices, scoring components and worked examples, as plain values.

An instrument is data, never code. `formats.xlsform` makes these values from a folder of CSV sheets, a workbook or an
agency's own XLSForm; `domain.scoring` reads them. The column meanings stand in docs/methods/instrument-format.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Literal

from homeward.domain.privacy import IN_CLEAR, Level, narrowest
from homeward.domain.problems import Where

Text = Mapping[str, str]  # language code -> text

QUESTION_OF_CHILD = "child_code"
QUESTION_OF_DATE = "interview_date"
QUESTION_OF_RESPONDENT = "respondent"
COMMUNITY_OBSERVATION = "community-observation"  # the one form of a community monitor in our own app
DEFAULT_MINIMUM_SHARE = 60  # per cent of applicable items


class WordingStatus(StrEnum):
    OFFICIAL = "official"
    OWN = "own"
    PLACEHOLDER = "placeholder"  # scored from files and in tests, never published


class Missing(StrEnum):
    """Why there is no value. The kinds are kept apart; only a named missing rule may turn one into a number."""

    DONT_KNOW = "dont_know"
    REFUSED = "refused"
    NOT_APPLICABLE = "not_applicable"
    NOT_ASKED = "not_asked"  # hidden by the skip logic
    NO_ANSWER = "no_answer"  # asked and left empty, or absent from the file


class How(StrEnum):
    ITEM = "item"  # the score of the chosen option
    MEAN = "mean"
    MAX = "max"
    ANY = "any"  # best of the ticked options of a multiple choice
    COUNT = "count"  # number of ticked options, then bands
    BANDS = "bands"  # a number, through bands
    WORST_OF = "worst_of"  # minimum; a worst value stands even when others are missing


class MissingRule(StrEnum):
    SKIP = "skip"  # leaves numerator and denominator
    VALUE = "value"  # each missing answer counts as `missing_value`
    NONE = "none"  # then the dimension has no score


@dataclass(frozen=True, slots=True)
class FlagMark:
    """What an option raises. Kinds: harm, no_caregiver, hunger, dangerous_work, self_harm, call_back."""

    kind: str
    severity: Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Choice:
    code: str
    labels: Text
    score: Decimal | None = None  # 0-1, 1 is the good end
    missing: Missing | None = None
    exclusive: bool = False  # "none": nothing else may be ticked with it
    flag: FlagMark | None = None
    where: Where = Where()


@dataclass(frozen=True, slots=True)
class ChoiceList:
    name: str
    choices: tuple[Choice, ...]

    def get(self, code: str) -> Choice | None:
        return next((choice for choice in self.choices if choice.code == code), None)


@dataclass(frozen=True, slots=True)
class Question:
    """One row of the survey sheet; groups, repeats, notes and calculates too, told apart by their type."""

    name: str
    type: str  # XLSForm type without the list name: select_one, integer, text, note, calculate ...
    list_name: str = ""
    labels: Text = field(default_factory=dict)
    hints: Text = field(default_factory=dict)
    path: tuple[str, ...] = ()  # names of the groups and repeats around it, outermost first
    repeat: str = ""  # name of the innermost repeat around it, if any
    relevant: str = ""
    constraint: str = ""
    calculation: str = ""
    appearance: str = ""
    required: bool = False
    privacy: Level = Level.L3
    privacy_declared: bool = True  # or taken from the type, because the form says nothing
    guardian_visible: bool = False
    indicator: str = ""
    concept: str = ""
    anchor: str = ""  # links age bands and versions
    consultation: str = "not consulted"
    reverse: bool = False  # the value is 1 minus the option's score
    where: Where = Where()


@dataclass(frozen=True, slots=True)
class Band:
    low: Decimal | None  # None: no lower bound
    high: Decimal | None  # inclusive; None: no upper bound
    value: Decimal


@dataclass(frozen=True, slots=True)
class Condition:
    """`question = code` or `question != code`; several are joined by `and`."""

    question: str
    code: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Component:
    """One row of the scoring sheet.

    Rows of the same name are alternatives: the first whose ages and conditions hold is used.
    `of` names questions or other components. A component that names components is a construct and is left out of the
    answered share. A component without dimension serves other components only.
    """

    name: str
    how: How
    of: tuple[str, ...]
    bands: tuple[Band, ...] = ()
    when: tuple[Condition, ...] = ()
    dimension: str = ""
    weights: Mapping[str, Decimal] = field(default_factory=dict)  # set -> weight; absent weighs 1 in `equal`
    missing_rule: MissingRule = MissingRule.SKIP
    missing_value: Decimal | None = None
    minimum_share: int | None = None  # per cent of `of` that must have a value
    min_age: int | None = None  # completed years, inclusive
    max_age: int | None = None
    where: Where = Where()


Answer = str | tuple[str, ...] | Decimal | Missing  # option code, ticked codes, number; text and media are not scored


@dataclass(frozen=True, slots=True)
class Example:
    """A golden case worked out by a person: answers in, scores out (six decimals)."""

    name: str
    age: int | None
    answers: Mapping[str, Answer]
    expected: Mapping[str, Decimal | None]  # dimension name or `composite` -> score; None: no score
    where: Where = Where()


@dataclass(frozen=True, slots=True)
class About:
    id: str
    version: str
    titles: Text
    family: str = "survey"  # survey, visit, observation, fgd, kii, case_study
    dimensions: tuple[str, ...] = ()
    population: tuple[str, ...] = ("returnee", "host_peer")
    respondents: tuple[str, ...] = ()  # child, caregiver, adult, observer
    min_age: int | None = None  # of the child the answers are about
    max_age: int | None = None
    wording_status: WordingStatus = WordingStatus.OWN
    languages: Mapping[str, str] = field(default_factory=dict)  # code -> draft | reviewed | piloted
    default_language: str = "en"
    source: str = ""
    licence: str = ""
    consultation: str = ""
    minimum_share: int = DEFAULT_MINIMUM_SHARE
    below_minimum: Literal["no_score", "mark"] = "no_score"
    dimension_weights: str = "equal"  # weight set used for dimension scores
    composite_weights: str = ""  # weight set of the composite; empty: no composite
    child_question: str = QUESTION_OF_CHILD
    date_question: str = QUESTION_OF_DATE
    respondent_question: str = QUESTION_OF_RESPONDENT
    subject: str = "child"  # whom the score describes: child, caregiver, group
    collect: bool = True  # may go to ODK Collect; else it stands in the browser interview alone
    encrypted: bool = False  # goes to ODK Collect alone, which encrypts the whole of it to the programme's key


@dataclass(frozen=True)
class Instrument:
    about: About
    questions: tuple[Question, ...]
    choice_lists: Mapping[str, ChoiceList]
    components: tuple[Component, ...] = ()
    examples: tuple[Example, ...] = ()
    checksum: str = ""  # SHA-256 over the canonical sheets

    @property
    def id(self) -> str:
        return self.about.id

    @property
    def version(self) -> str:
        return self.about.version

    @property
    def scored(self) -> bool:
        return any(component.dimension for component in self.components)

    @cached_property
    def by_name(self) -> Mapping[str, Question]:
        return {question.name: question for question in self.questions}

    @cached_property
    def levels(self) -> Mapping[str, Level]:
        """Question name -> how its answers are protected; of questions that share a name, by the one with the fewest
        readers.
        """
        found: dict[str, Level] = {}
        for question in self.questions:
            found[question.name] = narrowest((question.privacy, found.get(question.name, question.privacy)))
        return found

    def level_of(self, name: str) -> Level:
        """By the name under which an answer is kept, which may be `group/name`. What no row declares is personal."""
        return self.levels.get(name.rsplit("/", 1)[-1], Level.L2)

    def in_clear(self, name: str) -> bool:
        """Whether a number, a date or a chosen code may lie coded."""
        return self.level_of(name) in IN_CLEAR

    @cached_property
    def scored_names(self) -> frozenset[str]:
        """Everything that components and their conditions read."""
        rows = self.components
        return frozenset(name for row in rows for name in (*row.of, *(each.question for each in row.when)))

    def choices_of(self, question: Question) -> ChoiceList | None:
        return self.choice_lists.get(question.list_name) if question.list_name else None
