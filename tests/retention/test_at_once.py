"""What comes between the look and the end, matters that came with an interview, and one ending that fails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from homeward.apps.cases.models import Child
from homeward.apps.retention import carrying_out, deciding, running_out
from homeward.apps.retention.clocks import lock_child
from homeward.apps.retention.deciding import Wish, ask_erasure, check_erasure, place_hold
from homeward.apps.retention.listing import review_list
from homeward.apps.retention.models import Ending, Hold
from homeward.apps.retention.running_out import run_out
from homeward.apps.safeguarding.models import Escalation
from homeward.apps.surveys.models import Submission
from homeward.config.jobs import LONG
from homeward.domain.problems import ProblemError
from tests.retention.lives import Life, in_days, lived
from tests.world import World

pytestmark = pytest.mark.database
WHY = "A court has asked for it."


@pytest.fixture(autouse=True)
def emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying_out, "empty_log", lambda: True)


def over(life: Life, days: int = 800) -> None:
    Child.objects.filter(pk=life.id).update(status="closed", ended_on=timezone.now().date() - timedelta(days=days))


def matter(world: World, source: Submission, **values: Any) -> Escalation:
    """As an interview raises it before anybody has linked it to a child."""
    now = timezone.now()
    row = {"source_id": source.pk, "thread_id": source.root_id, **values}
    return Escalation.objects.create(
        organisation_id=world.amani.organisation_id,
        group="focal",
        source="interview",
        severity="high",
        rule="",
        raised_at=now,
        due_at=now,
        second_due_at=now,
        **row,
    )


@pytest.mark.parametrize("stops", ["hold", "matter"])
def test_what_comes_between_the_look_and_the_end_stops_it(
    world: World, monkeypatch: pytest.MonkeyPatch, stops: str
) -> None:
    life = lived(world, told=False)
    over(life)
    came: list[object] = []

    def hold() -> object:
        return place_hold(world.amani.actor("focal_point"), life.code, "court", WHY, in_days(30))

    def told() -> object:
        return matter(world, Submission.objects.filter(child=life.id)[0], child_id=life.id)

    def meanwhile(child_id: UUID) -> None:
        """What was faster has the row of the child first."""
        came.append(hold() if stops == "hold" else told())
        lock_child(child_id)

    monkeypatch.setattr(running_out, "lock_child", meanwhile)
    run_out()
    assert len(came) == 1
    assert (Child.objects.get(pk=life.id).identity_ended_on, Ending.objects.count()) == (None, 0)


def test_nobody_holds_what_is_ending_and_nobody_agrees_to_what_is_held(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    life, focal, house = lived(world, told=False), world.amani.actor("focal_point"), world.amani
    key = ask_erasure(house.actor("supervisor"), life.code, Wish("erasure_asked", "child"))
    monkeypatch.setattr(
        deciding, "_refuse_held", lambda *given: place_hold(focal, life.code, "court", WHY, in_days(30))
    )
    with pytest.raises(ProblemError) as error:
        check_erasure(focal, key, agreed=True)
    assert (error.value.first.status, Ending.objects.get().state) == (409, "asked")
    Hold.objects.all().delete()
    Ending.objects.update(state="running")
    with pytest.raises(ProblemError) as error:
        place_hold(focal, life.code, "court", WHY, in_days(30))
    assert (error.value.first.code, error.value.first.status) == ("retention.ending_now", 409)
    assert Hold.objects.count() == 0


@pytest.mark.parametrize("by", ["source_id", "thread_id"])
def test_a_matter_of_an_interview_that_was_linked_later_stops_the_end(world: World, by: str) -> None:
    life = lived(world, told=False)
    over(life)
    row = matter(world, Submission.objects.filter(child=life.id)[0], source_id=uuid4(), thread_id=uuid4())
    Escalation.objects.filter(pk=row.pk).update(**{by: Submission.objects.filter(child=life.id)[1].pk})
    key = ask_erasure(world.amani.actor("focal_point"), life.code, Wish("erasure_asked", "child"))
    waiting = review_list(world.amani.actor("second_focal_point")).waiting
    assert [(each.id, each.open_matter) for each in waiting] == [(key, True)]
    run_out()
    assert Child.objects.get(pk=life.id).identity_ended_on is None
    Escalation.objects.update(state="closed")
    run_out()
    assert Child.objects.get(pk=life.id).identity_ended_on is not None


def test_an_interview_without_a_child_stays_while_somebody_acts_on_what_it_says(world: World) -> None:
    for _ in range(2):
        lived(world, told=False)
    first, other = Submission.objects.filter(child=None).order_by("pk")
    matter(world, first)
    Submission.objects.filter(child=None).update(received_at=timezone.now() - timedelta(days=500))
    run_out()
    assert list(Submission.objects.filter(child=None)) == [first]
    Escalation.objects.update(state="closed")
    run_out()
    assert not Submission.objects.filter(child=None).exists()
    assert other != first


def test_one_ending_that_fails_keeps_no_other_from_its_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lives = [lived(world, told=False) for _ in range(2)]
    for life in lives:
        over(life)
    step, failing = carrying_out._end_identity, lives[0].id

    def fails(row: Ending) -> None:
        if row.child_id == failing:
            raise ValueError
        step(row)

    with monkeypatch.context() as patched:
        patched.setattr(carrying_out, "_end_identity", fails)
        for _ in range(2):
            run_out()
        assert dict(Ending.objects.values_list("child_id", "state")) == {lives[0].id: "running", lives[1].id: "done"}
    run_out()
    assert set(Ending.objects.values_list("state", flat=True)) == {"done"}


def test_it_runs_beside_the_jobs_of_seconds() -> None:
    assert "retention.run_out" in LONG
