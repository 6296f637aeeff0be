"""What spoils data in practice, found row by row; and what is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from homeward.domain.instruments import Missing
from homeward.formats.exports.interviews import Interview, Interviews
from homeward.formats.exports.opening import open_export
from tests.formats.exports.samples import HEADER, ROW, TODAY, changed, codes, csv_bytes, read, reading, sample


def rows(path: Path, *lines: Sequence[str], header: Sequence[str] = HEADER, **chosen: str) -> list[Interview]:
    (path / "x.csv").write_bytes(csv_bytes([header, *lines]))
    return read(path / "x.csv", **chosen)


def test_a_clean_row_has_no_findings(tmp_path: Path) -> None:
    interview = rows(tmp_path, ROW)[0]
    assert (interview.row, interview.row_id, interview.age, str(interview.date)) == (2, "101", 13, "2026-05-01")
    assert interview.problems == ()


class TestSkipLogic:
    def test_an_answer_that_it_hides_is_left_out_and_named(self, tmp_path: Path) -> None:
        interview = rows(tmp_path, changed(debt="no"))[0]
        assert interview.answers["debt_worry"] is Missing.NOT_ASKED
        assert interview.left_out == {"debt_worry": "always"}
        assert codes(interview) == {("debt_worry", "hidden_answer")}
        assert [str(problem.where) for problem in interview.problems] == ["x.csv, row 2, debt_worry"]
        assert "always" not in str(interview.problems[0])

    def test_a_hidden_zero_looks_like_a_missing_value(self, tmp_path: Path) -> None:
        assert codes(rows(tmp_path, changed(debt="no", debt_worry="0"))[0]) == {("debt_worry", "missing_as_zero")}

    def test_what_was_not_asked_and_not_answered_is_no_finding(self, tmp_path: Path) -> None:
        interview = rows(tmp_path, changed(debt="no", debt_worry=""))[0]
        assert interview.answers["debt_worry"] is Missing.NOT_ASKED
        assert interview.problems == ()

    def test_a_group_hides_all_that_stands_in_it(self, tmp_path: Path) -> None:
        interview = rows(tmp_path, changed(agree="no", owns="", hours=""))[0]
        assert interview.left_out.keys() == {"meals", "debt", "debt_worry"}
        assert {interview.answers[name] for name in ("meals", "owns", "debt", "debt_worry", "hours")} == {
            Missing.NOT_ASKED
        }

    def test_a_hidden_answer_counts_as_empty_for_the_conditions_after_it(self, tmp_path: Path) -> None:
        interview = rows(tmp_path, changed(agree="", debt="yes"))[0]
        assert interview.answers["debt_worry"] is Missing.NOT_ASKED

    def test_a_condition_on_a_column_that_is_not_there_hides_nothing_and_is_told(self, tmp_path: Path) -> None:
        header = ("_id", "meals", "debt_worry")
        (tmp_path / "x.csv").write_bytes(csv_bytes([header, ("1", "always", "never")]))
        interviews = reading(tmp_path / "x.csv")
        interview = next(iter(interviews))
        assert (interview.answers["meals"], interview.answers["debt_worry"]) == ("always", "never")
        told = {
            problem.where.field for problem in interviews.remarks if problem.code == "exports.skip_logic_not_tested"
        }
        assert told == {"life", "debt_worry"}

    @pytest.mark.parametrize(
        "other", ["${in_private} = 'yes'", "not(${in_private} = 'no')", "pulldata('a', 'b', 'c', 'd') = 1"]
    )
    def test_a_refusal_hides_what_follows_also_where_the_rest_of_the_condition_is_unknown(
        self, tmp_path: Path, other: str
    ) -> None:
        (tmp_path / "x.csv").write_bytes(csv_bytes([HEADER, changed(agree="no"), ROW]))
        form = sample()
        asked = [
            replace(q, relevant=f"${{agree}} = 'yes' and ({other})") if q.name == "life" else q for q in form.questions
        ]
        interviews = Interviews(open_export(tmp_path / "x.csv"), replace(form, questions=tuple(asked)), today=TODAY)
        refused, agreed = interviews
        assert {refused.answers[name] for name in ("meals", "owns", "hours")} == {Missing.NOT_ASKED}
        assert agreed.answers["meals"] == "sometimes"
        assert [(p.where.field, p.action.split()[0]) for p in interviews.remarks] == [("life", "Only")]


class TestMissingAsZero:
    @pytest.mark.parametrize("field", ["meals", "owns"])
    def test_a_zero_that_is_no_option(self, tmp_path: Path, field: str) -> None:
        interview = rows(tmp_path, changed(**{field: "0"}))[0]
        assert interview.answers[field] is Missing.NO_ANSWER
        assert codes(interview) == {(field, "missing_as_zero")}

    def test_a_number_of_zero_is_a_number(self, tmp_path: Path) -> None:
        assert rows(tmp_path, changed(hours="0"))[0].problems == ()


class TestIds:
    def test_repeated_ids_name_the_earlier_row(self, tmp_path: Path) -> None:
        first, second, third = rows(tmp_path, ROW, changed(_id="102", child_code="x"), changed(child_code="y"))
        assert codes(first) == codes(second) == set()
        assert [(p.code, p.where.row, p.params["other"]) for p in third.problems] == [("exports.id_repeated", 4, 2)]

    def test_a_repeated_instance_under_another_number(self, tmp_path: Path) -> None:
        header = (*HEADER, "meta/instanceID")
        pair = rows(tmp_path, (*ROW, "uuid:1"), (*changed(_id="102", child_code="x"), "uuid:1"), header=header)
        assert codes(pair[1]) == {("meta/instanceID", "id_repeated")}

    def test_the_same_child_twice_on_a_day(self, tmp_path: Path) -> None:
        pair = rows(tmp_path, ROW, changed(_id="102"), changed(_id="103", respondent="caregiver"))
        assert [codes(interview) for interview in pair] == [set(), {("child_code", "child_twice")}, set()]

    def test_without_any_id_the_row_number_is_the_id(self, tmp_path: Path) -> None:
        pair = rows(tmp_path, ROW[1:], changed(child_code="x")[1:], header=HEADER[1:])
        assert [interview.row_id for interview in pair] == ["2", "3"]

    @pytest.mark.parametrize("name", ["KEY", "meta/instanceID", "meta-instanceID", "__id", "_uuid"])
    def test_other_names_of_the_id(self, tmp_path: Path, name: str) -> None:
        assert rows(tmp_path, ROW, header=(name, *HEADER[1:]))[0].row_id == "101"


class TestAges:
    @pytest.mark.parametrize("age", ["300", "-1", "12 years", "NaN"])
    def test_an_impossible_age_is_not_used(self, tmp_path: Path, age: str) -> None:
        interview = rows(tmp_path, changed(age=age))[0]
        assert interview.age is None
        assert ("age", "impossible_age") in codes(interview)

    def test_an_age_that_the_instrument_is_not_meant_for(self, tmp_path: Path) -> None:
        interview = rows(tmp_path, changed(age="30"))[0]
        assert interview.age == 30
        assert codes(interview) == {("age", "age_outside_instrument")}

    @pytest.mark.parametrize(
        ("born", "stated", "age", "found"),
        [
            ("2013-05-01", "", 13, set()),
            ("2013-05-02", "", 12, set()),
            ("2013-05-02", "13", 12, set()),
            ("2013-05-02", "16", 12, {("age", "age_differs")}),
            ("2027-01-01", "13", 13, {("birth_date", "impossible_date")}),
            ("1801-01-01", "", None, {("birth_date", "impossible_date")}),
            ("01/02/2013", "13", 13, {("birth_date", "date_unreadable")}),
            ("2026-05-20", "", None, {("birth_date", "impossible_age")}),
        ],
    )
    def test_age_is_computed_from_dates(
        self, tmp_path: Path, born: str, stated: str, age: int | None, found: set[tuple[str, str]]
    ) -> None:
        interview = rows(tmp_path, (*changed(age=stated), born), header=(*HEADER, "date_of_birth"))[0]
        assert interview.age == age
        assert codes(interview) == found

    @pytest.mark.parametrize(
        ("day", "code"),
        [("2031-01-01", "impossible_date"), ("1970-01-01", "impossible_date"), ("May", "date_unreadable")],
    )
    def test_impossible_interview_dates(self, tmp_path: Path, day: str, code: str) -> None:
        interview = rows(tmp_path, changed(interview_date=day))[0]
        assert interview.date is None
        assert codes(interview) == {("interview_date", code)}

    def test_columns_can_be_named(self, tmp_path: Path) -> None:
        header = [name.replace("age", "Years of life") for name in HEADER]
        assert rows(tmp_path, ROW, header=header)[0].age is None
        assert rows(tmp_path, ROW, header=header, age="Years of life")[0].age == 13


class TestRows:
    def test_a_short_row_counts_as_empty_at_its_end(self, tmp_path: Path) -> None:
        interview = rows(tmp_path, ROW[:6])[0]
        assert interview.answers["hours"] is Missing.NO_ANSWER
        assert codes(interview) == {("", "row_short")}

    def test_a_row_with_cells_out_of_place_is_not_scored(self, tmp_path: Path) -> None:
        interview = rows(tmp_path, (*ROW, "what is this"))[0]
        assert not interview.usable
        assert codes(interview) == {("", "row_long")}

    def test_empty_rows_are_passed_over(self, tmp_path: Path) -> None:
        (tmp_path / "x.csv").write_bytes(csv_bytes([HEADER, ROW]) + b"\r\n,,,,\r\n\r\n")
        assert len(read(tmp_path / "x.csv")) == 1
