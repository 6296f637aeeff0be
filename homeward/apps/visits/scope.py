"""Which visits exist for an actor, and the first step of everything that is done about one."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.consent_rules import rules
from homeward.apps.cases.consents import band_on, entries_of
from homeward.apps.cases.deciding import require_for
from homeward.apps.cases.models import Child, Status
from homeward.apps.cases.queries import find_within
from homeward.apps.cases.scope import about_children_visible_to, permit_for
from homeward.apps.cases.services import hold_child
from homeward.apps.visits.models import Visit
from homeward.domain.consent import SERVICE, stop_asked_apart
from homeward.domain.lifecycle import not_open
from homeward.domain.problems import Problem, ProblemError, Where

SEE, RECORD, LIFT, COUNT = "visits.see", "visits.record", "visits.lift", "visits.count"
REACH, ATTEMPT, LOST = "contacts.see", "contacts.record", "contacts.lost"
LONGEST = 2000  # signs of a text
OLDEST = timedelta(days=800)  # two years of follow-up: who begins here keys in what lies on paper


def visits_visible_to(actor: Actor, permission: str = SEE) -> QuerySet[Visit]:
    return Visit.objects.filter(about_children_visible_to(actor, permission))


def child_to_read(actor: Actor, key: UUID | str, permission: str = SEE) -> Child:
    child = find_within(actor, key, "children.see")
    if actor.kind != "system":
        place, team = child.organisation_id, child.team_id
        decision = permit_for(actor, permission, child.pk, organisation_id=place, team_id=team)
        if not decision:
            record(actor, permission, "child", child.pk, organisation_id=place, allowed=False)
        decision.require()
    return child


def child_to_follow(actor: Actor, key: UUID | str, permission: str) -> Child:
    """Of a record that is open: an ended one takes no more entries."""
    child = find_within(actor, key, "children.see")
    require_for(actor, permission, child)
    refuse_ended(child)
    return child


def visit_to_read(actor: Actor, visit_id: UUID) -> Visit:
    row = _visit(actor, visit_id)
    child_to_read(actor, row.child_id)
    return row


def visit_to_change(actor: Actor, visit_id: UUID, permission: str = RECORD) -> Visit:
    row = _visit(actor, visit_id)
    require_for(actor, permission, row.child)
    refuse_ended(row.child)
    return row


def _visit(actor: Actor, visit_id: UUID) -> Visit:
    rows = visits_visible_to(actor, "children.see").select_related("child", "person", "checked_by", "closed_by")
    row = rows.filter(pk=visit_id).first()
    if row is None:
        raise NotVisible("visit")
    return row


def as_it_stands(visit: Visit) -> Visit:
    """In the caller's transaction: the child is held, and the visit read once more. Refused where it was taken back, or
    the record ended, since it was looked up.
    """
    hold_child(visit.child_id)
    row = Visit.objects.select_related("child").get(pk=visit.pk)
    refuse_ended(row.child)
    if row.taken_back:
        raise ProblemError(moved())
    return row


def moved() -> Problem:
    return Problem(
        "visit.moved",
        "This visit stands otherwise by now.",
        "Look at the page again: somebody may have recorded it meanwhile.",
        status=409,
    )


def refuse_ended(child: Child) -> None:
    if child.status != Status.OPEN or child.identity_ended_on is not None:
        raise ProblemError(not_open(child.status, "visit.ended"))


def refuse_without_help(child: Child, day: date) -> None:
    """Nobody is sent to whoever refused help or took it back, from that day on. By the ledger, at this moment."""
    band = band_on(child, timezone.localdate())
    stop = stop_asked_apart(SERVICE, entries_of(child.pk), band, date.max, rules())
    if stop is not None and day >= stop.day:
        message = "Child or family said no to help, or took it back: nobody seeks contact for it."
        action = "Only when they come back to it, ask again under Agreement. For a danger, talk with your focal point."
        raise ProblemError(Problem("visit.no_help", message, action, status=409))


def day_that_was(day: date | None, today: date, field: str) -> date:
    """A day on which something took place: not to come, and not too long ago to be remembered."""
    found = day or today
    if found > today:
        message, action = "This day is still to come.", "Enter the day on which it took place."
        raise ProblemError(Problem("visit.day_to_come", message, action, Where(field=field)))
    if found < today - OLDEST:
        message, params = "This day is more than {days} days ago.", {"days": OLDEST.days}
        action = "Check the year. What is older belongs into a note."
        raise ProblemError(Problem("visit.day_long_ago", message, action, Where(field=field), params))
    return found


def short_enough(text: str, field: str) -> str:
    cleaned = text.strip()
    if len(cleaned) > LONGEST:
        message, params = "This text is longer than {most} signs.", {"most": LONGEST}
        raise ProblemError(Problem("visit.text_long", message, "Shorten it.", Where(field=field), params))
    return cleaned


def one_of(value: str, known: list[str], field: str, *, empty: bool = False) -> str:
    if value not in known and not (empty and not value):
        raise ProblemError(Problem("visit.choice", "An answer is missing.", "Choose one.", Where(field=field)))
    return value
