"""Score and flag rows of one submission, from the one scorer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from homeward.apps.access.prepared import filled
from homeward.apps.surveys.definitions import Definition
from homeward.apps.surveys.models import Flag, Score, Submission
from homeward.domain import scoring
from homeward.domain.instruments import Answer

COMPOSITE = "composite"


def score_rows(
    definition: Definition, submission: Submission, answers: Mapping[str, Answer], now: datetime
) -> list[Score]:
    if not definition.instrument.scored:
        return []
    result = definition.scorer.score(answers, submission.age_years, submission.language)
    return [_row(submission, result, dimension, score, now) for dimension, score in _scores(result)]


def _scores(result: scoring.Result) -> Iterator[tuple[str, scoring.Score]]:
    yield from result.dimensions.items()
    if result.composite is not None:
        yield COMPOSITE, result.composite


def _row(submission: Submission, result: scoring.Result, dimension: str, score: scoring.Score, now: datetime) -> Score:
    numerator, denominator = score.exact or ("", "")
    return filled(
        Score,
        submission_id=submission.pk,
        dimension=dimension,
        weight_set=score.weight_set,
        value=score.value,
        numerator=str(numerator),
        denominator=str(denominator),
        answered=score.answered,
        applicable=score.applicable,
        enough=score.enough,
        components=[_component(name, value) for name, value in score.components.items()],
        instrument_id=result.instrument,
        instrument_version=result.version,
        language=result.language,
        scorer_version=result.scorer_version,
        scored_at=now,
    )


def _component(name: str, value: scoring.result.Value) -> dict[str, Any]:
    return {"name": name, "value": str(value)} if isinstance(value, Decimal) else {"name": name, "missing": str(value)}


def flag_rows(
    definition: Definition, submission: Submission, answers: Mapping[str, Answer], now: datetime
) -> list[Flag]:
    """One row a kind and question, the most severe first met."""
    found: dict[tuple[str, str], Flag] = {}
    for flag in definition.scorer.flags_of(answers):
        row = Flag(
            submission_id=submission.pk, kind=flag.kind, severity=flag.severity, question=flag.question, raised_at=now
        )
        found.setdefault((flag.kind, flag.question), row)
    return list(found.values())
