"""No guardian's copy, by two people and from the moment one of them asks; and its end with the child."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.audit.models import Event
from homeward.apps.audit.verbs import OPEN as OPEN_VERBS
from homeward.apps.cases.models import Child
from homeward.apps.retention import carrying_out, overriding
from homeward.apps.retention.carrying_out import carry_out
from homeward.apps.retention.copies import hand_over
from homeward.apps.retention.deciding import Wish, ask_erasure, check_erasure, lift_hold, place_hold
from homeward.apps.retention.guardians import guardian_copies, overrides_waiting
from homeward.apps.retention.holding import Whom
from homeward.apps.retention.listing import keeping
from homeward.apps.retention.models import Ending, Override
from homeward.apps.retention.overriding import (
    Withholding,
    ask_lifting,
    ask_withholding,
    check_override,
    keep_withholding,
)
from homeward.apps.retention.running_out import run_out
from homeward.cli import subject_access_work
from homeward.domain.problems import Decision, ProblemError
from homeward.web.retention.telling import as_text, told_aloud
from tests.retention.lives import Life, in_days, in_the_database, lived
from tests.world import World

pytestmark = pytest.mark.database
OUTSIDE = ("other_supervisor", "other_case_worker", "organisation_admin", "system_admin", "programme_manager")


@pytest.fixture(autouse=True)
def emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying_out, "empty_log", lambda: True)


@pytest.fixture
def life(world: World) -> Life:
    return lived(world, told=False)


def withheld(life: Life, who: str = "focal_point", why: str = "danger", words: str = "", days: int = 90) -> UUID:
    return ask_withholding(life.house.actor(who), life.code, Withholding(why, in_days(days), words))


def confirmed(life: Life) -> UUID:
    key = withheld(life)
    check_override(life.house.actor("second_focal_point"), key, agreed=True)
    return key


def refused(act: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(ProblemError) as error:
        act()
    return error.value.first.code, error.value.first.status


def for_guardian(life: Life, who: str = "case_worker") -> str:
    return as_text(told_aloud(hand_over(life.house.actor(who), life.code, Whom.GUARDIAN, "en")))


def for_child(life: Life, who: str = "case_worker") -> str:
    return as_text(told_aloud(hand_over(life.house.actor(who), life.code, Whom.CHILD, "en")))


@pytest.mark.goal("P-9")
def test_from_the_moment_it_is_asked_no_guardian_gets_a_copy_and_the_child_does(life: Life) -> None:
    assert life.said["name"] in for_guardian(life)
    withheld(life)
    for who in ("case_worker", "supervisor", "focal_point"):
        handed = Event.objects.filter(verb="hand_over_copy").count()
        assert refused(lambda who=who: for_guardian(life, who)) == ("copies.withheld", 409)  # type: ignore[misc]
        assert Event.objects.filter(verb="hand_over_copy").count() == handed
        assert Event.objects.filter(
            verb="refuse_withheld_copy", allowed=False, child_id=life.id, actor_id=life.house.people[who]
        ).exists()
        assert life.said["name"] in for_child(life, who)


def test_whoever_hands_over_is_told_whom_to_ask_and_nothing_else(life: Life) -> None:
    withheld(life, why="implicated", words=f"The uncle {life.sow('why')} is part of it.")
    with pytest.raises(ProblemError) as error:
        for_guardian(life)
    problem = error.value.first
    assert (problem.message, problem.action, dict(problem.params)) == (
        "Not for a guardian now.",
        "Ask a focal point.",
        {},
    )
    details = [json.dumps(event.detail) for event in Event.objects.all()]
    assert not [each for each in details if "implicated" in each or life.said["why"] in each]


def test_unconfirmed_it_ends_after_fourteen_days_and_confirmed_it_holds_until_two_people_lift_it(life: Life) -> None:
    withheld(life)
    with time_machine.travel(timezone.now() + timedelta(days=13, hours=23)):
        assert refused(lambda: for_guardian(life)) == ("copies.withheld", 409)
    with time_machine.travel(timezone.now() + timedelta(days=14, minutes=1)):
        assert for_guardian(life)
        key = withheld(life)  # what lapsed makes room
        assert set(Override.objects.values_list("state", flat=True)) == {"lapsed", "asked"}
        check_override(life.house.actor("second_focal_point"), key, agreed=True)
    with time_machine.travel(timezone.now() + timedelta(days=400)):  # its day of review is past, and it holds
        assert refused(lambda: for_guardian(life)) == ("copies.withheld", 409)
        lift = ask_lifting(life.house.actor("focal_point"), life.code)
        assert refused(lambda: for_guardian(life)) == ("copies.withheld", 409)
        assert refused(lambda: check_override(life.house.actor("focal_point"), lift, agreed=True))[0] == "erasure.own"
        check_override(life.house.actor("supervisor"), lift, agreed=True)
        assert for_guardian(life)
        assert set(Override.objects.exclude(state="lapsed").values_list("kind", "state")) == {
            ("withhold", "ended"),
            ("lift", "ended"),
        }


def test_a_lift_that_is_refused_or_lapses_lifts_nothing(life: Life) -> None:
    assert refused(lambda: ask_lifting(life.house.actor("focal_point"), life.code)) == ("copies.nothing_to_lift", 409)
    withheld(life)
    assert refused(lambda: ask_lifting(life.house.actor("focal_point"), life.code)) == ("copies.nothing_to_lift", 409)
    check_override(life.house.actor("supervisor"), Override.objects.get().pk, agreed=True)
    key = ask_lifting(life.house.actor("focal_point"), life.code)
    check_override(life.house.actor("supervisor"), key, agreed=False)
    assert refused(lambda: for_guardian(life)) == ("copies.withheld", 409)
    late = ask_lifting(life.house.actor("focal_point"), life.code)
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        again = life.house.actor("supervisor")
        assert refused(lambda: check_override(again, late, agreed=True)) == ("erasure.moved", 409)
        assert refused(lambda: for_guardian(life)) == ("copies.withheld", 409)


def test_who_may_ask_and_who_may_confirm(life: Life, world: World) -> None:
    for who, expected in (("case_worker", 403), ("supervisor", 403), ("me_officer", 403)):
        assert refused(lambda who=who: withheld(life, who))[1] == expected, who  # type: ignore[misc]
    for who in OUTSIDE:
        assert refused(lambda who=who: withheld(life, who))[1] == 404, who  # type: ignore[misc]
    strangers = [world.baraka.actor("focal_point"), world.nobody()]
    for actor in strangers:
        assert refused(lambda a=actor: ask_withholding(a, life.code, Withholding("danger", in_days(9))))[1] == 404  # type: ignore[misc]
    assert (
        refused(lambda: ask_withholding(world.amani.system(), life.code, Withholding("danger", in_days(9))))[1] == 403
    )
    assert Override.objects.count() == 0
    key = withheld(life)
    for who in ("case_worker", "me_officer", *OUTSIDE):
        assert refused(lambda who=who: check_override(life.house.actor(who), key, agreed=True))[1] == 404, who  # type: ignore[misc]
    for actor in strangers:
        assert refused(lambda a=actor: check_override(a, key, agreed=True))[1] == 404  # type: ignore[misc]
    assert refused(lambda: check_override(world.amani.system(), key, agreed=True))[1] == 403
    for agreed in (True, False):
        own = refused(lambda agreed=agreed: check_override(life.house.actor("focal_point"), key, agreed=agreed))  # type: ignore[misc]
        assert own == ("erasure.own", 403)
    assert Override.objects.get().state == "asked"
    assert Event.objects.filter(verb="check_override", allowed=False).count() == 3
    check_override(life.house.actor("supervisor"), key, agreed=True)
    assert Override.objects.get().state == "agreed"


def test_the_database_keeps_two_people_apart_whatever_the_code_says(life: Life) -> None:
    key = withheld(life)
    with pytest.raises(IntegrityError), transaction.atomic():
        Override.objects.filter(pk=key).update(checked_by_id=life.house.people["focal_point"])


def test_a_supervisor_confirms_without_the_reason_and_cannot_refuse(life: Life) -> None:
    """Why a copy is withheld may say that something was told."""
    key = withheld(life, why="implicated", words=f"The uncle {life.sow('why')} is part of it.")
    shown = {}
    for who in ("focal_point", "second_focal_point", "supervisor"):
        actor = life.house.actor(who)
        row = guardian_copies(actor, keeping(actor, life.code).child).standing["withhold"]
        shown[who] = (row.reads_why, row.why, life.said["why"] in row.words, bool(row.may_agree), bool(row.may_refuse))
    assert shown == {
        "focal_point": (True, "implicated", True, False, False),
        "second_focal_point": (True, "implicated", True, True, True),
        "supervisor": (False, "", False, True, False),
    }
    assert refused(lambda: check_override(life.house.actor("supervisor"), key, agreed=False)) == ("copies.refuse", 403)
    assert refused(lambda: for_guardian(life)) == ("copies.withheld", 409)
    check_override(life.house.actor("second_focal_point"), key, agreed=False)
    assert for_guardian(life)


def test_each_reason_is_one_of_the_list_and_the_day_of_the_next_look_is_near(life: Life) -> None:
    focal = life.house.actor("focal_point")
    for wish, code in (
        (Withholding("because", in_days(9)), "copies.why"),
        (Withholding("child_refused", in_days(9)), "copies.why"),  # this child is 13
        (Withholding("other", in_days(9), "short"), "copies.words"),
        (Withholding("danger", in_days(0)), "copies.review_on"),
        (Withholding("danger", in_days(370)), "copies.review_on"),
    ):
        assert refused(lambda wish=wish: ask_withholding(focal, life.code, wish))[0] == code, wish  # type: ignore[misc]
    Child.objects.filter(pk=life.id).update(age_band="15-17", age_changes_on=None)
    ask_withholding(focal, life.code, Withholding("child_refused", in_days(9)))
    assert refused(lambda: withheld(life, "second_focal_point"))[0] == "copies.asked_already"


def test_it_shows_to_those_who_may_confirm_and_again_when_its_day_has_come(life: Life, world: World) -> None:
    key = withheld(life, days=30)

    def waits() -> set[str]:
        names = ("case_worker", "supervisor", "other_supervisor", "focal_point", "second_focal_point", "me_officer")
        strangers = {"stranger": world.baraka.actor("focal_point"), "outsider": world.nobody()}
        actors = {name: world.amani.actor(name) for name in names} | strangers
        return {name for name, actor in actors.items() if [row.id for row in overrides_waiting(actor)] == [key]}

    assert waits() == {"supervisor", "second_focal_point"}
    check_override(life.house.actor("supervisor"), key, agreed=True)
    assert waits() == set()
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert waits() == {"focal_point", "second_focal_point"}
        assert refused(lambda: keep_withholding(life.house.actor("supervisor"), life.code, in_days(90)))[1] == 403
        assert refused(lambda: keep_withholding(life.house.actor("focal_point"), life.code, in_days(900)))[1] == 400
        keep_withholding(life.house.actor("focal_point"), life.code, in_days(90))
        assert waits() == set()
        assert refused(lambda: for_guardian(life)) == ("copies.withheld", 409)


def test_every_act_leaves_a_row_that_focal_points_alone_read(life: Life) -> None:
    key = confirmed(life)
    keep_withholding(life.house.actor("focal_point"), life.code, in_days(100))
    lift = ask_lifting(life.house.actor("second_focal_point"), life.code)
    check_override(life.house.actor("focal_point"), lift, agreed=True)
    check_override(life.house.actor("second_focal_point"), withheld(life), agreed=False)
    found = Event.objects.filter(child_id=life.id, allowed=True, verb__contains="ithholding") | Event.objects.filter(
        child_id=life.id, allowed=True, verb__in=("ask_lifting", "check_override")
    )
    assert [(event.verb, event.detail.get("agreed")) for event in found.order_by("at")] == [
        ("ask_withholding", None),
        ("check_override", True),
        ("keep_withholding", None),
        ("ask_lifting", None),
        ("check_override", True),
        ("ask_withholding", None),
        ("check_override", False),
    ]
    assert not {event.verb for event in found} & OPEN_VERBS
    assert str(key) in {event.object_id for event in found}


def test_the_child_is_told_from_when_to_when_and_no_guardian_ever(life: Life) -> None:
    for_guardian(life)
    before = for_guardian(life)
    with time_machine.travel(timezone.now() - timedelta(days=40)):
        confirmed(life)
    day = f"{timezone.now() - timedelta(days=40):%-d %B %Y}"
    assert f"No copy was given to a guardian from {day} on." in for_child(life)
    check_override(life.house.actor("supervisor"), ask_lifting(life.house.actor("focal_point"), life.code), agreed=True)
    assert f"No copy was given to a guardian from {day} until {timezone.now():%-d %B %Y}." in for_child(life)
    after = for_guardian(life)
    assert {*after.splitlines()} == {*before.splitlines()}  # but for how often it was handed over


def test_two_who_confirm_at_once_confirm_once(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    key, real = withheld(life), overriding.may_refuse

    def meanwhile(*given: Any) -> Decision:
        """Another is faster, after this one has looked at what waits."""
        monkeypatch.setattr(overriding, "may_refuse", real)
        check_override(life.house.actor("supervisor"), key, agreed=True)
        return real(*given)

    monkeypatch.setattr(overriding, "may_refuse", meanwhile)
    second = life.house.actor("second_focal_point")
    assert refused(lambda: check_override(second, key, agreed=False)) == ("erasure.moved", 409)
    row = Override.objects.get()
    assert (row.state, row.checked_by_id) == ("agreed", life.house.people["supervisor"])
    assert Event.objects.filter(verb="check_override", allowed=True).count() == 1


def test_the_command_line_refuses_too(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject_access_work, "unlock", lambda: None)
    assert life.said["name"] in subject_access_work.made(life.code, "guardian", "en")[0]
    withheld(life)
    for wider in (False, True):
        found = refused(lambda wider=wider: subject_access_work.made(life.code, "guardian", "en", wider=wider))  # type: ignore[misc]
        assert found == ("copies.withheld", 409)
    assert "No copy was given to a guardian" in subject_access_work.made(life.code, "child", "en")[0]
    assert refused(lambda: subject_access_work.made(life.code, "child", "en", wider=True))[0] == "subject_access.wider"


def test_a_hold_and_a_withholding_do_not_touch_each_other(life: Life) -> None:
    focal = life.house.actor("focal_point")
    place_hold(focal, life.code, "court", "A court has asked for it.", in_days(30))
    confirmed(life)
    lift_hold(focal, life.code)
    assert refused(lambda: for_guardian(life)) == ("copies.withheld", 409)
    place_hold(focal, life.code, "court", "A court has asked for it.", in_days(30))
    check_override(life.house.actor("supervisor"), ask_lifting(focal, life.code), agreed=True)
    assert for_guardian(life)
    assert Child.objects.get(pk=life.id).identity_ended_on is None


def test_an_erasure_takes_what_was_decided_along_and_nothing_is_asked_while_it_runs(life: Life) -> None:
    withheld(life, why="other", words=f"The uncle {life.sow('why')} is part of it.")
    check_override(life.house.actor("second_focal_point"), Override.objects.get().pk, agreed=True)
    assert "why" in in_the_database(life.said)
    key = ask_erasure(life.house.actor("supervisor"), life.code, Wish("erasure_asked", "child"))
    check_erasure(life.house.actor("focal_point"), key, agreed=True)
    focal = life.house.actor("focal_point")
    assert refused(lambda: ask_lifting(focal, life.code)) == ("retention.ending_now", 409)
    carry_out(key)
    assert (Ending.objects.get().state, Override.objects.count()) == ("done", 0)
    assert in_the_database(life.said) == {}


def test_the_words_end_with_the_record_and_the_withholding_stays(life: Life) -> None:
    withheld(life, why="other", words=f"The uncle {life.sow('why')} is part of it.")
    check_override(life.house.actor("second_focal_point"), Override.objects.get().pk, agreed=True)
    Child.objects.filter(pk=life.id).update(status="closed", ended_on=timezone.now().date() - timedelta(days=2000))
    run_out()
    vault.store.forget()
    row = Override.objects.get()
    assert (row.state, bytes(row.words), row.reason_code) == ("agreed", b"", "other")
    assert "why" not in in_the_database(life.said)
    assert refused(lambda: for_guardian(life, "focal_point")) == ("copies.withheld", 409)
    lift = ask_lifting(life.house.actor("focal_point"), life.code)
    check_override(life.house.actor("second_focal_point"), lift, agreed=True)
    needed = refused(lambda: withheld(life, why="other", words="Words that cannot be kept any more."))
    assert needed == ("copies.words", 400)
    withheld(life)
