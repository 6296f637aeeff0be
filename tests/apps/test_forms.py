"""An instrument from draft to retired, and what devices get of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from homeward.apps.access.models import Membership
from homeward.apps.access.visibility import NotVisible
from homeward.apps.surveys.corrections import correct_answers
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.form_queries import find_form, form_media, form_xml, list_forms, published_forms
from homeward.apps.surveys.forms import (
    load_from_library,
    load_workbook,
    may_publish,
    propose_publication,
    publish,
    retire,
)
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.lengths import refuse_too_long
from homeward.apps.surveys.models import FormVersion, State
from homeward.domain.problems import ProblemError
from homeward.formats.xlsform.isolation import Converted, convert_upload
from homeward.formats.xlsform.library import Library
from homeward.formats.xlsform.packing import workbook_bytes
from tests.formats.xlsform.forms import Draft
from tests.interviews import interview
from tests.pictures import picture
from tests.world import World

pytestmark = pytest.mark.database
RED, BLUE, GREEN = (picture(colour=name) for name in ("red", "blue", "green"))


def test_the_placeholder_is_loaded_and_never_published(world: World) -> None:
    officer = world.amani.actor("me_officer")
    form_id = load_from_library(officer, "rss-adult")
    with pytest.raises(ProblemError) as caught:
        propose_publication(officer, form_id)
    assert "placeholder" in caught.value.first.code
    FormVersion.objects.filter(pk=form_id).update(
        status="proposed", proposed_at=timezone.now() - timedelta(days=3), proposed_by=officer.id
    )
    with pytest.raises(ProblemError):
        publish(world.amani.actor("programme_manager"), form_id)


def test_a_workbook_of_which_no_form_can_be_made_is_refused_with_everything_that_is_wrong(world: World) -> None:
    draft = Draft().question("select_one nowhere", "q").question("text", "r", relevant="${s} = 1")
    with pytest.raises(ProblemError) as caught:
        load_workbook(world.amani.actor("me_officer"), workbook_bytes(draft.load()), "form.xlsx")
    codes = {problem.code for problem in caught.value.problems}
    assert {"instrument.list_unknown", "instrument.reference_unknown"} <= codes
    assert caught.value.first.severity == "error"


def test_whoever_proposes_does_not_publish(world: World) -> None:
    officer = world.amani.actor("me_officer")
    form_id = load_from_library(officer, "visit-reflection")
    propose_publication(officer, form_id)
    with pytest.raises(ProblemError) as caught:
        publish(officer, form_id)
    assert caught.value.first.code == "form.second_person"
    publish(world.amani.actor("programme_manager"), form_id)
    assert find_form(officer, form_id).row.status == "published"
    with pytest.raises(ProblemError) as caught:
        publish(world.amani.actor("programme_manager"), form_id)
    assert caught.value.first.status == 409


def test_where_nobody_else_may_publish_a_notice_of_a_day_runs_first(world: World) -> None:
    officer = world.amani.actor("me_officer")
    Membership.objects.filter(organisation_id=world.amani.organisation_id, role="programme_manager").delete()
    form_id = load_from_library(officer, "visit-reflection")
    propose_publication(officer, form_id)
    row = FormVersion.objects.get(pk=form_id)
    soon, later = timezone.now() + timedelta(hours=23), timezone.now() + timedelta(hours=25)
    assert may_publish(officer, row, soon).problem.code == "form.notice"  # type: ignore[union-attr]
    assert may_publish(officer, row, later)


def test_a_published_version_never_changes(world: World) -> None:
    officer = world.amani.actor("me_officer")
    loaded = Library().load("child-12-14")
    assert load_from_library(officer, "child-12-14") == world.amani.forms["child-12-14"]
    assert load_workbook(officer, workbook_bytes(loaded), "same.xlsx") == world.amani.forms["child-12-14"]
    sheet = loaded.sheets["survey"]
    rows = [
        replace(row, cells={**row.cells, "label::English (en)": "Another wording"})
        if row.get("name") == "mood"
        else row
        for row in sheet
    ]
    other = replace(loaded, sheets={**loaded.sheets, "survey": replace(sheet, rows=tuple(rows))})
    with pytest.raises(ProblemError) as caught:
        load_workbook(officer, workbook_bytes(other), "other.xlsx")
    assert caught.value.first.code == "form.frozen"


def test_other_pictures_under_a_published_version_are_refused_not_dropped(world: World) -> None:
    officer, content = world.amani.actor("me_officer"), workbook_bytes(Draft().load())
    form_id = load_workbook(officer, content, "a.xlsx", {"face.png": RED})
    assert load_workbook(officer, content, "a.xlsx", {"face.png": BLUE}) == form_id  # a draft may change
    propose_publication(officer, form_id)
    assert load_workbook(officer, content, "a.xlsx", {"face.png": BLUE}) == form_id
    assert load_workbook(officer, content, "a.xlsx") == form_id
    for media in ({"face.png": GREEN}, {"face.png": BLUE, "new.png": RED}):
        with pytest.raises(ProblemError) as caught:
            load_workbook(officer, content, "a.xlsx", media)
        assert caught.value.first.code == "form.frozen"


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("form_id", lambda about: {"id": "a" * 90}),
        ("version", lambda about: {"version": "v" * 60}),
    ],
)
def test_names_that_the_database_does_not_keep_whole_are_refused(
    world: World, column: str, change: Callable[[object], dict[str, str]]
) -> None:
    loaded = Draft().load()
    longer = replace(loaded.instrument, about=replace(loaded.instrument.about, **change(None)))
    with pytest.raises(ProblemError) as caught:
        refuse_too_long(replace(loaded, instrument=longer))
    assert [(each.code, each.where.field) for each in caught.value.problems] == [("form.name_too_long", column)]


def test_names_of_questions_and_files_have_a_length_too(world: World) -> None:
    loaded = Draft().load()
    first, *others = loaded.instrument.questions
    instrument = replace(loaded.instrument, questions=(replace(first, name="q" * 200), *others))
    with pytest.raises(ProblemError) as caught:
        refuse_too_long(replace(loaded, instrument=instrument, media={f"{'p' * 150}.png": b"1"}))
    assert [each.where.field for each in caught.value.problems] == ["name", "file"]
    officer = world.amani.actor("me_officer")
    with pytest.raises(ProblemError) as caught:
        load_workbook(officer, workbook_bytes(loaded), "a.xlsx", {f"{'p' * 150}.png": RED})
    assert caught.value.first.code == "form.name_too_long"


def test_devices_get_published_versions_and_their_own_list(world: World) -> None:
    phone = world.amani.actor("enumerator")
    forms = {form.instrument_id: form for form in published_forms(phone)}
    assert set(forms) == {"child-12-14", "caregiver", "fgd"}
    form = forms["child-12-14"]
    assert form.has_media
    (media,) = form_media(phone, form.id)
    assert media.name == "children.csv"
    lines = media.content.decode().splitlines()
    assert lines[0] == "name,label,initials,age_band"
    assert len(lines) == 2
    assert b"score" not in form_xml(phone, form.id)
    draft = load_from_library(world.amani.actor("me_officer"), "visit-reflection")
    for stranger in (phone, world.baraka.actor("me_officer")):
        with pytest.raises(NotVisible):
            form_xml(stranger, draft)


def test_a_retired_version_is_no_longer_listed_and_what_a_phone_still_sends_waits_for_a_person(world: World) -> None:
    retire(world.amani.actor("programme_manager"), world.amani.forms["child-12-14"])
    phone = world.amani.actor("enumerator")
    assert "child-12-14" not in {form.instrument_id for form in published_forms(phone)}
    xml = interview("child-12-14", world.amani.child.code)  # type: ignore[union-attr]
    receipt = receive(phone, Delivery(xml))
    assert (receipt.status, receipt.state) == (202, State.INVALID)
    assert [one.code for one in receipt.problems if one.severity == "error"] == ["form.retired"]


@pytest.mark.parametrize("channel", ["browser", "paper"])
def test_a_retired_version_filled_in_at_the_office_waits_as_one_from_a_phone_does(world: World, channel: str) -> None:
    retire(world.amani.actor("programme_manager"), world.amani.forms["child-12-14"])
    xml = interview("child-12-14", world.amani.child.code)  # type: ignore[union-attr]
    receipt = receive(world.amani.actor("case_worker"), Delivery(xml, channel=channel))
    assert (receipt.status, receipt.state) == (202, State.INVALID)
    assert [one.code for one in receipt.problems if one.severity == "error"] == ["form.retired"]


def test_a_correction_of_what_came_in_time_is_no_late_interview(world: World) -> None:
    worker = world.amani.actor("case_worker")
    first = receive(worker, Delivery(interview("child-12-14", world.amani.child.code)))  # type: ignore[union-attr]
    retire(world.amani.actor("programme_manager"), world.amani.forms["child-12-14"])
    assert first.submission_id
    assert correct_answers(worker, first.submission_id, {"mood": "bad"}, "typing_error", "slip").state == State.ACCEPTED


def test_another_organisation_s_versions_do_not_exist(world: World) -> None:
    mine = {row.id for row in list_forms(world.amani.actor("me_officer"))}
    theirs = {row.id for row in list_forms(world.baraka.actor("me_officer"))}
    assert mine
    assert mine.isdisjoint(theirs)


def test_a_stranger_s_workbook_is_opened_elsewhere_and_only_for_whoever_may(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def elsewhere(content: bytes, name: str, **asked: Any) -> Converted:
        opened.append(name)
        return convert_upload(content, name, **asked)

    monkeypatch.setattr("homeward.apps.surveys.forms.convert_upload", elsewhere)
    content = workbook_bytes(Library().load("visit-reflection"))
    with pytest.raises(ProblemError) as caught:
        load_workbook(world.amani.actor("case_worker"), content, "form.xlsx")
    assert (caught.value.first.code, opened) == ("access.refused", [])
    load_workbook(world.amani.actor("me_officer"), content, "form.xlsx")
    assert opened == ["form.xlsx"]


def test_what_is_proposed_is_what_was_checked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A draft may be loaded anew at any moment, also between the check and the step."""
    officer = world.amani.actor("me_officer")
    form_id = load_from_library(officer, "visit-reflection")

    def meanwhile(row: FormVersion) -> None:
        FormVersion.objects.filter(pk=row.pk).update(checksum="0" * 64)

    monkeypatch.setattr("homeward.apps.surveys.forms._refuse_placeholder", meanwhile)
    with pytest.raises(ProblemError) as caught:
        propose_publication(officer, form_id)
    assert caught.value.first.code == "form.status"
    assert FormVersion.objects.get(pk=form_id).status == "draft"
