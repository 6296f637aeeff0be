"""Two records of one child become one to read, and two again if that was wrong. See decision 0019.

Nothing is moved and nothing is sealed anew: the record that goes becomes a duplicate that points to the one that stays,
and is read with it. What belongs to it keeps its row, its key and its code, so undoing is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from homeward.apps.access.actors import Actor, running_on, today_in
from homeward.apps.access.models import Conflict
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.consenting import count_again
from homeward.apps.cases.deciding import require_for
from homeward.apps.cases.models import Assignment, Child, Merge, Status
from homeward.apps.cases.saying_same import settle
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.cases.services import end_assignments
from homeward.apps.cases.steps import follow_record, forget_set_aside
from homeward.domain.problems import Problem, ProblemError, Where

MERGE = "children.merge"
UNDONE_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class MergeRow:
    id: UUID
    code: str
    into_code: str
    merged_by: str
    merged_at: datetime
    may_undo: bool


def merge_children(actor: Actor, code: str, into_code: str) -> UUID:
    """The record `code` is of the same child as `into_code`, which stays. Who works with one works with both."""
    child, into = _to_merge(actor, code), _to_merge(actor, into_code)
    if child.pk == into.pk or child.organisation_id != into.organisation_id:
        raise _refused("merge.same", "These are not two records of one organisation.", "Choose two.")
    with transaction.atomic():
        pair = sorted((child.pk, into.pk))
        held = {row.pk: row for row in Child.objects.select_for_update().filter(pk__in=pair).order_by("pk")}
        child, into = held[child.pk], held[into.pk]
        _require_mergeable(child, into)
        row = Merge(child=child, into=into, status_before=child.status, ended_before=child.ended_on)
        row.merged_by_id, row.merged_at = actor.person_id, timezone.now()
        _share_ties(actor, child, into)
        row.assigned = [str(key) for key in _share_workers(child, into, actor)]
        row.save(force_insert=True)
        settle(child.pk, into.pk)
        before, child.status, child.ended_on = child.status, Status.DUPLICATE, into.ended_on
        Child.objects.filter(pk=child.pk).update(status=child.status, ended_on=child.ended_on)
        follow_record(actor, child, before, reason="")
        count_again(into.pk, today_in(actor, into.organisation_id))
        _record(actor, "merge_children", child, into)
    return row.pk


def undo_merge(actor: Actor, merge_id: UUID) -> None:
    """Within 30 days. What was added to the record that stayed stays there."""
    row = Merge.objects.filter(pk=merge_id, undone_at=None).select_related("child", "into").first()
    if row is None:
        raise NotVisible("merge")
    for each in (row.child, row.into):
        _to_merge(actor, each.code)
    if timezone.now() - row.merged_at > UNDONE_WITHIN:
        params = {"most": UNDONE_WITHIN.days}
        message = "More than {most} days have passed."
        raise _refused("merge.late", message, "Register the other child anew.", params)
    with transaction.atomic():
        locked = Merge.objects.select_for_update().filter(pk=row.pk, undone_at=None)
        if not locked.update(undone_at=timezone.now(), undone_by=actor.person_id):
            raise NotVisible("merge")
        for child in (row.child, row.into):
            made = Assignment.objects.filter(pk__in=[UUID(key) for key in row.assigned], child=child)
            end_assignments(actor, child, list(made))
        Child.objects.filter(pk=row.child_id).update(status=row.status_before, ended_on=row.ended_before)
        forget_set_aside(row.child_id)
        for child in (row.child, row.into):
            count_again(child.pk, today_in(actor, child.organisation_id))
        _record(actor, "undo_merge", row.child, row.into)


def _share_ties(actor: Actor, child: Child, into: Child) -> None:
    """Whoever must not see the one must not see the other: it is the same child. Undoing leaves these ties."""
    for one, other in ((child, into), (into, child)):
        known = set(Conflict.objects.filter(child_id=other.pk, ended_at=None).values_list("person_id", flat=True))
        for tie in Conflict.objects.filter(child_id=one.pk, ended_at=None).exclude(person_id__in=known):
            tie.pk, tie.child_id = uuid4(), other.pk
            tie.save(force_insert=True)
            running = Assignment.objects.filter(running_on(today_in(actor, other.organisation_id)), child=other)
            theirs = Q(person_id=tie.person_id) | Q(device__person_id=tie.person_id)
            end_assignments(actor, other, list(running.filter(theirs)))


def merges(actor: Actor) -> list[MergeRow]:
    """Those that may still be undone, the newest first; by code."""
    reach = children_visible_to(actor, MERGE)
    since = timezone.now() - UNDONE_WITHIN
    rows = Merge.objects.filter(undone_at=None, merged_at__gte=since, child__in=reach, into__in=reach)
    rows = rows.select_related("child", "into", "merged_by").order_by("-merged_at")
    return [
        MergeRow(row.pk, row.child.code, row.into.code, str(row.merged_by or ""), row.merged_at, may_undo=True)
        for row in rows
    ]


def is_merged(child_id: UUID) -> bool:
    return Merge.objects.filter(child=child_id, undone_at=None).exists()


def merged_into(actor: Actor, child_id: UUID) -> str:
    """The code of the record that stayed, where this one is a duplicate of one in reach."""
    row = Merge.objects.filter(child=child_id, undone_at=None).values_list("into", flat=True).first()
    return children_visible_to(actor).filter(pk=row).values_list("code", flat=True).first() or "" if row else ""


def _share_workers(child: Child, into: Child, actor: Actor) -> list[UUID]:
    """Each is assigned to the record that it does not have yet, but for whoever has a conflict of interest with it."""
    today, made = today_in(actor, child.organisation_id), list[UUID]()
    for one, other in ((child, into), (into, child)):
        tied = set(Conflict.objects.filter(child_id=other.pk, ended_at=None).values_list("person_id", flat=True))
        has = _workers(other, today)
        for person in _workers(one, today) - has - tied:
            made.append(Assignment.objects.create(child=other, person_id=person, since=today).pk)
    return made


def _workers(child: Child, today: date) -> set[UUID]:
    rows = Assignment.objects.filter(child=child, person__isnull=False, since__lte=today).exclude(until__lt=today)
    return {key for key in rows.values_list("person_id", flat=True) if key is not None}


def _require_mergeable(child: Child, into: Child) -> None:
    ended = child.identity_ended_on or into.identity_ended_on
    if into.status != Status.OPEN or child.status == Status.DUPLICATE or ended:
        message = "The record that stays must be open, and neither may be ended or be a duplicate already."
        raise _refused("merge.state", message, "Open it again first, or choose the other way round.")


def _to_merge(actor: Actor, code: str) -> Child:
    child = children_visible_to(actor, MERGE).filter(code=code).first()
    if child is None:
        raise NotVisible("child")
    require_for(actor, MERGE, child)
    return child


def _record(actor: Actor, verb: str, child: Child, into: Child) -> None:
    """On both records."""
    for each in (child, into):
        record(actor, verb, "child", each.pk, organisation_id=each.organisation_id)


def _refused(code: str, message: str, action: str, params: dict[str, int] | None = None) -> ProblemError:
    return ProblemError(Problem(code, message, action, Where(field="code"), params or {}, status=409))
