"""What each kind of answer tells browsers: pages, downloads, media, devices, static files, refusals (goal S-8)."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client

from homeward.apps.access import vault
from homeward.apps.surveys.attachments import Upload, content_of
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.forms import load_workbook
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Attachment
from homeward.formats.xlsform.packing import workbook_bytes
from tests.formats.xlsform.forms import Draft
from tests.interviews import interview
from tests.pictures import NOTE, picture, with_place
from tests.web.conftest import Interviewed, Reader
from tests.world import World

pytestmark = pytest.mark.database
DEVICE_FEATURES = ("camera", "microphone", "geolocation", "payment", "usb")
Kinds = dict[str, Any]


def sent(world: World, name: str, content: bytes, content_type: str) -> str:
    assert world.amani.child is not None
    upload = Upload(name, content_type, content)
    receipt = receive(
        world.amani.actor("enumerator"), Delivery(interview("child-12-14", world.amani.child.code), [upload])
    )
    attachment = Attachment.objects.get(submission_id=receipt.submission_id)
    return f"/submissions/{receipt.submission_id}/files/{attachment.pk}"


@pytest.fixture
def kinds(world: World, reader: Reader, interviewed: Interviewed) -> Kinds:
    """One answer of each kind. Those of `signed in` were given to somebody who is."""
    worker, officer, anonymous = reader("supervisor"), reader("me_officer"), Client()
    child, form = world.amani.child, world.amani.forms["child-12-14"]
    assert child is not None
    token = world.amani.devices["enumerator"].token
    picture_at = sent(world, "a.jpg", picture("JPEG"), "image/jpeg")
    return {
        "page": worker.get("/"),
        "page of a child": worker.get(f"/children/{child.code}"),
        "form that was refused": worker.post(f"/children/{child.code}/change", {}),
        "page of the interview": worker.get(f"/interview/{form}?child={child.code}"),
        "preview": officer.get(f"/instruments/{form}/preview"),
        "settings of the interview": worker.get(f"/interview/{form}/config?child={child.code}"),
        "form for the interview": worker.get(f"/interview/{form}/form?child={child.code}"),
        "list for the interview": worker.get(f"/interview/{form}/media/children.csv?child={child.code}"),
        "download": officer.get("/downloads/children.csv"),
        "workbook": officer.get(f"/instruments/{form}/workbook"),
        "picture": worker.get(picture_at),
        "not found": worker.get("/children/000"),
        "nowhere": worker.get("/nowhere"),
        "not allowed": worker.get("/people/new"),
        "not this way": worker.get("/leave"),
        "anonymous: sign-in": anonymous.get("/sign-in"),
        "anonymous: led to sign-in": anonymous.get("/"),
        "anonymous: forged step": Client(enforce_csrf_checks=True).post("/sign-in", {}),
        "anonymous: health": anonymous.get("/health"),
        "anonymous: static": anonymous.get("/static/homeward.css"),
        "anonymous: script": anonymous.get("/static/homeward.js"),
        "anonymous: no such file": anonymous.get("/static/nothing.css"),
        "anonymous: wrong host": anonymous.get("/", headers={"Host": "elsewhere.example"}),
        "device: list": anonymous.get(f"/key/{token}/formList"),
        "device: form": anonymous.get(f"/key/{token}/forms/{form}"),
        "device: no such form": anonymous.get(f"/key/{token}/forms/{UUID(int=0)}"),
        "device: unknown": anonymous.get("/key/nobody/formList"),
        "device: nowhere": anonymous.get(f"/key/{token}/nowhere"),
        "device: refused": anonymous.post(f"/key/{token}/submission", b"x", content_type="text/plain"),
        "device: asks first": anonymous.head(f"/key/{token}/submission"),
    }


def directives(answer: Any) -> dict[str, list[str]]:
    parts = [part.split() for part in answer.headers["Content-Security-Policy"].split(";") if part.strip()]
    return {name: values for name, *values in parts}


@pytest.mark.goal("S-8")
def test_every_kind_of_answer_is_guarded(kinds: Kinds) -> None:
    wrong: dict[str, str] = {}
    for name, answer in kinds.items():
        found, policy = answer.headers, directives(answer)
        told = {
            "policy": policy.get("default-src") == ["'none'"],
            "policy only reports": "Content-Security-Policy-Report-Only" not in found,
            "unsafe": not re.search(
                "unsafe-(inline|eval|hashes)", found["Content-Security-Policy"].replace("wasm-unsafe-eval", "")
            ),
            "anywhere": not {"*", "https:", "http:"} & {each for values in policy.values() for each in values},
            "frames": policy.get("frame-ancestors") == ["'none'"] and found.get("X-Frame-Options") == "DENY",
            "base": policy.get("base-uri") == ["'none'"],
            "nosniff": found.get("X-Content-Type-Options") == "nosniff",
            "opener": found.get("Cross-Origin-Opener-Policy") == "same-origin",
            "referrer": found.get("Referrer-Policy") == "same-origin",
            "device": all(f"{each}=" in found.get("Permissions-Policy", "") for each in DEVICE_FEATURES),
        }
        if faults := [each for each, holds in told.items() if not holds]:
            wrong[name] = ", ".join(faults)
    assert wrong == {}
    assert len(kinds) == 30


@pytest.mark.goal("S-8")
def test_what_is_given_to_somebody_signed_in_or_to_a_device_is_kept_nowhere(kinds: Kinds) -> None:
    kept = {name: answer.headers.get("Cache-Control", "") for name, answer in kinds.items()}
    loose = {name for name, said in kept.items() if "no-store" not in said and not name.startswith("anonymous")}
    assert loose == set()
    assert "no-store" in kept["anonymous: sign-in"]


def test_only_pages_with_the_app_run_its_code_and_use_the_camera(kinds: Kinds) -> None:
    with_app = {"page of the interview", "preview"}
    runs = {name for name, answer in kinds.items() if "wasm-unsafe-eval" in answer.headers["Content-Security-Policy"]}
    uses = {name for name, answer in kinds.items() if "camera=(self)" in answer.headers["Permissions-Policy"]}
    assert runs == uses == with_app
    for name, answer in kinds.items():
        if name not in with_app:
            assert "(self)" not in answer.headers["Permissions-Policy"], name


def test_what_devices_and_strangers_sent_is_shown_in_a_sandbox(kinds: Kinds) -> None:
    for name in ("picture", "device: form", "device: unknown"):
        assert "sandbox" in directives(kinds[name]), name


def test_a_page_that_fails_is_guarded_too(world: World, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    client = reader("supervisor")
    client.raise_request_exception = False
    for error, status in ((RuntimeError("x"), 500), (OperationalError("x"), 503)):

        def fail(*_: object, error: Exception = error, **__: object) -> HttpResponse:
            raise error

        monkeypatch.setattr("homeward.web.surveys.inbox.render", fail)
        answer = client.get("/inbox")
        assert answer.status_code == status
        assert directives(answer)["frame-ancestors"] == ["'none'"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


def test_what_is_text_says_in_which_characters(kinds: Kinds) -> None:
    """Asked of what has a body; forms' own files and answers without a body say nothing."""
    said = {name: answer.headers.get("Content-Type", "") for name, answer in kinds.items()}
    texts = {name for name, kind in said.items() if kind.startswith("text/") and "charset=" not in kind.lower()}
    assert texts == set()
    assert said["anonymous: health"] == "text/plain; charset=utf-8"
    assert said["anonymous: static"].startswith("text/css; charset=")
    assert said["workbook"].startswith("application/vnd.openxmlformats")


def test_no_other_site_may_read_an_answer(kinds: Kinds) -> None:
    assert [name for name, answer in kinds.items() if "Access-Control-Allow-Origin" in answer.headers] == []


def test_over_tls_every_answer_asks_for_tls_from_then_on(world: World, settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31_536_000, True
    client = Client()
    addresses = ("/sign-in", "/", "/nowhere", "/static/homeward.css", "/key/nobody/formList", "/health")
    answers = {path: client.get(path, secure=True) for path in addresses}
    answers["wrong host"] = client.get("/", secure=True, headers={"Host": "elsewhere.example"})
    vault.lock()
    answers |= {f"locked: {path}": client.get(path, secure=True) for path in addresses}
    assert {answer.status_code for path, answer in answers.items() if "locked" in path} == {503}
    told = {path: answer.headers.get("Strict-Transport-Security") for path, answer in answers.items()}
    assert told == dict.fromkeys(answers, "max-age=31536000; includeSubDomains")
    assert {answer.headers["X-Content-Type-Options"] for answer in answers.values()} == {"nosniff"}
    assert "Strict-Transport-Security" not in client.get("/sign-in").headers


def test_nothing_of_where_the_code_is_kept_is_served() -> None:
    client = Client()
    for path in (
        "/.git/HEAD",
        "/static/.git/HEAD",
        "/static/../.git/HEAD",
        "/.svn/entries",
        "/static/../config/env.py",
    ):
        answer = client.get(path)
        assert answer.status_code in (302, 404), path
        assert answer.headers.get("Location", "/sign-in").startswith("/sign-in"), path
        assert b"ref:" not in answer.content


def test_htmx_keeps_nothing_evaluates_nothing_and_asks_nobody_else(kinds: Kinds) -> None:
    html = kinds["page"].content.decode()
    for setting in (
        '"historyCacheSize":0',
        '"allowEval":false',
        '"selfRequestsOnly":true',
        '"includeIndicatorStyles":false',
    ):
        assert setting in html
    assert 'hx-history="false"' in html


class TestMedia:
    def test_a_photo_is_shown_without_its_place_and_kept_byte_for_byte(self, world: World, reader: Reader) -> None:
        photo = with_place()
        address = sent(world, "a.jpg", photo, "image/jpeg")
        shown = reader("supervisor").get(address)
        assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/jpeg")
        assert shown.headers["Content-Disposition"] == "inline"
        assert NOTE.encode() not in shown.content
        assert b"Exif" not in shown.content
        assert content_of(Attachment.objects.get()) == photo
        assert reader("other_case_worker").get(address).status_code == 404

    @pytest.mark.parametrize(
        ("content", "stated", "status", "kind"),
        [
            (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "image/svg+xml", 200, "octet-stream"),
            (b"<html><script>alert(1)</script>", "image/png", 200, "octet-stream"),
            (b"\xff\xd8\xff cut off", "image/jpeg", 422, "html"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "audio/mp4", 422, "html"),
            (b"OggS\0 a sound", "text/html", 200, "audio/ogg"),
            (b"\0\0\0\x18ftypM4A \0\0 a sound", "image/png", 200, "audio/mp4"),
        ],
    )
    def test_a_file_is_what_its_content_says(
        self, world: World, reader: Reader, content: bytes, stated: str, status: int, kind: str
    ) -> None:
        shown = reader("supervisor").get(sent(world, "a.bin", content, stated))
        assert shown.status_code == status
        assert kind in shown.headers["Content-Type"]
        if status == 200:
            assert "sandbox" in directives(shown)
            inline = shown.headers["Content-Disposition"] == "inline"
            assert inline == kind.startswith("audio")

    def test_media_of_a_form_are_shown_as_pictures_or_handed_out(self, world: World, reader: Reader) -> None:
        officer = world.amani.actor("me_officer")
        files = {"face.png": with_place("PNG"), "list.csv": b"name,label\n"}
        form_id = load_workbook(officer, workbook_bytes(Draft().load()), "a.xlsx", files)
        client = reader("me_officer")
        for name, disposition in (("face.png", "inline"), ("list.csv", "attachment")):
            shown = client.get(f"/interview/{form_id}/media/{name}?mode=preview")
            assert (shown.status_code, shown.headers["Content-Disposition"]) == (200, disposition)
            assert "sandbox" in directives(shown)
            assert NOTE.encode() not in shown.content
