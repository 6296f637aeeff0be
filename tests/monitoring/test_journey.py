"""The journey of a child: what is on it, in which order, and for whom."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases.consenting import withdraw
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.merging import merge_children
from homeward.apps.cases.recording import add_entry, strike_out
from homeward.apps.cases.risk import set_risk
from homeward.apps.cases.services import assign_child, register_child
from homeward.apps.monitoring.journey import Journey, Moment, journey_of
from homeward.apps.monitoring.meetings import record_meeting
from homeward.apps.monitoring.turns import Coming, come_back, leave_again
from homeward.apps.safeguarding.passing_on import pass_on
from homeward.apps.safeguarding.raising import Sealed
from homeward.apps.visits.clock import follow_up_of
from homeward.apps.visits.contacts import Attempt, record_attempt
from homeward.apps.visits.services import pause_child, say_missed
from homeward.domain.consent import MONITORING, REPORTING, SERVICE
from tests.case_life import case_life
from tests.envelopes import enrolled, sealed_to
from tests.monitoring.histories import BAD, at, meeting, send
from tests.rows import bare_interview
from tests.ties import declared
from tests.world import House, World, agree, day_of

pytestmark = pytest.mark.database


def child_of(house: House) -> tuple[UUID, str]:
    assert house.child is not None
    return house.child.id, house.child.code


def ago(house: House, days: int) -> date:
    return day_of(house.organisation_id) - timedelta(days=days)


def read(house: House, who: str = "case_worker") -> Journey:
    return journey_of(house.actor(who), child_of(house)[0])


def kinds(found: Journey) -> list[str]:
    return [each.kind for each in found.moments]


def only(found: Journey, *wanted: str) -> list[Moment]:
    return [each for each in found.moments if each.kind in wanted]


def lived(house: House) -> None:
    """Something of every topic."""
    worker, (key, code) = house.actor("case_worker"), child_of(house)
    send(house, 150)
    send(house, 60, example=BAD)
    case_life(house, code, str)
    add_entry(worker, key, "care", {"arrangement": "kinship", "reason": "death", "since": ago(house, 90)})
    set_risk(worker, code, "high", "visit", since=ago(house, 80))
    pause_child(worker, code, "unsafe", since=ago(house, 8))
    record_attempt(worker, code, Attempt("home", "no_answer", ago(house, 30)))
    record_meeting(worker, code, meeting(5), uuid4())


def test_every_topic_stands_on_one_line_the_newest_first(world: World) -> None:
    lived(world.amani)
    found = read(world.amani)
    days = [each.day for each in found.moments]
    assert days == sorted(days, reverse=True)
    wanted = {"return", "interview", "step", "plan", "outcome", "variation", "check", "care_changed"}
    assert set(kinds(found)) >= wanted | {"risk", "pause", "attempt", "meeting", "consent", "relation_began"}
    assert found.groups == ("life", "interviews", "rounds", "case", "visits", "agreement")
    assert [each.codes[0] for each in only(found, "return")] == ["1"]


def test_scores_say_what_they_were_before_and_judge_nothing(world: World) -> None:
    house = world.amani
    send(house, 150)
    send(house, 60, example=BAD)
    newest, first = only(read(house), "interview")
    assert {each.dimension for each in newest.scores} == {"economic", "social", "psychosocial"}
    assert all(each.before is None for each in first.scores)
    before = {each.dimension: each.value for each in first.scores}
    assert {each.dimension: each.before for each in newest.scores} == before
    assert all(each.before is not None and each.value < each.before for each in newest.scores)


@pytest.mark.parametrize(
    ("who", "hidden"),
    [("supervisor", set()), ("focal_point", set()), ("me_officer", {"case", "visits"})],
)
def test_what_is_not_the_readers_is_not_there(world: World, who: str, hidden: set[str]) -> None:
    lived(world.amani)
    everything = set(read(world.amani).groups)
    found = read(world.amani, who)
    assert everything - set(found.groups) == (hidden - {"case"})
    if hidden:  # of the case only that there was a meeting, which an officer's own page tells
        assert {each.kind for each in found.moments if each.group == "case"} == {"meeting"}


def test_a_topic_that_is_not_the_readers_leaves_no_refusal_behind(world: World) -> None:
    from homeward.apps.audit.models import Event

    lived(world.amani)
    before = Event.objects.count()
    read(world.amani, "me_officer")
    assert Event.objects.count() == before


@pytest.mark.parametrize("who", ["other_case_worker", "other_supervisor", "programme_manager", "organisation_admin"])
def test_outside_ones_reach_there_is_no_journey(world: World, who: str) -> None:
    with pytest.raises(NotVisible):
        read(world.amani, who)
    with pytest.raises(NotVisible):
        journey_of(world.baraka.actor("supervisor"), child_of(world.amani)[0])


def test_whoever_has_a_conflict_of_interest_sees_none_of_it(world: World) -> None:
    declared(world.amani, "supervisor")
    with pytest.raises(NotVisible):
        read(world.amani, "supervisor")


def test_nothing_tells_that_something_was_told_in_confidence(world: World) -> None:
    house = world.amani
    lived(house)
    before = {who: read(house, who).moments for who in ("case_worker", "supervisor", "focal_point", "me_officer")}
    keys = [enrolled(house.actor(name)) for name in ("focal_point", "second_focal_point")]
    pass_on(house.actor("case_worker"), child_of(house)[1], Sealed(sealed_to(keys), "high"))
    assert {who: read(house, who).moments for who in before} == before


def test_that_a_meeting_went_to_those_who_protect_is_for_these_alone(world: World) -> None:
    house = world.amani
    record_meeting(house.actor("case_worker"), child_of(house)[1], meeting(5, outcome="passed_on"), uuid4())
    said = {who: only(read(house, who), "meeting")[0].codes for who in ("case_worker", "supervisor", "focal_point")}
    assert said == {"case_worker": ("other",), "supervisor": ("other",), "focal_point": ("passed_on",)}


def test_attempts_in_vain_in_a_row_are_told_as_one(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    code = child_of(house)[1]
    for days, outcome in (
        (50, "no_answer"),
        (48, "number_dead"),
        (45, "moved"),
        (40, "reached_child"),
        (30, "no_answer"),
    ):
        record_attempt(worker, code, Attempt("home", outcome, ago(house, days)))
    set_risk(worker, code, "low", "safer", since=ago(house, 47))  # of another topic: it parts nothing
    found = [(each.day, each.since, each.count) for each in only(read(house), "attempt")]
    assert found == [
        (ago(house, 30), None, 1),
        (ago(house, 40), None, 1),
        (ago(house, 45), ago(house, 50), 3),
    ]


def test_what_was_agreed_to_at_one_time_is_told_once(world: World) -> None:
    house = world.amani
    (registered,) = only(read(house), "consent")  # child and caregiver, apart, to the same
    assert registered.codes[0].split() == ["caregiver", "child"] or registered.codes[0].split() == [
        "child",
        "caregiver",
    ]
    assert set(registered.codes[2:]) == {SERVICE, MONITORING, REPORTING}
    withdraw(house.actor("case_worker"), child_of(house)[1], "child", (SERVICE, MONITORING))
    newest, _ = only(read(house), "consent")
    assert (*newest.codes[:2], *sorted(newest.codes[2:])) == ("child", "withdraws", MONITORING, SERVICE)


def test_what_was_struck_out_did_not_happen(world: World) -> None:
    house, worker, key = world.amani, world.amani.actor("case_worker"), child_of(world.amani)[0]
    made = add_entry(worker, key, "care", {"arrangement": "kinship", "since": ago(house, 40)})
    assert len(only(read(house), "care_changed")) == 1
    strike_out(worker, key, "care", made, "mistake")
    assert only(read(house), "care_changed") == []


def test_a_second_return_is_an_episode_with_rounds_of_its_own(world: World) -> None:
    house, worker, (key, code) = world.amani, world.amani.actor("case_worker"), child_of(world.amani)
    for who in ("child", "caregiver"):
        bare_interview(world, key, 186, respondent=who).save(force_insert=True)  # two weeks after the first
    with time_machine.travel(at(ago(house, 60)), tick=False):
        say_missed(worker, code, "m3", "moved")
    leave_again(worker, code, ago(house, 40))
    come_back(worker, code, Coming(ago(house, 12)))
    found = read(house)
    assert [(each.number, each.begins, each.ends) for each in found.episodes] == [
        (1, ago(house, 200), ago(house, 40)),
        (2, ago(house, 12), None),
    ]
    first, second = ({point.round.code: point.state for point in each.points} for each in found.episodes)
    assert (first["w2"], first["m6"], second["w2"]) == ("done", "ended", "coming")
    assert {each.codes for each in only(found, "round_missed")} >= {("m3", "moved")}
    assert follow_up_of(worker, key).points[0].state == "coming"  # on the child's page too
    order = [each.kind for each in reversed(only(found, "return", "left_again", "departure"))]
    assert order == ["return", "left_again", "return"]
    assert [each.codes[0] for each in only(found, "return")] == ["2", "1"]


def test_a_departure_is_told_once_and_the_better_way(world: World) -> None:
    house, worker, key = world.amani, world.amani.actor("case_worker"), child_of(world.amani)[0]
    add_entry(worker, key, "returns", {"returned_on": ago(house, 200), "months_away": 10, "from_country": "LY"})
    (left,) = only(read(house), "departure")
    assert left.day.day == 1
    assert 495 < (ago(house, 0) - left.day).days < 540
    leave_again(worker, child_of(house)[1], ago(house, 100))
    come_back(worker, child_of(house)[1], Coming(ago(house, 20)))
    entry = {"returned_on": ago(house, 20), "months_away": 3}
    from homeward.apps.cases.models import Return

    Return.objects.filter(returned_on=ago(house, 20)).update(months_away=entry["months_away"])
    assert len(only(read(house), "departure")) == 1
    assert len(only(read(house), "left_again")) == 1


def twin(house: House, team: int = 0) -> tuple[UUID, str]:
    facts = ChildFacts(name="Asha", age=13, return_date=ago(house, 200), team_id=house.teams[team])
    made = register_child(house.system(), facts)
    assign_child(house.system(), made.id, person_id=house.people["other_case_worker" if team else "case_worker"])
    return made.id, made.code


def test_records_that_were_put_together_are_one_journey(world: World) -> None:
    house = world.amani
    key, code = twin(house)
    add_entry(house.system(), key, "care", {"arrangement": "foster", "since": ago(house, 33)})
    for who in ("child", "caregiver"):
        bare_interview(world, key, 110, respondent=who).save(force_insert=True)
    assert only(read(house), "care_changed", "interview") == []
    merge_children(house.actor("supervisor"), code, child_of(house)[1])
    found = read(house)
    assert [each.codes[0] for each in only(found, "care_changed")] == ["foster"]
    assert len(only(found, "interview")) == 2
    assert len(only(found, "return")) == 1  # both tell of the same day
    states = {point.round.code: point.state for point in found.episodes[0].points}
    assert states["m3"] == "done"  # answered under the other record


def test_turning_fifteen_is_told_by_the_month(world: World) -> None:
    house = world.amani
    day = ago(house, 60)
    birth = date(day.year - 15, day.month, 27)
    made = register_child(
        house.system(), ChildFacts(name="Sami", birth_date=birth, return_date=ago(house, 300), team_id=house.teams[0])
    )
    found = journey_of(house.actor("supervisor"), made.id)
    assert [(each.day, each.codes) for each in only(found, "turned")] == [(day.replace(day=1), ("15", ""))]


def test_the_number_of_questions_does_not_grow_with_the_journey(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    code, count = child_of(house)[1], []
    lived(house)
    for round_ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            read(house)
        count.append(len(asked))
        for days in range(1, 12):
            record_attempt(worker, code, Attempt("home", "reached_child", ago(house, 10 * days + round_)))
            set_risk(worker, code, "medium", "visit", since=ago(house, 10 * days))
        agree(house, house.child, ago(house, 2))  # type: ignore[arg-type]
    assert count[0] == count[1]
    assert count[0] <= 66, count
