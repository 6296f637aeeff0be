"""P-9: each stored field is told or left out for a reason, by the registry; a guardian gets what a guardian may see."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from homeward.apps.access.registry import Field, fields, fields_of
from homeward.apps.audit.models import Event
from homeward.apps.cases.models import Child, Relation
from homeward.apps.retention import copies
from homeward.apps.retention.copies import SPOKEN, SPOKEN_MODELS, TOLD_MODELS, hand_over
from homeward.apps.retention.deciding import place_hold
from homeward.apps.retention.holding import LeftOut, Whom, left_out, path_to_child, told
from homeward.apps.retention.running_out import run_out
from homeward.apps.safeguarding.models import Escalation, SealedNote
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Submission
from homeward.apps.visits.outlook_models import Outlook
from homeward.domain.codes import display_code
from homeward.domain.privacy import Level, Storage
from homeward.domain.problems import ProblemError
from homeward.web.retention.telling import CHILD_SAYS, GUARDIAN_HEARS, WHY_LEFT_OUT, as_text, told_aloud
from tests.interviews import interview
from tests.retention.lives import Life, in_days, lived
from tests.world import World

pytestmark = pytest.mark.database


def text_for(life: Life, whom: Whom, who: str = "supervisor") -> str:
    return as_text(told_aloud(hand_over(life.house.actor(who), life.code, whom, "en")))


@pytest.mark.goal("P-9")
def test_each_field_is_told_or_left_out_for_a_reason() -> None:
    for whom in Whom:
        shown = set(told(whom))
        for field in fields():
            assert (field in shown) is (left_out(field, whom) is None)
    assert {why for field in fields() if (why := left_out(field, Whom.CHILD))} == {*LeftOut} - {LeftOut.CONFIDENTIAL}
    assert set(WHY_LEFT_OUT) == {*LeftOut} - {LeftOut.NOT_THE_CHILD}


# About colleagues, rules, and a household, which is told with the stay of the child in it.
OF_THE_HOUSE = (
    *(
        "monitoring.staffnote.",
        "monitoring.notewords.",
        "monitoring.rulessince.",
        "cases.handover.",
        "cases.household.",
        "cases.forgetting.",
    ),
    *("cases.protocolinuse.", "visits.feed.", "visits.wish.", "visits.reminder.", "visits.changedfact."),
)


def test_nothing_is_left_out_of_a_childs_copy_that_is_content_about_it() -> None:
    """What stays out is sealed to focal points, unreadable, a link or a clock, a file, or about no child."""
    for field in fields():
        why = left_out(field, Whom.CHILD)
        if why is LeftOut.INTERNAL:
            assert field.privacy.level <= Level.L1, field.name
        if why is LeftOut.REPEATS:
            assert field.model is Outlook, field.name
        if why is LeftOut.ACCOUNT:
            assert (field.privacy.purpose, field.app in ("access", "retention")) == ("accountability", True), field.name
        if why is LeftOut.NO_CONTENT:
            assert field.privacy.storage in (Storage.HASHED, Storage.WRAPPED), field.name
        if why is LeftOut.NOT_THE_CHILD:
            of_the_house = field.name == "cases.endednumber.id" or field.name.startswith(OF_THE_HOUSE)
            assert of_the_house or field.app in (
                "access",
                "audit",
                "communities",
                "keys",
                "safeguarding",
                "surveys",
                "retention",
                "backups",
            )
            assert not any(column.name in ("child", "child_id") for column in field.model._meta.concrete_fields)
    assert path_to_child(Child) == "pk"
    assert {field.name for field in told(Whom.CHILD)} >= {
        *("cases.child.name", "cases.relation.name", "surveys.submission.text", "surveys.submission.coded"),
        *("surveys.score.value", "surveys.flag.kind"),
    }


def test_why_something_was_held_kept_or_opened_is_in_nobodys_copy(world: World) -> None:
    """A hold, or an emergency, may be about the very person who hands the copy over."""
    assert not {field.name for whom in Whom for field in told(whom) if field.app in ("access", "retention")}
    life = lived(world)
    place_hold(life.house.actor("focal_point"), life.code, "staff_matter", f"About {life.sow('staff')}", in_days(30))
    for whom in Whom:
        copy = hand_over(life.house.actor("case_worker"), life.code, whom, "en")
        text = as_text(told_aloud(copy))
        assert not [what for what in ("hold", "staff", "emergency") if life.said[what] in text]
        assert "staff_matter" not in text
        assert copy.left_out[LeftOut.ACCOUNT] > 0


def test_a_guardian_hears_neither_of_the_childs_copies_nor_of_a_hold(world: World) -> None:
    life = lived(world, told=False)
    place_hold(life.house.actor("focal_point"), life.code, "court", "A court asks for it", in_days(30))
    for whom in Whom:
        text_for(life, whom, "case_worker")
    text = text_for(life, Whom.GUARDIAN)
    assert ("made for a guardian" in text, "made for the child" in text, "held for the law" in text) == (
        True,
        False,
        False,
    )
    text = text_for(life, Whom.CHILD)
    assert "made for the child" in text
    assert "held for the law" in text


def test_a_guardian_is_told_what_the_registry_says_and_no_more() -> None:
    seen = {field.name for field in told(Whom.GUARDIAN)}
    assert seen == {
        field.name
        for field in fields_of(guardian_visible=True)
        if field.privacy.storage is not Storage.HASHED and field.privacy.level > Level.L1
    }
    assert all(name.startswith("cases.") for name in seen)
    assert not any(field.privacy.level == Level.L4 for whom in Whom for field in told(whom))


def test_every_field_of_a_child_has_its_sentence() -> None:
    columns = {field.column.name for field in told(Whom.CHILD) if field.model is Child}
    heard = {field.column.name for field in told(Whom.GUARDIAN) if field.model is Child}
    assert (columns, heard) == (set(CHILD_SAYS), set(GUARDIAN_HEARS))
    assert {field.name for field in fields()} >= SPOKEN
    assert {field.name.rpartition(".")[0] for field in told(Whom.GUARDIAN)} == set(SPOKEN_MODELS)


def _stored(life: Life, field: Field) -> list[object]:
    rows = field.model._default_manager.filter(**{path_to_child(field.model): life.id})
    return [getattr(row, field.column.name) for row in rows]


@pytest.mark.goal("P-9")
def test_the_childs_copy_holds_every_stored_value(world: World) -> None:
    life = lived(world)
    _caregiver(life)
    copy = hand_over(life.house.actor("supervisor"), life.code, Whom.CHILD, "en")
    text = as_text(told_aloud(copy))
    cards = tuple(f"card {name}" for name in ("how", "second", "not_with", "code_word", "unsaid"))
    visits = ("visit", "corrected visit", "why corrected", "promise")
    for what in ("name", "external_id", "relation", "other name", "text", "other text", *visits, *cards):
        assert life.said[what] in text, what
    assert {"Kiswahili", "Forced", "Parents", "4 people"} <= set(re.findall(r"4 people|\w+", text))
    listed = {each.field for each in copy.stored}
    for field in told(Whom.CHILD):
        spoken = field.name in SPOKEN or field.name.rpartition(".")[0] in TOLD_MODELS
        if not spoken and _stored(life, field):
            assert field.name in listed, field.name
    own = Submission.objects.filter(child=life.id, respondent="child")
    answers = {row.question for told_one in copy.interviews for row in told_one.answers}
    for row in own:
        assert set(row.coded["answers"]) <= answers


def _caregiver(life: Life) -> str:
    """An interview with somebody else about the child, which says something of its own."""
    said = life.sow("caregiver")
    xml = interview("caregiver", life.code, respondent="caregiver", changes={"anything_to_say": said})
    receive(life.house.actor("enumerator"), Delivery(xml))
    return said


VIEW = "child's view"


def test_the_childs_copy_can_be_read_aloud(world: World) -> None:
    """Sentences, days with their month in letters, questions with what was said; no row, code or name of a column."""
    life = lived(world)
    _caregiver(life)
    copy = hand_over(life.house.actor("supervisor"), life.code, Whom.CHILD, "en")
    aloud = told_aloud(copy)
    text = as_text(aloud)
    assert (copy.stored, aloud.stored) == ((), ())  # all that is told has its sentence
    day = timezone.now().strftime("%-d %B %Y")
    assert f"On {day} you answered questions" in [part.title for part in aloud.parts]
    assert "We asked: “How safe do you feel at home?” You said: Very safe." in text
    assert f"We asked: “Is there anything else you want to say?” You said: {life.said['text']}." in text
    assert "“How do you feel on most days?” counts 1.00." in text
    assert f"You said: {life.said[VIEW]}" in text
    assert f"It was decided: {life.said['decided']}" in text
    assert f"The plan stayed as it was, because: {life.said['why it stays']}" in text
    assert not re.search(r"\d{4}-\d\d-\d\d|surveys\.|cases\.|[a-z]_[a-z]|[{}\[\]]|True|None|not_asked", text)
    assert life.code not in text.replace(display_code(life.code), "")
    folded = [part.title for part in aloud.parts if part.folded]
    assert folded == ["How the numbers were worked out"]


CAREGIVERS = {"cases.planversion.caregiver_words"}
PLANNED = (  # what lies sealed of the case: each is told to the child, but for what a caregiver said
    *("casestep.words", "endrequest.words", "endrequest.early_words", "endrequest.answer", "assessment.answer"),
    *("assessmenttext.words", "planversion.child_words", "planversion.answer", "goal.words", "action.words"),
    *("action.helper", "actionoutcome.words", "variation.reason", "variation.child_words", "variation.expected"),
    "variationcheck.words",
)


@pytest.mark.goal("P-9")
def test_the_child_is_told_its_plan_and_a_guardian_is_not(world: World) -> None:
    life = lived(world, told=False)
    sealed = {field.name for field in fields_of(storage=Storage.SEALED) if field.name in SPOKEN}
    others = tuple(f"cases.{model}." for model in ("referral", "transfer"))
    of_plans = {name for name in sealed if name.startswith("cases.") and not name.startswith(others)}
    assert {f"cases.{name}" for name in PLANNED} | CAREGIVERS == of_plans
    text, guardians = text_for(life, Whom.CHILD), text_for(life, Whom.GUARDIAN)
    for name in (f"cases.{name}" for name in PLANNED):
        assert life.said[name] in text, name
        assert life.said[name] not in guardians, name
    assert life.said[CAREGIVERS.copy().pop()] not in text
    assert "Your case and your plan" not in guardians


def test_a_field_without_a_sentence_is_told_as_it_is_stored(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    life = lived(world, told=False)
    monkeypatch.setattr(copies, "SPOKEN", SPOKEN - {"surveys.submission.age_years"})
    assert "surveys.submission.age_years: 13" in text_for(life, Whom.CHILD)


def test_what_somebody_else_said_is_named_and_not_read_out(world: World) -> None:
    life = lived(world, told=False)
    said = _caregiver(life)
    text = text_for(life, Whom.CHILD)
    assert "somebody else answered questions about you" in text
    assert said not in text


@pytest.mark.goal("P-9")
def test_the_guardians_copy_has_nothing_told_in_an_interview_or_in_confidence(world: World) -> None:
    life = lived(world)
    _caregiver(life)
    for who in ("supervisor", "focal_point"):
        text = text_for(life, Whom.GUARDIAN, who)
        for what in ("name", "external_id", "relation"):
            assert life.said[what] in text, what
        for what in set(life.said) - {"name", "external_id", "relation"}:
            assert life.said[what] not in text, what
        for word in ("Psychosocial", "answered", "Harm", "marked", "another service", "authority", "held for the law:"):
            assert word not in text, word
    assert {row.field for row in hand_over(life.house.actor("supervisor"), life.code, Whom.GUARDIAN).stored} == set()


def test_whether_something_was_told_shows_in_no_copy_but_from_a_focal_point_to_the_child(world: World) -> None:
    """Two children alike but for what was told: the copies of those who may not know are the same."""
    quiet, loud = lived(world, told=False), lived(world)
    assert SealedNote.objects.filter(child=loud.id).exists()
    Escalation.objects.update(
        outcome="referred", state="closed", closed_at=timezone.now(), closed_by=None, outcome_by=None
    )
    for whom in Whom:
        parts = [_titles(life, whom, "supervisor") for life in (quiet, loud)]
        assert parts[0] == parts[1]
    assert "passed to another service" not in text_for(loud, Whom.CHILD)
    assert "passed to another service" in text_for(loud, Whom.CHILD, "focal_point")
    assert "passed to another service" not in text_for(loud, Whom.GUARDIAN, "focal_point")


def _titles(life: Life, whom: Whom, who: str) -> list[tuple[str, int]]:
    aloud = told_aloud(hand_over(life.house.actor(who), life.code, whom, "en"))
    return [(part.title, len(part.lines)) for part in aloud.parts if part.title != "Who received something"]


def test_each_handing_over_is_recorded_and_told(world: World) -> None:
    life = lived(world, told=False)
    text_for(life, Whom.GUARDIAN, "case_worker")
    event = Event.objects.get(verb="hand_over_copy", child_id=life.id)
    assert (event.detail, event.actor_id) == ({"for": "guardian"}, life.house.people["case_worker"])
    assert "made for a guardian" in text_for(life, Whom.CHILD)


def test_who_may_and_who_may_not(world: World) -> None:
    life = lived(world, told=False)
    for name in ("case_worker", "supervisor", "focal_point"):
        assert text_for(life, Whom.CHILD, name)
    for name in ("other_case_worker", "other_supervisor", "organisation_admin", "system_admin", "programme_manager"):
        with pytest.raises(ProblemError) as error:
            text_for(life, Whom.CHILD, name)
        assert error.value.first.status == 404, name
    with pytest.raises(ProblemError) as error:
        text_for(life, Whom.CHILD, "me_officer")  # sees codes and no names
    assert error.value.first.status == 403
    with pytest.raises(ProblemError):
        hand_over(world.baraka.actor("focal_point"), life.code, Whom.CHILD)
    with pytest.raises(ProblemError):
        hand_over(world.nobody(), life.code, Whom.CHILD)


@pytest.mark.goal("P-9")
def test_it_takes_seconds_and_speaks_the_language_asked_for(world: World) -> None:
    life = lived(world)
    for _ in range(10):
        receive(life.house.actor("enumerator"), Delivery(interview("child-12-14", life.code)))
    began = time.monotonic()
    copy = hand_over(life.house.actor("supervisor"), life.code, Whom.CHILD, "fr")
    with translation.override("fr"):
        text = as_text(told_aloud(copy))
    assert time.monotonic() - began < 10
    assert copy.language == "fr"
    assert "What we hold" not in text


def test_of_an_ended_child_only_what_is_left_is_told(world: World) -> None:
    life = lived(world, told=False)
    Child.objects.filter(pk=life.id).update(ended_on=timezone.now().date() - timedelta(days=3000))
    run_out()
    text = text_for(life, Whom.CHILD)
    assert "Your code here is" in text
    assert life.said["name"] not in text
    assert not Relation.objects.filter(child=life.id).exclude(name=b"").exists()
