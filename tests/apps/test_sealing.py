"""Answers of level L2 lie sealed and with their type; who may not read names is told nothing of them, anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import models

from homeward.apps.surveys.answers import AnswerRow, answers_behind, attachment
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.comparing import compared
from homeward.apps.surveys.corrections import correct_answers
from homeward.apps.surveys.definitions import definition_of
from homeward.apps.surveys.deliveries import Delivery, Receipt
from homeward.apps.surveys.forms import load_workbook, propose_publication
from homeward.apps.surveys.import_job import run_import
from homeward.apps.surveys.importing import start_import
from homeward.apps.surveys.inbox import link_submission, list_inbox
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.kept import kept
from homeward.apps.surveys.models import FormVersion, Quarantined, Score, Submission
from homeward.apps.surveys.reading import decode
from homeward.apps.surveys.records import KeptAnswer, kept_answers
from homeward.apps.surveys.rescoring import rescore
from homeward.apps.surveys.sealing import texts_of
from homeward.domain.privacy import Level, Storage
from homeward.domain.problems import ProblemError
from homeward.formats.xform.model import Form
from homeward.formats.xform.reading import read_form
from homeward.formats.xlsform.packing import workbook_bytes
from homeward.formats.xlsform.xform_building import to_xform
from tests.formats.xlsform.forms import Draft
from tests.interviews import AGREED, fill
from tests.world import World

pytestmark = pytest.mark.database
BORN, PHONE, HOME, CARD, NAME, PLACE = (
    "2013-02-17",
    "254700111222",
    "1.23456 36.54321 0 0",
    "998877",
    "Wanjiru",
    "hut_7",
)
VALUES = {"born": BORN, "phone": PHONE, "home": HOME, "card": CARD, "called": NAME, "lives": PLACE, "face": "face.png"}
SECRETS = (*VALUES.values(), "36.54321", "1999-12-31", "254799999999", "Kamau")
BROTHER = b"<brother><brother_born>1999-12-31</brother_born><brother_phone>254799999999</brother_phone>"
BROTHER += b"<brother_called>Kamau</brother_called><plays>yes</plays></brother>"


def personal_form() -> Draft:
    draft = Draft().option("places", PLACE).option("places", "town")
    draft.question("date", "born", privacy="L2").question(
        "integer", "phone", privacy="L2", constraint=". > 99999999999"
    )
    draft.question("geopoint", "home").question("barcode", "card", privacy="L2").question(
        "text", "called", privacy="L2"
    )
    draft.question("select_one places", "lives", privacy="L2").question("image", "face", privacy="L2")
    draft.add("survey", {"type": "calculate", "name": "copy", "calculation": "concat(${born}, ' ')", "privacy": "L2"})
    draft.question("begin_repeat", "brother", privacy="")
    draft.question("date", "brother_born", privacy="L2").question("integer", "brother_phone", privacy="L2")
    draft.question("text", "brother_called").question("select_one yes_no", "plays")
    return draft.add("survey", {"type": "end_repeat"})


def loaded_form(world: World, draft: Draft) -> tuple[UUID, Form]:
    loaded = draft.load()
    form_id = load_workbook(world.amani.actor("me_officer"), workbook_bytes(loaded), "form.xlsx")
    FormVersion.objects.filter(pk=form_id).update(status="published")
    return form_id, read_form(to_xform(loaded).xml)


def sent(world: World, form: Form, *files: Upload, child: str | None = None, **changes: str) -> Receipt:
    assert world.amani.child is not None
    code = world.amani.child.code if child is None else child
    start = {"child_known": "yes", "child_listed": code, "child_code": code, "respondent": "child"}
    given = {"interview_date": date.today().isoformat(), "friends": "always", "worried": "never", "copy": f"{BORN} "}
    identity = changes.pop("instance_id", f"uuid:{uuid4()}")
    xml = fill(form, {**AGREED, **start, **given, **VALUES, **changes}, identity, changes.pop("deprecated_id", ""))
    return receive(world.amani.actor("enumerator"), Delivery(xml.replace(b"</meta>", b"</meta>" + BROTHER), files))


def in_clear() -> Iterator[str]:
    """Every value of every table that is neither sealed nor hashed."""
    for model in apps.get_models():
        declared = getattr(model, "privacy", {})
        names = [each.attname for each in model._meta.concrete_fields if _plain(each, declared)]
        for row in model._base_manager.values(*names) if names else ():
            yield f"{model.__name__} {row}"


def _plain(column: models.Field, declared: dict[str, object]) -> bool:  # type: ignore[type-arg]
    storage = getattr(declared.get(column.name), "storage", Storage.PLAIN)
    return storage in (Storage.PLAIN, Storage.CODED) and not isinstance(column, models.BinaryField)


def leaked(more: str = "") -> list[str]:
    return [f"{secret}: {text[:200]}" for text in (*in_clear(), more) for secret in SECRETS if _holds(text, secret)]


def _holds(text: str, secret: str) -> bool:
    """The form itself names its options."""
    return secret in text and not (secret == PLACE and text.startswith("FormVersion"))


def by_name(rows: tuple[AnswerRow, ...]) -> dict[str, AnswerRow]:
    return {row.question: row for row in rows}


def test_nothing_personal_lies_in_clear_however_it_comes(world: World, caplog: pytest.LogCaptureFixture) -> None:
    form_id, form = loaded_form(world, personal_form())
    receipts = [sent(world, form, Upload("face.png", "image/png", b"x"), instance_id="uuid:first")]
    receipts += [sent(world, form, child="123", lives="nowhere", phone="254700111222x", born=BORN + "x")]
    receipts += [sent(world, form, phone="99998877")]
    with pytest.raises(ProblemError) as other:
        sent(world, form, instance_id="uuid:first", called="Kamau")
    row = f"a1,{date.today()},child,{world.amani.child.code},yes,yes,always,never,{BORN},{PHONE},{CARD},{NAME},{PLACE}"  # type: ignore[union-attr]
    header = "_id,interview_date,respondent,child_code,caregiver_consent,child_assent,friends,worried,born,phone,card"
    imported = start_import(
        world.amani.actor("me_officer"), form_id, "a.csv", f"{header},called,lives\n{row}\n".encode()
    )
    run_import(str(imported))
    assert Submission.objects.count() == 4
    assert Quarantined.objects.count() == 1
    assert leaked(f"{receipts} {other.value.problems} {caplog.text}") == []


def test_a_corrected_answer_lies_sealed_too(world: World) -> None:
    _, form = loaded_form(world, personal_form())
    receipt = sent(world, form)
    changes = {"phone": "254799999999", "born": "1999-12-31"}
    new = correct_answers(world.amani.actor("case_worker"), receipt.submission_id, changes, "typing_error", "x")  # type: ignore[arg-type]
    shown = by_name(answers_behind(world.amani.actor("case_worker"), new.submission_id).rows)  # type: ignore[arg-type]
    assert (shown["phone"].answer, shown["born"].answer) == ("254799999999", "1999-12-31")
    assert leaked() == []


def test_what_is_sealed_keeps_its_type_and_level_in_repeats_as_well(world: World) -> None:
    form_id, form = loaded_form(world, personal_form())
    row = Submission.objects.get(pk=sent(world, form).submission_id)
    instrument = definition_of(FormVersion.objects.get(pk=form_id)).instrument
    kept_all = {(each.name, each.path): each for each in kept_answers(instrument, row.coded, texts_of(row))}
    phone, lives = kept_all["phone", ""], kept_all["lives", ""]
    assert (decode(phone.value), phone.level, phone.kind) == (Decimal(PHONE), Level.L2, "coded")
    assert (decode(lives.value), lives.level) == (PLACE, Level.L2)
    (brother,) = [each for each in kept_all.values() if each.name == "brother_phone"]
    assert (decode(brother.value), brother.repeat, brother.level) == (Decimal(254799999999), "brother", Level.L2)
    open_ones = {each.name: each for each in kept_answers(instrument, row.coded)}
    assert {"friends", "plays", "interview_date"} <= set(open_ones)
    assert {each.level for each in open_ones.values()} <= {Level.L0, Level.L1, Level.L3}
    assert open_ones["plays"] == KeptAnswer("plays", Level.L3, "coded", "yes", "brother", open_ones["plays"].path)


def test_who_may_not_read_names_sees_that_something_was_asked_and_no_more(world: World) -> None:
    _, form = loaded_form(world, personal_form())
    receipt = sent(world, form, Upload("face.png", "image/png", b"x"))
    key = receipt.submission_id
    assert key is not None
    for reader in ("case_worker", "supervisor", "focal_point"):
        shown = answers_behind(world.amani.actor(reader), key)
        assert by_name(shown.rows)["phone"].answer == PHONE
        assert [file.name for file in shown.attachments] == ["face.png"]
    file = shown.attachments[0].id
    officer = world.amani.actor("me_officer")
    shown = answers_behind(officer, key)
    assert not [secret for secret in SECRETS if secret in str(shown.rows) and secret not in (HOME, "36.54321", "Kamau")]
    assert {row.kind for row in shown.rows if row.question in ("born", "phone", "lives", "brother_born")} == {
        "withheld"
    }
    assert by_name(shown.rows)["friends"].answer
    assert (shown.attachments, shown.missing_files) == ((), ())
    assert attachment(world.amani.actor("focal_point"), key, file).content == b"x"
    with pytest.raises(ProblemError):
        attachment(officer, key, file)


@pytest.mark.parametrize(
    ("typed", "shown"), [("482 193 068", True), ("Wanjiru Kamau", False), ("+254700111222", False)]
)
def test_a_name_in_the_place_of_the_code_is_not_shown_to_who_may_not_see_names(
    world: World, typed: str, shown: bool
) -> None:
    _, form = loaded_form(world, personal_form())
    key = sent(world, form, child=typed).submission_id
    assert key is not None
    for reader, seen in (("supervisor", typed), ("me_officer", typed if shown else "")):
        actor = world.amani.actor(reader)
        assert [row.typed_child for row in list_inbox(actor).rows] == [seen]
        assert answers_behind(actor, key).typed_child == seen


def test_two_versions_are_compared_by_who_may_not_read_what_differs(world: World) -> None:
    _, form = loaded_form(world, personal_form())
    officer = world.amani.actor("me_officer")
    first, other = sent(world, form).submission_id, sent(world, form, phone="254799999999").submission_id
    assert first is not None
    assert other is not None
    differences = compared(answers_behind(officer, first), answers_behind(officer, other).rows).differences
    assert [
        (each.here.question, each.here.kind, each.other.answer) for each in differences if each.here and each.other
    ] == [("phone", "withheld", "")]


def test_what_was_kept_apart_is_shown_by_the_same_rule(world: World) -> None:
    _, form = loaded_form(world, personal_form())
    sent(world, form, instance_id="uuid:first")
    with pytest.raises(ProblemError):
        sent(world, form, instance_id="uuid:first", phone="254799999999")
    row = Quarantined.objects.get()
    assert "254799999999" in str(kept(world.amani.actor("supervisor"), row.pk).compared)
    assert "254799999999" not in str(kept(world.amani.actor("me_officer"), row.pk))
    Quarantined.objects.update(version="unheard of", reason="unknown_version", instance_id="uuid:second")
    assert PHONE not in str(kept(world.amani.actor("me_officer"), row.pk))
    assert NAME in str(kept(world.amani.actor("supervisor"), row.pk))


def scored_by_a_number() -> Draft:
    """An agency scores a number that it declares personal."""
    draft = Draft().question("integer", "people", privacy="L2")
    return draft.add(
        "scoring",
        {"component": "crowding", "how": "bands", "of": "people", "bands": "0-4:1 5+:0", "dimension": "social"},
    )


def test_scoring_again_and_linking_read_what_is_sealed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    form_id, form = loaded_form(world, scored_by_a_number())
    once = sent(world, form, people="9").submission_id
    waits = sent(world, form, people="9", child="999").submission_id
    assert world.amani.child is not None
    assert waits is not None
    link_submission(world.amani.actor("supervisor"), waits, world.amani.child.id, "looked at")
    first, linked = (_components(key) for key in (once, waits))
    assert first == linked
    assert {"name": "crowding", "value": "0.000000"} in first
    monkeypatch.setattr("homeward.apps.surveys.rescoring.SCORER_VERSION", "9.9")
    monkeypatch.setattr("homeward.domain.scoring.scorer.SCORER_VERSION", "9.9")
    assert rescore(world.amani.actor("me_officer"), form_id) == 2
    assert _components(once) == first


def _components(submission: object) -> list[dict[str, str]]:
    return Score.objects.get(submission=submission, dimension="social", current=True).components


def test_a_personal_question_for_the_respondent_leaves_its_column_empty(world: World) -> None:
    _, form = loaded_form(world, Draft().set("survey", "respondent", "privacy", "L2"))
    row = Submission.objects.get(pk=sent(world, form).submission_id)
    assert (row.respondent, texts_of(row)["sealed"]["respondent"]) == ("", "child")


def test_a_form_with_a_question_for_focal_points_alone_is_not_published(world: World) -> None:
    draft = Draft().question("select_one yes_no", "harmed", privacy="L4")
    officer = world.amani.actor("me_officer")
    form_id = load_workbook(officer, workbook_bytes(draft.load()), "form.xlsx")
    with pytest.raises(ProblemError) as caught:
        propose_publication(officer, form_id)
    (problem,) = [each for each in caught.value.problems if each.code == "instrument.l4_collect"]
    assert (problem.where.sheet, problem.where.row) == ("survey", draft.row("survey", "harmed"))
    assert FormVersion.objects.get(pk=form_id).status == "draft"
    draft.set("about", "version", "value", "2").set("settings", "", "version", "2")
    _, form = loaded_form(world, draft)
    receipt = sent(world, form, harmed="yes")
    assert "harmed" not in Submission.objects.get(pk=receipt.submission_id).coded["answers"]
    for reader in ("case_worker", "focal_point", "me_officer"):
        shown = by_name(answers_behind(world.amani.actor(reader), receipt.submission_id).rows)  # type: ignore[arg-type]
        assert (shown["harmed"].kind, shown["harmed"].answer, shown["harmed"].codes) == ("withheld", "", ())
