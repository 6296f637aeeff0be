"""Columns of a caseload beyond the record itself: what is new in them becomes an entry, and what is recorded already
changes nothing, so that the same file may come again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from homeward.apps.access.actors import Actor
from homeward.apps.cases.models import (
    BirthBasis,
    CareSpell,
    Child,
    Document,
    Return,
    Schooling,
    SpokenLanguage,
    StruckReason,
)
from homeward.apps.cases.record_models import (
    CameWith,
    DocumentKind,
    NameKind,
    Notice,
    ReturnKind,
    SaidBy,
    Traced,
)
from homeward.apps.cases.recording import add_entry, strike_out
from homeward.apps.cases.sealing import other_names_of
from homeward.apps.cases.topics import require_sound
from homeward.domain.problems import ProblemError, Where

RETURN_COLUMNS: Mapping[str, Any] = {
    "from_country": None,
    "months_away": None,
    "return_kind": ReturnKind,
    "came_with": CameWith,
    "notice": Notice,
    "family_traced": Traced,
}
COLUMNS = (
    *("other_names", "languages", "birth_basis", *RETURN_COLUMNS, "care_arrangement", "school_level"),
    *DocumentKind.values,
)
OURS = {"return_kind": "kind"}
KEPT = (
    *("returned_on", "basis", "from_country", "months_away", "born_abroad", "kind", "notice", "came_with"),
    *("family_traced", "left_on"),
)
Values = dict[str, Any]
Entries = tuple[tuple[str, Values], ...]
Told = Callable[[ProblemError], None]


def entries_of(row: Mapping[str, str], child: Child | None, returned: date | None, today: date, told: Told) -> Entries:
    """What this row would add, checked. A fault is told at its column, and its entry left out."""
    found: list[tuple[str, Values]] = []
    for column, topic, values in _wanted(row, child, returned, today):
        try:
            require_sound(Child(birth_estimated=True), topic, {"told_on": today, **values}, today)
            found.append((topic, values))
        except ProblemError as error:
            told(ProblemError(replace(each, where=Where(field=column)) for each in error.problems))
    return tuple(found)


def write_entries(actor: Actor, child_id: UUID, entries: Entries) -> None:
    """In the caller's transaction. Details of the same return that are told anew take the place of the old ones."""
    for topic, values in entries:
        given = dict(values)
        before = given.pop("instead_of", None)
        if before is not None:
            strike_out(actor, child_id, topic, before, StruckReason.NOT_SO)
        add_entry(actor, child_id, topic, given, said_by=SaidBy.STAFF)


def _wanted(
    row: Mapping[str, str], child: Child | None, returned: date | None, today: date
) -> Iterator[tuple[str, str, Values]]:
    yield from _names(row, child)
    yield from _languages(row, child)
    yield from _documents(row, child)
    yield from _latest(row, child, today)
    yield from _return(row, child, returned)


def _several(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in re.split("[;\n]", text) if part.strip()))


def _names(row: Mapping[str, str], child: Child | None) -> Iterator[tuple[str, str, Values]]:
    wanted = _several(row.get("other_names", ""))
    known = set(other_names_of(child.pk)) if child is not None and wanted else set()
    for name in wanted:
        if name not in known:
            yield "other_names", "names", {"kind": NameKind.OTHER, "name": name}


def _languages(row: Mapping[str, str], child: Child | None) -> Iterator[tuple[str, str, Values]]:
    wanted = [code.lower() for code in _several(row.get("languages", ""))]
    rows = SpokenLanguage.objects.filter(child=child, struck_on=None) if child is not None and wanted else ()
    known = {each.language for each in rows}
    for code in wanted:
        if code not in known:
            yield "languages", "languages", {"language": code}


def _documents(row: Mapping[str, str], child: Child | None) -> Iterator[tuple[str, str, Values]]:
    for kind in DocumentKind.values:
        state = row.get(kind, "").lower()
        rows = Document.objects.filter(child=child, kind=kind, struck_on=None) if child is not None and state else None
        latest = rows.order_by("-told_on", "-recorded_at").first() if rows is not None else None
        if state and (latest is None or latest.state != state):
            yield kind, "documents", {"kind": kind, "state": state}


def _latest(row: Mapping[str, str], child: Child | None, today: date) -> Iterator[tuple[str, str, Values]]:
    """Topics of which one entry holds; a new one begins today, for the file does not say when."""
    for column, topic, model, field in (
        ("birth_basis", "birth", BirthBasis, "basis"),
        ("care_arrangement", "care", CareSpell, "arrangement"),
        ("school_level", "schooling", Schooling, "level"),
    ):
        given = row.get(column, "").lower()
        if not given:
            continue
        rows: Any = model.objects.filter(child=child, struck_on=None) if child is not None else None
        first = "-told_on" if topic == "birth" else "-since"
        latest = rows.order_by(first, "-recorded_at").first() if rows is not None else None
        if latest is None or getattr(latest, field) != given:
            yield column, topic, {field: given} | ({} if topic == "birth" else {"since": today})


def months_of(text: str) -> int:
    """Below zero where it is no number of months, which is refused with the rest."""
    return int(text) if text.isdecimal() and len(text) <= 4 else -1


def _return(row: Mapping[str, str], child: Child | None, returned: date | None) -> Iterator[tuple[str, str, Values]]:
    given: Values = {OURS.get(column, column): row[column].lower() for column in RETURN_COLUMNS if row.get(column)}
    if not given or returned is None:
        return
    if "from_country" in given:
        given["from_country"] = given["from_country"].upper()
    if "months_away" in given:
        given["months_away"] = months_of(given["months_away"])
    rows = Return.objects.filter(child=child, returned_on=returned, struck_on=None) if child is not None else None
    before = rows.first() if rows is not None else None
    if before is None:
        yield _column(given), "returns", {"returned_on": returned, **given}
    elif any(getattr(before, name) != value for name, value in given.items()):
        kept = {name: getattr(before, name) for name in KEPT}
        yield _column(given), "returns", {**kept, **given, "instead_of": before.pk}


def _column(given: Values) -> str:
    """At which a fault of the whole return is told: the first that it could be."""
    listed = {OURS.get(column, column): (column, choices) for column, choices in RETURN_COLUMNS.items()}
    for name, value in given.items():
        column, choices = listed[name]
        if choices is not None and value not in choices.values:
            return column
    return "months_away" if given.get("months_away") == -1 else "from_country"
