"""Forms as other agencies write them: habits that are no fault, and faults that must be told with their place."""

from __future__ import annotations

import pytest

from homeward.domain.problems import Problem, ProblemError, errors
from homeward.formats.tables.csv_reading import read_csv
from homeward.formats.xform.evaluate import evaluate
from homeward.formats.xform.publishing import check_publishable
from homeward.formats.xform.reading import read_form
from homeward.formats.xlsform.checking import check
from homeward.formats.xlsform.loading import Loaded, load, load_sheets
from homeward.formats.xlsform.packing import folder_files, workbook_bytes
from homeward.formats.xlsform.xform_building import to_xform
from tests.formats.xlsform.forms import Draft


def agency(survey: str, choices: str = "", settings: str = "", entities: str = "") -> Loaded:
    """A form without an about sheet; cells are divided by `|`."""
    texts = {"survey": survey, "choices": choices, "settings": settings, "entities": entities}
    sheets = {
        name: read_csv(text.strip().encode(), name, file="agency.xlsx", delimiter="|")
        for name, text in texts.items()
        if text
    }
    return load_sheets(sheets, file="agency.xlsx")


def found(loaded: Loaded, code: str) -> list[Problem]:
    return [problem for problem in check(loaded) if problem.code == code]


YES_NO = """
list name|name|label
yn|yes|Yes
yn|no|No
"""


class TestHabitsThatAreNoFault:
    def test_one_name_in_two_groups(self) -> None:
        loaded = agency(
            """
type|name|label
begin group|mother|Mother
text|first|First name
end group||
begin group|father|Father
text|first|First name
end group||
"""
        )
        (problem,) = found(loaded, "instrument.duplicate_name")
        assert (problem.severity, problem.where.row, problem.params["row"]) == ("warning", 6, 3)
        assert to_xform(loaded).xml

    def test_one_name_twice_in_a_group_is_refused_once(self) -> None:
        loaded = agency("type|name|label\ntext|first|A\ntext|first|B")
        assert [problem.code for problem in errors(check(loaded))] == ["instrument.duplicate_name"]

    def test_old_spellings_of_columns(self) -> None:
        loaded = agency(
            "type|name|label|read only|bind:relevant\nselect one from yn|a|A||\ntext|b|B|yes|${a} = 'no'", YES_NO
        )
        assert found(loaded, "instrument.header_with_space") == []
        assert loaded.instrument.by_name["b"].relevant == "${a} = 'no'"

    def test_a_skip_that_never_holds_is_said_and_not_refused(self) -> None:
        loaded = agency("type|name|label|relevant\nselect_one yn|a|A|\ntext|b|B|${a} != 'dk'", YES_NO)
        (problem,) = found(loaded, "instrument.skip_code_unknown")
        assert problem.severity == "warning"

    def test_an_option_without_a_list_is_left_out(self) -> None:
        loaded = agency("type|name|label\nselect_one yn|a|A", YES_NO + "|other|Other\n")
        (problem,) = found(loaded, "instrument.list_missing")
        assert (problem.severity, problem.where.row) == ("warning", 4)

    def test_null_for_an_empty_value(self) -> None:
        loaded = agency("type|name|label|calculation\ninteger|a|A|\ncalculate|b||if(${a} > 3, 1, null)")
        form = read_form(to_xform(loaded).xml)
        (problem,) = check_publishable(form)
        assert (problem.code, problem.severity) == ("xform.unknown_question", "warning")
        answer = f'<data id="{form.id}" version="{form.version}"><a>2</a><b/></data>'
        assert evaluate(form, answer.encode()).accepted

    def test_entities(self) -> None:
        loaded = agency(
            "type|name|label|save_to\ntext|house|House|address",
            entities="list_name|label\nhouses|${house}",
        )
        form = read_form(to_xform(loaded).xml)
        assert errors(check(loaded)) == ()
        assert errors(check_publishable(form)) == ()
        assert [item.name for item in form.questions] == ["house"]


class TestFaultsWithTheirPlace:
    def test_a_list_on_the_sheet_of_external_choices(self) -> None:
        loaded = agency("type|name|label|choice_filter\ntext|a|A|\nselect_one_external towns|b|B|district=${a}")
        (problem,) = errors(check(loaded))
        assert (problem.code, problem.where.row) == ("instrument.external_list", 3)
        assert "towns.csv" in str(problem)

    def test_a_loop(self) -> None:
        loaded = agency("type|name|label\nbegin loop over yn|l|\ntext|a|A\nend loop||", YES_NO)
        assert [(problem.code, problem.where.row) for problem in errors(check(loaded))] == [("instrument.loop", 2)]

    def test_a_list_without_a_single_text(self) -> None:
        loaded = agency("type|name|label\nselect_one blank|a|A", "list_name|name|label\nblank|1|\nblank|2|")
        assert [(problem.code, problem.where.row) for problem in errors(check(loaded))] == [
            ("instrument.list_without_text", 2)
        ]

    def test_every_row_of_an_unknown_type(self) -> None:
        loaded = agency("type|name|label\ndb:person|a|A\ntext|b|B\ndb:person|c|C")
        rows = [problem.where.row for problem in found(loaded, "instrument.type_unknown")]
        assert rows == [2, 4]

    def test_required_that_is_neither_yes_nor_no(self) -> None:
        loaded = agency("type|name|label|required\ntext|a|A|T\ntext|b|B|TRUE\ntext|c|C|${a} != ''")
        (problem,) = found(loaded, "instrument.required_unclear")
        assert (problem.where.row, problem.where.field) == (2, "required")

    def test_a_column_that_the_converter_trips_over(self) -> None:
        loaded = agency("type|name|label|instance::tag\nbegin group|g|G|x\ntext|a|A|\nend group|||")
        (problem,) = errors(check(loaded))
        assert (problem.code, problem.where.field) == ("instrument.xform_failed", "instance::tag")


class TestAReportThatCanBeRead:
    def test_one_language_without_a_single_text_is_told_in_few_lines(self) -> None:
        rows = "\n".join(f"text|q{number}|Text {number}|" for number in range(50))
        loaded = agency(f"type|name|label::English (en)|label::Amharic (am)\n{rows}")
        findings = [problem for problem in check(loaded) if problem.where.field == "label::Amharic (am)"]
        assert [problem.code for problem in findings] == ["instrument.label_missing"] * 5 + ["instrument.more"]
        assert (findings[-1].params["count"], findings[-1].where.row, findings[-1].severity) == (45, 51, "warning")

    def test_a_language_is_what_the_labels_speak(self) -> None:
        loaded = agency("type|name|label::English (en)|label::French (fr)|hint\ntext|a|A|B|Write it down")
        assert {problem.params.get("code") for problem in found(loaded, "instrument.translation_missing")} == {
            "en",
            "fr",
        }

    def test_columns_without_a_language_are_named_as_such(self) -> None:
        loaded = agency(
            "type|name|label|label::French (fr)\nselect_one yn|a|A|B", YES_NO.replace("label", "label::French (fr)")
        )
        (problem,) = found(loaded, "instrument.language_missing")
        assert (problem.where.field, problem.action) == ("label", "Add a column label.")


def test_a_rule_that_reads_a_repeat_from_outside_is_said() -> None:
    loaded = agency(
        """
type|name|label|calculation|relevant
begin repeat|member|Member||
integer|age|Age||
text|school|School||${age} < 18
end repeat||||
calculate|oldest||max(${age})|
calculate|same||if(${age} = 3, 1, 0)|
"""
    )
    (problem,) = check_publishable(read_form(to_xform(loaded).xml))
    assert (problem.code, problem.severity) == ("xform.repeat_from_outside", "warning")
    assert problem.where.field.startswith("same")


@pytest.mark.parametrize(("chosen", "asked"), [("", True), ("yes", False)])
def test_an_empty_code_stands_for_no_answer_as_in_collect(chosen: str, asked: bool) -> None:
    loaded = agency("type|name|label|relevant\nselect_one yn|a|A|\ntext|why|Why?|selected(${a}, '')", YES_NO)
    form = read_form(to_xform(loaded).xml)
    answer = f'<data id="{form.id}" version="{form.version}"><a>{chosen}</a><why/></data>'
    assert evaluate(form, answer.encode()).relevant["/data/why"] is asked
    assert [problem.code for problem in check_publishable(form)] == ["xform.selected_empty"]


def test_a_calculated_label_may_be_in_any_language_of_the_form() -> None:
    loaded = agency(
        "type|name|label::English (en)|label::French (fr)|calculation\nselect_one size|a|Size|Taille|\n"
        "calculate|b|||jr:choice-name(${a}, '${a}')",
        "list_name|name|label::English (en)|label::French (fr)\nsize|m|Middle|Milieu\nsize|l|Large|Grand",
        "form_id|version|default_language\nsizes|1|English (en)",
    )
    form = read_form(to_xform(loaded).xml)
    for text, accepted in (("Middle", True), ("Milieu", True), ("Grand", False)):
        answer = f'<data id="sizes" version="1"><a>m</a><b>{text}</b></data>'
        assert evaluate(form, answer.encode()).accepted is accepted


def test_empty_rows_survive_packing_because_notes_without_a_name_are_called_by_their_row() -> None:
    loaded = agency("type|name|label\ntext|a|A\n||\n||\nnote||Read this aloud")
    again = load(workbook_bytes(loaded), "agency.xlsx")
    assert to_xform(again).xml == to_xform(loaded).xml
    sheet = read_csv(folder_files(loaded)["survey.csv"], "survey", file="agency.xlsx", delimiter=",")
    assert [row.number for row in sheet] == [2, 5]


def test_the_checker_does_not_repeat_what_the_converter_says_of_the_same_row() -> None:
    draft = Draft().question("text", "two words")
    where = draft.row("survey", "two words")
    assert [problem.code for problem in draft.findings() if problem.where.row == where] == ["instrument.bad_name"]
    with pytest.raises(ProblemError):
        to_xform(draft.load())
