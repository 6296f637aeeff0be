"""The supervisor's page: work, the draw that nobody chooses, and notes of case workers about themselves."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.services import register_person
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.apps.cases.conflicts import declare_for, declare_own
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.queries import ChildFilter, list_children
from homeward.apps.cases.services import assign_child, register_child
from homeward.apps.monitoring.called import list_called
from homeward.apps.monitoring.ending import forget_meetings
from homeward.apps.monitoring.models import NoteRead, NoteWords, StaffNote
from homeward.apps.monitoring.note_words import forget_words, mark_seen, own_words, unseen_words
from homeward.apps.monitoring.sample import week_of
from homeward.apps.monitoring.staff_notes import forget_notes, mark_talked, notes_for, open_note, own_notes, write_note
from homeward.apps.monitoring.team import MOST_CASES, TeamPage, WorkerRow, read_with_worker, team_page
from homeward.apps.surveys.models import Submission
from homeward.apps.visits.correcting import Correction, correct_visit
from homeward.apps.visits.models import Visit
from homeward.apps.visits.planning import Plan, plan_visit
from homeward.apps.visits.recording import Held, hold_visit
from homeward.apps.visits.today import Wanted, today
from homeward.domain.problems import ProblemError
from homeward.domain.visiting import Answer, Check
from tests.monitoring.histories import fall, rules_hold, send
from tests.world import World, day_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]
SAFE = Check(Answer.NO, Answer.NO, Answer.NO, Answer.NO)


def page(world: World, who: str = "supervisor") -> TeamPage:
    return team_page(world.amani.actor(who))


def row_of(world: World, who: str = "supervisor") -> WorkerRow:
    (row,) = page(world, who).workers
    return row


def before_this_week() -> int:
    """Days since the Sunday before."""
    return date.today().weekday() + 1


def test_work_is_counted_and_too_much_is_said(world: World) -> None:
    house = world.amani
    rules_hold(house)
    fall(house)
    row = row_of(world)
    assert (row.name, row.cases, row.too_many) == ("Case Worker Amani", 1, 0)
    assert (row.called, row.overdue) == (1, 0)
    found = page(world)
    assert (found.children, found.alone) == (2, 1)  # the peer is on a phone of nobody
    for number in range(MOST_CASES):
        facts = ChildFacts(sex="male", age=9, population="host_peer", external_id=f"M-{number}", team_id=house.teams[0])
        child = register_child(house.system(), facts)
        assign_child(house.system(), child.id, person_id=house.people["case_worker"])
    assert row_of(world).too_many == 1
    assert page(world).children == MOST_CASES + 2


def test_a_late_round_is_late_as_on_today(world: World) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=30), tick=False):
        assert row_of(world).late == 1
    send(world.amani, 5)
    assert row_of(world).late == 0


def test_only_the_own_team_and_nobody_in_conflict(world: World) -> None:
    rules_hold(world.amani)
    assert [each.name for each in page(world, "other_supervisor").workers] == ["Other Case Worker Amani"]
    declare_own(world.amani.actor("supervisor"), world.amani.child.code, "relative")  # type: ignore[union-attr]
    assert row_of(world).cases == 0
    for who in ("case_worker", "focal_point", "me_officer", "organisation_admin", "programme_manager"):
        with pytest.raises(ProblemError):
            page(world, who)


def test_the_page_asks_no_question_a_child(world: World) -> None:
    house = world.amani
    rules_hold(house)
    send(house, before_this_week() + 1)
    actor = house.actor("supervisor")

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            team_page(actor)
        return len(found.captured_queries)

    first = asked()
    for number in range(5):
        facts = ChildFacts(
            sex="male", age=13, population="host_peer", external_id=f"M-{number}", team_id=house.teams[0]
        )
        child = register_child(house.system(), facts)
        since = date.today() - timedelta(days=60)
        assign_child(house.system(), child.id, person_id=house.people["case_worker"], since=since)
        send(house, before_this_week() + 1, code=child.code)
    assert asked() == first


def test_the_draw_is_the_same_all_week_and_nobody_chooses(world: World) -> None:
    house, since = world.amani, before_this_week()
    for days in (since, since + 1, since + 2, since + 3):
        send(house, days)
    send(house, since + 40)
    drawn = row_of(world).notes
    assert len(drawn) == 2
    assert row_of(world).notes == drawn
    assert all(week_of(date.today()) - timedelta(days=30) <= each.day < week_of(date.today()) for each in drawn)
    with time_machine.travel(timezone.now() + timedelta(days=60), tick=False):
        assert row_of(world).notes == ()
    not_drawn = next(key for key in submissions(world) if key not in {each.id for each in drawn})
    with pytest.raises(NotVisible):
        read_with_worker(house.actor("supervisor"), not_drawn)
    with pytest.raises(NotVisible):
        read_with_worker(house.actor("other_supervisor"), drawn[0].id)
    read_with_worker(house.actor("supervisor"), drawn[0].id)
    read_with_worker(house.actor("supervisor"), drawn[0].id)
    assert NoteRead.objects.count() == 1
    assert [each.read_on is not None for each in row_of(world).notes] == [True, False]
    event = Event.objects.get(verb="read_note")
    assert (event.child_id, event.object_id) == (house.child.id, str(drawn[0].id))  # type: ignore[union-attr]


def submissions(world: World) -> list[object]:
    return list(Submission.objects.order_by("interviewed_on").values_list("pk", flat=True))


def test_a_note_about_a_child_in_conflict_is_not_drawn(world: World) -> None:
    send(world.amani, before_this_week())
    assert len(row_of(world).notes) == 1
    house = world.amani
    declare_for(house.actor("focal_point"), house.child.code, house.people["supervisor"], "relative")  # type: ignore[union-attr]
    assert row_of(world).notes == ()


def test_how_i_am_is_for_the_supervisor_of_the_team_alone(world: World) -> None:
    house = world.amani
    key = write_note(house.actor("case_worker"), "  I sleep badly.  ", asks_talk=True)
    assert b"sleep" not in bytes(StaffNote.objects.get().words)
    assert [each.note for each in own_notes(house.actor("case_worker"))] == ["I sleep badly."]
    (row,) = notes_for(house.actor("supervisor"))
    assert (row.person, row.asks_talk, row.note) == ("Case Worker Amani", True, "")
    assert open_note(house.actor("supervisor"), key).note == "I sleep badly."
    look = Event.objects.latest("at")
    assert (look.verb, look.object_id, look.detail) == ("read_staff_note", str(key), {})
    for who in ("other_supervisor", "focal_point", "me_officer", "organisation_admin", "case_worker"):
        assert notes_for(house.actor(who)) == (), who
        with pytest.raises(NotVisible):
            open_note(house.actor(who), key)
    mark_talked(house.actor("supervisor"), key)
    mark_talked(house.actor("supervisor"), key)
    assert Event.objects.filter(verb="talk_about_staff_note").count() == 1
    assert own_notes(house.actor("case_worker"))[0].talked_at is not None


def test_who_may_write_one_and_what_it_needs(world: World) -> None:
    house = world.amani
    for who in ("supervisor", "focal_point", "me_officer"):
        with pytest.raises(ProblemError):
            write_note(house.actor(who), "Tired.", asks_talk=False)
    with pytest.raises(ProblemError) as refused:
        write_note(house.actor("case_worker"), "   ", asks_talk=False)
    assert refused.value.first.where.field == "note"
    with pytest.raises(ProblemError):
        write_note(house.actor("case_worker"), "x" * 2_001, asks_talk=False)
    write_note(house.actor("case_worker"), "", asks_talk=True)
    assert open_note(house.actor("supervisor"), StaffNote.objects.get().pk).note == ""


def test_after_ninety_days_it_is_gone_with_its_key(world: World) -> None:
    house = world.amani
    key = write_note(house.actor("case_worker"), "I sleep badly.", asks_talk=False)
    sealed = bytes(StaffNote.objects.get().words)
    assert forget_notes() == 0
    with time_machine.travel(timezone.now() + timedelta(days=91), tick=False):
        assert notes_for(house.actor("supervisor")) == ()
        assert own_notes(house.actor("case_worker")) == ()
        assert forget_notes() == 1
    assert not StaffNote.objects.exists()
    with pytest.raises(vault.VaultError):
        vault.open_text(key, key, "monitoring.staffnote.words", sealed)


def test_an_account_without_a_team_writes_to_nobody(world: World) -> None:
    person = register_person(world.amani.system(), "new@amani.example.org", "New", "9 quiet rivers, 4 bridges")
    assert person
    with pytest.raises(ProblemError):
        write_note(world.nobody(), "Tired.", asks_talk=True)


def held_visit(world: World, days: int, code: str = "") -> UUID:
    house = world.amani
    assert house.child is not None
    day = day_of(house.organisation_id) - timedelta(days=days)
    (key,) = plan_visit(house.actor("case_worker"), [code or house.child.code], SAFE, Plan(day, "home"))
    seen = Held(child_seen=True, caregiver_seen=True, on_track="yes", harm=(), alone="yes", on=day, words="All well.")
    hold_visit(house.actor("case_worker"), key, seen)
    return key


def test_notes_of_visits_are_drawn_too_one_of_each_kind_and_none_twice(world: World) -> None:
    house, since = world.amani, before_this_week()
    visits = {held_visit(world, since + days) for days in (0, 2, 4)}
    send(house, since)
    send(house, since + 1)
    drawn = row_of(world).notes
    assert [each.kind for each in drawn] == ["visit", "interview"]
    assert drawn[0].id in visits
    read_with_worker(house.actor("supervisor"), drawn[0].id)
    assert [each.read_on is not None for each in row_of(world).notes] == [True, False]  # stays for the week
    event = Event.objects.get(verb="read_note")
    assert (event.object_kind, event.object_id) == ("visit", str(drawn[0].id))
    with time_machine.travel(timezone.now() + timedelta(days=7), tick=False):
        later = row_of(world).notes
    assert [each.kind for each in later] == ["visit", "interview"]
    assert drawn[0].id not in {each.id for each in later}


def test_what_somebody_else_corrected_is_not_drawn_as_the_words_of_whoever_recorded_it(world: World) -> None:
    house, key = world.amani, held_visit(world, before_this_week())
    assert [each.id for each in row_of(world).notes] == [key]
    day = Visit.objects.get(pk=key).held_on
    seen = Held(child_seen=True, caregiver_seen=True, on_track="no", harm=(), alone="yes", on=day)
    correct_visit(house.actor("supervisor"), key, seen, Correction("learnt"))
    assert row_of(world).notes == ()
    correct_visit(house.actor("case_worker"), key, seen, Correction("mistyped", known=1))
    assert [each.id for each in row_of(world).notes] == [key]


def test_each_case_worker_has_a_share_and_visits_of_others_do_not_count_for_them(world: World) -> None:
    house, since = world.amani, before_this_week()
    for days in range(4):
        held_visit(world, since + days)
    assert [each.kind for each in row_of(world).notes] == ["visit", "visit"]  # there is no interview
    assert page(world, "other_supervisor").workers[0].notes == ()
    assert all(each.writer == house.people["case_worker"] for each in row_of(world).notes)


def test_words_about_a_note_reach_its_writer_alone(world: World) -> None:
    house = world.amani
    key = held_visit(world, before_this_week())
    read_with_worker(house.actor("supervisor"), key, "  You let the child choose the place.  ")
    assert b"choose" not in bytes(NoteWords.objects.get().words)
    worker = house.actor("case_worker")
    assert unseen_words(worker) == 1
    (words,) = own_words(worker)
    assert (words.words, words.note_id, words.kind) == ("You let the child choose the place.", key, "visit")
    for who in ("supervisor", "other_case_worker", "focal_point", "me_officer", "organisation_admin"):
        assert own_words(house.actor(who)) == (), who
        with pytest.raises(NotVisible):
            mark_seen(house.actor(who), words.id)
    read_with_worker(house.actor("supervisor"), key, "And it went well.")
    assert (unseen_words(worker), len(own_words(worker))) == (1, 2), "two words about one note"
    mark_seen(worker, own_words(worker)[0].id)
    mark_seen(worker, words.id)
    mark_seen(worker, words.id)
    assert (unseen_words(worker), Event.objects.filter(verb="see_about_note").count()) == (0, 2)
    detail = Event.objects.filter(verb="say_about_note").earliest("at")
    assert (detail.child_id, detail.detail) == (None, {})
    with pytest.raises(ProblemError) as refused:
        read_with_worker(house.actor("supervisor"), key, "x" * 1_001)
    assert refused.value.first.code == "note_words.long"
    with pytest.raises(NotVisible):
        read_with_worker(house.actor("other_supervisor"), key, "Not mine.")


def test_words_about_a_note_go_after_ninety_days_and_with_the_child(world: World) -> None:
    house = world.amani
    key = held_visit(world, before_this_week())
    read_with_worker(house.actor("supervisor"), key, "Well asked.")
    (row,) = NoteWords.objects.all()
    assert forget_words() == 0
    with time_machine.travel(timezone.now() + timedelta(days=91), tick=False):
        assert own_words(house.actor("case_worker")) == ()
        assert forget_words() == 1
    with pytest.raises(vault.VaultError):
        vault.open_text(row.pk, row.pk, "monitoring.notewords.words", row.words)
    read_with_worker(house.actor("supervisor"), key, "Well asked.")
    assert house.child is not None
    forget_meetings(house.child.id)
    assert not NoteWords.objects.exists()


def test_each_number_is_as_long_as_the_list_behind_it(world: World) -> None:
    house = world.amani
    rules_hold(house)
    fall(house)
    supervisor, worker = house.actor("supervisor"), house.people["case_worker"]
    for days in (190, 30, 400):
        facts = ChildFacts(age=13, return_date=date.today() - timedelta(days=days), team_id=house.teams[0])
        assign_child(house.system(), register_child(house.system(), facts).id, person_id=worker)
    register_child(house.system(), ChildFacts(age=13, return_date=date.today(), team_id=house.teams[0]))
    with time_machine.travel(timezone.now() + timedelta(days=45), tick=False):
        found = page(world)
        (row,) = found.workers
        assert row.late == today(supervisor, Wanted(worker_id=worker, late=True)).due > 0
        assert row.called == len(list_called(supervisor, worker)) > 0
        assert row.overdue == sum(each.overdue for each in list_called(supervisor, worker))
        assert row.cases == list_children(supervisor, ChildFilter(worker_id=worker)).total
        assert found.alone == list_children(supervisor, ChildFilter(nobodys=True)).total > 0
        assert found.children == list_children(supervisor).total
