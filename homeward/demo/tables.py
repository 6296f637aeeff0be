"""The demo's lists: programmes, places and common names, in their own scripts."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Programme:
    country: str
    organisation: str
    language: str
    time_zone: str
    children: int


@dataclass(frozen=True, slots=True)
class PlaceLine:
    key: str
    country: str
    level: str
    parent: str
    name: str
    time_zone: str


@cache
def programmes() -> tuple[Programme, ...]:
    return tuple(Programme(**{**row, "children": int(row["children"])}) for row in _rows("programmes"))  # type: ignore[arg-type]


@cache
def places(country: str) -> tuple[PlaceLine, ...]:
    return tuple(PlaceLine(**row) for row in _rows("places") if row["country"] == country)


@cache
def names(country: str, kind: str) -> tuple[str, ...]:
    """`kind`: girl, boy or family."""
    return tuple(row["name"] for row in _rows("names") if row["country"] == country and row["kind"] == kind)


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
