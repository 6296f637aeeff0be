"""Security keys in a real browser, with the authenticator that the browser itself simulates."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from tests.apps.test_factors import code_at
from tests.e2e.site import Site, running
from tests.e2e.test_pages import browser, faults
from tests.world import PASSWORD

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("keys")) as site:
        yield Site(site.url.replace("127.0.0.1", "localhost"), site.child, site.log)  # a key is bound to a name


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 360, "height": 760}, base_url=site.url, reduced_motion="reduce")
    yield context
    context.close()


def with_authenticator(page: Page) -> tuple[CDPSession, str]:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return session, made["authenticatorId"]


def first_step(page: Page, role: str) -> None:
    page.goto("/sign-in")
    page.fill("#id_email", f"{role}@amani.example.org")
    page.fill("#id_password", PASSWORD)
    page.click("form[action='/sign-in'] button")
    page.wait_for_load_state()


def leave(page: Page) -> None:
    page.goto("/me")
    page.click("form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in")


def test_a_key_is_set_up_signs_in_and_confirms(context: BrowserContext) -> None:
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    session, authenticator = with_authenticator(page)
    first_step(page, "case_worker")
    page.goto("/me/factors/key")
    page.fill("#id_label", "Blue key")
    page.click("form[data-key] button")
    expect(page.locator("h1")).to_have_text("Write these codes down")
    assert page.locator(".codes code").count() == 10
    assert faults(page, 360) == []
    page.goto("/me/factors")
    expect(page.locator("main")).to_contain_text("Blue key")
    assert faults(page, 360) == []
    leave(page)
    first_step(page, "case_worker")
    page.wait_for_url("**/sign-in/second")
    assert faults(page, 360) == []
    page.click("form[data-key] button")
    page.wait_for_url(lambda address: address.endswith("/"))
    page.goto("/me/confirm?next=/children")
    page.click("form[data-key] button")
    page.wait_for_url("**/children")
    counts = session.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
    assert [each["rpId"] for each in counts] == ["localhost"]
    assert complaints == []


def test_without_the_key_it_says_so_and_another_way_is_there(
    browser: Browser, site: Site, context: BrowserContext
) -> None:
    owner = context.new_page()
    with_authenticator(owner)
    first_step(owner, "programme_manager")
    owner.goto("/me/factors/key")
    owner.fill("#id_label", "Key at home")
    owner.click("form[data-key] button")
    expect(owner.locator("h1")).to_have_text("Write these codes down")
    leave(owner)
    other = browser.new_context(viewport={"width": 360, "height": 760}, base_url=site.url)
    page = other.new_page()
    session, _ = with_authenticator(page)  # empty: another key
    first_step(page, "programme_manager")
    page.wait_for_url("**/sign-in/second")
    page.click("form[data-key] button")
    expect(page.locator("[data-trouble]")).to_be_visible(timeout=90_000)
    assert page.locator("#id_code").is_visible()
    assert page.locator("form[data-key] button").is_enabled()
    assert faults(page, 360) == []
    session.detach()
    other.close()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_an_app_works_without_a_script_in_both_directions(browser: Browser, site: Site, language: str) -> None:
    role = {"en": "supervisor", "ar": "other_case_worker"}[language]
    plain = browser.new_context(viewport={"width": 360, "height": 760}, base_url=site.url, java_script_enabled=False)
    page = plain.new_page()
    page.goto("/sign-in")
    page.click(f"button[value={language}]")
    first_step(page, role)
    page.goto("/me/factors/app")
    secret = base64.b32decode(page.inner_text("code").replace(" ", ""))
    page.fill("#id_code", code_at(secret, datetime.now(UTC)))
    page.click("main .btn-main")
    assert page.locator(".codes code").count() == 10
    recovery = page.locator(".codes code").first.inner_text()
    page.goto("/me")
    page.click("form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in")
    page.goto("/sign-in")
    page.click(f"button[value={language}]")
    first_step(page, role)
    page.wait_for_url("**/sign-in/second")
    assert page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.fill("#id_code", recovery)
    page.click("main form:not([data-key]) button")
    page.wait_for_url(lambda address: address.endswith("/"))
    plain.close()


def test_typing_goes_on_counting_as_being_here(context: BrowserContext) -> None:
    page = context.new_page()
    first_step(page, "me_officer")
    page.goto("/me")
    page.evaluate("() => { const now = Date.now; Date.now = () => now() + 120000; }")
    with page.expect_response("**/me/here") as answer:
        page.keyboard.press("Shift")
    assert answer.value.status == 204
