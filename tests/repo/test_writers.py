"""Tables leave through `homeward.formats.tables`, which writes no formula; whatever else writes one says here why."""

from __future__ import annotations

import re

from tests.repo.source import name_of, python_files

WRITES = re.compile(
    r"csv\.(writer|DictWriter)\(|xlsxwriter\.Workbook\(|openpyxl\.Workbook\(|ParquetWriter\(|write_table\("
)
OWN = {
    "homeward/formats/tables/writing.py": "the one place",
    "homeward/formats/exports/writing.py": "scores, through its safe_text; Parquet has no formulas",
    "homeward/formats/xlsform/packing.py": "an author's own sheets, every cell marked as text",
}
# Files for our own reading, made of what we ship: nobody else's words are in them.
SHIPPED = {"homeward/formats/xlsform/template.py", "homeward/demo/sample_export.py", "homeward/demo/tables.py"}
SHIPPED |= {"homeward/demo/plants.py", "homeward/demo/phone.py"}


def test_every_writer_of_tables_is_known() -> None:
    found = {name_of(path) for path in python_files() if WRITES.search(path.read_text(encoding="utf-8"))}
    assert {name for name in found if name.startswith("homeward/")} - SHIPPED == set(OWN)


def test_scores_pass_the_safe_writer() -> None:
    (text,) = (
        path.read_text("utf-8") for path in python_files() if name_of(path) == "homeward/formats/exports/writing.py"
    )
    rows = [line.strip() for line in text.splitlines() if ".writerow(" in line]
    assert rows
    assert [line for line in rows if "safe_text" not in line] == []
