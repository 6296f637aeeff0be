"""The body of a submission, from a phone or from a browser: multipart parts held in memory under a cap, never spilled
to disk in clear, and all of them or none.
"""

from __future__ import annotations

import base64
import html
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Protocol

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.utils.http import parse_header_parameters
from multipart import MultipartError, MultipartSegment, PushMultipartParser

from homeward.domain.problems import Problem, ProblemError

XML_PART = "xml_submission_file"
SEALED_PART, FLAG_PART = "sealed", "sealed_flag"
PIECE = 65_536
LONGEST_DRAIN = 120.0  # seconds
MOST_FILES, MOST_PARTS = 200, 2_200
PLAIN_ENCODINGS = frozenset({"binary", "8bit", "7bit"})
MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,60}/[\w!#$&^.+-]{1,60}\Z", re.ASCII)
UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Body:
    xml: bytes
    files: tuple[Part, ...]
    sealed: bytes = b""  # an envelope, from the browser alone
    flag: bytes = b""


class Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Passing:
    """The body as it passes by: never more than the cap."""

    def __init__(self, source: Source, cap: int) -> None:
        self.source, self.left = source, cap

    def read(self, size: int) -> bytes:
        data = self.source.read(size)
        self.left -= len(data)
        if self.left < 0:
            raise RequestDataTooBig
        return data


def read_body(request: HttpRequest) -> Body:
    """Raise a ProblemError with status 400 or 413 for whatever is not a submission."""
    if not (request.content_type or "").startswith("multipart/"):
        raise ProblemError(_problem("body.not_multipart", "The request holds no form parts."))
    if announced(request) > settings.HOMEWARD_MAX_UPLOAD:
        raise ProblemError(_too_large())
    return _read(_source(request), request.content_params or {})


def body_of(raw: bytes, content_type: str) -> Body:
    """The same of bytes that came in another way: sealed, or kept while nobody could read them."""
    kind, params = parse_header_parameters(content_type)
    if not kind.startswith("multipart/"):
        raise ProblemError(_problem("body.not_multipart", "The request holds no form parts."))
    return _read(BytesIO(raw), params)


def whole(request: HttpRequest) -> bytes:
    """Everything of a body, under the cap and in memory."""
    if announced(request) > settings.HOMEWARD_MAX_UPLOAD:
        raise ProblemError(_too_large())
    passing = Passing(_source(request), settings.HOMEWARD_MAX_UPLOAD)
    try:
        return b"".join(iter(lambda: passing.read(PIECE), b""))
    except RequestDataTooBig:
        raise ProblemError(_too_large()) from None
    except OSError:
        raise ProblemError(_problem("body.unreadable", "The parts of the request cannot be read.")) from None


def _read(source: Source, params: Mapping[str, str]) -> Body:
    try:
        return _body(_sent(source, params))
    except RequestDataTooBig:
        raise ProblemError(_too_large()) from None
    except (MultipartError, OSError, ValueError, LookupError):
        raise ProblemError(_problem("body.unreadable", "The parts of the request cannot be read.")) from None


@dataclass(slots=True)
class Sent:
    """One part as it comes; `file_name` is None for a field of a form."""

    name: str
    file_name: str | None
    content_type: str
    content: BytesIO


def _sent(source: Source, params: Mapping[str, str]) -> list[Sent]:
    """All parts, once the last boundary has come: without it the body was cut off, which the parser says itself. What
    follows it is read, as a phone may listen only after it has sent all, and means nothing.
    """
    passing = Passing(source, settings.HOMEWARD_MAX_UPLOAD)
    boundary = params["boundary"].encode("ascii")
    parts: list[Sent] = []
    with PushMultipartParser(boundary, max_segment_count=MOST_PARTS) as parser:
        while piece := passing.read(PIECE):
            for event in parser.parse(piece):
                if isinstance(event, MultipartSegment):
                    parts.append(_part(event))
                elif event:
                    parts[-1].content.write(event)
    if sum(part.file_name is not None for part in parts) > MOST_FILES:
        raise ValueError("more files than any phone sends")
    return parts


def _part(segment: MultipartSegment) -> Sent:
    if segment.header("Content-Transfer-Encoding", "binary").lower() not in PLAIN_ENCODINGS:
        raise ValueError("a part in an encoding of mail")
    name = segment.filename
    if name is None and "filename*" in segment.header("Content-Disposition", ""):  # the library does not read that one
        name = parse_header_parameters(segment.header("Content-Disposition"))[1].get("filename")
    known = segment.content_type if MEDIA_TYPE.match(segment.content_type or "") else UNKNOWN_TYPE
    return Sent(segment.name, None if name is None else _last_step(name), known, BytesIO())


def _last_step(name: str) -> str:
    """Of a file's name without its folders, as different systems write them. What is sent is taken or refused: a file
    left out for its name would be lost.
    """
    last = html.unescape(name).replace("\\", "/").rsplit("/", 1)[-1]
    last = "".join(letter for letter in last if letter.isprintable())
    if last in ("", ".", ".."):
        raise ValueError("a file without a name")
    return last


def _source(request: HttpRequest) -> Source:
    """Django hands out no body without a length; the server knows where a chunked one ends."""
    if announced(request) < 0 and request.META.get("wsgi.input_terminated"):
        stream: Source = request.META["wsgi.input"]
        return stream
    return request


def announced(request: HttpRequest) -> int:
    """The length of the body; -1 where it comes in chunks."""
    length = str(request.META.get("CONTENT_LENGTH") or "")
    if length.isascii() and length.isdecimal():
        return int(length)
    return -1 if request.META.get("HTTP_TRANSFER_ENCODING") else 0


def drain(request: HttpRequest) -> None:
    """Many phones read an answer only after they have sent the whole body: closing before that hides the answer."""
    left, until = 4 * settings.HOMEWARD_MAX_UPLOAD, time.monotonic() + LONGEST_DRAIN
    if announced(request) > left:
        return
    source = _source(request)
    try:
        while left > 0 and time.monotonic() < until and (piece := source.read(PIECE)):
            left -= len(piece)
    except OSError:  # nobody is there to read the answer
        return


def _body(parts: list[Sent]) -> Body:
    documents = [part for part in parts if part.name == XML_PART]
    if len(documents) != 1:
        raise ProblemError(_problem("body.xml_part", "There must be one part named xml_submission_file."))
    files = [part for part in parts if part.name != XML_PART and part.file_name is not None]
    return Body(
        documents[0].content.getvalue(),
        tuple(Part(file.file_name or file.name, file.content_type, file.content.getvalue()) for file in files),
        _field(parts, SEALED_PART),
        _field(parts, FLAG_PART),
    )


def _field(parts: list[Sent], name: str) -> bytes:
    """Base64 in a field; ValueError where it is anything else."""
    found = [part.content.getvalue() for part in parts if part.name == name and part.file_name is None]
    return base64.b64decode(found[0] if found else b"", validate=True)


def _problem(code: str, message: str) -> Problem:
    return Problem(code, message, "Send the form again; if it fails again, send the form's files to your supervisor.")


def _too_large() -> Problem:
    return Problem(
        "body.too_large",
        "This is larger than the server takes at once.",
        "Send it over a better connection, or without its largest photo or recording.",
        status=413,
    )
