"""Calculations that the file lacks are computed by the form's own rules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from homeward.domain.instruments import Instrument, Missing, Question
from homeward.formats.exports.interviews import Interview, Interviews
from homeward.formats.exports.opening import open_export
from homeward.formats.xlsform.library import Library
from tests.formats.exports.samples import TODAY, csv_bytes, sample

CODE = "482193067"


def read(path: Path, form: Instrument, header: tuple[str, ...], *rows: tuple[str, ...]) -> list[Interview]:
    (path / "x.csv").write_bytes(csv_bytes([("meals_yesterday", *header), *(("", *row) for row in rows)]))
    return list(Interviews(open_export(path / "x.csv"), form, today=TODAY))


def caregiver() -> Instrument:
    return Library().load("caregiver").instrument


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        (("start/child_known", "start/child_listed", "start/child_typed"), ("yes", CODE, "")),
        (("start/child_known", "start/child_listed", "start/child_typed"), ("no", "", CODE)),
        (("start/child_known", "start/child_listed"), ("yes", CODE)),
        (("start/child_known", "start/child_typed"), ("no", CODE)),
    ],
)
def test_the_child_is_found_however_it_was_chosen(
    tmp_path: Path, header: tuple[str, ...], cells: tuple[str, ...]
) -> None:
    assert read(tmp_path, caregiver(), header, cells)[0].answers["child_code"] == CODE


def test_a_hidden_answer_gives_no_child(tmp_path: Path) -> None:
    header = ("start/child_known", "start/child_listed", "start/child_typed")
    assert read(tmp_path, caregiver(), header, ("no", CODE, ""))[0].answers["child_code"] is Missing.NO_ANSWER


def test_a_column_of_the_file_counts_before_the_calculation(tmp_path: Path) -> None:
    header = ("start/child_known", "start/child_listed", "start/child_code")
    assert read(tmp_path, caregiver(), header, ("yes", "1", CODE))[0].answers["child_code"] == CODE


def calculating(**rules: str) -> Instrument:
    rows = [Question(name, "calculate", calculation=rule) for name, rule in rules.items()]
    return replace(sample(), questions=(*sample().questions, *rows))


def test_one_calculation_may_name_another_and_skip_logic_both(tmp_path: Path) -> None:
    form = calculating(twice="${once} * 2", once="${hours} + 1")
    asked = [replace(row, relevant="${twice} > 10") if row.name == "debt" else row for row in form.questions]
    rows = read(
        tmp_path, replace(form, questions=tuple(asked)), ("life/hours", "life/debt"), ("4", "yes"), ("5", "yes")
    )
    assert [row.answers["twice"] for row in rows] == ["10", "12"]
    assert [row.answers["debt"] for row in rows] == [Missing.NOT_ASKED, "yes"]


@pytest.mark.parametrize("rule", ["${hours} + ${meals}", "today()", "concat(${hours}, random())", "position(..)", ""])
def test_what_the_row_cannot_tell_is_not_calculated(tmp_path: Path, rule: str) -> None:
    row = read(tmp_path, calculating(sum=rule), ("life/hours", "life/debt"), ("4", "yes"))[0]
    assert row.answers.get("sum", Missing.NO_ANSWER) is Missing.NO_ANSWER
