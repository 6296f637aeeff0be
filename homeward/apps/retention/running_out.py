"""The job that ends what has run out: on the day after its limit, never before, and never what is held.

It runs several times a day, by the calendar of each organisation. A kill leaves endings under way; the next run goes
on with them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.actors import system_actor
from homeward.apps.access.models import Organisation
from homeward.apps.audit.services import record
from homeward.apps.cases.models import Child
from homeward.apps.retention.carrying_out import carry_out, finish
from homeward.apps.retention.clocks import Periods, Running, listed_before, lock_child, running, stands_still_until
from homeward.apps.retention.models import Ending, EndingKind, EndingState
from homeward.apps.retention.without_agreement import end_without_agreement
from homeward.apps.retention.without_child import end_without_child, over_without_child
from homeward.apps.safeguarding.ending import forget_told, open_matters, open_sources, told_about
from homeward.apps.surveys.ending import forget_interviews, held_of, interviews_of, leave_tombstones
from homeward.apps.surveys.models import Quarantined, State, Submission
from homeward.domain.retention import CLOCKS, NOTICE, OF_A_CHILD, ended, limit_of, started_before

logger = logging.getLogger("homeward")
REASON = "retention_ended"
AT_ONCE = 200
NOBODY = UUID(int=0)  # no child
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def run_out() -> None:
    go_on()
    waits = stands_still_until()
    for organisation in Organisation.objects.order_by("pk"):
        periods = Periods(organisation)
        today = periods.day_of(timezone.now())
        if waits is not None and today < waits:
            continue
        for clock in OF_A_CHILD:
            end_children(periods, clock, today)
        _each(end_unlinked, periods, today)
        _each(end_without_agreement, periods, today)
        for key in over_without_child(periods, today):
            _each(end_without_child, periods, key, today)


def go_on() -> None:
    """What an earlier run, or a kill, has left under way; and what waits for copies of keys to go."""
    for key in Ending.objects.filter(state=EndingState.RUNNING).values_list("pk", flat=True):
        _each(carry_out, key)
    for row in Ending.objects.filter(state=EndingState.ENDED):
        _each(finish, row)


def _each(step: Callable[..., object], *of: object) -> None:
    """One that fails comes again with the next run, and keeps no other from its end."""
    try:
        step(*of)
    except Exception as error:  # noqa: BLE001 - whatever it is; its words may say something about a child
        logger.error("an ending failed: %s", type(error).__name__)


def end_children(periods: Periods, clock: str, today: date) -> None:
    children = Child.objects.filter(organisation=periods.organisation)
    due = [
        each
        for each in running(periods, listed_before(periods, children, clock, today), clock)
        if ended(each.limit, today) and each.hold is None
    ]
    for each in due:
        row = _begun(periods, each, today)
        if row is not None:
            _each(carry_out, row.pk)


def _begun(periods: Periods, found: Running, today: date) -> Ending | None:
    """Whoever holds it, keeps it longer or tells something has the row of the child too, before this or after it."""
    child = found.child
    row = Ending(
        organisation_id=child.organisation_id,
        team_id=child.team_id,
        child_id=child.pk,
        code=child.code,
        kind=EndingKind(CLOCKS[found.clock].ends),
        reason=REASON,
        state=EndingState.RUNNING,
        asked_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            lock_child(child.pk)
            if not _still_ends(periods, found, today):
                return None
            row.save(force_insert=True)
            who, detail = system_actor(child.organisation_id), {"clock": found.clock, "limit": found.limit.isoformat()}
            place = child.organisation_id
            record(who, "run_out", "ending", row.pk, organisation_id=place, child_id=child.pk, detail=detail)
    except IntegrityError:  # another run was as fast
        return None
    return row


def _still_ends(periods: Periods, found: Running, today: date) -> bool:
    key = found.child.pk
    again = next(running(periods, Child.objects.filter(pk=key), found.clock), None)
    if again is None or again.hold is not None or not ended(again.limit, today):
        return False
    return not open_matters([key], interviews_of([key]))


def end_unlinked(periods: Periods, today: date) -> None:
    """Interviews that matched no child, and bytes that were kept apart: settled long ago, or never."""
    place = periods.organisation.pk
    unsettled, apart = (_before(periods, clock, today) for clock in ("unsettled", "kept_apart"))
    waiting = Submission.objects.filter(organisation=place, child__isnull=True, received_at__lt=unsettled)
    waiting = waiting.filter(state__in=(State.UNMATCHED, State.SET_ASIDE))
    settled = Quarantined.objects.filter(organisation=place, settled_at__lt=apart)
    never = Quarantined.objects.filter(organisation=place, settled_at__isnull=True, received_at__lt=unsettled)
    for rows in (settled, never):
        while some := list(rows.values_list("pk", flat=True)[:AT_ONCE]):
            vault.drop_own(some)
            Quarantined.objects.filter(pk__in=some).delete()
    last = NOBODY
    while lines := dict(waiting.filter(pk__gt=last).order_by("pk").values_list("pk", "root_id")[:AT_ONCE]):
        last = max(lines)
        matters = open_sources({*lines, *lines.values()})
        keys = [key for key, root in lines.items() if not {key, root} & matters]
        if keys:
            _forget_unlinked(place, keys)


def _forget_unlinked(place: UUID, keys: list[UUID]) -> None:
    held = held_of(place, keys)
    leave_tombstones(held, REASON)
    vault.drop_own(held.own_keys)
    with transaction.atomic():
        forget_told(NOBODY, told_about(NOBODY, held.submissions))
        forget_interviews(held)
        detail: dict[str, str | int | bool | None] = {"interviews": len(keys)}
        record(system_actor(place), "run_out", "submissions", organisation_id=place, detail=detail)


def _before(periods: Periods, clock: str, today: date) -> datetime:
    """What arrived before this moment has run out: nothing, while the notice of another time runs."""
    period = periods.of(clock)
    if period.set_on is not None and not ended(period.set_on + NOTICE, today):
        return LONG_AGO
    day = started_before(today, period.months)
    while not ended(limit_of(day, period), today):
        day -= timedelta(days=1)
    return periods.start_of(day + timedelta(days=1))
