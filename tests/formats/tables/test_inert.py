"""What is written as a table stays text in a spreadsheet program that computes everything it can (goal S-10)."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from homeward.domain.problems import Problem
from homeward.formats.exports.writing import ProblemReport, write_scores
from homeward.formats.tables.workbook_writing import Table, workbook_pieces, write_workbook, zip_pieces
from homeward.formats.tables.writing import write_csv

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice")]
HIDDEN = ("", " ", "\u200b", "\ufeff", "\u202e", "\u00ad", "\u2060", "\u00a0", "\u200b\u200d ", "\x01", "\u180e")
FORMULAS = (
    "=1+41",
    "+1+41",
    "-1+43",
    "@SUM(1;41)",
    '=HYPERLINK("http://127.0.0.1:9/";"42")',
    "＝1+41",
    "\t=1+41",
    "\r=1+41",
)
CELLS = [hidden + formula for hidden in HIDDEN for formula in FORMULAS]
ROWS: list[list[object]] = [[text, number, text, Decimal("-5.5")] for number, text in enumerate(CELLS, start=1_000)]
HEADER = ["text", "number", "=1+41", "\u200b=1+41"]
COMPUTE = "CSV:44,34,76,1,,0,false,true,false,false,false,-1,true"  # the last: formulas are computed


def opened(path: Path, folder: Path) -> list[list[str]]:
    """As the program shows it after computing, sheet by sheet."""
    out = folder / "out"
    ways = [f"--infilter={COMPUTE}"] if path.suffix == ".csv" else []
    command = ["soffice", f"-env:UserInstallation=file://{folder}/home", "--headless", *ways]
    target = ["--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"]
    subprocess.run([*command, *target, "--outdir", str(out), str(path)], check=True, capture_output=True, timeout=300)
    lines = [line for file in sorted(out.iterdir()) for line in csv.reader(io.StringIO(file.read_text("utf-8")))]
    shutil.rmtree(out)
    return lines


def written(folder: Path) -> list[Path]:
    """By each writer that there is."""
    tables = [Table("=1+41", HEADER, ROWS), Table("b", HEADER, ROWS)]  # type: ignore[arg-type]
    (folder / "sheets.xlsx").write_bytes(b"".join(workbook_pieces(tables)))
    (folder / "tables.zip").write_bytes(b"".join(zip_pieces(tables)))
    with (folder / "one.xlsx").open("wb") as file:
        write_workbook(file, HEADER, ROWS)  # type: ignore[arg-type]
    with (folder / "one.csv").open("wb") as file:
        write_csv(file, HEADER, ROWS)  # type: ignore[arg-type]
    for name in ("scores.csv", "scores.xlsx"):
        write_scores(folder / name, HEADER, ROWS, frozenset({"text", "=1+41"}))  # type: ignore[arg-type]
    with ProblemReport(folder / "problems.csv") as report:
        for text in CELLS:
            report.add(text, Problem("a.b", "{text}", "", params={"text": text}), text)
        report.finish([])
    shutil.unpack_archive(folder / "tables.zip", folder)
    (folder / "tables.zip").unlink()
    return sorted(path for path in folder.iterdir() if path.is_file())


@pytest.mark.goal("S-10")
def test_no_writer_writes_a_formula(tmp_path: Path) -> None:
    folder = tmp_path / "written"
    folder.mkdir()
    paths = written(folder)
    assert len(paths) == 8
    for path in paths:
        found = [cell for line in opened(path, tmp_path) for cell in line]
        assert len(found) > 300, path
        assert not {"42", "#NAME?", "Err:508"} & set(found), path
        assert sum("1+41" in cell or "1+43" in cell or "SUM" in cell for cell in found) >= 70, path


@pytest.mark.goal("S-10")
def test_the_program_would_have_computed_them(tmp_path: Path) -> None:
    """Else the test above would show nothing."""
    (tmp_path / "bare.csv").write_text('a\n"=1+41"\n', encoding="utf-8")
    assert opened(tmp_path / "bare.csv", tmp_path)[1] == ["42"]
