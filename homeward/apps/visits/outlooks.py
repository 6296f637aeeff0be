"""Which of the outlooks that are kept count at this moment, and making those anew that do not.

One counts if it was made by what holds now (protocols, house, rules), if today is one of its days where the child
lives, and if the database has noted no changed fact since. `docs/follow-up.md` says why no stale one can pass for a
fresh one.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from homeward import __version__
from homeward.apps.access.actors import day_in_zone
from homeward.apps.access.models import Organisation
from homeward.apps.audit.locks import held
from homeward.apps.cases.models import Child
from homeward.apps.cases.protocols import every_schedule, usual_schedule
from homeward.apps.communities.models import Place
from homeward.apps.visits.clock import Clock, clocks, with_a_clock
from homeward.apps.visits.kept import Said
from homeward.apps.visits.most_urgent import most_urgent
from homeward.apps.visits.outlook_models import ChangedFact, Outlook
from homeward.apps.visits.outlook_triggers import mend
from homeward.domain.outlook import outlook
from homeward.domain.protocol import URGENCY
from homeward.domain.rounds import Schedule

RULES = 1  # higher when the rules change within a version: what was kept before counts no more
AT_ONCE = 500  # children; their rows are locked for some milliseconds, and whoever has one of them is not waited for
A_WHILE = 5.0  # seconds that a run of the job may take: no escalation waits longer for its turn
NEVER = date.max  # first day of an outlook that may not be kept


class Now:
    """What holds at this moment: by which protocols, and which day it is in each zone."""

    @cached_property
    def schedules(self) -> dict[UUID, Schedule]:
        chosen, usual = every_schedule(), usual_schedule()
        return {key: chosen.get(key, usual) for key in self._zones}

    @cached_property
    def bases(self) -> dict[UUID, str]:
        """One for each organisation. A file of a protocol that is gone, another zone, a new version: another basis."""
        return {key: _basis(key, self._zones[key], schedule) for key, schedule in self.schedules.items()}

    @cached_property
    def by_basis(self) -> dict[str, Schedule]:
        return {self.bases[key]: schedule for key, schedule in self.schedules.items()}

    @cached_property
    def _zones(self) -> dict[UUID, str]:
        return dict(Organisation.objects.order_by().values_list("pk", "time_zone"))

    @cached_property
    def days(self) -> dict[str, date]:
        zones = {*self._zones.values(), *Place.objects.order_by().values_list("time_zone", flat=True).distinct()}
        return {zone: day_in_zone(zone) for zone in zones}

    def counts(self) -> Q:
        """Of a child's outlook, that it counts."""
        today = Q(pk__in=[])
        for day in set(self.days.values()):
            zones = [zone for zone, each in self.days.items() if each == day]
            today |= Q(outlook__zone__in=zones, outlook__first__lte=day, outlook__last__gte=day)
        return today & self.unchanged()

    def unchanged(self) -> Q:
        about = ChangedFact.objects.order_by()
        return (
            Q(outlook__basis__in=list(self.by_basis))
            & ~Exists(about.filter(about=OuterRef("pk")))
            & ~Exists(about.filter(about=OuterRef("place_id")))
        )


def _basis(organisation_id: UUID, zone: str, schedule: Schedule) -> str:
    steps = [f"{since} {protocol.reference} {protocol.checksum}" for since, protocol in schedule.steps]
    said = "\n".join([__version__, str(RULES), str(organisation_id), zone, *steps])
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def marked(children: QuerySet[Child], now: Now) -> QuerySet[Child]:
    """With `fresh`: whether what is kept about a child counts. One statement sees one moment."""
    return children.annotate(fresh=Case(When(now.counts(), then=Value(True)), default=Value(False)))


def refresh_outlooks() -> int:
    """The job: what counts no more is made anew, for a while; the rest at the next run."""
    return refresh(A_WHILE)


def refresh(seconds: float | None = None) -> int:
    """How many were made. One process at a time: two could write in another order than they read."""
    until = None if seconds is None else time.monotonic() + seconds
    with held("outlooks") as mine:
        if not mine:
            return 0
        mend(connection)
        return sum(_made(some) for some in _in_time(_stale(), until))


def _in_time(some: Iterator[list[UUID]], until: float | None) -> Iterator[list[UUID]]:
    for each in some:
        yield each
        if until is not None and time.monotonic() > until:
            return


def _stale() -> Iterator[list[UUID]]:
    """Children whose outlook is to be made. One that may not be kept is not tried again until a fact changes."""
    _drop()
    now = Now()
    refused = Case(When(Q(outlook__first=NEVER) & now.unchanged(), then=Value(True)), default=Value(False))
    rows = marked(with_a_clock(Child.objects.all()), now).annotate(refused=refused)
    rows = rows.filter(Q(fresh=False), Q(refused=False))
    keys = list(rows.order_by().values_list("pk", flat=True))
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]


def _drop() -> None:
    """What is noted about a place, or about a child without a clock, takes away what is kept: then nothing counts, and
    the note has done its work. Notes about children with a clock stay until their outlook is made.
    """
    clocked = with_a_clock(Child.objects.filter(pk=OuterRef("about")))
    noted = dict(ChangedFact.objects.filter(~Exists(clocked)).values_list("pk", "about"))
    keys = list(noted)
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        about = {noted[key] for key in some}
        with transaction.atomic():
            Outlook.objects.filter(Q(child__in=about) | Q(child__in=Child.objects.filter(place__in=about))).delete()
            ChangedFact.objects.filter(pk__in=some).delete()


def _made(keys: Sequence[UUID]) -> int:
    """Notes first, then facts, then both are written at once: a fact that changes in between leaves a note that was not
    seen, so what is written here does not count.
    """
    seen = list(ChangedFact.objects.filter(about__in=keys).values_list("pk", "about"))
    now = Now()
    found = clocks(with_a_clock(Child.objects.filter(pk__in=keys)), few=keys)
    return _written({each.child_id: _row(each, now) for each in found if each.organisation_id in now.bases}, seen)


def _row(clock: Clock, now: Now) -> Outlook:
    schedule, basis = now.schedules[clock.organisation_id], now.bases[clock.organisation_id]
    row = Outlook(child_id=clock.child_id, basis=basis, zone=clock.zone, first=NEVER, last=NEVER)
    if clock.undated or clock.together:
        return row
    found = outlook(schedule, clock.facts, clock.day)
    row.first, row.last = found.first, clock.day if clock.ahead else found.last
    due = most_urgent(clock, found.point, found.contact)
    if due is None:
        return row
    steps = [protocol for _since, protocol in schedule.steps]
    step = steps.index(found.point.round.protocol) if found.point is not None and due.round else 0
    row.urgency, row.due = URGENCY[due.state], due.due
    row.said = Said.of(due, clock, basis, step).written()
    return row


def _written(rows: dict[UUID, Outlook], seen: Iterable[tuple[int, UUID]]) -> int:
    """Of children whose row somebody has, none: they wait for the next run, and nobody waits for us."""
    with transaction.atomic():
        free = Child.objects.select_for_update(skip_locked=True, no_key=True).filter(pk__in=rows)
        keys = set(free.order_by().values_list("pk", flat=True))
        Outlook.objects.filter(pk__in=keys).delete()
        Outlook.objects.bulk_create([rows[key] for key in keys])
        ChangedFact.objects.filter(pk__in=[note for note, about in seen if about in keys]).delete()
    return len(keys)
