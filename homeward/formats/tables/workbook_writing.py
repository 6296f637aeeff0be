"""Excel workbooks and zipped CSV as a stream of bytes: nothing lies on a disk meanwhile, and a million rows need no
more memory than ten. What a cell may hold is decided where CSV is written; see `writing`.
"""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from io import RawIOBase
from typing import BinaryIO

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.tables.writing import Cell, csv_cell, csv_lines, safe_text

MAX_EXCEL_ROWS = 1_048_576
MAX_EXCEL_COLUMNS = 16_384
MAX_EXCEL_CELL = 32_767
EXACT_DIGITS = 15  # more digits than a spreadsheet keeps in a number
MAX_SHEET = 1_900_000_000  # bytes; longer parts of a zip need an extension that not every reader of a stream knows
PIECE = 1 << 16
DAY_ZERO = datetime.date(1899, 12, 30)
FIRST_DAY = datetime.date(1900, 3, 1)  # before it, spreadsheets count a day that never was
BOLD, DAY = 1, 2  # styles, by their place in STYLES

_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE_LIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # what a spreadsheet would take for an escaped character
_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEET_START = (
    f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
    'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15" '
    'defaultColWidth="15"/><sheetData>'
)
SHEET_END = "</sheetData></worksheet>"
STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '</numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/>'
    '<name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill>'
    '<patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]


class _Sink(RawIOBase):
    """Takes what the zip writes and hands it on; it cannot go back, so the zip does not ask it to."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.waiting = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | memoryview) -> int:  # type: ignore[override]  # what zipfile gives
        if data:  # a compressor keeps most of what it is given for later
            self._parts.append(bytes(data))
            self.waiting += len(data)
        return len(data)

    def take(self) -> bytes:
        found = b"".join(self._parts)
        self._parts, self.waiting = [], 0
        return found


def zip_pieces(tables: Iterable[Table]) -> Iterator[bytes]:
    """One CSV file a table."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in tables:
            with _part(archive, f"{table.name}.csv") as part:
                for line in csv_lines(table.header, table.rows):
                    part.write(line)
                    if sink.waiting >= PIECE:
                        yield sink.take()
    yield sink.take()


def workbook_pieces(tables: Sequence[Table]) -> Iterator[bytes]:
    """One sheet a table. Longer tables go on on further sheets, so nothing is cut. Refuses before the first piece."""
    if any(len(table.header) > MAX_EXCEL_COLUMNS for table in tables):
        raise ProblemError(_too_wide())
    return _workbook(tables)


def _workbook(tables: Sequence[Table]) -> Iterator[bytes]:
    sink = _Sink()
    names: list[str] = []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in tables:
            sheet = _Sheet(table)
            while not sheet.finished:
                names.append(_free_name(table.name, names))
                with _part(archive, f"xl/worksheets/sheet{len(names)}.xml") as part:
                    for text in sheet.pieces():
                        part.write(text.encode("utf-8", "replace"))
                        if sink.waiting >= PIECE:
                            yield sink.take()
        for name, text in _frame(names):
            archive.writestr(name, text)
    yield sink.take()


def write_workbook(
    target: BinaryIO | str, header: Sequence[str], rows: Iterable[Sequence[Cell]], *, sheet: str = "data"
) -> int:
    """Constant memory. The number of rows written."""
    count = 0

    def counted() -> Iterator[Sequence[Cell]]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    pieces = workbook_pieces([Table(sheet, header, counted())])
    if isinstance(target, str):
        with open(target, "wb") as file:
            file.writelines(pieces)
    else:
        target.writelines(pieces)
    return count


@contextmanager
def _part(archive: zipfile.ZipFile, name: str) -> Iterator[BinaryIO]:
    """The date of 1980 that a zip has without one: the bytes depend on nothing but what is in them."""
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(info, "w") as part:
        yield part  # type: ignore[misc]  # an entry open for writing


class _Sheet:
    """The rows of one table, over as many sheets as it takes."""

    def __init__(self, table: Table) -> None:
        self.header = table.header
        self.columns = [_letters(number) for number in range(len(table.header))]
        self.rows = iter(table.rows)
        self.next = next(self.rows, None)
        self.begun = False

    @property
    def finished(self) -> bool:
        return self.begun and self.next is None

    def pieces(self) -> Iterator[str]:
        """Of one sheet."""
        self.begun = True
        titles = (self._text(column, 1, safe_text(title), BOLD) for column, title in enumerate(self.header))
        yield f'{SHEET_START}<row r="1">{"".join(titles)}</row>'
        line, size = 1, 0
        while self.next is not None and line < MAX_EXCEL_ROWS and size < MAX_SHEET:
            line += 1
            cells = "".join([self._cell(column, line, value) for column, value in enumerate(self.next)])
            text = f'<row r="{line}">{cells}</row>'
            size += len(text)
            yield text
            self.next = next(self.rows, None)
        yield SHEET_END

    def _cell(self, column: int, line: int, value: Cell) -> str:
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime) and value >= FIRST_DAY:
            return f'<c r="{self.columns[column]}{line}" s="{DAY}"><v>{(value - DAY_ZERO).days}</v></c>'
        plain = csv_cell(value)
        if plain == "":
            return ""
        if not isinstance(plain, str) and _exact(plain):
            return f'<c r="{self.columns[column]}{line}"><v>{plain}</v></c>'
        return self._text(column, line, str(plain))

    def _text(self, column: int, line: int, text: str, style: int = 0) -> str:
        if len(text) > MAX_EXCEL_CELL:
            raise ProblemError(_too_long(line))
        style_mark = f' s="{style}"' if style else ""
        return (
            f'<c r="{self.columns[column]}{line}"{style_mark} t="inlineStr"><is>'
            f'<t xml:space="preserve">{_xml(text)}</t></is></c>'
        )


def _xml(text: str) -> str:
    text = _ESCAPE_LIKE.sub("_x005F_", text.replace("\r\n", "\n").replace("\r", "\n"))
    return escape(_UNSEEN.sub(lambda found: f"_x{ord(found[0]):04X}_", text), quote=False)


def _letters(number: int) -> str:
    """0 -> A, 26 -> AA."""
    found = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(65 + rest) + found
    return found


def _free_name(wanted: str, taken: Sequence[str]) -> str:
    """A spreadsheet takes 31 characters, some not at all, and no name twice, whatever its case."""
    used = {name.casefold() for name in taken}
    plain = _SHEET_NAME.sub("_", wanted)[:28] or "data"
    name, number = plain, 1
    while name.casefold() in used:
        number += 1
        name = f"{plain[:24]} {number}"
    return name


def _frame(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The parts that say which sheets there are; they may stand at the end."""
    numbered = list(enumerate(names, start=1))
    sheets = "".join(f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in numbered)
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n, _ in numbered
    )
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_KIND}.worksheet+xml"/>' for n, _ in numbered
    )
    yield (
        "xl/workbook.xml",
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        f'{_HEAD}<Relationships xmlns="{_RELATIONS}">{links}'
        f'<Relationship Id="styles" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    )
    yield "xl/styles.xml", STYLES
    yield (
        "_rels/.rels",
        f'{_HEAD}<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
    )
    yield (
        "[Content_Types].xml",
        f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>{kinds}</Types>',
    )


def _exact(number: int | float | Decimal) -> bool:
    if isinstance(number, int):
        return len(str(abs(number))) <= EXACT_DIGITS
    return Decimal(number).is_finite()


def _too_long(line: int) -> Problem:
    return Problem(
        "table.cell_too_long",
        "A cell holds more than {limit} characters, which no Excel file can.",
        "Choose CSV, where nothing is cut.",
        Where(row=line),
        {"limit": MAX_EXCEL_CELL},
        status=413,
    )


def _too_wide() -> Problem:
    return Problem(
        "table.too_many_columns",
        "The table has more than {limit} columns, which no Excel file can.",
        "Choose CSV, where nothing is cut.",
        params={"limit": MAX_EXCEL_COLUMNS},
        status=413,
    )
