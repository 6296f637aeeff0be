"""A number that somebody wrote: bounded, so that a few letters never become a gigabyte of digits."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

LONGEST = 64  # letters
LARGEST_POWER = 300  # of ten


def bounded_decimal(text: str) -> Decimal | None:
    """None for what is no number, is not finite, or has more digits than anybody counts."""
    text = text.strip()
    if len(text) > LONGEST:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= LARGEST_POWER else None
