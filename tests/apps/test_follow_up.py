"""What is said about the follow-up of a child, by whom, and that every list follows from it."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.apps.cases.facts import ChildFacts, facts_of
from homeward.apps.cases.models import Child, ProtocolInUse, RiskLevel
from homeward.apps.cases.protocols import schedule_of, use_protocol
from homeward.apps.cases.risk import risk_of, set_risk
from homeward.apps.cases.services import change_child, register_child
from homeward.apps.communities.models import Place
from homeward.apps.visits.clock import Calendars, clocks, day_for, follow_up_of, with_a_clock
from homeward.apps.visits.clock_models import Missed, Pause
from homeward.apps.visits.due import due_among, due_list
from homeward.apps.visits.follow_up_ending import forget_follow_up
from homeward.apps.visits.follow_up_facts import events_of
from homeward.apps.visits.services import pause_child, resume_child, say_missed
from homeward.apps.visits.today import today
from homeward.cli import due as command
from homeward.cli.main import main
from homeward.domain.problems import ProblemError
from homeward.domain.protocol import FollowUp, Point
from homeward.domain.rounds import add_months
from homeward.formats.protocols import DEFAULT
from tests.rows import bare_interview
from tests.world import World, day_of

pytestmark = pytest.mark.database


def child_of(world: World) -> Any:
    assert world.amani.child is not None
    return world.amani.child


def followed(world: World) -> FollowUp:
    return follow_up_of(world.amani.actor("case_worker"), child_of(world).id)


def point(world: World, code: str) -> Point:
    return next(each for each in followed(world).points if each.round.code == code)


def heard(world: World, days: int, respondent: str) -> None:
    bare_interview(world, child_of(world).id, days, respondent=respondent).save(force_insert=True)


def test_a_level_of_risk_takes_effect_at_once_and_nothing_is_overwritten(world: World) -> None:
    worker, code = world.amani.actor("case_worker"), child_of(world).code
    before = point(world, "m6")
    assert (followed(world).contact, before.state) == (None, "tolerated")  # 17 days after its day
    set_risk(worker, code, "high", "visit", note="The uncle drinks")
    found = followed(world)
    assert (found.risk, found.contact.due) == ("high", day_of(world.amani.organisation_id) + timedelta(days=2))  # type: ignore[union-attr]
    assert point(world, "m6").state == "late"  # at high risk a round waits 14 days
    set_risk(world.amani.actor("supervisor"), code, "low", "safer")
    assert point(world, "m6").state == "tolerated"
    rows = risk_of(worker, child_of(world).id)
    assert [(row.level, row.reason) for row in rows] == [("low", "safer"), ("high", "visit")]
    assert rows[1].note == "The uncle drinks"
    assert [row.note for row in risk_of(world.amani.actor("me_officer"), child_of(world).id)] == ["", ""]
    assert b"uncle" not in bytes(RiskLevel.objects.get(level="high").words)


@pytest.mark.parametrize("name", ["me_officer", "focal_point", "programme_manager", "other_case_worker"])
def test_who_does_not_work_with_the_child_changes_nothing(world: World, name: str) -> None:
    actor, code = world.amani.actor(name), child_of(world).code
    steps = (
        lambda: set_risk(actor, code, "high", "visit"),
        lambda: pause_child(actor, code, "away"),
        lambda: resume_child(actor, code),
        lambda: say_missed(actor, code, "m6", "moved"),
    )
    for step in steps:
        with pytest.raises((ProblemError, NotVisible)):
            step()
    assert (RiskLevel.objects.count(), Pause.objects.count(), Missed.objects.count()) == (0, 0, 0)


def test_a_record_that_is_ended_takes_no_more(world: World) -> None:
    worker, child = world.amani.actor("case_worker"), Child.objects.get(pk=child_of(world).id)
    facts = facts_of(child)
    change_child(world.amani.system(), child.pk, ChildFacts(**{**_values(facts), "status": "closed"}))
    for step in (
        lambda: set_risk(worker, child.code, "high", "visit"),
        lambda: pause_child(worker, child.code, "away"),
        lambda: say_missed(worker, child.code, "m6", "moved"),
    ):
        with pytest.raises(ProblemError, match="not open any more"):
            step()
    assert point(world, "m6").state == "ended"
    assert today(worker).rows == ()


def _values(facts: ChildFacts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in ChildFacts.__slots__}


def test_while_the_clock_stands_still_nothing_is_due_and_days_do_not_count(world: World) -> None:
    worker, code, now = world.amani.actor("case_worker"), child_of(world).code, day_of(world.amani.organisation_id)
    late = point(world, "m6").days_late
    pause_child(worker, code, "asked", since=now - timedelta(days=5))
    assert (point(world, "m6").state, today(worker).due) == ("paused", 0)
    with pytest.raises(ProblemError, match="stands still already"):
        pause_child(worker, code, "away")
    resume_child(worker, code)
    assert (point(world, "m6").state, point(world, "m6").days_late) == ("tolerated", late - 5)
    with pytest.raises(ProblemError, match="runs"):
        resume_child(worker, code)
    kinds = {each.kind for each in events_of(worker, child_of(world).id)}
    assert kinds == {"pause", "resume"}


def test_a_reason_takes_a_round_off_the_list_and_an_interview_outdoes_it(world: World) -> None:
    worker, code = world.amani.actor("case_worker"), child_of(world).code
    assert point(world, "m3").unexplained
    say_missed(worker, code, "m3", "access")
    assert (point(world, "m3").state, point(world, "m3").reason) == ("missed", "access")
    say_missed(worker, code, "m6", "child_away")
    assert (today(worker).due, point(world, "m6").state) == (0, "missed")
    say_missed(worker, code, "m6", "taken_back")
    assert (today(worker).due, point(world, "m6").state) == (1, "tolerated")
    say_missed(worker, code, "m6", "refused")
    heard(world, 3, "child")
    assert (point(world, "m6").state, point(world, "m6").missing) == ("partly", ("caregiver",))
    heard(world, 2, "caregiver")
    assert (point(world, "m6").state, point(world, "m6").reason) == ("done", "")
    for wrong in ("m24", "m6", "contact", "nothing"):
        with pytest.raises(ProblemError, match="not open"):
            say_missed(worker, code, wrong, "moved")
    with pytest.raises(ProblemError, match="reason"):
        say_missed(worker, code, "m3", "because")


def test_a_changed_day_of_return_counts_at_once(world: World) -> None:
    child = Child.objects.get(pk=child_of(world).id)
    returned = day_of(world.amani.organisation_id) - timedelta(days=40)
    facts = ChildFacts(**{**_values(facts_of(child)), "return_date": returned, "return_date_basis": "estimated"})
    change_child(world.amani.actor("case_worker"), child.pk, facts)
    current = followed(world).current
    assert current is not None
    assert (current.round.code, current.round.due) == ("m1", add_months(returned, 1))


def test_where_nobody_knows_the_day_of_return_the_clock_counts_from_the_registration(world: World) -> None:
    system, now = world.amani.system(), day_of(world.amani.organisation_id)
    facts = ChildFacts(age=10, return_date_basis="unknown", team_id=world.amani.teams[0])
    child = register_child(system, facts).id
    found = follow_up_of(system, child)
    assert [each.round.due for each in found.points][:2] == [now + timedelta(weeks=2), add_months(now, 1)]
    moment = timezone.now() - timedelta(days=33)
    Child.objects.filter(pk=child).update(created_at=moment)
    assert {each.child_id: each.round for each in due_list(Child.objects.filter(pk=child))} == {child: "m1"}
    for wrong in (
        ChildFacts(age=10, team_id=world.amani.teams[0]),
        ChildFacts(age=10, return_date=now, return_date_basis="unknown", team_id=world.amani.teams[0]),
    ):
        with pytest.raises(ProblemError):
            register_child(system, wrong)


def test_a_day_is_that_of_the_place_where_the_child_lives(world: World) -> None:
    """On one moment it is today in one place and tomorrow in another."""
    child = Child.objects.select_related("place").get(pk=child_of(world).id)
    days = {}
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        Place.objects.filter(pk=child.place_id).update(time_zone=zone)
        child = Child.objects.select_related("place").get(pk=child.pk)
        (clock,) = clocks(Child.objects.filter(pk=child.pk))
        days[zone] = clock.day
        assert clock.day == day_for(child) == Calendars().now(zone)
    assert days["Pacific/Kiritimati"] > days["Pacific/Pago_Pago"]  # 25 hours apart
    Child.objects.filter(pk=child.pk).update(place=None)
    (clock,) = clocks(Child.objects.filter(pk=child.pk))
    assert clock.day == day_of(world.amani.organisation_id)


def test_a_protocol_begins_on_its_day_and_rewrites_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    officer, place = world.amani.actor("me_officer"), world.amani.organisation_id
    first = schedule_of(place)
    assert [protocol.reference for _day, protocol in first.steps] == [DEFAULT]
    use_protocol(officer, DEFAULT)
    assert [protocol.reference for _day, protocol in schedule_of(place).steps] == [DEFAULT, DEFAULT]
    assert Event.objects.filter(verb="use_protocol", organisation_id=place).count() == 1
    assert [each.round.code for each in followed(world).points] == ["w2", "m1", "m3", "m6", "m9", "m12", "m18", "m24"]
    with pytest.raises(ProblemError):
        use_protocol(world.amani.actor("supervisor"), DEFAULT)
    with pytest.raises(ProblemError, match="today or later"):
        use_protocol(officer, DEFAULT, day_of(place) - timedelta(days=1))
    with pytest.raises(ProblemError, match="no protocol"):
        use_protocol(officer, "other@1.0")
    ProtocolInUse.objects.update(checksum="0" * 64)  # the sheets are not what they were
    assert len(schedule_of(place).steps) == 1
    assert schedule_of(world.baraka.organisation_id) is first  # one object for the same steps


def test_an_erased_child_leaves_no_row_of_its_follow_up(world: World) -> None:
    worker, code = world.amani.actor("case_worker"), child_of(world).code
    pause_child(worker, code, "asked")
    resume_child(worker, code)
    say_missed(worker, code, "m3", "moved")
    forget_follow_up(child_of(world).id)
    assert (Pause.objects.count(), Missed.objects.count()) == (0, 0)


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, str]]:
    assert main(["due", "--organisation", "Amani", "--format", "csv", *words]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out.removeprefix("\ufeff"))))


def test_the_command_agrees_with_the_pages_and_is_written_down(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "start_django", lambda: None)
    set_risk(world.amani.actor("case_worker"), child_of(world).code, "high", "visit")
    heard(world, 3, "child")
    for who, words in (("supervisor", ("--team", "North")), ("other_supervisor", ("--team", "South"))):
        rows = listed(capsys, *words)
        page = today(world.amani.actor(who)).rows
        assert [(row["child"], row["state"], row["due"], row["not_yet_asked"]) for row in rows] == [
            (each.due.code, str(each.due.state), each.due.due.isoformat(), " ".join(each.due.missing)) for each in page
        ]
        assert len(rows) == 1
    looked = Event.objects.filter(verb="list_due", organisation_id=world.amani.organisation_id)
    assert [event.detail["rows"] for event in looked] == [1, 1]
    assert "Asha" not in str(listed(capsys))
    returned = Child.objects.get(pk=child_of(world).id).return_date
    assert returned is not None
    early = listed(capsys, "--team", "North", "--on", returned.isoformat())
    assert [(row["round"], row["state"]) for row in early] == [("w2", "coming")]
    assert listed(capsys, "--on", "2001-01-01") == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--on", "tomorrow"), "due.date"),
        (("--organisation", "Amani", "--team", "East"), "due.team"),
        (("--organisation", "Nobody"), "due.organisation"),
        ((), "due.organisation"),
    ],
)
def test_the_command_says_what_is_wrong(
    world: World,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    code: str,
) -> None:
    monkeypatch.setattr(command, "start_django", lambda: None)
    assert main(["due", *words, "--json"]) == 2
    assert code in capsys.readouterr().out


def test_the_list_costs_the_same_queries_for_any_number_of_children(
    world: World, django_assert_max_num_queries: Any
) -> None:
    """Facts are read in ten questions; around them the list asks what is kept, the same for one child and for many."""
    place, asked = world.amani.organisation_id, []
    for count in (1, 6):
        for _ in range(count):
            facts = ChildFacts(age=13, return_date=date.today() - timedelta(days=100), team_id=world.amani.teams[0])
            register_child(world.amani.system(), facts)
        rows = Child.objects.filter(organisation_id=place)
        with django_assert_max_num_queries(10):
            found = due_among(clocks(with_a_clock(rows)))
        with CaptureQueriesContext(connection) as queries:
            assert list(due_list(rows)) == found
        asked.append(len(queries))
    assert len(found) >= 8
    assert asked[0] == asked[1] <= 15
