"""A case worker opens a child, fills the survey in the browser and sees its scores: two languages, phone and laptop."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, TimeoutError, expect, sync_playwright

from homeward.domain.instruments import Choice, Instrument, Question
from tests.e2e.site import Site, on_its_database
from tests.interviews import AGREED, as_text, library_form
from tests.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.database]

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
FORM = "child-12-14"
WIDTHS = (360, 1280)
MOST_SCREENS = 80


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with on_its_database(tmp_path_factory.mktemp("interviews")) as site:
        yield site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield browser
        browser.close()


@pytest.fixture(params=WIDTHS, ids=lambda width: f"{width}px")
def page(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Page]:
    """Signed in as the case worker. Whatever the browser complains about fails the test."""
    context = browser.new_context(viewport={"width": request.param, "height": 760}, base_url=site.url)
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/sign-in")
    page.locator("#id_email").fill("case_worker@amani.example.org")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("form[action='/sign-in'] button").click()
    page.wait_for_url("**/")
    yield page
    provoked = ("net::ERR_FAILED", "403 (Forbidden)")  # by the tests of a lost network and a lost session
    assert [text for text in complaints if not any(word in text for word in provoked)] == []
    context.close()


@dataclass(frozen=True, slots=True)
class Interviewer:
    """Answers what is asked as one of the instrument's worked examples does, finding each question by its words."""

    page: Page
    instrument: Instrument
    language: str
    answers: dict[str, str]

    @classmethod
    def of(cls, page: Page, language: str, example: int) -> Interviewer:
        loaded, _ = library_form(FORM)
        worked = {name: as_text(answer) for name, answer in loaded.instrument.examples[example].answers.items()}
        said = {"respondent": "child", "anything_to_say": uuid4().hex[:8]}  # the same twice waits for a person
        return cls(page, loaded.instrument, language, {**AGREED, **said, **worked})

    def begin(self, site: Site) -> None:
        self.page.goto(f"/children/{site.child}/interview")
        self.page.locator(f"a[href*='/interview/'][href*='{site.child}']:not([href*='paper'])").first.click()
        self.page.locator(".iv-next").wait_for()
        self.page.locator(".iv-globe").click()
        dialog = self.page.get_by_role("dialog")
        for select in dialog.locator("select").all():
            select.select_option(self.language)
        dialog.locator(".iv-main-action").click()

    def fill(self) -> list[str]:
        """To the page before sending. Returns the names of what was asked."""
        asked = []
        while self.page.locator(".iv-next").count():
            assert len(asked) < MOST_SCREENS
            question = self.asked_now()
            asked.append(question.name)
            self.answer(question)
            with passed(self.page):
                self.page.locator(".iv-next").click()
        return asked

    def asked_now(self) -> Question:
        text = flat(self.page.locator(".iv-screen .iv-label").first.inner_text())
        found = [each for each in self.instrument.questions if flat(self.text_of(each)) == text]
        assert found, f"no question reads {text!r}"
        return found[0]

    def text_of(self, row: Question | Choice) -> str:
        return re.sub(r"[*_]", "", row.labels.get(self.language, ""))

    def answer(self, question: Question) -> None:
        given = self.answers.get(question.name, "")
        screen = self.page.locator(".iv-screen")
        if question.list_name and given:
            codes = {choice.code: choice for choice in self.instrument.choice_lists[question.list_name].choices}
            for code in given.split():
                chosen = option(screen, self.text_of(codes[code]))
                if not chosen.locator("input").is_checked():  # of several, a second tap takes it away again
                    chosen.click()
        elif question.list_name and question.required:
            screen.locator(".iv-choice").last.click()
        elif given and question.type in ("integer", "decimal", "text"):
            screen.locator("input, textarea").first.fill(given)


@contextmanager
def passed(page: Page) -> Iterator[None]:
    """The screen at the start is gone at the end; what stands on it otherwise says why not."""
    screen = page.locator(".iv-screen").element_handle()
    assert screen is not None
    yield
    try:
        screen.wait_for_element_state("hidden", timeout=5_000)
    except TimeoutError as error:
        raise AssertionError(page.locator(".iv-screen").inner_text()) from error


def option(screen: Locator, text: str) -> Locator:
    return screen.locator(".iv-choice").filter(has_text=re.compile(rf"^\s*{re.escape(text)}\s*$")).first


def flat(text: str) -> str:
    return " ".join(text.split())


def clean(page: Page) -> list[Any]:
    """What axe finds, and whether the page is wider than the screen."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    page.wait_for_timeout(250)  # the screen slides in; colours are judged when it stands
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [(each["id"], each["nodes"][0]["html"]) for each in found] + ([("too wide", wide)] if wide > 0 else [])


@pytest.mark.parametrize(("language", "example"), [("en", 0), ("ar", 2)])
def test_a_case_worker_fills_the_survey_and_sees_the_scores(
    page: Page, site: Site, language: str, example: int
) -> None:
    worker = Interviewer.of(page, language, example)
    worker.begin(site)
    assert page.locator("#interview").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert clean(page) == []
    asked = worker.fill()
    assert "child_listed" not in asked
    assert {"mood", "friends", "food_enough"} <= set(asked)
    assert clean(page) == []
    with page.expect_response("**/submit*") as sent:
        page.locator(".iv-main-action").click()
    assert sent.value.status == 201
    assert sent.value.json()["status"] == "stored"
    page.locator(".iv-good").wait_for()
    assert clean(page) == []
    page.locator(".iv-end a.iv-main-action").click()
    page.wait_for_url(f"**/children/{site.child}")
    page.locator("details:has(table) > summary").first.click()
    for dimension, score in worker.instrument.examples[example].expected.items():
        if score is not None and dimension in worker.instrument.about.dimensions:
            expect(page.locator("details table").first).to_contain_text(f"{score:.2f}")


def test_every_screen_is_clean_and_can_be_passed_by_keyboard_alone(page: Page, site: Site) -> None:
    worker = Interviewer.of(page, "ar", 0)
    worker.begin(site)
    for _ in range(MOST_SCREENS):
        if not page.locator(".iv-next").count():
            break
        assert clean(page) == [], worker.asked_now().name
        with passed(page):
            keyboard_answer(page)
            page.keyboard.press("Enter")
    assert page.locator(".iv-end").count() == 1


def keyboard_answer(page: Page) -> None:
    """From the heading, where each screen puts the reader: one step to the answer; Enter goes on."""
    assert page.evaluate("document.activeElement.matches('.iv-label, .iv-title')")
    kind = page.evaluate(
        "document.querySelector('.iv-screen input:not([type=search]), .iv-screen textarea')?.type ?? ''"
    )
    if kind in ("radio", "checkbox", "text"):
        page.keyboard.press("Tab")
        page.keyboard.type("3") if kind == "text" else page.keyboard.press("Space")
    elif kind in ("", "date", "textarea"):
        page.locator(".iv-next").focus()


@pytest.mark.goal("R-11")
def test_a_lost_connection_loses_no_answer_and_sends_the_interview_once(page: Page, site: Site) -> None:
    worker = Interviewer.of(page, "en", 0)
    worker.begin(site)
    worker.fill()
    sent: list[bytes | None] = []

    def lose_the_first(route: Route) -> None:
        sent.append(route.request.post_data_buffer)
        route.abort() if len(sent) == 1 else route.continue_()

    page.route("**/submit*", lose_the_first)
    page.locator(".iv-main-action").click()
    expect(page.locator(".iv-notice")).to_contain_text("no connection")
    assert clean(page) == []
    page.locator(".iv-main-action").click()
    page.locator(".iv-good").wait_for()
    ids = [re.search(rb"<instanceID>([^<]+)", body or b"") for body in sent]
    assert len(ids) == 2
    assert ids[0]
    assert ids[1]
    assert ids[0][1] == ids[1][1]


def test_a_session_that_ends_is_told_and_the_answers_go_after_signing_in_again(page: Page, site: Site) -> None:
    worker = Interviewer.of(page, "en", 0)
    worker.begin(site)
    worker.fill()
    page.context.clear_cookies()
    page.locator(".iv-main-action").click()
    expect(page.locator(".iv-notice")).to_contain_text("signed out")
    other = page.context.new_page()
    other.goto("/sign-in")
    other.locator("#id_email").fill("case_worker@amani.example.org")
    other.locator("#id_password").fill(PASSWORD)
    other.locator("form[action='/sign-in'] button").click()
    other.wait_for_url("**/")
    page.locator(".iv-main-action").click()
    page.locator(".iv-good").wait_for()


def test_a_child_who_stops_is_believed(page: Page, site: Site) -> None:
    worker = Interviewer.of(page, "en", 0)
    worker.begin(site)
    for _ in range(9):
        worker.answer(worker.asked_now())
        page.locator(".iv-next").click()
    page.locator(".iv-stop").click()
    dialog = page.get_by_role("dialog")
    assert clean(page) == []
    with page.expect_response("**/submit*") as sent:
        dialog.get_by_role("button", name="Stop, and send what was said").click()
    assert sent.value.status in (201, 202)
    expect(page.locator(".iv-end")).to_contain_text("You have stopped. That is fine.")


def test_a_preview_keeps_nothing(browser: Browser, site: Site) -> None:
    context = browser.new_context(base_url=site.url)
    page = context.new_page()
    page.goto("/sign-in")
    page.locator("#id_email").fill("me_officer@amani.example.org")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("form[action='/sign-in'] button").click()
    page.goto("/instruments")
    form = re.search(r"/instruments/([0-9a-f-]{36})", page.content())
    assert form
    page.goto(f"/interview/{form[1]}?mode=preview")
    expect(page.locator(".iv-badge")).to_contain_text("nothing is kept")
    page.locator(".iv-stop").click()
    assert page.get_by_role("button", name="send what was said").count() == 0
    context.close()
