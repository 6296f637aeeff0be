"""How the first questions of our own surveys are asked of somebody who answers alone: the library has them in the words
of an interviewer.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from homeward.formats.xform.rewording import Words, reworded

WORDS = Path(__file__).resolve().parents[2] / "library" / "alone" / "1.0.csv"
KEYS = ("instrument", "text")


@cache
def words() -> Mapping[str, Words]:
    """Instrument -> text -> language -> words."""
    found: dict[str, dict[str, Mapping[str, str]]] = {}
    with WORDS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            said = {name: text for name, text in row.items() if name not in KEYS}
            found.setdefault(row["instrument"], {})[row["text"]] = said
    return found


@lru_cache(maxsize=16)
def for_one_alone(instrument_id: str, xml: bytes) -> bytes:
    """A form of a house's own, or one that it has changed so that these texts are not in it, stays as it is."""
    try:
        return reworded(xml, words()[instrument_id])
    except KeyError:
        return xml
