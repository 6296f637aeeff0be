"""The gate: an interview without agreement is received, sealed, counted nowhere, shown by code alone, and goes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from homeward.apps.access.models import Organisation, Person
from homeward.apps.audit.models import Event
from homeward.apps.cases.consenting import Asked, record_agreement, withdraw
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import ConsentEntry
from homeward.apps.cases.queries import caseload_rows
from homeward.apps.cases.services import Registered, assign_child, register_child
from homeward.apps.retention.clocks import Periods
from homeward.apps.retention.without_agreement import end_without_agreement
from homeward.apps.safeguarding.models import Escalation
from homeward.apps.surveys.answer_downloads import Wish, answer_tables
from homeward.apps.surveys.answers import answers_behind
from homeward.apps.surveys.deliveries import Delivery, Receipt
from homeward.apps.surveys.downloads import children_table, flags_table, scores_table
from homeward.apps.surveys.inbox import inbox_page, set_aside, take_back
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Agreement, Flag, Score, State, Submission
from homeward.apps.surveys.releasing import add_agreement, release_agreed, waiting_for_agreement
from homeward.apps.surveys.timeline import timeline
from homeward.apps.visits.today import today
from homeward.domain.consent import MONITORING, REPORTING, Reply
from homeward.domain.problems import ProblemError
from tests.interviews import AGREED, fill, interview, library_form
from tests.world import World, agree, day_of

pytestmark = pytest.mark.database
DAY = date.today() - timedelta(days=3)
REASON = "Signed on paper, in the file of the child."


@pytest.fixture
def quiet(world: World) -> Registered:
    """A child of the case worker of whom nobody has asked anything."""
    back = date.today() - timedelta(days=100)
    facts = ChildFacts(sex="male", name="Sami", age=13, return_date=back, team_id=world.amani.teams[0])
    child = register_child(world.amani.system(), facts)
    assign_child(world.amani.system(), child.id, person_id=world.amani.people["case_worker"], since=back)
    return child


def sent(world: World, child: Registered, form: str = "caregiver", day: date = DAY, **changes: Any) -> Receipt:
    given: dict[str, Any] = {"respondent": "caregiver", "example": 6} if form == "caregiver" else {}
    said = {"child_age_years": "13", **changes.pop("said", {})}
    xml = interview(form, child.code, on=day, changes=said, **{**given, **changes})
    return receive(world.amani.actor("enumerator"), Delivery(xml))


def row_of(receipt: Receipt) -> Submission:
    return Submission.objects.get(pk=receipt.submission_id)


def scores(world: World) -> list[Any]:
    return list(scores_table(world.amani.actor("me_officer")))[1:]


def late(who: str = "child", day: date = DAY, **changes: Any) -> Asked:
    given = {"who": who, "answers": {MONITORING: "agrees"}, "day": day, "reason": REASON, "limits_told": True}
    return Asked(**{**given, **changes})


def test_what_an_interview_asks_itself_is_in_the_ledger_with_it(world: World, quiet: Registered) -> None:
    receipt = sent(world, quiet, "child-12-14")
    assert (receipt.status, row_of(receipt).agreement) == (201, Agreement.GIVEN)
    rows = ConsentEntry.objects.filter(child=quiet.id).order_by("who")
    assert [(row.who, row.answer, row.day, row.source, row.source_id) for row in rows] == [
        ("caregiver", "agrees", DAY, "interview", receipt.submission_id),
        ("child", "agrees", DAY, "interview", receipt.submission_id),
    ]
    assert {row.text_version for row in rows} == {"child-12-14 1.0"}


def test_without_agreement_it_is_received_sealed_and_counted_nowhere(world: World, quiet: Registered) -> None:
    receipt = sent(world, quiet)
    row = row_of(receipt)
    assert (receipt.status, row.state, row.agreement) == (202, State.NO_CONSENT, Agreement.MISSING)
    assert (row.coded, bytes(row.text), [each["code"] for each in row.problems]) == ({}, b"", ["consent.missing"])
    assert not Score.objects.filter(submission=row).exists()
    worker, officer = world.amani.actor("case_worker"), world.amani.actor("me_officer")
    assert not timeline(worker, quiet.id).series
    assert quiet.code in [each.child.code for each in today(worker).rows]  # the round is still to be done
    assert scores(world) == []
    assert list(flags_table(officer))[1:] == []
    wish = Wish(world.amani.forms["caregiver"], waiting=True)
    assert list(answer_tables(officer, wish)[0].rows) == []
    shown = inbox_page(world.amani.actor("supervisor"), state=State.NO_CONSENT).rows
    assert [(each.child_code, each.typed_child) for each in shown] == [(quiet.code, "")]
    for who in ("case_worker", "supervisor", "focal_point", "me_officer"):
        with pytest.raises(ProblemError) as caught:
            answers_behind(world.amani.actor(who), row.pk)
        assert caught.value.first.code == "consent.waiting"
    assert sent(world, quiet, instance_id=row.instance_id).state in (State.NO_CONSENT, "quarantined")


def test_the_same_bytes_again_are_the_same_interview(world: World, quiet: Registered) -> None:
    xml = interview("caregiver", quiet.code, on=DAY, respondent="caregiver", example=6)
    first = receive(world.amani.actor("enumerator"), Delivery(xml))
    again = receive(world.amani.actor("enumerator"), Delivery(xml))
    assert (again.status, again.repeated, again.submission_id) == (202, True, first.submission_id)
    assert ConsentEntry.objects.filter(source_id=first.submission_id).count() == 1


def test_a_flag_goes_its_way_all_the_same(world: World, quiet: Registered) -> None:
    receipt = sent(world, quiet, said={"hungry_to_bed": "often", "food_gaps": "often", "safe_home": "no"}, example=0)
    flags = Flag.objects.filter(submission_id=receipt.submission_id)
    assert row_of(receipt).state == State.NO_CONSENT
    if not flags.exists():
        receipt = next(
            each
            for at in range(12)
            if Flag.objects.filter(submission_id=(each := sent(world, quiet, example=at)).submission_id).exists()
        )
    assert Escalation.objects.filter(source_id=receipt.submission_id).exists()
    listed = next(
        each
        for each in timeline(world.amani.actor("case_worker"), quiet.id).submissions
        if each.id == receipt.submission_id
    )
    assert listed.flags == ()


def test_an_entry_of_a_day_before_with_a_reason_releases_it_with_the_scores_it_would_have_had(
    world: World, quiet: Registered
) -> None:
    assert world.amani.child
    receipt, other = sent(world, quiet), sent(world, world.amani.child)
    supervisor, key = world.amani.actor("supervisor"), receipt.submission_id
    assert key
    assert waiting_for_agreement(supervisor, key).may_add
    assert not waiting_for_agreement(world.amani.actor("me_officer"), key).may_add
    with pytest.raises(ProblemError) as caught:
        add_agreement(supervisor, key, late(day=DAY + timedelta(days=1)))
    assert caught.value.first.code == "consent.after"
    with pytest.raises(ProblemError):
        add_agreement(supervisor, key, late(reason=""))
    with pytest.raises(ProblemError):
        add_agreement(world.amani.actor("case_worker"), key, late())
    assert row_of(receipt).state == State.NO_CONSENT
    assert add_agreement(supervisor, key, late(day=DAY - timedelta(days=1)))
    row = row_of(receipt)
    assert (row.state, row.agreement, row.problems) == (State.ACCEPTED, Agreement.GIVEN, row_of(other).problems)
    assert row.coded["answers"].keys() == row_of(other).coded["answers"].keys()
    found = {each.dimension: each.value for each in Score.objects.filter(submission=row)}
    assert found == {each.dimension: each.value for each in Score.objects.filter(submission=row_of(other))}
    assert found
    assert Event.objects.filter(verb="release_interview", object_id=str(key)).count() == 1
    assert len(scores(world)) == 2 * len(found)


def test_what_was_taken_back_since_no_earlier_entry_undoes(world: World, quiet: Registered) -> None:
    supervisor, key = world.amani.actor("supervisor"), sent(world, quiet).submission_id
    assert key
    withdraw(world.amani.actor("case_worker"), quiet.code, "caregiver", [MONITORING])
    waits, before = waiting_for_agreement(supervisor, key), ConsentEntry.objects.count()
    assert waits.stopped is not None
    assert (waits.may_add, waits.stopped.code) == (False, "consent.withdrawn")
    with pytest.raises(ProblemError) as caught:
        add_agreement(supervisor, key, late(day=DAY - timedelta(days=1)))
    assert caught.value.first.code == "consent.withdrawn"
    assert ConsentEntry.objects.count() == before
    client = Client()
    client.force_login(Person.objects.get(pk=world.amani.people["supervisor"]))
    page = client.get(f"/inbox/{key}/agreement").content.decode()
    assert "No entry of an earlier day changes that" in page
    assert "Add the agreement that was there" not in page


def test_the_childs_own_interview_of_that_day_releases_the_caregivers(world: World, quiet: Registered) -> None:
    waits = sent(world, quiet)
    assert release_agreed() == 0
    sent(world, quiet, "child-12-14", day=DAY + timedelta(days=1))
    assert release_agreed() == 0, "a yes of a later day is none for this one"
    sent(world, quiet, "child-12-14")
    assert release_agreed() == 1
    assert row_of(waits).state == State.ACCEPTED
    assert release_agreed() == 0


@pytest.mark.parametrize("who", ["child_assent", "caregiver_consent"])
def test_a_no_is_kept_as_such_and_asks_for_nothing(world: World, quiet: Registered, who: str) -> None:
    receipt = receive(world.amani.actor("enumerator"), Delivery(_no(quiet.code, who)))
    row = row_of(receipt)
    assert (receipt.status, row.state, row.agreement) == (201, State.REFUSED, Agreement.REFUSED)
    assert not Score.objects.filter(submission=row).exists()
    assert ConsentEntry.objects.filter(child=quiet.id, answer="refuses").count() == 1
    assert scores(world) == []
    assert inbox_page(world.amani.actor("supervisor")).total == 0
    assert quiet.code not in [each.child.code for each in today(world.amani.actor("case_worker")).rows]
    set_aside(world.amani.actor("supervisor"), row.pk, "x")
    take_back(world.amani.actor("supervisor"), row.pk, "x")
    assert row_of(receipt).state == State.REFUSED


def _no(code: str, who: str) -> bytes:
    """As a collecting app sends it: what is not asked is not there."""
    start = {"child_known": "yes", "child_listed": code, "child_code": code, "interview_date": DAY.isoformat()}
    _, form = library_form("child-12-14")
    return fill(form, {**AGREED, **start, "respondent": "child", who: "no"})


def test_nobody_gets_past_the_database(world: World, quiet: Registered) -> None:
    row = row_of(sent(world, quiet))
    for state in (State.ACCEPTED, State.INVALID):
        with pytest.raises(IntegrityError), transaction.atomic():
            Submission.objects.filter(pk=row.pk).update(state=state)


def test_who_takes_it_back_is_gone_from_the_next_download_and_the_trace_proves_it(world: World) -> None:
    assert world.amani.child
    child, officer = world.amani.child, world.amani.actor("me_officer")
    sent(world, child, "child-12-14")
    assert scores(world)
    wish = Wish(world.amani.forms["child-12-14"], waiting=True)
    assert len(list(answer_tables(officer, wish)[0].rows)) == 1
    withdraw(world.amani.actor("case_worker"), child.code, "child")
    assert scores(world) == []
    assert list(answer_tables(officer, wish)[0].rows) == []
    assert list(flags_table(officer))[1:] == []
    assert child.code not in [line[0] for line in children_table(officer)]
    assert child.code not in [line.name for line in caseload_rows(world.amani.actor("enumerator"))]
    assert child.code not in [each.child.code for each in today(world.amani.actor("case_worker")).rows]
    left = Event.objects.filter(verb="leave_out", child_id=child.id)
    assert left.count() == 4
    assert Event.objects.filter(verb="scores.download").latest("at").detail == {"left_out": 1}
    record_agreement(world.amani.actor("case_worker"), child.code, _again(world))
    assert scores(world)


def _again(world: World) -> Asked:
    answers = {MONITORING: Reply.AGREES.value, REPORTING: Reply.AGREES.value}
    return Asked("child", answers, limits_told=True)


def test_a_no_to_reports_stops_no_interview_and_leaves_every_download(world: World) -> None:
    assert world.amani.child
    child, worker = world.amani.child, world.amani.actor("case_worker")
    record_agreement(worker, child.code, Asked("child", {REPORTING: "refuses"}))
    assert row_of(sent(world, child, "child-12-14")).state == State.ACCEPTED
    assert child.code in [line.name for line in caseload_rows(world.amani.actor("enumerator"))]
    assert scores(world) == []
    assert timeline(worker, child.id).series


def test_an_interview_held_after_it_was_taken_back_waits_whatever_it_says_itself(world: World) -> None:
    assert world.amani.child
    day = day_of(world.amani.organisation_id)
    withdraw(world.amani.actor("case_worker"), world.amani.child.code, "child", [MONITORING])
    receipt = sent(world, world.amani.child, "child-12-14", day=day)
    assert row_of(receipt).state == State.NO_CONSENT
    assert row_of(receipt).problems[0]["code"] == "consent.withdrawn"


def test_after_thirty_days_it_is_erased_unless_somebody_holds_the_record(world: World, quiet: Registered) -> None:
    receipt = sent(world, quiet)
    place = Organisation.objects.get(pk=world.amani.organisation_id)
    day = day_of(place.pk)
    assert end_without_agreement(Periods(place), day + timedelta(days=30)) == 0
    assert row_of(receipt)
    assert end_without_agreement(Periods(place), day + timedelta(days=31)) == 1
    assert not Submission.objects.filter(pk=receipt.submission_id).exists()
    again = sent(world, quiet, instance_id=receipt.instance_id)
    assert (again.status, again.submission_id) == (202, None)
    assert Event.objects.filter(verb="run_out", child_id=quiet.id).count() == 1


def test_what_counts_is_never_erased_by_that_clock(world: World, quiet: Registered) -> None:
    agree(world.amani, quiet, DAY - timedelta(days=5))
    receipt = sent(world, quiet)
    assert row_of(receipt).state == State.ACCEPTED
    place = Organisation.objects.get(pk=world.amani.organisation_id)
    assert end_without_agreement(Periods(place), timezone.now().date() + timedelta(days=90)) == 0
    assert row_of(receipt)
