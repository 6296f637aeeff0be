"""How many children's records one account opens in a day before somebody is told, and how many at all. Our own numbers:
a case worker has 25 children, and a supervisor five or six case workers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from homeward.domain.permissions import Role


@dataclass(frozen=True, slots=True)
class Budget:
    """Children a day: those above `told` are told to the focal points, above `most` nothing is shown."""

    told: int
    most: int


BUDGETS: Mapping[Role, Budget] = MappingProxyType(
    {
        Role.CASE_WORKER: Budget(40, 100),
        Role.SUPERVISOR: Budget(100, 250),
        Role.FOCAL_POINT: Budget(100, 250),
        Role.ME_OFFICER: Budget(50, 150),
    }
)
USUAL = Budget(40, 100)


def budget_of(roles: Collection[str]) -> Budget:
    """The widest of those that somebody's roles give."""
    return max((BUDGETS.get(Role(role), USUAL) for role in roles), key=lambda each: each.most, default=USUAL)
