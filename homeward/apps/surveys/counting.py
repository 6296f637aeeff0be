"""Whom downloads leave out: children whose agreement was taken back, or of whom somebody said no to reports. That one
was left out is written down on the child's own record, so that the trace proves it.
"""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from django.db.models import Q, QuerySet

from homeward.apps.access.actors import Actor
from homeward.apps.audit.services import record_each
from homeward.apps.cases.models import Child
from homeward.apps.cases.scope import children_visible_to

LEAVE_OUT = "leave_out"


def counted(path: str = "child__") -> Q:
    """Of rows that hang on a child; what is about none stays. By what stands in the table when it is asked."""
    return Q(**{f"{path}not_counted_since__isnull": True})


def leave_out(actor: Actor, permission: str) -> int:
    """Before the first row leaves. Returns how many children of this reach are not in the download."""
    gone: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for key, place in uncounted(actor, permission).values_list("pk", "organisation_id"):
        gone[place].append(key)
    for place, keys in gone.items():
        record_each(actor, LEAVE_OUT, "child", keys, organisation_id=place)
    return sum(len(keys) for keys in gone.values())


def uncounted(actor: Actor, permission: str) -> QuerySet[Child]:
    return children_visible_to(actor, permission).filter(not_counted_since__isnull=False)
