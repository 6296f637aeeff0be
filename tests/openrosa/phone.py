"""A phone: speaks to the door as ODK Collect does, in process or to a running server, and reads answers as it does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit
from uuid import uuid4

from django.test import Client
from lxml import etree

RESPONSE = "{http://openrosa.org/http/response}"
FORMS = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"


@dataclass(frozen=True)
class Part:
    name: str
    content: bytes
    filename: str | None = None
    content_type: str | None = None


def xml_part(xml: bytes, filename: str = "submission.xml") -> Part:
    return Part("xml_submission_file", xml, filename, "text/xml")


def file_part(name: str, content: bytes, content_type: str = "image/jpeg") -> Part:
    return Part(name, content, name, content_type)


INCOMPLETE = Part("*isIncomplete*", b"yes")


def multipart(parts: Iterable[Part], boundary: str = "") -> tuple[bytes, str]:
    """As OkHttp writes it: names in UTF-8, a length in each part."""
    boundary = boundary or str(uuid4())
    written = b""
    for part in parts:
        head = f'Content-Disposition: form-data; name="{part.name}"'
        head += f'; filename="{part.filename}"' if part.filename is not None else ""
        head += f"\r\nContent-Type: {part.content_type}" if part.content_type else ""
        head += f"\r\nContent-Length: {len(part.content)}\r\n\r\n"
        written += f"--{boundary}\r\n{head}".encode() + part.content + b"\r\n"
    return written + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    repeated: frozenset[str] = frozenset()  # headers that came more than once

    @property
    def message(self) -> str:
        root = etree.fromstring(self.body)
        assert root.tag == f"{RESPONSE}OpenRosaResponse"
        text = root.findtext(f"{RESPONSE}message")
        assert text
        return text

    def in_order(self) -> Answer:
        """What must hold for every answer that the door gives."""
        assert self.headers["x-openrosa-version"] == "1.0"
        assert int(self.headers["x-openrosa-accept-content-length"]) > 1_000_000
        assert "set-cookie" not in self.headers
        assert self.headers["cache-control"] == "no-store"
        assert self.headers["x-content-type-options"] == "nosniff"
        if self.status >= 400 and self.body:
            assert "text/xml" in self.headers["content-type"]
            assert self.message
        return self


class Transport(Protocol):
    def __call__(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer: ...


def in_process(secure: bool = False, *, raise_errors: bool = True) -> Transport:
    client = Client(raise_request_exception=raise_errors)

    def call(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        content_type = headers.get("Content-Type", "application/octet-stream")
        others = {name: value for name, value in headers.items() if name != "Content-Type"}
        reply = client.generic(method, target, body, content_type, secure=secure, headers=others)
        assert client.cookies == {}
        return Answer(reply.status_code, {name.lower(): value for name, value in reply.items()}, reply.content)

    return call


@dataclass
class Listed:
    form_id: str
    name: str
    version: str
    md5: str
    download_url: str
    manifest_url: str | None


@dataclass
class Phone:
    """`base` is the server address that the phone is set up with: `/key/<token>` or `/openrosa`."""

    base: str
    send: Transport
    headers: dict[str, str] = field(default_factory=lambda: {"X-OpenRosa-Version": "1.0"})

    def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        checked: bool = True,
    ) -> Answer:
        answer = self.send(method, f"{self.base}{path}", {**self.headers, **(headers or {})}, body)
        return answer.in_order() if checked else answer

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.call("GET", path, headers=headers)

    def fetch(self, address: str) -> Answer:
        """An address as it stands in a list: absolute, on this server."""
        parts = urlsplit(address)
        assert parts.scheme in ("http", "https")
        assert parts.path.startswith(self.base)
        return self.get(parts.path.removeprefix(self.base) + (f"?{parts.query}" if parts.query else ""))

    def forms(self, query: str = "", headers: Mapping[str, str] | None = None) -> list[Listed]:
        answer = self.get(f"/formList{query}", headers)
        assert answer.status == 200
        assert "text/xml" in answer.headers["content-type"]
        root = etree.fromstring(answer.body)
        assert root.tag == f"{FORMS}xforms"
        return [_listed(each) for each in root]

    def form(self, form_id: str) -> Listed:
        (found,) = self.forms(f"?formID={form_id}")
        return found

    def media(self, form: Listed) -> dict[str, tuple[str, str]]:
        """File name -> MD5, address."""
        assert form.manifest_url is not None
        answer = self.fetch(form.manifest_url)
        assert answer.status == 200
        assert "text/xml" in answer.headers["content-type"]
        root = etree.fromstring(answer.body)
        assert root.tag == f"{MANIFEST}manifest"
        found = {}
        for each in root:
            assert each.tag == f"{MANIFEST}mediaFile"
            name, digest, address = (each.findtext(f"{MANIFEST}{tag}") for tag in ("filename", "hash", "downloadUrl"))
            assert name is not None
            assert digest is not None
            assert address is not None
            assert digest.startswith("md5:")
            found[name] = (digest.removeprefix("md5:"), address)
        return found

    def post(self, *parts: Part, headers: Mapping[str, str] | None = None) -> Answer:
        body, content_type = multipart(parts)
        return self.call("POST", "/submission", body, {"Content-Type": content_type, **(headers or {})})

    def submit(self, xml: bytes, *files: Part) -> Answer:
        return self.post(xml_part(xml), *files)


def _listed(entry: etree._Element) -> Listed:
    assert entry.tag == f"{FORMS}xform"
    text = {str(child.tag).removeprefix(FORMS): child.text or "" for child in entry}
    assert text["formID"]
    assert text["name"]
    assert text["downloadUrl"]
    assert text["hash"].startswith("md5:")
    return Listed(
        text["formID"],
        text["name"],
        text["version"],
        text["hash"].removeprefix("md5:"),
        text["downloadUrl"],
        text.get("manifestUrl"),
    )
