"""Child and caregiver on one phone without network: one after the other, and neither sees anything of the other."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from homeward.domain.transport import FLAG_LENGTH, START, TAG
from tests.e2e.browser_phone import (  # noqa: F401 - fixtures
    PATIENCE,
    PHONE,
    made_ready,
    opened_again,
    phone,
    set_up,
    site,
)
from tests.e2e.site import Site, in_the_house
from tests.e2e.test_interview import Interviewer, browser, clean  # noqa: F401 - a fixture
from tests.interviews import AGREED, as_text, library_form

pytestmark = [pytest.mark.browser, pytest.mark.database]

ONE_MORE = """
import sys
import django; django.setup()
from datetime import date, timedelta
from types import SimpleNamespace
from homeward.cli.unlocking import bring_up_to_date
bring_up_to_date()
from homeward.apps.access.actors import system_actor
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Assignment, Child
from homeward.apps.cases.services import assign_child, register_child
from tests.world import agree
known = Child.objects.get(code=sys.argv[1])
person = Assignment.objects.filter(child=known).values_list("person_id", flat=True).first()
system, since = system_actor(known.organisation_id), date.today() - timedelta(days=200)
facts = ChildFacts(sex="female", name=sys.argv[2], age=13, return_date=since, team_id=known.team_id)
child = register_child(system, facts)
assign_child(system, child.id, person_id=person, since=since)
agree(SimpleNamespace(system=lambda: system), child, since)
print(child.code)
"""
TAKEN_OVER = """
import django; django.setup()
from homeward.apps.cases.models import Assignment
Assignment.objects.filter(child__code=__import__("sys").argv[1]).delete()
"""
ARRIVED = """
import django; django.setup()
from homeward.apps.surveys.models import Submission
rows = Submission.objects.filter(child__code=__import__("sys").argv[1])
print(" ".join(sorted(rows.values_list("form_version__instrument_id", flat=True))))
"""
AGED = """() => new Promise((done) => { const ask = indexedDB.open('notebook');
ask.onsuccess = () => { const change = ask.result.transaction('meta', 'readwrite');
change.objectStore('meta').put(1, 'listed'); change.oncomplete = () => done(); }; })"""
MEANT = 900  # ms in which a tap counts for the screen before
ONE_SIZE = FLAG_LENGTH + START + 32_768 + TAG


def one_more(site: Site, name: str) -> str:  # noqa: F811
    return in_the_house(site, ONE_MORE, site.child, name).split()[-1]


def row_of(code: str) -> str:
    return f".fd-row:has-text('{code[:3]} {code[3:6]} {code[6:]}')"


def interviewer(page: Page, reference: str, language: str, example: int, said: str) -> Interviewer:
    instrument = library_form(reference)[0].instrument
    worked = {name: as_text(answer) for name, answer in instrument.examples[example].answers.items()}
    kept = {"respondent": instrument.about.respondents[0], "child_age_years": "13"}
    return Interviewer(page, instrument, language, {**AGREED, **kept, **worked, "anything_to_say": said})


def spoken(worker: Interviewer) -> Interviewer:
    page = worker.page
    page.locator(".iv-next").wait_for(timeout=PATIENCE)
    page.locator(".iv-globe").click()
    dialog = page.get_by_role("dialog")
    for select in dialog.locator("select").all():
        select.select_option(worker.language)
    dialog.locator(".iv-main-action").click()
    return worker


def sealed(page: Page) -> None:
    """From the end of an interview to the screen after it."""
    page.locator(".iv-end .iv-main-action").click()
    page.locator(".fd-page").wait_for(timeout=PATIENCE)
    page.wait_for_timeout(MEANT)


def with_pin(page: Page, pin: str) -> None:
    page.locator(".fd-form input[type=password]").fill(pin)
    page.locator(".fd-form .iv-main-action").click()


def nothing_of_it(page: Page, worker: Interviewer, code: str) -> None:
    """Of the first interview, and of anybody's list."""
    content = page.content()
    titles = worker.instrument.about.titles.values()
    for words in (worker.answers["anything_to_say"], f"{code[:3]} {code[3:6]}", *titles):
        assert words not in content
    assert page.locator(".iv-choice, .iv-label, .fd-row, .iv-next").count() == 0


def locked_in(page: Page, worker: Interviewer, code: str) -> str:
    """Neither the back key of the phone nor a wrong PIN leads out of the screen between the two. Its title."""
    nothing_of_it(page, worker, code)
    assert clean(page) == []
    shown = page.locator("h1").inner_text()
    for _ in range(3):
        page.go_back()
        assert page.locator("h1").inner_text() == shown
        nothing_of_it(page, worker, code)
    with_pin(page, "1111")
    expect(page.locator(".fd-form .iv-error")).not_to_be_empty()
    assert page.locator(".iv-next").count() == 0
    return shown


def given_back(page: Page, phrase: str) -> None:
    """Where no PIN is set, by the passphrase."""
    page.wait_for_timeout(MEANT)
    page.locator(".fd-form .iv-main-action").click()
    expect(page.locator(".fd-form .iv-error")).not_to_be_empty()
    page.locator(".fd-form input").fill(phrase)
    page.locator(".fd-form .iv-main-action").click()
    page.locator(".fd-row").first.wait_for()


def sent_sizes(page: Page, context: BrowserContext) -> list[int]:
    sizes: list[int] = []
    page.on(
        "request",
        lambda asked: sizes.append(len(asked.post_data_buffer or b"")) if asked.url.endswith("/app/sealed") else None,
    )
    context.set_offline(False)
    expect(page.locator(".fd-unsent")).to_have_count(0, timeout=PATIENCE * 3)
    return sizes


@pytest.mark.parametrize("language", ["en", "ar"])
def test_one_after_the_other_and_neither_sees_the_other(
    phone: BrowserContext,  # noqa: F811
    site: Site,  # noqa: F811
    language: str,
) -> None:
    code = one_more(site, f"Zawadi {uuid4().hex[:5]}")
    page, phrase = made_ready(phone)
    set_up(page, language)
    phone.set_offline(True)
    page.locator(row_of(code)).click()
    page.locator(".iv-main-action").first.click()  # start together
    assert clean(page) == []
    page.locator(".iv-main-action").first.click()  # the child first
    first = spoken(interviewer(page, "child-12-14", language, 0, f"Quiet words of the child {uuid4().hex}. " * 50))
    first.fill()
    sealed(page)
    shown = locked_in(page, first, code)
    page = opened_again(phone, page, phrase)
    expect(page.locator("h1")).to_have_text(shown, timeout=PATIENCE)
    nothing_of_it(page, first, code)
    page.wait_for_timeout(MEANT)
    page.locator(".fd-form .iv-main-action").first.click()  # the PIN ended with the app
    second = spoken(interviewer(page, "caregiver", language, 1, uuid4().hex[:3]))
    for _ in range(5):
        second.answer(second.asked_now())
        page.locator(".iv-next").click()
    page.wait_for_timeout(600)
    page = opened_again(phone, page, phrase)
    page.locator(".fd-page .iv-main-action").click(timeout=PATIENCE)  # goes on with the caregiver
    second = spoken(interviewer(page, "caregiver", language, 1, second.answers["anything_to_say"]))
    assert page.locator(".iv-back").is_enabled()
    second.fill()
    sealed(page)
    nothing_of_it(page, second, code)
    given_back(page, phrase)
    assert sent_sizes(page, phone) == [ONE_SIZE, ONE_SIZE]
    assert in_the_house(site, ARRIVED, code).split()[-2:] == ["caregiver", "child-12-14"]


def test_whoever_is_not_there_is_given_up_with_a_reason(browser: Browser, site: Site) -> None:  # noqa: F811
    code = one_more(site, f"Baraka {uuid4().hex[:5]}")
    context = browser.new_context(viewport=PHONE, base_url=site.url, locale="en")  # type: ignore[arg-type]
    page, phrase = made_ready(context)
    page.locator(row_of(code)).click()
    page.get_by_role("button", name="Start together").click()
    page.get_by_role("button", name="The caregiver is not asked").click()
    assert clean(page) == []
    page.get_by_role("button", name="Could not be alone").click()
    expect(page.locator("h1")).to_have_text("Please give the phone to the child")
    page.wait_for_timeout(MEANT)
    page.get_by_role("button", name="The child has the phone: begin").click()
    spoken(interviewer(page, "child-12-14", "en", 0, uuid4().hex))
    page.locator(".iv-stop").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop, and send what was said").click()
    expect(page.locator("h1")).to_have_text("Please give the phone back", timeout=PATIENCE)
    page.wait_for_timeout(MEANT)
    page.locator("input[type=password]").fill(phrase)
    page.get_by_role("button", name="I have the phone back").click()
    page.locator(row_of(code)).click()
    expect(page.locator(".fd-page")).to_contain_text("Caregiver: not asked · Could not be alone")
    assert clean(page) == []
    context.close()


def test_a_child_that_was_handed_over_goes_from_the_phone_by_itself(browser: Browser, site: Site) -> None:  # noqa: F811
    code = one_more(site, f"Imani {uuid4().hex[:5]}")
    context = browser.new_context(viewport=PHONE, base_url=site.url, locale="en")  # type: ignore[arg-type]
    page, _phrase = made_ready(context)
    expect(page.locator(row_of(code))).to_have_count(1)
    in_the_house(site, TAKEN_OVER, code)
    context.set_offline(True)
    page.evaluate(AGED)
    context.set_offline(False)
    expect(page.locator(row_of(code))).to_have_count(0, timeout=PATIENCE)
    assert page.locator("[role=alert]:visible").filter(has_text="a").count() == 0
    page.evaluate(AGED)
    context.clear_cookies()
    context.set_offline(True)
    context.set_offline(False)
    expect(page.locator(".fd-page")).to_contain_text("sign in to bring it up to date", timeout=PATIENCE)
    assert clean(page) == []
    context.close()
