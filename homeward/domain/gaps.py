"""Gaps in services: where one was seen, why there was no help, and which counts may be shown to whom.

One gap is one need that found no answer, as one referral, one visit, one promise or one action of a plan says it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def hidden(counts: Sequence[int], least: int) -> frozenset[int]:
    """Which parts of one whole are not shown: those below `least`; and as many of the next larger ones as it takes that
    what is hidden cannot be worked out from the whole and the others.
    """
    small = {place for place, count in enumerate(counts) if count < least}
    rest = sorted(set(range(len(counts))) - small, key=lambda place: (counts[place], place))
    while small and rest and (len(small) == 1 or sum(counts[place] for place in small) < least):
        small.add(rest.pop(0))
    return frozenset(small)
