"""A child of seven answers by faces and sound, a young person of thirteen quietly: two languages, a small phone."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from homeward.formats.xlsform.library import Library
from homeward.formats.xlsform.xform_building import to_xform
from tests.e2e.test_interview import clean
from tests.interviews import AGREED, as_text

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
FRONTEND = ROOT / "frontend"
AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
PICTURE = ROOT / "docs" / "guide" / "interview-child.png"
CHILD, YOUNG = "child-6-11", "child-12-14"
MOST_SCREENS = 60
PHONE = {"width": 360, "height": 640}
KNOWN = {
    **AGREED,
    "child_known": "yes",
    "child_listed": "482193067",
    "respondent": "child",
    "interview_date": "2026-01-15",
}
VOICE = """
window.spoken = [];
const device = new EventTarget();
device.getVoices = () => ['en-GB', 'ar-SA'].map((lang) => ({ lang, localService: true, name: lang }));
device.speak = (words) => { window.spoken.push([words.lang, words.text]); setTimeout(() => words.onend?.(), 20); };
device.cancel = () => undefined;
Object.defineProperty(window, 'speechSynthesis', { value: device });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page around the interview with the forms as the server makes them of the library's instruments."""
    forms = tmp_path_factory.mktemp("forms")
    for name in (CHILD, YOUNG):
        (forms / f"{name}.xml").write_bytes(to_xform(Library().load(name)).xml)
    shutil.copy(FRONTEND / "tests" / "fixtures" / "child.xml", forms)
    with served(forms) as address:
        yield address


@contextmanager
def served(forms: Path) -> Iterator[str]:
    command = ["node", str(FRONTEND / "dev" / "serve.mjs"), "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "FORMS": str(forms)}
    ) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser, harness: str) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE, base_url=harness)
    yield context
    context.close()


def begin(context: BrowserContext, form: str, language: str = "en", *, voice: bool = False, **query: str) -> Page:
    page = context.new_page()
    if voice:
        page.add_init_script(VOICE)
    asked = {"form": form, "labels": language, "buttons": language, "prefill": json.dumps(KNOWN), **query}
    page.goto(f"/?{urlencode(asked)}")
    page.locator(".iv-next").wait_for()
    return page


def to_the_child(page: Page) -> None:
    """Past what the adult reads out, to the practice."""
    page.locator(".iv-next").click()
    expect(page.locator(".iv-with-child .iv-again")).to_be_hidden()


def past_practice(page: Page) -> None:
    to_the_child(page)
    page.locator(".iv-next").click()


def box(found: Locator) -> dict[str, float]:
    measured = found.bounding_box()
    assert measured is not None
    return {**measured, "area": measured["width"] * measured["height"]}


def stop_and_skip_are_large(page: Page) -> None:
    """As large as the answers, and wholly on the screen without scrolling."""
    height = page.evaluate("innerHeight")
    tiles = [box(each)["area"] for each in page.locator(".iv-tile").all()]
    for key in (box(page.locator(".iv-key.iv-stop")), box(page.locator(".iv-key.iv-skip"))):
        assert key["area"] >= max(tiles, default=0)
        assert key["y"] >= 0
        assert key["y"] + key["height"] <= height


def by_faces(page: Page) -> list[str]:
    """As somebody who cannot read: taps a picture, then the arrow. What was asked, for the test's own eyes."""
    asked = []
    while page.locator(".iv-next, .iv-pause").count():
        assert len(asked) < MOST_SCREENS
        if page.locator(".iv-pause").count():
            page.locator(".iv-go-on").click()
            continue
        asked.append(page.locator(".iv-label").first.inner_text())
        if page.locator(".iv-tile").count():
            page.locator(".iv-tile").nth(len(asked) % 2).click()
        page.locator(".iv-next").click()
        page.wait_for_timeout(40)
    return asked


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_seven_year_old_answers_by_faces_alone(context: BrowserContext, language: str) -> None:
    page = begin(context, CHILD, language, voice=True)
    assert clean(page) == []
    to_the_child(page)
    practised = page.locator(".iv-label").inner_text()
    assert clean(page) == []
    page.locator(".iv-tile").first.click()
    assert clean(page) == []
    page.locator(".iv-again").click()
    assert page.locator(".iv-tile input:checked").count() == 0
    asked = by_faces(page)
    assert asked[0] == practised
    assert len(asked) > 15
    expect(page.locator(".iv-end .iv-good")).to_be_visible()
    assert clean(page) == []
    page.locator(".iv-end .iv-main-action").click()
    page.locator(".iv-end h3").wait_for()
    xml = page.request.get("/sent").json()[-1]["xml_submission_file"]
    assert practised not in xml
    assert "faceGood" not in xml


@pytest.mark.parametrize(("language", "voice"), [("en", False), ("ar", True)])
def test_every_screen_of_a_child_is_clean_and_holds_stop_and_skip(
    context: BrowserContext, language: str, voice: bool
) -> None:
    page = begin(context, CHILD, language, voice=voice)
    past_practice(page)
    seen = 0
    while page.locator(".iv-next, .iv-pause").count():
        assert clean(page) == [], page.locator(".iv-label").first.inner_text()
        if page.locator(".iv-pause").count():
            page.locator(".iv-go-on").click()
            continue
        stop_and_skip_are_large(page)
        tiles = page.locator(".iv-tile")
        if tiles.count():  # the usual question stands there as a whole
            assert box(tiles.last)["y"] + box(tiles.last)["height"] <= box(page.locator(".iv-footer"))["y"]
        if tiles.count():
            tiles.first.click()
        page.locator(".iv-next").click()
        seen += 1
    assert seen > 15


@pytest.mark.parametrize(("language", "first", "last"), [("en", "good", "bad"), ("ar", "bad", "good")])
def test_the_faces_stand_in_the_order_of_reading(context: BrowserContext, language: str, first: str, last: str) -> None:
    page = begin(context, CHILD, language)
    past_practice(page)
    tile = "label.iv-tile:has(input[value={}])"
    assert box(page.locator(tile.format(first)))["x"] < box(page.locator(tile.format(last)))["x"]
    stop, following = box(page.locator(".iv-key.iv-stop")), box(page.locator(".iv-key.iv-next"))
    assert (stop["x"] < following["x"]) == (language == "en")


@pytest.mark.parametrize(("language", "spoken_as"), [("en", "en-GB"), ("ar", "ar-SA")])
def test_a_voice_reads_the_question_and_its_answers_and_a_tapped_face_its_word(
    context: BrowserContext, language: str, spoken_as: str
) -> None:
    page = begin(context, CHILD, language, voice=True)
    assert page.evaluate("window.spoken") == []  # what the adult reads is not read aloud
    past_practice(page)
    page.wait_for_timeout(300)
    question = page.locator(".iv-label").inner_text()
    words = page.locator(".iv-tile-words").all_inner_texts()
    assert page.evaluate("window.spoken")[-1 - len(words) :] == [[spoken_as, text] for text in (question, *words)]
    page.evaluate("window.spoken = []")
    page.locator(".iv-tile").nth(1).click()
    assert page.evaluate("window.spoken") == [[spoken_as, words[1]]]
    page.locator(".iv-listen").click()
    page.wait_for_timeout(300)
    assert len(page.evaluate("window.spoken")) == 2 + len(words)
    page.locator(".iv-voice").click()
    page.locator(".iv-tile").first.click()
    assert len(page.evaluate("window.spoken")) == 2 + len(words)
    expect(page.locator(".iv-read")).to_be_visible()


def test_without_any_voice_somebody_is_asked_to_read(context: BrowserContext) -> None:
    page = begin(context, CHILD)
    past_practice(page)
    expect(page.locator(".iv-listen")).to_be_hidden()
    expect(page.locator(".iv-read")).to_have_text("Please read it aloud.")


def test_the_sound_of_the_form_is_played_where_it_has_one(context: BrowserContext) -> None:
    page = begin(context, "child", prefill="{}")
    page.locator(".iv-choice").first.click()
    page.locator(".iv-next").click()
    with page.expect_request("**/media/hello.wav"):
        page.locator(".iv-next").click()
    expect(page.locator(".iv-listen")).to_be_visible()
    expect(page.locator(".iv-read")).to_be_visible()  # the answers have none


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_break_shows_nothing_of_the_answers_and_leads_back_to_them(context: BrowserContext, language: str) -> None:
    page = begin(context, CHILD, language)
    past_practice(page)
    question = page.locator(".iv-label").inner_text()
    page.locator(".iv-tile").nth(2).click()
    page.locator(".iv-rest").click()
    assert clean(page) == []
    assert page.locator("input").count() == 0
    assert question not in page.locator("#interview").inner_text()
    page.keyboard.press("Enter")  # nothing is sent or passed by while it stands
    page.locator(".iv-go-on").click()
    assert page.locator(".iv-label").inner_text() == question
    assert page.locator(".iv-tile input").nth(2).is_checked()


def test_a_child_skips_and_stops_and_is_believed(context: BrowserContext) -> None:
    page = begin(context, CHILD)
    past_practice(page)
    page.locator(".iv-skip").click()
    page.locator(".iv-tile").first.click()
    page.locator(".iv-next").click()
    page.locator(".iv-key.iv-stop").click()
    assert clean(page) == []
    page.locator(".iv-go-on").click()
    page.locator(".iv-key.iv-stop").click()
    page.locator(".iv-yes").click()
    expect(page.locator(".iv-label")).to_have_text("We stop here. You did well. Thank you!")
    assert clean(page) == []
    page.locator(".iv-stop-send").click()
    expect(page.locator(".iv-end")).to_contain_text("You have stopped. That is fine.")
    xml = page.request.get("/sent").json()[-1]["xml_submission_file"]
    assert "<food_enough>skip</food_enough>" in xml
    assert "<own_basics>shoes</own_basics>" in xml
    assert "<sleep_place/>" in xml
    assert "<want_to_talk/>" in xml


def test_a_child_answers_with_keys_alone(context: BrowserContext) -> None:
    page = begin(context, CHILD)
    page.locator(".iv-next").focus()
    page.keyboard.press("Enter")
    for _ in range(MOST_SCREENS):
        if page.locator(".iv-end").count():
            break
        assert page.evaluate("document.activeElement.matches('.iv-label')")
        if page.locator(".iv-pause").count():
            page.locator(".iv-go-on").focus()
            page.keyboard.press("Enter")
            continue
        if page.locator(".iv-tile").count():
            page.keyboard.press("Tab")
            page.keyboard.press("Space")
        page.locator(".iv-next").focus()
        page.keyboard.press("Enter")
        page.wait_for_timeout(40)
    assert page.locator(".iv-end").count() == 1


def test_nothing_moves_for_whoever_wants_it_still(browser: Browser, harness: str) -> None:
    context = browser.new_context(viewport=PHONE, base_url=harness, reduced_motion="reduce")
    page = begin(context, CHILD, voice=True)
    past_practice(page)
    moving = page.evaluate(
        """[...document.querySelectorAll('.iv-screen, .iv-tile')].map((each) => getComputedStyle(each))
        .filter(({ animationName, transitionDuration, transform }) =>
            animationName !== 'none' || transitionDuration !== '0s' || transform !== 'none').length"""
    )
    assert moving == 0
    context.close()


def worked(name: str, number: int) -> dict[str, str]:
    example = Library().load(name).instrument.examples[number]
    return {question: as_text(answer) for question, answer in example.answers.items()}


def given(page: Page, name: str, number: int, language: str) -> str:
    """What is sent when the worked example is answered on this page."""
    instrument, answers = Library().load(name).instrument, worked(name, number)
    names = {" ".join(each.labels.get(language, "").split()): each.name for each in instrument.questions}
    for _ in range(MOST_SCREENS):
        if page.locator(".iv-end").count():
            break
        if page.locator(".iv-pause").count():
            page.locator(".iv-go-on").click()
            continue
        text = flat(page)
        answer_as(page, answers.get(names.get(text, ""), ""))
        if not page.locator(".iv-end, .iv-pause").count() and flat(page) == text:
            page.locator(".iv-next").click()
        page.wait_for_timeout(40)
    page.locator(".iv-end .iv-main-action").click()
    page.locator(".iv-end h3").wait_for()
    xml = str(page.request.get("/sent").json()[-1]["xml_submission_file"])
    return re.sub(r"uuid:[0-9a-f-]+", "", xml)


def flat(page: Page) -> str:
    return " ".join(page.locator(".iv-label").first.inner_text().split())


def answer_as(page: Page, answer: str) -> None:
    """By code, whatever the option looks like; what the example leaves open gets the first option."""
    marks = page.locator(".iv-main input:is([type=radio], [type=checkbox])")
    if marks.count():
        first = str(marks.first.get_attribute("value"))
        for code in answer.split() or ([first] if first != "faceGood" else []):
            option = page.locator(f"label:has(input[value={code}])")
            if option.count():
                option.click()
            else:
                page.locator(".iv-skip").click()
    elif page.locator(".iv-main :is(input[type=text], textarea)").count():
        page.locator(".iv-main :is(input[type=text], textarea)").first.fill(answer or "7")


@pytest.mark.parametrize(
    ("name", "language", "number"), [(CHILD, "en", 0), (CHILD, "en", 3), (CHILD, "ar", 2), (YOUNG, "en", 0)]
)
def test_the_same_answers_are_the_same_bytes_in_whichever_mode(
    context: BrowserContext, name: str, language: str, number: int
) -> None:
    asked = given(begin(context, name, language), name, number, language)
    plainly = given(begin(context, name, language, mode="paper"), name, number, language)
    assert asked == plainly
    assert "<anything_to_say>7</anything_to_say>" in asked


@pytest.mark.parametrize("language", ["en", "ar"])
def test_whoever_is_older_is_asked_quietly_and_covers_the_screen_in_one_tap(
    context: BrowserContext, language: str
) -> None:
    page = begin(context, YOUNG, language, voice=True)
    while not page.locator(".iv-choice").count():
        page.locator(".iv-next").click()
    assert clean(page) == []
    assert page.locator(".iv-face").count() == 0
    question = page.locator(".iv-label").inner_text()
    page.locator(".iv-choice").first.click()
    page.locator(".iv-cover-key").click()
    assert clean(page) == []
    assert question not in page.locator("body").inner_text()
    assert page.locator("input:visible").count() == 0
    page.mouse.click(20, 20)
    assert page.locator(".iv-label").inner_text() == question
    page.locator(".iv-next").click()
    page.locator(".iv-back").click()
    assert page.locator("input:visible").count() == 0
    assert clean(page) == []
    page.locator(".iv-veil button").click()
    assert page.locator("input:checked").count() == 1
    assert page.evaluate("window.spoken") == []
    page.locator(".iv-voice").click()
    page.locator(".iv-listen").click()
    assert page.evaluate("window.spoken")[0][1] == question


@pytest.mark.parametrize("width", [360, 1280])
def test_it_can_be_looked_at(browser: Browser, harness: str, width: int, tmp_path: Path) -> None:
    """For the guide, where `make docs` asks for it."""
    context = browser.new_context(viewport={"width": width, "height": 640 if width == 360 else 800}, base_url=harness)
    page = begin(context, CHILD, voice=True)
    past_practice(page)
    page.locator(".iv-tile").nth(1).click()
    page.wait_for_timeout(400)
    write = width == 360 and os.environ.get("HOMEWARD_WRITE_DOCS") == "1"
    page.screenshot(path=PICTURE if write else tmp_path / "child.png")
    stop_and_skip_are_large(page)
    context.close()
