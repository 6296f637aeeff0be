"""The five steps of the README on the demo world, as somebody would walk them, with the pictures of the guide.

`make docs` writes the pictures to docs/guide; otherwise they are only taken.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.site import SERVE, Site, await_answer, free_port
from tests.repo.source import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("main job")]
GUIDE = ROOT / "docs" / "guide"
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
MOST_SCREENS = 80
START = re.compile("^(Start an interview|بدء مقابلة)")


@dataclass(frozen=True, slots=True)
class Demo:
    url: str
    phone: str  # server address of the first case worker's phone
    environment: dict[str, str]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    environment = os.environ | {"HOMEWARD_DATA": str(folder), "HOMEWARD_PROFILE": "demo", "PYTHONPATH": str(ROOT)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    homeward(environment, "demo", "--build-only", "first")
    port, log = free_port(), folder / "server.log"
    command = [sys.executable, "-c", SERVE, "serve", "--port", str(port), "--no-worker"]
    with log.open("wb") as out:
        server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=out, stderr=out)
    try:
        await_answer(Site(f"http://127.0.0.1:{port}", "", log), server)
        token = next(iter(json.loads((folder / "world.json").read_text())["standing"].values()))["token"]
        yield Demo(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port}/key/{token}", environment)
    finally:
        server.terminate()
        server.wait(30)


def homeward(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "homeward.cli.main", *words],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, demo: Demo) -> Iterator[Page]:
    context = browser.new_context(viewport=WIDE, base_url=demo.url, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def picture(page: Page, name: str, *, full: bool = False) -> None:
    page.wait_for_timeout(300)
    image = page.screenshot(full_page=full)
    assert len(image) > 5_000
    if os.environ.get("HOMEWARD_WRITE_DOCS"):
        (GUIDE / f"{name}.png").write_bytes(image)


def tap(page: Page, role: str) -> None:
    page.goto("/sign-in")
    page.get_by_role("button", name=re.compile(role, re.IGNORECASE)).first.click()
    page.wait_for_url("**/")


def test_the_five_steps(page: Page, demo: Demo) -> None:
    page.goto("/sign-in")
    picture(page, "sign-in")
    tap(page, "case worker")
    picture(page, "today")
    code = open_a_child(page)
    before = answered(page)
    fill_the_child_survey(page)
    assert answered(page) == before + 1
    sent = json.loads(homeward(demo.environment, "phone", demo.phone, "--child", code, "--json"))
    assert sent["status"] == 201
    page.reload()
    assert answered(page) == before + 2
    page.set_viewport_size({"width": 1280, "height": 960})
    picture(page, "child-page")
    follow_a_score_to_its_answers(page)


def open_a_child(page: Page) -> str:
    """A child of 12 to 14 with a long story, from the list."""
    page.goto("/children?age_band=12-14")
    if page.viewport_size == WIDE:
        picture(page, "children")
    rows = page.locator("main a[href^='/children/']")
    codes = [
        match[1] for link in rows.all() if (match := re.search(r"/children/(\d{9})$", link.get_attribute("href") or ""))
    ]
    longest = max(codes, key=lambda code: rounds_of(page, code))
    page.goto(f"/children/{longest}")
    return longest


def rounds_of(page: Page, code: str) -> int:
    """None for a record that is open in an emergency only: it may be read, not filled."""
    page.goto(f"/children/{code}")
    return answered(page) if page.get_by_role("link", name=START).count() else 0


def answered(page: Page) -> int:
    """Interviews in the table of the first dimension."""
    tables = page.locator("details table tbody").first
    return tables.locator("tr").count() if tables.count() else 0


def fill_the_child_survey(page: Page) -> None:
    page.get_by_role("link", name=START).click()
    page.locator("a[href*='/interview/']:not([href*='paper'])").first.click()
    page.locator(".iv-next").wait_for()
    for number in range(MOST_SCREENS):
        if not page.locator(".iv-next").count():
            break
        screen = page.locator(".iv-screen")
        handle = screen.element_handle()
        if screen.locator(".iv-choice").count():
            screen.locator(".iv-choice").first.click()
        elif screen.locator("input[type=number], input[inputmode]").count():
            screen.locator("input").first.fill("2")
        if number == 8:
            picture(page, "interview")
        page.locator(".iv-next").click()
        assert handle is not None
        handle.wait_for_element_state("hidden", timeout=5_000)
    page.locator(".iv-main-action").click()
    page.locator(".iv-good").wait_for()
    page.locator(".iv-end a.iv-main-action").click()
    page.wait_for_url(re.compile(r"/children/\d{9}$"))


def follow_a_score_to_its_answers(page: Page) -> None:
    page.locator("main a[href^='/submissions/']").first.click()
    expect(page.locator("main")).to_contain_text(re.compile("answered", re.IGNORECASE))
    picture(page, "answers")


def test_pictures_on_a_phone_and_in_arabic(browser: Browser, demo: Demo) -> None:
    context = browser.new_context(viewport=PHONE, base_url=demo.url, reduced_motion="reduce", device_scale_factor=2)
    page = context.new_page()
    tap(page, "case worker")
    page.goto("/me")
    page.locator("input[name=language][value=ar]").check()
    page.locator("main form button").first.click()
    open_a_child(page)
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    picture(page, "child-page-arabic-phone")
    context.close()


def test_pictures_for_the_monitoring_officer(page: Page) -> None:
    tap(page, "monitoring")
    page.goto("/instruments")
    picture(page, "instruments")
    page.get_by_role("link", name=re.compile("School visit")).first.click()
    expect(page.locator("main")).to_contain_text("row")
    picture(page, "check-report")
    page.goto("/inbox")
    picture(page, "inbox")


def test_scoring_the_sample_file_needs_no_server(demo: Demo, tmp_path: Path) -> None:
    export = Path(demo.environment["HOMEWARD_DATA"]) / "kobo-export.csv"
    shown = homeward(
        demo.environment, "score", str(export), "--instrument", "caregiver", "--out", str(tmp_path / "s.csv")
    )
    assert "120 interviews read" in shown
    assert (tmp_path / "s-problems.csv").exists()
