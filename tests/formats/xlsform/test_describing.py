from __future__ import annotations

import pytest

from homeward.formats.xlsform.dictionary import HEADER, data_dictionary
from homeward.formats.xlsform.differences import Difference, differences
from homeward.formats.xlsform.library import Library
from homeward.formats.xlsform.methods import methods_page
from tests.formats.xlsform.forms import EN, Draft

LIBRARY = [f"{entry.id}@{entry.version}" for entry in Library().entries()]


def compare(draft: Draft) -> tuple[Difference, ...]:
    return differences(Draft().load().instrument, draft.load().instrument)


class TestDifferences:
    def test_between_the_same_versions_are_none(self) -> None:
        assert compare(Draft()) == ()

    def test_name_what_was_added_and_removed(self) -> None:
        draft = Draft().question("text", "extra").remove("choices", "often/refused").remove("scoring", "worried")
        found = {(d.part, d.kind, d.name) for d in compare(draft)}
        assert found == {
            ("question", "added", "extra"),
            ("option", "removed", "often/refused"),
            ("scoring", "removed", "worried"),
        }

    def test_show_old_and_new_of_each_changed_field(self) -> None:
        draft = (
            Draft()
            .set("choices", "often/sometimes", "score", "0.6")
            .set("survey", "friends", EN, "Do you see friends?")
        )
        assert compare(draft) == (
            Difference(
                "question", "changed", "friends", "label::en", "How often do you meet friends?", "Do you see friends?"
            ),
            Difference("option", "changed", "often/sometimes", "score", "0.5", "0.6"),
        )

    def test_tell_which_changes_break_a_series(self) -> None:
        scored = Draft().set("choices", "often/sometimes", "score", "0.6")
        worded = Draft().set("survey", "friends", EN, "Do you see friends?")
        weighted = Draft().set("scoring", "friends", "weight", "2")
        assert [d.breaks_series for draft in (scored, worded, weighted) for d in compare(draft)] == [True, False, True]

    def test_of_alternatives_go_by_their_order(self) -> None:
        row = {"component": "friends", "of": "friends", "dimension": "social", "ages": "15-"}
        draft = Draft().set("scoring", "friends", "ages", "12-14").add("scoring", row)
        assert {(d.kind, d.name) for d in compare(draft)} == {("changed", "friends"), ("added", "friends (2)")}


class TestTheDataDictionary:
    def test_says_what_each_column_means_and_how_it_is_protected(self) -> None:
        rows = {row.name: row for row in data_dictionary(Draft().load().instrument)}
        assert rows["worried"].options.startswith("always = Always (1); sometimes = Sometimes (0.5)")
        assert rows["worried"].options.endswith("refused = I prefer not to say (refused)")
        assert (rows["worried"].dimensions, rows["worried"].privacy, rows["worried"].group) == (
            "psychosocial",
            "L3",
            "questions",
        )
        assert "child_code" in rows
        assert "limits" not in rows

    def test_follows_components_that_feed_components(self) -> None:
        draft = Draft().set("scoring", "friends", "dimension", "")
        draft.add("scoring", {"component": "all", "how": "mean", "of": "friends", "dimension": "social"})
        draft.remove("scoring", "friends").add("scoring", {"component": "near", "how": "item", "of": "friends"})
        draft.set("scoring", "all", "of", "near")
        rows = {row.name: row for row in data_dictionary(draft.load().instrument)}
        assert rows["friends"].dimensions == "social"

    @pytest.mark.parametrize("reference", LIBRARY)
    def test_of_every_library_form_has_all_its_columns(self, reference: str) -> None:
        rows = data_dictionary(Library().load(reference).instrument, "fr")
        assert rows
        assert all(getattr(row, name) is not None for row in rows for name in HEADER)


class TestTheMethodsPage:
    @pytest.mark.parametrize("reference", LIBRARY)
    def test_of_a_library_form_says_whose_words_they_are(self, reference: str) -> None:
        instrument = Library().load(reference).instrument
        page = methods_page(instrument)
        assert page.startswith(f"# {instrument.about.titles['en']}")
        assert f"| Wording | {instrument.about.wording_status.value}:" in page
        assert all(question.name in page for question in instrument.questions if question.type.startswith("select"))

    def test_shows_values_rules_and_examples(self) -> None:
        page = methods_page(Draft().load().instrument)
        assert "sometimes = Sometimes (0.5)" in page
        assert "At least 60 % of the applicable questions" in page
        assert "| mixed | 13 | friends sometimes, worried refused | 0.500000 | no score |" in page

    def test_keeps_its_tables_whole(self) -> None:
        page = methods_page(Draft().set("survey", "friends", EN, "One | two\nlines").load().instrument)
        assert "One \\| two lines" in page
