"""That somebody still has to act for a child shows nowhere: what an open matter stops looks like any hold, to all but
focal points; and why something is held is for them and for whoever placed the hold.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from homeward.apps.audit.models import Event
from homeward.apps.cases.models import Child
from homeward.apps.retention import carrying_out
from homeward.apps.retention.carrying_out import carry_out
from homeward.apps.retention.copies import hand_over
from homeward.apps.retention.deciding import Wish, ask_erasure, check_erasure, lift_hold, place_hold
from homeward.apps.retention.holding import Whom
from homeward.apps.retention.listing import how_many_wait, keeping, review_list
from homeward.apps.retention.models import Hold
from homeward.apps.retention.running_out import run_out
from homeward.apps.safeguarding.models import Escalation
from homeward.domain.problems import ProblemError
from homeward.web.retention.telling import as_text, told_aloud
from tests.retention.lives import Life, in_days, lived
from tests.world import World

pytestmark = pytest.mark.database
WHY = "An inquiry into what one of us did."


@pytest.fixture(autouse=True)
def emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying_out, "empty_log", lambda: True)


def two_past_their_limit(world: World) -> tuple[Life, Life]:
    """One held by a focal point, one for whom somebody still has to act."""
    held, told = lived(world, told=False), lived(world)
    Hold.objects.all().delete()
    for life in (held, told):
        Child.objects.filter(pk=life.id).update(status="closed", ended_on=timezone.now().date() - timedelta(days=800))
    place_hold(world.amani.actor("focal_point"), held.code, "staff_matter", WHY, in_days(30))
    run_out()
    assert Escalation.objects.filter(child=told.id).exclude(state="closed").exists()
    assert Child.objects.filter(pk__in=(held.id, told.id), identity_ended_on=None).count() == 2
    return held, told


def refusal(act: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(ProblemError) as error:
        act()
    return error.value.first.code, error.value.first.status


def acts(world: World, life: Life) -> list[tuple[str, int]]:
    who = world.amani.actor("supervisor")
    return [
        refusal(lambda: place_hold(who, life.code, "court", WHY, in_days(30))),
        refusal(lambda: lift_hold(who, life.code)),
        refusal(lambda: ask_erasure(who, life.code, Wish("erasure_asked", "child"))),
    ]


def test_a_supervisor_sees_no_difference_between_a_hold_and_an_open_matter(world: World) -> None:
    held, told = two_past_their_limit(world)
    who = world.amani.actor("supervisor")
    found = review_list(who)
    rows = {row.code: (row.clock, row.limit, row.verdict, row.held) for row in found.due}
    assert rows[held.code] == rows[told.code]
    assert (rows[told.code][3], found.holds, how_many_wait(who)) == (True, (), 0)
    pages = [keeping(who, life.code) for life in (held, told)]
    assert [(page.held, page.hold, page.asked, bool(page.may["lift"])) for page in pages] == [
        (True, None, None, False)
    ] * 2
    assert pages[0].clocks == pages[1].clocks
    assert (
        acts(world, held)
        == acts(world, told)
        == [
            ("retention.held_already", 409),
            ("retention.lift", 403),
            ("erasure.held", 409),
        ]
    )
    assert Hold.objects.filter(lifted_at=None).count() == 1


def _until(life: Life, whom: Whom, who: str) -> list[str]:
    with translation.override("en"):
        text = as_text(told_aloud(hand_over(life.house.actor(who), life.code, whom, "en")))
    return text.partition("How long we keep it\n")[2].partition("\n\n")[0].splitlines()


def test_copies_of_the_two_say_the_same(world: World) -> None:
    held, told = two_past_their_limit(world)
    for who in ("case_worker", "supervisor"):
        for whom in Whom:
            lines = _until(told, whom, who)
            assert lines == _until(held, whom, who)
            assert any("held for the law" in line for line in lines) is (whom is Whom.CHILD)
            assert len(lines) == (3 if whom is Whom.CHILD else 1)  # no day that is past in a guardian's


def test_a_focal_point_sees_what_stops_it(world: World) -> None:
    held, told = two_past_their_limit(world)
    who = world.amani.actor("second_focal_point")
    found = review_list(who)
    assert {row.code: row.held for row in found.due} == {held.code: True, told.code: False}
    assert [(row.code, row.reason_code) for row in found.holds] == [(held.code, "staff_matter")]
    page = keeping(who, held.code)
    assert page.hold is not None
    assert (page.hold.reason, bool(page.may["lift"])) == (WHY, True)
    lift_hold(who, held.code)
    place_hold(who, told.code, "court", WHY, in_days(30))


def test_whoever_placed_a_hold_sees_and_lifts_it_but_for_an_inquiry_into_staff(world: World) -> None:
    life, who = lived(world, told=False), world.amani.actor("supervisor")
    for reason in ("court", "staff_matter"):
        place_hold(who, life.code, reason, WHY, in_days(30))
        page = keeping(who, life.code)
        assert page.hold is not None
        assert (page.hold.reason_code, page.hold.reason) == (reason, WHY)
        assert [row.code for row in review_list(who).holds] == [life.code]
        if reason == "court":
            lift_hold(who, life.code)
    assert not page.may["lift"]
    before = Event.objects.filter(allowed=False).count()
    assert refusal(lambda: lift_hold(who, life.code)) == ("retention.lift", 403)
    assert Event.objects.filter(allowed=False).count() == before + 1
    lift_hold(world.amani.actor("focal_point"), life.code)
    assert Hold.objects.filter(lifted_at=None).count() == 0


def test_how_much_was_told_is_in_the_ledger_for_focal_points_alone(world: World) -> None:
    life = lived(world)
    key = ask_erasure(world.amani.actor("supervisor"), life.code, Wish("erasure_asked", "child"))
    check_erasure(world.amani.actor("focal_point"), key, agreed=True)
    carry_out(key)
    for name, shown in (("supervisor", False), ("focal_point", True)):
        (row,) = review_list(world.amani.actor(name)).ended
        assert ("sealed_notes" in row.report, row.report["interviews"] > 0) == (shown, True)
