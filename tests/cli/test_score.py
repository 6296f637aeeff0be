"""`homeward score` from the outside: files in, files out, exit status."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow.parquet
import pytest

from homeward.cli.main import CANNOT, DONE, main
from homeward.domain.instruments import Answer, Example, Instrument, Missing
from homeward.formats.xlsform.library import Entry, Library
from homeward.formats.xlsform.loading import load
from tests.formats.exports.samples import ABOUT, CHOICES, HEADER, ROW, SCORING, SURVEY, changed, csv_bytes

COLUMNS = [
    "row_id",
    "row",
    "child_code",
    "economic",
    "composite",
    "answered_share_economic",
    "answered_share_all",
    "not_enough_answers",
    "flags",
    "warnings",
    "instrument",
    "version",
    "weights",
    "scorer_version",
]


@pytest.fixture
def form(tmp_path: Path) -> Path:
    folder = tmp_path / "sample" / "1.0"
    folder.mkdir(parents=True)
    for name, text in {"about": ABOUT, "survey": SURVEY, "choices": CHOICES, "scoring": SCORING}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    assert load(folder).instrument.scored
    return folder


@pytest.fixture
def export(tmp_path: Path) -> Path:
    lines = [
        HEADER,
        ROW,
        changed(_id="102", child_code="x1", meals="never", owns="none coat", hours="900"),
        changed(_id="103", child_code="y1", meals="dk", owns="", debt="no", hours=""),
        changed(_id="101", child_code="z1", debt="no"),
    ]
    (tmp_path / "export.csv").write_bytes(csv_bytes(lines))
    return tmp_path / "export.csv"


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def score(export: Path, form: Path, *words: object) -> int:
    return main(["score", str(export), "--instrument", str(form), *map(str, words)])


class TestScores:
    def test_one_row_an_interview_with_the_agreed_columns(self, export: Path, form: Path) -> None:
        assert score(export, form) == DONE
        rows = read_csv(export.with_name("export-scores.csv"))
        assert list(rows[0]) == COLUMNS
        assert [row["row_id"] for row in rows] == ["101", "102", "103", "101"]
        assert [row["economic"] for row in rows] == ["0.750000", "", "", "0.666667"]
        assert [row["answered_share_economic"] for row in rows] == ["1.000000", "0.500000", "0.000000", "1.000000"]
        assert [row["not_enough_answers"] for row in rows] == ["", "economic", "economic", ""]
        assert [row["flags"] for row in rows] == ["", "meals=hunger:high", "", ""]
        assert [row["warnings"] for row in rows] == [
            "",
            "scoring.exclusive_with_others scoring.outside_bands",
            "exports.hidden_answer",
            "exports.id_repeated exports.hidden_answer",
        ]
        assert {(row["instrument"], row["version"], row["weights"]) for row in rows} == {("sample", "1.0", "equal")}

    def test_the_report_names_row_and_field_and_what_to_do(self, export: Path, form: Path) -> None:
        score(export, form)
        report = read_csv(export.with_name("export-scores-problems.csv"))
        found = {(line["row"], line["field"], line["code"]) for line in report}
        assert found == {
            ("3", "owns", "scoring.exclusive_with_others"),
            ("3", "hours", "scoring.outside_bands"),
            ("4", "debt_worry", "exports.hidden_answer"),
            ("5", "_id", "exports.id_repeated"),
            ("5", "debt_worry", "exports.hidden_answer"),
        }
        assert all(line["message"] and line["what_to_do"] and line["row_id"] for line in report)

    def test_rows_and_children_are_named_for_joining(self, export: Path, form: Path) -> None:
        score(export, form)
        rows = read_csv(export.with_name("export-scores.csv"))
        assert [row["row"] for row in rows] == ["2", "3", "4", "5"], "also where an id stands twice"
        assert [row["child_code"] for row in rows] == ["482193067", "x1", "y1", "z1"]

    @pytest.mark.parametrize("code", ["482 193 067", "12", "CMS-0042", "case:7.b_1", "٤٨٢١٩٣٠٦٧", ""])
    def test_a_code_or_an_id_stands_as_it_is_written(self, tmp_path: Path, form: Path, code: str) -> None:
        assert self.child_column(tmp_path, form, code) == code

    @pytest.mark.parametrize(
        "name", ["Amina", "Amina Yusuf of Mill village", "Amina Yusuf 2", "أمينة", "a1" * 21, "é1"]
    )
    def test_what_may_be_a_name_does_not(self, tmp_path: Path, form: Path, name: str) -> None:
        assert self.child_column(tmp_path, form, name) == "(not shown)"
        for path in tmp_path.glob("x-scores*"):
            assert name not in path.read_text(encoding="utf-8-sig"), path.name

    def child_column(self, tmp_path: Path, form: Path, text: str) -> str:
        (tmp_path / "x.csv").write_bytes(csv_bytes([HEADER, changed(child_code=text), changed(child_code=text)]))
        score(tmp_path / "x.csv", form)
        rows = read_csv(tmp_path / "x-scores.csv")
        assert [(row["row_id"], row["row"]) for row in rows] == [("101", "2"), ("101", "3")], "what joins them"
        report = read_csv(tmp_path / "x-scores-problems.csv")
        values = {line["value"] for line in report if line["field"] == "child_code"}
        assert values <= {"(not shown)" if rows[0]["child_code"] == "(not shown)" else f"“{text}”"}
        assert values or not text
        return rows[0]["child_code"]

    def test_the_summary_is_one_page(self, export: Path, form: Path) -> None:
        score(export, form)
        text = export.with_name("export-scores-summary.txt").read_text(encoding="utf-8")
        assert len(text.splitlines()) < 60
        assert "4 interviews read, 3 with findings" in text
        assert "hunger:high" in text

    @pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
    def test_the_extension_picks_the_kind_of_file(self, export: Path, form: Path, tmp_path: Path, suffix: str) -> None:
        out = tmp_path / f"out{suffix}"
        assert score(export, form, "--out", out) == DONE
        assert first_score(out) == Decimal("0.75")
        assert {path.name for path in tmp_path.glob("out*")} == {out.name, "out-problems.csv", "out-summary.txt"}

    def test_json_carries_the_counts(self, export: Path, form: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert score(export, form, "--json") == DONE
        values = json.loads(capsys.readouterr().out)
        assert (values["interviews"], values["interviews_with_findings"]) == (4, 3)
        assert values["scores"]["economic"] == {"scored": 2, "not_enough_answers": 2, "mean": "0.708334"}
        assert Path(values["out"]).is_file()

    def test_a_formula_in_an_id_is_disarmed(self, tmp_path: Path, form: Path) -> None:
        (tmp_path / "x.csv").write_bytes(csv_bytes([HEADER, changed(_id="=cmd|' /C calc'!A0", debt="no")]))
        score(tmp_path / "x.csv", form)
        assert read_csv(tmp_path / "x-scores.csv")[0]["row_id"].startswith("'=")
        assert read_csv(tmp_path / "x-scores-problems.csv")[0]["row_id"].startswith("'=")


def first_score(path: Path) -> Decimal:
    if path.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path).active
        return Decimal(str(sheet["D2"].value))
    if path.suffix == ".parquet":
        return Decimal(pyarrow.parquet.read_table(path).to_pylist()[0]["economic"])
    return Decimal(read_csv(path)[0]["economic"])


class TestTheOffendingValue:
    def shown(self, tmp_path: Path, form: Path, **cells: str) -> dict[str, str]:
        (tmp_path / "x.csv").write_bytes(
            csv_bytes([HEADER, ROW, changed(**{"_id": "102", "child_code": "b", **cells})])
        )
        score(tmp_path / "x.csv", form)
        return {line["field"]: line["value"] for line in read_csv(tmp_path / "x-scores-problems.csv")}

    def test_it_stands_in_the_report(self, tmp_path: Path, form: Path) -> None:
        found = self.shown(tmp_path, form, _id="101", meals="nevver", owns="none coat", hours="900", age="4000")
        quoted = {"_id": "“101”", "meals": "“nevver”", "owns": "“none coat”", "hours": "“900”", "age": "“4000”"}
        assert found == quoted
        assert self.shown(tmp_path, form, interview_date="2099-01-01") == {"interview_date": "“2099-01-01”"}
        assert self.shown(tmp_path, form, debt="no") == {"debt_worry": "“always”"}

    def test_what_somebody_wrote_in_words_does_not(self, tmp_path: Path, form: Path) -> None:
        words = "He told me that his uncle beats him every night"
        self.withheld(tmp_path, form, words, "meals")

    SHORT = ["her uncle beats her at night", "Amina Y", "call 0912345678 Amina", "0912345678", "+251912345678", "Amína"]

    @pytest.mark.parametrize("text", SHORT)
    @pytest.mark.parametrize("field", ["meals", "hours", "age", "interview_date", "owns"])
    def test_nor_do_few_words_or_a_telephone_number(self, tmp_path: Path, form: Path, text: str, field: str) -> None:
        self.withheld(tmp_path, form, text, field)

    def withheld(self, tmp_path: Path, form: Path, text: str, field: str) -> None:
        assert self.shown(tmp_path, form, **{field: text})[field] == "(not shown)"
        assert text not in (tmp_path / "x-scores-problems.csv").read_text(encoding="utf-8")

    def test_nor_do_words_in_the_column_of_an_option(self, tmp_path: Path, form: Path) -> None:
        header = [*(name for name in HEADER if name != "life/owns"), "life/owns/coat", "life/owns/none"]
        row = [text for name, text in zip(HEADER, ROW, strict=True) if name != "life/owns"]
        for told, value in (("her uncle beats her", "(not shown)"), ("no!", "(not shown)"), ("2", "“coat=2”")):
            (tmp_path / "x.csv").write_bytes(csv_bytes([header, [*row, told, ""]]))
            score(tmp_path / "x.csv", form)
            found = {line["field"]: line["value"] for line in read_csv(tmp_path / "x-scores-problems.csv")}
            assert found == {"owns": value}

    @pytest.mark.parametrize("text", ["2024-13-31", "31/05/2024", "12:61", "-12.5", "true", "opt_7"])
    def test_what_cannot_be_words_does(self, tmp_path: Path, form: Path, text: str) -> None:
        assert self.shown(tmp_path, form, meals=text)["meals"] == f"“{text}”"

    def test_a_label_of_an_option_does(self, tmp_path: Path, form: Path) -> None:
        header, *lines = CHOICES.splitlines()
        lines = [line.replace("Always", "At every time of the day") for line in lines]
        (form / "choices.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
        found = self.shown(tmp_path, form, debt="no", debt_worry="At every time of the day")
        assert found == {"debt_worry": "“At every time of the day”"}

    @pytest.mark.parametrize(("level", "value"), [("L1", "“nevver”"), ("L2", "(not shown)"), ("L4", "(not shown)")])
    def test_the_level_of_the_question_decides(self, tmp_path: Path, form: Path, level: str, value: str) -> None:
        header, *lines = SURVEY.splitlines()
        lines = [f"{line},{level if ',meals,' in line else ''}" for line in lines]
        (form / "survey.csv").write_text("\n".join([f"{header},privacy", *lines]), encoding="utf-8")
        assert self.shown(tmp_path, form, meals="nevver") == {"meals": value}

    def test_control_characters_are_spelt_out(
        self, tmp_path: Path, form: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        records = [{"_id": "\x1b[31m7\u202e", "child_code": "a1", "meals": "\x1b[31mred", "odd\x1b[2J": 1}] * 2
        (tmp_path / "x.json").write_text(json.dumps(records), encoding="utf-8")
        score(tmp_path / "x.json", form)
        report = read_csv(tmp_path / "x-scores-problems.csv")
        assert "“\\x1b[31m7\\u202e”" in [line["value"] for line in report]
        assert "red" not in {line["value"] for line in report}
        page = capsys.readouterr().out
        assert "\x1b" not in page
        assert "odd\\x1b[2J" in page


class TestWhatThePageSays:
    def test_findings_stand_with_their_message(
        self, export: Path, form: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        score(export, form)
        page = capsys.readouterr().out
        assert "2  exports.hidden_answer: The skip logic hides this question for this interview" in page
        assert "1  exports.id_repeated: The id of this row stands in row … too." in page
        assert page == export.with_name("export-scores-summary.txt").read_text(encoding="utf-8")

    def test_without_an_age_it_names_the_option(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "x.csv").write_text("_id,meals_yesterday,someone_to_talk\n1,3,always\n", encoding="utf-8")
        assert main(["score", str(tmp_path / "x.csv"), "--instrument", "caregiver"]) == DONE
        page = capsys.readouterr().out
        assert "scoring.age_unknown: The age at interview is unknown" in page
        assert "--age-column" in page

    @pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
    def test_the_age_is_found_by_the_question_s_text(self, tmp_path: Path, language: str) -> None:
        questions = Library().load("caregiver").instrument.by_name
        labels = [questions[name].labels[language] for name in ("child_age_years", "meals_yesterday")]
        (tmp_path / "x.csv").write_bytes(csv_bytes([["_id", *labels], ["1", "9", "3"]]))
        assert main(["score", str(tmp_path / "x.csv"), "--instrument", "caregiver"]) == DONE
        assert "age_unknown" not in read_csv(tmp_path / "x-scores.csv")[0]["warnings"]

    def test_a_file_of_another_instrument_is_told_first(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        names = [question.name for question in Library().load("caregiver").instrument.questions if question.list_name]
        (tmp_path / "x.csv").write_bytes(csv_bytes([["_id", *names], ["1", *("yes" for _ in names)]]))
        assert main(["score", str(tmp_path / "x.csv"), "--instrument", "child-12-14"]) == DONE
        page = capsys.readouterr().out
        assert page.startswith("ATTENTION: This file does not look like the instrument child-12-14 1.0.")
        assert "It looks like caregiver" in page.splitlines()[0]

    def test_answers_that_are_no_options_are_told_first(
        self, export: Path, form: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        cells = dict.fromkeys(("agree", "respondent", "meals", "owns", "debt", "debt_worry"), "zzz")
        export.write_bytes(csv_bytes([HEADER, changed(**cells), changed(**cells, _id="102")]))
        assert score(export, form) == DONE
        assert capsys.readouterr().out.startswith("ATTENTION: This file does not look like the instrument sample 1.0.")

    def test_few_columns_of_the_right_instrument_are_no_reason_to_doubt(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "x.csv").write_text("_id,meals_yesterday,age\n1,3,9\n", encoding="utf-8")
        assert main(["score", str(tmp_path / "x.csv"), "--instrument", "caregiver"]) == DONE
        assert "ATTENTION" not in capsys.readouterr().out


def test_help_says_what_the_exit_status_means(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["score", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "Exit status: 0 with a report, whatever it found; 2 when the file cannot be read." in said
    assert "1 done with findings" not in said


class TestRefusals:
    @pytest.fixture(autouse=True)
    def nothing_is_left_behind(self, tmp_path: Path) -> Iterator[None]:
        yield
        assert not [path for path in tmp_path.rglob("*") if "partial" in path.name or "scores" in path.name]

    def test_a_file_that_cannot_be_read(self, tmp_path: Path, form: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "x.csv").write_bytes(csv_bytes([HEADER, ROW]) + b'"broken')
        assert score(tmp_path / "x.csv", form) == CANNOT
        assert "row 3" in capsys.readouterr().err

    def test_another_instrument(self, export: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        (tmp_path / "x.csv").write_text("region,total\nnorth,3\n")
        assert main(["score", str(tmp_path / "x.csv"), "--instrument", "rss-adult@1.0"]) == CANNOT
        assert "No column of the file belongs to a question of rss-adult 1.0" in capsys.readouterr().err

    def test_an_instrument_that_does_not_exist(self, export: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["score", str(export), "--instrument", "no-such", "--json"]) == CANNOT
        assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == "library.unknown_instrument"

    def test_an_instrument_without_scores(self, export: Path, form: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (form / "scoring.csv").unlink()
        assert score(export, form) == CANNOT
        assert "no scoring sheet" in capsys.readouterr().err

    @pytest.mark.parametrize("name", ["out.docx", "export.csv", "nowhere/out.csv"])
    def test_an_output_that_cannot_be(self, export: Path, form: Path, tmp_path: Path, name: str) -> None:
        before = export.read_bytes()
        assert score(export, form, "--out", tmp_path / name) == CANNOT
        assert export.read_bytes() == before

    def test_a_column_that_is_not_there(self, export: Path, form: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert score(export, form, "--age-column", "years") == CANNOT
        assert "There is no column years" in capsys.readouterr().err


def test_it_loads_neither_django_nor_a_database() -> None:
    code = (
        "import sys; import homeward.cli.score; "
        "print([m for m in ('django', 'sqlite3', 'psycopg', 'homeward.apps') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


SCORED = [entry for entry in Library().entries() if entry.load().instrument.examples]


@pytest.mark.parametrize("entry", SCORED, ids=lambda entry: f"{entry.id}@{entry.version}")
def test_the_examples_of_the_library_come_out_of_a_file_as_worked_by_hand(entry: Entry, tmp_path: Path) -> None:
    instrument = entry.load().instrument
    examples = [example for example in instrument.examples if told_by_a_file(instrument, example)]
    assert len(examples) > 2
    names = list(dict.fromkeys(name for example in examples for name in example.answers))
    lines = [
        [
            example.name,
            "" if example.age is None else str(example.age),
            *(cell(example.answers.get(name)) for name in names),
        ]
        for example in examples
    ]
    path = tmp_path / "examples.csv"
    path.write_bytes(csv_bytes([["_id", "age_at_interview", *names], *lines]))
    assert (
        main(["score", str(path), "--instrument", f"{entry.id}@{entry.version}", "--out", str(tmp_path / "o.csv")])
        == DONE
    )
    for row, example in zip(read_csv(tmp_path / "o.csv"), examples, strict=True):
        for name, expected in example.expected.items():
            assert row[name] == ("" if expected is None else f"{expected:.6f}"), (example.name, name)


def told_by_a_file(instrument: Instrument, example: Example) -> bool:
    """An empty cell says "not asked" only where the form's skip logic says so too."""
    hidden = [instrument.by_name[name] for name, answer in example.answers.items() if answer is Missing.NOT_ASKED]
    return all(question.relevant for question in hidden)


def cell(answer: Answer | None) -> str:
    if answer is None or isinstance(answer, Missing):
        return ""
    return " ".join(answer) if isinstance(answer, tuple) else str(answer)
