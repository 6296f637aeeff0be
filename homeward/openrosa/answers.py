"""Answers in OpenRosa's shapes. Every one carries the version header, or Collect says "not an OpenRosa server"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.http import HttpResponse
from lxml import etree

VERSION = "1.0"
RESPONSE = "http://openrosa.org/http/response"
FORMS = "http://openrosa.org/xforms/xformsList"
MANIFEST = "http://openrosa.org/xforms/xformsManifest"
SHOWN_NOWHERE = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
LARGEST_REQUEST = 20_000_000  # bytes; Collect splits above it
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class ListedForm:
    form_id: str
    name: str
    version: str
    md5: str  # hex, of exactly the bytes that the download address serves
    download_url: str
    manifest_url: str = ""


@dataclass(frozen=True, slots=True)
class ListedMedia:
    filename: str
    md5: str
    download_url: str


def xml_answer(content: bytes, status: int = 200) -> HttpResponse:
    response = HttpResponse(content, status=status, content_type="text/xml; charset=utf-8")
    return with_headers(response)


def with_headers(response: HttpResponse) -> HttpResponse:
    """The `Date` that Collect reads comes from the server, which writes one in any case."""
    response["X-OpenRosa-Version"] = VERSION
    response["X-OpenRosa-Accept-Content-Length"] = str(LARGEST_REQUEST)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Content-Security-Policy", SHOWN_NOWHERE)
    return response


def without_body(response: HttpResponse) -> HttpResponse:
    """To HEAD: the headers of the answer to GET."""
    if response.status_code == 204:
        del response["Content-Type"]
        return response
    response["Content-Length"] = str(len(response.content))
    response.content = b""
    return response


def reworded(response: HttpResponse, ours: HttpResponse) -> HttpResponse:
    """The same refusal with its headers (`Allow`, `Retry-After` and what protects browsers), and our words in it."""
    response.content = ours.content
    response["Content-Type"] = ours["Content-Type"]
    response["Content-Length"] = str(len(ours.content))
    return response


def message_answer(message: str, status: int) -> HttpResponse:
    """`message` is shown to the person holding the phone."""
    return xml_answer(_message(message, "" if status < 300 else "error"), status)


@lru_cache(maxsize=256)
def _message(message: str, nature: str) -> bytes:
    """The same few words, again and again."""
    root = etree.Element(f"{{{RESPONSE}}}OpenRosaResponse", nsmap=namespaces(RESPONSE))
    etree.SubElement(root, f"{{{RESPONSE}}}message", nature=nature).text = writable(message)
    return serialise(root)


def ask_for_credentials(message: str) -> HttpResponse:
    response = message_answer(message, 401)
    response["WWW-Authenticate"] = 'Basic realm="Homeward", charset="UTF-8"'
    return response


def form_list(forms: Iterable[ListedForm]) -> HttpResponse:
    """One entry without id, name or address makes Collect reject the whole list: only the manifest is optional."""
    root = etree.Element(f"{{{FORMS}}}xforms", nsmap=namespaces(FORMS))
    for form in forms:
        entry = etree.SubElement(root, f"{{{FORMS}}}xform")
        fields = {
            "formID": form.form_id,
            "name": form.name,
            "version": form.version,
            "hash": f"md5:{form.md5}",
            "downloadUrl": form.download_url,
        } | ({"manifestUrl": form.manifest_url} if form.manifest_url else {})
        for tag, text in fields.items():
            etree.SubElement(entry, f"{{{FORMS}}}{tag}").text = writable(text)
    return xml_answer(serialise(root))


def manifest(media: Iterable[ListedMedia]) -> HttpResponse:
    root = etree.Element(f"{{{MANIFEST}}}manifest", nsmap=namespaces(MANIFEST))
    for item in media:
        entry = etree.SubElement(root, f"{{{MANIFEST}}}mediaFile")
        for tag, text in (("filename", item.filename), ("hash", f"md5:{item.md5}"), ("downloadUrl", item.download_url)):
            etree.SubElement(entry, f"{{{MANIFEST}}}{tag}").text = writable(text)
    return xml_answer(serialise(root))


def writable(text: str) -> str:
    """A title or file name may hold what no XML can: one such letter must not take the whole list away."""
    return NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def namespaces(default: str) -> dict[str, str]:
    return {None: default}  # type: ignore[dict-item]  # the stubs of lxml know no default namespace


def serialise(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
