"""Levels of protection and the declaration that every stored field and every question makes about itself.

L0 public · L1 internal (sign-in) · L2 personal · L3 protection (caseload, reads audited) · L4 sealed to focal points.
One declaration drives encryption, permission, export, audit redaction, erasure and the generated data-protection page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType


class Level(IntEnum):
    L0 = 0
    L1 = 1
    L2 = 2
    L3 = 3
    L4 = 4


class Storage(StrEnum):
    """How the value lies in the database.

    `PLAIN` is for L0 and L1, links and clocks; `CODED` for L3 numbers, dates and closed lists under a random code;
    `SEALED` for every text, medium, exact place, birth date and anything L2; `HASHED` for what is only compared;
    `WRAPPED` for a key that lies under another key.
    """

    PLAIN = "plain"
    CODED = "coded"
    SEALED = "sealed"
    HASHED = "hashed"
    WRAPPED = "wrapped"


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


class Basis(StrEnum):
    """On what ground a value may be kept. National law and an organisation's own rules decide; these are the defaults
    that an impact assessment starts from.
    """

    CONSENT = "consent and assent"
    CARE = "the child's vital interests and care"
    EMPLOYMENT = "working relation with staff"
    ACCOUNTABILITY = "legal duty to account"
    NO_PERSON = "names no person"


# The ground on which each purpose stands. A purpose outside this list must name its ground itself.
BASIS_OF_PURPOSE: Mapping[str, Basis] = MappingProxyType(
    {
        "monitoring": Basis.CONSENT,
        "intake": Basis.CONSENT,
        "case work": Basis.CARE,
        "matching": Basis.CARE,
        "protection": Basis.CARE,
        "instruments": Basis.NO_PERSON,
        "administration": Basis.EMPLOYMENT,
        "sign-in": Basis.EMPLOYMENT,
        "accountability": Basis.ACCOUNTABILITY,
        "keys": Basis.ACCOUNTABILITY,
    }
)


class KeyKind(StrEnum):
    """Which key a sealed value lies under. A child has two, so that the name can end before the record does."""

    IDENTITY = "identity"
    RECORD = "record"
    OWN = "own"  # of what belongs to no child yet: an unlinked interview, a file on its way in
    INDEX = "index"  # of the house: hashes, by which values are found again
    INTAKE = "intake"  # the private half of a key to which our clients seal interviews


# Why a key may be destroyed. The trace holds this word and nothing else of the reason.
REASONS_TO_END = ("retention_ended", "erasure_asked", "consent_withdrawn", "registered_by_mistake")


@dataclass(frozen=True, slots=True)
class SealedUnder:
    """Whose key the sealed fields of a model lie under, and the path (as a query spells it) from a row to its owner.

    `child`: the two keys of the child. `submission`: the data key of the interview, which lies wrapped beside it.
    `own`: a key of the row itself. `intake`: the intake key of the server, before it came. `people`: sealed to named
    people before it came; the server has no key.
    """

    owner: str
    path: str = "id"

    def __post_init__(self) -> None:
        if self.owner not in ("child", "submission", "own", "intake", "people"):
            raise ValueError(self.owner)


@dataclass(frozen=True, slots=True)
class Privacy:
    """`guardian_visible`: a guardian who asks for the file is shown it. `exportable`: it may leave in a download."""

    level: Level
    storage: Storage = Storage.PLAIN
    purpose: str = "monitoring"
    retention: Retention = Retention.RECORD
    guardian_visible: bool = False
    exportable: bool = False
    legal_basis: Basis | None = None  # by the purpose, where none is named

    def __post_init__(self) -> None:
        if self.legal_basis is None:
            object.__setattr__(self, "legal_basis", BASIS_OF_PURPOSE.get(self.purpose))
        if self.guardian_visible and self.level == Level.L4:
            raise ValueError("what is sealed to focal points is for no guardian")
        if self.level == Level.L2 and self.storage not in (Storage.SEALED, Storage.HASHED):
            raise ValueError("L2 is sealed or hashed")
        if self.level == Level.L3 and self.storage == Storage.PLAIN:
            raise ValueError("L3 is coded, or sealed where it is text")
        if self.level == Level.L4 and self.storage != Storage.SEALED:
            raise ValueError("L4 is sealed")

    @property
    def key_kind(self) -> KeyKind:
        """Of a child's two keys, the one that a sealed value lies under."""
        return KeyKind.IDENTITY if self.level == Level.L2 else KeyKind.RECORD


def each(privacy: Privacy, names: str) -> dict[str, Privacy]:
    """One declaration for several fields, named in one text."""
    return dict.fromkeys(names.split(), privacy)
