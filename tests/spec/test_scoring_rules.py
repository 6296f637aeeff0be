"""Every row of every table in `scoring_rules`, and the exactness that tables cannot show."""

from __future__ import annotations

from decimal import Decimal

import pytest

from homeward.domain.scoring import Result, compile_instrument
from tests.spec.scoring_rules import SPECS
from tests.spec.tables import Spec, answers_in, rows

CASES = [pytest.param(spec, row, id=f"{spec.title}: {row['case']}") for spec in SPECS for row in rows(spec.cases)]


@pytest.mark.parametrize(("spec", "row"), CASES)
def test_the_tables_hold(spec: Spec, row: dict[str, str]) -> None:
    result = compile_instrument(spec.instrument()).score(answers_in(row), int(row["age"]) if row.get("age") else None)
    shown = _shown(result)
    for column, expected in row.items():
        if column.startswith("="):
            assert shown[column[1:]] == expected, column


def _shown(result: Result) -> dict[str, str]:
    scores = {**result.dimensions, "composite": result.composite}
    shown = {
        name: "none" if score is None or score.value is None else str(score.value) for name, score in scores.items()
    }
    used = [score for score in result.dimensions.values() if score.components]
    reasons = {score.reason.value for score in used if score.reason}
    return {
        **shown,
        "answered": f"{result.answered}/{result.applicable}",
        "why": " ".join(sorted(reasons)),
        "enough": "yes" if all(score.enough for score in used) else "no",
        "warning": " ".join(sorted({problem.code for problem in result.warnings})),
        "flags": " ".join(f"{flag.question}:{flag.code}:{flag.kind}:{flag.severity}" for flag in result.flags),
    }


def test_the_exact_fraction_stands_beside_the_rounded_number() -> None:
    result = compile_instrument(SPECS[0].instrument()).score({"q1": "v100", "q2": "v0", "bad": "v100"})
    assert result.dimensions["social"].exact == (1, 3)
    assert result.dimensions["social"].value == Decimal("0.333333")
