"""Request bodies that carry no submission, though the XML inside may be sound."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

from tests.formats.malformed.documents import submission

Request = tuple[str, bytes, str]

BOUNDARY = "----homeward-7f3a"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
XML = submission().encode()
PART = 'Content-Disposition: form-data; name="xml_submission_file"; filename="submission.xml"\r\nContent-Type: text/xml'


def around(xml: bytes) -> tuple[bytes, str]:
    """A sound multipart body around a document."""
    return assembled([(PART, xml)]), MULTIPART


def assembled(parts: list[tuple[str, bytes]], end: bytes = b"--\r\n", boundary: str = BOUNDARY) -> bytes:
    mark = f"--{boundary}".encode()
    written = b"".join(mark + b"\r\n" + head.encode() + b"\r\n\r\n" + body + b"\r\n" for head, body in parts)
    return written + mark + end


def disposition(name: str, file: str | None = None) -> str:
    tail = f'; filename="{file}"' if file is not None else ""
    return f'Content-Disposition: form-data; name="{name}"{tail}\r\nContent-Type: text/xml'


def boundaries() -> Iterator[Request]:
    body = assembled([(PART, XML)])
    for name, content_type in (
        ("missing", "multipart/form-data"),
        ("empty", "multipart/form-data; boundary="),
        ("empty in quotes", 'multipart/form-data; boundary=""'),
        ("another", "multipart/form-data; boundary=something-else"),
        ("longer than the one used", f"{MULTIPART}-and-more"),
        ("too long", f"multipart/form-data; boundary={'b' * 300}"),
        ("ends in a space", 'multipart/form-data; boundary="abc "'),
        ("control character", "multipart/form-data; boundary=a\x01b"),
        ("of another parameter", f"multipart/form-data; border={BOUNDARY}"),
    ):
        yield name, body, content_type
    yield "never in the body", XML, MULTIPART
    yield "without hyphens in the body", body.replace(f"--{BOUNDARY}".encode(), BOUNDARY.encode()), MULTIPART
    yield "only its end", f"--{BOUNDARY}--\r\n".encode(), MULTIPART
    yield "empty body", b"", MULTIPART
    inner = assembled([(PART, XML)], boundary="inner")
    nested = assembled(
        [('Content-Disposition: form-data; name="x"\r\nContent-Type: multipart/mixed; boundary=inner', inner)]
    )
    yield "nested", nested, MULTIPART
    yield "cut within itself", body[:20], MULTIPART


def parts() -> Iterator[Request]:
    for name, written in (
        ("no XML part", [(disposition("file.jpg", "file.jpg"), b"x")]),
        ("XML under another name", [(disposition("xml", "submission.xml"), XML)]),
        ("name in upper case", [(disposition("XML_SUBMISSION_FILE", "submission.xml"), XML)]),
        ("name padded", [(disposition("xml_submission_file ", "submission.xml"), XML + b"<")]),
        ("two XML parts", [(PART, XML), (PART, XML)]),
        ("three XML parts", [(PART, XML)] * 3),
        ("XML part as file and as field", [(PART, XML), (disposition("xml_submission_file"), XML)]),
        ("empty XML part", [(PART, b"")]),
        ("no name", [('Content-Disposition: form-data; filename="submission.xml"', XML)]),
        ("no disposition", [("Content-Type: text/xml", XML)]),
        ("head without colon", [("Content-Disposition form-data", XML)]),
        ("a file that bears its name", [(disposition("file.xml", "xml_submission_file"), XML)]),
        ("10,000 files", [(disposition(f"f{n}", f"f{n}.jpg"), b"x") for n in range(10_000)]),
        ("10,000 fields", [(disposition(f"f{n}"), b"x") for n in range(10_000)]),
    ):
        yield name, assembled(written), MULTIPART
    yield "a head of 200 kB", assembled([(f"X-Long: {'x' * 200_000}", b"x")]), MULTIPART


def file_names() -> Iterator[Request]:
    """Names of the XML part that are none once their folders are dropped, so that there is no XML part."""
    for name in (
        "../..",
        ".",
        "..",
        "/",
        "./",
        "../",
        "a/",
        "a/b/",
        "a/..",
        "/..",
        "\\",
        "..\\..",
        "a\\",
        "C:\\",
        "&#47;",
    ):
        yield f"'{name}'", assembled([(disposition("xml_submission_file", name), XML)]), MULTIPART


def compressed() -> Iterator[Request]:
    body = assembled([(PART, XML)])
    bomb = gzip.compress(bytes(50_000_000), mtime=0)
    yield "the whole body by gzip", gzip.compress(body, mtime=0), MULTIPART
    yield "the whole body by zlib", zlib.compress(body), MULTIPART
    yield "a bomb as body", bomb, MULTIPART
    yield "a bomb of bombs", gzip.compress(bomb, mtime=0), MULTIPART
    for name, content in (
        ("bomb", bomb),
        ("bomb cut short", bomb[:1_000]),
        ("gzip", gzip.compress(XML, mtime=0)),
        ("zlib", zlib.compress(XML)),
        ("zip head", b"PK\x03\x04" + XML),
        ("xz head", b"\xfd7zXZ\x00" + XML),
    ):
        yield f"XML part, {name}", assembled([(PART, content)]), MULTIPART
    for encoding in ("gzip", "deflate"):
        head = f"{PART}\r\nContent-Encoding: {encoding}"
        yield f"XML part said to be {encoding}", assembled([(head, zlib.compress(XML))]), MULTIPART
    for text in (b"!!!!not base64!!!!", b"AAAA====AAAA", b"A"):
        head = f"{PART}\r\nContent-Transfer-Encoding: base64"
        yield f"XML part with bad base64 {text[:4]!r}", assembled([(head, text)]), MULTIPART


def content_types() -> Iterator[Request]:
    for content_type in (
        "",
        "text/xml",
        "application/xml",
        "text/plain",
        "text/html",
        "application/json",
        "application/octet-stream",
        "application/x-www-form-urlencoded",
        "application/zip",
        "multipart",
        "multipart/",
        "form-data",
        "message/rfc822",
        f"text/xml; boundary={BOUNDARY}",
        "nonsense\x00type",
    ):
        yield repr(content_type), XML, content_type
