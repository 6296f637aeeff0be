"""What an interview has said in the ledger goes with it: to another child, or aside; and comes back with it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from homeward.apps.cases.consents import entries_of, may_now
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Child, ConsentEntry
from homeward.apps.cases.services import Registered, register_child
from homeward.apps.surveys.corrections import correct_answers
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.inbox import set_aside, take_back
from homeward.apps.surveys.intake import receive
from homeward.domain.consent import MONITORING
from tests.interviews import interview
from tests.world import World, day_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
WHY = "It was held with somebody else."


@pytest.fixture
def unasked(world: World) -> Registered:
    back = date.today() - timedelta(days=100)
    facts = ChildFacts(sex="male", name="Aa Bb", age=13, return_date=back, team_id=world.amani.teams[0])
    return register_child(world.amani.actor("case_worker"), facts)


def agreed(world: World, child: Registered) -> bool:
    return bool(may_now(Child.objects.get(pk=child.id), MONITORING, day_of(world.amani.organisation_id)))


def test_after_two_corrections_nothing_stays_with_the_wrong_child(world: World, unasked: Registered) -> None:
    assert world.amani.child
    lead = world.amani.actor("supervisor")
    first = receive(world.amani.actor("case_worker"), Delivery(interview("child-12-14", unasked.code)))
    assert agreed(world, unasked)
    second = correct_answers(lead, first.submission_id, {}, "typing_error", WHY)  # type: ignore[arg-type]
    correct_answers(lead, second.submission_id, {}, "wrong_child", WHY, child_key=world.amani.child.code)  # type: ignore[arg-type]
    assert entries_of(unasked.id) == []
    assert not agreed(world, unasked)
    marks = ConsentEntry.objects.filter(child=unasked.id, answer="mistaken").values_list("source_id", flat=True)
    assert {*marks} == {first.submission_id, second.submission_id}
    assert len([each for each in entries_of(world.amani.child.id) if each.source == "interview"]) == 2


def test_a_yes_is_set_aside_with_its_interview_and_comes_back_with_it(world: World, unasked: Registered) -> None:
    lead = world.amani.actor("supervisor")
    first = receive(world.amani.actor("case_worker"), Delivery(interview("child-12-14", unasked.code)))
    second = correct_answers(lead, first.submission_id, {}, "typing_error", WHY)  # type: ignore[arg-type]
    assert second.submission_id
    for _ in range(2):
        set_aside(lead, second.submission_id, WHY)
        assert entries_of(unasked.id) == []
        assert not agreed(world, unasked)
        take_back(lead, second.submission_id, WHY)
        assert agreed(world, unasked)
    assert len(entries_of(unasked.id)) == 4


def test_a_no_stays_when_its_interview_is_set_aside(world: World, unasked: Registered) -> None:
    said = interview("child-12-14", unasked.code, changes={"child_assent": "no"})
    receipt = receive(world.amani.actor("case_worker"), Delivery(said))
    assert receipt.submission_id
    set_aside(world.amani.actor("supervisor"), receipt.submission_id, WHY)
    assert [(each.who, each.reply) for each in entries_of(unasked.id)] == [("child", "refuses")]
