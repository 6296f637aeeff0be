"""Instrument -> XForm, through pyxform. The only module that touches it, because each of its releases moves."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.xlsform.loading import Loaded
from homeward.formats.xlsform.xform_sheets import Rows, sheets_for_phone

ROOT = "data"
PLACE = re.compile(r"\[row : (?P<row>\d+)\]\s*")
SHEET = re.compile(r"[Oo]n the '(?P<sheet>\w+)' sheet")
COLUMN = re.compile(r"the '(?P<column>[^']+)' value")
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
        raise ProblemError(_refused(str(error), loaded)) from error
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
    sheet, header = odd[0] if odd else ("survey", "")
    return Problem(
        "instrument.xform_failed",
        "The form cannot be made; the converter gave up without saying where ({reason}).",
        "Look for a column with a language that is no text, and for one whose languages differ from those of label.",
        Where(file=loaded.file, sheet=sheet, row=1 if header else None, field=header),
        {"reason": type(error).__name__},
    )
