"""What holds on every page: no inline script or style, neutral titles, nothing kept by the browser."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from django.template import Context, Template
from django.utils import translation

from homeward.web.ui.words import in_quotes
from tests.web.conftest import Interviewed, Reader
from tests.world import World

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|<style|\sstyle=|javascript:", re.I)
TITLE = re.compile(r"<title>(.*?)</title>", re.S)


def addresses(world: World, submission_id: UUID) -> dict[str, list[str]]:
    child, form = world.amani.child, world.amani.forms["child-12-14"]
    assert child is not None
    return {
        "supervisor": [
            "/", "/me", "/children", "/children/new", "/children/import", "/inbox", "/devices", "/devices/new",
            *(f"/children/{child.code}{part}" for part in ("", "/interviews", "/interview", "/people", "/change")),
            f"/submissions/{submission_id}", f"/submissions/{submission_id}/correct", f"/inbox/{submission_id}",
            f"/interview/{form}?child={child.code}",
        ],
        "me_officer": [
            "/instruments", "/instruments/new", "/imports", "/imports/new", "/downloads",
            *(f"/instruments/{form}{part}" for part in ("", "/dictionary", "/paper", "/collect", "/preview")),
        ],
        "organisation_admin": ["/people", "/people/new", "/teams", f"/people/{world.amani.people['case_worker']}"],
    }  # fmt: skip


Pages = dict[str, tuple[Any, str, str]]
_seen: Pages = {}


@pytest.fixture
def pages(world: World, reader: Reader, interviewed: Interviewed) -> Pages:
    """Fetched once for all tests here, because they only look."""
    found = _seen
    if found:
        return found
    for role, wanted in addresses(world, interviewed()).items():
        client = reader(role)
        for address in wanted:
            answer = client.get(address)
            assert answer.status_code == 200, (role, address)
            found[address] = (answer, answer.content.decode(), role)
    return found


class TestEveryPage:
    def test_holds_no_inline_script_style_or_handler(self, pages: Pages) -> None:
        found = {address: match.group() for address, (_, html, _) in pages.items() if (match := INLINE.search(html))}
        assert found == {}

    def test_is_kept_by_no_cache(self, pages: Pages) -> None:
        assert {answer.headers["Cache-Control"] for answer, _, _ in pages.values()} == {"no-store"}

    def test_has_a_title_without_code_name_or_word_for_what_happened(self, pages: Pages, world: World) -> None:
        titles = {address: TITLE.search(html).group(1) for address, (_, html, _) in pages.items()}
        assert all(title.endswith(" · Homeward") for title in titles.values()), titles
        telling = re.compile(r"\d{3}|Asha|Mwangi|return|abuse|harm|monitor", re.I)
        assert {address: title for address, title in titles.items() if telling.search(title)} == {}

    def test_keeps_names_out_unless_they_were_asked_for(self, pages: Pages, world: World) -> None:
        child = world.amani.child
        asked = {f"/children/{child.code}/change"}
        assert [address for address, (_, html, _) in pages.items() if "Mwangi" in html and address not in asked] == []

    def test_has_one_main_action_at_most(self, pages: Pages) -> None:
        counts = {address: html.count("btn-main") for address, (_, html, _) in pages.items()}
        assert {address: count for address, count in counts.items() if count > 1} == {}

    def test_tells_htmx_to_keep_nothing_and_to_run_nothing(self, pages: Pages) -> None:
        wanted = '"historyCacheSize":0'
        assert all(wanted in html and 'hx-history="false"' in html for _, html, _ in pages.values())

    def test_allows_webassembly_only_where_the_interview_runs(self, pages: Pages, world: World) -> None:
        policies = {address: answer.headers["Content-Security-Policy"] for address, (answer, _, _) in pages.items()}
        allowed = {address for address, policy in policies.items() if "wasm-unsafe-eval" in policy}
        form = world.amani.forms["child-12-14"]
        assert allowed == {address for address in pages if address.startswith("/interview/")} | {
            f"/instruments/{form}/preview"
        }
        assert not any("'unsafe-eval'" in policy or "'unsafe-inline'" in policy for policy in policies.values())

    def test_speaks_the_language_of_its_reader(self, reader: Reader) -> None:
        client = reader("case_worker")
        client.post("/me", {"language": "ar", "time_zone": "Africa/Nairobi"})
        html = client.get("/").content.decode()
        assert '<html lang="ar" dir="rtl">' in html
        assert "bootstrap.rtl.min.css" in html


@pytest.mark.parametrize(
    ("language", "name", "separators"),
    [
        ("en", "“mood”", ": , "),
        ("fr", "«\u00a0mood\u00a0»", "\u00a0: , "),
        ("es", "«mood»", ": , "),
        ("ar", "«mood»", ": ، "),
    ],
)
def test_what_a_page_puts_together_has_the_punctuation_of_its_language(
    language: str, name: str, separators: str
) -> None:
    with translation.override(language):
        assert in_quotes("`mood`") == name
        assert Template("{% load ui %}{% colon %}{% comma %}").render(Context()) == separators
