"""What stands now of what people decided about guardians' copies, and how it ends with the child.

What nobody confirms lapses by itself, and so does a wider copy that nobody hands over: nothing has to run for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from homeward.apps.cases.models import Child, Relation
from homeward.apps.cases.queries import current_band
from homeward.apps.retention.holding import Part
from homeward.apps.retention.models import OPEN, ChildSays, Override, OverrideKind, OverrideState
from homeward.domain.ages import OWN_NO_DECIDES
from homeward.domain.problems import Decision, Problem, ProblemError
from homeward.domain.retention import UNCONFIRMED, UNUSED

ASKED, AGREED = OverrideState.ASKED, OverrideState.AGREED


@dataclass(frozen=True, slots=True)
class Overridden:
    """What the child is told of it: from when to when no guardian got a copy, or when one got more."""

    kind: str
    since: datetime
    until: datetime | None
    parts: tuple[Part, ...]
    relation: str


def lapses_at(row: Override) -> datetime | None:
    """None for what stands until people end it."""
    if row.state == ASKED:
        return row.asked_at + UNCONFIRMED
    if row.state == AGREED and row.kind == OverrideKind.WIDEN and row.checked_at is not None:
        return row.checked_at + UNUSED
    return None


def _standing(now: datetime) -> Q:
    asked = Q(state=ASKED, asked_at__gt=now - UNCONFIRMED)
    return asked | Q(state=AGREED) & (~Q(kind=OverrideKind.WIDEN) | Q(checked_at__gt=now - UNUSED))


def standing() -> QuerySet[Override]:
    return Override.objects.filter(_standing(timezone.now()))


def let_lapse(child_id: UUID) -> None:
    """In the caller's transaction: what lapsed makes room for another."""
    rows = Override.objects.filter(child=child_id, state__in=OPEN)
    rows.exclude(_standing(timezone.now())).update(state=OverrideState.LAPSED)


def is_withheld(child_id: UUID) -> bool:
    """From the moment at which somebody asks for it."""
    return standing().filter(child=child_id, kind=OverrideKind.WITHHOLD).exists()


def not_now() -> Problem:
    """All that whoever hands over copies is told, whatever the reason is."""
    message, action = "Not for a guardian now.", "Ask a focal point."
    return Problem("copies.withheld", message, action, status=409)


def wider_copy_of(child_id: UUID) -> Override | None:
    """Two people agreed to it, and nobody has handed it over yet."""
    rows = standing().filter(child=child_id, kind=OverrideKind.WIDEN, state=AGREED)
    return rows.select_related("relation").first()


def may_widen(child: Child, says: str, relation: Relation | None) -> Decision:
    """Asked when it is asked for, when it is confirmed, and when it is handed over: a child grows older meanwhile."""
    if child.identity_ended_on is not None:
        message, action = "Who this child is has ended here.", "No wider copy can be given."
        return Decision.no(Problem("copies.ended", message, action, status=409))
    if says == ChildSays.DISAGREES and current_band(child, timezone.now().date()) in OWN_NO_DECIDES:
        message, action = "The child is 15 or older and does not agree.", "No guardian gets more than the usual copy."
        return Decision.no(Problem("copies.own_no", message, action, status=409))
    if relation is None or relation.until is not None or relation.child_id != child.pk or relation.other_child_id:
        message, action = "This person is not recorded with the child now.", "Record who it is first, under People."
        return Decision.no(Problem("copies.relation", message, action, status=409))
    return Decision.yes()


def wider_copy_for(child: Child) -> Override:
    row = wider_copy_of(child.pk)
    if row is None:
        raise _no_wider()
    may_widen(child, row.child_says, row.relation).require()
    return row


def use_up(row: Override, person_id: UUID | None) -> None:
    """In the caller's transaction, with the row of the child locked: once, whoever else has made the same copy."""
    done = {"state": OverrideState.ENDED, "ended_at": timezone.now(), "ended_by_id": person_id}
    if not standing().filter(pk=row.pk, state=AGREED).update(**done):
        raise _no_wider()


def _no_wider() -> ProblemError:
    message, action = "No wider copy is waiting to be handed over.", "Ask a focal point."
    return ProblemError(Problem("copies.no_wider", message, action, status=409))


def told_to_the_child(child_id: UUID) -> list[Overridden]:
    rows = Override.objects.filter(child=child_id).exclude(kind=OverrideKind.LIFT).select_related("relation")
    return [_told(row) for row in rows.order_by("asked_at") if row.kind == OverrideKind.WITHHOLD or row.ended_at]


def _told(row: Override) -> Overridden:
    relation = str(row.relation.kind) if row.relation is not None else ""
    if row.kind == OverrideKind.WIDEN and row.ended_at is not None:
        parts = tuple(Part(each) for each in row.parts)
        return Overridden(row.kind, row.ended_at, row.ended_at, parts, relation)
    until = row.ended_at or (row.checked_at if row.state == OverrideState.REFUSED else None)
    if until is None and row.state in (ASKED, OverrideState.LAPSED):
        lapsed = row.asked_at + UNCONFIRMED
        until = lapsed if lapsed <= timezone.now() else None
    return Overridden(row.kind, row.asked_at, until, (), relation)


def end_wider_copies(child_id: UUID) -> None:
    """In the caller's transaction, with who the child is: nobody could be sure any more whose guardian it is."""
    rows = Override.objects.filter(child=child_id, kind=OverrideKind.WIDEN, state__in=OPEN)
    rows.update(state=OverrideState.LAPSED)


def end_override_words(child_id: UUID) -> None:
    """In the caller's transaction, with what people wrote: that it was decided stays, as of holds and reviews."""
    end_wider_copies(child_id)
    Override.objects.filter(child=child_id).update(words=b"")


def forget_overrides(child_id: UUID) -> None:
    """In the caller's transaction, before the relations go, to which they lead."""
    Override.objects.filter(child=child_id).delete()
