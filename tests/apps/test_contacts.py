"""The contact ledger: attempts, steps, lost and found, and who is still reached."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from homeward.apps.audit.models import Event
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.services import register_child
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.visits.cards import CardFacts, lift_quiet_time, set_card, set_quiet_time
from homeward.apps.visits.contacts import (
    Attempt,
    attempts_of,
    decide_lost,
    find_again,
    reach_of,
    record_attempt,
    strike_attempt,
)
from homeward.apps.visits.counting import reach_counts
from homeward.apps.visits.models import ContactAttempt, ContactFact
from homeward.apps.visits.planning import Plan, miss_visit, plan_visit
from homeward.apps.visits.queries import events_of
from homeward.apps.visits.rules import read_steps, step_rules
from homeward.domain.problems import ProblemError
from homeward.domain.visiting import Answer, Check
from tests.interviews import interview
from tests.world import House, World, day_of

pytestmark = pytest.mark.database
TRIED = ((40, "phone"), (36, "home"), (30, "phone"), (22, "second_contact"), (18, "second_contact"))
FURTHER = ((9, "community"), (3, "community"))


def ago(house: House, days: int) -> date:
    return day_of(house.organisation_id) - timedelta(days=days)


def code_of(house: House) -> str:
    return house.child.code  # type: ignore[union-attr]


def tried(house: House, *steps: tuple[int, str], outcome: str = "no_answer") -> None:
    for days, channel in steps:
        record_attempt(house.actor("case_worker"), code_of(house), Attempt(channel, outcome, ago(house, days)))


def test_steps_follow_from_the_attempts_and_only_a_supervisor_decides(world: World) -> None:
    house, worker, supervisor = world.amani, world.amani.actor("case_worker"), world.amani.actor("supervisor")
    assert reach_of(worker, code_of(house)).state == "none"
    tried(house, *TRIED[:3])
    assert reach_of(worker, code_of(house)).step == "second_contact"
    tried(house, *TRIED[3:])
    assert reach_of(worker, code_of(house)).step == "community"
    with pytest.raises(ProblemError) as refused:
        decide_lost(supervisor, code_of(house), "all_in_vain")
    assert refused.value.first.code == "contact.not_tried"
    tried(house, *FURTHER)
    with pytest.raises(ProblemError) as refused:
        decide_lost(worker, code_of(house), "all_in_vain")
    assert refused.value.first.status == 403
    decide_lost(supervisor, code_of(house), "all_in_vain", ago(house, 1))
    assert reach_of(worker, code_of(house)).state == "lost"
    with pytest.raises(ProblemError) as refused:
        decide_lost(supervisor, code_of(house), "all_in_vain")
    assert refused.value.first.code == "contact.lost_already"
    assert [row.channel for row in attempts_of(worker, code_of(house))][:2] == ["community", "community"]


def test_who_is_reached_is_found_and_begins_anew(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    tried(house, *TRIED, *FURTHER)
    decide_lost(house.actor("supervisor"), code_of(house), "all_in_vain", ago(house, 2))
    record_attempt(worker, code_of(house), Attempt("they_came", "reached_child"))
    found = reach_of(worker, code_of(house))
    assert (found.state, found.attempts, found.last_contact) == ("in_contact", 0, ago(house, 0))
    assert list(ContactFact.objects.order_by("noted_at").values_list("kind", flat=True)) == ["lost", "found"]
    kinds = [event.kind for event in events_of(worker, code_of(house)) if event.kind.startswith("contact")]
    assert kinds == ["contact_lost", "contact_found"]
    with pytest.raises(ProblemError) as refused:
        find_again(worker, code_of(house))
    assert refused.value.first.code == "contact.not_lost"


def test_somebody_says_where_the_child_is_and_an_interview_says_it_too(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    tried(house, (9, "phone"), outcome="unsafe")
    decide_lost(house.actor("supervisor"), code_of(house), "unsafe", ago(house, 5))
    find_again(worker, code_of(house), ago(house, 4))
    assert reach_of(worker, code_of(house)).state == "in_contact"
    tried(house, (3, "phone"))
    assert reach_of(worker, code_of(house)).state == "trying"
    receive(worker, Delivery(interview("child-12-14", code_of(house), on=ago(house, 2)), channel="browser"))
    assert reach_of(worker, code_of(house)).state == "in_contact"


def test_whoever_is_only_heard_of_is_not_in_contact(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    tried(house, (8, "phone"), outcome="unsafe")
    decide_lost(house.actor("supervisor"), code_of(house), "unsafe", ago(house, 5))
    with pytest.raises(ProblemError):
        find_again(worker, code_of(house), ago(house, 4), "guessed")
    find_again(worker, code_of(house), ago(house, 4), "heard")
    found = reach_of(worker, code_of(house))
    assert (found.state, found.step, found.attempts, found.last_contact) == ("heard", "", 0, None)
    codes = [event.codes for event in events_of(worker, code_of(house)) if event.kind == "contact_found"]
    assert codes == [("heard",)]
    tried(house, (2, "phone"), outcome="reached_child")
    assert reach_of(worker, code_of(house)).state == "in_contact"


def test_an_attempt_struck_out_counts_in_no_step_and_finds_nobody(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    tried(house, (8, "phone"), outcome="unsafe")
    decide_lost(house.actor("supervisor"), code_of(house), "unsafe", ago(house, 5))
    wrong = record_attempt(worker, code_of(house), Attempt("they_came", "reached_child", ago(house, 3)))
    assert reach_of(worker, code_of(house)).state == "in_contact"
    with pytest.raises(ProblemError) as refused:
        strike_attempt(worker, code_of(house), wrong, "")
    assert refused.value.first.code == "visit.choice"
    strike_attempt(worker, code_of(house), wrong, "wrong_child")
    found = reach_of(worker, code_of(house))
    assert (found.state, found.last_contact, ContactFact.objects.count()) == ("lost", None, 1)
    newest = attempts_of(worker, code_of(house))[0]
    assert (newest.outcome, newest.struck) == ("reached_child", "wrong_child")
    assert Event.objects.filter(verb="strike_out", object_id=house.child.id).count() == 1  # type: ignore[union-attr]
    kinds = [event.kind for event in events_of(worker, code_of(house))]
    assert (kinds.count("attempt"), kinds.count("contact_found")) == (1, 0)
    with pytest.raises(ProblemError) as refused:
        strike_attempt(worker, code_of(house), wrong, "mistake")
    assert refused.value.first.code == "contact.struck"


def test_a_visit_at_which_nobody_was_there_is_an_attempt(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    (key,) = plan_visit(worker, [code_of(house)], Check(*[Answer.NO] * 4), Plan(ago(house, 0), "home"))
    miss_visit(worker, key, "moved")
    assert (reach_of(worker, code_of(house)).state, reach_of(worker, code_of(house)).step) == (
        "trying",
        "second_contact",
    )


def test_a_quiet_time_and_the_card_stop_an_attempt_with_the_reason(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    quiet = set_quiet_time(worker, code_of(house), ago(house, 1), ago(house, -3), "asked")
    with pytest.raises(ProblemError) as refused:
        tried(house, (0, "phone"))
    problem = refused.value.first
    assert (problem.code, problem.params["until"]) == ("contact.quiet", ago(house, -3).isoformat())
    record_attempt(worker, code_of(house), Attempt("they_came", "reached_caregiver"))
    tried(house, (5, "phone"))  # before it began
    lift_quiet_time(worker, code_of(house), quiet)
    tried(house, (0, "phone"))
    set_card(worker, code_of(house), CardFacts(("school",)))
    with pytest.raises(ProblemError) as refused:
        tried(house, (0, "phone"))
    assert refused.value.first.code == "contact.way"
    tried(house, (0, "school"), (0, "second_contact"))
    assert ContactAttempt.objects.count() == 5


def test_what_is_not_known_or_to_come_is_refused(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    wrong = (
        Attempt("pigeon", "no_answer"),
        Attempt("phone", "shrug"),
        Attempt("phone", "no_answer", ago(house, -1)),
        Attempt("phone", "no_answer", ago(house, 900)),
        Attempt("phone", "no_answer", day_part="night"),
        Attempt("phone", "no_answer", next_step="sing"),
    )
    for each in wrong:
        with pytest.raises(ProblemError):
            record_attempt(worker, code_of(house), each)
    for name in ("focal_point", "me_officer", "other_case_worker"):
        with pytest.raises(ProblemError):
            record_attempt(house.actor(name), code_of(house), Attempt("phone", "no_answer"))
    assert not ContactAttempt.objects.exists()


def test_each_child_stands_in_one_column(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    for sex in ("female", "female", "male"):
        facts = ChildFacts(sex=sex, age=13, return_date=ago(house, 100), team_id=house.teams[0])
        register_child(house.system(), facts)
    tried(house, (9, "phone"), outcome="unsafe")
    decide_lost(house.actor("supervisor"), code_of(house), "unsafe")
    found = reach_counts(house.actor("me_officer"), ago(house, 90), ago(house, 0))
    assert sum(row.expected for row in found) == 5  # four of this team, one of the other
    for row in found:
        assert row.expected == row.reached + row.lost + row.refused + row.paused + row.unknown
    assert sum(row.lost for row in found) == 1
    mine = reach_counts(house.actor("supervisor"), ago(house, 90), ago(house, 0))
    assert sum(row.expected for row in mine) == 4
    tried(house, (0, "phone"), outcome="refused")
    found = reach_counts(house.actor("supervisor"), ago(house, 90), ago(house, 0))
    assert (sum(row.lost for row in found), sum(row.refused for row in found)) == (0, 1)
    with pytest.raises(ProblemError):
        reach_counts(worker, ago(house, 90), ago(house, 0))


def test_the_table_of_steps_asks_for_more_at_each(tmp_path: Path) -> None:
    assert [rule.step for rule in step_rules()] == ["second_contact", "community", "supervisor"]
    file = tmp_path / "steps.csv"
    file.write_text("step,attempts,channels,days\nsecond_contact,3,2,7\nsupervisor,2,3,28\n", encoding="utf-8")
    with pytest.raises(ValueError, match="supervisor asks for less"):
        read_steps(file)


def test_an_attempt_that_is_sent_twice_counts_once(world: World) -> None:
    worker, code = world.amani.actor("case_worker"), world.amani.child.code  # type: ignore[union-attr]
    first = record_attempt(worker, code, Attempt("home", "no_answer"))
    assert record_attempt(worker, code, Attempt("home", "no_answer")) == first
    assert record_attempt(worker, code, Attempt("phone", "no_answer")) != first
    ContactAttempt.objects.update(noted_at=timezone.now() - timedelta(minutes=5))
    record_attempt(worker, code, Attempt("home", "no_answer"))
    assert ContactAttempt.objects.count() == 3
