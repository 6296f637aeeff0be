"""A child and its conflicts of interest, as tests of several topics need them."""

from __future__ import annotations

from uuid import UUID

from homeward.apps.access.models import Conflict
from homeward.apps.cases.conflicts import declare_for, declare_own
from tests.world import House


def child_of(house: House) -> tuple[UUID, str]:
    assert house.child is not None
    return house.child.id, house.child.code


def declared(house: House, who: str, code: str = "") -> Conflict:
    """By the focal point, who says it of nobody but themself among those who protect children."""
    wanted = code or child_of(house)[1]
    if who == "focal_point":
        key = declare_own(house.actor(who), wanted, "neighbour")
    else:
        key = declare_for(house.actor("focal_point"), wanted, house.people[who], "neighbour")
    return Conflict.objects.get(pk=key)
