"""The body of a submission, from a phone or from a browser: multipart parts held in memory under a cap, never spilled
to disk in clear, and all of them or none.
"""

from __future__ import annotations

import base64
import re
import time
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.datastructures import MultiValueDict

from homeward.domain.problems import Problem, ProblemError

XML_PART = "xml_submission_file"
SEALED_PART, FLAG_PART = "sealed", "sealed_flag"
PIECE = 65_536
LONGEST_DRAIN = 120.0  # seconds
EPILOGUE = 1_024  # bytes that may follow the last boundary
UNDECODABLE = "\N{REPLACEMENT CHARACTER}"
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


class InMemory(FileUploadHandler):
    """Django would write files above 2.5 MB to a temporary folder, in clear. The cap is on the body as a whole."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        content_type = self.content_type or ""
        known = content_type if MEDIA_TYPE.match(content_type) else UNKNOWN_TYPE
        return InMemoryUploadedFile(self.file, self.field_name, self.file_name or "", known, file_size, self.charset)


class Parts(MultiPartParser):
    """Django leaves out a file whose name is none once its folders are dropped: what is sent is taken or refused."""

    def sanitize_file_name(self, file_name: str) -> str:
        name: str | None = super().sanitize_file_name(file_name)
        if name is None:
            raise MultiPartParserError("a file without a name")
        return name


class Passing:
    """The body as it passes by: never more than the cap, and whether it came to its end."""

    def __init__(self, source: Source, cap: int) -> None:
        self.source, self.left, self.tail = source, cap, b""

    def read(self, size: int) -> bytes:
        data = self.source.read(size)
        self.left -= len(data)
        if self.left < 0:
            raise RequestDataTooBig
        self.tail = (self.tail + data)[-EPILOGUE:]
        return data


def read_body(request: HttpRequest) -> Body:
    """Raise a ProblemError with status 400 or 413 for whatever is not a submission."""
    if not (request.content_type or "").startswith("multipart/"):
        raise ProblemError(_problem("body.not_multipart", "The request holds no form parts."))
    if announced(request) > settings.HOMEWARD_MAX_UPLOAD:
        raise ProblemError(_too_large())
    try:
        return _body(*_parse(request))
    except RequestDataTooBig:
        raise ProblemError(_too_large()) from None
    except (MultiPartParserError, SuspiciousOperation, OSError, ValueError, LookupError):
        raise ProblemError(_problem("body.unreadable", "The parts of the request cannot be read.")) from None


def _parse(request: HttpRequest) -> tuple[QueryDict, MultiValueDict[str, UploadedFile[bytes]]]:
    passing = Passing(_source(request), settings.HOMEWARD_MAX_UPLOAD)
    meta = {**request.META, "CONTENT_LENGTH": 1}  # the parser asks only whether there is a body
    parts = Parts(meta, passing, [InMemory(request)], "utf-8")  # type: ignore[arg-type]  # it only calls read()
    fields, files = parts.parse()
    if f"--{(request.content_params or {})['boundary']}--".encode() not in passing.tail:
        raise MultiPartParserError("the last boundary is missing: the body was cut off")
    return fields, files


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


def _body(fields: QueryDict, uploaded: MultiValueDict[str, UploadedFile[bytes]]) -> Body:
    documents = uploaded.getlist(XML_PART)
    texts = fields.getlist(XML_PART)
    if len(documents) + len(texts) != 1:
        raise ProblemError(_problem("body.xml_part", "There must be one part named xml_submission_file."))
    xml = _content(documents[0]) if documents else _bytes(str(texts[0]))
    files = tuple(
        Part(file.name or name, file.content_type or UNKNOWN_TYPE, _content(file))
        for name, files in uploaded.lists()
        if name != XML_PART
        for file in files
    )
    return Body(xml, files, _field(fields, SEALED_PART), _field(fields, FLAG_PART))


def _field(fields: QueryDict, name: str) -> bytes:
    """Base64 in a field; ValueError where it is anything else."""
    return base64.b64decode(str(fields.get(name, "")), validate=True)


def _content(file: UploadedFile[bytes]) -> bytes:
    """Without a second copy of what may be large."""
    held = file.file
    return held.getvalue() if isinstance(held, BytesIO) else file.read()


def _bytes(text: str) -> bytes:
    """Of a part that is a field, not a file. Django has decoded it; the bytes must be the ones that were sent."""
    if UNDECODABLE in text:
        raise MultiPartParserError("the document is no UTF-8")
    return text.encode()


def _problem(code: str, message: str) -> Problem:
    return Problem(code, message, "Send the form again; if it fails again, send the form's files to your supervisor.")


def _too_large() -> Problem:
    return Problem(
        "body.too_large",
        "This is larger than the server takes at once.",
        "Send it over a better connection, or without its largest photo or recording.",
        status=413,
    )
