"""Whatever was exported -> rows. The kind is read from the content, not from the name."""

from __future__ import annotations

import zipfile
from pathlib import Path

from homeward.domain.problems import Where
from homeward.formats.exports.archives import open_zip
from homeward.formats.exports.model import Export, refuse
from homeward.formats.exports.parquet import open_parquet
from homeward.formats.exports.records import open_json
from homeward.formats.exports.text_tables import open_text
from homeward.formats.exports.workbooks import LEGACY_MARK, open_workbook

PACKED = (b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06")


def open_export(path: Path | str, name: str = "") -> Export:
    """Raises ProblemError where the file cannot be read; `rows` may raise it too, further down a damaged file."""
    path = Path(path)
    file = name or path.name
    where = Where(file=file)
    try:
        with path.open("rb") as raw:
            head = raw.read(4096)
    except OSError as error:
        refuse(
            "cannot_open",
            "The file cannot be opened ({reason}).",
            "Check its path and its rights.",
            where,
            reason=error.strerror or "",
        )
    if not head.strip():
        refuse("empty", "The file is empty.", "Export the data again.", where)
    if head.startswith(ZIP_MARKS) or head.startswith(LEGACY_MARK):
        return (
            open_workbook(path, file)
            if head.startswith(LEGACY_MARK) or _is_workbook(path, file)
            else open_zip(path, file)
        )
    if head.startswith(b"PAR1"):
        return open_parquet(path, file)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")) and b"\x00" not in head[:4]:
        return open_json(path, file)
    _refuse_others(head, where)
    _refuse_packed(head, where)
    _refuse_wide_json(head, where)
    return open_text(lambda: path.open("rb"), file, path.stat().st_size)


def _is_workbook(path: Path, file: str) -> bool:
    """A zip that cannot even be listed is refused as what its name says it is."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return file.lower().endswith((".xlsx", ".xlsm"))


def _refuse_others(head: bytes, where: Where) -> None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<?xml", b"<!doctype", b"<html", b"<table")):
        refuse(
            "wrong_kind",
            "This is XML or a web page, not a table of interviews.",
            "Download the data as CSV, Excel, JSON or Parquet; a web page often means that the sign-in had expired.",
            where,
        )
    if start.startswith(b"%pdf"):
        refuse("wrong_kind", "This is a PDF, not a table.", "Export the data as CSV, Excel, JSON or Parquet.", where)


def _refuse_packed(head: bytes, where: Where) -> None:
    if head.startswith(PACKED):
        refuse(
            "packed",
            "This is a packed file (gzip, 7z, RAR or the like), not a table.",
            "Unpack it, and choose the file that was in it.",
            where,
        )


def _refuse_wide_json(head: bytes, where: Where) -> None:
    for encoding in ("utf-32", "utf-16", "utf-16-le", "utf-16-be"):
        try:
            text = head[: len(head) // 4 * 4].decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.lstrip().startswith(("{", "[")) and '"' in text[:100]:
            refuse("json_not_utf8", "This is JSON, but not in UTF-8.", "Save it again as UTF-8.", where)
