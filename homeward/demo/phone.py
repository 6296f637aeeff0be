"""Plays a phone with ODK Collect: fetches a form as Collect does, fills it in with made-up answers, sends it."""

from __future__ import annotations

import base64
import csv
import io
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from uuid import UUID, uuid4

from homeward.demo.answering import Answerer, uses_of
from homeward.demo.encrypting import encrypt
from homeward.demo.filling import fill
from homeward.domain.codes import normalise_code
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats import safe_xml
from homeward.formats.xform.reading import read_form
from homeward.formats.xlsform.library import Library

HEADERS = {"X-OpenRosa-Version": "1.0", "User-Agent": "homeward-phone"}
TIMEOUT = 60
ORDINARY = 0.6  # the level from which the phone's answers are drawn


@dataclass(frozen=True, slots=True)
class Sent:
    status: int
    message: str
    child: str
    instance_id: UUID


def send_interview(address: str, form_id: str, child: str, today: date, seed: int | None = None) -> Sent:
    """`address` is a device's server address. Without a child the first of the phone's list is taken."""
    listed = _texts(_get(f"{address}/formList?formID={form_id}"), "xform")
    if not listed:
        raise ProblemError(_not_offered(form_id))
    form = read_form(_get(listed[0]["downloadUrl"]))
    media = _texts(_get(listed[0]["manifestUrl"]), "mediaFile") if "manifestUrl" in listed[0] else []
    files = {item["filename"]: _rows(_get(item["downloadUrl"])) for item in media if item["filename"].endswith(".csv")}
    code = _child(child, files.get("children.csv", []))
    instance_id = uuid4()
    answerer = _answerer(form_id, code, today, seed)
    questions = answerer.instrument.by_name
    xml = fill(
        form,
        lambda name: answerer.answer(questions[name]) if name in questions else "",
        instance_id,
        today,
        files,
    )
    sent: bytes = xml
    attached: Sequence[tuple[str, bytes]] = ()
    if form.public_key:
        made = encrypt(xml, base64.b64decode(form.public_key), (form.id, form.version), f"uuid:{instance_id}")
        sent, attached = made.manifest, made.files
    status, answer = _post(f"{address}/submission", sent, attached)
    return Sent(status, _message(answer), code, instance_id)


def _not_offered(form_id: str) -> Problem:
    library = Library()
    if any(each.id == form_id for each in library.entries()) and library.load(form_id).instrument.about.encrypted:
        return Problem(
            "phone.no_key",
            "This phone is not offered {form}: phones encrypt it, and get it only while there is a key to encrypt to.",
            "One focal point makes the key for phones under Protection, Keys; another confirms it there. "
            "The form has to be published too.",
            params={"form": form_id},
        )
    message, action = "This phone has no form {form}.", "Publish it, or choose another."
    return Problem("phone.no_form", message, action, params={"form": form_id})


def _answerer(form_id: str, code: str, today: date, seed: int | None) -> Answerer:
    instrument = Library().load(form_id).instrument
    random = Random(secrets.randbits(32) if seed is None else seed)  # noqa: S311 - made-up answers
    respondent = "caregiver" if "caregiver" in instrument.about.respondents else instrument.about.respondents[0]
    known = {
        "child_known": "yes",
        "child_listed": code,
        "child_code": code,  # where it is asked for by itself
        "interview_date": today.isoformat(),
        "respondent": respondent,
        "child_age_years": "12",
    }
    return Answerer(instrument, uses_of(instrument), lambda _dimension: random.gauss(ORDINARY, 0.2), random, known)


def _child(wanted: str, rows: list[Mapping[str, str]]) -> str:
    code = normalise_code(wanted) if wanted else (rows[0]["name"] if rows else "")
    if any(row["name"] == code for row in rows):
        return code
    known = ", ".join(row["name"] for row in rows[:5])
    raise ProblemError(
        Problem(
            "phone.not_in_caseload",
            "The child {code} is not on this phone's list.",
            "Choose one that is: {known}.",
            Where(field="child"),
            {"code": code or "?", "known": known or "the list is empty"},
        )
    )


def _get(url: str) -> bytes:
    try:
        request = urllib.request.Request(_on_the_web(url), headers=HEADERS)  # noqa: S310
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - no file of ours # nosec B310
            return bytes(answer.read())
    except (urllib.error.URLError, ValueError) as error:
        raise ProblemError(
            Problem(
                "phone.no_answer",
                "The server does not answer as a data collection server: {reason}.",
                "Check the address; it ends with the device's token.",
                params={"reason": str(error)},
            )
        ) from error


def _on_the_web(url: str) -> str:
    """Addresses of forms come from the server that was called: none may lead to a file of this machine."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("the address does not begin with http:// or https://")
    return url


def _post(url: str, xml: bytes, files: Sequence[tuple[str, bytes]] = ()) -> tuple[int, bytes]:
    boundary, body = secrets.token_hex(16), b""
    parts = [("xml_submission_file", "submission.xml", "text/xml", xml)]
    parts += [(name, name, "application/octet-stream", content) for name, content in files]
    for name, file_name, kind, content in parts:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
        body += head.encode() + f"Content-Type: {kind}\r\n\r\n".encode() + content + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    headers = HEADERS | {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    request = urllib.request.Request(_on_the_web(url), body, headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - no file of ours # nosec B310
            return answer.status, bytes(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def _texts(document: bytes, tag: str) -> list[dict[str, str]]:
    """Each element of this name as its children's texts."""
    return [
        {str(child.tag).rsplit("}", 1)[-1]: child.text or "" for child in element}
        for element in safe_xml.parse(document).iter()
        if str(element.tag).rsplit("}", 1)[-1] == tag
    ]


def _message(document: bytes) -> str:
    return next(
        (element.text or "" for element in safe_xml.parse(document).iter() if "message" in str(element.tag)), ""
    )


def _rows(content: bytes) -> list[Mapping[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
