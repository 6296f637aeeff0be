"""Signing on through a provider of another site: strict cookies do not come back with the reader; it ends inside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.site import Site, running
from tests.e2e.test_pages import browser, faults
from tests.provider import CLIENT, SECRET, Provider, providing

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providing() as provider:
        provider.claims["email"] = "case_worker@amani.example.org"
        yield provider


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Site]:
    given = {
        "HOMEWARD_OIDC_ISSUER": provider.issuer,
        "HOMEWARD_OIDC_CLIENT_ID": CLIENT,
        "HOMEWARD_OIDC_CLIENT_SECRET": SECRET,
        "HOMEWARD_OIDC_SECOND_FACTOR": "1",
    }
    with running(tmp_path_factory.mktemp("sign-on"), **given) as site:
        yield Site(site.url.replace("127.0.0.1", "localhost"), site.child, site.log)  # to a browser another site


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_the_reader_ends_inside(browser: Browser, site: Site, script: bool) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 760}, base_url=site.url, java_script_enabled=script)
    page = context.new_page()
    page.goto("/children")
    if script:
        assert faults(page, 360) == []
    page.click("a[href*='/sign-in/on']")
    if not script:
        page.wait_for_url("**/sign-in/on/back**")
        page.click("a[data-go-on]")
    page.wait_for_url("**/children")
    kept = {cookie["name"]: cookie["sameSite"] for cookie in context.cookies()}
    assert kept["homeward"] == "Strict"
    assert "homeward-sign-on" not in kept
    context.close()


def test_who_is_refused_reads_why(browser: Browser, site: Site, provider: Provider) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 760}, base_url=site.url)
    page = context.new_page()
    provider.claims["email"] = "nobody@example.org"
    page.goto("/sign-in/on")
    assert "was not accepted here" in page.inner_text("main")
    assert faults(page, 360) == []
    context.close()
