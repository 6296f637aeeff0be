"""For tables that leave the house: the code under which a record is read that was put together with another one."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db.models import QuerySet

from homeward.apps.cases.models import Child, Status
from homeward.apps.cases.same_child import stays_for


def same_child(within: QuerySet[Child]) -> Mapping[UUID, str]:
    """By record that was set aside: the code of the one that stays. `within`: what the table may tell of, so that it
    names no child that lies outside one's reach, or that is left out.
    """
    stays = stays_for(within.filter(status=Status.DUPLICATE).values_list("pk", flat=True))
    codes = dict(within.filter(pk__in=set(stays.values())).values_list("pk", "code"))
    return {key: codes[stay] for key, stay in stays.items() if stay in codes}
