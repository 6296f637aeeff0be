"""Ways around one's reach: through a phone, a role of before, a second role, a second organisation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from homeward.apps.access.actors import Actor
from homeward.apps.access.models import Device, Membership, Person
from homeward.apps.access.queries import devices
from homeward.apps.access.roles import grant_role
from homeward.apps.access.services import change_own_settings, enrol_device, found_organisation, revoke_device
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.apps.cases.caseload import preview_caseload
from homeward.apps.cases.models import Assignment
from homeward.apps.cases.queries import _by_code, caseload_rows, in_caseload
from homeward.apps.cases.services import assign_child, end_assignment
from homeward.apps.communities.services import add_place
from homeward.apps.surveys.corrections import correct_answers
from homeward.apps.surveys.deliveries import Delivery, Receipt
from homeward.apps.surveys.inbox import link_submission, list_inbox, set_aside
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Submission
from homeward.domain.problems import ProblemError
from tests.interviews import interview
from tests.world import World

pytestmark = pytest.mark.database
FORM = "child-12-14"
YESTERDAY = date.today() - timedelta(days=2)  # in any time zone


def codes(actor: Actor) -> set[str]:
    return {row.name for row in caseload_rows(actor)}


def test_a_supervisor_gives_no_phone_the_caseload_of_another_team(world: World) -> None:
    amani, supervisor = world.amani, world.amani.actor("supervisor")
    for team in (amani.teams[0], None):
        with pytest.raises(NotVisible):
            enrol_device(supervisor, "P", "enumerator", team_id=team, person_id=amani.people["other_case_worker"])
    mine = enrol_device(supervisor, "P", "enumerator", person_id=amani.people["case_worker"])
    assert Device.objects.get(pk=mine.device_id).team_id == amani.teams[0]
    assert "P" in {row.label for row in devices(supervisor)}
    officer = amani.actor("me_officer")
    enrol_device(officer, "Q", "enumerator", person_id=amani.people["other_case_worker"])


def test_a_phone_carries_nobody_s_caseload_longer_than_that_person_works_here(world: World) -> None:
    amani, phone = world.amani, world.amani.actor("enumerator")
    assert amani.child is not None
    assert codes(phone) == {amani.child.code}
    row = Membership.objects.filter(person_id=amani.people["case_worker"])
    row.update(until=YESTERDAY)
    _by_code.cache_clear()  # prepared for one day and these rights
    assert codes(phone) == set()
    assert in_caseload(phone, amani.child.code) is None
    row.update(until=None)
    Person.objects.filter(pk=amani.people["case_worker"]).update(is_active=False)
    assert codes(phone) == set()


def test_a_phone_outside_one_s_reach_does_not_exist(world: World) -> None:
    system = world.amani.system()
    of_all = enrol_device(system, "P", "enumerator")
    theirs = enrol_device(system, "Q", "enumerator", team_id=world.amani.teams[1])
    for phone in (of_all, theirs, world.baraka.devices["enumerator"]):
        with pytest.raises(NotVisible) as caught:
            revoke_device(world.amani.actor("supervisor"), phone.device_id)
        assert caught.value.first.code == "device.not_found"


def test_an_assignment_outside_one_s_reach_does_not_exist(world: World) -> None:
    amani = world.amani
    assert amani.other_child is not None
    row = Assignment.objects.get(child_id=amani.other_child.id)
    with pytest.raises(NotVisible) as caught:
        end_assignment(amani.actor("supervisor"), row.pk)
    assert caught.value.first.code == "assignment.not_found"


def test_a_child_is_assigned_to_whoever_works_here_today(world: World) -> None:
    amani = world.amani
    assert amani.child is not None
    row = Membership.objects.filter(person_id=amani.people["other_case_worker"])
    row.update(until=date.today() + timedelta(days=30))
    assign_child(amani.system(), amani.child.id, person_id=amani.people["other_case_worker"])
    Assignment.objects.all().update(until=YESTERDAY)
    row.update(until=YESTERDAY)
    with pytest.raises(NotVisible):
        assign_child(amani.system(), amani.child.id, person_id=amani.people["other_case_worker"])


def test_a_second_role_does_not_let_a_team_take_children_over_by_a_file(world: World) -> None:
    amani = world.amani
    grant_role(amani.system(), amani.people["supervisor"], "focal_point", since=YESTERDAY)
    rows = [{"external_id": "CASE-2", "team": "North"}]
    preview = preview_caseload(amani.actor("supervisor"), rows)
    assert [problem.code for row in preview.rows for problem in row.problems] == ["caseload.other_team"]


def test_changing_one_s_settings_is_written_down(world: World) -> None:
    actor = world.amani.actor("case_worker")
    change_own_settings(actor, language="fr")
    row = Event.objects.get(verb="change_own_settings")
    assert (row.actor_id, row.object_id, row.detail) == (actor.id, str(actor.id), {"fields": "language"})


def officer_of_both(world: World) -> Actor:
    person = world.amani.people["me_officer"]
    grant_role(world.baraka.system(), person, "me_officer", since=YESTERDAY)
    return world.amani.actor("me_officer")


def unmatched(world: World) -> Receipt:
    assert world.amani.other_child is not None
    xml = interview(FORM, world.amani.other_child.code, listed=False)
    return receive(world.amani.actor("enumerator"), Delivery(xml))


def test_an_interview_is_never_linked_to_a_child_of_another_organisation(world: World) -> None:
    both, waiting = officer_of_both(world), unmatched(world)
    assert world.baraka.child is not None
    assert waiting.submission_id is not None
    with pytest.raises(NotVisible):
        link_submission(both, waiting.submission_id, world.baraka.child.code, "Of the other house")
    with pytest.raises(NotVisible):
        correct_answers(both, waiting.submission_id, {}, "wrong_child", "Of the other house", world.baraka.child.id)
    assert Submission.objects.get(pk=waiting.submission_id).child_id is None


def test_answers_stay_in_the_organisation_where_they_were_asked(world: World) -> None:
    person = world.amani.people["case_worker"]
    grant_role(world.baraka.system(), person, "case_worker", team_id=world.baraka.teams[0], since=YESTERDAY)
    assert world.baraka.child is not None
    assign_child(world.baraka.system(), world.baraka.child.id, person_id=person)
    both = world.amani.actor("case_worker")
    for house in (world.amani, world.baraka):
        assert house.child is not None
        here = replace(both, organisation_id=house.organisation_id)
        receipt = receive(here, Delivery(interview(FORM, house.child.code)))
        row = Submission.objects.get(pk=receipt.submission_id)
        assert (row.organisation_id, row.child_id, row.state) == (house.organisation_id, house.child.id, "accepted")
    strange = receive(both, Delivery(interview(FORM, world.baraka.child.code)))
    assert (strange.status, strange.state) == (202, "unmatched")


def test_whoever_has_no_caseload_corrects_an_interview_that_matched_no_child(world: World) -> None:
    officer, waiting = world.amani.actor("me_officer"), unmatched(world)
    assert waiting.submission_id is not None
    assert world.amani.other_child is not None
    receipt = correct_answers(officer, waiting.submission_id, {}, "other", "Sent on the wrong phone")
    row = Submission.objects.get(pk=receipt.submission_id)
    assert (row.state, row.child_id) == ("accepted", world.amani.other_child.id)
    assert in_caseload(officer, world.amani.other_child.code) is None


def test_what_somebody_sent_belongs_to_the_team_of_that_day(world: World) -> None:
    amani, waiting = world.amani, unmatched(world)
    row = Submission.objects.get(pk=waiting.submission_id)
    Device.objects.filter(pk=row.device_id).update(team_id=None)
    Membership.objects.filter(person_id=amani.people["case_worker"]).update(until=date.today() + timedelta(days=1))
    moved = date.today() + timedelta(days=5)
    grant_role(amani.system(), amani.people["case_worker"], "case_worker", team_id=amani.teams[1], since=moved)
    assert list_inbox(amani.actor("supervisor")).total == 1
    assert list_inbox(amani.actor("other_supervisor")).total == 0
    Submission.objects.filter(pk=row.pk).update(received_at=row.received_at + timedelta(days=9))
    assert list_inbox(amani.actor("supervisor")).total == 0
    assert list_inbox(amani.actor("other_supervisor")).total == 1


def test_what_was_set_aside_counts_again_only_through_whoever_may_settle(world: World) -> None:
    amani = world.amani
    assert amani.child is not None
    receipt = receive(amani.actor("case_worker"), Delivery(interview(FORM, amani.child.code)))
    assert receipt.submission_id is not None
    set_aside(amani.actor("supervisor"), receipt.submission_id, "Invented")
    with pytest.raises(ProblemError) as caught:
        correct_answers(amani.actor("case_worker"), receipt.submission_id, {}, "other", "It is true")
    assert caught.value.first.code == "inbox.settled"


def test_an_edit_that_was_set_aside_replaces_nothing_when_its_original_arrives(world: World) -> None:
    amani, phone = world.amani, world.amani.actor("enumerator")
    assert amani.child is not None
    edit = interview(FORM, amani.child.code, instance_id="uuid:b", deprecated_id="uuid:a")
    waiting = receive(phone, Delivery(edit))
    assert waiting.submission_id is not None
    set_aside(amani.actor("supervisor"), waiting.submission_id, "Invented")
    receive(phone, Delivery(interview(FORM, amani.child.code, instance_id="uuid:a")))
    states = dict(Submission.objects.values_list("instance_id", "state"))
    assert (states["uuid:a"], states["uuid:b"]) == ("accepted", "set_aside")


def test_every_refusal_is_written_down(world: World) -> None:
    worker = world.amani.actor("case_worker")
    for step in (
        lambda: preview_caseload(worker, []),
        lambda: found_organisation(worker, "Mine"),
        lambda: add_place(worker, "country", "Mine", "MM"),
    ):
        with pytest.raises(ProblemError) as caught:
            step()
        assert caught.value.first.code == "access.refused"
    verbs = Event.objects.filter(actor_id=worker.id, allowed=False).values_list("verb", flat=True)
    assert set(verbs) == {"caseload.import", "organisations.manage", "places.manage"}
