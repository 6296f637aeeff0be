"""The app in a browser of the size of a phone, on a site of its own: for tests that reload it and never kill it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.site import Site, on_its_database
from tests.e2e.test_interview import browser  # noqa: F401 - a fixture
from tests.world import PASSWORD

PATIENCE = 20_000  # ms
PIN = "2468"
PHONE = {"width": 360, "height": 760}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with on_its_database(tmp_path_factory.mktemp("phones")) as site:
        yield site


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[BrowserContext]:  # noqa: F811
    context = browser.new_context(viewport=PHONE, base_url=site.url, locale="en")  # type: ignore[arg-type]
    yield context
    context.close()


def made_ready(context: BrowserContext) -> tuple[Page, str]:
    """With its passphrase."""
    page = context.new_page()
    page.goto("/sign-in?next=/app/")
    page.locator("#id_email").fill("case_worker@amani.example.org")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("form[action='/sign-in'] button").click()
    page.wait_for_url("**/app/")
    phrase = page.locator(".fd-words").inner_text()
    page.locator(".fd-words + .iv-row button").first.click()  # these words
    page.locator("form .iv-main-action").click()
    page.locator(".fd-row").first.wait_for(timeout=PATIENCE)
    page.wait_for_function("navigator.serviceWorker.controller !== null || navigator.serviceWorker.ready")
    return page, phrase


def opened_again(context: BrowserContext, page: Page, phrase: str) -> Page:
    """Killed, and opened without network."""
    page.close(run_before_unload=False)
    again = context.new_page()
    again.goto("/app/")
    again.locator("input[type=password]").fill(phrase)
    again.locator("form .iv-main-action").click()
    return again


def set_up(page: Page, language: str) -> None:
    """The app speaks the language of its person until another one is chosen."""
    page.locator(".fd-page > .iv-plain").last.click()  # settings
    page.locator(".fd-tongues select").select_option(language)
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.locator(".fd-form input").fill(PIN)
    page.locator(".fd-form .iv-main-action").click()
    expect(page.locator("p[role=status]").last).not_to_be_empty()
    page.locator(".fd-back").click()
