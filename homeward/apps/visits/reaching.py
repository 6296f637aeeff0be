"""In which ways children may be reached, as lists need it: by the planned visit, or else by the safe-contact card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from homeward.apps.visits import choices as of
from homeward.apps.visits.models import SafeContact, Visit

AT_ONCE = 400  # children in one question


def ways_of(child_ids: Sequence[UUID]) -> Mapping[UUID, tuple[str, ...]]:
    """The one in which the next visit is planned, unless a card that came later shuts it, or those of the newest card.
    Where nothing was said: none, and so no way. The caller has looked who may see these children.
    """
    found: dict[UUID, tuple[str, ...]] = {}
    for start in range(0, len(child_ids), AT_ONCE):
        some = child_ids[start : start + AT_ONCE]
        cards = SafeContact.objects.filter(child__in=some).order_by("version").values_list("child_id", "channels")
        on_card = {key: tuple(channels) for key, channels in cards}
        found |= on_card
        planned = Visit.objects.filter(child__in=some, closed_at=None).exclude(mode="")
        for key, mode in planned.order_by("-planned_on").values_list("child_id", "mode"):
            if key not in on_card or mode not in of.ON_CARD or mode in on_card[key]:
                found[key] = (mode,)
    return found


def way_of(ways: Sequence[str]) -> str:
    """The first, in the order of the card; empty where nothing was said."""
    return ways[0] if ways else ""
