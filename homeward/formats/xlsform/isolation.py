"""A stranger's form is read, checked and converted once in a process of its own, which sends back plain sheets, the
form for the phones, and all that is wrong.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, BinaryIO

from homeward.domain.problems import Problem, ProblemError
from homeward.formats.converter.apart import problem_of
from homeward.formats.converter.confinement import Limits
from homeward.formats.tables.isolation import read_apart, sheet_of, values_of
from homeward.formats.xlsform.checking import check
from homeward.formats.xlsform.loading import Loaded, load, load_sheets
from homeward.formats.xlsform.xform_building import XForm, to_xform

LIMITS = Limits(written=50_000_000)  # the converter of forms writes its result to a file and reads it again


@dataclass(frozen=True, slots=True)
class Converted:
    """`xform` is None where none can be made; `refusals` says why, and `found` everything the checker said."""

    loaded: Loaded
    found: tuple[Problem, ...]
    xform: XForm | None
    refusals: tuple[Problem, ...]


def convert(loaded: Loaded, *, focal_point_named: bool | None = None, for_publication: bool = False) -> Converted:
    """Here and now: of an instrument of our own."""
    found = check(loaded, focal_point_named=focal_point_named, for_publication=for_publication)
    try:
        return Converted(loaded, found, to_xform(loaded), ())
    except ProblemError as error:
        return Converted(loaded, found, None, error.problems)


def convert_upload(
    content: bytes,
    name: str,
    *,
    media: Iterable[str] = (),
    focal_point_named: bool | None = None,
    for_publication: bool = False,
) -> Converted:
    """Like `convert`, for bytes that come from outside. `media` are the names of the files that came along. Raises
    ProblemError where nothing can be read, and where the file is too heavy.
    """
    asked = {"focal_point_named": focal_point_named, "for_publication": for_publication}
    words = (json.dumps(sorted(media)), json.dumps(asked))
    answer = read_apart(content, name, converted_values, *words, limits=LIMITS)
    sheets = {title: sheet_of(title, values) for title, values in answer["sheets"].items()}
    loaded = load_sheets(sheets, file=name, problems=tuple(problem_of(values) for values in answer["loading"]))
    made = answer["xform"]
    return Converted(
        loaded,
        tuple(problem_of(values) for values in answer["found"]),
        made and XForm(base64.b64decode(made["xml"]), made["md5"], tuple(made["warnings"]), tuple(made["media"])),
        tuple(problem_of(values) for values in answer["refusals"]),
    )


def load_upload(content: bytes, name: str) -> Loaded:
    return convert_upload(content, name).loaded


def converted_values(source: BinaryIO, name: str, media: str, asked: str) -> dict[str, Any]:
    """In the child."""
    loaded = load(source.read(), name)
    done = convert(replace(loaded, media=dict.fromkeys(json.loads(media), b"")), **json.loads(asked))
    again = load_sheets(loaded.sheets, file=name)
    xform = done.xform and {**asdict(done.xform), "xml": base64.b64encode(done.xform.xml).decode()}
    return {
        "loading": [asdict(problem) for problem in loaded.problems if problem not in again.problems],
        "sheets": {title: values_of(sheet) for title, sheet in loaded.sheets.items()},
        "found": [asdict(problem) for problem in done.found],
        "xform": xform,
        "refusals": [asdict(problem) for problem in done.refusals],
    }
