from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
import pyxform

from homeward.domain.instruments import Instrument
from homeward.domain.problems import ProblemError
from homeward.formats import safe_xml
from homeward.formats.xlsform.columns import OUR_CHOICE_COLUMNS, OUR_SURVEY_COLUMNS
from homeward.formats.xlsform.library import Library
from homeward.formats.xlsform.loading import Loaded, load
from homeward.formats.xlsform.packing import workbook_bytes
from homeward.formats.xlsform.xform_building import XForm, to_xform
from tests.formats.xlsform.forms import EN, FR, Draft

LIBRARY = [f"{entry.id}@{entry.version}" for entry in Library().entries()]
XF = {"x": "http://www.w3.org/2002/xforms", "jr": "http://openrosa.org/javarosa", "h": "http://www.w3.org/1999/xhtml"}
VALIDATOR = Path(pyxform.__file__).parent / "validators" / "odk_validate" / "bin" / "ODK_Validate.jar"


def tree(xform: XForm):  # type: ignore[no-untyped-def]
    return safe_xml.parse(xform.xml)


def bind(xform: XForm, path: str, attribute: str) -> str:
    (found,) = tree(xform).xpath(f"//x:bind[@nodeset='/data/{path}']", namespaces=XF)
    return found.get(attribute, "")


@pytest.mark.parametrize("reference", LIBRARY)
class TestALibraryForm:
    def test_carries_nothing_of_ours_to_the_phone(self, reference: str) -> None:
        loaded = Library().load(reference)
        names = {
            element.tag.rpartition("}")[2] for element in tree(to_xform(loaded)).iter() if isinstance(element.tag, str)
        }
        assert not names & (OUR_CHOICE_COLUMNS | OUR_SURVEY_COLUMNS)

    def test_converts_without_a_warning(self, reference: str) -> None:
        assert to_xform(Library().load(reference)).warnings == ()

    def test_is_the_same_bytes_each_time_and_from_a_workbook(self, reference: str) -> None:
        loaded = Library().load(reference)
        first, second = to_xform(loaded), to_xform(load(workbook_bytes(loaded)))
        assert first.xml == second.xml
        assert first.md5 == hashlib.md5(first.xml, usedforsecurity=False).hexdigest()


def style_of(loaded: Loaded) -> str:
    (body,) = tree(to_xform(loaded)).xpath("//h:body", namespaces=XF)
    return str(body.get("class", ""))


@pytest.mark.parametrize(
    ("reference", "style"),
    [
        ("child-6-11", "hw-child"),
        ("child-12-14", "hw-private"),
        ("child-15-17", "hw-private"),
        ("caregiver", ""),
        ("rss-adult", ""),
        ("visit-reflection", ""),
        ("community-observation", ""),
    ],
)
def test_the_form_says_how_the_browser_puts_it(reference: str, style: str) -> None:
    assert style_of(Library().load(reference)) == style


def test_the_settings_say_otherwise_where_they_name_a_manner() -> None:
    young = Draft().set("about", "min_age", "value", "6").set("about", "max_age", "value", "11")
    assert style_of(young.load()) == "hw-child"
    assert style_of(young.set("settings", "", "style", "pages").load()) == "pages hw-child"
    assert style_of(young.set("settings", "", "style", "hw-plain").load()) == "hw-plain"
    assert (
        style_of(young.rename_column("settings", "style", "Style").set("settings", "", "Style", "hw-private").load())
        == "hw-private"
    )


def test_a_form_of_others_says_it_in_its_settings_alone() -> None:
    assert style_of(Draft().without("about").load()) == ""
    assert style_of(Draft().without("about").set("settings", "", "style", "hw-child").load()) == "hw-child"


def test_scores_are_stripped_under_any_spelling() -> None:
    draft = Draft().set("choices", "often/never", "Score::en", "0.123").rename_column("choices", "missing", "Missing")
    xml = to_xform(draft.load()).xml
    for text in (b"0.123", b"core>", b"issing>", b"exclusive", b"dont_know</missing"):
        assert text not in xml


def test_columns_that_a_choice_filter_needs_stay() -> None:
    draft = Draft().set("choices", "often/never", "region", "north")
    assert b"<region>north</region>" in to_xform(draft.load()).xml


class TestExclusiveOptions:
    def draft(self) -> Draft:
        return Draft().question("select_multiple often", "things").set("choices", "often/refused", "exclusive", "yes")

    def test_cannot_be_ticked_with_others(self) -> None:
        xform = to_xform(self.draft().load())
        assert bind(xform, "things", "constraint") == "not(selected(., 'refused') and count-selected(.) > 1)"

    def test_leave_the_forms_own_constraint_and_message_in_force(self) -> None:
        draft = self.draft().set("survey", "things", "constraint", "count-selected(.) < 3 or . = ''")
        xform = to_xform(draft.set("survey", "things", "constraint_message::English (en)", "At most two.").load())
        constraint = bind(xform, "things", "constraint")
        assert constraint.startswith("(count-selected(.) < 3 or . = '') and not(")
        assert b"At most two." in xform.xml

    def test_are_explained_in_every_language_of_the_form(self) -> None:
        draft = self.draft().french()
        draft.set("survey", "things", FR, "fr")
        xml = to_xform(draft.load()).xml.decode()
        assert "This answer cannot be ticked together with others." in xml
        assert "Cette réponse ne peut pas être cochée avec d'autres." in xml

    def test_do_nothing_to_a_choice_of_one(self) -> None:
        assert (
            bind(
                to_xform(Draft().set("choices", "often/refused", "exclusive", "yes").load()),
                "questions/friends",
                "constraint",
            )
            == ""
        )


class TestFlags:
    def test_become_one_calculate_a_severity(self) -> None:
        draft = Draft().set("choices", "often/never", "flag", "harm:high").question("select_multiple more", "things")
        draft.option("more", "hunger", flag="hunger:high").option("more", "alone", flag="no_caregiver:medium")
        xform = to_xform(draft.load())
        assert bind(xform, "hw_flag_high", "calculate") == (
            "if( /data/questions/friends  = 'never' or  /data/questions/worried  = 'never' "
            "or selected( /data/things , 'hunger'), 1, 0)"
        )
        assert bind(xform, "hw_flag_medium", "calculate") == "if(selected( /data/things , 'alone'), 1, 0)"
        assert b"hw_flag_low" not in xform.xml
        assert b"harm" not in xform.xml

    def test_in_a_repeat_are_counted(self) -> None:
        draft = Draft().add("survey", {"type": "begin_repeat", "name": "persons", EN: "Persons"})
        draft.question("select_one more", "seen").add("survey", {"type": "end_repeat"}).option(
            "more", "hit", flag="harm:low"
        )
        assert (
            bind(to_xform(draft.load()), "hw_flag_low", "calculate")
            == "if(count( /data/persons/seen [. = 'hit']) > 0, 1, 0)"
        )

    def test_are_absent_where_nothing_raises_one(self) -> None:
        assert b"hw_flag" not in to_xform(Draft().load()).xml


class TestSettings:
    def test_of_others_do_not_reach_the_phone(self) -> None:
        draft = (
            Draft()
            .set("settings", "", "submission_url", "https://elsewhere.example")
            .set("settings", "", "public_key", "MIIB")
        )
        xml = to_xform(draft.load()).xml
        assert b"elsewhere" not in xml
        assert b"MIIB" not in xml
        assert b"<submission" not in xml

    def test_that_are_missing_come_from_the_about_sheet(self) -> None:
        loaded = Draft().without("settings").load()
        (root,) = tree(to_xform(loaded)).xpath("//x:instance/x:data", namespaces=XF)
        assert (root.get("id"), root.get("version")) == ("test-form", "0.1")


def test_the_media_a_form_asks_for_are_named() -> None:
    draft = (
        Draft()
        .set("choices", "often/never", "media::image", "sad.png")
        .question("select_one_from_file schools.csv", "s")
    )
    assert to_xform(draft.load()).media == ("children.csv", "sad.png", "schools.csv")


class TestARefusalByTheConverter:
    def refused(self, draft: Draft) -> ProblemError:
        with pytest.raises(ProblemError) as caught:
            to_xform(draft.load())
        return caught.value

    def test_names_sheet_row_and_column(self) -> None:
        draft = Draft().question("text", "two words")
        where = self.refused(draft).first.where
        assert (where.sheet, where.row, where.field) == ("survey", draft.row("survey", "two words"), "name")

    def test_keeps_row_numbers_right_behind_empty_rows(self) -> None:
        draft = Draft().add("survey", {}).add("survey", {}).question("text", "two words")
        assert self.refused(draft).first.where.row == draft.row("survey", "two words")

    def test_of_an_unknown_type_is_a_problem(self) -> None:
        draft = Draft().question("telepathy", "q").question("telepathy", "r")
        refused = self.refused(draft)
        assert {problem.code for problem in refused.problems} == {"instrument.type_unknown"}
        assert [problem.where.row for problem in refused.problems] == [
            draft.row("survey", "q"),
            draft.row("survey", "r"),
        ]

    def test_that_crashes_is_a_problem_with_the_odd_column(self) -> None:
        problem = self.refused(Draft().set("choices", "often/never", "region::en", "north")).first
        assert (problem.code, problem.where.sheet, problem.where.field) == (
            "instrument.xform_failed",
            "choices",
            "region::en",
        )


@pytest.mark.engine
@pytest.mark.parametrize("reference", LIBRARY)
def test_odk_validate_accepts_every_library_form(reference: str, tmp_path: Path) -> None:
    java = shutil.which("java")
    assert java, "Java is missing: apt-get install default-jre-headless (or run: make system)"
    path = tmp_path / "form.xml"
    path.write_bytes(to_xform(Library().load(reference)).xml)
    run = subprocess.run(
        [java, "-jar", str(VALIDATOR), str(path)], capture_output=True, text=True, timeout=100, check=False
    )
    assert run.returncode == 0, run.stderr[-2000:]


def questions(instrument: Instrument) -> list[tuple[str, str, str, dict[str, str]]]:
    return [(q.name, q.type, q.relevant, dict(q.labels)) for q in instrument.questions]


@pytest.mark.parametrize("reference", LIBRARY)
def test_a_workbook_made_from_a_library_form_holds_the_same_questions(reference: str) -> None:
    loaded: Loaded = Library().load(reference)
    again = load(workbook_bytes(loaded))
    assert questions(again.instrument) == questions(loaded.instrument)
    assert again.instrument.checksum == loaded.instrument.checksum
