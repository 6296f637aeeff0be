"""What is kept of what is due: it counts only as long as it is what would be counted from facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models import Model, Q
from django.utils import timezone

from homeward.apps.access.models import Organisation
from homeward.apps.cases.facts import facts_of
from homeward.apps.cases.merging import merge_children, undo_merge
from homeward.apps.cases.models import Child, ProtocolInUse, RiskLevel
from homeward.apps.cases.protocols import use_protocol
from homeward.apps.cases.services import register_child
from homeward.apps.communities.models import Place
from homeward.apps.surveys.models import Submission
from homeward.apps.visits import outlooks
from homeward.apps.visits.clock import clocks, follow_up_of, with_a_clock
from homeward.apps.visits.clock_models import Missed, Pause
from homeward.apps.visits.contacts import Attempt, record_attempt
from homeward.apps.visits.due import due_among, due_list
from homeward.apps.visits.follow_up_ending import forget_follow_up
from homeward.apps.visits.models import ContactAttempt, Visit
from homeward.apps.visits.outlook_models import ChangedFact, Outlook
from homeward.apps.visits.outlook_triggers import WATCHED, in_place, mend, removals
from homeward.apps.visits.outlooks import Now, marked, refresh
from homeward.formats.protocols import DEFAULT
from tests.rows import bare_interview
from tests.world import World

pytestmark = pytest.mark.database
LONG_AGO = date(2024, 5, 1)
MOMENT = datetime(2024, 5, 1, 12, tzinfo=UTC)
MODELS: dict[str, type[Model]] = {
    model._meta.db_table: model for model in (Submission, RiskLevel, Pause, Missed, Visit, ContactAttempt, Child, Place)
}
OTHERWISE: dict[str, dict[str, Any]] = {
    "surveys_submission": {
        "state": "set_aside",
        "respondent": "teacher",
        "interviewed_on": LONG_AGO,
        "received_at": MOMENT,
        "problems": [{"code": "interview.date_missing"}],
    },
    "cases_risklevel": {"level": "medium", "since": LONG_AGO, "said_at": MOMENT},
    "visits_pause": {"since": date(2024, 4, 1), "until": date(2030, 1, 1), "said_at": MOMENT},
    "visits_missed": {"point": "m9", "on_day": LONG_AGO, "reason": "taken_back", "said_at": MOMENT},
    "visits_visit": {"held_on": LONG_AGO, "child_seen": False, "caregiver_seen": True},
    "visits_contactattempt": {"on": LONG_AGO, "outcome": "moved"},
    "cases_child": {
        "population": "host_peer",
        "status": "closed",
        "said_no": "both",
        "return_date": LONG_AGO,
        "age_band": "15-17",
        "age_changes_on": LONG_AGO,
        "created_at": MOMENT,
    },
    "communities_place": {"time_zone": "Pacific/Kiritimati"},
}


OF_ONE = [each for each in WATCHED if each.table != "cases_merge"]


def child_of(world: World) -> UUID:
    assert world.amani.child is not None
    return world.amani.child.id


def fresh(child: UUID) -> bool:
    return bool(marked(Child.objects.filter(pk=child), Now()).values_list("fresh", flat=True).get())


def from_facts(**of: Any) -> list[Any]:
    return due_among(clocks(with_a_clock(Child.objects.filter(**of))))


def everything(world: World) -> None:
    """One row of each kind of fact, and an outlook for each child."""
    child, now = child_of(world), timezone.now()
    RiskLevel.objects.create(child_id=child, level="high", since=LONG_AGO + timedelta(30), reason="visit", said_at=now)
    Pause.objects.create(child_id=child, since=LONG_AGO, until=LONG_AGO + timedelta(3), reason="away", said_at=now)
    Missed.objects.create(child_id=child, point="m3", on_day=LONG_AGO + timedelta(9), reason="moved", said_at=now)
    bare_interview(world, child, 4, respondent="child").save(force_insert=True)
    before = dict.fromkeys(("attention", "resentment", "danger", "undermines"), "no")
    Visit.objects.create(
        child_id=child, **before, checked_at=now, planned_on=LONG_AGO, held_on=timezone.localdate(), child_seen=True
    )
    ContactAttempt.objects.create(child_id=child, channel="home", on=timezone.localdate(), outcome="reached_child")
    refresh()
    assert fresh(child)


def other_value(world: World, table: str, column: str) -> Any:
    if column == "child_id":
        assert world.amani.other_child is not None
        return world.amani.other_child.id
    if column == "form_version_id":
        return world.amani.forms["caregiver"]
    if column == "organisation_id":
        return world.baraka.organisation_id
    if column == "place_id":
        return world.baraka.place_id
    return OTHERWISE[table][column]


@pytest.mark.parametrize(("table", "column"), [(each.table, column) for each in OF_ONE for column in each.columns])
def test_whatever_column_of_a_fact_changes_what_is_kept_counts_no_more(world: World, table: str, column: str) -> None:
    """By a bulk update, which no code of ours sees."""
    everything(world)
    child, rows = child_of(world), MODELS[table]._default_manager
    of = {"cases_child": Q(pk=child), "communities_place": Q(pk=world.amani.place_id)}.get(table, Q(child=child))
    changed = rows.filter(of).update(**{column: other_value(world, table, column)})
    assert changed == 1
    assert not fresh(child)
    if column == "child_id":
        assert not fresh(other_value(world, table, column))
    refresh()
    assert due_list(Child.objects.all()) == from_facts()
    assert not ChangedFact.objects.exists()


@pytest.mark.parametrize("table", [each.table for each in OF_ONE if each.whole])
def test_a_fact_that_comes_or_goes_ends_what_is_kept(world: World, table: str) -> None:
    everything(world)
    child, rows = child_of(world), MODELS[table]._default_manager
    (row,) = rows.filter(child=child)
    rows.filter(pk=row.pk).delete()
    assert not fresh(child)
    refresh()
    assert fresh(child)
    row.pk = uuid4()
    rows.bulk_create([row])
    assert not fresh(child)


def test_a_child_with_two_records_is_counted_each_time_from_the_facts_of_both(world: World) -> None:
    """What was answered under the one is not asked for again under the other, and nothing is kept meanwhile."""
    house = world.amani
    child, supervisor = child_of(world), house.actor("supervisor")
    twin = register_child(house.system(), replace(facts_of(Child.objects.get(pk=child)), external_id=""))
    for who in ("child", "caregiver"):
        bare_interview(world, twin.id, 10, respondent=who).save(force_insert=True)
    refresh()
    assert [each.missing for each in due_list(Child.objects.filter(pk=child))] == [("child", "caregiver")]
    merged = merge_children(supervisor, twin.code, house.child.code)
    assert not fresh(child)
    refresh()
    assert not fresh(child)
    assert list(due_list(Child.objects.filter(pk=child))) == []
    assert [each.kind for each in from_facts(pk=child)] == []
    undo_merge(supervisor, merged)
    assert not fresh(child)
    refresh()
    assert fresh(child)
    assert [each.missing for each in due_list(Child.objects.filter(pk=child))] == [("child", "caregiver")]


@pytest.mark.parametrize("how", ["visit", "attempt", "in_vain"])
def test_whoever_was_seen_or_reached_is_not_late_for_a_contact(world: World, how: str) -> None:
    child, worker, today = child_of(world), world.amani.actor("case_worker"), date.today()
    for who in ("child", "caregiver"):
        bare_interview(world, child, 10, respondent=who).save(force_insert=True)
    RiskLevel.objects.create(
        child_id=child, level="high", since=today - timedelta(180), reason="visit", said_at=timezone.now()
    )
    rows = Child.objects.filter(pk=child)
    refresh()
    assert [each.kind for each in due_list(rows)] == ["contact"]
    if how == "visit":
        before = dict.fromkeys(("attention", "resentment", "danger", "undermines"), "no")
        Visit.objects.create(
            child_id=child, **before, checked_at=timezone.now(), planned_on=today, held_on=today, caregiver_seen=True
        )
    else:
        outcome = "reached_child" if how == "attempt" else "no_answer"
        record_attempt(worker, world.amani.child.code, Attempt("home", outcome))
    assert [each.kind for each in due_list(rows)] == (["contact"] if how == "in_vain" else [])
    assert due_list(rows) == from_facts(pk=child)
    contact = follow_up_of(worker, child).contact
    assert contact is not None
    assert contact.last == (today - timedelta(10) if how == "in_vain" else today)


def test_what_matters_for_nothing_due_leaves_it_alone(world: World) -> None:
    everything(world)
    child = child_of(world)
    Child.objects.filter(pk=child).update(sex="other", language="fr", team=None)
    Submission.objects.filter(child=child).update(coded={"answers": {}}, settled_at=timezone.now())
    Pause.objects.filter(child=child).update(reason="unsafe")
    Child.objects.get(pk=child).save()
    assert fresh(child)


def test_the_house_s_protocol_zone_and_version_are_part_of_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    everything(world)
    child, place = child_of(world), world.amani.organisation_id
    assert world.baraka.child is not None
    use_protocol(world.amani.actor("me_officer"), DEFAULT)
    assert (fresh(child), fresh(world.baraka.child.id)) == (False, True)
    refresh()
    assert fresh(child)
    ProtocolInUse.objects.update(checksum="0" * 64)  # its sheets are not what they were
    assert not fresh(child)
    refresh()
    Organisation.objects.filter(pk=place).update(time_zone="Pacific/Auckland")
    assert not fresh(child)
    refresh()
    assert fresh(child)
    monkeypatch.setattr(outlooks, "__version__", "9.9.9")
    assert not fresh(child)
    assert due_list(Child.objects.all()) == from_facts()


def test_a_list_reads_what_is_kept_and_a_page_writes_nothing(world: World) -> None:
    everything(world)
    Outlook.objects.filter(pk=child_of(world)).update(due=LONG_AGO)  # so that one sees where it comes from
    before = list(Outlook.objects.order_by("pk").values())
    shown = {each.child_id: each.due for each in due_list(Child.objects.all())}
    assert shown[child_of(world)] == LONG_AGO
    assert list(Outlook.objects.order_by("pk").values()) == before
    Outlook.objects.all().delete()
    assert due_list(Child.objects.all()) == from_facts()
    assert not Outlook.objects.exists()


def test_on_another_day_it_is_counted_from_facts(world: World) -> None:
    everything(world)
    Outlook.objects.update(urgency=None)
    assert due_list(Child.objects.all()) == []
    today = {each.code for each in from_facts()}
    assert {each.code for each in due_list(Child.objects.all(), date.today())} == today != set()


def test_an_interview_without_its_day_is_counted_each_time_and_tried_once(world: World) -> None:
    child = child_of(world)
    undated = bare_interview(world, child, 4, respondent="child", problems=[{"code": "interview.date_missing"}])
    undated.save(force_insert=True)
    assert refresh() > 0
    assert not fresh(child)
    assert refresh() == 0
    (row,) = (each for each in due_list(Child.objects.filter(pk=child)))
    assert row.undated == (undated.pk,)
    Submission.objects.filter(pk=undated.pk).update(problems=[])
    refresh()
    assert fresh(child)


def test_an_interview_that_is_dated_tomorrow_here_holds_for_this_day_alone(world: World) -> None:
    """Where it was held it is a day later than where the child lives."""
    child = child_of(world)
    Place.objects.filter(pk=world.amani.place_id).update(time_zone="Pacific/Pago_Pago")
    tomorrow = Now().days["Pacific/Pago_Pago"] + timedelta(days=1)
    row = bare_interview(world, child, 0, respondent="child", interviewed_on=tomorrow)
    row.save(force_insert=True)
    refresh()
    kept = Outlook.objects.get(pk=child)
    assert (kept.first, kept.last) == (tomorrow - timedelta(days=1), tomorrow - timedelta(days=1))
    assert due_list(Child.objects.all()) == from_facts()


def test_a_closed_child_keeps_nothing_and_is_counted_anew_when_it_is_open_again(world: World) -> None:
    everything(world)
    child = child_of(world)
    Child.objects.filter(pk=child).update(status="closed")
    refresh()
    assert not Outlook.objects.filter(pk=child).exists()
    Child.objects.filter(pk=child).update(status="open")
    refresh()
    assert fresh(child)
    assert due_list(Child.objects.all()) == from_facts()


def test_an_erased_child_leaves_neither_outlook_nor_note(world: World) -> None:
    everything(world)
    child = child_of(world)
    forget_follow_up(child)
    assert not Outlook.objects.filter(pk=child).exists()
    assert ChangedFact.objects.filter(about=child).exists()
    bare = Child.objects.create(
        code="999999999",
        organisation_id=world.amani.organisation_id,
        population="returnee",
        sex="other",
        age_band="6-11",
        return_date=LONG_AGO,
    )
    Child.objects.filter(pk=bare.pk).update(age_band="12-14")
    assert ChangedFact.objects.filter(about=bare.pk).exists()
    bare.delete()
    assert not ChangedFact.objects.filter(about=bare.pk).exists()


def test_where_a_trigger_is_missing_nothing_that_is_kept_counts_until_it_is_mended(world: World) -> None:
    everything(world)
    Outlook.objects.update(urgency=None)
    assert due_list(Child.objects.all()) == []
    with connection.cursor() as cursor:
        for statement in removals(connection.vendor)[:1]:
            cursor.execute(statement)
    assert not in_place(connection)
    assert due_list(Child.objects.all()) == from_facts() != []
    mend(connection)
    assert in_place(connection)
    assert not Outlook.objects.exists()
    assert refresh() > 0
    mend(connection)
    assert Outlook.objects.exists()
    with connection.cursor() as cursor:
        for statement in removals(connection.vendor)[-1:]:
            cursor.execute(statement)
    assert refresh() == Outlook.objects.count() > 0  # the job mends by itself, and makes all of them anew


def test_a_fact_that_changes_between_reading_and_writing_leaves_nothing_fresh(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything(world)
    child, read = child_of(world), clocks
    Pause.objects.filter(child=child).update(until=LONG_AGO + timedelta(days=4))

    def then_changed(*args: Any, **options: Any) -> Any:
        found = read(*args, **options)
        RiskLevel.objects.filter(child=child).update(level="low")
        return found

    monkeypatch.setattr(outlooks, "clocks", then_changed)
    refresh()
    assert not fresh(child)
    monkeypatch.undo()
    assert due_list(Child.objects.all()) == from_facts()
    refresh()
    assert fresh(child)


def test_many_children_without_an_outlook_are_counted_in_one_go(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homeward.apps.visits.due.MANY", 1)
    assert due_list(Child.objects.all()) == from_facts() != []


def test_a_run_of_the_job_ends_after_a_while_and_the_next_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlooks, "AT_ONCE", 1)
    everyone = with_a_clock(Child.objects.all()).count()
    made = [refresh(0) for _ in range(everyone)]
    assert (made, refresh(0)) == ([1] * everyone, 0)
