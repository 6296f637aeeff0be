"""What is planned for a day, and what stands against it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from homeward.apps.cases.protocols import schedule_of
from homeward.apps.visits.cards import (
    CardFacts,
    lift_quiet_time,
    set_card,
    set_quiet_time,
)
from homeward.apps.visits.planning import miss_visit
from homeward.apps.visits.protocol import next_point
from homeward.apps.visits.queries import Event, events_of, look_at_visit, planned_on
from homeward.apps.visits.recording import (
    Held,
    NewAction,
    hold_visit,
)
from homeward.domain.problems import ProblemError
from homeward.domain.rounds import rounds_of
from homeward.domain.visiting import Answer, Check
from tests.apps.test_visits import SEEN, fields, planned, today
from tests.world import World

pytestmark = pytest.mark.database


class TestLists:
    def test_the_day_shows_what_is_planned_and_what_is_late(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        late, due, _later = planned(house, days=-2), planned(house), planned(house, days=2)
        planned(house, check=Check(Answer.NO, Answer.NO, Answer.YES, Answer.NO))
        assert [(row.id, row.late) for row in planned_on(worker, today(house))] == [(late.pk, True), (due.pk, False)]
        assert len(planned_on(house.actor("supervisor"), today(house))) == 2
        assert planned_on(house.actor("other_case_worker"), today(house)) == ()
        assert planned_on(world.nobody(), today(house)) == ()

    def test_a_day_to_come_shows_its_own_visits_each_judged_by_its_own_day(self, world: World) -> None:
        house, worker, day = world.amani, world.amani.actor("case_worker"), today(world.amani)
        soon, later = planned(house, days=2), planned(house, days=4)
        weekday = f"{day + timedelta(days=2):%a}".lower()
        set_card(worker, house.child.code, CardFacts(("home",), safe_days=(weekday,)))  # type: ignore[union-attr]
        assert [(row.id, row.late, row.shut) for row in planned_on(worker, soon.planned_on)] == [(soon.pk, False, "")]
        found = [(row.id, row.late, row.shut) for row in planned_on(worker, later.planned_on)]
        assert found == [(later.pk, False, "day")]

    def test_a_card_or_quiet_time_that_comes_after_the_plan_stops_the_visit(self, world: World) -> None:
        house, worker, day = world.amani, world.amani.actor("case_worker"), today(world.amani)
        code, row = house.child.code, planned(house)  # type: ignore[union-attr]
        assert [each.shut for each in planned_on(worker, day)] == [""]
        set_card(worker, code, CardFacts(("phone",)))
        assert [each.shut for each in planned_on(worker, day)] == ["card"]
        quiet = set_quiet_time(worker, code, day, day + timedelta(days=30), "danger")
        assert [each.shut for each in planned_on(worker, day)] == ["quiet_time"]
        assert look_at_visit(worker, row.pk).shut == "quiet_time"
        with time_machine.travel(timezone.now() + timedelta(days=2)):
            with pytest.raises(ProblemError) as refused:
                hold_visit(worker, row.pk, SEEN)
            assert refused.value.first.code == "contact.quiet"
            lift_quiet_time(worker, code, quiet)
            with pytest.raises(ProblemError) as refused:
                hold_visit(worker, row.pk, SEEN)
            assert (refused.value.first.code, refused.value.first.where.field) == ("contact.way", "mode")
            hold_visit(worker, row.pk, Held(**{**fields(SEEN), "mode": "phone"}))

    def test_events_are_codes_with_a_day(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        day = today(house)
        row = planned(house)
        agreed = (NewAction("we", day, "Bring the papers"),)
        hold_visit(worker, row.pk, Held(**{**fields(SEEN), "actions": agreed}))
        miss_visit(worker, planned(house, days=1).pk, "child_away")
        found = events_of(worker, house.child.code)  # type: ignore[union-attr]
        assert found == (
            Event(day, "visit_held", ("home",)),
            Event(day, "agreed", ("we",)),
            Event(day + timedelta(days=1), "visit_not_held", ("home", "child_away")),
        )
        assert not any("papers" in code for event in found for code in event.codes)

    def test_the_next_point_is_that_of_the_protocol(self, world: World) -> None:
        returned = date(2026, 3, 1)
        house = world.amani.organisation_id
        rounds = [each.due for each in rounds_of(schedule_of(house), returned)]
        assert next_point(house, returned, returned) == rounds[0]
        assert next_point(house, returned, rounds[0]) == rounds[1]
        assert next_point(house, returned, rounds[-1]) is None
        assert next_point(house, None, returned) is None
