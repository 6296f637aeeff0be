"""Children that somebody has lately come to work with, because others worked with them before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef

from homeward.apps.access.actors import Actor, running_on
from homeward.apps.cases.models import Assignment, Status
from homeward.apps.cases.scope import children_visible_to

NEW_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class NewChildren:
    """For a notice on a page. `codes`: all of them, in order."""

    codes: tuple[str, ...]
    since: date | None

    @property
    def children(self) -> int:
        return len(self.codes)


def new_to(actor: Actor) -> NewChildren:
    """Given to this person within two weeks, and known to a colleague before: not those whom they registered. Codes
    alone, of open records within reach; who never worked with children has none.
    """
    if actor.person_id is None:
        return NewChildren((), None)
    today = actor.today()
    earlier = Assignment.objects.filter(child=OuterRef("child"), since__lte=OuterRef("since")).exclude(
        person_id=actor.person_id
    )
    mine = Assignment.objects.filter(
        running_on(today),
        Exists(earlier),
        person_id=actor.person_id,
        since__gt=today - NEW_FOR,
        child__in=children_visible_to(actor).filter(status=Status.OPEN),
    )
    rows = list(mine.order_by("child__code").values_list("child__code", "since"))
    return NewChildren(tuple(dict.fromkeys(code for code, _ in rows)), min((day for _, day in rows), default=None))
