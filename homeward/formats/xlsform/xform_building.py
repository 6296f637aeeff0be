"""Instrument -> XForm, through pyxform. The only module that touches it, because each of its releases moves."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.xlsform.columns import SURVEY
from homeward.formats.xlsform.form_sheets import survey_columns
from homeward.formats.xlsform.loading import Loaded
from homeward.formats.xlsform.xform_sheets import Rows, sheets_for_phone

ROOT = "data"
PLACE = re.compile(r"\[row : (?P<row>\d+)\]\s*")
SHEET = re.compile(r"[Oo]n the '(?P<sheet>\w+)' sheet")
COLUMN = re.compile(r"the '(?P<column>[^']+)' value")
EACH_ROW = re.compile(r"\n(?=\[row : \d+\])")
UNKNOWN_TYPE = re.compile(r"Unknown question type '(?P<type>[^']*)'")
TAKEN_ATTRIBUTE = re.compile(r"multiple values for (?:keyword )?argument '(?P<name>\w+)'")
MEDIA = re.compile(rb"jr://(?:images|audio|video|file|file-csv)/([^\"'<>&\s][^\"'<>&]*)")


@dataclass(frozen=True, slots=True)
class XForm:
    xml: bytes
    md5: str  # of exactly these bytes, as the form list states it
    warnings: tuple[str, ...]
    media: tuple[str, ...]  # names of the files that the form asks for, `children.csv` among them


def to_xform(loaded: Loaded) -> XForm:
    """Raises ProblemError where pyxform refuses the form or trips over it."""
    sheets = sheets_for_phone(loaded)
    definition: dict[str, object] = {"sheet_names": tuple(sheets), "fallback_form_name": ROOT}
    for name, rows in sheets.items():
        definition[name] = rows
        definition[f"{name}_header"] = [dict.fromkeys(key for row in rows for key in row)]
    warnings: list[str] = []
    try:
        text = convert(xlsform=definition, warnings=warnings, form_name=ROOT).xform
    except PyXFormError as error:
        raise ProblemError(_refusals(str(error), loaded)) from error
    except Exception as error:  # pyxform trips over odd columns with bare IndexError, AttributeError, TypeError ...
        raise ProblemError(_tripped(error, sheets, loaded)) from error
    xml = text.encode()
    media = sorted({name.decode() for name in MEDIA.findall(xml)})
    return XForm(xml, hashlib.md5(xml, usedforsecurity=False).hexdigest(), tuple(warnings), tuple(media))


def located(text: str, file: str) -> tuple[Where, str]:
    """`[row : 3] On the 'survey' sheet, the 'name' value is invalid. ...` -> place and the text without it."""
    row, sheet, column = PLACE.search(text), SHEET.search(text), COLUMN.search(text)
    where = Where(
        file=file,
        sheet=sheet["sheet"] if sheet else ("survey" if row else ""),
        row=int(row["row"]) if row else None,
        field=column["column"] if column else "",
    )
    return where, PLACE.sub("", text).strip()


def _refusals(text: str, loaded: Loaded) -> list[Problem]:
    """One for each row that the converter names, or that holds a type it does not know."""
    if unknown := UNKNOWN_TYPE.search(text):
        columns = survey_columns(loaded.sheets[SURVEY], "")
        header = columns.header.get("type", "type")
        rows: list[int | None] = [
            row.number for row in loaded.sheets[SURVEY] if row.get(header).split() == unknown["type"].split()
        ]
        return [_unknown_type(unknown["type"], Where(loaded.file, SURVEY, row, header)) for row in rows or [None]]
    return [_refused(part, loaded) for part in EACH_ROW.split(text) if part.strip()]


def _unknown_type(kind: str, where: Where) -> Problem:
    return Problem(
        "instrument.type_unknown",
        "“{type}” is no type of question.",
        "Use a type of XLSForm in small letters, such as text, integer, date, note, or select_one with a list.",
        where,
        {"type": kind[:64]},
    )


def _refused(text: str, loaded: Loaded) -> Problem:
    where, reason = located(text, loaded.file)
    return Problem(
        "instrument.xform_refused",
        "The form cannot be made: {reason}",
        "Correct this place of the sheet.",
        where,
        {"reason": reason[:500]},
    )


def _tripped(error: Exception, sheets: dict[str, Rows], loaded: Loaded) -> Problem:
    odd = [
        (name, header)
        for name, rows in sheets.items()
        for header in dict.fromkeys(key for row in rows for key in row)
        if "::" in header
        and not re.match(
            r"(label|hint|guidance_hint|media|image|audio|video|\w+_message|bind|body|instance)", header, re.I
        )
    ]
    taken = TAKEN_ATTRIBUTE.search(str(error))
    odd += [(name, f"{part}::{taken['name']}") for name in sheets for part in ("instance", "bind", "body") if taken]
    sheet, header = next((found for found in odd if any(found[1] in row for row in sheets[found[0]])), ("survey", ""))
    return Problem(
        "instrument.xform_failed",
        "The form cannot be made; the converter gave up without saying where ({reason}).",
        "Look for a column with a language that is no text, and for one whose languages differ from those of label.",
        Where(file=loaded.file, sheet=sheet, row=1 if header else None, field=header),
        {"reason": type(error).__name__},
    )
