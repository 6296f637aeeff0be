"""Children by the thousand, written straight into the tables: registering 100,000 one by one would take an hour."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

from homeward.apps.access.keys import store
from homeward.apps.cases.models import Child, NameMark
from homeward.apps.cases.names import bits_for, marks_of
from homeward.apps.cases.sealing import INITIALS, NAME, seal_of_child
from homeward.domain.codes import with_check_digits

ROOT = Path(__file__).resolve().parents[1]
PORTION = 5_000


@dataclass(frozen=True, slots=True)
class Where:
    """Teams take the children in turn, the first of them in portions of its own size."""

    organisation_id: UUID
    teams: Sequence[UUID] = ()
    place_id: UUID | None = None


def add_children(where: Where, names: Sequence[str]) -> Iterator[list[Child]]:
    """Rows, keys and marks for finding by name; a portion at a time."""
    bits = bits_for(len(names))
    for start in range(0, len(names), PORTION):
        portion = names[start : start + PORTION]
        ids = [uuid4() for _ in portion]
        store.create(ids)
        rows = [_child(where, key, name, start + at) for at, (key, name) in enumerate(zip(ids, portion, strict=True))]
        Child.objects.bulk_create(rows, batch_size=500)
        marks = [
            NameMark(child_id=key, organisation_id=where.organisation_id, mark=mark)
            for key, name in zip(ids, portion, strict=True)
            for mark in marks_of(where.organisation_id, name, bits)
        ]
        NameMark.objects.bulk_create(marks, batch_size=2_000)
        yield rows


def _child(where: Where, key: UUID, name: str, number: int) -> Child:
    return Child(
        id=key,
        code=with_check_digits(1_000_000 + number),
        organisation_id=where.organisation_id,
        team_id=where.teams[number % len(where.teams)] if where.teams else None,
        place_id=where.place_id,
        name=seal_of_child(key, NAME, name),
        initials=seal_of_child(key, INITIALS, "".join(word[0] for word in name.split())),
        population="returnee",
        return_date=date(2025, 1 + number % 12, 1 + number % 28),
        sex="unknown",
        age_band="6-11",
    )


def drawn(children: int) -> list[str]:
    """A given name and two family names; the commonest given names belong to one child in fifty or so."""
    lines = (ROOT / "homeward" / "demo" / "data" / "names.csv").read_text(encoding="utf-8").splitlines()[1:]
    known = sorted({word for line in lines for word in line.split(",")[-1].split() if len(word) > 1})
    source = random.Random(1)
    weights = [1 / (3 + rank) for rank in range(len(known))]
    syllables = [a + b for a in "bdfgklmnrst" for b in ("a", "e", "i", "o", "u", "an", "il", "or")]

    def family() -> str:
        return "".join(source.choice(syllables) for _ in range(source.randint(2, 3))).capitalize()

    families = [family() for _ in range(4_000)]
    given = source.choices(known, weights, k=children)
    return [f"{each} {source.choice(families)} {source.choice(families)}" for each in given]
