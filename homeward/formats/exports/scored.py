"""Interviews -> one row of scores each, and the counts that make a summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from homeward.domain.problems import Problem
from homeward.domain.scoring import SCORER_VERSION, Flag, Result, Score, Scorer
from homeward.formats.exports.interviews import Interview, Interviews
from homeward.formats.tables.writing import Cell

COMPOSITE = "composite"
WHO = ("row_id", "row", "child_code")  # what joins the scores to the file and to the children
Report = Callable[[Interview, Problem], None]


@dataclass
class Tally:
    """Of one dimension, or the composite."""

    scored: int = 0
    not_enough: int = 0
    total: Decimal = Decimal(0)

    @property
    def mean(self) -> Decimal | None:
        return (self.total / self.scored).quantize(Decimal("0.000001")) if self.scored else None


@dataclass
class Counts:
    interviews: int = 0
    unusable: int = 0
    with_problems: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    texts: dict[str, str] = field(default_factory=dict)  # what each code of a problem means, for all its rows
    flags: Counter[str] = field(default_factory=Counter)
    scores: dict[str, Tally] = field(default_factory=dict)
    without_age: int = 0


class ScoredRows:
    """`rows()` once; `counts` are complete when it is through. `report` hears every finding of every row."""

    def __init__(self, interviews: Interviews, scorer: Scorer, report: Report) -> None:
        self.interviews, self.scorer, self.report = interviews, scorer, report
        self.dimensions = scorer.about.dimensions
        self.counts = Counts(scores={name: Tally() for name in (*self.dimensions, COMPOSITE)})

    @property
    def header(self) -> tuple[str, ...]:
        shares = (f"answered_share_{name}" for name in (*self.dimensions, "all"))
        end = ("not_enough_answers", "flags", "warnings", "instrument", "version", "weights", "scorer_version")
        return (*WHO, *self.dimensions, COMPOSITE, *shares, *end)

    def rows(self) -> Iterator[list[Cell]]:
        about = self.scorer.about
        weights = " ".join(filter(None, (self.scorer.dimension_weights, self.scorer.composite_weights)))
        end = (about.id, about.version, weights, SCORER_VERSION)
        for interview in self.interviews:
            self.counts.interviews += 1
            who = (interview.row_id, interview.row, interview.child)
            if not interview.usable:
                self.counts.unusable += 1
                codes = self._reported(interview, interview.problems)
                yield [*who, *[None] * (2 * len(self.dimensions) + 4), codes, *end]
                continue
            result = self.scorer.score(interview.answers, interview.age)
            flags = result.flags
            if interview.left_out:
                flags = (*flags, *self.scorer.flags_of(interview.left_out))
            found = interview.problems
            if result.warnings:
                found = (*found, *(self.interviews.placed(problem, interview.row) for problem in result.warnings))
            codes = self._reported(interview, found) if found else ""
            yield [*who, *self._numbers(result), self._flagged(flags) if flags else "", codes, *end]

    def _numbers(self, result: Result) -> list[Cell]:
        scores = result.dimensions
        values: list[Cell] = [self._value(name, score) for name, score in scores.items()]
        lacking = [name for name, score in scores.items() if not score.enough]
        values.append(self._value(COMPOSITE, result.composite) if result.composite else None)
        if result.composite is not None and not result.composite.enough:
            lacking.append(COMPOSITE)
        for name in lacking:
            self.counts.scores[name].not_enough += 1
        values += [score.share for score in scores.values()]
        values += [result.share, " ".join(lacking)]
        return values

    def _value(self, name: str, score: Score) -> Decimal | None:
        """A number that is only marked because too few questions were answered stays out of the summary's mean."""
        if score.value is not None and score.enough:
            tally = self.counts.scores[name]
            tally.scored += 1
            tally.total += score.value
        return score.value

    def _flagged(self, flags: tuple[Flag, ...]) -> str:
        for flag in flags:
            self.counts.flags[f"{flag.kind}:{flag.severity}"] += 1
        return " ".join(f"{flag.question}={flag.kind}:{flag.severity}" for flag in flags)

    def _reported(self, interview: Interview, problems: tuple[Problem, ...]) -> str:
        self.counts.with_problems += bool(problems)
        for problem in problems:
            self.counts.problems[problem.code] += 1
            if problem.code not in self.counts.texts:
                self.counts.texts[problem.code] = _of_all_rows(problem)
            self.report(interview, problem)
        return " ".join(dict.fromkeys(problem.code for problem in problems))


def _of_all_rows(problem: Problem) -> str:
    """The words without what holds for one row only."""
    return f"{problem.message} {problem.action}".format(**dict.fromkeys(problem.params, "…")).strip()
