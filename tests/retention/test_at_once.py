"""What comes between the look and the end, matters that came with an interview, and one ending that fails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from homeward.apps.access.keys.models import DataKey
from homeward.apps.access.models import Organisation
from homeward.apps.audit.models import Event
from homeward.apps.cases.models import Child
from homeward.apps.cases.trail import EventFilter, list_events
from homeward.apps.retention import carrying_out, deciding, running_out
from homeward.apps.retention.clocks import lock_child
from homeward.apps.retention.deciding import Wish, ask_erasure, check_erasure, place_hold
from homeward.apps.retention.going import what_goes
from homeward.apps.retention.listing import how_many_wait, keeping, review_list
from homeward.apps.retention.models import Ending, Hold
from homeward.apps.retention.running_out import run_out
from homeward.apps.safeguarding.models import Escalation
from homeward.apps.surveys.models import Submission
from homeward.config.jobs import LONG
from homeward.domain.problems import ProblemError
from tests.retention.lives import Life, in_days, in_the_database, lived
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
        **{"raised_at": now, "due_at": now, "second_due_at": now, **row},
    )


def agreed(world: World, life: Life) -> UUID:
    key = ask_erasure(world.amani.actor("supervisor"), life.code, Wish("erasure_asked", "child"))
    check_erasure(world.amani.actor("focal_point"), key, agreed=True)
    return key


def test_what_is_told_after_it_was_agreed_stops_an_erasure_before_anything_is_destroyed(world: World) -> None:
    life = lived(world, told=False)
    key = agreed(world, life)
    waits = [
        (each.state, each.checked_by) for each in review_list(world.amani.actor("supervisor")).waiting
    ]  # until nothing stops it any more
    assert waits == [("asked", "")]
    told = matter(world, Submission.objects.filter(child=life.id)[0], child_id=life.id)
    running_out.go_on()
    row = Ending.objects.get()
    assert (row.pk, row.state, row.stopped_at is not None) == (key, "stopped", True)
    assert in_the_database(life.said).keys() == life.said.keys(), "nothing was destroyed"
    assert DataKey.objects.exclude(destroyed_at=None).count() == 0
    for name in ("supervisor", "focal_point", "second_focal_point"):
        (shown,) = review_list(world.amani.actor(name)).waiting
        seen = (shown.state, shown.stopped_at, shown.checked_by != "", shown.may_check, shown.open_matter)
        if name == "supervisor":  # a stop has one cause: the day of it would tell that something was told
            assert seen == ("asked", None, False, False, False)
            assert (keeping(world.amani.actor(name), life.code).asked, how_many_wait(world.amani.actor(name))) == (
                shown,
                0,
            )
        else:
            assert seen == ("stopped", row.stopped_at, True, True, True), name
            assert how_many_wait(world.amani.actor(name)) == 1
    assert review_list(world.amani.actor("other_supervisor")).waiting == ()
    Escalation.objects.filter(pk=told.pk).update(state="closed")
    check_erasure(world.amani.actor("second_focal_point"), key, agreed=True)
    running_out.go_on()
    assert not Child.objects.filter(pk=life.id).exists()


def test_who_agrees_knowing_of_a_matter_is_not_stopped_by_it_and_what_was_begun_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = lived(world, told=False)
    first = Submission.objects.filter(child=life.id)[0]
    matter(world, first, child_id=life.id)
    key = agreed(world, life)
    real = carrying_out.destroy
    monkeypatch.setattr(carrying_out, "destroy", lambda *_given: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        carrying_out.carry_out(key)
    monkeypatch.setattr(carrying_out, "destroy", real)
    matter(world, Submission.objects.filter(child=life.id)[1], child_id=life.id)
    running_out.go_on()
    assert not Child.objects.filter(pk=life.id).exists()


@pytest.mark.parametrize("came", ["arrived before", "linked later", "nobody linked it"])
def test_a_matter_of_which_nobody_knew_who_agreed_stops_an_erasure_however_old_it_is(world: World, came: str) -> None:
    """It arrived sealed at nine and was opened after the yes at ten; or it came with an interview of another line."""
    life = lived(world, told=False)
    linked, waits = Submission.objects.filter(child=life.id)[0], Submission.objects.get(child=None)
    early = {"raised_at": timezone.now() - timedelta(hours=1)}
    if came == "linked later":
        Submission.objects.filter(pk=waits.pk).update(typed_child=b"")
        matter(world, waits, **early)
    key = agreed(world, life)
    known = Ending.objects.get().report
    if came == "arrived before":
        matter(world, linked, child_id=life.id, **early)
    elif came == "linked later":
        Submission.objects.filter(pk=waits.pk).update(child=life.id)
    else:
        matter(world, waits, **early)
    running_out.go_on()
    row = Ending.objects.get()
    assert (row.state, row.report, known) == ("stopped", {}, {"known": []})
    assert in_the_database(life.said).keys() == life.said.keys(), "nothing was destroyed"
    check_erasure(world.amani.actor("second_focal_point"), key, agreed=True)
    assert Ending.objects.get().report == {"known": [str(Escalation.objects.get().pk)]}
    for name in ("supervisor", "focal_point"):
        found = review_list(world.amani.actor(name))
        assert [each.report for each in (*found.waiting, *found.ended)] == [{}], "which they are is for nobody"
    page = list_events(world.amani.actor("supervisor"), EventFilter(code=life.code))
    verbs = {each.verb for each in page.rows}
    assert "ask_erasure" in verbs
    assert not verbs & {"check_erasure", "stop_ending"}, "agreed to twice: something was told"
    assert str(Escalation.objects.get().pk) not in str(list(Event.objects.values_list("detail", flat=True)))
    running_out.go_on()
    assert not Child.objects.filter(pk=life.id).exists(), "whoever agreed knew of it"
    assert set(map(type, Ending.objects.get().report.values())) == {int}


def test_what_is_told_while_somebody_reads_the_page_is_not_agreed_to(world: World) -> None:
    life, focal = lived(world, told=False), world.amani.actor("focal_point")
    key = ask_erasure(world.amani.actor("supervisor"), life.code, Wish("erasure_asked", "child"))
    going = what_goes(focal, key)
    matter(world, Submission.objects.get(child=None), raised_at=timezone.now() - timedelta(hours=1))
    for mark in (going.mark, ""):
        with pytest.raises(ProblemError) as error:
            check_erasure(focal, key, agreed=True, mark=mark)
        assert (error.value.first.code, Ending.objects.get().state) == ("erasure.moved", "asked")
    again = what_goes(focal, key)
    assert (going.row.open_matter, again.row.open_matter) == (False, True)
    check_erasure(focal, key, agreed=True, mark=again.mark)
    assert Ending.objects.get().state == "running"


def test_a_clock_that_is_stopped_in_the_last_moment_begins_anew_and_says_nothing(world: World) -> None:
    life = lived(world, told=False)
    over(life)
    (found,) = running_out.running(
        running_out.Periods(Organisation.objects.get(pk=world.amani.organisation_id)),
        Child.objects.filter(pk=life.id),
        "monitoring",
    )
    begun = running_out._begun(running_out.Periods(found.child.organisation), found, timezone.now().date())
    assert begun is not None
    told = matter(world, Submission.objects.filter(child=life.id)[0], child_id=life.id)
    carrying_out.carry_out(begun.pk)
    assert (Ending.objects.count(), Child.objects.get(pk=life.id).identity_ended_on) == (0, None)
    assert not Event.objects.filter(verb="stop_ending").exists()
    Escalation.objects.filter(pk=told.pk).update(state="closed")
    run_out()
    assert Child.objects.get(pk=life.id).identity_ended_on is not None


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
