"""Protocols of follow-up on disk -> plain values. `<folder>/<id>/<version>/` holds four sheets; all that is wrong with
them is told at once, by file, row and field.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from homeward.domain.ages import BAND_CODES
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.domain.rounds import RISK_LEVELS, ContactRule, Protocol, RoundRule, Schedule, Voice, due_date
from homeward.formats.tables.csv_reading import read_csv
from homeward.formats.tables.sheets import Row, Sheet

PACKAGED = Path(__file__).resolve().parents[1] / "library" / "protocols"
CHECKSUMS = "CHECKSUMS.csv"
DEFAULT = "homeward-default@1.0"
SHEETS = ("about", "rounds", "contacts", "respondents")
COLUMNS = {
    "about": {"key", "value"},
    "rounds": {"code", "months", "weeks", "before", "after", *(f"after_{level}" for level in RISK_LEVELS)},
    "contacts": {"risk", "first", "every", "after"},
    "respondents": {"rounds", "band", "respondent", "family", "need"},
}
NEEDS = ("required", "with_permission")
RESPONDENTS = ("child", "caregiver", "adult", "observer")
CODE = re.compile(r"[a-z][a-z0-9]{0,7}")
SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
LONGEST = {"months": 60, "weeks": 60, "before": 183, "after": 183, "first": 60, "every": 183}
A_LEAP_CYCLE = tuple(date(2023, 1, 1) + timedelta(days=days) for days in range(0, 1461, 3))


@dataclass
class _Book:
    """The sheets of one version while they are read, and what is wrong with them."""

    place: str
    sheets: dict[str, Sheet]
    problems: list[Problem] = field(default_factory=list)

    def tell(self, sheet: str, row: Row | None, name: str, code: str, message: str, action: str, **params: str) -> None:
        where = Where(f"{self.place}/{sheet}.csv", "", row.number if row else None, name)
        self.problems.append(Problem(f"protocol.{code}", message, action, where, params))

    def number(self, sheet: str, row: Row, name: str, *, empty: int | None = None) -> int:
        text, most = row.get(name), LONGEST.get(name.split("_")[0], 183)
        if not text and empty is not None:
            return empty
        if not (text.isascii() and text.isdecimal() and int(text) <= most):
            self.tell(sheet, row, name, "number", "This is not a whole number that makes sense here.", "Correct it.")
            return 0
        return int(text)


def load_protocol(folder: Path) -> Protocol:
    """One version, or every problem of it."""
    place = f"{folder.parent.name}/{folder.name}"
    book = _Book(place, {name: _sheet(folder, name, place) for name in SHEETS})
    for name, sheet in book.sheets.items():
        for column in sorted({*sheet.header} - COLUMNS[name]):
            book.tell(name, None, column, "column", "This column is not known.", "Correct its name, or leave it out.")
    about = {row.get("key"): row for row in book.sheets["about"]}
    for key, wanted in (("id", folder.parent.name), ("version", folder.name)):
        if key not in about or about[key].get("value") != wanted:
            message, action = "This is not what the folder is called.", "Call both the same."
            book.tell("about", about.get(key), key, "name", message, action)
    rounds = tuple(_rounds(book))
    _in_order(book, rounds)
    contacts = dict(_contacts(book))
    voices = _voices(book, {each.code for each in rounds})
    if book.problems:
        raise ProblemError(book.problems)
    titles = {key.partition("::")[2]: row.get("value") for key, row in about.items() if key.startswith("title::")}
    return Protocol(folder.parent.name, folder.name, rounds, contacts, voices, titles, _checksum(folder))


def _sheet(folder: Path, name: str, place: str) -> Sheet:
    path = folder / f"{name}.csv"
    try:
        return read_csv(path.read_bytes(), name, file=f"{place}/{path.name}", delimiter=",")
    except OSError as error:
        where = Where(f"{place}/{path.name}")
        raise ProblemError(Problem("protocol.no_sheet", "This sheet is missing.", "Add it.", where)) from error


def _rounds(book: _Book) -> Iterator[RoundRule]:
    seen: set[str] = set()
    for row in book.sheets["rounds"]:
        code = row.get("code")
        if not CODE.fullmatch(code) or code in seen:
            message = "A code is a small letter and up to seven letters or digits, and stands once."
            book.tell("rounds", row, "code", "code", message, "Correct it.")
        seen.add(code)
        months, weeks = book.number("rounds", row, "months", empty=0), book.number("rounds", row, "weeks", empty=0)
        before, after = book.number("rounds", row, "before"), book.number("rounds", row, "after")
        by_risk = tuple(
            (level, book.number("rounds", row, f"after_{level}")) for level in RISK_LEVELS if row.get(f"after_{level}")
        )
        yield RoundRule(code, months, weeks, before, after, by_risk)
    if not seen:
        book.tell("rounds", None, "", "no_rounds", "There is no round.", "Add one, or use another protocol.")


def _in_order(book: _Book, rounds: Sequence[RoundRule]) -> None:
    """Whatever the day of return, leap years too: each round begins and is due later than the one before."""
    rows = list(book.sheets["rounds"])
    for place, (before, after) in enumerate(zip(rounds, rounds[1:], strict=False), start=1):
        for start in A_LEAP_CYCLE:
            earlier, later = due_date(start, before), due_date(start, after)
            begins = max(start, earlier - timedelta(days=before.before)) if place > 1 else start
            if earlier >= later or begins >= later - timedelta(days=after.before):
                message = "This round does not begin after the one before it, or is not due after it."
                action = "Put rounds in order, and give fewer days before."
                book.tell("rounds", rows[place], "before", "order", message, action)
                break


def _contacts(book: _Book) -> Iterator[tuple[str, ContactRule]]:
    seen: set[str] = set()
    for row in book.sheets["contacts"]:
        level = row.get("risk")
        if level not in RISK_LEVELS or level in seen:
            message, action = "A level of risk is one of {known}, and stands once.", "Correct it."
            book.tell("contacts", row, "risk", "risk", message, action, known=", ".join(RISK_LEVELS))
        seen.add(level)
        rule = ContactRule(*(book.number("contacts", row, name) for name in ("first", "every", "after")))
        if not 0 < rule.first <= rule.every:
            message = "The first contact comes within one interval, and not on the day itself."
            book.tell("contacts", row, "first", "first", message, "Give at least 1, and at most the interval.")
        yield level, rule


def _voices(book: _Book, codes: set[str]) -> dict[tuple[str, str], tuple[Voice, ...]]:
    found: dict[tuple[str, str], list[Voice]] = {}
    known: tuple[tuple[str, Iterable[str]], ...] = (
        ("band", BAND_CODES),
        ("respondent", RESPONDENTS),
        ("need", NEEDS),
    )
    for row in book.sheets["respondents"]:
        for name, allowed in known:
            if row.get(name) not in allowed:
                action, listed = "Use one of: {known}.", ", ".join(allowed)
                book.tell("respondents", row, name, "not_listed", "This is not in the list.", action, known=listed)
        if not row.get("family"):
            book.tell("respondents", row, "family", "no_family", "The family of the instrument is missing.", "Add it.")
        voice = Voice(row.get("respondent"), row.get("family"), row.get("need") == "required")
        for code in row.get("rounds").split() or [""]:
            if code and code not in codes:
                action = "Use a code of the sheet of rounds, or leave the cell empty for all."
                book.tell("respondents", row, "rounds", "unknown_round", "There is no such round.", action)
            found.setdefault((code, row.get("band")), []).append(voice)
    for band in BAND_CODES:
        if not any(voice.required for voice in found.get(("", band), ())):
            message, action = "For the ages {band} nobody has to be asked.", "Add a row with an empty cell for rounds."
            book.tell("respondents", None, "band", "nobody_asked", message, action, band=band)
    return {key: tuple(voices) for key, voices in found.items()}


def _checksum(folder: Path) -> str:
    """Over what the sheets say, whatever the marks at the ends of their lines."""
    total = hashlib.sha256()
    for name in SHEETS:
        text = (folder / f"{name}.csv").read_bytes().decode("utf-8-sig")
        total.update(f"{name}\n{text.replace(chr(13), '')}\n".encode())
    return total.hexdigest()


class ProtocolLibrary:
    """`ID@VERSION` -> protocol: those that come with Homeward, and those of a deployment's own folder, which holds a
    folder `protocols`. A deployment adds; what is shipped it cannot replace.
    """

    def __init__(self, *folders: Path | str) -> None:
        self.folders = (PACKAGED, *(Path(folder) / "protocols" for folder in folders if str(folder)))

    def references(self) -> tuple[str, ...]:
        return tuple(sorted({reference for folder in self.folders for reference, _path in versions_in(folder)}))

    def load(self, reference: str) -> Protocol:
        for folder in self.folders:
            for found, path in versions_in(folder):
                if found == reference:
                    return _once(path, _stamp(path))
        params = {"reference": reference[:80], "known": ", ".join(self.references())}
        message, action = "There is no protocol {reference}.", "Known are: {known}."
        raise ProblemError(Problem("protocol.unknown", message, action, Where(field="protocol"), params, status=404))


def versions_in(folder: Path) -> Iterator[tuple[str, Path]]:
    for sheet in sorted(folder.glob("*/*/rounds.csv")):
        version, protocol = sheet.parent, sheet.parent.parent
        if SAFE_NAME.fullmatch(version.name) and SAFE_NAME.fullmatch(protocol.name):
            yield f"{protocol.name}@{version.name}", version


def _stamp(path: Path) -> float:
    return max((path / f"{name}.csv").stat().st_mtime for name in SHEETS if (path / f"{name}.csv").is_file())


@lru_cache(maxsize=64)
def _once(path: Path, _stamp: float) -> Protocol:
    return load_protocol(path)


@lru_cache(maxsize=1)
def default_schedule() -> Schedule:
    """What an organisation follows that has chosen nothing."""
    return Schedule(((date.min, ProtocolLibrary().load(DEFAULT)),))


def frozen(folder: Path = PACKAGED) -> dict[str, str]:
    """Reference -> checksum of every version that was ever published."""
    path = folder / CHECKSUMS
    sheet = read_csv(path.read_bytes(), "checksums", file=path.name, delimiter=",")
    return {f"{row.get('id')}@{row.get('version')}": row.get("checksum") for row in sheet}


def thawed(folder: Path = PACKAGED) -> tuple[str, ...]:
    """Versions that are not what they were, or that nobody has frozen."""
    now = {reference: load_protocol(path).checksum for reference, path in versions_in(folder)}
    known = frozen(folder)
    return tuple(sorted(each for each in {*now, *known} if now.get(each) != known.get(each)))


__all__ = ["DEFAULT", "ProtocolLibrary", "default_schedule", "frozen", "load_protocol", "thawed"]
