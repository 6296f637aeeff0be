"""Headers and values as labels, and split multiple choices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from homeward.domain.instruments import Answer, Choice, ChoiceList, Missing, Question
from homeward.formats.exports.cells import CellReader
from homeward.formats.exports.headers import Headers, Target
from homeward.formats.exports.interviews import Interviews
from homeward.formats.exports.opening import open_export
from homeward.formats.xlsform.library import Library
from tests.formats.exports.samples import HEADER, NAMES, ROW, changed, codes, csv_bytes, read, reading, sample
from tests.formats.exports.test_kinds import EXPECTED

LANGUAGES = ("en", "fr", "ar")


def save(path: Path, *rows: object) -> Path:
    path.write_bytes(csv_bytes(rows))  # type: ignore[arg-type]
    return path


def labelled(header: str, cell: str, language: str) -> tuple[str, str]:
    question = sample().by_name.get(header.rpartition("/")[2])
    if question is None:
        return header, cell
    choices = sample().choices_of(question)
    texts = [choice.labels[language] for code in cell.split() if choices and (choice := choices.get(code))]
    return question.labels[language], " ".join(texts) if texts else cell


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("grouped", [False, True])
def test_labels_in_any_language(tmp_path: Path, language: str, grouped: bool) -> None:
    pairs = [labelled(header, cell, language) for header, cell in zip(HEADER, ROW, strict=True)]
    header = [label for label, _ in pairs]
    if grouped:
        groups = [sample().by_name.get(name.partition("/")[0]) for name in HEADER]
        header = [
            f"{group.labels[language]}/{text}" if group else text for group, text in zip(groups, header, strict=True)
        ]
    interview = read(save(tmp_path / "x.csv", header, [cell for _, cell in pairs]))[0]
    assert {name: interview.answers[name] for name in EXPECTED} == EXPECTED
    assert interview.problems == ()


def test_a_header_that_fits_several_questions_is_used_for_none(tmp_path: Path) -> None:
    form = sample()
    alike = [replace(q, labels={"en": "How often?"}) if q.list_name == "often" else q for q in form.questions]
    path = save(tmp_path / "x.csv", ("_id", "How often?", "life/hours"), ("1", "always", "3"))
    interviews = Interviews(open_export(path), replace(form, questions=tuple(alike)))
    assert "meals" not in next(iter(interviews)).answers
    assert "exports.column_unclear" in {problem.code for problem in interviews.remarks}


@pytest.mark.parametrize(
    ("columns", "cells", "expected"),
    [
        (("life/owns/bed", "life/owns/coat", "life/owns/none"), ("1", "0", "0"), ("bed",)),
        (("life-owns-bed", "life-owns-coat", "life-owns-none"), ("True", "TRUE", "False"), ("bed", "coat")),
        (("life-owns/bed", "life-owns/coat", "life-owns/none"), ("", "1.0", ""), ("coat",)),
        (("What do you have?/A bed", "What do you have?/A coat, warm"), ("1", "1"), ("bed", "coat")),
        (("Que possédez-vous ?/Un lit", "Que possédez-vous ?/Un manteau"), ("0", "1"), ("coat",)),
        (("owns/A bed", "owns/coat"), ("A bed", ""), ("bed",)),
        (("owns", "owns/bed", "owns/coat"), ("coat", "1", "1"), ("coat",)),
        (("owns", "owns/bed", "owns/coat"), ("", "1", ""), ("bed",)),
        (("owns/bed", "owns/coat", "owns/none"), ("", "", ""), Missing.NO_ANSWER),
    ],
)
def test_split_multiple_choices(
    tmp_path: Path, columns: tuple[str, ...], cells: tuple[str, ...], expected: Answer
) -> None:
    interview = read(save(tmp_path / "x.csv", ("_id", *columns), ("1", *cells)))[0]
    assert interview.answers["owns"] == expected
    assert interview.problems == ()


def test_nothing_ticked_is_no_answer_and_told(tmp_path: Path) -> None:
    path = save(tmp_path / "x.csv", ("_id", "owns/bed", "owns/coat"), ("1", "0", "0"))
    interview = read(path)[0]
    assert interview.answers["owns"] is Missing.NO_ANSWER
    assert codes(interview) == {("owns", "nothing_ticked")}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("bed coat", ("bed", "coat")),
        ("A bed A coat, warm", ("bed", "coat")),
        ("A bed; None of these", ("bed", "none")),
        ("Un lit, Un manteau", ("bed", "coat")),
        ("A bed | A coat, warm", ("bed", "coat")),
        ("a BED", ("bed",)),
        ("bed sofa", ("bed sofa",)),
        ("A bed A sofa", ("A bed A sofa",)),
    ],
)
def test_multiple_choices_in_one_column(tmp_path: Path, cell: str, expected: tuple[str, ...]) -> None:
    assert read(save(tmp_path / "x.csv", HEADER, changed(owns=cell)))[0].answers["owns"] == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("always", "always"),
        (" Always ", "always"),
        ("TOUJOURS", "always"),
        ("دائما", "always"),
        ("Some  times", "sometimes"),
        ("dk", "dk"),
        ("", Missing.NO_ANSWER),
        ("n/a", Missing.NO_ANSWER),
        ("Mostly", "Mostly"),
        ("99", "99"),
    ],
)
def test_values_of_one_choice(tmp_path: Path, cell: str, expected: Answer) -> None:
    assert read(save(tmp_path / "x.csv", HEADER, changed(meals=cell)))[0].answers["meals"] == expected


def test_unknown_columns_are_reported_once_and_system_columns_never(tmp_path: Path) -> None:
    header = (*HEADER, "region", "_submission_time", "meta/instanceID", "start", "__version__", "formhub/uuid")
    interviews = reading(save(tmp_path / "x.csv", header, *[(*ROW, *["x"] * 6)] * 3))
    list(interviews)
    assert [problem.where.field for problem in interviews.remarks if problem.code == "exports.column_unknown"] == [
        "region"
    ]


def test_two_columns_for_one_question_must_agree(tmp_path: Path) -> None:
    header = ("_id", "life/meals", "older/meals", *NAMES[:4])
    rows = [("1", "always", ""), ("2", "", "never"), ("3", "always", "always"), ("4", "always", "never")]
    interviews = read(save(tmp_path / "x.csv", header, *[(*row, *ROW[1:5]) for row in rows]))
    assert [one.answers["meals"] for one in interviews] == ["always", "never", "always", Missing.NO_ANSWER]
    assert ("meals", "columns_disagree") in codes(interviews[3])


def test_a_header_that_stands_twice_is_read_where_both_agree(tmp_path: Path) -> None:
    header = ("_id", "meals", "meals", *NAMES[:4])
    interviews = read(
        save(tmp_path / "x.csv", header, ("1", "always", "always", *ROW[1:5]), ("2", "always", "never", *ROW[1:5]))
    )
    assert [one.answers["meals"] for one in interviews] == ["always", Missing.NO_ANSWER]


def test_a_file_that_lacks_most_questions_is_told_first(tmp_path: Path) -> None:
    interviews = reading(save(tmp_path / "x.csv", ("_id", *NAMES[:5]), ROW[:6]))
    list(interviews)
    told = [problem.code for problem in interviews.remarks]
    assert told[0] == "exports.mostly_missing"
    assert told.count("exports.column_missing") == 3


@pytest.mark.parametrize("reference", ["caregiver", "child-6-11", "child-12-14", "child-15-17"])
def test_an_option_called_like_a_question_stays_an_option(reference: str) -> None:
    """Who helps: `friends`; and how many friends: `friends`. The column `who_helps/friends` is of the first."""
    instrument = Library().load(reference).instrument
    headers = Headers(instrument)
    for question in instrument.questions:
        choices = instrument.choices_of(question) if question.type == "select_multiple" else None
        for choice in choices.choices if choices else ():
            for before in ("", "another_group/"):
                found = headers.match(f"{before}{question.name}/{choice.code}")
                assert found.target == Target(question.name, choice.code)


def test_what_our_own_tables_say_of_missing_answers_is_understood(tmp_path: Path) -> None:
    path = save(tmp_path / "x.csv", HEADER, changed(owns="not_asked", meals="not_asked"))
    answers = read(path)[0].answers
    assert (answers["owns"], answers["meals"]) == (Missing.NOT_ASKED, Missing.NOT_ASKED)


def test_a_quote_mark_that_keeps_a_code_from_being_a_formula_is_no_part_of_it() -> None:
    choices = ChoiceList("n", (Choice("-99", {"en": "-"}), Choice("=1", {})))
    reader = CellReader(Question("q", "select_one", "n"), choices)
    assert (reader.read("'-99"), reader.read("'=1"), reader.read("-99")) == ("-99", "=1", "-99")
