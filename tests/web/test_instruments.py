from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from homeward.apps.surveys.form_queries import form_workbook, list_forms
from homeward.apps.surveys.forms import load_from_library, load_workbook
from homeward.formats.xlsform.packing import workbook_bytes
from tests.formats.xlsform.forms import EN, Draft
from tests.web.conftest import Reader
from tests.world import World


class TestInstruments:
    def test_the_list_names_title_version_state_and_languages(self, reader: Reader) -> None:
        html = reader("me_officer").get("/instruments").content.decode()
        assert "Child survey, 12 to 14 years" in html
        assert "published" in html
        assert "French · draft" in html
        assert "fr · draft" not in html

    def test_the_outsider_sees_none_and_another_organisation_only_its_own(self, reader: Reader, world: World) -> None:
        assert reader("outsider").get("/instruments").status_code == 403
        form = world.amani.forms["child-12-14"]
        for part in ("", "/dictionary", "/paper", "/preview", "/collect", "/workbook"):
            assert reader("me_officer", world.baraka).get(f"/instruments/{form}{part}").status_code == 404
        for step in ("propose", "publish", "retire", "withdraw"):
            assert reader("me_officer", world.baraka).post(f"/instruments/{form}/{step}").status_code == 404

    def test_an_instrument_of_the_library_becomes_a_draft(self, reader: Reader, world: World) -> None:
        answer = reader("me_officer").post("/instruments/new", {"reference": "visit-reflection@1.0"}, follow=True)
        assert b"Loaded as a draft." in answer.content
        assert answer.context["form"].status == "draft"

    def test_a_workbook_is_loaded_and_checked(self, reader: Reader, world: World) -> None:
        book = form_workbook(world.amani.actor("me_officer"), world.amani.forms["child-12-14"])
        given = {"file": SimpleUploadedFile("form.xlsx", book)}
        assert reader("me_officer").post("/instruments/new", given).status_code == 302

    def test_a_file_that_is_no_workbook_is_refused_with_what_to_do(self, reader: Reader) -> None:
        given = {"file": SimpleUploadedFile("form.xlsx", b"hello")}
        answer = reader("me_officer").post("/instruments/new", given)
        assert answer.status_code == 422
        assert b"Choose the XLSForm as .xlsx" in answer.content

    def test_a_workbook_with_faults_is_refused_with_sheet_and_row_of_each(self, reader: Reader) -> None:
        draft = Draft().question("select_one nowhere", "q").question("text", "r", relevant="${s} = 1")
        rows = [draft.row("survey", name) for name in ("q", "r")]
        given = {"file": SimpleUploadedFile("form.xlsx", workbook_bytes(draft.load()))}
        answer = reader("me_officer").post("/instruments/new", given)
        assert answer.status_code == 422
        for row in rows:
            assert f"sheet survey, row {row}" in answer.content.decode()

    def test_nothing_chosen_is_said_in_words(self, reader: Reader) -> None:
        assert b"Choose a file, or an instrument" in reader("me_officer").post("/instruments/new", {}).content

    def test_the_person_who_proposed_sees_why_somebody_else_publishes(self, reader: Reader, world: World) -> None:
        officer, form = reader("me_officer"), load_from_library(world.amani.actor("me_officer"), "visit-reflection")
        officer.post(f"/instruments/{form}/propose")
        html = officer.get(f"/instruments/{form}").content.decode()
        assert "You proposed this version; somebody else publishes it." in html
        assert officer.post(f"/instruments/{form}/publish").status_code == 403
        reader("programme_manager").post(f"/instruments/{form}/publish")
        assert officer.get(f"/instruments/{form}").context["form"].status == "published"

    def test_a_proposal_goes_back_to_a_draft(self, reader: Reader, world: World) -> None:
        officer, form = reader("me_officer"), load_from_library(world.amani.actor("me_officer"), "visit-reflection")
        officer.post(f"/instruments/{form}/propose")
        assert officer.post(f"/instruments/{form}/withdraw", follow=True).context["form"].status == "draft"

    def test_a_retired_version_reaches_no_phone(self, reader: Reader, world: World) -> None:
        form = world.amani.forms["caregiver"]
        answer = reader("me_officer").post(f"/instruments/{form}/retire", follow=True)
        assert answer.context["form"].status == "retired"
        options = reader("case_worker").get(f"/children/{world.amani.child.code}/interview").content.decode()
        assert str(form) not in options

    def test_case_workers_change_nothing(self, reader: Reader, world: World) -> None:
        form = world.amani.forms["caregiver"]
        for step in ("propose", "publish", "retire", "withdraw"):
            assert reader("case_worker").post(f"/instruments/{form}/{step}").status_code == 403
        assert reader("case_worker").get("/instruments/new").status_code == 403

    def test_the_data_dictionary_shows_answers_with_scores_and_what_they_feed(
        self, reader: Reader, world: World
    ) -> None:
        html = reader("me_officer").get(f"/instruments/{world.amani.forms['child-12-14']}/dictionary").content.decode()
        assert "food_enough" in html
        assert "prefers not to say" in html

    def test_the_paper_form_speaks_each_language_in_its_direction(self, reader: Reader, world: World) -> None:
        address = f"/instruments/{world.amani.forms['child-12-14']}/paper"
        html = reader("case_worker").get(f"{address}?language=ar").content.decode()
        assert '<article class="paper" lang="ar" dir="rtl">' in html
        assert "score" not in html.split("<article")[1].split("</article>")[0]

    def test_the_workbook_comes_back_as_it_was_loaded(self, reader: Reader, world: World) -> None:
        answer = reader("me_officer").get(f"/instruments/{world.amani.forms['child-12-14']}/workbook")
        assert answer.content.startswith(b"PK")
        assert "child-12-14-1.0.xlsx" in answer.headers["Content-Disposition"]

    def test_every_version_of_a_list_row_is_one_of_the_own_organisation(self, world: World) -> None:
        assert {row.id for row in list_forms(world.amani.actor("me_officer"))} == set(world.amani.forms.values())


class TestDifferences:
    def test_the_page_shows_what_stood_there_and_what_stands_there_now(self, reader: Reader, world: World) -> None:
        officer = world.amani.actor("me_officer")
        changed = Draft().set("about", "version", "value", "1.1").set("settings", "", "version", "1.1")
        changed.set("survey", "friends", EN, "Do you see friends?")
        old, new = (
            load_workbook(officer, workbook_bytes(draft.load()), "test-form.xlsx") for draft in (Draft(), changed)
        )
        html = reader("me_officer").get(f"/instruments/{new}/changes/{old}").content.decode()
        assert (
            "<del><bdi>How often do you meet friends?</bdi></del> → <ins><bdi>Do you see friends?</bdi></ins>" in html
        )
        assert html.count("<del>") == 1  # the number of the version is no news
        assert "Lines on children" not in html

    def test_versions_of_another_organisation_are_not_there(self, reader: Reader, world: World) -> None:
        form, other = world.amani.forms["caregiver"], world.baraka.forms["caregiver"]
        assert reader("me_officer").get(f"/instruments/{form}/changes/{other}").status_code == 404


class TestSessions:
    def test_a_session_of_a_group_starts_from_the_instruments_page(self, reader: Reader, world: World) -> None:
        form = world.amani.forms["fgd"]
        assert f'href="/interview/{form}"' in reader("case_worker").get(f"/instruments/{form}").content.decode()
        other = world.amani.forms["child-12-14"]
        assert f'href="/interview/{other}"' not in reader("case_worker").get(f"/instruments/{other}").content.decode()
