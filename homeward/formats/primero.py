"""Cases as Primero gives them over its API (version 2), as rows of a caseload. A file is read in a child, like all from
outside; what is not understood is named by record and field, and its value is left behind.

Field names differ between installations: these are the usual ones. Nothing here comes from Primero's own files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO
from unicodedata import category

from homeward.domain.problems import Problem, ProblemError, Where

LONGEST = 300  # letters of one value
MOST_NAMED = 200  # records whose unknown fields are listed
PLAIN = {  # ours -> theirs, the first that is filled
    "external_id": ("id", "unique_identifier", "case_id"),
    "name": ("name",),
    "birth_date": ("date_of_birth",),
    "age": ("age",),
    "return_date": ("date_of_return", "return_date"),
}
NAME_PARTS = ("name_first", "name_middle", "name_last")
OTHER_NAMES = ("name_other", "name_nickname", "name_aliases")
CARE = ("care_arrangements_type", "current_care_arrangements_type", "care_arrangement")
LANGUAGES = ("language", "languages")
CODES: Mapping[str, Mapping[str, str]] = {
    "sex": {"male": "male", "female": "female"},
    "status": {"open": "open", "closed": "closed", "transferred": "transferred", "duplicate": "duplicate"},
    "came_with": {"unaccompanied": "unaccompanied", "separated": "separated"},
    "care_arrangement": {
        "parent_s": "parents",
        "parents": "parents",
        "step_parent": "step_parent",
        "adult_sibling": "adult_sibling",
        "customary_caregiver_s": "customary",
        "customary_caregiver": "customary",
        "kinship": "kinship",
        "kinship_care": "kinship",
        "foster_family": "foster",
        "foster_care": "foster",
        "kafala": "kafala",
        "residential_care_center": "residential",
        "residential_care": "residential",
        "other": "other",
        "independent_living": "independent",
        "child_headed_household": "child_headed",
        "none": "none",
        "unrelated_adult": "unrelated_adult",
    },
}
THEIRS = {"sex": ("sex",), "status": ("status",), "came_with": ("protection_status",), "care_arrangement": CARE}
OF_THE_SYSTEM = frozenset(  # about the record in that system, not about the child
    ("id", "unique_identifier", "case_id", "case_id_display", "short_id", "enabled", "record_state", "created_at")
    + ("created_by", "created_organization", "last_updated_at", "last_updated_by", "owned_by", "module_id", "type")
    + ("record_in_scope", "alert_count", "hidden_name", "has_photo", "has_case_plan", "workflow", "estimated")
)


def looks_like_json(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def read_cases(source: BinaryIO, name: str, most: str) -> dict[str, Any]:
    """In the child. Rows with our column names, and what was not understood: [record, [fields]]."""
    records = _records(_parsed(source.read(), name), name)
    if len(records) > int(most):
        params = {"most": int(most)}
        raise ProblemError(
            Problem("primero.too_long", "The file has more than {most} records.", "Split it.", Where(file=name), params)
        )
    rows: list[dict[str, str]] = []
    unknown: list[tuple[int, list[str]]] = []
    for number, record in enumerate(records, 1):
        row, left = row_of(record)
        rows.append(row)
        if left and len(unknown) < MOST_NAMED:
            unknown.append((number, left))
    return {"rows": rows, "unknown": unknown}


def _parsed(content: bytes, name: str) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        message, action = "The file is not written in UTF-8.", "Save the answer of the other system as it came."
        raise ProblemError(Problem("primero.encoding", message, action, Where(file=name))) from error
    except (json.JSONDecodeError, RecursionError, ValueError) as error:
        where = Where(file=name, row=getattr(error, "lineno", 0))
        message = "The file is no whole JSON: it breaks off, or something else stands in it."
        raise ProblemError(Problem("primero.broken", message, "Fetch it again.", where)) from error


def _records(found: Any, name: str) -> list[Mapping[str, Any]]:
    """A list of cases, one case, or either under `data`."""
    data = found.get("data", found) if isinstance(found, dict) else found
    records = [data] if isinstance(data, dict) else data
    if not isinstance(records, list) or not records or not all(isinstance(each, dict) for each in records):
        message = "The file holds no list of cases."
        action = "Export cases as JSON, or save what the address of cases of the other system answers."
        raise ProblemError(Problem("primero.shape", message, action, Where(file=name)))
    return records


def row_of(record: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """One case, and the fields of it that nobody here understands, or whose value is none of ours."""
    used, row = set[str](), dict[str, str]()
    for ours, theirs in PLAIN.items():
        row[ours] = _first(record, theirs, used)
    parts = [_text(record.get(field)) for field in NAME_PARTS]
    used |= {field for field, part in zip(NAME_PARTS, parts, strict=True) if part}
    joined = " ".join(part for part in parts if part)
    others = [name for field in OTHER_NAMES if (name := _first(record, (field,), used))]
    row["name"] = row["name"] or joined
    row["other_names"] = "; ".join(dict.fromkeys(name for name in (joined, *others) if name and name != row["name"]))
    for ours, codes in CODES.items():
        for field in THEIRS[ours]:
            code = codes.get(_text(record.get(field)).lower(), "")
            if code:
                row[ours] = row.get(ours) or code
                used.add(field)
    row["languages"] = "; ".join(_languages(record, used))
    row["birth_date"] = row["birth_date"][:10].replace("/", "-")
    row["return_date"] = row["return_date"][:10].replace("/", "-")
    row["population"] = "returnee"
    left = sorted(
        _clean(str(key)[:60]) for key, value in record.items() if key not in used | OF_THE_SYSTEM and _filled(value)
    )
    return {key: value for key, value in row.items() if value}, left


def _languages(record: Mapping[str, Any], used: set[str]) -> list[str]:
    found: list[str] = []
    for field in LANGUAGES:
        value = record.get(field)
        texts = [_text(each) for each in (value if isinstance(value, list) else [value])]
        codes = [text.lower() for text in texts if re.fullmatch("[A-Za-z]{2,3}", text)]
        if codes and len(codes) == len(texts):
            used.add(field)
        found += codes
    return list(dict.fromkeys(found))


def _first(record: Mapping[str, Any], fields: Iterable[str], used: set[str]) -> str:
    for field in fields:
        if text := _text(record.get(field)):
            used.add(field)
            return text
    return ""


def _text(value: Any) -> str:
    """A short text or number; anything else is not understood."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = _clean(str(value))
    return text if len(text) <= LONGEST else ""


def _clean(text: str) -> str:
    """Without controls and halves of characters, which JSON may hold and nothing stores."""
    return " ".join("".join(" " if category(sign) in ("Cc", "Cs") else sign for sign in text).split())


def _filled(value: Any) -> bool:
    return value not in (None, "", [], {}, False)
