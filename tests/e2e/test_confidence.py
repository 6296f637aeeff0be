"""Two focal points make keys; a child tells something in an interview; it opens in their browsers and nowhere else."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.site import Site, on_its_database
from tests.e2e.test_interview import Interviewer, browser, clean  # noqa: F401 - a fixture
from tests.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.database]
PASSPHRASE = "four quiet words here"
TOLD = "My uncle beats me. عمي يضربني"
REASONING = "She can stay with her aunt; the uncle has been told nothing."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with on_its_database(tmp_path_factory.mktemp("confidence")) as site:
        yield site


@contextmanager
def signed_in(browser: Browser, site: Site, name: str, width: int = 1280) -> Iterator[Page]:  # noqa: F811
    """Whatever the browser complains about fails the test."""
    context = browser.new_context(viewport={"width": width, "height": 800}, base_url=site.url)
    page, complaints = context.new_page(), list[str]()
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/sign-in")
    page.locator("#id_email").fill(f"{name}@amani.example.org")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("form[action='/sign-in'] button").click()
    page.wait_for_url("**/")
    yield page
    assert [text for text in complaints if "403 (Forbidden)" not in text] == []
    context.close()


def make_key(page: Page) -> str:
    """Returns everything that left the page."""
    page.goto("/protection/keys")
    assert clean(page) == []
    form = page.locator("form[data-make-key]")
    form.locator("[data-passphrase]").fill("short")
    form.locator("[data-again]").fill("short")
    form.locator("button").click()
    expect(form.locator("[data-say]")).to_contain_text("16 signs")
    for field in ("[data-passphrase]", "[data-again]"):
        form.locator(field).fill(PASSPHRASE)
    with page.expect_request(lambda request: request.method == "POST") as sent:
        form.locator("button").click()
    page.wait_for_load_state()
    expect(page.locator("body")).to_contain_text("Your key is made")
    return sent.value.post_data or ""


@pytest.fixture(scope="module")
def keys(browser: Browser, site: Site) -> None:  # noqa: F811
    for name in ("focal_point", "second_focal_point"):
        with signed_in(browser, site, name) as page:
            sent = make_key(page)
            assert PASSPHRASE not in sent
            assert "public_key=" in sent


def open_first(page: Page, passphrase: str = PASSPHRASE) -> None:
    form = page.locator("form[data-open]")
    form.locator("#passphrase").fill(passphrase)
    form.locator("button").click()


def test_what_a_child_tells_opens_for_the_focal_point_alone(browser: Browser, site: Site, keys: None) -> None:  # noqa: F811
    with signed_in(browser, site, "case_worker", 360) as page:
        worker = Interviewer.of(page, "en", 0)
        worker.begin(site)
        assert page.locator(".iv-tell").bounding_box()["height"] >= 44  # type: ignore[index]
        tell(page, TOLD, urgent=True)
        assert clean(page) == []
        assert TOLD not in page.content()
        worker.fill()
        sent: list[bytes] = []
        page.route("**/submit*", lambda route: (sent.append(route.request.post_data_buffer or b""), route.continue_()))
        page.locator(".iv-main-action").click()
        page.locator(".iv-good").wait_for()
        (body,) = sent
        assert b"uncle" not in body
        assert b"instanceID" in body
        assert len(base64.b64decode(re.search(rb'name="sealed"\r\n\r\n([^\r]+)', body)[1])) == 8805  # type: ignore[index]
    with signed_in(browser, site, "supervisor") as page:
        page.goto("/protection")
        assert page.locator("h1").inner_text() != "Protection"
    open_and_close(browser, site)


def tell(page: Page, text: str, *, urgent: bool = False) -> None:
    page.locator(".iv-tell").click()
    dialog = page.get_by_role("dialog")
    assert clean(page) == []
    dialog.locator("textarea").fill(text)
    if urgent:
        dialog.locator("input[type=checkbox]").check()
    dialog.get_by_role("button", name="Seal it").click()
    assert text not in dialog.inner_text()
    assert "Sealed." in dialog.get_by_role("status").inner_text()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)


def open_and_close(browser: Browser, site: Site) -> None:  # noqa: F811
    with signed_in(browser, site, "focal_point") as page:
        expect(page.locator("#waiting")).to_contain_text("Something waits for you")
        page.locator("section:has(#waiting) li a").first.click()
        address = page.url
        assert clean(page) == []
        open_first(page, "not the passphrase at all")
        expect(page.locator("form[data-open] [data-say]")).to_contain_text("not the passphrase")
        page.reload()
        expect(page.locator("section:has(#opened)")).to_contain_text("Nobody yet")
        open_first(page)
        expect(page.locator("[data-opened]")).to_contain_text("My uncle beats me")
        assert clean(page) == []
        for step in ("start", "propose"):
            page.goto(address)
            form = page.locator("form[data-seal]")
            form.locator("#id_step").select_option(step)
            if step == "propose":
                form.locator("#id_outcome").select_option("support")
            form.locator("#why").fill(REASONING)
            form.locator("button").click()
            expect(page.locator("body")).to_contain_text("It is written down")
    with signed_in(browser, site, "second_focal_point", 360) as page:
        page.goto(address)
        assert clean(page) == []
        open_first(page)
        expect(page.locator("[data-opened]")).to_contain_text(REASONING)
        form = page.locator("form[data-seal]")
        form.locator("#id_step").select_option("close")
        form.locator("button").click()
        expect(page.locator(".lede").first).to_contain_text("Closed")


def test_a_case_worker_passes_something_on_from_the_page_of_the_child(
    browser: Browser,  # noqa: F811
    site: Site,
    keys: None,
) -> None:
    with signed_in(browser, site, "case_worker", 360) as page:
        page.goto(f"/children/{site.child}/pass-on")
        assert clean(page) == []
        page.locator("#told").fill(TOLD)
        with page.expect_request(lambda request: request.method == "POST") as sent:
            page.locator("form[data-seal] button").click()
        page.wait_for_url(f"**/children/{site.child}")
        assert "uncle" not in (sent.value.post_data or "")
        page.go_back()
        assert page.locator("#told").input_value() == ""
    with signed_in(browser, site, "second_focal_point") as page:
        page.locator("section:has(#waiting) li a").first.click()
        open_first(page)
        expect(page.locator("[data-opened]")).to_contain_text("My uncle beats me")


def test_a_message_without_an_account_reaches_its_own_recipients(browser: Browser, site: Site) -> None:  # noqa: F811
    address = ""
    for name in ("staff_channel", "second_staff_channel"):
        with signed_in(browser, site, name) as page:
            make_key(page)
            address = page.locator("a[href*='/tell/']").get_attribute("href") or ""
    context = browser.new_context(base_url=site.url, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(address)
    assert clean(page) == []
    page.locator("#told").fill("A colleague hit a boy.")
    page.locator("form[data-seal] button").click()
    expect(page.locator("[role=status]")).to_contain_text("sealed and sent")
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    context.close()
    blind = browser.new_context(base_url=site.url, java_script_enabled=False)
    page = blind.new_page()
    page.goto(address)
    expect(page.locator("body")).to_contain_text("Another way")
    assert page.locator("form[data-seal]").is_hidden()
    blind.close()
    with signed_in(browser, site, "staff_channel") as page:
        page.goto("/protection")
        page.locator(".rows a").first.click()
        open_first(page)
        expect(page.locator("[data-opened]")).to_contain_text("A colleague hit a boy.")
