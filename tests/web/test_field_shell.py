"""The shell of the field app: the same for everybody, it reads no session, sets no cookie and says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from homeward.apps.access import vault
from homeward.apps.access.keys import custody
from homeward.web.field import shell
from homeward.web.field.door import WITHOUT_SESSION
from homeward.web.field.urls import urlpatterns
from tests.web.conftest import Reader
from tests.world import World

pytestmark = pytest.mark.django_db
OFFICE = {"session.json", "devices", "register.json", "field.json", "children/<str:code>/history.json"}
OFFICE |= {"forms/<uuid:form_id>/form.xml", "forms/<uuid:form_id>/media/<str:name>"}


@pytest.fixture
def front_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As the front end's builder leaves its files."""
    (tmp_path / "built").mkdir()
    for name in ("field.js", "field.css", "sw.js"):
        (tmp_path / "built" / name).write_text(f"/* {name} */", "utf-8")
    monkeypatch.setattr(shell, "BUILT", tmp_path / "built")
    return tmp_path


def asked(client: Client, path: str, **headers: str) -> tuple[int, str]:
    """Without a question to either database, and without a cookie."""
    with CaptureQueriesContext(connections["default"]) as one, CaptureQueriesContext(connections["keys"]) as two:
        answer = client.get(path, headers=headers)
    assert [*one, *two] == []
    assert not answer.cookies
    assert "Set-Cookie" not in answer.headers
    return answer.status_code, answer.content.decode("utf-8", "replace")


def test_whoever_is_signed_in_or_not_gets_the_same(reader: Reader, front_end: Path) -> None:
    signed_in = reader("case_worker")
    for path in ("/app/", "/app/manifest.webmanifest", "/app/sw.js"):
        found = {asked(client, path) for client in (Client(), signed_in)}
        assert len(found) == 1
        ((status, page),) = found
        assert status == 200
        for word in ("Homeward", "child", "csrf", "Training", "interview"):
            assert word.lower() not in page.lower(), (path, word)


def test_the_shell_holds_the_app_and_runs_under_the_policy_of_the_interview(
    reader: Reader, world: World, front_end: Path
) -> None:
    answer = Client().get("/app/")
    page = answer.content.decode()
    assert '<div id="field">' in page
    assert 'src="/static/built/field.js"' in page
    assert 'href="/static/built/field.css"' in page
    assert "<title>Notebook</title>" in page
    assert answer["Cache-Control"] == "no-cache"
    assert world.amani.child is not None
    form = world.amani.forms["child-12-14"]
    beside = reader("case_worker").get(f"/interview/{form}?child={world.amani.child.code}")
    assert beside.status_code == 200
    for header in ("Content-Security-Policy", "Permissions-Policy", "X-Frame-Options", "X-Content-Type-Options"):
        assert without_nonce(answer[header]) == without_nonce(beside[header]), header
    assert "'wasm-unsafe-eval'" in answer["Content-Security-Policy"]
    assert "unsafe-inline" not in answer["Content-Security-Policy"]


def without_nonce(policy: str) -> str:
    return " ".join(word for word in policy.replace(";", " ;").split() if not word.startswith("'nonce-"))


@pytest.mark.parametrize(("accepted", "lang", "way"), [("ar", "ar", "rtl"), ("fr", "fr", "ltr"), ("xx", "en", "ltr")])
def test_its_language_is_that_of_the_browser(front_end: Path, accepted: str, lang: str, way: str) -> None:
    client = Client()
    client.cookies["homeward-language"] = "es"
    _status, page = asked(client, "/app/", **{"Accept-Language": accepted})
    assert f'<html lang="{lang}" dir="{way}">' in page


def test_name_and_icon_say_nothing_and_the_name_is_a_setting(front_end: Path, settings: LazySettings) -> None:
    settings.HOMEWARD_APP_NAME = "Pages <&>"
    told = Client().get("/app/manifest.webmanifest").json()
    assert (told["name"], told["start_url"], told["scope"], told["display"]) == (
        "Pages <&>",
        "/app/",
        "/app/",
        "standalone",
    )
    assert "<title>Pages &lt;&amp;&gt;</title>" in Client().get("/app/").content.decode()


def test_icons_are_there(db: None) -> None:
    told = Client().get("/app/manifest.webmanifest").json()
    assert {each["sizes"] for each in told["icons"]} >= {"192x192", "512x512"}
    for each in told["icons"]:
        answer = Client().get(each["src"])
        assert (answer.status_code, answer["Content-Type"]) == (200, each["type"])
        assert not answer.cookies


def test_the_worker_is_asked_for_again_each_time(front_end: Path) -> None:
    answer = Client().get("/app/sw.js")
    assert (answer["Cache-Control"], answer["Content-Type"]) == ("no-cache", "text/javascript; charset=utf-8")
    assert answer.content == b"/* sw.js */"


def test_where_the_front_end_was_not_built_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "BUILT", tmp_path)
    for path in ("/app/", "/app/sw.js"):
        answer = Client().get(path)
        assert (answer.status_code, answer["Cache-Control"]) == (503, "no-store")
        assert "not built" in answer.content.decode()


def test_while_the_server_is_locked_it_has_the_page_that_everybody_gets(front_end: Path) -> None:
    vault.lock()
    try:
        assert Client().get("/app/").status_code == 503
    finally:
        custody.let_go(locked=False)


def test_every_address_is_without_session_or_of_the_office() -> None:
    known = {str(pattern.pattern) for pattern in urlpatterns}
    assert known == {path.removeprefix("/") for path in WITHOUT_SESSION} | {f"app/{path}" for path in OFFICE}
