"""A relation of which nobody said when it began: shown as that, before all that is dated, and no event of a day."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.family import end_relation, link_siblings, strike_relation
from homeward.apps.cases.models import Relation
from homeward.apps.cases.queries import find_child, names_of
from homeward.apps.cases.record_queries import events_of, record_of
from homeward.apps.cases.referrals import slip_of
from homeward.apps.cases.referring import Wanted, make_referral
from homeward.apps.cases.services import Registered, add_relation, register_child
from homeward.apps.retention.copies import hand_over
from homeward.apps.retention.guardians import guardian_copies
from homeward.apps.retention.holding import Whom
from homeward.apps.visits.planning import household_of
from homeward.domain.problems import ProblemError
from homeward.domain.sharing import Agreement
from homeward.web.retention.guardian import relation_words
from homeward.web.retention.telling import as_text, told_aloud
from tests.world import World, day_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def brother_of(world: World) -> Registered:
    facts = ChildFacts(sex="male", name="Omar", age=8, return_date=date.today(), team_id=world.amani.teams[0])
    return register_child(world.amani.actor("case_worker"), facts)


@pytest.fixture
def child(world: World) -> Registered:
    assert world.amani.child
    return world.amani.child


def grandmother(world: World, child: Registered) -> UUID:
    """Recorded after the mother, whose day is known."""
    return add_relation(world.amani.actor("case_worker"), child.id, "grandparent", "Bibi Mwangi", is_caregiver=True)


def test_a_link_left_empty_says_no_day_on_both_records(world: World, child: Registered) -> None:
    worker, brother = world.amani.actor("case_worker"), brother_of(world)
    link = link_siblings(worker, child.id, brother.code)
    assert [row.since for row in Relation.objects.filter(kind="sibling")] == [None, None]
    assert link_siblings(worker, child.id, brother.code) == link
    assert "relation_began" not in [each.kind for each in events_of(worker, brother.id)]
    assert [row.code for row in household_of(worker, child.id)] == [brother.code]
    end_relation(worker, child.id, link, date.today() - timedelta(days=4000))  # nothing known speaks against it
    assert {row.until for row in Relation.objects.filter(kind="sibling")} == {date.today() - timedelta(days=4000)}
    assert [each.kind for each in events_of(worker, brother.id) if each.kind.startswith("rel")] == ["relation_ended"]


def test_both_sides_of_it_are_struck_out(world: World, child: Registered) -> None:
    worker, brother = world.amani.actor("case_worker"), brother_of(world)
    strike_relation(worker, child.id, link_siblings(worker, child.id, brother.code), "mistake")
    assert not Relation.objects.current().filter(kind="sibling").exists()


def test_a_day_to_come_is_refused(world: World, child: Registered) -> None:
    worker, brother = world.amani.actor("case_worker"), brother_of(world)
    tomorrow = day_of(world.amani.organisation_id) + timedelta(days=1)
    with pytest.raises(ProblemError) as caught:
        link_siblings(worker, child.id, brother.code, since=tomorrow)
    assert caught.value.first.code == "record.future"
    with pytest.raises(ProblemError):
        add_relation(worker, child.id, "relative", "Aunt", since=tomorrow)


def test_it_stands_before_all_that_is_dated(world: World, child: Registered) -> None:
    worker = world.amani.actor("case_worker")
    grandmother(world, child)
    assert [kind for kind, _ in find_child(worker, child.code).relations] == ["grandparent", "mother"]
    assert [kind for kind, _ in names_of(worker, child.id).relations] == ["grandparent", "mother"]
    assert [row.kind for row in record_of(worker, child.id).family] == ["grandparent", "mother"]
    agreed = Agreement("yes", "yes", day_of(world.amani.organisation_id), "en", limits_told=True)
    wanted = Wanted("family_work", "days", agreed, provider="Hill House", chosen=("caregiver",))
    assert dict(slip_of(worker, make_referral(worker, child.code, wanted)).values)["caregiver"] == "grandparent"


def test_copies_say_that_nobody_said_it(world: World, child: Registered) -> None:
    lead = world.amani.actor("case_worker")
    ended = grandmother(world, child)
    end_relation(lead, child.id, ended)
    add_relation(lead, child.id, "relative", "Aunt Zuri")
    text = as_text(told_aloud(hand_over(lead, child.code, Whom.CHILD, "en")))
    said = sorted(
        (line for line in text.splitlines() if "Aunt Zuri" in line or "Bibi" in line), key=lambda line: "Aunt" in line
    )
    assert ["When this began was not said." in line for line in said] == [False, True]
    assert ["; when this began was not said." in line for line in said] == [True, False]
    copies = guardian_copies(world.amani.actor("supervisor"), find_child(world.amani.actor("supervisor"), child.code))
    assert [relation_words(row) for row in copies.relations][0] == "Other relative, beginning not said"
