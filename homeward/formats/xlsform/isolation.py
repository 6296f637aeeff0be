"""A stranger's form is read, checked and converted once in a process of its own, which sends back plain sheets."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from homeward.formats.tables.isolation import problem_of, read_apart, sheet_of, values_of
from homeward.formats.xlsform.checking import check
from homeward.formats.xlsform.loading import Loaded, load, load_sheets


def load_upload(content: bytes, name: str) -> Loaded:
    """Like `load`, for bytes that come from outside. Raises ProblemError also where the file is too heavy."""
    answer = read_apart(content, name, checked_values)
    sheets = {title: sheet_of(title, values) for title, values in answer["sheets"].items()}
    return load_sheets(sheets, file=name, problems=tuple(problem_of(values) for values in answer["found"]))


def checked_values(content: bytes, name: str) -> dict[str, Any]:
    """In the child."""
    loaded = load(content, name)
    check(loaded)
    again = load_sheets(loaded.sheets, file=name)
    found = [asdict(problem) for problem in loaded.problems if problem not in again.problems]
    return {"found": found, "sheets": {title: values_of(sheet) for title, sheet in loaded.sheets.items()}}
