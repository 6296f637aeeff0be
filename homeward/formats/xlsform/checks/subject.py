"""What every check looks at: the instrument, its sheets by canonical column, and the report to write to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from homeward.domain.instruments import Instrument, Question
from homeward.domain.problems import Problem, Severity, Where
from homeward.formats.tables.sheets import Sheet
from homeward.formats.xlsform.about_sheet import default_language, settings_values
from homeward.formats.xlsform.cells import Report
from homeward.formats.xlsform.columns import ABOUT, CHOICES, SETTINGS, SURVEY, Columns, plain_expression
from homeward.formats.xlsform.form_sheets import choice_columns, survey_columns
from homeward.formats.xlsform.loading import Loaded

MAX_PER_CODE = 100  # findings of one kind on a sheet; the rest are counted
MAX_ALIKE = 5  # warnings of one kind in one column, so that an agency's habit does not hide what matters
SILENT_TYPES = frozenset(
    {"calculate", "hidden", "start", "end", "today", "deviceid", "username", "phonenumber", "subscriberid"}
    | {"simserial", "email", "audit", "start-geopoint", "background-audio", "background-geopoint"}
    | {"xml-external", "csv-external"}
)
CONTAINER_TYPES = frozenset({"begin_group", "begin_repeat"})
START_GROUP = "start"


@dataclass
class Subject:
    loaded: Loaded
    report: Report = field(init=False)

    def __post_init__(self) -> None:
        self.report = Report(self.loaded.file)

    @property
    def instrument(self) -> Instrument:
        return self.loaded.instrument

    @property
    def own(self) -> bool:
        """Made for Homeward: it has an about sheet, so what it leaves out is an error and not an agency's habit."""
        return ABOUT in self.loaded.sheets

    @property
    def severity(self) -> Severity:
        return "error" if self.own else "warning"

    def sheet(self, name: str) -> Sheet | None:
        return self.loaded.sheets.get(name)

    @cached_property
    def language(self) -> str:
        return default_language(self.sheet(ABOUT), settings_values(self.sheet(SETTINGS)))

    @cached_property
    def survey(self) -> Columns:
        return survey_columns(self.loaded.sheets[SURVEY], self.language)

    @cached_property
    def choices(self) -> Columns:
        return choice_columns(self.sheet(CHOICES) or Sheet(CHOICES, (), ()), self.language)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Declared in the about sheet; else what the labels speak."""
        declared = tuple(self.instrument.about.languages)
        return declared if self.own and declared else self.survey.languages(("label",)) or declared

    def at(self, where: Where, column: str) -> Where:
        """The same row, in the column as its header is written on that sheet."""
        columns = self.survey if where.sheet == SURVEY else self.choices
        return replace(where, field=columns.header.get(column, column))

    def cell(self, question: Question, column: str) -> str:
        """The text of another column of the row where a question stands, as an expression would be read."""
        header = self.survey.header.get(column)
        return plain_expression(self._rows.get((question.where.row, header), "")) if header else ""

    @cached_property
    def _rows(self) -> dict[tuple[int | None, str], str]:
        return {(row.number, header): text for row in self.loaded.sheets[SURVEY] for header, text in row.cells.items()}


def is_shown(question: Question) -> bool:
    return question.type not in SILENT_TYPES


def holds_answer(question: Question) -> bool:
    return is_shown(question) and question.type not in CONTAINER_TYPES and question.type != "note"


def shortened(problems: list[Problem]) -> tuple[Problem, ...]:
    """A few findings of each kind and how many more there are, so that a broken or hostile form can be read about."""
    alike: dict[tuple[str, str, str], list[Problem]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for key in dict.fromkeys(map(_hashable, problems)):
        problem = key.original
        column = problem.where.field.rstrip("0123456789") if problem.severity == "warning" else ""
        group = (problem.code, problem.where.sheet, column)
        counts[problem.code] += group not in alike
        alike[group if counts[problem.code] <= MAX_PER_CODE else (problem.code, problem.where.sheet, "")].append(
            problem
        )
    return tuple(problem for group in alike.values() for problem in _some(group))


def _some(group: list[Problem]) -> Iterator[Problem]:
    most = MAX_ALIKE if group[0].severity == "warning" else MAX_PER_CODE
    yield from group[:most]
    if len(group) > most:
        last = group[-1]
        yield Problem(
            "instrument.more",
            "There are {count} more like it ({code}), the last of them here.",
            "",
            last.where,
            {"count": len(group) - most, "code": last.code.partition(".")[2]},
            severity=last.severity,
        )


@dataclass(frozen=True)
class _Key:
    code: str
    where: Where
    text: str
    original: Problem = field(compare=False)


def _hashable(problem: Problem) -> _Key:
    return _Key(problem.code, problem.where, str(problem), problem)
