"""Every kind of question in a real browser: what jsdom cannot draw, record, photograph or lay out."""

from __future__ import annotations

import struct
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.test_interview import clean

pytestmark = pytest.mark.browser

FRONTEND = Path(__file__).resolve().parents[2] / "frontend"
AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
FAKE_DEVICES = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
MOST_SCREENS = 60
PLACE = b"GPS 9.5000 -13.7000 Konakri"


@pytest.fixture(scope="module")
def harness() -> Iterator[str]:
    """The page around the interview without the rest of the product, so that any form can be tried."""
    command = ["node", str(FRONTEND / "dev" / "serve.mjs"), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", *FAKE_DEVICES]
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser, harness: str, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    width = getattr(request, "param", 360)
    context = browser.new_context(
        viewport={"width": width, "height": 760},
        base_url=harness,
        permissions=["geolocation", "microphone"],
        geolocation={"latitude": 9.5, "longitude": -13.7},
    )
    yield context
    context.close()


def begin(context: BrowserContext, form: str = "all-types", **query: str) -> Page:
    page = context.new_page()
    page.goto(f"/?{urlencode({'form': form, **query})}")
    page.locator(".iv-next").wait_for()
    return page


def to_question(page: Page, text: str) -> None:
    """On to a question, giving what stands in the way the least answer that it takes."""
    for _ in range(MOST_SCREENS):
        if page.locator(".iv-label").first.inner_text().startswith(text):
            return
        least_answer(page)
        page.locator(".iv-next").click()
    raise AssertionError(f"{text} was not reached")


def least_answer(page: Page) -> None:
    """Answers that every fixture form accepts; optional questions stay empty."""
    screen = page.locator(".iv-screen")
    if page.locator(".iv-skip").count():
        return
    for field in screen.locator("input[type=text]:visible").all():
        field.fill("7" if field.get_attribute("inputmode") == "numeric" else "Sam")
    if (
        screen.locator("input[type=radio], input[type=checkbox]").count()
        and not screen.locator("input:checked").count()
    ):
        screen.locator(".iv-choice").first.click()


def sent(page: Page) -> dict[str, Any]:
    """To the end, sent, and what arrived."""
    for _ in range(MOST_SCREENS):
        if not page.locator(".iv-next").count():
            break
        least_answer(page)
        page.locator(".iv-next").click()
    page.locator(".iv-main-action").click()
    page.locator(".iv-good").wait_for()
    return dict(page.request.get("/sent").json()[-1])


@pytest.mark.parametrize("context", [360, 1280], indirect=True, ids=lambda width: f"{width}px")
@pytest.mark.parametrize(("labels", "buttons"), [("en", "en"), ("ar", "ar"), ("ar", "fr")])
def test_every_kind_of_question_is_accessible_and_fits(context: BrowserContext, labels: str, buttons: str) -> None:
    page = begin(context, labels=labels, buttons=buttons)
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    for _ in range(MOST_SCREENS):
        if not page.locator(".iv-next").count():
            break
        assert clean(page) == [], page.locator(".iv-label").first.inner_text()
        small = page.evaluate(SMALL_TARGETS)
        assert small == [], page.locator(".iv-label").first.inner_text()
        least_answer(page)
        page.locator(".iv-next").click()
    assert page.locator(".iv-end").count() == 1
    assert clean(page) == []
    assert complaints == []


SMALL_TARGETS = """
[...document.querySelectorAll('button, .iv-choice, .iv-picker, select, input:not([type=radio]):not([type=checkbox])')]
  .filter((each) => each.offsetParent !== null && !each.matches('.iv-hidden'))
  .map((each) => [each.className, each.getBoundingClientRect()])
  .filter(([name, box]) => box.height < (name.includes('iv-choice') ? 56 : 44) || box.width < 44)
  .map(([name, box]) => `${name} ${box.width} x ${box.height}`)
"""


def test_faces_are_big_and_have_their_words(context: BrowserContext) -> None:
    page = begin(context)
    to_question(page, "How was your week?")
    faces = page.locator(".iv-choice-face")
    assert faces.count() == 3
    for face in faces.all():
        box = face.locator("svg").bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 56
        assert face.inner_text().strip() != ""
    faces.last.click()
    assert faces.last.locator("input").is_checked()


def test_a_photo_leaves_its_place_and_camera_behind(context: BrowserContext, tmp_path: Path) -> None:
    page = begin(context)
    to_question(page, "A photo of the path")
    photo = tmp_path / "Asha at home.png"
    photo.write_bytes(picture_with_place(2400, 1200))
    page.locator("input[type=file]").last.set_input_files(photo)
    page.locator("img.iv-picture").wait_for()
    assert page.locator("img.iv-picture").evaluate("image => [image.naturalWidth, image.naturalHeight]") == [1600, 800]
    with page.expect_request("**/submit*") as posted:
        arrived = sent(page)
    body = posted.value.post_data_buffer or b""
    assert PLACE not in body
    assert b"Asha" not in body
    assert [name for name in arrived if name.endswith(".jpg")]


def test_a_file_that_is_no_picture_is_refused_in_words(context: BrowserContext, tmp_path: Path) -> None:
    page = begin(context)
    to_question(page, "A photo of the path")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    page.locator("input[type=file]").last.set_input_files(broken)
    expect(page.locator("[role=alert]").last).to_contain_text("cannot be read as a picture")


def test_a_drawing_is_kept_through_back_and_undo(context: BrowserContext) -> None:
    page = begin(context)
    to_question(page, "Draw your home.")
    stroke(page, 40, 40)
    page.locator(".iv-swatch-red").click()
    stroke(page, 80, 120)
    drawn = ink(page)
    page.locator(".iv-back").click()
    page.locator(".iv-next").click()
    page.wait_for_timeout(300)
    assert abs(ink(page) - drawn) < 50  # drawn anew from the file
    stroke(page, 20, 160)
    page.get_by_role("button", name="Undo").click()
    assert abs(ink(page) - drawn) < 50
    assert [name for name in sent(page) if name.endswith(".png")]


def stroke(page: Page, x: float, y: float) -> None:
    box = page.locator("canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + x, box["y"] + y)
    page.mouse.down()
    page.mouse.move(box["x"] + x + 90, box["y"] + y + 20, steps=5)
    page.mouse.up()
    page.wait_for_timeout(150)


def ink(page: Page) -> int:
    """Pixels that are not paper."""
    return int(
        page.locator("canvas").evaluate(
            "sheet => sheet.getContext('2d').getImageData(0, 0, sheet.width, sheet.height).data"
            ".reduce((sum, value, index) => sum + (index % 4 === 1 && value < 200 ? 1 : 0), 0)"
        )
    )


def test_a_voice_is_recorded_and_the_microphone_let_go(context: BrowserContext) -> None:
    page = begin(context)
    to_question(page, "Tell it in your own words.")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("[role=status]").last).to_contain_text("Recording")
    page.wait_for_timeout(700)
    page.get_by_role("button", name="Stop recording").click()
    page.locator("audio").wait_for()
    arrived = sent(page)
    assert any(
        name.endswith((".webm", ".m4a", ".ogg")) and size > 500
        for name, size in arrived.items()
        if name != "xml_submission_file"
    )


def test_the_place_of_the_device_is_taken(context: BrowserContext) -> None:
    page = begin(context)
    to_question(page, "Where are we?")
    page.get_by_role("button", name="Take the place of this device").click()
    expect(page.locator("[role=status]").last).to_contain_text("9.5")
    assert "<where>9.5 -13.7 " in sent(page)["xml_submission_file"]


def test_a_quick_question_moves_on_at_a_tap_but_not_under_the_arrow_keys(context: BrowserContext) -> None:
    page = begin(context, form="start", prefill='{"child_known": "yes", "child_listed": "482193067", "agree": "yes"}')
    to_question(page, "Third question")
    page.locator(".iv-screen input").first.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(400)
    expect(page.locator(".iv-label")).to_have_text("Third question")
    page.locator(".iv-choice").first.click()
    page.locator(".iv-end").wait_for()


def test_the_back_key_of_a_phone_goes_back_one_question(context: BrowserContext) -> None:
    page = begin(context)
    first = page.locator(".iv-label").first.inner_text()
    page.locator(".iv-next").click()
    page.go_back()
    expect(page.locator(".iv-label").first).to_have_text(first)
    assert page.url.startswith(page.url.split("?")[0])


def test_leaving_with_answers_is_warned_of(context: BrowserContext) -> None:
    page = begin(context)
    page.locator(".iv-next").click()
    page.locator("input").first.fill("Sam")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.close(run_before_unload=True)
    context.new_page().wait_for_timeout(300)
    assert asked == ["beforeunload"]


def test_nothing_of_an_interview_stays_in_the_storage_of_the_browser(context: BrowserContext) -> None:
    page = begin(context)
    to_question(page, "Which day?")
    stored = page.evaluate("[{...localStorage}, {...sessionStorage}, document.cookie]")
    assert stored == [{}, {}, ""]
    assert page.evaluate("indexedDB.databases()") == []


def test_a_broken_form_is_explained_instead_of_an_empty_page(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/?form=no-such-form")
    expect(page.get_by_role("heading")).to_have_text("These questions cannot be opened")
    assert clean(page) == []


def picture_with_place(width: int, height: int) -> bytes:
    """A PNG that carries words about its place, as cameras do."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((80, 140, 90)) * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"tEXt", b"Comment\0" + PLACE) + chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")
