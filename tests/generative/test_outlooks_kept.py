"""Whatever happens in whatever order, a list with what is kept is the list that is counted from facts."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeward.apps.access.models import Organisation
from homeward.apps.cases.models import Child, ProtocolInUse, RiskLevel
from homeward.apps.cases.protocols import library
from homeward.apps.communities.models import Place
from homeward.apps.surveys.models import Submission
from homeward.apps.visits.clock import clocks, with_a_clock
from homeward.apps.visits.clock_models import Missed, Pause
from homeward.apps.visits.due import due_among, due_list
from homeward.apps.visits.outlook_models import ChangedFact, Outlook
from homeward.apps.visits.outlooks import refresh
from homeward.formats.protocols import DEFAULT
from tests.rows import bare_interview
from tests.world import World

pytestmark = pytest.mark.database
TRIALS = max(3, round(float(os.environ.get("HOMEWARD_TRIALS", "0.02")) * 500))
START = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Nairobi", "UTC")
DAYS = st.integers(-420, 40)
SMALL = st.integers(0, 3)
STEPS = st.one_of(
    st.tuples(st.just("refresh")),
    st.tuples(st.just("pass"), st.sampled_from([1, 2, 5, 11, 13, 24, 30, 24 * 7, 24 * 31])),  # hours
    st.tuples(st.just("hear"), SMALL, DAYS, st.sampled_from(["child", "caregiver", "adult"]), st.booleans()),
    st.tuples(st.just("refuse"), SMALL, DAYS),
    st.tuples(st.just("undate"), SMALL),
    st.tuples(st.just("forget"), SMALL),
    st.tuples(st.just("risk"), SMALL, DAYS, st.sampled_from(["low", "medium", "high"])),
    st.tuples(st.just("pause"), SMALL, DAYS, st.integers(0, 60)),
    st.tuples(st.just("miss"), SMALL, DAYS, st.sampled_from(["w2", "m1", "m3", "m6", "contact"]), st.booleans()),
    st.tuples(st.just("return"), SMALL, st.integers(-500, 0), st.booleans()),
    st.tuples(st.just("move"), SMALL, SMALL),
    st.tuples(st.just("status"), SMALL, st.sampled_from(["open", "closed"])),
    st.tuples(st.just("withdraw"), SMALL, st.sampled_from([None, True, False])),
    st.tuples(st.just("zone"), SMALL, st.sampled_from(ZONES)),
    st.tuples(st.just("house"), st.sampled_from(ZONES)),
    st.tuples(st.just("protocol"), DAYS),
)


class Story:
    """Four children of two organisations in two places, or in none; bulk writes alone, as no service sees them."""

    def __init__(self, world: World) -> None:
        self.world, self.now = world, START
        self.houses = (world.amani, world.baraka)
        self.children = [self._child(number) for number in range(4)]

    def _child(self, number: int) -> Child:
        house = self.houses[number % 2]
        return Child.objects.create(
            code=f"90000000{number}",
            organisation_id=house.organisation_id,
            place_id=house.place_id if number < 2 else None,
            population="returnee",
            sex="other",
            age_band="12-14",
            return_date=START.date() - timedelta(days=100 + number),
        )

    def day(self, days: int) -> date:
        return self.now.date() + timedelta(days=days)

    def tell(self, step: tuple[Any, ...]) -> None:
        name, *rest = step
        getattr(self, f"on_{name}")(*rest)

    def on_refresh(self) -> None:
        refresh()

    def on_pass(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def on_hear(self, child: int, days: int, who: str, ahead: bool) -> None:
        """Never dated after its arrival, but perhaps a day ahead of where the child lives; or, by a slip, far ahead."""
        moment = self.now if ahead or days > 0 else self.now + timedelta(days=days)
        day = self.day(days) if ahead else moment.date()
        row = bare_interview(self.world, self.children[child].pk, 0, respondent=who, interviewed_on=day)
        row.received_at = moment
        Submission.objects.bulk_create([row])

    def on_refuse(self, child: int, days: int) -> None:
        row = bare_interview(self.world, self.children[child].pk, 0, state="refused", interviewed_on=self.day(days))
        row.received_at = self.now
        Submission.objects.bulk_create([row])

    def on_undate(self, child: int) -> None:
        rows = Submission.objects.filter(child=self.children[child])
        rows.update(problems=[{"code": "interview.date_missing"}])

    def on_forget(self, child: int) -> None:
        for model in (Submission, RiskLevel, Pause, Missed):
            rows = model._default_manager.filter(child=self.children[child])
            rows.filter(pk__in=list(rows.values_list("pk", flat=True)[:1])).delete()

    def on_risk(self, child: int, days: int, level: str) -> None:
        day = self.day(days)
        RiskLevel.objects.create(child=self.children[child], level=level, since=day, reason="visit", said_at=self.now)

    def on_pause(self, child: int, days: int, length: int) -> None:
        since = self.day(days)
        until = since + timedelta(days=length)
        Pause.objects.create(child=self.children[child], since=since, until=until, reason="away", said_at=self.now)

    def on_miss(self, child: int, days: int, point: str, back: bool) -> None:
        reason = "taken_back" if back else "moved"
        said = {"point": point, "on_day": self.day(days), "reason": reason}
        Missed.objects.create(child=self.children[child], said_at=self.now, **said)

    def on_return(self, child: int, days: int, known: bool) -> None:
        rows = Child.objects.filter(pk=self.children[child].pk)
        if known:
            rows.update(return_date=self.day(days), return_date_basis="known")
        else:
            created = self.now + timedelta(days=days, hours=3)
            rows.update(return_date=None, return_date_basis="unknown", created_at=created)

    def on_move(self, child: int, place: int) -> None:
        where = (None, self.world.amani.place_id, self.world.baraka.place_id, None)[place]
        Child.objects.filter(pk=self.children[child].pk).update(place=where)

    def on_status(self, child: int, status: str) -> None:
        Child.objects.filter(pk=self.children[child].pk).update(status=status)

    def on_withdraw(self, child: int, withdrew: bool | None) -> None:
        Child.objects.filter(pk=self.children[child].pk).update(withdrew=withdrew)

    def on_zone(self, house: int, zone: str) -> None:
        Place.objects.filter(pk=self.houses[house % 2].place_id).update(time_zone=zone)

    def on_house(self, zone: str) -> None:
        Organisation.objects.filter(pk=self.world.amani.organisation_id).update(time_zone=zone)

    def on_protocol(self, days: int) -> None:
        protocol = library().load(DEFAULT)
        row = {"reference": protocol.reference, "checksum": protocol.checksum, "since": self.day(days)}
        ProtocolInUse.objects.create(organisation_id=self.world.amani.organisation_id, set_at=self.now, **row)

    def clear(self) -> None:
        keys = [child.pk for child in self.children]
        for model in (Submission, RiskLevel, Pause, Missed):
            model._default_manager.filter(child__in=keys).delete()
        Outlook.objects.all().delete()
        ChangedFact.objects.all().delete()
        ProtocolInUse.objects.all().delete()
        Child.objects.filter(pk__in=keys).delete()


@settings(
    max_examples=TRIALS,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, min_size=3, max_size=25))
def test_a_list_with_what_is_kept_is_the_list_that_is_counted(world: World, steps: list[tuple[Any, ...]]) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        story = Story(world)
        try:
            refresh()
            for step in steps:
                story.tell(step)
                traveller.move_to(story.now)
                children = Child.objects.filter(pk__in=[child.pk for child in story.children])
                assert due_list(children) == due_among(clocks(with_a_clock(children))), step
            refresh()
            assert due_list(children) == due_among(clocks(with_a_clock(children)))
            assert not ChangedFact.objects.exists()
        finally:
            story.clear()
