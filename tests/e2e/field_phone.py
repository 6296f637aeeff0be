"""A phone with the field app on it: a browser whose profile lies on a disk, and which can be killed at any moment."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from playwright.sync_api import BrowserContext, Error, Page, Playwright

from tests.e2e.site import Site
from tests.environment import PASSWORD

PATIENCE = 30_000  # ms
COUNT = """
() => new Promise((done) => { const ask = indexedDB.open('notebook');
ask.onsuccess = () => { const all = ask.result.transaction('queue').objectStore('queue').count();
all.onsuccess = () => { done(all.result); ask.result.close(); }; }; })
"""


class Phone:
    """`page` is a new one after each start."""

    page: Page

    def __init__(self, driver: Playwright, profile: Path, site: Site) -> None:
        self.driver, self.profile, self.site = driver, profile, site
        self.context: BrowserContext | None = None
        self.passphrase = ""
        self.is_offline = False

    def __enter__(self) -> Phone:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        self.context = self.driver.chromium.launch_persistent_context(
            str(self.profile),
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            viewport={"width": 360, "height": 760},
            base_url=self.site.url,
            locale="en",
        )
        self.context.set_offline(self.is_offline)
        self.page = self.context.pages[0]

    def close(self) -> None:
        if self.context is not None:
            self.context.close()
        self.context = None

    def kill(self) -> None:
        """As a phone does that needs its memory: nobody is asked, nothing is put away."""
        assert self.context is not None
        mine = f"--user-data-dir={self.profile}"
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and mine in _command(folder):
                _kill(int(folder.name))
        with suppress(Error):  # it is gone already, which may come before we hear of it
            self.context.close()
        self.context = None

    def offline(self, yes: bool) -> None:
        assert self.context is not None
        self.is_offline = yes
        self.context.set_offline(yes)

    def make_ready(self) -> None:
        """At the office."""
        page = self.page
        page.goto("/sign-in?next=/app/")
        page.locator("#id_email").fill("case_worker@amani.example.org")
        page.locator("#id_password").fill(PASSWORD)
        page.locator("form[action='/sign-in'] button").click()
        page.locator(".fd-words").wait_for(timeout=PATIENCE)
        self.passphrase = page.locator(".fd-words").inner_text()
        page.locator(".fd-words + .iv-row button").first.click()  # these words
        page.locator("form .iv-main-action").click()
        page.locator(".fd-row").first.wait_for(timeout=PATIENCE)
        page.wait_for_function("navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_function("document.querySelectorAll('.iv-notice').length === 0", timeout=PATIENCE)  # all is kept

    def open(self) -> None:
        """After a start or a reload: to the list of today."""
        if not self.page.url.endswith("/app/"):
            self.page.goto("/app/")
        self.page.locator("input[type=password]").fill(self.passphrase)
        self.page.locator("form .iv-main-action").click()
        self.page.locator(".fd-row").first.wait_for(timeout=PATIENCE)

    def send_all(self) -> None:
        """There is network again."""
        self.offline(False)
        for _ in range(60):
            if self.waiting() == 0:
                return
            self.page.evaluate("window.dispatchEvent(new Event('online'))")
            self.page.wait_for_timeout(1_000)
        raise AssertionError(f"{self.waiting()} finished interviews did not leave")

    def waiting(self) -> int:
        """How many finished interviews lie here."""
        return int(self.page.evaluate(COUNT))


def _command(folder: Path) -> list[str]:
    try:
        return (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
