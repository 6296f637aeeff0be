"""A conflict of interest: the child does not exist for that person, whatever the role, until another ends it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.emergency import emergencies
from homeward.apps.access.models import Conflict, EmergencyAccess
from homeward.apps.access.roles import grant_role
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.apps.cases.caseload import import_caseload, preview_caseload
from homeward.apps.cases.conflicts import (
    declare_for,
    declare_own,
    end_conflict,
    list_conflicts,
    needing_somebody,
    people_to_name,
)
from homeward.apps.cases.emergency import open_in_emergency
from homeward.apps.cases.ending import forget_child
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.finding import find_by_name
from homeward.apps.cases.models import Assignment
from homeward.apps.cases.queries import ChildFilter, caseload_rows, find_child, in_caseload, list_children
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.cases.services import assign_child, register_child
from homeward.apps.cases.trail import EventFilter, child_events, list_events
from homeward.apps.retention.deciding import Wish, ask_erasure
from homeward.apps.retention.scope import endings_visible_to
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.inbox import list_inbox, list_quarantined
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.recent_flags import recent_flags
from homeward.apps.surveys.scope import inbox_visible_to, submissions_visible_to
from homeward.apps.surveys.timeline import timeline
from homeward.apps.visits.today import today
from homeward.domain.permissions import Role
from homeward.domain.problems import ProblemError
from tests.interviews import interview
from tests.ties import child_of, declared
from tests.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db]
FORM = "child-12-14"
READERS = ("case_worker", "supervisor", "focal_point", "me_officer")
REASON = "The grandmother called: the child has not come home."


def sees(actor: Actor, code: str) -> bool:
    return children_visible_to(actor).filter(code=code).exists()


@pytest.mark.parametrize("who", READERS)
def test_whoever_says_it_of_themself_sees_nothing_of_the_child_any_more(world: World, who: str) -> None:
    house = world.amani
    child_id, code = child_of(house)
    sent = receive(house.actor("case_worker"), Delivery(interview(FORM, code, changes={"safe_home": "unsafe"})))
    assert sent.submission_id is not None
    actor = house.actor(who)
    assert sees(actor, code)
    assert submissions_visible_to(actor).filter(pk=sent.submission_id).exists()
    assert [row.child_code for row in recent_flags(actor)] == [code]
    seen_before = {row.code for row in list_children(actor).rows}
    declare_own(actor, code, "relative")
    actor = house.actor(who)
    assert not sees(actor, code)
    assert {row.code for row in list_children(actor).rows} == seen_before - {code}
    assert list_children(actor, ChildFilter(text=code, status="")).total == 0
    assert list_children(actor, ChildFilter(text="CASE-1", status="")).total == 0
    for read in (
        lambda: find_child(actor, code),
        lambda: find_child(actor, child_id),
        lambda: timeline(actor, child_id),
    ):
        with pytest.raises(NotVisible):
            read()
    assert not submissions_visible_to(actor).filter(pk=sent.submission_id).exists()
    assert not inbox_visible_to(actor).filter(pk=sent.submission_id).exists()
    assert recent_flags(actor) == ()
    assert code not in {row.child.code for row in today(actor).rows}
    if who != "me_officer":
        assert find_by_name(actor, "Asha Mwangi").rows == ()
    others = [each for each in (*READERS, "second_focal_point") if each != who]
    assert [each for each in others if not sees(house.actor(each), code)] == []


def test_another_role_another_organisation_and_an_emergency_do_not_bring_the_child_back(world: World) -> None:
    house = world.amani
    child_id, code = child_of(house)
    declare_own(house.actor("case_worker"), code, "relative")
    grant_role(house.system(), house.people["case_worker"], Role.FOCAL_POINT)
    grant_role(world.baraka.system(), house.people["case_worker"], Role.ME_OFFICER)
    actor = house.actor("case_worker")
    assert {"case_worker", "focal_point", "me_officer"} <= actor.roles
    assert not sees(actor, code)
    assert sees(actor, house.other_child.code)  # type: ignore[union-attr]
    with pytest.raises(NotVisible):
        open_in_emergency(actor, code, REASON)
    assert not EmergencyAccess.objects.exists()
    assert sees(replace(actor, opened=frozenset({child_id}), conflicts=frozenset()), code)
    assert not sees(replace(actor, opened=frozenset({child_id})), code)


def test_an_emergency_is_refused_as_if_there_were_no_child_and_that_is_written_down(world: World) -> None:
    house = world.amani
    child_id, code = house.other_child.id, house.other_child.code  # type: ignore[union-attr]
    declared(house, "case_worker", code)
    actor = house.actor("case_worker")
    said = []
    for wanted in (code, "123456789"):
        with pytest.raises(NotVisible) as refused:
            open_in_emergency(actor, wanted, REASON)
        said.append(refused.value.first)
    assert said[0] == said[1]
    row = Event.objects.get(verb="children.emergency", allowed=False)
    assert (row.child_id, row.actor_id) == (child_id, actor.id)
    assert open_in_emergency(house.actor("supervisor"), code, REASON)


def test_an_emergency_that_runs_ends_and_whoever_has_a_conflict_reviews_none(world: World) -> None:
    house = world.amani
    child_id, code = house.other_child.id, house.other_child.code  # type: ignore[union-attr]
    open_in_emergency(house.actor("case_worker"), code, REASON)
    assert house.actor("case_worker").opened == {child_id}
    declare_own(house.actor("case_worker"), code, "other_tie")  # who has it open sees the tie only then
    actor = house.actor("case_worker")
    assert (actor.opened, actor.conflicts) == (frozenset(), {child_id})
    assert EmergencyAccess.objects.get().ends_at <= timezone.now()
    assert len(emergencies(house.actor("focal_point"))) == 1
    declared(house, "focal_point", code)
    assert emergencies(house.actor("focal_point")) == []
    assert len(emergencies(house.actor("second_focal_point"))) == 1


def test_the_phone_that_carries_the_caseload_loses_the_child_and_its_interview_waits(world: World) -> None:
    house = world.amani
    child_id, code = child_of(house)
    phone = house.actor("enumerator")
    assert phone.device_id is not None
    assign_child(house.system(), child_id, device_id=phone.device_id)
    assert [row.name for row in caseload_rows(phone)] == [code]
    assert in_caseload(phone, code) is not None
    declare_own(house.actor("case_worker"), code, "relative")
    assert not Assignment.objects.filter(child_id=child_id, until=None).exists()
    assert (caseload_rows(phone), in_caseload(phone, code)) == ([], None)
    Assignment.objects.filter(child_id=child_id).update(until=None)  # whatever else went wrong
    assert (caseload_rows(phone), in_caseload(phone, code)) == ([], None)
    assert not sees(house.actor("enumerator"), code)
    kept = receive(phone, Delivery(interview(FORM, code)))
    assert kept.submission_id is not None
    assert [row.state for row in list_inbox(house.actor("me_officer")).rows] == ["unmatched"]


def test_what_waits_and_names_the_child_is_hidden_too(world: World) -> None:
    house = world.amani
    _, code = child_of(house)
    declare_own(house.actor("case_worker"), code, "relative")
    receive(house.actor("enumerator"), Delivery(interview(FORM, code)))
    stray = receive(house.actor("enumerator"), Delivery(interview(FORM, "000000000", instance_id="uuid:stray")))
    assert len(list_inbox(house.actor("supervisor")).rows) == 2
    declared(house, "supervisor")
    assert [row.id for row in list_inbox(house.actor("supervisor")).rows] == [stray.submission_id]
    assert len(list_inbox(house.actor("me_officer")).rows) == 2


def test_what_was_kept_apart_beside_its_interview_is_hidden_too(world: World) -> None:
    house = world.amani
    _, code = child_of(house)
    first, second = (interview(FORM, code, example=each, instance_id="uuid:same") for each in (0, 1))
    receive(house.actor("case_worker"), Delivery(first))
    with pytest.raises(ProblemError, match="Another interview"):
        receive(house.actor("case_worker"), Delivery(second))
    assert len(list_quarantined(house.actor("me_officer"))) == 1
    declared(house, "me_officer")
    assert list_quarantined(house.actor("me_officer")) == []
    assert len(list_quarantined(house.actor("supervisor"))) == 1


def test_nobody_assigns_the_child_to_that_person_nor_to_their_phone(world: World) -> None:
    house = world.amani
    child_id, code = child_of(house)
    declare_own(house.actor("case_worker"), code, "relative")
    who = house.people["case_worker"]
    for actor in (house.actor("supervisor"), house.system()):
        with pytest.raises(ProblemError, match="conflict of interest"):
            assign_child(actor, child_id, person_id=who)
        with pytest.raises(ProblemError, match="conflict of interest"):
            assign_child(actor, child_id, device_id=house.devices["enumerator"].device_id)
    assert assign_child(house.system(), child_id, person_id=house.people["other_case_worker"])
    assert assign_child(house.system(), child_id, device_id=house.devices["community_monitor"].device_id)


def test_a_caseload_file_does_neither(world: World) -> None:
    house = world.amani
    declare_own(house.actor("case_worker"), child_of(house)[1], "relative")
    row = {"external_id": "CASE-1", "case_worker": "case_worker@amani.example.org"}
    preview = preview_caseload(house.actor("me_officer"), [row])
    assert [problem.code for each in preview.rows for problem in each.problems] == ["assignment.conflict"]
    before = preview_caseload(
        house.actor("me_officer"), [{**row, "case_worker": "other_case_worker@amani.example.org"}]
    )
    declare_for(house.actor("focal_point"), child_of(house)[1], house.people["other_case_worker"], "named")
    with pytest.raises(ProblemError, match="conflict of interest"):
        import_caseload(house.actor("me_officer"), before)
    declared(house, "me_officer")
    hidden = preview_caseload(house.actor("me_officer"), [{"external_id": "CASE-1"}])
    assert [problem.code for each in hidden.rows for problem in each.problems] == ["caseload.other_team"]


def test_the_supervisor_and_the_focal_points_are_told_that_somebody_else_is_needed(world: World) -> None:
    house = world.amani
    child_id, code = child_of(house)
    assert needing_somebody(house.actor("supervisor")) == []
    declare_own(house.actor("case_worker"), code, "relative")
    told = {
        who: [row.child_code for row in needing_somebody(house.actor(who))]
        for who in ("supervisor", "other_supervisor", "focal_point", "second_focal_point", "me_officer", "case_worker")
    }
    assert {who for who, found in told.items() if found == [code]} == {
        "supervisor",
        "focal_point",
        "second_focal_point",
    }
    assert not any(needing_somebody(world.baraka.actor(who)) for who in ("supervisor", "focal_point"))
    assert not needing_somebody(world.nobody())
    assign_child(house.actor("supervisor"), child_id, device_id=house.devices["community_monitor"].device_id)
    assert needing_somebody(house.actor("supervisor")) == []


def test_who_may_say_it_of_whom(world: World) -> None:
    house = world.amani
    child_id, code = child_of(house)
    supervisor, focal = house.actor("supervisor"), house.actor("focal_point")
    detail = find_child(supervisor, code)
    assert [key for key, _ in people_to_name(supervisor, detail)] == [house.people["case_worker"]]
    named = {key for key, _ in people_to_name(focal, find_child(focal, code))}
    protecting = {"focal_point", "second_focal_point", "programme_manager"}
    assert named == {key for name, key in house.people.items() if name not in protecting}
    assert people_to_name(house.actor("me_officer"), find_child(house.actor("me_officer"), code)) == []
    refused = [
        lambda: declare_for(supervisor, code, house.people["focal_point"], "relative"),  # nobody blinds those
        lambda: declare_for(focal, code, house.people["second_focal_point"], "named"),
        lambda: declare_for(focal, code, house.people["programme_manager"], "named"),
        lambda: declare_for(supervisor, code, house.people["other_case_worker"], "relative"),
        lambda: declare_for(supervisor, code, supervisor.person_id or UUID(int=0), "relative"),
        lambda: declare_for(supervisor, house.other_child.code, house.people["other_case_worker"], "relative"),  # type: ignore[union-attr]
        lambda: declare_for(focal, code, world.baraka.people["case_worker"], "relative"),
        lambda: declare_for(world.baraka.actor("focal_point"), code, world.baraka.people["case_worker"], "relative"),
        lambda: declare_for(supervisor, code, house.people["case_worker"], "named"),
        lambda: declare_own(house.actor("case_worker"), code, "named"),
        lambda: declare_own(house.actor("case_worker"), code, "because"),
        lambda: declare_own(house.actor("other_case_worker"), code, "relative"),
        lambda: declare_own(house.actor("programme_manager"), code, "relative"),
        lambda: declare_own(house.actor("enumerator"), code, "relative"),
        lambda: declare_for(house.actor("case_worker"), code, house.people["supervisor"], "relative"),
    ]
    for each in refused:
        with pytest.raises(ProblemError):
            each()
    assert not Conflict.objects.exists()
    declare_for(supervisor, code, house.people["case_worker"], "relative")
    with pytest.raises(ProblemError, match="declared already"):
        declare_for(focal, code, house.people["case_worker"], "relative")
    assert Conflict.objects.get().child_id == child_id


def test_the_tie_stands_on_the_list_of_focal_points_alone_and_nobody_sees_their_own(world: World) -> None:
    house = world.amani
    _, code = child_of(house)
    declare_for(house.actor("focal_point"), code, house.people["case_worker"], "named")
    declared(house, "focal_point")
    focal, supervisor = house.actor("second_focal_point"), house.actor("supervisor")
    kinds = {(row.person, row.kind, row.may_end) for row in list_conflicts(focal)}
    assert kinds == {("Case Worker Amani", "named", True), ("Focal Point Amani", "neighbour", True)}
    assert [(row.person, row.kind, row.may_end) for row in list_conflicts(supervisor)] == [
        ("Case Worker Amani", "", False)
    ]
    assert list_conflicts(house.actor("focal_point")) == []
    assert list_conflicts(house.actor("other_supervisor")) == []
    assert list_conflicts(world.baraka.actor("focal_point")) == []
    for who in ("case_worker", "me_officer", "organisation_admin"):
        with pytest.raises(ProblemError):
            list_conflicts(house.actor(who))


def test_another_person_ends_it_and_then_the_child_is_there_again(world: World) -> None:
    house = world.amani
    child_id, code = child_of(house)
    key = declare_own(house.actor("supervisor"), code, "neighbour")
    with pytest.raises(NotVisible):
        end_conflict(house.actor("supervisor"), key, "mistake")
    grant_role(house.system(), house.people["supervisor"], Role.FOCAL_POINT)
    with pytest.raises(NotVisible):
        end_conflict(house.actor("supervisor"), key, "mistake")
    for outside in (house.actor("other_supervisor"), world.baraka.actor("focal_point")):
        with pytest.raises(NotVisible):
            end_conflict(outside, key, "mistake")
    with pytest.raises(ProblemError, match="reason is missing"):
        end_conflict(house.actor("focal_point"), key, "tired of it")
    end_conflict(house.actor("focal_point"), key, "mistake")
    assert sees(house.actor("supervisor"), code)
    row = Conflict.objects.get()
    assert (row.ended_by_id, row.end_reason) == (house.people["focal_point"], "mistake")
    assert [
        each.verb for each in Event.objects.filter(child_id=child_id, verb__endswith="_conflict").order_by("at")
    ] == [
        "declare_conflict",
        "end_conflict",
    ]
    declare_own(house.actor("supervisor"), code, "neighbour")  # and again


def test_a_supervisor_ends_what_was_said_by_the_person_or_by_the_supervisor(world: World) -> None:
    house = world.amani
    _, code = child_of(house)
    key = declare_own(house.actor("case_worker"), code, "neighbour")
    end_conflict(house.actor("supervisor"), key, "tie_ended")
    assign_child(house.actor("supervisor"), child_of(house)[0], person_id=house.people["case_worker"])
    key = declare_for(house.actor("focal_point"), code, house.people["case_worker"], "named")
    with pytest.raises(ProblemError, match="cannot end"):
        end_conflict(house.actor("supervisor"), key, "cleared")
    assert Event.objects.filter(verb="conflicts.manage", allowed=False).count() == 1


def test_the_database_itself_refuses_that_somebody_ends_their_own_or_runs_two(world: World) -> None:
    house = world.amani
    row = declared(house, "case_worker")
    with pytest.raises(IntegrityError), transaction.atomic():
        Conflict.objects.filter(pk=row.pk).update(ended_by=row.person_id, ended_at=timezone.now())
    row.pk = UUID(int=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_the_trace_shows_the_person_nothing_of_the_child(world: World) -> None:
    house = world.amani
    child_id, code = child_of(house)
    find_child(house.actor("me_officer"), code)
    declared(house, "supervisor")
    declared(house, "focal_point")
    for who in ("focal_point", "supervisor"):
        rows = list_events(house.actor(who), EventFilter()).rows
        assert child_id not in {row.child_id for row in rows}
        assert list_events(house.actor(who), EventFilter(code=code)).rows == ()
        with pytest.raises(NotVisible):
            child_events(house.actor(who), code)
    words = {row.verb for row in child_events(house.actor("second_focal_point"), code)[1].rows}
    assert "declare_conflict" in words
    assert "declare_conflict" not in {row.verb for row in child_events(house.actor("case_worker"), code)[1].rows}


def test_an_erasure_under_way_is_not_theirs_to_check_and_takes_the_conflict_along(world: World) -> None:
    house = world.amani
    child_id, code = child_of(house)
    declared(house, "focal_point")
    ask_erasure(house.actor("supervisor"), code, Wish("erasure_asked", "child"))
    assert not endings_visible_to(house.actor("focal_point"), "erasure.check").exists()
    assert endings_visible_to(house.actor("second_focal_point"), "erasure.check").exists()
    bare = register_child(house.system(), ChildFacts("host_peer", "male", age=13, team_id=house.teams[0]))
    declared(house, "me_officer", bare.code)
    with transaction.atomic():
        forget_child(bare.id)
    assert list(Conflict.objects.values_list("child_id", flat=True)) == [child_id]


def test_who_has_none_asks_one_small_question_more_and_a_page_of_the_list_none(world: World) -> None:
    house = world.amani
    actor = house.actor("focal_point")
    with CaptureQueriesContext(connection) as asked:
        list_children(actor)
    assert not [each for each in asked.captured_queries if "access_conflict" in each["sql"]]
    with CaptureQueriesContext(connection) as asked:
        house.actor("focal_point")
    assert sum("access_conflict" in each["sql"] for each in asked.captured_queries) == 1


ROUNDS = 6


def test_declared_and_assigned_at_the_same_moment_nobody_works_with_the_child(
    transactional_db: None, world: World
) -> None:
    """Whichever comes first: it is ended by the other, or refused by it."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    house = world.amani
    child_id, code = child_of(house)
    focal, supervisor, who = house.actor("focal_point"), house.actor("supervisor"), house.people["case_worker"]
    for _ in range(ROUNDS):
        Conflict.objects.all().delete()
        Assignment.objects.filter(child_id=child_id).delete()
        together = Barrier(2)

        def at_once(step: Callable[[], UUID], together: Barrier = together) -> bool:
            together.wait()
            try:
                return bool(step())
            except ProblemError:
                return False
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            said = pool.submit(at_once, lambda: declare_for(focal, code, who, "relative"))
            assigned = pool.submit(at_once, lambda: assign_child(supervisor, child_id, person_id=who))
        assert said.result()
        running = Assignment.objects.filter(child_id=child_id, until=None)
        assert not running.exists(), assigned.result()


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="reads SQLite's plans")
def test_what_a_phone_lost_is_looked_up_by_the_index_of_conflicts_that_run(world: World) -> None:
    plan = children_visible_to(world.amani.actor("enumerator"), one=True).filter(code="1").explain()
    assert "conflict_once (person_id=? AND child_id=?)" in plan
    assert "SCAN" not in plan.replace("SCAN CONSTANT ROW", "")
