"""A form that is right, to break in one place: each test says what it changes and which finding it expects."""

from __future__ import annotations

import csv
import io

from homeward.domain.problems import Problem
from homeward.formats.tables.csv_reading import read_csv
from homeward.formats.xlsform.checking import check
from homeward.formats.xlsform.loading import Loaded, load_sheets
from homeward.formats.xlsform.template import template

KEYS = {"about": "key", "survey": "name", "choices": "name", "scoring": "component", "examples": "case", "settings": ""}
EN, FR = "label::English (en)", "label::Français (fr)"


class Draft:
    def __init__(self) -> None:
        sheets = template("test-form").sheets
        self.headers = {name: list(sheet.header) for name, sheet in sheets.items()}
        self.rows = {name: [dict(row.cells) for row in sheet] for name, sheet in sheets.items()}

    def set(self, sheet: str, key: str, column: str, value: str) -> Draft:
        """Change one cell; a column that is not there is added."""
        if column not in self.headers[sheet]:
            self.headers[sheet].append(column)
        self.rows[sheet][self.row(sheet, key) - 2][column] = value
        return self

    def row(self, sheet: str, key: str) -> int:
        """The row number as a spreadsheet shows it. `list/code` finds an option; the settings have one row."""
        if not KEYS[sheet]:
            return 2
        list_name, _, code = key.rpartition("/")
        for number, row in enumerate(self.rows[sheet], start=2):
            if row.get(KEYS[sheet]) == code and list_name in ("", row.get("list_name")):
                return number
        raise LookupError(f"{key} on {sheet}")

    def add(self, sheet: str, cells: dict[str, str]) -> Draft:
        self.headers.setdefault(sheet, [])
        self.headers[sheet] += [column for column in cells if column not in self.headers[sheet]]
        self.rows.setdefault(sheet, []).append(cells)
        return self

    def question(self, kind: str, name: str, **cells: str) -> Draft:
        return self.add("survey", {"type": kind, "name": name, EN: f"Text of {name}", "privacy": "L3", **cells})

    def option(self, list_name: str, code: str, **cells: str) -> Draft:
        return self.add("choices", {"list_name": list_name, "name": code, EN: f"Text of {code}", **cells})

    def remove(self, sheet: str, key: str) -> Draft:
        del self.rows[sheet][self.row(sheet, key) - 2]
        return self

    def without(self, *sheets: str) -> Draft:
        for sheet in sheets:
            del self.rows[sheet], self.headers[sheet]
        return self

    def french(self) -> Draft:
        """The same form, with a French text in every row that has an English one."""
        for sheet in ("survey", "choices"):
            for row in self.rows[sheet]:
                if EN in row:
                    row[FR] = f"fr {row[EN]}"
            self.headers[sheet].append(FR)
        for row in self.rows["survey"]:
            if "constraint_message::English (en)" in row:
                row["constraint_message::Français (fr)"] = "fr"
        self.headers["survey"].append("constraint_message::Français (fr)")
        return self.add("about", {"key": "language::fr", "value": "draft"})

    def rename_column(self, sheet: str, old: str, new: str) -> Draft:
        self.headers[sheet] = [new if column == old else column for column in self.headers[sheet]]
        for row in self.rows[sheet]:
            if old in row:
                row[new] = row.pop(old)
        return self

    def load(self) -> Loaded:
        sheets = {}
        for name, rows in self.rows.items():
            buffer = io.StringIO()
            writer = csv.DictWriter(buffer, self.headers[name], restval="")
            writer.writeheader()
            writer.writerows(rows)
            sheets[name] = read_csv(buffer.getvalue().encode(), name, file="test-form")
        return load_sheets(sheets, file="test-form")

    def findings(self, *, focal_point_named: bool | None = None, for_publication: bool = False) -> tuple[Problem, ...]:
        return check(self.load(), focal_point_named=focal_point_named, for_publication=for_publication)

    def codes(self, **options: bool) -> set[str]:
        return {problem.code for problem in self.findings(**options)}

    def the(self, code: str, **options: bool) -> Problem:
        """The one finding of this code."""
        (found,) = [problem for problem in self.findings(**options) if problem.code == code]
        return found
