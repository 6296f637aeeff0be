"""A birth date that is corrected later changes the ages at earlier interviews, and scores where the age decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from django_tasks_db.models import DBTaskResult

from homeward.apps.audit.models import Event
from homeward.apps.cases.facts import facts_of
from homeward.apps.cases.models import Child
from homeward.apps.cases.services import change_child
from homeward.apps.surveys.ageing import age_again
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.downloads import scores_table
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Score, State, Submission
from homeward.apps.surveys.timeline import timeline
from tests.interviews import interview
from tests.world import World

pytestmark = pytest.mark.database
DAY = date.today() - timedelta(days=3)


def sent(world: World, form: str = "caregiver") -> UUID:
    assert world.amani.child
    older = {"respondent": "caregiver", "example": 6, "changes": {"child_age_years": "13"}}
    xml = interview(form, world.amani.child.code, on=DAY, **(older if form == "caregiver" else {}))  # type: ignore[arg-type]
    receipt = receive(world.amani.actor("enumerator"), Delivery(xml))
    assert receipt.state == State.ACCEPTED, receipt.problems
    assert receipt.submission_id
    return receipt.submission_id


def born(world: World, day: date) -> None:
    """The correction, and the job that follows it."""
    assert world.amani.child
    child = Child.objects.get(pk=world.amani.child.id)
    change_child(world.amani.actor("supervisor"), child.pk, replace(facts_of(child), birth_date=day))
    task = DBTaskResult.objects.latest("enqueued_at")
    assert task.args_kwargs["args"] == ["surveys.age_again", {"child_id": str(child.pk)}]
    age_again(str(child.pk))


def current(submission_id: UUID) -> dict[str, tuple[object, ...]]:
    rows = Score.objects.filter(submission_id=submission_id, current=True)
    return {row.dimension: (row.value, row.answered, [each["name"] for each in row.components]) for row in rows}


def test_the_age_at_the_interview_and_its_scores_follow_the_birth_date(world: World) -> None:
    made = sent(world)
    before, first = current(made), set(Score.objects.filter(submission_id=made).values_list("pk", flat=True))
    born(world, DAY - timedelta(days=4 * 365 + 30))
    row = Submission.objects.get(pk=made)
    assert row.age_years == 4
    assert row.state == State.ACCEPTED
    after = current(made)
    assert after != before
    kept = Score.objects.filter(pk__in=first)
    assert kept.count() == len(first)
    assert not kept.filter(current=True).exists()
    event = Event.objects.get(verb="age_again")
    assert event.object_id == str(world.amani.child.id)  # type: ignore[union-attr]
    assert (event.actor_kind, event.detail) == ("system", {"interviews": 1, "scored": 1})
    header, *lines = scores_table(world.amani.actor("me_officer"))
    assert {line[header.index("age_years")] for line in lines} == {4}
    assert len(lines) == len(after)
    points = [
        point for series in timeline(world.amani.actor("case_worker"), row.child_id).series for point in series.points
    ]  # type: ignore[arg-type]
    assert {point.band for point in points} == {"0-5"}


def test_going_back_gives_the_first_scores_again_and_twice_changes_nothing(world: World) -> None:
    made = sent(world)
    before = current(made)
    child = Child.objects.get(pk=world.amani.child.id)  # type: ignore[union-attr]
    first = facts_of(child).birth_date
    assert first
    born(world, DAY - timedelta(days=4 * 365 + 30))
    born(world, first)
    assert current(made) == before
    rows, events = Score.objects.count(), Event.objects.filter(verb="age_again").count()
    age_again(str(child.pk))
    assert (Score.objects.count(), Event.objects.filter(verb="age_again").count()) == (rows, events)


def test_scores_stay_where_the_age_picks_nothing_else_and_the_remark_about_ages_is_renewed(world: World) -> None:
    made = sent(world, "child-12-14")
    before = Score.objects.filter(submission_id=made).count()
    born(world, DAY - timedelta(days=16 * 366))
    row = Submission.objects.get(pk=made)
    assert row.age_years == 16
    assert [problem["code"] for problem in row.problems].count("age.outside_instrument") == 1
    assert Score.objects.filter(submission_id=made).count() == before
    born(world, DAY - timedelta(days=13 * 366))
    row.refresh_from_db()
    assert "age.outside_instrument" not in {problem["code"] for problem in row.problems}


def test_an_interview_before_the_birth_waits_for_a_person_without_age_and_score(world: World) -> None:
    made = sent(world)
    assert world.amani.child
    child = Child.objects.get(pk=world.amani.child.id)
    Child.objects.filter(pk=child.pk).update(return_date=DAY + timedelta(days=2))
    child.refresh_from_db()
    born(world, DAY + timedelta(days=1))
    row = Submission.objects.get(pk=made)
    assert (row.age_years, row.state) == (None, State.INVALID)
    assert "interview.date_impossible" in {problem["code"] for problem in row.problems}
    assert current(made) == {}


def test_a_change_of_something_else_computes_nothing(world: World) -> None:
    child = Child.objects.get(pk=world.amani.child.id)  # type: ignore[union-attr]
    before = DBTaskResult.objects.count()
    change_child(world.amani.actor("supervisor"), child.pk, replace(facts_of(child), language="fr"))
    assert DBTaskResult.objects.count() == before
