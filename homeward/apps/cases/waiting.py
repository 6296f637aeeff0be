"""What waits for people: documents for a second person, and variations whose day of the check has come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
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
    """A number, and nothing about anybody. It stands on every page of whoever decides, so nothing of a document is read
    but who had a hand in it, of the first `MOST` of each kind.
    """
    if not permit(actor, APPROVE):
        return 0
    me = str(actor.person_id)
    papers = (row for rows in _submitted(actor) for row in rows.values_list("writers", flat=True)[:MOST])
    return sum(1 for writers in papers if me not in writers) + _ends(actor).order_by()[:MOST].count()


def _waiting(actor: Actor) -> Iterator[Approval]:
    me = str(actor.person_id)
    for rows in _submitted(actor):
        for row in rows.select_related("child", "written_by")[:MOST]:
            if me not in row.writers:
                kind = row.kind if isinstance(row, Assessment) else "plan"
                name = row.written_by.display_name if row.written_by else ""
                yield Approval(kind, row.pk, row.child.code, row.submitted_at, name)
    for end in _ends(actor).select_related("child", "written_by")[:MOST]:
        name = end.written_by.display_name if end.written_by else ""
        yield Approval(end.way, end.pk, end.child.code, end.asked_at, name)


def _submitted(actor: Actor) -> Iterator[QuerySet[Any]]:
    """Assessments and plans within the reach in which this person decides, the longest waiting first."""
    reach = about_children_visible_to(actor, APPROVE)
    for model in (Assessment, PlanVersion):
        rows = model._default_manager.filter(reach, child__status=Status.OPEN, state=State.SUBMITTED)
        yield rows.filter(submitted_at__isnull=False).order_by("submitted_at")


def _ends(actor: Actor) -> QuerySet[EndRequest]:
    reach = about_children_visible_to(actor, APPROVE)
    rows = EndRequest.objects.filter(reach, child__status=Status.OPEN, state=State.SUBMITTED)
    return rows.exclude(written_by=actor.person_id).order_by("asked_at")


def given_back(actor: Actor) -> list[GivenBack]:
    """For whoever works with the child, or had a hand in it; the oldest first."""
    if not permit(actor, WRITE):
        return []
    mine = set(children_visible_to(actor, WRITE).filter(assigned_to(actor)).values_list("pk", flat=True))
    reach, me, found = about_children_visible_to(actor, WRITE), str(actor.person_id), []
    for model, kinds in ((Assessment, ("kind",)), (PlanVersion, ())):
        same = {name: OuterRef(name) for name in ("child", *kinds)}
        later = model._default_manager.filter(number__gt=OuterRef("number"), **same).exclude(state=State.DRAFT)
        rows = model._default_manager.filter(reach, ~Exists(later), child__status=Status.OPEN, state=State.RETURNED)
        for row in rows.select_related("child").order_by("decided_at")[:MOST]:
            if row.decided_at is not None and (row.child_id in mine or me in row.writers):
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
