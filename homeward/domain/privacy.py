"""Levels of protection and the declaration that every stored field and every question makes about itself.

L0 public · L1 internal (sign-in) · L2 personal · L3 protection (caseload, reads audited) · L4 sealed to focal points.
One declaration drives encryption, permission, export, audit redaction, erasure and the generated data-protection page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Level(IntEnum):
    L0 = 0
    L1 = 1
    L2 = 2
    L3 = 3
    L4 = 4


class Storage(StrEnum):
    """How the value lies in the database.

    `PLAIN` is for L0 and L1, links and clocks; `CODED` for L3 numbers, dates and closed lists under a random code;
    `SEALED` for every text, medium, exact place, birth date and anything L2; `HASHED` for what is only compared.
    """

    PLAIN = "plain"
    CODED = "coded"
    SEALED = "sealed"
    HASHED = "hashed"


# Levels whose numbers, dates and closed lists may lie coded; everything else is sealed, whatever its type.
IN_CLEAR = frozenset({Level.L0, Level.L1, Level.L3})
# From what most may read to what nobody here can: names have fewer readers than answers.
BY_READERS = (Level.L0, Level.L1, Level.L3, Level.L2, Level.L4)


def narrowest(levels: Iterable[Level]) -> Level:
    """Of several declarations for one thing, the one with the fewest readers."""
    return max(levels, key=BY_READERS.index)


class Retention(StrEnum):
    """When a value goes: with the case's identity, with its record, with the account, or never (the trace)."""

    IDENTITY = "identity"
    RECORD = "record"
    ACCOUNT = "account"
    INTAKE = "intake"  # until an unlinked or set-aside submission is settled
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True)
class Privacy:
    level: Level
    storage: Storage = Storage.PLAIN
    purpose: str = "monitoring"
    retention: Retention = Retention.RECORD
    guardian_visible: bool = False
    exportable: bool = False

    def __post_init__(self) -> None:
        if self.level == Level.L2 and self.storage not in (Storage.SEALED, Storage.HASHED):
            raise ValueError("L2 is sealed or hashed")
        if self.level == Level.L3 and self.storage == Storage.PLAIN:
            raise ValueError("L3 is coded, or sealed where it is text")
        if self.level == Level.L4 and self.storage != Storage.SEALED:
            raise ValueError("L4 is sealed")


def each(privacy: Privacy, names: str) -> dict[str, Privacy]:
    """One declaration for several fields, named in one text."""
    return dict.fromkeys(names.split(), privacy)
