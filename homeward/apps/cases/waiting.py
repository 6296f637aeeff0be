"""What waits for people: documents for a second person, and variations whose day of the check has come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.guard import guard
from homeward.apps.audit.services import record_look
from homeward.apps.cases.documents import State
from homeward.apps.cases.models import Assessment, EndRequest, PlanVersion, Status, Variation, VariationCheck
from homeward.apps.cases.scope import (
    about_children_visible_to,
    assigned_to,
    children_visible_to,
    without_deaths,
)
from homeward.domain.lifecycle import APPROVE, WRITE

MOST = 200


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A document that a second person gave back, and nobody has sent anew."""

    kind: str  # needs, interests, determination, plan
    id: UUID
    child_code: str
    day: date


@dataclass(frozen=True, slots=True)
class Approval:
    kind: str  # needs, interests, determination, plan, close_planned ...
    id: UUID
    child_code: str
    since: datetime
    written_by: str


@dataclass(frozen=True, slots=True)
class CheckDue:
    """A variation of which nobody has looked yet whether it helped."""

    variation_id: UUID
    child_id: UUID
    child_code: str
    check_on: date


def approvals(actor: Actor) -> list[Approval]:
    """What this person can decide: nothing that they had a hand in. The oldest first."""
    place = guard(actor, APPROVE)
    found = sorted(_waiting(actor), key=lambda each: each.since)[:MOST]
    detail = {"rows": len(found)}
    record_look(actor, "look_at_approvals", "organisation", place, organisation_id=place, detail=detail)
    return found


def how_many_approvals(actor: Actor) -> int:
    """A number, and nothing about anybody. It stands on every page of whoever decides, so nothing of a document is
    read, and of each kind no more than `MOST` are counted.
    """
    if not permit(actor, APPROVE):
        return 0
    return sum(rows.order_by()[:MOST].count() for rows in (*_submitted(actor), _ends(actor)))


def _waiting(actor: Actor) -> Iterator[Approval]:
    for rows in _submitted(actor):
        for row in rows.select_related("child", "written_by")[:MOST]:
            kind = row.kind if isinstance(row, Assessment) else "plan"
            name = row.written_by.display_name if row.written_by else ""
            yield Approval(kind, row.pk, row.child.code, row.submitted_at, name)
    for end in _ends(actor).select_related("child", "written_by")[:MOST]:
        name = end.written_by.display_name if end.written_by else ""
        yield Approval(end.way, end.pk, end.child.code, end.asked_at, name)


def _submitted(actor: Actor) -> Iterator[QuerySet[Any]]:
    """Assessments and plans where this person decides and had no hand in them, the longest waiting first."""
    reach = about_children_visible_to(actor, APPROVE)
    for model in (Assessment, PlanVersion):
        rows = model._default_manager.filter(reach, child__status=Status.OPEN, state=State.SUBMITTED)
        rows = rows.filter(submitted_at__isnull=False).order_by("submitted_at")
        yield _with_hands(rows).exclude(_hand_of(actor))


def _with_hands(rows: QuerySet[Any]) -> QuerySet[Any]:
    """As text, which every database can look into; so that rows are left out before they are cut to `MOST`."""
    found: QuerySet[Any] = rows.alias(hands=Cast("writers", TextField()))
    return found


def _hand_of(actor: Actor) -> Q:
    """A key is as long as every other, so none is found within another."""
    return Q(hands__contains=f'"{actor.person_id}"')


def _ends(actor: Actor) -> QuerySet[EndRequest]:
    reach = about_children_visible_to(actor, APPROVE)
    rows = EndRequest.objects.filter(reach, child__status=Status.OPEN, state=State.SUBMITTED)
    return rows.exclude(written_by=actor.person_id).order_by("asked_at")


def given_back(actor: Actor) -> list[GivenBack]:
    """For whoever works with the child, or had a hand in it; the oldest first."""
    if not permit(actor, WRITE):
        return []
    mine = Q(child__in=children_visible_to(actor, WRITE).filter(assigned_to(actor)).values("pk"))
    reach, found = about_children_visible_to(actor, WRITE), []
    for model, kinds in ((Assessment, ("kind",)), (PlanVersion, ())):
        same = {name: OuterRef(name) for name in ("child", *kinds)}
        later = model._default_manager.filter(number__gt=OuterRef("number"), **same).exclude(state=State.DRAFT)
        rows = model._default_manager.filter(reach, ~Exists(later), child__status=Status.OPEN, state=State.RETURNED)
        rows = _with_hands(rows).filter(mine | _hand_of(actor), decided_at__isnull=False)
        for row in rows.select_related("child").order_by("decided_at")[:MOST]:
            if row.decided_at is not None:
                kind, day = row.kind if isinstance(row, Assessment) else "plan", timezone.localdate(row.decided_at)
                found.append(GivenBack(kind, row.pk, row.child.code, day))
    if found:
        record_look(actor, "children.see", "due", detail={"rows": len(found)})
    return sorted(found, key=lambda each: each.day)


def overdue_checks(actor: Actor) -> list[CheckDue]:
    """Of agreed variations of open cases within reach, the oldest first."""
    checked = VariationCheck.objects.filter(variation=OuterRef("pk"))
    rows = Variation.objects.filter(
        about_children_visible_to(actor, WRITE),
        ~Exists(checked),
        check_on__lte=actor.today(),
        version__state=State.APPROVED,
        child__status=Status.OPEN,
    )
    named = (
        without_deaths(rows, "child_id")
        .order_by("check_on")
        .values_list("pk", "child_id", "child__code", "check_on")[:MOST]
    )
    found = [CheckDue(*row) for row in named]
    if found:
        record_look(actor, "children.see", "due", detail={"rows": len(found)})
    return found
