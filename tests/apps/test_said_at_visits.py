"""What was said at a visit stays until somebody says otherwise, also where another visit of the child is corrected."""

from __future__ import annotations

from datetime import timedelta

import pytest

from homeward.apps.visits.correcting import Correction
from homeward.apps.visits.models import ActionOutcome, Visit
from homeward.apps.visits.queries import ActionRow, actions_of, look_at_visit
from homeward.apps.visits.recording import NewAction
from homeward.apps.visits.settling import UNSAID
from homeward.domain.problems import ProblemError
from homeward.web.visits.correct_forms import earlier_for
from tests.apps.test_correcting import correct, held, refused_with
from tests.apps.test_visits import today
from tests.world import House, World

pytestmark = pytest.mark.database


def agreed(house: House, who: str = "service", days: int = -20) -> tuple[Visit, ActionRow]:
    row = held(house, days=days, actions=(NewAction(who, today(house) + timedelta(days=5), "Bus form"),))
    return row, the_one(house)


def the_one(house: House) -> ActionRow:
    (row,) = actions_of(house.actor("case_worker"), house.child.code)  # type: ignore[union-attr]
    return row


class TestWhatWasSaidStays:
    def test_what_a_correction_does_not_name_stays_and_only_what_is_unsaid_goes(self, world: World) -> None:
        house, day = world.amani, today(world.amani)
        _visit, action = agreed(house)
        row = held(house, days=-10, kept={action.id: "done"})
        correct(house, row, words="Another note")
        assert (the_one(house).kept, ActionOutcome.objects.count()) == ("done", 1)
        correct(house, row, Correction("mistyped", known=1), on=day - timedelta(days=8))
        (said,) = the_one(house).ledger
        assert (said.kept, said.on, said.visit_id) == ("done", day - timedelta(days=8), row.pk)
        correct(house, row, Correction("mistyped", known=2), kept={action.id: UNSAID})
        assert (the_one(house).kept, the_one(house).ledger) == ("", ())

    def test_at_a_new_visit_nothing_is_unsaid(self, world: World) -> None:
        _visit, action = agreed(world.amani)
        with pytest.raises(ProblemError) as refused:
            held(world.amani, days=-10, kept={action.id: UNSAID})
        assert refused.value.first.code == "visit.choice"

    def test_a_visit_is_not_moved_behind_what_was_said_of_its_promises(self, world: World) -> None:
        house, day = world.amani, today(world.amani)
        first, action = agreed(house)
        held(house, days=-10, kept={action.id: "done"})
        assert refused_with(house, first, on=day - timedelta(days=5)) == "visit.said_before"
        assert the_one(house).agreed_on == day - timedelta(days=20)
        correct(house, first, on=day - timedelta(days=10))
        assert (the_one(house).agreed_on, the_one(house).kept) == (day - timedelta(days=10), "done")

    def test_what_was_said_at_a_visit_is_in_its_form_whenever_it_was_agreed(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        _visit, action = agreed(house, days=-5)
        row = held(house, days=-10, kept={action.id: "done"})  # recorded late, of a day before
        assert [each.id for each in earlier_for(look_at_visit(worker, row.pk))] == [action.id]
