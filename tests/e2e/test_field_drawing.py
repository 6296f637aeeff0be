"""A drawing made where there is no network: nothing of it is readable on the phone, it arrives, and it is shown only
with the child's own words and as far as the child allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from homeward.formats.xlsform.library import Library
from tests.e2e.field_phone import PATIENCE, Phone
from tests.e2e.site import Site, in_the_house, on_its_database
from tests.e2e.test_field_storm import row_of
from tests.e2e.test_interview import clean
from tests.environment import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.database]

FORM, WORDS = "child-drawings", "Above the river stands our house"
MOST_SCREENS = 60
PUBLISH = """
import django; django.setup()
from homeward.apps.access.actors import actor_of_person
from homeward.apps.access.models import Person
from homeward.apps.surveys.forms import load_from_library, propose_publication, publish
by = lambda role: actor_of_person(Person.objects.get(email=f"{role}@amani.example.org"))
form = load_from_library(by("me_officer"), "child-drawings")
propose_publication(by("me_officer"), form)
publish(by("programme_manager"), form)
"""
ARRIVED = """
import django; django.setup()
from homeward.apps.surveys.models import Attachment, Submission
for row in Submission.objects.filter(form_version__instrument_id="child-drawings").order_by("pk"):
    print(row.pk, Attachment.objects.filter(submission=row).count())
"""
ANSWERS = {
    "in_private": "yes",
    "fifteen_or_older": "no",
    "caregiver_consent": "yes",
    "child_assent": "yes",
    "respondent": "child",
    "drawing_scope": "team",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with on_its_database(tmp_path_factory.mktemp("drawn")) as site:
        in_the_house(site, PUBLISH)
        yield site


@pytest.fixture(scope="module")
def driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


def held(page: Page, words: str) -> None:
    """To the page before sending, with one drawing."""
    instrument = Library().load(FORM).instrument
    for _ in range(MOST_SCREENS):
        if not page.locator(".iv-next, .iv-pause").count():
            return
        if page.locator(".iv-pause").count():
            page.locator(".iv-go-on").click()
            continue
        text = page.locator(".iv-label").first.inner_text().strip()
        name = next((each.name for each in instrument.questions if each.labels.get("en", "").strip() == text), "")
        answered(page, name, words)
        page.locator(".iv-next").click()
        page.wait_for_timeout(120)


def answered(page: Page, name: str, words: str) -> None:
    if name == "drawing_picture":
        assert clean(page) == []
        page.locator("canvas").focus()
        for key in ("Space", "ArrowRight", "ArrowDown", "Space"):
            page.keyboard.press(key)
        page.wait_for_timeout(200)
    elif name == "drawing_own_words":
        page.locator("textarea").fill(words)
    elif name in ANSWERS:
        page.locator(f".iv-screen :is(.iv-tile, .iv-choice):has(input[value={ANSWERS[name]}])").first.click()


def sealed(phone: Phone, code: str, words: str) -> None:
    row_of(phone, code).click()
    titles = Library().load(FORM).instrument.about.titles
    phone.page.get_by_role("button", name=re.compile(titles["en"])).first.click()
    phone.page.locator(".iv-next").first.wait_for(timeout=PATIENCE)
    held(phone.page, words)
    phone.page.locator(".iv-main-action").click()
    phone.page.locator(".iv-good").wait_for(timeout=PATIENCE)


def readable(profile: Path) -> set[str]:
    """Files of the browser's profile that hold a picture of the sheet's size, or the words of the child."""
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x03\x20\0\0\x02\x58"
    forms = (head, WORDS.encode(), WORDS.encode("utf-16-le"))
    files = [path for path in profile.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) > 50
    return {path.name for path in files if any(form in path.read_bytes() for form in forms)}


def test_it_arrives_after_the_network_and_is_shown_with_its_words_alone(
    driver: Playwright, site: Site, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    with Phone(driver, profile, site) as phone:
        phone.make_ready()
        phone.offline(True)
        sealed(phone, site.child, WORDS)
        phone.page.reload()
        phone.open()
        sealed(phone, site.child, "")
        phone.kill()
        assert readable(profile) == set()
        phone.start()
        phone.open()
        phone.send_all()
    rows = [line.split() for line in in_the_house(site, ARRIVED).splitlines()]
    assert [count for _, count in rows] == ["1", "1"]
    looked_at(driver, site, rows[0][0], rows[1][0])


def looked_at(driver: Playwright, site: Site, told: str, silent: str) -> None:
    browser: Browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    page = browser.new_page(base_url=site.url, viewport={"width": 360, "height": 760})
    page.goto(f"/sign-in?next=/submissions/{told}")
    page.locator("#id_email").fill("case_worker@amani.example.org")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("form[action='/sign-in'] button").click()
    picture = page.locator(".drawn img")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", 800)
    expect(page.locator(".drawn")).to_contain_text(WORDS)
    assert clean(page) == []
    page.goto(f"/submissions/{silent}")
    expect(page.locator(".drawn")).to_contain_text("Not shown: the child's own words about it are missing.")
    expect(page.locator(".drawn img")).to_have_count(0)
    assert clean(page) == []
    browser.close()
