"""Whoever works with a child says that it may be registered twice; whoever compares records sees it first."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.audit.services import record
from homeward.apps.cases.deciding import child_to_decide
from homeward.apps.cases.models import Child, NotSame, SaidSame, Status
from homeward.apps.cases.scope import children_visible_to
from homeward.domain.problems import Problem, ProblemError, Where

CHANGE = "children.change"


def say_same(actor: Actor, code: str, other_code: str) -> None:
    """Nothing changes on either record: a second person looks. Said twice, it stands once."""
    child = child_to_decide(actor, code, CHANGE)
    other = children_visible_to(actor).filter(code=other_code, organisation_id=child.organisation_id).first()
    if other is None:
        message = "You see no record of this code."
        raise _refused("same.unseen", message, "Check the code. If a colleague works with that child, ask them.")
    _require_pair(child, other)
    one, two = sorted((child, other), key=lambda each: each.code)
    pair = {"child": one, "other_child": two}
    with transaction.atomic():
        said = {"said_by_id": actor.person_id, "said_at": timezone.now()}
        _row, made = SaidSame.objects.get_or_create(**pair, defaults=said)
        for each in (one, two) if made else ():
            record(actor, "say_same", "child", each.pk, organisation_id=each.organisation_id)


def _require_pair(child: Child, other: Child) -> None:
    if child.pk == other.pk:
        raise _refused("same.itself", "This is the code of the same record.", "Give the code of the other one.")
    if Status.DUPLICATE in (child.status, other.status):
        message = "One of the two was put together with another record already."
        raise _refused("same.together", message, "Give the code of the record that stays.")
    known = Q(child=child, other_child=other) | Q(child=other, other_child=child)
    if NotSame.objects.filter(known).exists():
        message = "Somebody has compared these two and found two children."
        raise _refused("same.apart", message, "If you know more, speak with your supervisor.")


def said_of(child_id: UUID) -> tuple[str, ...]:
    """Codes of the records that were named with this one and wait to be compared."""
    rows = SaidSame.objects.filter(Q(child=child_id) | Q(other_child=child_id)).select_related("child", "other_child")
    return tuple((row.other_child if row.child_id == child_id else row.child).code for row in rows)


def said_among(keys: set[UUID]) -> dict[frozenset[UUID], str]:
    """Pairs within these records, and who said it."""
    rows = SaidSame.objects.select_related("said_by").order_by("said_at")
    return {
        frozenset((row.child_id, row.other_child_id)): str(row.said_by or "")
        for row in rows
        if row.child_id in keys and row.other_child_id in keys
    }


def settle(one: UUID, other: UUID) -> None:
    """In the caller's transaction: somebody has decided."""
    SaidSame.objects.filter(Q(child=one, other_child=other) | Q(child=other, other_child=one)).delete()


def _refused(code: str, message: str, action: str) -> ProblemError:
    return ProblemError(Problem(code, message, action, Where(field="other"), status=409))
