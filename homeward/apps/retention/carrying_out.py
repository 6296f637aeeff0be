"""Carrying out an ending that was decided. Every step may be repeated, so that after a kill the same call goes on.

Keys go before rows: whoever dies between the two leaves rows that nobody can read. The last transaction takes the rows
away and says so in the ledger. The end is *done* when no copy of the key store from before it is left.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.actors import day_in_zone, system_actor, zone_of
from homeward.apps.access.keys.destroying import destroy, empty_log, state_reason
from homeward.apps.audit.locks import held
from homeward.apps.audit.services import record
from homeward.apps.cases.ending import BOTH, IDENTITY, end_identity_of, end_words_of, forget_child
from homeward.apps.cases.models import Child
from homeward.apps.cases.protocols import schedule_of
from homeward.apps.monitoring.ending import end_meeting_words, forget_meetings
from homeward.apps.retention.clocks import lock_child, stands_still_until
from homeward.apps.retention.key_copies import copies_from_before, copy_anew
from homeward.apps.retention.known import BEGUN, unknown
from homeward.apps.retention.models import Ending, EndingKind, EndingState, Hold, Review
from homeward.apps.retention.withheld import end_override_words, end_wider_copies, forget_overrides
from homeward.apps.safeguarding.ending import forget_told, open_matters, told_about
from homeward.apps.surveys.ending import (
    drop_keys_of_linked,
    forget_interviews,
    group_records,
    held_of_child,
    interviews_of,
    leave_tombstones,
    take_names_out,
    take_words_out,
    unlinked_naming,
)
from homeward.apps.surveys.links import forget_links_of
from homeward.apps.surveys.models import State, Submission
from homeward.apps.visits.ending import end_cards_of, end_visit_words_of, forget_visits
from homeward.apps.visits.follow_up_ending import forget_follow_up
from homeward.domain.rounds import Schedule, round_answered

UNLINKED = "unlinked"  # ids, in the report of an erasure under way


def carry_out(ending_id: UUID | str, *, finishing: bool = True) -> None:
    """The job of one ending that is under way; anything else it leaves alone. One process at a time; another comes
    back to it. Without `finishing` copies of the key store stay as they are, and a later run looks after them.
    """
    with held(f"ending-{ending_id}") as mine:
        row = Ending.objects.filter(pk=ending_id, state=EndingState.RUNNING).first()
        if mine and row is not None:
            _carry_out(row)
            if finishing and Ending.objects.filter(pk=row.pk).exists():
                finish(row)


def _carry_out(row: Ending) -> None:
    if not _begun(row):
        return
    steps: dict[str, Callable[[Ending], None]] = {
        EndingKind.IDENTITY: _end_identity,
        EndingKind.RECORD: _end_record,
        EndingKind.ERASURE: _erase,
    }
    steps[row.kind](row)


def _begun(row: Ending) -> bool:
    """The last moment at which it stops: somebody has to act on something of which whoever decided did not know. With
    the row of the child locked, so that what is told comes before this or after it. What was begun goes on to its end.
    """
    if BEGUN in row.report or _destroyed(row):
        return True
    with transaction.atomic():
        lock_child(row.child_id)
        if _to_stop(row):
            _stop(row)
            return False
        row.report = {BEGUN: "yes"}
        Ending.objects.filter(pk=row.pk, state=EndingState.RUNNING).update(report=row.report)
    return True


def _to_stop(row: Ending) -> bool:
    if row.kind == EndingKind.ERASURE:
        return unknown(row)
    return bool(open_matters([row.child_id], interviews_of([row.child_id])))


def _destroyed(row: Ending) -> bool:
    """As after a restore: the key store knows more than the data."""
    ended = vault.identity_ended if row.kind == EndingKind.IDENTITY else vault.record_ended
    return ended(row.child_id)


def _stop(row: Ending) -> None:
    """In the caller's transaction. Of an erasure focal points are told, and decide again; to others it waits as it did.
    A clock begins anew when nothing stops it any more, and says nothing of it: what stood still would tell that
    something was told.
    """
    running = Ending.objects.filter(pk=row.pk, state=EndingState.RUNNING)
    if row.kind != EndingKind.ERASURE:
        running.delete()
    elif running.update(state=EndingState.STOPPED, stopped_at=timezone.now(), report={}):
        _record(row, "stop_ending")


def finish(row: Ending) -> bool:
    """Whether it is done. A new copy of the key store comes first; older ones go, where that is allowed."""
    row.refresh_from_db()
    if row.state != EndingState.ENDED or row.ended_at is None:
        return row.state == EndingState.DONE
    if not empty_log():
        return False
    if copies_from_before(row.ended_at):
        waits = stands_still_until()
        if waits is not None and timezone.now().date() < waits:
            return False  # after a restore: older copies may hold more than what was restored, and people get the time
        if not copy_anew() or copies_from_before(row.ended_at):
            return False
    with transaction.atomic():
        Ending.objects.filter(pk=row.pk).update(state=EndingState.DONE, done_at=timezone.now())
        _record(row, "finish_ending")
    return True


def _erase(row: Ending) -> None:
    """Which interviews nobody has linked is found once, while their keys open, and kept in the ledger until the end."""
    unlinked = {*_noted(row), *(str(key) for key in unlinked_naming(row.organisation_id, row.code))}
    Ending.objects.filter(pk=row.pk).update(report={BEGUN: "yes", UNLINKED: sorted(unlinked)})
    place, waiting = row.organisation_id, [UUID(key) for key in unlinked]
    stones = leave_tombstones(held_of_child(place, row.child_id, waiting), row.reason)
    drop_keys_of_linked(row.child_id)
    destroy([row.child_id], BOTH, row.reason)
    state_reason([row.child_id], BOTH, row.reason)
    with transaction.atomic():
        rows = held_of_child(place, row.child_id, waiting)  # what came meanwhile goes too
        report = {"tombstones": max(stones, leave_tombstones(rows, row.reason))}
        child = Child.objects.filter(pk=row.child_id).first()
        report["groups_to_read"] = group_records(place, child.created_at) if child is not None else 0
        report["sealed_notes"] = forget_told(row.child_id, told_about(row.child_id, rows.submissions))
        vault.drop_own(rows.own_keys)
        report |= forget_visits(row.child_id)
        report |= forget_interviews(rows)
        forget_links_of(row.child_id)
        report |= forget_meetings(row.child_id)
        Hold.objects.filter(child=row.child_id).delete()
        Review.objects.filter(child=row.child_id).delete()
        forget_overrides(row.child_id)
        forget_follow_up(row.child_id)
        _ended(row, report | forget_child(row.child_id))


def _noted(row: Ending) -> list[str]:
    found = row.report.get(UNLINKED, [])
    return [str(key) for key in found]


def _end_identity(row: Ending) -> None:
    """Interviews first, while their keys open: names that somebody answered lie under the record key."""
    child = Child.objects.select_related("place").filter(pk=row.child_id).first()
    today = day_in_zone(zone_of(row.organisation_id))
    report = {"without_names": take_names_out(row.child_id)} if not vault.record_ended(row.child_id) else {}
    with transaction.atomic():
        if child is not None and child.identity_ended_on is None:
            end_identity_of(child, today, coarse_return(child))
        end_wider_copies(row.child_id)
        end_cards_of(row.child_id)
    destroy([row.child_id], IDENTITY, row.reason)
    _ended(row, report)


def _end_record(row: Ending) -> None:
    """Who it is goes with it, where that is still there."""
    child = Child.objects.select_related("place").filter(pk=row.child_id).first()
    today = day_in_zone(zone_of(row.organisation_id))
    drop_keys_of_linked(row.child_id)
    destroy([row.child_id], BOTH, row.reason)
    interviews = list(Submission.objects.filter(child=row.child_id).values_list("pk", flat=True))
    with transaction.atomic():
        if child is not None and child.identity_ended_on is None:
            end_identity_of(child, today, coarse_return(child))
        report = {"sealed_notes": forget_told(row.child_id, told_about(row.child_id, interviews))}
        report["interviews"] = take_words_out(row.child_id)
        Hold.objects.filter(child=row.child_id).update(reason=b"")
        Review.objects.filter(child=row.child_id).update(reason=b"")
        end_override_words(row.child_id)
        end_visit_words_of(row.child_id)
        end_meeting_words(row.child_id)
        end_words_of(row.child_id, today)
        _ended(row, report)


def _ended(row: Ending, report: dict[str, int]) -> None:
    with transaction.atomic():
        changes = {"state": EndingState.ENDED, "ended_at": timezone.now(), "report": report}
        if Ending.objects.filter(pk=row.pk, state=EndingState.RUNNING).update(**changes):
            _record(row, "end_for_good")


def _record(row: Ending, verb: str) -> None:
    detail = {"kind": row.kind, "reason": row.reason}
    who, place = system_actor(row.organisation_id), row.organisation_id
    record(who, verb, "ending", row.pk, organisation_id=place, child_id=row.child_id, detail=detail)


def coarse_return(child: Child) -> date | None:
    """The first day of the month of the return, or its middle, or its last: whichever leaves every interview in its
    round, so that figures by round stay the same. Where none does, as after a return and two interviews within days,
    the day stays.
    """
    day = child.return_date
    if day is None:
        return None
    rows = Submission.objects.filter(child=child, state=State.ACCEPTED)
    days = list(rows.values_list("interviewed_on", flat=True).distinct())
    schedule = schedule_of(child.organisation_id)
    rounds = [_round(schedule, day, each) for each in days]
    for other in (day.replace(day=1), day.replace(day=15), day.replace(day=28)):
        if [_round(schedule, other, each) for each in days] == rounds:
            return other
    return day


def _round(schedule: Schedule, returned: date, day: date) -> str | None:
    found = round_answered(schedule, returned, day)
    return found.round.code if found else None
