"""The clocks of countries, from `library/lookups/escalation.csv` and, before it, the deployment's own library."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from django.conf import settings

from homeward.domain.escalations import ClockRule

SHIPPED = Path(__file__).resolve().parents[2] / "library"
FILE = Path("lookups") / "escalation.csv"


@cache
def clock_rules() -> tuple[ClockRule, ...]:
    """A country may stand in either file; the deployment's own line replaces the shipped one."""
    found: dict[tuple[str, str], ClockRule] = {}
    for folder in (SHIPPED, *settings.HOMEWARD_LIBRARIES):
        if (folder / FILE).exists():
            found |= {(rule.country, rule.severity): rule for rule in _read(folder / FILE)}
    return tuple(found.values())


def _read(path: Path) -> list[ClockRule]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            ClockRule(
                row["country"],
                row["severity"],
                row["first_line"],
                int(row["first_hours"]),
                row["second_line"],
                int(row["second_hours"]),
            )
            for row in csv.DictReader(file)
        ]
