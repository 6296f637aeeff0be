"""Something agreed that comes on another day, or not at all; and the gap in services that it leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from homeward.apps.audit.models import Event as Audited
from homeward.apps.cases.gaps import service_gaps, unlink_gaps
from homeward.apps.cases.models import ServiceGap as Gap
from homeward.apps.visits.ending import end_visit_words_of, forget_visits
from homeward.apps.visits.models import ActionOutcome
from homeward.apps.visits.promises import broken_promises
from homeward.apps.visits.queries import ActionRow, actions_of, events_of
from homeward.apps.visits.recording import NewAction, hold_visit
from homeward.apps.visits.settling import Became, settle_action
from homeward.domain.problems import ProblemError
from tests.apps.test_visits import SEEN, planned, today
from tests.world import House, World

pytestmark = pytest.mark.database
MISSING = Became("not_coming", because="no_means", told="we", need="papers")


def agreed(house: House, who: str = "we", *, late: int = 4) -> tuple[UUID, UUID]:
    """At a visit some weeks ago, for a day that is past."""
    row, day = planned(house, days=-30), today(house)
    made = (NewAction(who, day - timedelta(days=late), "Bring the papers"),)
    hold_visit(house.actor("case_worker"), row.pk, replace(SEEN, on=row.planned_on, actions=made))
    return row.pk, now(house).id


def now(house: House) -> ActionRow:
    (row,) = actions_of(house.actor("case_worker"), house.child.code)  # type: ignore[union-attr]
    return row


def settle(house: House, key: tuple[UUID, UUID], given: str | Became) -> ActionRow:
    settle_action(house.actor("case_worker"), *key, given)
    return now(house)


class TestAnotherDay:
    def test_it_is_not_late_until_that_day_and_that_it_moved_stays_in_sight(self, world: World) -> None:
        house, day = world.amani, today(world.amani)
        key = agreed(house)
        assert now(house).overdue
        row = settle(house, key, Became("moved", day + timedelta(days=5), "papers"))
        assert (row.overdue, row.open, row.moves, row.due) == (False, True, 1, day + timedelta(days=5))
        assert row.by_when == day - timedelta(days=4)
        assert broken_promises(house.actor("case_worker")) == ()
        row = settle(house, key, Became("moved", day + timedelta(days=9), "others"))
        assert (row.moves, row.due, row.because) == (2, day + timedelta(days=9), "others")
        assert [(each.kept, each.new_day) for each in row.ledger] == [
            ("moved", day + timedelta(days=5)),
            ("moved", day + timedelta(days=9)),
        ]
        assert Audited.objects.filter(verb="move_promise").count() == 2
        assert Audited.objects.filter(verb="move_promise").values_list("detail", flat=True)[0] in (None, {})

    def test_once_the_new_day_is_past_it_is_late_again_by_days_from_then(self, world: World) -> None:
        house, day = world.amani, today(world.amani)
        key = agreed(house, late=20)
        settle(house, key, Became("moved", day + timedelta(days=1), "family"))
        ActionOutcome.objects.update(on=day - timedelta(days=15), new_day=day - timedelta(days=2))
        (row,) = broken_promises(house.actor("case_worker"))
        assert (row.by_when, row.days_late, row.moves) == (day - timedelta(days=2), 2, 1)
        assert now(house).overdue
        settle(house, key, "partly")  # in part is not there: the day that stands is still the new one
        assert [each.by_when for each in broken_promises(house.actor("supervisor"))] == [day - timedelta(days=2)]

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            (Became("moved", None, "papers"), "new_day"),
            (Became("moved", because=""), "new_day"),
            (Became("not_coming", because="", told="we", need="papers"), "because"),
            (Became("not_coming", because="full", told="", need="papers"), "told"),
            (Became("not_coming", because="full", told="we", need=""), "need"),
            (Became("gone"), "kept"),
        ],
    )
    def test_what_is_missing_is_named_and_nothing_is_written(self, world: World, given: Became, field: str) -> None:
        key = agreed(world.amani)
        with pytest.raises(ProblemError) as refused:
            settle(world.amani, key, given)
        assert refused.value.first.where.field == field
        assert not ActionOutcome.objects.exists()
        assert not Gap.objects.exists()

    def test_nobody_outside_the_reach_moves_it(self, world: World) -> None:
        house = world.amani
        key = agreed(house)
        for actor, status in ((house.actor("other_case_worker"), 404), (house.actor("focal_point"), 403)):
            with pytest.raises(ProblemError) as refused:
                settle_action(actor, *key, Became("moved", today(house) + timedelta(days=5), "papers"))
            assert refused.value.first.status == status
        with pytest.raises(ProblemError) as refused:
            settle_action(world.baraka.actor("supervisor"), *key, MISSING)
        assert refused.value.first.status == 404
        assert not ActionOutcome.objects.exists()


class TestNotComing:
    def test_it_is_settled_with_a_reason_and_leaves_a_gap_that_is_counted(self, world: World) -> None:
        house, day = world.amani, today(world.amani)
        row = settle(house, agreed(house, "service"), MISSING)
        assert (row.open, row.overdue, row.untold, row.because) == (False, False, False, "no_means")
        assert broken_promises(house.actor("case_worker")) == ()
        gap = Gap.objects.get()
        assert (gap.sector, gap.need, gap.reason, gap.day, gap.source) == (
            "legal",
            "papers",
            "no_means",
            day,
            "promise",
        )
        assert gap.place is None or gap.place.level != "community"
        (counted,) = service_gaps(house.actor("supervisor"), day, day)
        assert (counted.sector, counted.reason, counted.gaps, counted.met_later) == ("legal", "no_means", 1, 0)

    def test_said_again_it_is_the_same_gap_and_it_stays_on_top_until_the_family_knows(self, world: World) -> None:
        house = world.amani
        key = agreed(house)
        assert settle(house, key, replace(MISSING, told="nobody")).untold
        assert [(each.id, each.untold) for each in broken_promises(house.actor("case_worker"))] == [(key[1], True)]
        row = settle(house, key, replace(MISSING, told="promiser", because="full"))
        assert (row.untold, row.told) == (False, "promiser")
        assert broken_promises(house.actor("case_worker")) == ()
        assert Gap.objects.get().reason == "full"

    def test_where_it_came_after_all_the_need_is_met_and_where_it_fails_again_it_is_not(self, world: World) -> None:
        house = world.amani
        key = agreed(house)
        settle(house, key, MISSING)
        settle(house, key, "partly")
        assert Gap.objects.get().met_on == today(house)
        settle(house, key, MISSING)
        assert Gap.objects.get().met_on is None

    @pytest.mark.parametrize("who", ["child", "caregiver"])
    def test_what_the_family_does_itself_is_no_service_that_is_missing(self, world: World, who: str) -> None:
        row = settle(world.amani, agreed(world.amani, who), replace(MISSING, need=""))
        assert row.kept == "not_coming"
        assert not Gap.objects.exists()

    def test_what_ends_leaves_the_gap_and_nothing_that_leads_to_the_child(self, world: World) -> None:
        house = world.amani
        settle(house, agreed(house), MISSING)
        end_visit_words_of(house.child.id)  # type: ignore[union-attr]
        unlink_gaps(house.child.id)  # type: ignore[union-attr] # as every ending does
        gap = Gap.objects.get()
        assert (gap.day, gap.child, gap.came_from) == (today(house).replace(day=1), None, None)
        forget_visits(house.child.id)  # type: ignore[union-attr]
        assert Gap.objects.get() == gap
        assert not ActionOutcome.objects.exists()

    def test_a_journey_tells_of_it_in_codes(self, world: World) -> None:
        house = world.amani
        settle(house, agreed(house), MISSING)
        found = events_of(house.actor("case_worker"), house.child.code)  # type: ignore[union-attr]
        assert [each.codes for each in found if each.kind == "agreed_outcome"] == [("not_coming",)]


def test_at_a_visit_it_is_said_with_what_belongs_to_it(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    day = today(house)
    _visit, action = agreed(house)
    next_one = planned(house)
    kept = {action: Became("moved", day + timedelta(days=3), "nobody_free")}
    hold_visit(worker, next_one.pk, replace(SEEN, kept=kept))
    row = now(house)
    assert (row.moves, row.ledger[0].visit_id, row.ledger[0].on) == (1, next_one.pk, day)
    wrong = planned(house)
    with pytest.raises(ProblemError):
        hold_visit(worker, wrong.pk, replace(SEEN, kept={action: Became("moved", day - timedelta(days=1), "other")}))
    wrong.refresh_from_db()
    assert wrong.state == "planned"
    assert now(house).moves == 1
