"""Workbooks, tables, pictures and sounds that people might upload, class by class; none is what it should be."""

from __future__ import annotations

import io
import json
import random
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

import pyarrow
import pyarrow.parquet
import xlsxwriter

from tests.formats.malformed.documents import Named
from tests.pictures import picture, with_place

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET, BOOK, STRINGS = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml"
DTDS = (
    '<!DOCTYPE worksheet [<!ENTITY a "b">]>',
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>',
)


def sound() -> dict[str, bytes]:
    """Part by part; with shared strings, as most programs write them."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("survey")
        for at, row in enumerate((["type", "name", "label"], ["text", "a", "A"], ["_id", "child_code", "mood"])):
            page.write_row(at, 0, row)
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


SOUND = sound()


def packed(files: dict[str, bytes], level: int = 9) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


WORKBOOK = packed(SOUND)


def changed(name: str, change: Callable[[bytes], bytes]) -> bytes:
    return packed({**SOUND, name: change(SOUND[name])})


def cuts(whole: bytes, count: int = 40) -> Iterator[Named]:
    for step in range(count):
        yield f"at {step * 100 // count} %", whole[: 4 + (len(whole) - 30) * step // count]


def workbook_cut() -> Iterator[Named]:
    yield from cuts(WORKBOOK)


def workbook_bombs() -> Iterator[Named]:
    for name in (SHEET, STRINGS, "xl/styles.xml", "docProps/core.xml", "xl/media/image1.png"):
        for size in (150_000_000, 250_000_000):
            yield f"{name} of {size} zeros", packed({**SOUND, name: b"\0" * size}, 1)


def workbook_dtd() -> Iterator[Named]:
    for name in (SHEET, BOOK, STRINGS, "xl/styles.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
        for dtd in DTDS:
            for encoding in ("utf-8", "utf-16"):
                text = SOUND[name].decode()
                start = text.index("?>") + 2 if text.startswith("<?xml") else 0
                yield f"{name} {dtd[:30]} {encoding}", packed({**SOUND, name: (dtd + text[start:]).encode(encoding)})


def workbook_deep() -> Iterator[Named]:
    for name in (SHEET, STRINGS, BOOK, "xl/styles.xml"):
        for depth in (1_000, 20_000, 200_000):
            yield f"{name} {depth} deep", packed({**SOUND, name: b"<a>" * depth + b"</a>" * depth})


def workbook_links() -> Iterator[Named]:
    """Links of a symbolic kind, paths out of the archive, the same name twice."""
    for name in ("../../etc/cron.d/x", "/etc/passwd", "xl\\..\\..\\x", "C:\\x", SHEET):
        out = io.BytesIO(WORKBOOK)
        with zipfile.ZipFile(out, "a") as archive:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(entry, "/etc/passwd")
        yield f"link {name}", out.getvalue()
    for name in (SHEET, BOOK, STRINGS):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for other, data in SOUND.items():
                if other == name:
                    entry = zipfile.ZipInfo(name)
                    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
                    archive.writestr(entry, "/etc/passwd")
                else:
                    archive.writestr(other, data)
        yield f"link instead of {name}", out.getvalue()


def workbook_directory() -> Iterator[Named]:
    """The directory at the end says other things than the entries."""
    start = WORKBOOK.index(b"PK\x01\x02")
    for offset in (8, 10, 16, 20, 24, 28, 30, 32, 34, 42):
        for value in (b"\xff\xff", b"\x00\x80"):
            at = start + offset
            yield f"{value.hex()} at {offset}", WORKBOOK[:at] + value + WORKBOOK[at + 2 :]
    end = WORKBOOK.rindex(b"PK\x05\x06")
    for offset in (4, 6, 8, 10, 12, 16, 20):
        at = end + offset
        yield f"end, {offset}", WORKBOOK[:at] + b"\xfe\xff" + WORKBOOK[at + 2 :]


def workbook_nested() -> Iterator[Named]:
    inner = WORKBOOK
    for depth in range(1, 9):
        inner = packed({"xl/workbook.xml": inner, f"{depth}.zip": inner})
        yield f"{depth} in each other", inner


def workbook_wide() -> Iterator[Named]:
    for count in (17_000, 100_000, 1_000_000):
        cells = "<c><v>1</v></c>" * count
        row = f'<worksheet xmlns="{MAIN}"><sheetData><row>{cells}</row></sheetData></worksheet>'
        yield f"{count} columns", packed({**SOUND, SHEET: row.encode()})
    for name in ("XFE1", "ZZZZZZ1", "A1048577", "A99999999999999999999", "A0", "1A", "-1", "A1:B2"):
        text = f'<worksheet xmlns="{MAIN}"><sheetData><row><c r="{name}"><v>1</v></c></row></sheetData></worksheet>'
        yield f"cell {name}", packed({**SOUND, SHEET: text.encode()})


def workbook_numbers() -> Iterator[Named]:
    for value in ("1e999", "-1e999", "NaN", "9" * 5_000, "1" * 60_000, "0x10", "1e-999", ""):
        for kind in ("n", "s", "d", "b", "e", "str"):
            cell = f'<c r="A1" t="{kind}"><v>{value}</v></c>'
            text = f'<worksheet xmlns="{MAIN}"><sheetData><row r="1">{cell}</row></sheetData></worksheet>'
            yield f"{kind} {value[:10]}", packed({**SOUND, SHEET: text.encode()})


def workbook_programs() -> Iterator[Named]:
    """Macros, embedded objects, links to other files, data from the network."""
    for name in (
        "xl/vbaProject.bin",
        "xl/embeddings/oleObject1.bin",
        "xl/externalLinks/externalLink1.xml",
        "xl/connections.xml",
        "xl/queryTables/queryTable1.xml",
        "xl/activeX/activeX1.bin",
        "customUI/customUI.xml",
        "xl/macrosheets/sheet1.xml",
        "xl/webextensions/webextension1.xml",
    ):
        yield name, packed({**SOUND, name: b"<x/>"})


def not_workbooks() -> Iterator[Named]:
    yield "compound file", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5_000
    yield from (
        ("nothing", b""),
        ("zeros", b"\0" * 10_000),
        ("picture", picture()),
        ("page", b"<html><table><tr><td>1</td></tr></table></html>"),
        ("portable document", b"%PDF-1.7\n"),
        ("rich text", b"{\\rtf1 x}"),
        ("program", b"MZ" + b"\0" * 2_000),
        ("gzip", b"\x1f\x8b\x08\0" + b"\0" * 100),
        ("script", b"#!/bin/sh\nexit 0\n"),
        ("empty zip", b"PK\x05\x06" + b"\0" * 18),
        ("zip of one", packed({"a.txt": b"a"})),
        ("zip of a folder", packed({"xl/": b""})),
    )


def workbook_bits() -> Iterator[Named]:
    """Part of what is packed is another: the check sums or the inflating fail."""
    chance = random.Random(7)
    end = WORKBOOK.index(b"PK\x01\x02")
    for number in range(60):
        at = chance.randrange(60, end)
        yield (
            f"{number}: byte {at}",
            WORKBOOK[:at] + bytes([WORKBOOK[at] ^ (1 << chance.randrange(8))]) + WORKBOOK[at + 1 :],
        )


FORMS = {
    "workbook cut": workbook_cut,
    "workbook bomb": workbook_bombs,
    "workbook with DTD": workbook_dtd,
    "workbook deep": workbook_deep,
    "workbook with links": workbook_links,
    "workbook directory": workbook_directory,
    "workbook nested": workbook_nested,
    "workbook wide": workbook_wide,
    "workbook numbers": workbook_numbers,
    "workbook with programs": workbook_programs,
    "no workbook": not_workbooks,
    "workbook with other bits": workbook_bits,
}


# --- tables of interviews  ---

HEAD = "_id,child_code,mood\n"


def table_formulas() -> Iterator[Named]:
    """No fault of form; what comes of them must not be a formula."""
    for sign in "=+-@\t\r":
        for hidden in ("", " ", "\u200b", "\ufeff", "\u202e", "\u00ad", "\u2060"):
            text = f"{hidden}{sign}cmd|' /C calc'!A0"
            yield f"{hidden!r}{sign!r}", f'{HEAD}"{text}","{text}","{text}"\n'.encode()


def table_quotes() -> Iterator[Named]:
    for count in (1, 3, 1_001, 100_001, 1_000_001):
        yield f"{count} quotes", HEAD.encode() + b'"' * count
        yield f"{count} quotes and text", HEAD.encode() + b'"' * count + b"x,y\n"
        yield f"{count} quotes in the head", b'"' * count + b"a,b\n1,2\n"


def table_lines() -> Iterator[Named]:
    for size in (1_500_000, 5_000_000, 20_000_000):
        yield f"line of {size}", HEAD.encode() + b"x" * size + b",1,2\n"
        yield f"head of {size}", b"x" * size + b"\n1\n"
        yield f"{size} commas", HEAD.encode() + b"," * size + b"\n"
        yield f"{size} commas in the head", b"," * size + b"\n1\n"


def table_letters() -> Iterator[Named]:
    for name, data in (
        ("NUL", b"a\0b"),
        ("bad UTF-8", b"\xff\xfe\xfa"),
        ("half a letter", "é".encode()[:1]),
        ("lone surrogate", "\ud800".encode("utf-8", "surrogatepass")),
        ("overlong", b"\xc0\xaf"),
        ("UTF-16 cut", "a,b\n1,2".encode("utf-16")[:-1]),
        ("UTF-32 cut", "a,b\n1,2".encode("utf-32")[:-2]),
        ("UTF-7", b"+ADw-script+AD4-"),
        ("escapes of a terminal", b"\x1b]0;x\x07\x1b[2J"),
    ):
        yield name, data
        yield f"{name} below a head", HEAD.encode() + data + b",1,2\n"
        yield f"{name} ten thousand times", HEAD.encode() + (data + b",1,2\n") * 10_000


def table_names() -> Iterator[Named]:
    for text in ("a" * 5_000, "\u202ea", "../../x", "a\nb", "'); DROP TABLE x;--", "{0.__class__}", "%s%n", "\x00"):
        yield text[:12], f'"{text}",child_code,"{text}"\n1,2,3\n'.encode()
    yield "alike 9,000 times", ("a," * 9_000 + "\n" + "1," * 9_000 + "\n").encode()
    yield "of 20,000 columns", (",".join(f"c{n}" for n in range(20_000)) + "\n1\n").encode()


def json_deep() -> Iterator[Named]:
    for depth in (100, 1_000, 10_000, 200_000):
        yield f"{depth} lists", b"[" * depth + b"]" * depth
        yield f"{depth} lists open", b"[" * depth
        yield f"{depth} objects", b'{"a":' * depth + b"1" + b"}" * depth
        yield f"{depth} in a record", b'[{"_id":"1","x":' + b"[" * depth + b"]" * depth + b"}]"


def json_numbers() -> Iterator[Named]:
    long = ("9" * 4_000, "9" * 500_000, "0" * 90)
    for value in ("1e999", "-1e999", "NaN", "Infinity", "1e-999999999", *long, "1.", ".1"):
        yield value[:12], f'[{{"_id": 1, "child_code": {value}, "mood": {value}}}]'.encode()


def json_keys() -> Iterator[Named]:
    for count in (2, 1_000, 200_000):
        yield f"{count} alike", ("[{" + ",".join(['"a":1'] * count) + "}]").encode()
        yield f"{count} names", ("[{" + ",".join(f'"a{n}":1' for n in range(count)) + "}]").encode()
    for name in ("__proto__", "", "\\u0000", "\\ud800", "a/b/c", "\\u202e"):
        yield name, f'[{{"_id": 1, "{name}": "x"}}]'.encode()


def json_broken() -> Iterator[Named]:
    whole = json.dumps([{"_id": number, "child_code": "1", "mood": "good"} for number in range(20)]).encode()
    yield from cuts(whole, 60)
    for text in (
        "[}",
        "{]",
        "[1,]",
        '{"a"}',
        "[,]",
        "nul",
        "'a'",
        "[1 2]",
        '["\\x"]',
        '["\t"]',
        "[{}]",
        "[[]]",
        "[null]",
    ):
        yield text, text.encode()


def table(**columns: list[object]) -> bytes:
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"_id": ["1", "2"], **columns}), out)
    return out.getvalue()


def parquet_bits() -> Iterator[Named]:
    whole, chance = table(mood=["good", "bad"]), random.Random(11)
    for number in range(120):
        at = chance.randrange(4, len(whole) - 4)
        yield f"{number}: byte {at}", whole[:at] + bytes([whole[at] ^ (1 << chance.randrange(8))]) + whole[at + 1 :]


def parquet_cut() -> Iterator[Named]:
    whole = table(mood=["good", "bad"])
    yield from cuts(whole)
    for length in (0, 1, 2**31 - 1, 2**32 - 1):
        yield f"footer of {length}", whole[:-8] + struct.pack("<I", length) + b"PAR1"


def parquet_heavy() -> Iterator[Named]:
    out = io.BytesIO()
    with pyarrow.parquet.ParquetWriter(out, pyarrow.schema([("_id", pyarrow.string())])) as writer:
        for _ in range(20):
            writer.write_table(pyarrow.table({"_id": ["x" * 900_000] * 50}))
    yield "repeated texts", out.getvalue()
    yield "lists", table(a=[[1] * 2_000_000, [2]])
    yield "lists of lists", table(a=[[[]] * 1_500_000, []])


def zips() -> Iterator[Named]:
    yield from (
        ("bomb", packed({"a.csv": b"a,b\n" + b"1,2\n" * 40_000_000}, 1)),
        ("no table", packed({"a.txt": b"x"})),
        ("two tables", packed({"a.csv": b"a\n1\n", "b.csv": b"a\n1\n"})),
        ("zip in zip", packed({"a.zip": packed({"a.csv": b"a\n1\n"})})),
        ("path out", packed({"../../a.csv": b"a\n1\n"})),
        ("empty table", packed({"a.csv": b""})),
        ("table of zeros", packed({"a.csv": b"\0" * 1_000_000})),
    )
    yield from cuts(packed({"form.csv": HEAD.encode() + b"1,2,3\n" * 500}), 20)


TABLES = {
    "table with formulas": table_formulas,
    "table of quotes": table_quotes,
    "table with long lines": table_lines,
    "table of odd letters": table_letters,
    "table with odd names": table_names,
    "JSON deep": json_deep,
    "JSON numbers": json_numbers,
    "JSON keys": json_keys,
    "JSON broken": json_broken,
    "Parquet with other bits": parquet_bits,
    "Parquet cut": parquet_cut,
    "Parquet heavy": parquet_heavy,
    "zip of tables": zips,
    "workbook cut, as a table": workbook_cut,
    "workbook bomb, as a table": workbook_bombs,
    "workbook with DTD, as a table": workbook_dtd,
    "workbook numbers, as a table": workbook_numbers,
    "no table": not_workbooks,
}


# --- pictures and sounds  ---


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int, behind: int = 200_000) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * behind, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def picture_bombs() -> Iterator[Named]:
    for width, height in ((7_000, 7_000), (30_000, 30_000), (65_535, 65_535), (1, 2**31 - 1), (2**31 - 1, 2**31 - 1)):
        for behind in (1_000, 50_000_000):
            yield f"{width} x {height}, {behind}", bomb(width, height, behind)
    text = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0))
    yield "text of a gigabyte", text + chunk(b"zTXt", b"a\0\0" + zlib.compress(b"a" * 300_000_000, 9))


def pictures_cut() -> Iterator[Named]:
    for kind in ("JPEG", "PNG", "WEBP"):
        for name, data in cuts(with_place(kind), 12):
            yield f"{kind} {name}", data[:-12] if len(data) > 40 else data


def pictures_bits() -> Iterator[Named]:
    """May still be a picture; then nothing of its place is left."""
    chance = random.Random(3)
    for kind in ("JPEG", "PNG", "WEBP"):
        whole = with_place(kind)
        for number in range(30):
            at = chance.randrange(12, len(whole))
            yield f"{kind} {number}", whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]


def polyglots() -> Iterator[Named]:
    for kind in ("JPEG", "PNG", "GIF", "WEBP"):
        for name, more in (("zip", WORKBOOK), ("page", b"<script>alert(1)</script>"), ("document", b"%PDF-1.7")):
            yield f"{kind} and {name}", picture(kind) + more
            yield f"{name} and {kind}", more + picture(kind)


def vector_pictures() -> Iterator[Named]:
    space = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    for head in ("", "<?xml version='1.0'?>", "\ufeff", "<!-- a -->", '<!DOCTYPE svg SYSTEM "http://127.0.0.1:9/">'):
        for inside in (
            "<script>alert(1)</script>",
            '<image xlink:href="http://127.0.0.1:9/"/>',
            '<foreignObject><iframe src="http://127.0.0.1:9/"/></foreignObject>',
            '<a xlink:href="javascript:alert(1)"><text>x</text></a>',
        ):
            yield f"{head[:9]} {inside[:9]}", f"{head}<svg {space} onload='alert(1)'>{inside}</svg>".encode()


def other_kinds() -> Iterator[Named]:
    for kind in ("BMP", "TIFF", "ICO", "PPM", "TGA", "PCX", "SGI", "EPS", "PDF"):
        yield kind, picture(kind)
    yield from (
        ("HEIC", b"\0\0\0\x18ftypheic\0\0\0\0"),
        ("AVIF", b"\0\0\0\x18ftypavif\0\0\0\0"),
        ("PostScript", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run"),
        ("metafile", b"\x01\0\0\0" + b"\0" * 90),
        ("MVG", b"push graphic-context\nfill 'url(http://127.0.0.1:9/)'\n"),
    )


def sounds() -> Iterator[Named]:
    """Sounds where a picture should be, and the other way round."""
    heads = (b"ID3\x03", b"OggS\0", b"\0\0\0\x18ftypM4A ", b"\x1aE\xdf\xa3", b"RIFF\0\0\0\0WAVE", b"#!AMR", b"fLaC")
    for head in heads:
        for more in (b"", b"<script>alert(1)</script>", picture(), b"\0" * 1_000):
            yield f"{head[:6]!r} {more[:8]!r}", head + more


PICTURES = {
    "picture bomb": picture_bombs,
    "picture cut": pictures_cut,
    "picture with other bits": pictures_bits,
    "picture and something else": polyglots,
    "vector picture": vector_pictures,
    "other kinds of picture": other_kinds,
    "sound as a picture": sounds,
}
