from __future__ import annotations

import pytest

from homeward.formats.xlsform.checking import check
from homeward.formats.xlsform.library import Library
from tests.formats.xlsform.forms import EN, FR, Draft


def test_the_template_has_no_findings() -> None:
    assert Draft().findings(focal_point_named=True, for_publication=True) == ()


def test_the_template_in_two_languages_has_no_findings() -> None:
    assert Draft().french().findings(for_publication=True) == ()


@pytest.mark.parametrize("reference", [f"{entry.id}@{entry.version}" for entry in Library().entries()])
def test_no_instrument_of_the_library_has_findings(reference: str) -> None:
    assert check(Library().load(reference), focal_point_named=True) == ()


class TestTexts:
    def test_an_option_without_text_in_one_language_is_found(self) -> None:
        draft = Draft().french()
        found = draft.set("choices", "often/never", FR, "").the("instrument.choice_label_missing")
        assert (found.where.sheet, found.where.row, found.where.field) == (
            "choices",
            draft.row("choices", "often/never"),
            FR,
        )
        assert found.params["code"] == "fr"

    def test_a_question_without_text_in_one_language_is_found(self) -> None:
        draft = Draft().french().set("survey", "friends", FR, "")
        assert draft.the("instrument.label_missing").where.row == draft.row("survey", "friends")

    def test_a_message_in_one_language_only_is_found(self) -> None:
        draft = Draft().french().set("survey", "child_typed", "constraint_message::Français (fr)", "")
        assert draft.the("instrument.translation_missing").where.field == "constraint_message::Français (fr)"

    def test_a_declared_language_without_columns_is_said_once_a_sheet(self) -> None:
        draft = Draft().add("about", {"key": "language::ar", "value": "draft"})
        found = [problem for problem in draft.findings() if problem.code == "instrument.language_missing"]
        assert [problem.where.sheet for problem in found] == ["survey", "choices"]

    def test_a_language_that_nobody_declared_is_found(self) -> None:
        draft = Draft().french().remove("about", "language::fr")
        assert draft.the("instrument.language_undeclared").params["code"] == "fr"

    def test_a_long_question_to_a_child_is_a_warning(self) -> None:
        draft = Draft().set(
            "survey", "friends", EN, "one two three four five six seven eight nine ten eleven twelve thirteen ?"
        )
        found = draft.the("instrument.child_wording_long")
        assert (found.severity, found.params["words"]) == ("warning", 13)

    def test_a_long_question_to_a_caregiver_is_not(self) -> None:
        draft = Draft().set("about", "respondents", "value", "caregiver").set("survey", "friends", EN, "word " * 30)
        assert draft.codes() == set()

    def test_an_agencys_form_with_gaps_gets_warnings_only(self) -> None:
        draft = Draft().french().set("survey", "friends", FR, "").without("about", "scoring", "examples")
        assert {p.severity for p in draft.findings() if p.code == "instrument.label_missing"} == {"warning"}


class TestStyle:
    def test_a_style_of_ours_that_is_none_is_found(self) -> None:
        found = Draft().set("settings", "", "style", "pages hw-chidl").the("instrument.style_unknown")
        assert (found.where.sheet, found.params["name"]) == ("settings", "hw-chidl")

    @pytest.mark.parametrize("style", ["hw-child", "hw-private", "hw-plain", "theme-grid pages"])
    def test_styles_that_are_known_or_of_others_are_not(self, style: str) -> None:
        assert Draft().set("settings", "", "style", style).codes() == set()


class TestHeaders:
    def test_a_score_in_a_language_is_found(self) -> None:
        draft = Draft().rename_column("choices", "score", "score::en")
        assert draft.the("instrument.column_with_language").where.field == "score::en"

    def test_a_header_with_a_blank_is_found(self) -> None:
        draft = Draft().set("choices", "often/never", "our note", "x")
        assert draft.the("instrument.header_with_space").severity == "error"

    def test_a_known_header_with_a_blank_is_read_and_warned_about(self) -> None:
        draft = Draft().rename_column("choices", "list_name", "list name")
        found = draft.the("instrument.header_with_space")
        assert (found.severity, draft.codes()) == ("warning", {"instrument.header_with_space"})

    def test_a_misspelt_column_of_ours_is_found(self) -> None:
        draft = Draft().set("survey", "friends", "guardian_visble", "yes")
        assert draft.the("instrument.column_misspelt").params["near"] == "guardian_visible"

    def test_a_cell_that_a_spreadsheet_would_compute_is_found(self) -> None:
        draft = Draft().set("choices", "often/never", EN, "=1+1")
        assert draft.the("instrument.looks_like_formula").where.field == EN


class TestSettings:
    def test_a_foreign_address_is_found(self) -> None:
        draft = Draft().set("settings", "", "submission_url", "https://elsewhere.example/submission")
        assert draft.the("instrument.foreign_address").where.field == "submission_url"

    def test_a_foreign_key_is_found(self) -> None:
        assert "instrument.foreign_key" in Draft().set("settings", "", "public_key", "MIIB").codes()

    def test_a_version_that_a_spreadsheet_changed_is_found(self) -> None:
        assert Draft().set("settings", "", "version", "1").the("instrument.settings_differ").params["wanted"] == "0.1"

    def test_a_default_language_that_no_label_speaks_is_found(self) -> None:
        assert (
            "instrument.default_language_unknown" in Draft().set("settings", "", "default_language", "English").codes()
        )


class TestNames:
    def test_a_name_used_twice_is_found_with_the_first_row(self) -> None:
        draft = Draft().question("text", "friends")
        assert draft.the("instrument.duplicate_name").params["row"] == draft.row("survey", "friends")

    @pytest.mark.parametrize("name", ["two words", "1st", "hw_flag_high", "meta", "", "naïve"])
    def test_a_name_that_cannot_be_one_is_found(self, name: str) -> None:
        assert "instrument.bad_name" in Draft().question("text", name).codes()

    def test_names_that_differ_by_capitals_are_a_warning(self) -> None:
        assert "instrument.name_by_case" in Draft().question("text", "Friends").codes()

    def test_a_code_used_twice_is_found(self) -> None:
        assert "instrument.duplicate_code" in Draft().option("often", "never", score="0").codes()

    @pytest.mark.parametrize("code", ["not at all", "it's", 'say"no'])
    def test_a_code_that_breaks_expressions_is_found(self, code: str) -> None:
        assert "instrument.bad_code" in Draft().option("often", code, score="0").codes()

    def test_a_list_that_is_not_there_is_found(self) -> None:
        assert Draft().question("select_one nolist", "q").the("instrument.list_unknown").params["name"] == "nolist"

    def test_a_missing_start_group_is_found(self) -> None:
        draft = Draft().remove("survey", "interview_date")
        assert draft.the("instrument.start_missing").params["name"] == "interview_date"


class TestSkips:
    def skip(self, relevant: str) -> Draft:
        return Draft().question("text", "extra", relevant=relevant)

    @pytest.mark.parametrize(
        ("relevant", "code"),
        [
            ("${nobody} = 'yes'", "instrument.reference_unknown"),
            ("${friends} = 'weekly'", "instrument.skip_code_unknown"),
            ("not(selected(${friends}, 'weekly'))", "instrument.skip_code_unknown"),
            ("${extra} = 'x'", "instrument.skip_itself"),
            ("${friends} = 'always' and ${friends} = 'never'", "instrument.skip_impossible"),
            ("${friends} = 'always' and ${friends} != 'always'", "instrument.skip_impossible"),
            ("${child_listed} != '' and ${child_typed} = 'x' and ${child_listed} = 'y'", "instrument.skip_impossible"),
            ("frobnicate(${friends})", "instrument.function_unknown"),
            ("${friends} = ", "instrument.expression_unreadable"),
            ("${friends", "instrument.expression_unreadable"),
        ],
    )
    def test_a_skip_that_cannot_work_is_found(self, relevant: str, code: str) -> None:
        draft = self.skip(relevant)
        found = draft.the(code)
        assert (found.where.sheet, found.where.row) == ("survey", draft.row("survey", "extra"))
        assert found.where.field == "relevant"

    @pytest.mark.parametrize(
        "relevant",
        [
            "${friends} = 'always' or ${friends} = 'never'",
            "${friends} != 'always' and ${friends} != 'never'",
            "${friends} = 'always' and ${worried} = 'never'",
            "selected(${friends}, 'always') and not(${worried} = 'never')",
        ],
    )
    def test_a_skip_that_can_work_is_not(self, relevant: str) -> None:
        assert self.skip(relevant).codes() == set()

    def test_a_group_that_depends_on_what_is_inside_is_found(self) -> None:
        draft = Draft().set("survey", "questions", "relevant", "${friends} = 'always'")
        assert "instrument.skip_itself" in draft.codes()

    def test_a_contradiction_with_the_group_around_is_found(self) -> None:
        draft = Draft().set("survey", "worried", "relevant", "${child_assent} = 'no'")
        assert draft.the("instrument.skip_impossible").where.row == draft.row("survey", "worried")

    def test_a_look_ahead_is_a_warning(self) -> None:
        draft = Draft().set("survey", "friends", "relevant", "${worried} = 'never'")
        assert draft.the("instrument.skip_later").severity == "warning"

    def test_a_question_named_in_a_text_must_exist(self) -> None:
        draft = Draft().set("survey", "friends", EN, "Hello ${nickname}, how are friends?")
        assert draft.the("instrument.reference_unknown").where.field == EN

    def test_a_computed_default_is_looked_at_and_plain_words_are_not(self) -> None:
        assert Draft().set("survey", "friends", "default", "never (really)").codes() == set()
        assert "instrument.function_unknown" in Draft().question("text", "q", default="whoami()").codes()


class TestScores:
    def test_an_option_with_neither_score_nor_missing_is_found(self) -> None:
        draft = Draft().option("often", "rarely")
        assert draft.the("scoring.option_value").where.row == draft.row("choices", "often/rarely")

    def test_an_option_with_both_is_found(self) -> None:
        assert "instrument.score_and_missing" in Draft().set("choices", "often/refused", "score", "0.5").codes()

    def test_decimal_weights_must_sum_to_one_in_each_dimension(self) -> None:
        draft = Draft().set("scoring", "friends", "weight", "0.7").set("scoring", "worried", "weight", "1")
        found = draft.the("instrument.weights_sum")
        assert (found.params["dimension"], found.params["total"]) == ("social", "0.7")

    def test_weights_of_a_composite_must_sum_to_one_over_all(self) -> None:
        draft = (
            Draft()
            .set("scoring", "friends", "weight::composite", "0.5")
            .set("scoring", "worried", "weight::composite", "0.4")
        )
        draft.add("about", {"key": "composite_weights", "value": "composite"})
        assert draft.the("instrument.weights_sum").params["total"] == "0.9"
        assert draft.set("scoring", "worried", "weight::composite", "0.5").codes() == set()

    def test_whole_weights_are_ratios_and_need_no_sum(self) -> None:
        assert Draft().set("scoring", "friends", "weight", "2").codes() == set()

    def test_sums_are_taken_at_each_age(self) -> None:
        draft = Draft().set("scoring", "friends", "weight", "0.5").set("scoring", "worried", "weight", "1")
        draft.question("select_one often", "work")
        draft.add("scoring", {"component": "work", "of": "work", "dimension": "social", "weight": "0.5", "ages": "15-"})
        assert draft.the("instrument.weights_sum").params["age"] == 12

    def test_a_scale_turned_round_by_hand_is_found(self) -> None:
        draft = Draft().question("select_one seldom", "sad")
        for code, score in (("always", "0"), ("sometimes", "0.5"), ("never", "1")):
            draft.option("seldom", code, score=score)
        assert draft.the("instrument.reversed_scale").params == {"name": "seldom", "other": "often"}

    def test_a_dimension_without_components_is_found(self) -> None:
        assert (
            "instrument.dimension_empty"
            in Draft().set("about", "dimensions", "value", "social psychosocial economic").codes()
        )

    @pytest.mark.parametrize(
        ("ages", "code"),
        [
            (("12-14", "14-17"), "instrument.ages_overlap"),
            (("12-13", "15-17"), "instrument.ages_gap"),
            (("12-13", "14-16"), "instrument.ages_gap"),
        ],
    )
    def test_ages_that_overlap_or_leave_a_gap_are_found(self, ages: tuple[str, str], code: str) -> None:
        draft = Draft().set("scoring", "friends", "ages", ages[0])
        draft.add("scoring", {"component": "friends", "of": "friends", "dimension": "social", "ages": ages[1]})
        assert code in draft.codes()

    def test_ages_that_meet_are_right(self) -> None:
        draft = Draft().set("scoring", "friends", "ages", "12-14")
        draft.add("scoring", {"component": "friends", "of": "friends", "dimension": "social", "ages": "15-"})
        assert draft.codes() == set()

    def test_bands_that_leave_numbers_out_are_a_warning(self) -> None:
        draft = Draft().question("integer", "meals")
        draft.add(
            "scoring", {"component": "meals", "how": "bands", "of": "meals", "bands": "0:0 2+:1", "dimension": "social"}
        )
        assert draft.the("instrument.bands_gap").params["hole"] == "0 < x < 2"

    def test_unknown_questions_are_found_by_the_scorer(self) -> None:
        assert "scoring.source_unknown" in Draft().set("scoring", "friends", "of", "nobody").codes()
        assert "scoring.condition_option" in Draft().set("scoring", "friends", "when", "worried = weekly").codes()


class TestExamples:
    def test_an_example_that_does_not_come_out_is_found(self) -> None:
        draft = Draft().set("examples", "best", "expect::social", "0.9")
        found = draft.the("instrument.example_fails")
        assert (found.where.row, found.where.field) == (draft.row("examples", "best"), "expect::social")
        assert (found.params["wanted"], found.params["found"]) == ("0.9", "1.000000")

    def test_a_score_where_none_was_expected_is_found(self) -> None:
        assert "instrument.example_fails" in Draft().set("examples", "best", "expect::social", "none").codes()

    def test_a_score_that_does_not_exist_is_found(self) -> None:
        assert "instrument.example_score_unknown" in Draft().set("examples", "best", "expect::composite", "1").codes()

    def test_an_answer_that_is_no_option_is_found(self) -> None:
        draft = Draft().set("examples", "best", "friends", "weekly").set("examples", "best", "expect::social", "none")
        assert draft.the("instrument.example_code_unknown").params["name"] == "friends"

    def test_a_scored_instrument_without_examples_is_found(self) -> None:
        assert "instrument.examples_missing" in Draft().without("examples").codes()


class TestProtection:
    def flagged(self) -> Draft:
        return Draft().set("choices", "often/never", "flag", "harm:high")

    def test_a_flag_needs_a_focal_point(self) -> None:
        found = [
            p
            for p in self.flagged().findings(focal_point_named=False)
            if p.code == "instrument.flag_without_focal_point"
        ]
        assert {problem.params["name"] for problem in found} == {"friends", "worried"}
        assert self.flagged().codes(focal_point_named=True) == set()

    def test_a_question_for_focal_points_alone_is_refused_at_publication_with_its_row(self) -> None:
        draft = Draft().set("survey", "worried", "privacy", "L4")
        assert draft.the("instrument.l4_collect").severity == "warning"
        found = draft.the("instrument.l4_collect", for_publication=True)
        assert (found.severity, found.params["name"]) == ("error", "worried")
        assert (found.where.sheet, found.where.row, found.where.field) == (
            "survey",
            draft.row("survey", "worried"),
            "privacy",
        )

    def test_a_form_that_phones_encrypt_holds_nothing_else(self) -> None:
        """Else what others need would be lost in it; a form with one L4 question stays refused for Collect."""
        draft = Draft().question("text", "harm", privacy="L4").add("about", {"key": "collect", "value": "encrypted"})
        assert "instrument.l4_collect" not in draft.codes(for_publication=True)
        found = [each for each in draft.findings(for_publication=True) if each.code == "instrument.l4_mixed"]
        assert {each.severity for each in found} == {"error"}
        assert "worried" in {each.params["name"] for each in found}
        assert "harm" not in {each.params["name"] for each in found}

    def test_a_sealed_question_is_for_the_browser_alone_and_nothing_is_made_of_it(self) -> None:
        draft = Draft().question("text", "harm", privacy="L4").add("about", {"key": "collect", "value": "no"})
        assert draft.codes(for_publication=True) == set()
        used = Draft().add("about", {"key": "collect", "value": "no"})
        used.set("survey", "worried", "privacy", "L4").question("text", "more", relevant="${worried} = 'often'")
        assert {"instrument.l4_scored", "instrument.l4_referenced"} <= used.codes(for_publication=True)
        wrong = Draft().add("about", {"key": "collect", "value": "no"})
        wrong.question("image", "photo", privacy="L4").question("text", "must", privacy="L4", required="yes")
        assert {"instrument.l4_type", "instrument.l4_required"} <= wrong.codes(for_publication=True)

    def test_a_placeholder_is_never_published(self) -> None:
        draft = Draft().set("about", "wording_status", "value", "placeholder")
        assert "instrument.placeholder" in draft.codes(for_publication=True)
        assert "instrument.placeholder" not in draft.codes()

    def test_a_question_that_does_not_declare_its_protection_is_found(self) -> None:
        assert "instrument.privacy_missing" in Draft().question("text", "free", privacy="").codes()

    def test_a_file_that_is_not_there_is_found(self) -> None:
        draft = Draft().question("select_one_from_file schools.csv", "school")
        assert draft.the("instrument.media_missing").params["name"] == "schools.csv"


def test_a_form_full_of_mistakes_gives_a_report_that_can_be_read() -> None:
    draft = Draft()
    for number in range(300):
        draft.question("text", f"q{number}", relevant="${nobody} = 1")
    findings = [problem for problem in draft.findings() if problem.code == "instrument.reference_unknown"]
    assert len(findings) == 100
    assert "instrument.more" in draft.codes()
