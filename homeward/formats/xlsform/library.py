"""Instruments on disk: those that come with Homeward, and those that a deployment adds in a folder of its own.

`<folder>/<id>/<version>/` holds the sheets. A published version never changes: its checksum is frozen in CHECKSUMS.csv.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.tables.csv_reading import read_csv
from homeward.formats.xlsform.loading import Loaded, load

PACKAGED = Path(__file__).resolve().parents[2] / "library" / "instruments"
CHECKSUMS = "CHECKSUMS.csv"
SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Entry:
    id: str
    version: str
    path: Path
    packaged: bool

    def load(self) -> Loaded:
        return load(self.path, f"{self.id}/{self.version}")


class Library:
    """Finds instruments by `ID` (the latest version) or `ID@VERSION`. A deployment's own version comes first."""

    def __init__(self, *folders: Path | str) -> None:
        """`folders` are a deployment's own: each holds `<id>/<version>/`, or a folder `instruments` that does."""
        own = [Path(folder) for folder in folders if str(folder)]
        self.folders = [*(folder / "instruments" if (folder / "instruments").is_dir() else folder for folder in own)]

    def entries(self) -> tuple[Entry, ...]:
        """By id, the newest version first."""
        found: dict[tuple[str, str], Entry] = {}
        for folder in (*self.folders, PACKAGED):
            for entry in _entries_in(folder):
                found.setdefault((entry.id, entry.version), entry)
        newest = sorted(found.values(), key=lambda entry: version_key(entry.version), reverse=True)
        return tuple(sorted(newest, key=lambda entry: entry.id))

    def find(self, reference: str) -> Entry:
        wanted, _, version = reference.partition("@")
        of_id = [entry for entry in self.entries() if entry.id == wanted]
        matching = [entry for entry in of_id if version in ("", entry.version)]
        if matching:
            return matching[0]
        raise ProblemError(
            Problem(
                "library.unknown_version" if of_id else "library.unknown_instrument",
                "There is no instrument {reference} in the library.",
                "Known are: {known}.",
                Where(field=reference),
                {
                    "reference": reference[:80],
                    "known": ", ".join(f"{entry.id}@{entry.version}" for entry in of_id or self.entries()) or "none",
                },
                status=404,
            )
        )

    def load(self, reference: str) -> Loaded:
        return self.find(reference).load()


def _entries_in(folder: Path) -> Iterator[Entry]:
    if not folder.is_dir():
        return
    for sheets in sorted(folder.glob("*/*/survey.csv")):
        version, instrument = sheets.parent, sheets.parent.parent
        if SAFE_NAME.fullmatch(version.name) and SAFE_NAME.fullmatch(instrument.name):
            yield Entry(instrument.name, version.name, version, folder == PACKAGED)


def version_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """1.10 is newer than 1.9; a word such as `rc1` comes before nothing at all, so 2.0-rc1 is older than 2.0."""
    parts = re.findall(r"\d+|[A-Za-z]+", version)
    return (*((1, int(part), "") if part.isdigit() else (-1, 0, part) for part in parts), (0, 0, ""))


def open_instrument(reference: str, library: Library) -> Loaded:
    """A path where there is one; else a name in the library."""
    path = Path(reference)
    if path.exists() or "/" in reference or path.suffix.lower() in (".xlsx", ".xls", ".xlsm"):
        return load(path)
    return library.load(reference)


def frozen_checksums(folder: Path = PACKAGED) -> dict[tuple[str, str], str]:
    """(id, version) -> checksum of every version that has been published."""
    path = folder / CHECKSUMS
    sheet = read_csv(path.read_bytes(), "checksums", file=path.name, delimiter=",")
    return {(row.get("id"), row.get("version")): row.get("checksum") for row in sheet}


def thawed(folder: Path = PACKAGED) -> tuple[Problem, ...]:
    """Published versions that are not what they were, and versions without a frozen checksum."""
    frozen = frozen_checksums(folder)
    now = {(entry.id, entry.version): entry.load().instrument.checksum for entry in _entries_in(folder)}
    return tuple(
        Problem(
            "library.version_changed" if frozen.get(key) else "library.version_not_frozen",
            "{id} {version} has the checksum {now}, and {frozen} is written in {file}.",
            "Undo the change and make a new version of it; a version not published yet may be frozen anew with "
            "`homeward instrument freeze`.",
            Where(file=CHECKSUMS, field=f"{key[0]}@{key[1]}"),
            {
                "id": key[0],
                "version": key[1],
                "now": now.get(key, "none"),
                "frozen": frozen.get(key, "none"),
                "file": CHECKSUMS,
            },
        )
        for key in sorted({*now, *frozen})
        if now.get(key) != frozen.get(key)
    )


def freeze(folder: Path = PACKAGED) -> tuple[str, ...]:
    """Write the checksums of versions that have none. A version that has one keeps it, so that its change is found."""
    known = frozen_checksums(folder) if (folder / CHECKSUMS).is_file() else {}
    new = {
        (e.id, e.version): e.load().instrument.checksum for e in _entries_in(folder) if (e.id, e.version) not in known
    }
    lines = [f"{name},{version},{checksum}" for (name, version), checksum in sorted({**new, **known}.items())]
    (folder / CHECKSUMS).write_text("\n".join(["id,version,checksum", *lines]) + "\n", encoding="utf-8")
    return tuple(f"{name}@{version}" for name, version in sorted(new))
