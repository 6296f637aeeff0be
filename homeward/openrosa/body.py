"""The body of a submission: multipart parts held in memory under a cap, never spilled to disk in clear."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError

from homeward.domain.problems import Problem, ProblemError

XML_PART = "xml_submission_file"
INCOMPLETE = "*isIncomplete*"
LARGEST_FILE = 60_000_000  # a single file may pass the announced size; we try to take it
LARGEST_XML = 10_000_000


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Body:
    xml: bytes
    files: tuple[Part, ...]
    incomplete: bool


class InMemory(FileUploadHandler):
    """Django would write files above 2.5 MB to a temporary folder, in clear."""

    def new_file(self, *args: object, **kwargs: object) -> None:
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]
        self.file = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > LARGEST_FILE:
            raise StopUpload(connection_reset=False)
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.file.seek(0)
        return InMemoryUploadedFile(
            self.file,
            self.field_name,
            self.file_name or "",
            self.content_type or "application/octet-stream",
            file_size,
            self.charset,
            self.content_type_extra,
        )


def read_body(request: HttpRequest) -> Body:
    """Raise a ProblemError with status 400 or 413 for whatever is not a submission."""
    if not (request.content_type or "").startswith("multipart/"):
        raise ProblemError(_problem("body.not_multipart", "The request holds no form parts."))
    request.upload_handlers = [InMemory(request)]
    try:
        uploaded = request.FILES
        fields = request.POST
    except RequestDataTooBig:
        raise ProblemError(_too_large()) from None
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError, ValueError, LookupError):
        raise ProblemError(_problem("body.unreadable", "The parts of the request cannot be read.")) from None
    return _body(uploaded, fields)


def _body(uploaded: object, fields: object) -> Body:
    documents = uploaded.getlist(XML_PART)  # type: ignore[attr-defined]
    texts = fields.getlist(XML_PART)  # type: ignore[attr-defined]
    if len(documents) + len(texts) != 1:
        raise ProblemError(_problem("body.xml_part", "There must be one part named xml_submission_file."))
    xml = documents[0].read() if documents else texts[0].encode("utf-8")
    if len(xml) > LARGEST_XML:
        raise ProblemError(_too_large())
    files = tuple(
        Part(file.name or name, file.content_type or "application/octet-stream", file.read())
        for name, files in uploaded.lists()  # type: ignore[attr-defined]
        if name != XML_PART
        for file in files
    )
    return Body(xml, files, fields.get(INCOMPLETE, "").lower() == "yes")  # type: ignore[attr-defined]


def _problem(code: str, message: str) -> Problem:
    return Problem(code, message, "Send the form again; if it fails again, send the form's files to your supervisor.")


def _too_large() -> Problem:
    return Problem(
        "body.too_large",
        "This is larger than the server takes at once.",
        "Send it over a better connection, or without its largest photo or recording.",
        status=413,
    )
