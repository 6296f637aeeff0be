"""Rows of an export -> interviews: answers by code, age, and findings that name row and field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import date
from itertools import chain, islice
from typing import NamedTuple

from homeward.domain.instruments import Answer, Instrument, Missing
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.exports import findings
from homeward.formats.exports.ages import Timing, timing
from homeward.formats.exports.calculating import CALCULATE, Calculations, as_text
from homeward.formats.exports.cells import CellReader
from homeward.formats.exports.columns import OWN_LEFT_OUT, Chosen, Columns, Sources
from homeward.formats.exports.fitting import Fit
from homeward.formats.exports.headers import SILENT
from homeward.formats.exports.identity import Seen
from homeward.formats.exports.model import Export, RawRow, refuse
from homeward.formats.exports.showing import child_as_shown
from homeward.formats.exports.skipping import SkipLogic
from homeward.formats.xform.expressions import references

SAMPLE = 2_000  # records whose keys are taken for the columns of a file without a header
MOST_VERSIONS = 10


class Interview(NamedTuple):
    row: int
    row_id: str
    answers: dict[str, Answer]
    left_out: dict[str, Answer]  # given, but hidden by the skip logic
    age: int | None
    date: date | None
    problems: tuple[Problem, ...]
    usable: bool  # false where cells may stand under wrong headers
    child: str  # the code or id that the file has; empty where it has none, "(not shown)" where it may be a name
    cells: dict[str, str]  # as they came


class Interviews:
    """Iterate once. `remarks` are about the file as a whole and complete when the rows are read."""

    def __init__(
        self,
        export: Export,
        instrument: Instrument,
        *,
        today: date | None = None,
        wanted: Collection[str] | None = None,
        chosen: Chosen | None = None,
    ) -> None:
        """`wanted` limits the work to these questions and what their skip logic needs."""
        self.export, self.instrument, self.today = export, instrument, today
        self.columns = Columns(instrument, export.file, chosen or Chosen())
        self.fit = Fit(self.columns)
        self._rows = self._begin()
        self._require_columns()
        present = self.columns.sources.keys()
        self.wanted = self._closure(wanted)
        self.calculations = Calculations(instrument, present, self.wanted, complete=export.columns is not None)
        self.skipping = SkipLogic(instrument, (*present, *self.calculations.names), self.wanted)
        self._arrange()
        self._ids, self._instances, self._children = Seen(), Seen(), Seen()
        self._versions: set[str] = set()

    @property
    def remarks(self) -> tuple[Problem, ...]:
        read = {name for component in self.instrument.components for name in component.of}
        scored = [name for name in self.wanted if name in read]
        lacking = [name for name in scored if name not in self.columns.sources]
        file, others = self.export.file, sorted(self._versions - {self.instrument.version})
        lacking = [name for name in self.wanted if name in scored and name not in self.columns.sources]
        return (
            *self.export.problems,
            *([wrong] if (wrong := self.fit.problem()) else []),
            *([findings.mostly_missing(file, len(lacking))] if 2 * len(lacking) > len(scored) else []),
            *(findings.column_missing(file, name) for name in lacking),
            *self.skipping.problems,
            *self.columns.remarks(),
            *(findings.repeat_ignored(file, name, count) for name, count in sorted(self.export.repeats.items())),
            *([findings.other_version(file, others, self.instrument.version)] if others else []),
        )

    def __iter__(self) -> Iterator[Interview]:
        dynamic = self.export.columns is None
        for row in self._rows:
            if dynamic and self.columns.learn(row.cells):
                self._arrange()
            yield self._interview(row)

    def _begin(self) -> Iterator[RawRow]:
        rows = self.export.rows()
        if self.export.columns is not None:
            self.columns.learn(self.export.columns)
            return rows
        sample = list(islice(rows, SAMPLE))
        for row in sample:
            self.columns.learn(row.cells)
        return chain(sample, rows)

    def _require_columns(self) -> None:
        asked = {question.name for question in self.instrument.questions if question.type not in SILENT}
        if self.export.columns is not None:  # else a question that nobody answered has no column
            asked = {name for component in self.instrument.components for name in component.of} & asked or asked
        for name in filter(None, vars(self.columns.chosen).values()):
            if not self.columns.key_of(name):
                findings.no_such_column(self.export.file, name)
        if asked and asked.isdisjoint(self.columns.sources):
            refuse(
                "wrong_instrument",
                "No column of the file belongs to a question of {id} {version}.",
                "Check the file and the instrument.",
                Where(file=self.export.file),
                id=self.instrument.id,
                version=self.instrument.version,
            )

    def _closure(self, wanted: Collection[str] | None) -> tuple[str, ...]:
        """Wanted questions and those that their conditions name, in the order of the form."""
        rows = self.instrument.by_name
        about = self.instrument.about
        named = (about.child_question, about.date_question, about.respondent_question)
        waiting = list(rows if wanted is None else (*wanted, *named))
        found: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in found or name not in rows:
                continue
            found.add(name)
            expressions = [rows[place].relevant for place in (*rows[name].path, name) if place in rows]
            if rows[name].type == CALCULATE and name not in self.columns.sources:
                expressions.append(rows[name].calculation)
            waiting += [other for text in expressions for other in _names_in(text)]
        return tuple(
            q.name for q in self.instrument.questions if q.name in found and not (q.type in SILENT or q.repeat)
        )

    def _arrange(self) -> None:
        """Readers for the columns known by now: the plain ones apart, because they are nearly all."""
        self._plain: list[tuple[str, str, Callable[[str], Answer]]] = []
        self._others: list[tuple[str, Sources, CellReader]] = []
        self._readers: list[CellReader] = []
        for name in self.wanted:
            sources = self.columns.sources.get(name)
            if sources is None:
                continue
            question = self.instrument.by_name[name]
            comma = self.export.decimal_comma
            reader = CellReader(question, self.instrument.choices_of(question), decimal_comma=comma)
            self._readers.append(reader)
            if len(sources.whole) == 1 and not sources.split:
                self._plain.append((name, sources.whole[0], reader.read))
            else:
                self._others.append((name, sources, reader))
        columns = self.columns
        self._keys = (columns.date, columns.birth_date, columns.age)
        self._id_keys, self._version_key, self._child_key = columns.ids, columns.version, columns.child

    def _interview(self, row: RawRow) -> Interview:
        cells = row.cells
        problems: list[Problem] = [row.problem] if row.problem else []
        row_id, found = self._identify(row)
        problems += found
        if row.problem is not None and row.problem.code == "exports.row_long":
            return Interview(row.number, row_id, {}, {}, None, None, tuple(problems), False, "", cells)
        answers = {name: read(cells.get(key, "")) for name, key, read in self._plain}
        for name, sources, reader in self._others:
            answers[name] = self._combined(sources, reader, cells, problems)
        when = self._timing(cells)
        problems += when.problems
        self.calculations.fill(answers)
        # where the table left out an answer that cannot be right, the questions behind it cannot be tested
        left_out = {} if cells.get(OWN_LEFT_OUT) else self._skip(answers, when.interview, problems)
        if left_out:  # what was calculated from it counts as empty too
            self.calculations.fill(answers)
        self._zeros(answers, problems)
        self._same_child(answers, when, row.number, problems)
        self.fit.hear(answers, left_out)
        placed = tuple(self.placed(problem, row.number) for problem in problems)
        child = self._child(cells, answers, left_out)
        return Interview(row.number, row_id, answers, left_out, when.age, when.interview, placed, True, child, cells)

    def _child(self, cells: dict[str, str], answers: dict[str, Answer], left_out: dict[str, Answer]) -> str:
        """As it stands in the file, so that tables can be joined; else as the form calculates it."""
        name = self.instrument.about.child_question
        given = cells.get(self._child_key, "").strip() if self._child_key else ""
        return child_as_shown(given or as_text(left_out.get(name) or answers.get(name, Missing.NO_ANSWER)))

    def placed(self, problem: Problem, row: int) -> Problem:
        """The finding with the file and row it is about."""
        return replace(problem, where=Where(self.export.file, problem.where.sheet, row, problem.where.field))

    def _identify(self, row: RawRow) -> tuple[str, list[Problem]]:
        """`row_id`, and whether it, or another id of the row, occurred before."""
        found: list[Problem] = []
        row_id = ""
        for at, key in enumerate(self._id_keys):
            text = row.cells.get(key, "").strip()
            if not text:
                continue
            earlier = (self._instances if row_id else self._ids).earlier(f"{key}={text}" if at else text, row.number)
            row_id = row_id or text
            if earlier and not found:
                found.append(findings.id_repeated(key, earlier))
        if self._version_key and len(self._versions) < MOST_VERSIONS:
            self._versions.add(row.cells.get(self._version_key, "").strip() or self.instrument.version)
        return row_id or str(row.number), found

    def _combined(self, sources: Sources, reader: CellReader, cells: dict[str, str], problems: list[Problem]) -> Answer:
        """One column where it is filled; else the columns of the options."""
        given = [answer for key in sources.whole if not isinstance(answer := reader.read(cells.get(key, "")), Missing)]
        if given:
            if any(answer != given[0] for answer in given):
                problems.append(findings.of_field("columns_disagree", reader.name))
                return Missing.NO_ANSWER
            return given[0]
        if any(reader.read(cells.get(key, "")) is Missing.NOT_ASKED for key in sources.whole):
            return Missing.NOT_ASKED
        texts = [cells.get(key, "").strip() for keys in sources.split.values() for key in keys]
        if not any(texts):
            return Missing.NO_ANSWER
        ticked = tuple(c for c, keys in sources.split.items() if any(reader.ticked(cells.get(k, ""), c) for k in keys))
        if not ticked:
            problems.append(findings.of_field("nothing_ticked", reader.name))
        return ticked or Missing.NO_ANSWER

    def _timing(self, cells: dict[str, str]) -> Timing:
        day, born, age = (cells.get(key, "") if key else "" for key in self._keys)
        return timing(day, born, age, self.instrument.about, self.today)

    def _skip(self, answers: dict[str, Answer], day: date | None, problems: list[Problem]) -> dict[str, Answer]:
        values = {name: as_text(answers.get(name, Missing.NO_ANSWER)) for name in self.skipping.names}
        left_out: dict[str, Answer] = {}
        for name in self.skipping.hidden(values, day or self.today):
            answer = answers.get(name, Missing.NO_ANSWER)
            answers[name] = Missing.NOT_ASKED
            if problems:
                problems[:] = [problem for problem in problems if problem.where.field != name]
            if not isinstance(answer, Missing):
                left_out[name] = answer
                code = "missing_as_zero" if as_text(answer) == "0" else "hidden_answer"
                problems.append(findings.of_field(code, name))
        return left_out

    def _zeros(self, answers: dict[str, Answer], problems: list[Problem]) -> None:
        for reader in self._readers:
            if reader.zeros and as_text(answers[reader.name]) == "0":
                answers[reader.name] = Missing.NO_ANSWER
                problems.append(findings.of_field("missing_as_zero", reader.name))

    def _same_child(self, answers: dict[str, Answer], when: Timing, row: int, problems: list[Problem]) -> None:
        about = self.instrument.about
        child = as_text(answers.get(about.child_question, Missing.NO_ANSWER))
        if not child or when.interview is None:
            return
        respondent = as_text(answers.get(about.respondent_question, Missing.NO_ANSWER))
        earlier = self._children.earlier(f"{child}|{when.interview}|{respondent}", row)
        if earlier:
            problems.append(findings.of_field("child_twice", about.child_question, other=earlier))


def _names_in(expression: str) -> tuple[str, ...]:
    try:
        return references(expression)
    except ProblemError:  # told by the skip logic, which cannot use it either
        return ()
