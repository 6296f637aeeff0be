"""A small programme built through the services: complete, accepted, repeatable; and its sample export can be scored."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.db.models import Count
from django.utils import timezone
from rich.console import Console

from homeward.apps.access.actors import actor_of_person_id, system_actor
from homeward.apps.access.models import Membership
from homeward.apps.audit.models import Event
from homeward.apps.cases.conflicts import needing_somebody
from homeward.apps.cases.duplicates import find_duplicates
from homeward.apps.cases.gaps import service_gaps
from homeward.apps.cases.merging import merges
from homeward.apps.cases.models import (
    CaseStep,
    Child,
    ConsentEntry,
    HouseholdStay,
    Merge,
    Referral,
    Relation,
    Return,
    Transfer,
    VariationCheck,
)
from homeward.apps.cases.queries import ChildFilter, list_children
from homeward.apps.cases.referrals import referrals_waiting
from homeward.apps.cases.topics import TOPICS
from homeward.apps.cases.transfers import offers_waiting
from homeward.apps.cases.waiting import approvals
from homeward.apps.retention.guardians import overrides_waiting
from homeward.apps.retention.listing import review_list
from homeward.apps.safeguarding.opening import open_escalation
from homeward.apps.safeguarding.programme_keys import key_in_use
from homeward.apps.safeguarding.queries import list_escalations
from homeward.apps.safeguarding.recipients import own_key
from homeward.apps.safeguarding.violations import count_violations, list_violations
from homeward.apps.surveys.form_queries import published_forms
from homeward.apps.surveys.import_job import run_import
from homeward.apps.surveys.importing import find_import, start_import
from homeward.apps.surveys.kept import kept
from homeward.apps.surveys.late import RECENT, arrived_late
from homeward.apps.surveys.link_models import AnswerLink
from homeward.apps.surveys.models import Quarantined, Submission
from homeward.apps.visits.contacts import reach_of
from homeward.apps.visits.models import ContactAttempt, ContactFact, Visit, VisitVersion, VisitVoice
from homeward.apps.visits.queries import actions_of
from homeward.apps.visits.waiting import brought_word, lost_to_decide, shut_visits
from homeward.cli import demo_world
from homeward.cli.main import main
from homeward.demo.alone import answer_alone
from homeward.demo.building import Builder, enrol_phones, publish_library, surveys
from homeward.demo.cast import set_up_house
from homeward.demo.confidence import tell_in_confidence
from homeward.demo.consents import agree, plant_consents
from homeward.demo.helping import help_from_others
from homeward.demo.journeys import travel_on
from homeward.demo.keeping import keep_or_end
from homeward.demo.lives import draw_life
from homeward.demo.plans import plan_cases
from homeward.demo.plants import plant
from homeward.demo.records import record_more
from homeward.demo.sample_export import write_sample_export
from homeward.demo.tables import programmes
from homeward.demo.visits import plant_visits
from homeward.demo.world import World
from homeward.web.safeguarding.phone_forms import form_in_json
from tests.envelopes import Key, opened

# Each step is tried on both databases where it is tested by itself; a whole world on both, once for each kind of step.
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
TODAY = date.today()


def builder(children: int) -> Builder:
    programme = replace(programmes()[0], children=children)
    house = set_up_house(programme, TODAY)
    publish_library(house)
    phones = {worker: phone.device_id for worker, phone in enrol_phones(house).items()}
    return Builder(programme, house, phones, surveys(), TODAY)


@pytest.mark.database
def test_every_interview_is_accepted_and_a_second_run_adds_nothing() -> None:
    build = builder(6)
    build.build(lambda _done: None)
    states = list(Submission.objects.values_list("state", flat=True))
    assert states
    assert set(states) == {"accepted"}
    build.build(lambda _done: None)
    assert Submission.objects.count() == len(states)
    assert list_children(system_actor(build.house.organisation_id)).total == 6


@pytest.mark.database
def test_agreements_stand_in_every_state_and_one_interview_waits() -> None:
    build = builder(24)
    build.agreed = agree
    build.build(lambda _done: None)
    assert set(Submission.objects.values_list("state", flat=True)) == {"accepted"}
    plant_consents(build, TODAY)
    states = list(Submission.objects.values_list("state", flat=True))
    assert (states.count("no_consent"), states.count("refused")) == (1, 1)
    assert Child.objects.filter(not_counted_since__isnull=False).count() == 2
    assert {"understood", "partly"} <= set(ConsentEntry.objects.values_list("teach_back", flat=True))
    asked = ConsentEntry.objects.count()
    build.build(lambda _done: None)
    assert ConsentEntry.objects.count() == asked


@pytest.mark.database
def test_one_link_to_answer_alone_is_open_and_with_one_somebody_has_answered() -> None:
    build = builder(40)
    build.agreed = agree
    build.build(lambda _done: None)
    for _ in range(2):  # a start that broke off
        answer_alone(build, TODAY)
    used, waiting = AnswerLink.objects.order_by("made_at")
    assert (used.respondent, waiting.respondent, waiting.opened_at) == ("caregiver", "child", None)
    assert used.used_at is not None
    assert Submission.objects.get(channel="link").state == "accepted"


def test_what_is_told_in_confidence_stands_in_every_state_and_opens_with_the_passphrase_of_the_cast() -> None:
    build = builder(30)
    build.build(lambda _done: None)
    tell_in_confidence(build, build.house, TODAY)
    focal, staff = (actor_of_person_id(people[0]) for people in (build.house.focal_points, build.house.staff_channel))
    assert {row.state for row in list_escalations(focal)} == {"raised", "in_progress"}
    assert {row.state for row in list_escalations(focal, closed=True)} == {"closed"}
    told = next(row for row in list_escalations(focal) if "disclosure" in row.kinds)
    key = own_key(focal, "focal")
    assert key is not None
    (handed,) = open_escalation(focal, told.id, "act")
    opened_text = opened(handed.envelope, Key(key.public_key, key.wrapped), settings.HOMEWARD_DEMO_PASSPHRASE)
    assert json.loads(opened_text)["about"] == told.child_code
    assert [row.kinds for row in list_escalations(staff)] == [("staff",)]
    (came,) = [row for row in list_escalations(focal) if row.source == "phone"]
    (handed,) = open_escalation(focal, came.id, "act")
    assert (came.severity, handed.form is not None and handed.form.instrument_id) == ("unread", "disclosure")
    shown = form_in_json(focal, handed.form)  # type: ignore[arg-type]
    assert len(shown["keys"]) == 1
    pair = key_in_use(build.house.organisation_id)
    assert pair is not None, "a second focal point has confirmed it"
    assert {pair.made_by_id, pair.confirmed_by_id} == set(build.house.focal_points)
    assert len(count_violations(focal)[0]) == 8
    assert len(list_violations(focal)) == 10


def test_planted_faults_wait_in_the_inbox() -> None:
    build = builder(6)
    build.agreed = agree
    build.build(lambda _done: None)
    plant(build, build.house, TODAY)
    assert Submission.objects.filter(state="unmatched").count() == 3
    assert Submission.objects.filter(state="invalid").count() == 1
    assert Submission.objects.filter(state="twice").count() == 1
    late = arrived_late(actor_of_person_id(build.house.me_officer), timezone.now() - RECENT)
    assert [row.state for row in late] == ["twice"]
    apart = Quarantined.objects.get(reason="other_bytes")
    compared = kept(actor_of_person_id(build.house.me_officer), apart.pk).compared
    assert compared is not None
    assert len(compared.differences) == 1, "the inbox has something to compare"
    looks = Event.objects.filter(verb="names.see")
    assert Event.objects.filter(verb="open_in_emergency").count() == 1
    (alone,) = needing_somebody(actor_of_person_id(build.house.focal_points[0]))
    assert (alone.kind, alone.needs_somebody) == ("neighbour", True)
    assert (looks.filter(allowed=True).count(), looks.filter(allowed=False).count()) == (3, 3)


def test_visits_stand_in_every_state_and_a_second_run_adds_nothing() -> None:
    build = builder(44)
    for number in range(44):
        build.register(draw_life(build.programme, number, TODAY))
    plant_visits(build)
    rows = list(Visit.objects.all())
    assert {row.state for row in rows} == {"blocked", "planned", "held", "not_held", "taken_back"}
    assert {row.went for row in rows if row.state == "held"} == {"staff", "community_monitor", "volunteer"}
    assert sorted(VisitVersion.objects.values_list("reason", flat=True)) == ["mistyped", "wrong_child"]
    assert {"home", "neutral_place", "phone", "school"} <= {row.held_mode for row in rows if row.state == "held"}
    assert any(row.lifted_at for row in rows)
    assert sum(row.together is not None for row in rows) == 6
    assert max(TODAY - row.planned_on for row in rows).days > 365
    system = system_actor(build.house.organisation_id)
    codes = {life.code: life for life in (draw_life(build.programme, number, TODAY) for number in range(44))}
    stands = [reach_of(system, code).state for code in codes]
    assert {"lost", "trying", "refused", "in_contact"} <= set(stands)
    assert list(ContactFact.objects.values_list("kind", flat=True).order_by("kind")) == ["found", "lost", "lost"]
    struck = ContactAttempt.objects.filter(struck_at__isnull=False)
    assert (struck.count(), ContactFact.objects.get(kind="found").how) == (1, "heard")
    supervisors = [actor_of_person_id(team.supervisor) for team in build.house.teams if team.supervisor]
    for waits in (lost_to_decide, shut_visits, brought_word):
        assert sum(len(waits(each)) for each in supervisors) >= 1, waits
    promises = [row for code in codes for row in actions_of(system, code)]
    assert any(row.overdue for row in promises)
    assert [(row.moves, row.overdue) for row in promises if row.moves] == [(2, False)]
    assert [row.because for row in promises if row.untold] == ["full"]
    assert VisitVoice.objects.filter(skipped="away").count() == Submission.objects.filter(state="accepted").count() == 1
    plant_visits(build)
    assert Visit.objects.count() == len(rows)


def test_help_from_others_stands_in_every_state_and_is_made_once() -> None:
    build = builder(104)  # three case workers a team
    for number in range(24):
        build.add_child(number)
    help_from_others(build, build.house, TODAY, None)
    help_from_others(build, build.house, TODAY, None)
    supervisor = actor_of_person_id(build.house.teams[0].supervisor)  # type: ignore[arg-type]
    assert Counter(Referral.objects.values_list("standing", flat=True)) == {
        "received": 2,
        "declined": 1,
        "no_answer": 1,
        "sent": 2,
        "unmet": 4,
    }
    gaps = service_gaps(supervisor, TODAY - timedelta(days=60), TODAY)
    assert {row.reason for row in gaps} == {"turned_away", "no_answer", "unavailable", "not_referred", "too_costly"}
    assert referrals_waiting(supervisor).overdue == 1
    other = set_up_house(programmes()[1], TODAY)
    publish_library(other)
    second = Builder(replace(programmes()[1], children=10), other, {}, surveys(), TODAY)
    for number in range(10):
        second.register(draw_life(second.programme, number, TODAY))
    help_from_others(second, other, TODAY, build.house)
    standings = Transfer.objects.filter(to_organisation=build.house.organisation_id)
    assert sorted(standings.values_list("standing", flat=True)) == ["accepted", "offered", "returned"]
    assert offers_waiting(supervisor) == 1
    assert Child.objects.filter(organisation=build.house.organisation_id).count() == 25
    assert Child.objects.filter(status="transferred").count() == 1


def test_the_sample_export_is_scored_and_its_faults_are_found(tmp_path: Path) -> None:
    build = Builder(programmes()[0], set_up_house(programmes()[0], TODAY), {}, surveys(), TODAY)
    export, scores = tmp_path / "kobo-export.csv", tmp_path / "scores.csv"
    assert write_sample_export(build, export) == 120
    assert main(["score", str(export), "--instrument", "caregiver", "--out", str(scores)]) == 0
    assert len(list(csv.DictReader(scores.open(encoding="utf-8-sig")))) == 120
    problems = csv.DictReader((tmp_path / "scores-problems.csv").open(encoding="utf-8-sig"))
    assert {row["code"] for row in problems} >= {
        "exports.id_repeated",
        "exports.impossible_date",
        "scoring.unknown_option",
        "scoring.exclusive_with_others",
    }


def test_the_sample_export_lacks_calculations_and_finds_its_children_all_the_same(tmp_path: Path) -> None:
    build, export = builder(40), tmp_path / "kobo-export.csv"
    for number in range(40):
        build.register(draw_life(build.programme, number, TODAY))
    rows = write_sample_export(build, export)
    given = list(csv.DictReader(export.open(encoding="utf-8-sig"), delimiter=";"))
    assert {"start/child_listed", "start/child_code"} & given[0].keys() == {"start/child_listed"}
    misspelt = sum(row["start/child_known"] != "yes" for row in given)  # a planted fault
    officer = actor_of_person_id(build.house.me_officer)
    form = next(form.id for form in published_forms(officer) if form.instrument_id == "caregiver")
    import_id = start_import(officer, form, export.name, export.read_bytes())
    run_import(str(import_id))
    row = find_import(officer, import_id)
    assert (row.state, row.read, row.unmatched) == ("done", rows, misspelt)
    assert Submission.objects.filter(imported_with=import_id, child=None).count() == misspelt < 3


@pytest.mark.database
def test_cases_stand_at_every_step_and_a_second_run_adds_nothing() -> None:
    build = builder(60)
    for number in range(60):
        build.register(draw_life(build.programme, number, TODAY))
    plan_cases(build, build.house, TODAY)
    moves = list(CaseStep.objects.order_by("child", "number").values_list("child", "to_step", "reason"))
    last = {child: step for child, step, _reason in moves}
    assert set(last.values()) == {"assessment", "plan", "implementation", "follow_up", "closure", "reopening"}
    assert {"goals_met", "migrated_again", "came_back"} <= {reason for _child, _step, reason in moves}
    assert set(VariationCheck.objects.values_list("found", flat=True)) == {"better", "no_change"}
    worker = actor_of_person_id(build.house.teams[0].supervisor or build.house.me_officer)
    other = actor_of_person_id(build.house.teams[1].supervisor or build.house.me_officer)
    assert {row.kind for actor in (worker, other) for row in approvals(actor)} == {"needs", "plan", "close_abrupt"}
    plan_cases(build, build.house, TODAY)
    assert CaseStep.objects.count() == len(moves)


def test_a_world_that_was_broken_off_goes_on(tmp_path: Path) -> None:
    world = World(tmp_path / "world.json", TODAY)
    world._found(replace(programmes()[0], children=2))
    again = World.opened(tmp_path, TODAY)
    assert again.standing.keys() == {programmes()[0].country}
    assert not again.complete
    assert again.standing[programmes()[0].country].house.teams[0].case_workers


def test_a_second_start_says_what_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, others = programmes()[0], programmes()[1:]
    world = World(tmp_path / "world.json", TODAY)
    world._found(first)
    world.standing[first.country].children = 40
    assert demo_world._standing(world).startswith("40 of 1200 children are here; the rest grow")
    monkeypatch.setattr(demo_world, "console", Console(stderr=True, force_terminal=True, width=200))
    monkeypatch.setattr(World, "build_first", lambda _world, _progress: None)
    demo_world._begin(world)
    assert f"40/{first.children}" in capsys.readouterr().err
    for programme in others:
        world.standing[programme.country] = replace(world.standing[first.country])
    for programme in programmes():
        world.standing[programme.country].children = programme.children
        world.standing[programme.country].planted = True
    assert demo_world._standing(world) == "All 5 countries are here, with 1200 children."


def test_one_waits_for_a_decision_one_is_held_and_one_is_erased() -> None:
    build = builder(8)
    build.build(lambda _done: None)
    with time_machine.travel(datetime.combine(TODAY, time(12), UTC)):
        keep_or_end(build, build.house, TODAY)
        found = review_list(actor_of_person_id(build.house.focal_points[0]))
        waiting = [overrides_waiting(actor_of_person_id(person)) for person in build.house.focal_points[:2]]
    assert [[(row.kind, row.asked, row.why) for row in rows] for rows in waiting] == [
        [],
        [("withhold", True, "danger")],
    ]
    assert [(row.clock, row.held, row.verdict) for row in found.due] == [
        ("monitoring", True, ""),
        ("monitoring", False, ""),
    ]
    assert [row.reason_code for row in found.holds] == ["complaint"]
    assert [(row.kind, row.report["tombstones"] > 0) for row in found.ended] == [("erasure", True)]
    assert list_children(system_actor(build.house.organisation_id), ChildFilter(status="")).total == 8
    for child in Child.objects.filter(status="closed"):  # nobody was interviewed after the end
        days = list(Submission.objects.filter(child=child).values_list("interviewed_on", flat=True))
        assert days, child.code
        assert child.ended_on is not None
        assert max(days) <= child.ended_on, child.code


def test_more_is_recorded_of_some_and_a_second_run_adds_nothing() -> None:
    build = builder(24)
    for number in range(20):
        build.register(draw_life(build.programme, number, TODAY))
    record_more(build, build.house, TODAY)
    rows = [len(model._default_manager.all()) for model in (*TOPICS.values(), Relation, Merge, Child)]
    assert all(rows), rows
    team = build.house.teams[0].id
    supervisor = actor_of_person_id(Membership.objects.get(role="supervisor", team=team).person_id)
    assert find_duplicates(supervisor).pairs
    assert [row.may_undo for row in merges(supervisor)] == [True]
    assert Return.objects.filter(number=2).exists()
    shared = HouseholdStay.objects.values("household").annotate(stays=Count("pk"), ours=Count("child", distinct=True))
    assert any(row["ours"] > 1 for row in shared)
    record_more(build, build.house, TODAY)
    assert [len(model._default_manager.all()) for model in (*TOPICS.values(), Relation, Merge, Child)] == rows


@pytest.mark.database
def test_four_lives_take_a_turn_and_a_second_start_adds_none() -> None:
    build = builder(60)
    for number in range(30, 52):
        build.add_child(number)
    travel_on(build, build.house, TODAY)
    assert {row.reason for row in CaseStep.objects.filter(to_step="closure")} == {"migrated_again", "death"}
    assert Return.objects.filter(number=2, left_on=None).exists()
    grown = [row for row in Child.objects.all() if row.age_band == "18+"]
    assert len(grown) == 1
    steps = CaseStep.objects.count()
    travel_on(build, build.house, TODAY)
    assert CaseStep.objects.count() == steps
