"""One guardian's copy that two people have widened: exactly the named parts, once, and nothing that was told."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.utils import timezone

from homeward.apps.access.registry import field_named
from homeward.apps.audit.models import Event
from homeward.apps.cases.models import Child, Relation
from homeward.apps.retention import carrying_out, copies
from homeward.apps.retention.copies import hand_over
from homeward.apps.retention.guardians import overrides_waiting
from homeward.apps.retention.holding import PARTS, LeftOut, Part, Whom, left_out
from homeward.apps.retention.models import Override
from homeward.apps.retention.overriding import Widening, ask_wider_copy, check_override
from homeward.apps.retention.running_out import run_out
from homeward.apps.retention.told import telling_dimensions, telling_questions
from homeward.apps.safeguarding.models import Escalation
from homeward.apps.surveys.corrections import correct_answers
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Flag, Submission
from homeward.cli import subject_access_work
from homeward.domain.codes import display_code
from homeward.domain.privacy import Level
from homeward.web.retention.telling import as_text, told_aloud
from tests.interviews import interview, library_form
from tests.retention.lives import FORM, Life, in_days, lived
from tests.retention.test_guardians import for_child, refused, withheld
from tests.world import World

pytestmark = pytest.mark.database
HARMED = {"safe_home": "unsafe"}


@pytest.fixture
def life(world: World) -> Life:
    return lived(world, told=False)


def wish(life: Life, *parts: str, why: str = "court", says: str = "agrees", words: str = "") -> Widening:
    relation = Relation.objects.get(child=life.id, kind="mother").pk
    return Widening(relation, parts or tuple(Part), why, says, words)


def asked(life: Life, *parts: str, who: str = "focal_point", **given: str) -> UUID:
    return ask_wider_copy(life.house.actor(who), life.code, wish(life, *parts, **given))


def widened(life: Life, *parts: str, **given: str) -> UUID:
    key = asked(life, *parts, **given)
    check_override(life.house.actor("supervisor"), key, agreed=True)
    return key


def wider(life: Life, who: str = "case_worker") -> str:
    return as_text(told_aloud(hand_over(life.house.actor(who), life.code, Whom.GUARDIAN, "en", wider=True)))


def usual(life: Life, who: str = "case_worker") -> str:
    return as_text(told_aloud(hand_over(life.house.actor(who), life.code, Whom.GUARDIAN, "en")))


def test_parts_are_what_a_guardian_is_not_told_because_it_is_the_childs_own_and_nothing_else() -> None:
    named = {name for names in PARTS.values() for name in names}
    assert set(PARTS) == set(Part)
    for name in named:
        field = field_named(name)
        assert left_out(field, Whom.GUARDIAN) is LeftOut.CONFIDENTIAL, name
        assert left_out(field, Whom.CHILD) is None, name
        assert field.privacy.level < Level.L4
    assert not {name for name in named if name.startswith(("surveys.flag", "safeguarding.", "surveys.quarantined"))}


@pytest.mark.goal("P-9")
@pytest.mark.parametrize("part", list(Part))
def test_a_wider_copy_holds_exactly_the_named_part(life: Life, part: Part) -> None:
    receive(life.house.actor("enumerator"), Delivery(interview(FORM, life.code, changes=HARMED)))
    first = Submission.objects.filter(child=life.id).earliest("received_at")
    noted = f"As {life.sow('noted')}"
    correct_answers(life.house.actor("supervisor"), first.pk, {"mood": "good"}, "typing_error", noted)
    before = {*usual(life).splitlines()}
    widened(life, part)
    text = wider(life)
    holds = {
        Part.ANSWERS: "The child said: Very" in text or "The child said: Always" in text,
        Part.WORDS: life.said["other text"] in text,
        Part.SCORES: "Social" in text,
        Part.CORRECTIONS: "Answers were corrected. The reason: A typing error." in text,
    }
    assert holds == {each: each is part for each in Part}
    assert "This copy is for one person alone: Mother" in text
    assert before - {*text.splitlines()} <= {
        "  What a child said in interviews is the child's own and not in a guardian's copy."
    }
    for what in set(life.said) - {"name", "external_id", "relation", "text", "other text"}:
        assert life.said[what] not in text, what
    for word in ("marked", "Harm", "flag", "How safe do you feel at home", "counts", "you", "noted", "focal point can"):
        assert not [line for line in text.splitlines() if word in line and line not in before and "?" not in line], word


def test_whether_something_was_told_shows_in_no_wider_copy(world: World) -> None:
    """Two children alike but for what was told and what was flagged: their wider copies have the same lines."""
    quiet, loud = lived(world, told=False), lived(world)
    for life, changes in ((quiet, {}), (loud, HARMED)):
        receive(life.house.actor("enumerator"), Delivery(interview(FORM, life.code, changes=changes, said="No")))
    assert Flag.objects.filter(submission__child=loud.id, kind="harm").exists()
    assert Escalation.objects.filter(child_id=loud.id).exists()
    found = []
    for life in (quiet, loud):
        widened(life, *Part)
        lines = wider(life, "focal_point").splitlines()
        texts = "|".join([*life.said.values(), display_code(life.code), r"initials: \w+"])
        found.append([re.sub(texts, "", line) for line in lines])
    assert found[0] == found[1]


def test_questions_that_can_raise_a_flag_and_what_is_asked_after_them_are_in_no_wider_copy() -> None:
    instrument = library_form(FORM)[0].instrument
    found = telling_questions(instrument)
    flagged = {each.name for each in instrument.questions if _flags(instrument, each)}
    assert {"safe_home", "dangerous_work", "want_to_talk"} <= flagged <= found
    assert not found & {"mood", "hope", "friends", "anything_to_say"}
    after = replace(instrument.by_name["mood"], relevant="${safe_home} = 'unsafe'")
    behind = replace(instrument.by_name["hope"], relevant="${mood} != ''")
    sealed = replace(instrument.by_name["friends"], privacy=Level.L4)
    changed = {each.name: each for each in (after, behind, sealed)}
    questions = tuple(changed.get(each.name, each) for each in instrument.questions)
    assert {"mood", "hope", "friends"} <= telling_questions(replace(instrument, questions=questions))


def test_no_number_is_in_a_wider_copy_that_such_a_question_counts_in(life: Life) -> None:
    instrument = library_form(FORM)[0].instrument
    assert telling_dimensions(instrument) == {"economic", "psychosocial"}
    assert telling_dimensions(replace(instrument, questions=())) == frozenset()
    widened(life, "scores")
    text = wider(life)
    assert "Social" in text
    assert "Psychosocial" not in text
    assert "Economic" not in text


def _flags(instrument: object, question: object) -> bool:
    options = instrument.choices_of(question)  # type: ignore[attr-defined]
    return options is not None and any(each.flag for each in options.choices)


def test_what_somebody_else_answered_is_in_no_wider_copy(life: Life) -> None:
    said = life.sow("caregiver")
    xml = interview("caregiver", life.code, respondent="caregiver", changes={"anything_to_say": said})
    receive(life.house.actor("enumerator"), Delivery(xml))
    widened(life)
    text = wider(life)
    assert said not in text
    assert text.count("the child answered questions") == 2


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("name", ["lock_child", "_copy"])
def test_a_withholding_that_is_asked_for_during_a_hand_over_stops_it(
    life: Life, monkeypatch: pytest.MonkeyPatch, name: str, wide: bool
) -> None:
    """Nothing is shown, so nothing is used up, and neither the trace nor the child is told of a copy."""
    if wide:
        widened(life, "scores")
    real = getattr(copies, name)

    def meanwhile(*given: object) -> object:
        withheld(life)
        return real(*given)

    monkeypatch.setattr(copies, name, meanwhile)
    worker = life.house.actor("case_worker")
    assert refused(lambda: hand_over(worker, life.code, Whom.GUARDIAN, "en", wider=wide)) == ("copies.withheld", 409)
    monkeypatch.setattr(copies, name, real)
    assert not Event.objects.filter(verb__in=("hand_over_copy", "use_wider_copy")).exists()
    assert Override.objects.filter(kind="widen", state="agreed").count() == int(wide)
    assert "was given a copy" not in for_child(life)


def test_it_is_handed_over_once_and_the_child_is_told(life: Life) -> None:
    assert refused(lambda: wider(life)) == ("copies.no_wider", 409)
    key = widened(life, "scores")
    assert "It also holds" not in usual(life)  # the usual copy uses nothing up
    assert "Social" in wider(life)
    assert refused(lambda: wider(life)) == ("copies.no_wider", 409)
    assert "Social" not in usual(life)
    row = Override.objects.get()
    assert (row.pk, row.state, row.ended_by_id) == (key, "ended", life.house.people["case_worker"])
    assert Event.objects.filter(verb="use_wider_copy", object_id=str(key), child_id=life.id).count() == 1
    assert Event.objects.filter(verb="hand_over_copy", detail={"for": "guardian", "parts": "scores"}).count() == 1
    words = f"On {timezone.now():%-d %B %Y} a guardian (Mother) was given a copy that also holds: the numbers"
    assert words in for_child(life)
    assert "also holds" not in usual(life)


def test_it_lapses_unconfirmed_and_unused(life: Life) -> None:
    key = asked(life)
    with time_machine.travel(timezone.now() + timedelta(days=14, minutes=1)):
        late = life.house.actor("supervisor")
        assert refused(lambda: check_override(late, key, agreed=True)) == ("erasure.moved", 409)
        widened(life)
        with time_machine.travel(timezone.now() + timedelta(days=13, hours=23)):
            assert overrides_waiting(life.house.actor("second_focal_point")) == []
        with time_machine.travel(timezone.now() + timedelta(days=14, minutes=1)):
            assert refused(lambda: wider(life)) == ("copies.no_wider", 409)
            assert "also holds" not in for_child(life)
            asked(life)
    assert sorted(Override.objects.values_list("state", flat=True)) == ["asked", "lapsed", "lapsed"]


def test_who_may_ask_and_confirm_and_hand_it_over(life: Life, world: World) -> None:
    for who, expected in (("case_worker", 403), ("supervisor", 403), ("other_supervisor", 404), ("system_admin", 404)):
        assert refused(lambda who=who: asked(life, who=who))[1] == expected, who  # type: ignore[misc]
    for actor in (world.baraka.actor("focal_point"), world.nobody()):
        assert refused(lambda a=actor: ask_wider_copy(a, life.code, wish(life)))[1] == 404  # type: ignore[misc]
    key = asked(life)
    assert refused(lambda: check_override(life.house.actor("focal_point"), key, agreed=True)) == ("erasure.own", 403)
    for who in ("case_worker", "other_supervisor", "organisation_admin"):
        assert refused(lambda who=who: check_override(life.house.actor(who), key, agreed=True))[1] == 404, who  # type: ignore[misc]
    assert refused(lambda: wider(life)) == ("copies.no_wider", 409)  # one person is not enough
    check_override(life.house.actor("supervisor"), key, agreed=True)
    for who in ("other_case_worker", "organisation_admin", "me_officer"):
        assert refused(lambda who=who: wider(life, who))[1] in (403, 404), who  # type: ignore[misc]
    assert refused(lambda: hand_over(world.nobody(), life.code, Whom.GUARDIAN, wider=True))[1] == 404
    assert wider(life)


def test_what_is_asked_for_makes_sense(life: Life) -> None:
    focal, good = life.house.actor("focal_point"), wish(life, "scores")
    stranger = Relation.objects.exclude(child=life.id)[0].pk
    sibling = Relation.objects.create(
        since=in_days(-9), child_id=life.id, kind="sibling", other_child=Child.objects.exclude(pk=life.id)[0]
    )
    for bad, code in (
        (replace(good, parts=()), "copies.parts"),
        (replace(good, parts=("scores", "flags")), "copies.parts"),
        (replace(good, why="curious"), "copies.why"),
        (replace(good, says=""), "copies.says"),
        (replace(good, why="best_interests", says="not_asked", words="The child is too ill."), "copies.says"),
        (replace(good, says="not_asked"), "copies.words"),
        (replace(good, relation_id=None), "copies.relation"),
        (replace(good, relation_id=stranger), "copies.relation"),
        (replace(good, relation_id=sibling.pk), "copies.relation"),
    ):
        assert refused(lambda bad=bad: ask_wider_copy(focal, life.code, bad))[0] == code, bad  # type: ignore[misc]
    assert Override.objects.count() == 0
    asked(life, says="not_asked", words="The child cannot be reached.")


@pytest.mark.parametrize("when", ["asked", "confirmed", "handed over"])
def test_a_child_of_fifteen_or_more_who_does_not_agree_blocks_it(life: Life, when: str) -> None:
    def grown() -> None:
        Child.objects.filter(pk=life.id).update(age_band="15-17", age_changes_on=None)

    blocked = ("copies.own_no", 409)
    if when == "asked":
        grown()
        assert refused(lambda: asked(life, says="disagrees")) == blocked
        asked(life, says="agrees")
        return
    key = asked(life, says="disagrees")  # at 13 it is heard, and two people decide
    if when == "confirmed":
        grown()
        assert refused(lambda: check_override(life.house.actor("supervisor"), key, agreed=True)) == blocked
        return
    check_override(life.house.actor("supervisor"), key, agreed=True)
    grown()
    assert refused(lambda: wider(life)) == blocked
    assert Override.objects.get().state == "agreed"


def test_a_withholding_stops_every_step_of_it(life: Life) -> None:
    key = asked(life)
    held = withheld(life, "second_focal_point")
    assert refused(lambda: check_override(life.house.actor("supervisor"), key, agreed=True)) == ("copies.withheld", 409)
    check_override(life.house.actor("focal_point"), held, agreed=False)
    check_override(life.house.actor("supervisor"), key, agreed=True)
    held = withheld(life, "second_focal_point")
    assert refused(lambda: wider(life)) == ("copies.withheld", 409)
    assert Override.objects.get(pk=key).state == "agreed"  # nothing was handed over, so it was not used
    check_override(life.house.actor("focal_point"), held, agreed=False)
    assert wider(life)
    withheld(life)
    assert refused(lambda: asked(life)) == ("copies.withheld", 409)


def test_two_who_hand_over_at_once_hand_over_once(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    widened(life)
    real = copies._copy

    def meanwhile(*given: object) -> object:
        monkeypatch.setattr(copies, "_copy", real)
        assert wider(life, "supervisor")
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(copies, "_copy", meanwhile)
    assert refused(lambda: wider(life)) == ("copies.no_wider", 409)
    assert Event.objects.filter(verb="use_wider_copy").count() == 1


def test_the_command_line_hands_it_over_once(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject_access_work, "unlock", lambda: None)
    widened(life, "scores")
    assert "Social" not in subject_access_work.made(life.code, "guardian", "en")[0]
    assert "Social" in subject_access_work.made(life.code, "guardian", "en", wider=True)[0]
    again = refused(lambda: subject_access_work.made(life.code, "guardian", "en", wider=True))
    assert again == ("copies.no_wider", 409)


def test_it_ends_with_who_the_child_is(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying_out, "empty_log", lambda: True)
    widened(life)
    Child.objects.filter(pk=life.id).update(status="closed", ended_on=timezone.now().date() - timedelta(days=800))
    run_out()
    assert Child.objects.get(pk=life.id).identity_ended_on is not None
    assert Override.objects.get().state == "lapsed"
    assert refused(lambda: wider(life, "focal_point")) == ("copies.no_wider", 409)
    assert refused(lambda: asked(life)) == ("copies.ended", 409)


def test_who_is_no_longer_with_the_child_gets_none(life: Life) -> None:
    widened(life)
    Relation.objects.filter(child=life.id, kind="mother").update(until=timezone.now().date())
    assert refused(lambda: wider(life)) == ("copies.relation", 409)
