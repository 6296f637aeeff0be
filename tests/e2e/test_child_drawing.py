"""A child draws, makes a line of its life and a map of people: by touch, by mouse and by keys, on a small phone."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from homeward.formats.xlsform.library import Library
from homeward.formats.xlsform.xform_building import to_xform
from tests.e2e.test_child_mode import KNOWN, PHONE, begin, browser  # noqa: F401 - a fixture
from tests.e2e.test_child_mode import served as served_forms
from tests.e2e.test_interview import clean

pytestmark = pytest.mark.browser

FORM = "child-drawings"
MOST_BYTES, SIZE = 300_000, (800, 600)
START = {**KNOWN, "fifteen_or_older": "no", "may_go_on": "yes"}
WORDS = "My way home"
LISTEN = """
window.leaving = [];
const send = window.fetch;
window.fetch = async (address, how) => {
  for (const [, value] of how?.body ?? []) {
    if (value instanceof File && value.type.startsWith('image/'))
      leaving.push([...new Uint8Array(await value.arrayBuffer())]);
  }
  return send(address, how);
};
"""


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    forms = tmp_path_factory.mktemp("forms")
    (forms / f"{FORM}.xml").write_bytes(to_xform(Library().load(FORM)).xml)
    with served_forms(forms) as address:
        yield address


@pytest.fixture(params=["touch", "mouse"])
def context(browser: Browser, harness: str, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:  # noqa: F811
    context = browser.new_context(viewport=PHONE, base_url=harness, has_touch=request.param == "touch")
    yield context
    context.close()


def opened(context: BrowserContext, language: str = "en") -> Page:
    """To the first question for the child."""
    page = begin(context, FORM, language, prefill=json.dumps(START))
    while not page.locator("canvas").count():
        (page.locator(".iv-go-on, .iv-next")).first.click()
        page.wait_for_timeout(60)
    return page


def on(page: Page, part: str, name: str, language: str = "en") -> None:
    """The question is the one that the form has under this name."""
    (question,) = [each for each in Library().load(FORM).instrument.questions if each.name == f"{name}_{part}"]
    expect(page.locator(".iv-label").first).to_have_text(question.labels[language])


def tapped(page: Page, x: float, y: float) -> None:
    """At a place of the sheet, in hundredths."""
    sheet = page.locator("canvas")
    sheet.evaluate("sheet => sheet.scrollIntoView({block: 'end'})")
    page.evaluate("scrollBy(0, document.querySelector('.iv-footer').offsetHeight)")  # the keys lie over the page
    box = sheet.bounding_box()
    assert box is not None
    at = (box["x"] + box["width"] * x / 100, box["y"] + box["height"] * y / 100)
    if page.evaluate("navigator.maxTouchPoints"):
        page.touchscreen.tap(*at)
    else:
        page.mouse.click(*at)
    page.wait_for_timeout(200)


def explained(page: Page, name: str, language: str = "en", *, words: str = WORDS) -> None:
    """What comes at once after it: the words, a voice, and who may see it. Then the notes, which are the adult's."""
    page.locator(".iv-next").click()
    on(page, "own_words", name, language)
    assert clean(page) == []
    page.locator("textarea").fill(words)
    page.locator(".iv-next").click()
    on(page, "own_voice", name, language)
    assert clean(page) == []
    page.locator(".iv-next").click()
    on(page, "scope", name, language)
    assert clean(page) == []
    page.locator(".iv-tile:has(input[value=team])").click()
    page.locator(".iv-next").click()
    past_pauses(page)
    on(page, "facilitator_notes", name, language)
    assert clean(page) == []
    page.locator(".iv-next").click()
    past_pauses(page)


def past_pauses(page: Page) -> None:
    """A break is offered once, and the device given back before the adult's own questions: never before the scope."""
    page.wait_for_timeout(150)
    while page.locator(".iv-pause").count():
        page.locator(".iv-go-on").click()
        page.wait_for_timeout(60)


def to_the_end(page: Page) -> None:
    for _ in range(20):
        if page.locator(".iv-end").count():
            return
        page.locator(".iv-go-on, .iv-next").first.click()
        page.wait_for_timeout(60)


def files_of(page: Page) -> list[bytes]:
    """The pictures that leave, as they are given to the network."""
    page.evaluate(LISTEN)
    page.locator(".iv-end .iv-main-action").click()
    page.locator(".iv-end h3").wait_for()
    return [bytes(each) for each in page.evaluate("window.leaving")]


def is_flat(content: bytes) -> Image.Image:
    """White paper of one size, not heavy, and nothing beside the pixels."""
    picture = Image.open(io.BytesIO(content))
    assert (picture.size, picture.info.keys() & {"exif", "text", "Software"}) == (SIZE, set())
    assert len(content) <= MOST_BYTES
    assert picture.convert("RGB").getpixel((799, 0)) == (255, 255, 255)
    assert not {b"tEXt", b"eXIf", b"iTXt", b"tIME"} & {content[at + 4 : at + 8] for at in chunks(content)}
    return picture


def chunks(content: bytes) -> Iterator[int]:
    at = 8
    while at < len(content):
        yield at
        at += 12 + int.from_bytes(content[at : at + 4], "big")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_all_three_with_their_words_and_scope(context: BrowserContext, language: str) -> None:
    page = opened(context, language)
    on(page, "picture", "drawing", language)
    assert clean(page) == []
    tapped(page, 30, 30)
    explained(page, "drawing", language)
    on(page, "picture", "lifeline", language)
    assert clean(page) == []
    tapped(page, 12, 20)
    page.locator(".iv-token").nth(2).click()
    tapped(page, 50, 75)
    expect(page.locator(".iv-tokens-put li")).to_have_count(2)
    explained(page, "lifeline", language)
    on(page, "picture", "people", language)
    assert clean(page) == []
    tapped(page, 55, 40)
    explained(page, "people", language)
    to_the_end(page)
    drawn = files_of(page)
    assert len(drawn) == 3
    assert len({is_flat(each).tobytes() for each in drawn}) == 3
    xml = page.request.get("/sent").json()[-1]["xml_submission_file"]
    assert xml.count(WORDS) == 3
    assert xml.count("_scope>team</") == 3
    names = [part.split("<")[0] for part in xml.split("_picture>")[1::2]]
    assert all(name.endswith(".png") for name in names)
    assert len(set(names)) == 3


def test_by_keys_alone_without_seeing_the_sheet(context: BrowserContext) -> None:
    page = opened(context)
    page.locator("canvas").focus()
    for key in ("Space", "ArrowRight", "ArrowRight", "ArrowDown", "Space", "ArrowDown"):
        page.keyboard.press(key)
    expect(page.locator(".iv-board [role=status]")).to_have_text("The pen is up.")
    page.wait_for_timeout(200)
    explained(page, "drawing")
    put_by_words(page, choose=2, place="Came back", words="Alone")
    expect(page.locator(".iv-tokens-put li bdi")).to_have_text("Came back · Bad · Alone")
    explained(page, "lifeline")
    put_by_words(page, choose=6, place="Very near")
    put_by_words(page, choose=0, place="Far away")
    expect(page.locator(".iv-tokens-put li bdi")).to_have_text(["Very near · Friend", "Far away · Mother"])
    page.get_by_role("button", name="Take it away: Very near · Friend").press("Enter")
    expect(page.locator(".iv-tokens-put li")).to_have_count(1)
    assert page.evaluate("document.activeElement.closest('.iv-tokens-put') !== null")
    explained(page, "people")
    to_the_end(page)
    assert len([is_flat(each) for each in files_of(page)]) == 3


def put_by_words(page: Page, *, choose: int, place: str, words: str = "") -> None:
    page.locator(".iv-token input").nth(choose).press("Space")
    if not page.locator(".iv-details[open]").count():
        page.locator(".iv-details summary").press("Enter")
    assert clean(page) == []
    page.locator(".iv-details select").select_option(place)
    if words:
        page.locator(".iv-details input").fill(words)
    page.locator(".iv-details button").press("Enter")
    page.wait_for_timeout(200)


def test_what_was_put_there_is_there_again_on_the_way_back_and_can_be_moved(context: BrowserContext) -> None:
    page = opened(context)
    page.locator(".iv-skip").click()
    on(page, "picture", "lifeline")
    tapped(page, 12, 20)
    tapped(page, 90, 20)
    page.locator(".iv-next").click()
    page.locator(".iv-back").click()
    expect(page.locator(".iv-tokens-put li")).to_have_count(2)
    tapped(page, 12, 20)  # what stands there is taken, not doubled
    expect(page.locator(".iv-tokens-put li")).to_have_count(2)
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".iv-tokens-put li")).to_have_count(0)
    page.locator(".iv-next").click()
    on(page, "picture", "people")  # without a drawing nothing is asked about it


def test_a_look_at_it(context: BrowserContext, tmp_path: Path) -> None:
    """Nothing lies beyond the edge of a small phone."""
    page = opened(context, "ar")
    page.locator(".iv-skip").click()
    page.locator(".iv-skip").click()
    tapped(page, 60, 30)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=tmp_path / "people.png", full_page=True)
