"""The server's own view of a submission."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal

import pytest
from pyxform.xls2xform import convert

from homeward.domain.instruments import Missing
from homeward.domain.problems import ProblemError
from homeward.formats import safe_xml
from homeward.formats.xform.answers import answers, attachments
from homeward.formats.xform.differences import Difference, canonical, differences
from homeward.formats.xform.evaluate import Evaluation, evaluate
from homeward.formats.xform.model import Form
from homeward.formats.xform.reading import read_form
from homeward.formats.xform.tree import from_rows

TODAY = date(2026, 3, 15)
CHILDREN = [{"name": "100000066", "label": "100 000 066 · AB · 12-14"}]
SHEETS = """
| survey | | | | | | | | | |
| | type | name | label::en | label::fr | relevant | required | constraint | calculation | choice_filter |
| | select_one yes_no | known | Known? | Connu ? | | yes | | | |
| | select_one_from_file children.csv | listed | Who? | Qui ? | ${known} = 'yes' | yes | | | |
| | text | typed | Code | Code | ${known} = 'no' | yes | regex(., '^[0-9]{9}$') | | |
| | calculate | code | | | | | | if(${known} = 'yes', ${listed}, ${typed}) | |
| | date | held | Date | Date | | yes | . <= today() | | |
| | integer | meals | Meals | Repas | | | . >= 0 and . <= 9 | | |
| | decimal | share | Share | Part | | | | | |
| | select_multiple food | ate | Food | Plats | ${meals} > 0 | | count-selected(.) = 1 or not(selected(., 'none')) | | |
| | select_one town | town | Town | Ville | | | | | region = ${region} |
| | text | region | Region | Région | | | | | |
| | begin_repeat | person | Person | Personne | | | | | |
| | text | who | Name | Nom | | | | | |
| | integer | age | Age | Âge | ${who} != '' | | | | |
| | end_repeat | | | | | | | | |
| | calculate | people | | | | | | count(${person}) | |
| | calculate | said | | | | | | jr:choice-name(${known}, '${known}') | |
| | note | thanks | Thanks | Merci | | | | | |
| | image | picture | Picture | Photo | | | | | |
| choices | | | | |
| | list_name | name | label::en | label::fr | region |
| | yes_no | yes | Yes | Oui | |
| | yes_no | no | No | Non | |
| | food | rice | Rice | Riz | |
| | food | none | None | Rien | |
| | town | a | A | A | north |
| | town | b | B | B | south |
| settings | | | |
| | form_id | version | default_language |
| | trial | 1 | en |
"""
SOUND = {
    "known": "yes",
    "listed": "100000066",
    "code": "100000066",
    "held": "2026-03-10",
    "meals": "2",
    "share": "0.5",
    "ate": "rice",
    "town": "a",
    "region": "north",
    "people": "1",
    "said": "Yes",
}
PERSON = "<person><who>Amal</who><age>7</age></person>"


@pytest.fixture(scope="module")
def form() -> Form:
    return read_form(convert(SHEETS, file_type=".md").xform.encode())


def written(people: str = PERSON, **changes: str) -> bytes:
    fields = {**SOUND, **changes}
    body = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
    return f'<data id="trial" version="1">{body}{people}<meta><instanceID>uuid:1</instanceID></meta></data>'.encode()


def seen(form: Form, xml: bytes, language: str = "") -> Evaluation:
    return evaluate(form, xml, TODAY, {"children.csv": CHILDREN}, language)


def codes(evaluation: Evaluation) -> list[str]:
    return [f"{problem.code} {problem.where.field}".strip() for problem in evaluation.violations]


class TestRules:
    def test_a_sound_submission_is_accepted(self, form: Form) -> None:
        found = seen(form, written())
        assert found.accepted, (found.violations, found.hidden, found.calculated)
        assert found.relevant["/data/typed"] is False
        assert found.relevant["/data/person[1]/age"] is True

    @pytest.mark.parametrize(
        ("changes", "problem"),
        [
            ({"held": ""}, "answer.required held"),
            ({"held": "2026-03-16"}, "answer.constraint held"),
            ({"held": "yesterday"}, "answer.type held"),
            ({"meals": "12"}, "answer.constraint meals"),
            ({"meals": "two"}, "answer.type meals"),
            ({"ate": "rice none"}, "answer.constraint ate"),
            ({"ate": "rice cake"}, "answer.option ate"),
            ({"listed": "999999999", "code": "999999999"}, "answer.option listed"),
            ({"town": "b"}, "answer.option town"),
            ({"stranger": "x"}, "answer.unexpected"),
        ],
    )
    def test_what_breaks_a_rule_is_named(self, form: Form, changes: dict[str, str], problem: str) -> None:
        assert codes(seen(form, written(**changes))) == [problem]

    def test_a_question_answered_twice_is_named_and_its_first_answer_read(self, form: Form) -> None:
        found = seen(form, written(people=PERSON + "<meals>3</meals>"))
        assert [problem.code for problem in found.violations] == ["answer.repeated"]
        assert found.values["/data/meals"] == "2"

    def test_an_answer_behind_the_skip_logic_is_left_out_and_reported(self, form: Form) -> None:
        found = seen(form, written(typed="100000066"))
        assert found.hidden == ("/data/typed",)
        assert "/data/typed" not in found.values

    def test_a_hidden_answer_is_empty_to_other_expressions(self, form: Form) -> None:
        found = seen(form, written(known="no", said="No", typed="100000066", people=PERSON.replace("Amal", "")))
        assert found.hidden == ("/data/listed", "/data/person[1]/age")
        assert found.values["/data/code"] == "100000066"
        assert found.calculated == ()

    def test_a_calculation_that_differs_is_shown_with_both_values(self, form: Form) -> None:
        (found,) = seen(form, written(people=PERSON * 2)).calculated
        assert (found.path, found.submitted, found.computed) == ("/data/people", "1", "2")

    def test_labels_of_choices_follow_the_language(self, form: Form) -> None:
        assert seen(form, written(said="Oui"), "fr").calculated == ()

    def test_a_list_whose_file_is_not_given_is_not_checked(self, form: Form) -> None:
        assert evaluate(form, written(listed="1", code="1"), TODAY).violations == ()

    def test_another_forms_submission_is_refused(self, form: Form) -> None:
        with pytest.raises(ProblemError) as caught:
            evaluate(form, b"<other/>")
        assert caught.value.first.code == "submission.root"

    def test_messages_hold_no_answers(self, form: Form) -> None:
        found = seen(form, written(meals="77777", ate="secret", held="secret"))
        assert len(found.violations) == 3
        assert not any("secret" in str(problem) or "77777" in str(problem) for problem in found.violations)


class TestAnswers:
    def test_answers_are_sorted_by_how_they_are_kept(self, form: Form) -> None:
        found = answers(form, seen(form, written(picture="1.jpg")))
        assert found.coded["known"] == "yes"
        assert found.coded["ate"] == ("rice",)
        assert found.coded["meals"] == Decimal("2")
        assert found.coded["held"] == "2026-03-10"
        assert found.texts == {"region": "north"}
        assert found.media == {"picture": "1.jpg"}
        assert found.calculated["code"] == "100000066"
        assert "thanks" not in found.coded

    def test_not_asked_and_not_answered_are_told_apart(self, form: Form) -> None:
        found = answers(form, seen(form, written(meals="", share="", ate="")))
        assert found.missing["typed"] is Missing.NOT_ASKED
        assert found.missing["ate"] is Missing.NOT_ASKED
        assert found.missing["share"] is Missing.NO_ANSWER

    def test_rows_of_a_repeat_stay_together(self, form: Form) -> None:
        second = "<person><who/><age/></person>"
        first_row, second_row = answers(form, seen(form, written(people=PERSON + second, people_="2"))).repeats
        assert (first_row.path, first_row.texts, first_row.coded) == (
            "/data/person[1]",
            {"who": "Amal"},
            {"age": Decimal(7)},
        )
        assert second_row.coded == {"who": Missing.NO_ANSWER, "age": Missing.NOT_ASKED}

    def test_a_code_that_is_none_is_kept_as_text(self, form: Form) -> None:
        found = answers(form, seen(form, written(town="somebody's name", meals="many")))
        assert found.texts["town"] == "somebody's name"
        assert found.texts["meals"] == "many"
        assert "town" not in found.coded

    def test_the_files_of_a_submission_are_named(self, form: Form) -> None:
        assert list(attachments(form, seen(form, written(picture="1.jpg")))) == ["1.jpg"]


class TestWork:
    def test_a_list_of_20000_is_looked_up_through_an_index(self, form: Form) -> None:
        rows = from_rows({"name": f"{number:09d}", "label": "x"} for number in range(20_000))
        xml = written(listed="000019999", code="000019999")
        assert evaluate(form, xml, TODAY, {"children.csv": rows}).accepted
        wrong = evaluate(form, written(listed="x", code="x"), TODAY, {"children.csv": rows})
        assert codes(wrong) == ["answer.option listed"]

    def test_a_rule_that_takes_too_much_work_is_stopped(self) -> None:
        inner = "count(/data/person[count(/data/person[who != '']) > 0])"
        text = convert(SHEETS.replace("count(${person})", inner), file_type=".md").xform
        start = time.process_time()
        found = seen(read_form(text.encode()), written(people=PERSON * 2_000))
        assert time.process_time() - start < 5
        assert (found.settled, found.violations[0].code) == (True, "xform.too_much_work")
        assert answers(found.interview.form, found).coded

    @pytest.mark.parametrize("many", [False, True])
    def test_long_texts_and_long_lists_are_work_too(self, many: bool) -> None:
        rows = ["| | begin_repeat | r | R | |", "| | text | v | V | selected(${m}, ${v}) |", "| | end_repeat | r | | |"]
        picked = [
            "| | select_multiple l | m | M | |",
            "| | begin_repeat | r | R | |",
            "| | select_multiple l | n | N | selected(${m}, name) |",
            "| | end_repeat | r | | |",
        ]
        sheets = [
            "| survey | | | | |",
            "| | type | name | label | choice_filter |" if many else "| | type | name | label | relevant |",
        ]
        sheets += picked if many else [picked[0], *rows]
        sheets += [
            "| choices | | | |",
            "| | list_name | name | label |",
            *(f"| | l | c{n} | C{n} |" for n in range(3_000)),
        ]
        form = read_form(convert("\n".join(sheets), file_type=".md").xform.encode())
        codes = " ".join(f"c{n}" for n in range(3_000))
        more = f"<r><n>{codes}</n></r>" * 20 if many else "<r><v>c2999</v></r>" * 20_000
        start = time.process_time()
        found = evaluate(form, f"<data><m>{codes}</m>{more}</data>".encode())
        assert time.process_time() - start < 8
        assert found.violations[0].code == ("xform.too_much_work" if many else "xform.unsettled")
        assert found.settled is many

    def test_a_chain_of_300_dependent_questions_is_no_deep_recursion(self) -> None:
        rows = [f"| | text | q{n} | Q | ${{q{n + 1}}} != '' |" for n in range(300)]
        sheets = "\n".join(
            ["| survey | | | | |", "| | type | name | label | relevant |", *rows, "| | text | q300 | Q | |"]
        )
        chained = read_form(convert(sheets, file_type=".md", form_name="data").xform.encode())
        body = "".join(f"<q{n}>x</q{n}>" for n in range(301))
        found = evaluate(chained, f"<data>{body}</data>".encode())
        assert found.hidden == ()
        body = body.replace("<q300>x</q300>", "")
        assert len(evaluate(chained, f"<data>{body}</data>".encode()).hidden) == 300


class TestDifferences:
    def test_an_edit_is_told_answer_by_answer(self) -> None:
        before = safe_xml.parse(written(meals="2"))
        after = safe_xml.parse(written(people=PERSON * 2, meals="3", share=""))
        assert differences(before, after) == (
            Difference("/data/meals", "2", "3"),
            Difference("/data/share", "0.5", ""),
            Difference("/data/person[1]/who", "", "Amal"),
            Difference("/data/person[1]/age", "", "7"),
            Difference("/data/person[2]/who", "", "Amal"),
            Difference("/data/person[2]/age", "", "7"),
            Difference("/data/person/who", "Amal", ""),
            Difference("/data/person/age", "7", ""),
        )

    def test_what_differs_only_in_writing_is_canonically_equal(self) -> None:
        one, other = b'<d b="2" a="1"><x></x></d>', b"<?xml version='1.0'?>\n<d  a='1'   b='2'><x/><!-- c --></d>"
        assert canonical(safe_xml.parse(one)) == canonical(safe_xml.parse(other))
