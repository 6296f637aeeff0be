"""Gaps in services: where one was seen, why there was no help, and which counts may be shown to whom.

One gap is one need that found no answer, as one referral, one visit, one promise or one action of a plan says it.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from homeward.domain.referring import GAP_REASONS

FEW = 5  # from here on a count may be read by whoever sees no child


class Source(StrEnum):
    """From what it is known."""

    REFERRAL = "referral"
    VISIT = "visit"
    PROMISE = "promise"  # that was agreed at a visit
    PLAN = "plan"  # an action of the agreed plan


NOT_KNOWN, NOT_COMING = "not_known", "not_coming"
# What whoever visits can say of a service that is missing.
AT_A_VISIT = ("unavailable", "too_far", "turned_away", "too_costly", NOT_KNOWN)
REASONS = (*GAP_REASONS, NOT_COMING, NOT_KNOWN)
# Why an action of a plan was not done, where that is a gap in services. That the family did not want it, or nobody had
# time, is none.
REASON_OF_ACTION: Mapping[str, str] = MappingProxyType(
    {
        "no_service": "unavailable",
        "too_far": "too_far",
        "too_dear": "too_costly",
        "waiting_list": "full",
        "refused_by_service": "turned_away",
        "no_papers": "papers",
        "unsafe": "unsafe",
    }
)


def can_be_split(parts: Iterable[int], least: int) -> bool:
    """Whether the parts of one whole are shown. None is where one of them is small: with the whole and the others it
    could be worked out, or from which of them are hidden.
    """
    return all(count >= least for count in parts)


def whole_quarters(since: date, until: date) -> tuple[date, date]:
    """The first and last day of the calendar quarters in which these days lie. Periods that never overlap: of two that
    do, one without the other could be small.
    """
    first, last = since.month - (since.month - 1) % 3, until.month - (until.month - 1) % 3 + 2
    return date(since.year, first, 1), date(until.year, last, monthrange(until.year, last)[1])
