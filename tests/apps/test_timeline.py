"""The child's page over time, and what is due today."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from homeward.apps.access.visibility import NotVisible
from homeward.apps.surveys.corrections import correct_answers
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.downloads import children_table, scores_table
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Score
from homeward.apps.surveys.rescoring import rescore
from homeward.apps.surveys.timeline import timeline
from homeward.apps.visits.today import today
from homeward.domain import scoring
from tests.interviews import interview
from tests.world import World

pytestmark = pytest.mark.database


def send(world: World, form: str, days_ago: int, respondent: str = "child", example: int = 0) -> None:
    assert world.amani.child is not None
    day = date.today() - timedelta(days=days_ago)
    xml = interview(form, world.amani.child.code, on=day, respondent=respondent, example=example)
    receipt = receive(world.amani.actor("enumerator"), Delivery(xml))
    assert receipt.state == "accepted", receipt.problems


def test_child_and_caregiver_stand_side_by_side_and_are_never_merged(world: World) -> None:
    send(world, "child-12-14", 110, example=1)
    send(world, "child-12-14", 20)
    send(world, "caregiver", 20, "caregiver")
    found = timeline(world.amani.actor("case_worker"), world.amani.child.id)  # type: ignore[union-attr]
    lines = {(series.dimension, series.respondent): series.points for series in found.series}
    assert {respondent for _, respondent in lines} == {"child", "caregiver"}
    first, second = lines["economic", "child"]
    assert (first.value, second.value) == (Decimal("0"), Decimal("1"))
    assert (first.round_months, second.round_months) == (Decimal(3), Decimal(6))
    assert second.breaks == ()
    assert [row.instrument_id for row in found.submissions][-1] == "child-12-14"


def test_the_timeline_costs_the_same_however_long(world: World, django_assert_max_num_queries: object) -> None:
    actor, child = world.amani.actor("case_worker"), world.amani.child
    assert child is not None
    for count in (1, 4):
        for number in range(count):
            send(world, "child-12-14", 100 - 10 * number - count)
        with django_assert_max_num_queries(7):  # type: ignore[operator]
            timeline(actor, child.id)


def test_of_a_long_history_the_newest_are_points_and_every_interview_is_listed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeward.apps.surveys.timeline.DRAWN", 2)
    child = world.amani.child
    assert child is not None
    for days in (100, 20, 60):  # not in the order of their days
        send(world, "child-12-14", days)
    found = timeline(world.amani.actor("case_worker"), child.id)
    days_ago = {point.on for series in found.series for point in series.points}
    assert days_ago == {date.today() - timedelta(days=days) for days in (60, 20)}
    assert (found.earlier, len(found.submissions)) == (1, 3)


def test_the_timeline_of_a_child_out_of_reach_does_not_exist(world: World) -> None:
    with pytest.raises(NotVisible):
        timeline(world.amani.actor("other_case_worker"), world.amani.child.id)  # type: ignore[union-attr]


def test_a_round_is_due_until_an_interview_belongs_to_it(world: World) -> None:
    worker = world.amani.actor("case_worker")
    (row,) = today(worker).rows  # returned 200 days ago: the round of six months began
    assert (row.due.round, row.due.state, row.due.last) == ("m6", "tolerated", None)
    send(world, "child-12-14", 10)
    (row,) = today(worker).rows  # one voice is not both
    assert (row.due.round, row.due.missing, row.due.answered) == ("m6", ("caregiver",), True)
    send(world, "caregiver", 10, "caregiver")
    assert today(worker).rows == ()
    assert today(world.amani.actor("me_officer")).children == 0


@pytest.mark.parametrize("written", ["", (date.today() + timedelta(days=40)).isoformat()])
def test_an_interview_of_a_day_nobody_knows_is_no_round_held(world: World, written: str) -> None:
    worker, child = world.amani.actor("case_worker"), world.amani.child
    assert child is not None
    xml = interview("child-12-14", child.code, changes={"interview_date": written})
    receipt = receive(world.amani.actor("enumerator"), Delivery(xml))
    assert receipt.status == 202
    (row,) = today(worker).rows
    assert (row.due.state, row.due.last, row.due.undated) == ("tolerated", None, (receipt.submission_id,))
    (listed,) = timeline(worker, child.id).submissions
    assert listed.day is None
    day = (date.today() - timedelta(days=3)).isoformat()
    assert receipt.submission_id is not None
    correct_answers(worker, receipt.submission_id, {"interview_date": day}, "wrong_date", "From the diary")
    (row,) = today(worker).rows
    assert (row.due.missing, row.due.undated) == (("caregiver",), ())
    send(world, "caregiver", 3, "caregiver")
    assert today(worker).rows == ()


def test_downloads_hold_codes_and_scores_and_no_name(world: World) -> None:
    send(world, "child-12-14", 10)
    rows = list(scores_table(world.amani.actor("me_officer")))
    header, first = rows[0], dict(zip(rows[0], rows[1], strict=True))
    assert len(rows) == 4
    assert header[0] == "child_code"
    assert (first["respondent"], first["round_months"], first["enough"]) == ("child", Decimal(6), 1)
    children = list(children_table(world.amani.actor("supervisor")))
    assert len(children) == 3
    assert "Asha" not in str(children)
    assert len(list(scores_table(world.amani.actor("supervisor")))) == 4


def test_a_new_scorer_adds_rows_and_keeps_the_earlier_ones(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    send(world, "child-12-14", 10)
    officer, form = world.amani.actor("me_officer"), world.amani.forms["child-12-14"]
    assert rescore(officer, form) == 0
    monkeypatch.setattr("homeward.apps.surveys.rescoring.SCORER_VERSION", "9.9")
    monkeypatch.setattr("homeward.domain.scoring.scorer.SCORER_VERSION", "9.9")
    assert rescore(officer, form) == 1
    rows = Score.objects.filter(dimension="economic").order_by("scorer_version")
    assert [(row.scorer_version, row.current) for row in rows] == [(scoring.SCORER_VERSION, False), ("9.9", True)]
