"""What of visits and contact waits for a person: for a supervisor whether a child is lost, or a visit may be made after
all; for whoever works with a child that somebody who went in our stead brought word back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from homeward.apps.access.actors import Actor, permit
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Status
from homeward.apps.cases.scope import children_visible_to, without_deaths
from homeward.apps.visits import choices as of
from homeward.apps.visits.agreed import caseload_to_visit
from homeward.apps.visits.contacts import NOT_HELD, reaches
from homeward.apps.visits.models import ContactAttempt, ContactFact, Visit
from homeward.apps.visits.planning import ways_of
from homeward.apps.visits.scope import LIFT, LOST, SEE
from homeward.domain.consent import NO_HELP

BACK = timedelta(days=31)  # a visit whose day is longer past is planned anew, not allowed
WORD = timedelta(days=90)
SOON = timedelta(days=3)  # after the day on which they asked for the case worker
MOST = 200


@dataclass(frozen=True, slots=True)
class ToDecide:
    """A child whom nobody reached in any of the steps."""

    code: str
    since: date | None  # of the first attempt in vain
    attempts: int


@dataclass(frozen=True, slots=True)
class Shut:
    """A visit that the check forbade, and that a supervisor may allow."""

    visit_id: UUID
    code: str
    on: date
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody who went in our stead brought back: they ask for the case worker, or others grew attentive."""

    visit_id: UUID
    code: str
    on: date
    asks: bool
    harm: tuple[str, ...]


def lost_to_decide(actor: Actor) -> tuple[ToDecide, ...]:
    """For a supervisor: every step was tried. Who waits longest stands first."""
    if not permit(actor, LOST):
        return ()
    children = children_visible_to(actor, LOST).filter(status=Status.OPEN).exclude(said_no__in=NO_HELP)
    tried = Q(Exists(ContactAttempt.objects.filter(child=OuterRef("pk"))))
    tried |= Q(Exists(Visit.objects.filter(child=OuterRef("pk"), not_held__in=list(NOT_HELD))))
    codes = dict(without_deaths(children.filter(tried)).values_list("pk", "code"))
    stands = reaches(codes)
    found = [ToDecide(codes[key], each.since, each.attempts) for key, each in stands.items() if each.last_step]
    _look(actor, found)
    return tuple(sorted(found, key=lambda each: (each.since or date.max, each.code)))


def lost_among(child_ids: Iterable[UUID]) -> set[UUID]:
    """Who is recorded as lost to contact, of children that the caller may see."""
    decided = ContactFact.objects.filter(child_id__in=list(child_ids), kind=of.ContactKind.LOST)
    stands = reaches(set(decided.values_list("child_id", flat=True)))
    return {key for key, each in stands.items() if each.state == "lost"}


def shut_visits(actor: Actor) -> tuple[Shut, ...]:
    """For a supervisor who did not make the check, as long as a way is open and no other visit was planned since."""
    if not permit(actor, LIFT):
        return ()
    children = children_visible_to(actor, LIFT).filter(status=Status.OPEN).exclude(said_no__in=NO_HELP)
    rows = Visit.objects.filter(child__in=children.values("pk"), closed_at=None, lifted_at=None)
    rows = rows.exclude(blocked=[]).exclude(checked_by=actor.person_id)
    rows = rows.filter(planned_on__gte=actor.today() - BACK)
    since = Visit.objects.filter(child=OuterRef("child"), checked_at__gt=OuterRef("checked_at"), taken_back="")
    rows = rows.filter(~Exists(since)).select_related("child").defer("words", "lifted_why")
    today = actor.today()
    found = [
        Shut(row.pk, row.child.code, row.planned_on, tuple(row.blocked))
        for row in rows.order_by("planned_on", "child__code")[:MOST]
        if not all(ways_of(row, max(row.planned_on, today)).values())
    ]
    _look(actor, found)
    return tuple(found)


def brought_word(actor: Actor) -> tuple[Word, ...]:
    """Of the own caseload, or of a supervisor's team, until a visit is planned or held after it."""
    rows = _in_stead(Visit.objects.filter(child__in=caseload_to_visit(actor).values("pk")))
    rows = rows.filter(held_on__gte=actor.today() - WORD).select_related("child").defer("words", "lifted_why")
    found = []
    for row in rows.order_by("held_on", "child__code"):
        asks, harm = of.Observed.ASKS in row.observed, tuple(row.harm or ())
        if row.held_on is not None and (asks or harm):
            found.append(Word(row.pk, row.child.code, row.held_on, asks, harm))
    _look(actor, found)
    return tuple(found)


def soon_for(child_id: UUID, today: date) -> date | None:
    """By when the case worker goes to this child, where they asked for that through somebody who went in its stead. The
    caller has looked who may see the child.
    """
    rows = _in_stead(Visit.objects.filter(child_id=child_id)).filter(held_on__gte=today - WORD)
    said = rows.order_by("held_on").values_list("held_on", "observed")
    asked = next((day for day, observed in said if of.Observed.ASKS in observed), None)
    return max(asked + SOON, today) if asked is not None else None


def _in_stead(rows: QuerySet[Visit]) -> QuerySet[Visit]:
    others = Visit.objects.filter(child=OuterRef("child"), taken_back="", not_held="").exclude(mode="")
    others = others.exclude(pk=OuterRef("pk")).filter(
        Q(checked_at__gt=OuterRef("closed_at")) | Q(held_on__gt=OuterRef("held_on"))
    )
    return rows.filter(~Exists(others), went__in=of.IN_STEAD, held_on__isnull=False)


def _look(actor: Actor, found: list[ToDecide] | list[Shut] | list[Word]) -> None:
    if found:
        record_look(actor, SEE, "visits", detail={"rows": len(found)})
