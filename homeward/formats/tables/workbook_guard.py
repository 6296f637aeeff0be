"""Looks at a workbook as a zip file before any spreadsheet code does: counts, real sizes, ratios, macros, entities."""

from __future__ import annotations

import io
import zipfile
import zlib

from homeward.domain.problems import Problem, ProblemError, Where

MAX_FILE = 20_000_000
MAX_ENTRIES = 2_000
MAX_INFLATED = 200_000_000
MAX_PART = 60_000_000
MAX_RATIO = 200  # honest sheets inflate 5 to 30 times
RATIO_FROM = 1_000_000  # below this size the ratio says nothing
MAX_TEXTS = 500_000  # that the sheets share: each costs far more memory and time than it has letters
CHUNK = 1 << 16
LEGACY_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls and password-protected .xlsx


def guard_workbook(data: bytes, *, file: str = "") -> None:
    """Raise a ProblemError unless the bytes are a plain .xlsx of reasonable size."""
    where = Where(file=file)
    if len(data) > MAX_FILE:
        raise ProblemError(_large(where))
    if data.startswith(LEGACY_MARK):
        raise ProblemError(
            Problem(
                "workbook.legacy",
                "This is an old Excel file (.xls) or a workbook protected by a password.",
                "Open it and save it as .xlsx without a password.",
                where,
            )
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_names(archive, where)
            _check_sizes(archive, where)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        # zipfile raises RuntimeError for encrypted entries and NotImplementedError for rare compressions
        raise ProblemError(_broken(where)) from error


def _check_names(archive: zipfile.ZipFile, where: Where) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ProblemError(_large(where))
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names) or "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        raise ProblemError(_broken(where))
    lowered = [name.lower() for name in names]
    if any("vbaproject" in name or "/macrosheets/" in name or "/activex/" in name for name in lowered):
        raise ProblemError(
            Problem("workbook.macros", "The workbook holds macros.", "Save it as .xlsx, without macros.", where)
        )
    declared = sum(entry.file_size for entry in entries)
    if declared > MAX_INFLATED or any(_suspicious(entry.file_size, entry.compress_size) for entry in entries):
        raise ProblemError(_large(where))


def _check_sizes(archive: zipfile.ZipFile, where: Where) -> None:
    """Inflate every entry in small pieces: what the directory declares may be a lie."""
    total = 0
    for entry in archive.infolist():
        size = texts = 0
        head = b""
        with archive.open(entry) as part:
            while chunk := part.read(CHUNK):
                size += len(chunk)
                if size > MAX_PART or total + size > MAX_INFLATED or _suspicious(size, entry.compress_size):
                    raise ProblemError(_large(where))
                texts += chunk.count(b"<si") if entry.filename.lower().endswith("sharedstrings.xml") else 0
                if texts > MAX_TEXTS:
                    raise ProblemError(_large(where))
                window = head + chunk
                if _declares_entities(entry.filename, window):
                    raise ProblemError(_entities(where))
                head = chunk[-16:]
        total += size


def _suspicious(inflated: int, compressed: int) -> bool:
    return inflated > RATIO_FROM and inflated > MAX_RATIO * max(compressed, 1)


def _declares_entities(name: str, window: bytes) -> bool:
    if not name.lower().endswith((".xml", ".rels")):
        return False
    flat = window.replace(b"\x00", b"")  # UTF-16 and UTF-32 spell the same letters with zero bytes between
    return b"<!DOCTYPE" in flat or b"<!ENTITY" in flat


def _large(where: Where) -> Problem:
    return Problem(
        "workbook.too_large",
        "The workbook is too large, or inflates to far more than its size.",
        "Delete unused sheets, pictures and empty formatted rows, and save it again.",
        where,
        status=413,
    )


def _broken(where: Where) -> Problem:
    return Problem(
        "workbook.unreadable",
        "This is not an Excel workbook (.xlsx), or the file is damaged.",
        "Open it in a spreadsheet program and save it again as .xlsx.",
        where,
    )


def _entities(where: Where) -> Problem:
    return Problem(
        "workbook.entities", "The workbook declares XML entities, which no spreadsheet program writes.", "", where
    )
