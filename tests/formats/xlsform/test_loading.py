from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from homeward.domain.instruments import Band, Condition, FlagMark, How, Missing, MissingRule
from homeward.domain.privacy import Level
from homeward.domain.problems import ProblemError
from homeward.formats.xlsform.checking import check
from homeward.formats.xlsform.loading import load
from homeward.formats.xlsform.packing import sheet_bytes, workbook_bytes
from homeward.formats.xlsform.xform_building import to_xform
from tests.formats.xlsform.forms import EN, Draft


class TestAnInstrument:
    def test_has_its_questions_with_groups_levels_and_places(self) -> None:
        draft = Draft()
        friends = draft.load().instrument.by_name["friends"]
        assert (friends.type, friends.list_name, friends.path) == ("select_one", "often", ("questions",))
        assert friends.privacy is Level.L3
        assert friends.labels == {"en": "How often do you meet friends?"}
        assert (friends.where.sheet, friends.where.row) == ("survey", draft.row("survey", "friends"))

    def test_has_scores_kinds_of_missing_and_flags_on_its_options(self) -> None:
        draft = (
            Draft()
            .set("choices", "often/never", "flag", "Harm : HIGH")
            .set("choices", "often/never", "exclusive", "yes")
        )
        options = draft.load().instrument.choice_lists["often"]
        never, refused = options.get("never"), options.get("refused")
        assert never is not None
        assert refused is not None
        assert (never.score, never.flag, never.exclusive) == (Decimal(0), FlagMark("harm", "high"), True)
        assert (refused.score, refused.missing) == (None, Missing.REFUSED)

    def test_has_components_with_bands_conditions_ages_and_weights(self) -> None:
        draft = Draft().question("integer", "meals")
        draft.add(
            "scoring",
            {
                "component": "meals",
                "how": "bands",
                "of": "meals",
                "bands": "-0:0 1-2:0.5 3+:1",
                "when": "friends = always and worried != never",
                "dimension": "social",
                "weight::composite": "0.25",
                "missing": "value:0.5",
                "minimum_share": "50",
                "ages": "12-14",
            },
        )
        meals = draft.load().instrument.components[-1]
        assert meals.how is How.BANDS
        assert meals.bands == (
            Band(None, Decimal(0), Decimal(0)),
            Band(Decimal(1), Decimal(2), Decimal("0.5")),
            Band(Decimal(3), None, Decimal(1)),
        )
        assert meals.when == (Condition("friends", "always"), Condition("worried", "never", negated=True))
        assert (meals.missing_rule, meals.missing_value) == (MissingRule.VALUE, Decimal("0.5"))
        assert (meals.min_age, meals.max_age, meals.minimum_share) == (12, 14, 50)
        assert meals.weights == {"composite": Decimal("0.25")}

    def test_has_examples_that_keep_the_kinds_of_no_answer_apart(self) -> None:
        draft = Draft().question("select_multiple often", "many").question("integer", "number")
        draft.add("examples", {"case": "all", "friends": "-", "worried": "", "many": "always never", "number": "3"})
        answers = draft.load().instrument.examples[-1].answers
        assert answers["friends"] is Missing.NOT_ASKED
        assert answers["worried"] is Missing.NO_ANSWER
        assert answers["many"] == ("always", "never")
        assert answers["number"] == Decimal(3)

    def test_has_the_same_checksum_as_folder_and_as_workbook(self, tmp_path: Path) -> None:
        loaded = Draft().load()
        for name, sheet in loaded.sheets.items():
            (tmp_path / f"{name}.csv").write_bytes(b"\xef\xbb\xbf" + sheet_bytes(sheet).replace(b"\n", b"\r\n"))
        assert load(tmp_path).instrument.checksum == loaded.instrument.checksum
        assert load(workbook_bytes(loaded)).instrument.checksum == loaded.instrument.checksum

    def test_has_another_checksum_when_one_cell_differs(self) -> None:
        changed = Draft().set("choices", "often/sometimes", "score", "0.6")
        assert changed.load().instrument.checksum != Draft().load().instrument.checksum


class TestAnAgencysOwnForm:
    def form(self, tmp_path: Path, survey: str, settings: str = "", choices: str = "") -> Path:
        folder = tmp_path / "their-form"
        folder.mkdir()
        for name, text in (("survey", survey), ("settings", settings), ("choices", choices)):
            if text:
                (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        return folder

    def test_is_described_by_its_settings(self, tmp_path: Path) -> None:
        path = self.form(
            tmp_path, "type,name,label\ntext,a,A?\n", "form_title,form_id,version\nTheirs,theirs_1,2024053101\n"
        )
        about = load(path).instrument.about
        assert (about.id, about.version, dict(about.titles)) == ("theirs_1", "2024053101", {"und": "Theirs"})

    def test_may_use_the_old_spellings_of_types_and_columns(self, tmp_path: Path) -> None:
        path = self.form(
            tmp_path,
            "Type,Name,Caption:English,Relevance\nbegin group,g,G,\nselect one from yn,a,A?,\n"
            "add select multiple prompt using yn or_other,b,B?,${a}='y'\nend group,,,\n",
            choices="list name,value,label:English\nyn,y,Yes\nyn,n,No\n",
        )
        loaded = load(path)
        group, first, second, other = loaded.instrument.questions
        assert (group.type, first.type, second.type) == ("begin_group", "select_one", "select_multiple")
        assert (second.list_name, second.relevant, second.path) == ("yn", "${a}='y'", ("g",))
        assert first.labels == {"en": "A?"}
        assert (other.name, other.type, other.relevant) == ("b_other", "text", "selected(${b}, 'other')")
        codes = {choice.code: choice.labels["en"] for choice in loaded.instrument.choice_lists["yn"].choices}
        assert codes == {"y": "Yes", "n": "No", "other": "Other"}

    def test_without_any_id_takes_the_name_of_its_file(self, tmp_path: Path) -> None:
        path = self.form(tmp_path, "type,name,label\ntext,a,A?\n")
        assert load(path, name="school visit.xlsx").instrument.id == "school_visit"

    def test_may_hold_what_word_processors_put_into_expressions(self, tmp_path: Path) -> None:
        path = self.form(tmp_path, "type,name,label,relevant\ntext,a,A?,\ntext,b,B?,${a}\u00a0= ‘x’\n")
        loaded = load(path)
        assert loaded.instrument.by_name["b"].relevant == "${a} = 'x'"
        assert [problem.code for problem in check(loaded)] == ["instrument.privacy_assumed"]

    def test_may_have_notes_without_names(self, tmp_path: Path) -> None:
        path = self.form(tmp_path, "type,name,label\ntext,a,A?\n\nnote,,Thank you\n")
        loaded = load(path)
        assert [question.name for question in loaded.instrument.questions] == ["a", "generated_note_name_4"]
        assert b"<generated_note_name_4/>" in to_xform(loaded).xml

    def test_gets_one_id_everywhere_when_its_own_cannot_be_used(self, tmp_path: Path) -> None:
        path = self.form(tmp_path, "type,name,label\ntext,a,A?\n", "form_id,version\nHousehold survey,v 1\n")
        loaded = load(path)
        assert (loaded.instrument.id, loaded.instrument.version) == ("Household_survey", "v_1")
        assert {problem.severity for problem in check(loaded)} == {"warning"}
        assert b'id="Household_survey" version="v_1"' in to_xform(loaded).xml

    def test_shows_its_texts_even_if_its_default_language_is_misspelt(self, tmp_path: Path) -> None:
        survey = "type,name,label::English (en),label::Français (fr)\ntext,a,A?,A fr\n"
        loaded = load(self.form(tmp_path, survey, "form_id,default_language\nx,French\n"))
        assert b'lang="Fran\xc3\xa7ais (fr)" default="true()"' in to_xform(loaded).xml

    def test_that_switches_rows_off_loads_without_them(self, tmp_path: Path) -> None:
        path = self.form(tmp_path, "type,name,label,disabled\ntext,a,A?,\ntext,b,B?,yes\n")
        assert [question.name for question in load(path).instrument.questions] == ["a"]


class TestARefusal:
    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"| survey |", "instrument.wrong_kind"),
            (b"", "instrument.wrong_kind"),
            (b"%PDF-1.7", "instrument.wrong_kind"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "workbook.legacy"),
            (b"PK\x03\x04 cut short", "workbook.unreadable"),
        ],
    )
    def test_says_what_the_file_should_have_been(self, content: bytes, code: str) -> None:
        with pytest.raises(ProblemError) as caught:
            load(content, name="upload")
        assert caught.value.first.code == code
        assert caught.value.first.action

    def test_of_a_markdown_form_names_the_formats(self, tmp_path: Path) -> None:
        (tmp_path / "form.md").write_text("| survey |", encoding="utf-8")
        with pytest.raises(ProblemError) as caught:
            load(tmp_path / "form.md")
        assert caught.value.first.code == "instrument.wrong_kind"

    def test_of_a_path_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(ProblemError) as caught:
            load(tmp_path / "nothing.xlsx")
        assert caught.value.first.code == "instrument.not_found"

    def test_of_a_folder_without_survey_sheet(self, tmp_path: Path) -> None:
        (tmp_path / "choices.csv").write_text("list_name,name,label\n", encoding="utf-8")
        with pytest.raises(ProblemError) as caught:
            load(tmp_path)
        assert caught.value.first.code == "instrument.no_survey"


@pytest.mark.parametrize(
    ("sheet", "key", "column", "value", "code"),
    [
        ("choices", "often/always", "score", "1,0", "instrument.bad_number"),
        ("choices", "often/always", "score", "0.33333", "instrument.too_many_decimals"),
        ("choices", "often/always", "score", "1.5", "instrument.score_out_of_range"),
        ("choices", "often/always", "score", "NaN", "instrument.bad_number"),
        ("choices", "often/refused", "missing", "refuse", "instrument.bad_value"),
        ("choices", "often/always", "exclusive", "perhaps", "instrument.bad_value"),
        ("choices", "often/never", "flag", "harm", "instrument.bad_flag"),
        ("choices", "often/never", "flag", "harm:extreme", "instrument.bad_flag"),
        ("choices", "often/never", "list_name", "", "instrument.list_missing"),
        ("survey", "friends", "privacy", "L5", "instrument.bad_value"),
        ("survey", "friends", "type", "", "instrument.type_missing"),
        ("about", "min_age", "value", "twelve", "instrument.bad_number"),
        ("about", "family", "value", "questionnaire", "instrument.bad_value"),
        ("about", "id", "value", "two words", "instrument.bad_id"),
        ("about", "source", "key", "sourse", "instrument.unknown_key"),
        ("about", "licence", "key", "source", "instrument.duplicate_name"),
        ("scoring", "friends", "how", "median", "instrument.bad_value"),
        ("scoring", "friends", "bands", "1..2:3", "instrument.bad_bands"),
        ("scoring", "friends", "when", "friends is always", "instrument.bad_condition"),
        ("scoring", "friends", "missing", "value", "instrument.bad_missing_rule"),
        ("scoring", "friends", "missing", "skip:0.5", "instrument.bad_missing_rule"),
        ("scoring", "friends", "ages", "14-12", "instrument.bad_ages"),
        ("scoring", "friends", "weight", "-1", "instrument.bad_number"),
        ("scoring", "friends", "of", "", "instrument.component_incomplete"),
        ("scoring", "friends", "wieght", "1", "instrument.unknown_column"),
        ("examples", "best", "expect::social", "0.1234567", "instrument.too_many_decimals"),
        ("examples", "best", "freinds", "always", "instrument.unknown_reference"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_by_sheet_row_and_field(
    sheet: str, key: str, column: str, value: str, code: str
) -> None:
    draft = Draft()
    row = draft.row(sheet, key)
    problems = [problem for problem in draft.set(sheet, key, column, value).load().problems if problem.code == code]
    assert len(problems) == 1
    assert problems[0].where.sheet == sheet
    assert problems[0].where.row in (row, 1)  # a wrong header is in row 1
    assert problems[0].action
    assert str(problems[0])


def test_groups_that_are_not_closed_or_never_opened_are_found() -> None:
    opened = Draft().add("survey", {"type": "begin_repeat", "name": "left_open", EN: "Open"})
    assert [p.code for p in opened.load().problems] == ["instrument.group_not_closed"]
    closed = Draft().add("survey", {"type": "end_repeat"})
    assert [p.code for p in closed.load().problems] == ["instrument.group_not_closed"]
