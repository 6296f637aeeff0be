"""A case worker makes a phone ready at the office, works where there is no network, and sends when there is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.site import Site, in_the_house, on_its_database
from tests.e2e.test_interview import Interviewer, browser, clean  # noqa: F401 - a fixture
from tests.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.database]

ARRIVED = """
import django; django.setup()
from homeward.apps.surveys.models import Submission
print(Submission.objects.filter(child__code=__import__("sys").argv[1]).count())
"""
FORGET = """
import django; django.setup()
from homeward.apps.access.models import Device
from django.utils import timezone
Device.objects.filter(role="field_app").update(revoked_at=timezone.now())
"""
PATIENCE = 20_000  # ms


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with on_its_database(tmp_path_factory.mktemp("field")) as site:
        yield site


@pytest.fixture(params=["en", "ar"])
def phone(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[BrowserContext]:  # noqa: F811
    context = browser.new_context(viewport={"width": 360, "height": 760}, base_url=site.url, locale=request.param)
    yield context
    context.close()


def made_ready(context: BrowserContext) -> Page:
    """From the address alone: told to sign in, and led back."""
    page = context.new_page()
    page.goto("/app/")
    page.locator("a[href^='/sign-in']").click()
    page.locator("#id_email").fill("case_worker@amani.example.org")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("form[action='/sign-in'] button").click()
    page.wait_for_url("**/app/")
    page.locator(".fd-words").wait_for()
    assert clean(page) == []
    page.locator(".fd-words + .iv-row button").first.click()  # these words
    page.locator("form .iv-main-action").click()
    page.locator(".fd-row").wait_for(timeout=PATIENCE)
    page.wait_for_function("navigator.serviceWorker.controller !== null || navigator.serviceWorker.ready")
    return page


def arrived(site: Site) -> int:
    return int(in_the_house(site, ARRIVED, site.child).split()[-1])


def interviewed(page: Page, site: Site, language: str) -> None:
    """From today's list to the sealed end."""
    page.locator(".fd-row").first.click()
    assert clean(page) == []
    worker = Interviewer.of(page, language, 0)
    titles = worker.instrument.about.titles
    page.get_by_role("button", name=titles.get(language) or titles["en"]).first.click()
    page.locator(".iv-next").wait_for(timeout=PATIENCE)
    page.locator(".iv-globe").click()
    dialog = page.get_by_role("dialog")
    for select in dialog.locator("select").all():
        select.select_option(language)
    dialog.locator(".iv-main-action").click()
    asked = worker.fill()
    assert "child_listed" not in asked
    assert clean(page) == []
    page.locator(".iv-main-action").click()
    page.locator(".iv-good").wait_for(timeout=PATIENCE)
    assert clean(page) == []


def test_an_interview_without_network_is_sealed_and_sent_once(phone: BrowserContext, site: Site) -> None:
    before, page = arrived(site), made_ready(phone)
    language = page.locator("html").get_attribute("lang") or page.locator("#field").get_attribute("lang") or "en"
    assert clean(page) == []
    phone.set_offline(True)
    interviewed(page, site, language[:2])
    assert arrived(site) == before
    with page.expect_response("**/app/sealed", timeout=PATIENCE * 3) as sent:
        phone.set_offline(False)
    assert sent.value.status in (201, 202)
    page.wait_for_timeout(500)
    assert arrived(site) == before + 1
    phone.set_offline(True)
    page.reload()
    expect(page.locator("input[type=password]")).to_be_visible()  # opens without network, and is locked
    assert clean(page) == []


def test_a_phone_taken_off_the_list_gives_up_the_children_and_keeps_what_was_finished(
    browser: Browser,  # noqa: F811
    site: Site,
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 760}, base_url=site.url, locale="en")
    page = made_ready(context)
    context.set_offline(True)
    interviewed(page, site, "en")
    before = arrived(site)
    in_the_house(site, FORGET)
    with page.expect_response("**/app/sealed", timeout=PATIENCE * 3) as sent:
        context.set_offline(False)
    assert sent.value.status == 401
    page.get_by_role("button", name="Done").click()
    expect(page.locator("body")).to_contain_text("taken off the list", timeout=PATIENCE)
    assert page.locator(".fd-row").count() == 0
    assert arrived(site) == before
    kept = page.evaluate(
        """() => new Promise((done) => { const ask = indexedDB.open('notebook');
        ask.onsuccess = () => { const all = ask.result.transaction('queue').objectStore('queue').count();
        all.onsuccess = () => done(all.result); }; })"""
    )
    assert kept == 1
    context.close()
