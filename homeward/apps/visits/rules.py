"""What is next where a child cannot be reached: from the deployment's library where it has such a file, else ours."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from django.conf import settings

from homeward.domain.contacting import StepRule

SHIPPED = Path(__file__).resolve().parents[2] / "library"
FILE = Path("lookups") / "contact-steps.csv"


@cache
def step_rules() -> tuple[StepRule, ...]:
    """The last file that is there replaces those before it whole: steps of two files make no order."""
    paths = [folder / FILE for folder in (SHIPPED, *settings.HOMEWARD_LIBRARIES)]
    return read_steps([path for path in paths if path.exists()][-1])


def read_steps(path: Path) -> tuple[StepRule, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            StepRule(row["step"], int(row["attempts"]), int(row["channels"]), int(row["days"]))
            for row in csv.DictReader(file)
        ]
    for before, after in zip(rows, rows[1:], strict=False):
        if (after.attempts, after.channels, after.days) < (before.attempts, before.channels, before.days) or any(
            getattr(after, name) < getattr(before, name) for name in ("attempts", "channels", "days")
        ):
            raise ValueError(f"{path}: {after.step} asks for less than {before.step}, which comes before it")
    return tuple(rows)
