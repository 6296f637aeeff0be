"""A score told coarsely, where more would be too much to carry about: in which third of the scale it lies. No judgement
and no threshold of anything; docs/field-app.md says so to whoever reads it.
"""

from __future__ import annotations

from decimal import Decimal

LOW, MIDDLE, HIGH = "low", "middle", "high"
THIRDS = (LOW, MIDDLE, HIGH)


def third_of(value: Decimal) -> str:
    """What lies on an edge belongs to the higher one."""
    if 3 * value < 1:
        return LOW
    return MIDDLE if 3 * value < 2 else HIGH
