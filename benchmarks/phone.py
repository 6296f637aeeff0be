"""F13 and F15: a phone made ready over a slow network, and how soon the app and an interview open on a slow phone.

    python -m benchmarks.phone [--looks 9]

F13: from *Make this phone ready* to the list of children, at 1.5 Mbit/s and 150 ms, with 25 and with 200 children;
blank forms come after it. Gates: 20 s and 60 s, and at most 40 kB a child. F15: from the address to what can be used,
out of the browser's cache, on a processor made four times slower, in turns: the app; the first question of a survey on
our page; the same form on the page of ODK (`@getodk/web-forms`, built by npm in `web-forms/`). Gate: the app in 1 s.
"""

from __future__ import annotations

import argparse
import gzip
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from homeward.formats.xlsform.xform_building import to_xform
from tests.e2e.site import Site, environment_of, running
from tests.environment import PASSWORD
from tests.interviews import library_form

HERE = Path(__file__).resolve().parent
CASELOADS = {25: 20.0, 200: 60.0}  # children, and the seconds that they may take
KILOBYTES = 40.0  # a child
SLOWER = 4
WITHIN = 1000  # ms
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1.5e6 / 8, "uploadThroughput": 1.5e6 / 8}
SEEN = (
    "(what) => { const found = document.querySelector(what); return found?.offsetParent ? performance.now() : false; }"
)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--looks", type=int, default=9)
    looks = parser.parse_args(argv).looks
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start")
    status = 0
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as site, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        print(f"Chromium {browser.version}", flush=True)
        for children, gate in CASELOADS.items():
            status |= made_ready(browser, site, children, gate)
        with other_page(Path(folder) / "other") as other:
            status |= opened(browser, site, other, looks)
        browser.close()
    return status


def made_ready(browser: Browser, site: Site, children: int, gate: float) -> int:
    """F13, with a new phone."""
    words = [sys.executable, "-m", "benchmarks.prepare_phone", site.child, str(children)]
    subprocess.run(words, cwd=HERE.parent, env=environment_of(site.log.parent), check=True, capture_output=True)
    with a_phone(browser, site) as (context, page):
        page.locator(".fd-words").wait_for()
        page.locator(".fd-words + .iv-row button").first.click()
        context.new_cdp_session(page).send("Network.emulateNetworkConditions", NETWORK)
        with page.expect_response("**/app/field.json") as answer:
            start = time.perf_counter()
            page.locator("form .iv-main-action").click()
        page.wait_for_function("n => document.querySelectorAll('.fd-row').length >= n", arg=children, timeout=300_000)
        took = time.perf_counter() - start
        sizes = answer.value.request.sizes()
        text = len(answer.value.body()) / 1000 / children
    print(
        f"{children:4} children: the list stands after {took:.1f} s (gate {gate:.0f}), {text:.1f} kB a child in clear "
        f"(gate {KILOBYTES:.0f}), {sizes['responseBodySize'] / 1000:.0f} kB on the wire",
        flush=True,
    )
    return int(took > gate or text > KILOBYTES)


@contextmanager
def a_phone(browser: Browser, site: Site) -> Iterator[tuple[BrowserContext, Page]]:
    """Signed in as the case worker, at the address of the app."""
    context = browser.new_context(viewport={"width": 360, "height": 760}, base_url=site.url, locale="en")
    page = context.new_page()
    page.goto("/sign-in?next=/app/")
    page.locator("#id_email").fill("case_worker@amani.example.org")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("form[action='/sign-in'] button").click()
    yield context, page
    context.close()


@contextmanager
def other_page(out: Path) -> Iterator[str]:
    """The page of ODK with our form, built and served as a place for files serves it. Its address."""
    source = HERE / "web-forms"
    if not (source / "node_modules").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=source, check=True, capture_output=True)
    env = {**os.environ, "HOMEWARD_BENCH_OUT": str(out)}
    subprocess.run(["npx", "vite", "build"], cwd=source, env=env, check=True, capture_output=True)
    (out / "form.xml").write_bytes(to_xform(library_form("child-12-14")[0]).xml)
    scripts = (path for path in (out / "assets").glob("index-*.js"))
    print(f"page of ODK: {sum(weight(path) for path in scripts) / 1000:.0f} kB compressed before the first question")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(out)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Cache-Control", "public, max-age=86400")
        super().end_headers()

    def log_message(self, *said: object) -> None:
        """No line for each file."""


def weight(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


def opened(browser: Browser, site: Site, other: str, looks: int) -> int:
    """F15. The first three looks fill the caches, also that of compiled scripts, and are not counted."""
    with a_phone(browser, site) as (context, page):
        page.locator(".fd-words + .iv-row button").first.click()
        page.locator("form .iv-main-action").click()
        page.locator(".fd-row").first.wait_for()
        page.wait_for_function("navigator.serviceWorker.ready.then(() => true)")
        page.goto(f"/children/{site.child}/interview")
        form = page.locator(f"a[href*='/interview/'][href*='{site.child}']:not([href*='paper'])").first
        ways = {
            "the app": ("/app/", "input[type=password]"),
            "first question, ours": (form.get_attribute("href") or "", ".iv-next"),
            "first question, page of ODK": (other, ".odk-form input, .odk-form .value-option, .odk-form textarea"),
        }
        took = {name: list[float]() for name in ways}
        for look in range(3 + looks):
            for name, (address, what) in ways.items():
                at = once(context, address, what)
                if look >= 3:
                    took[name].append(at)
    for name, times in took.items():
        print(f"{name:28} median {statistics.median(times):5.0f} ms, slowest {max(times):5.0f} ms", flush=True)
    ratio = statistics.median(took["first question, page of ODK"]) / statistics.median(took["first question, ours"])
    print(
        f"the page of ODK takes {ratio:.1f} times as long as ours to its first question; gate for the app {WITHIN} ms"
    )
    return int(statistics.median(took["the app"]) > WITHIN or ratio < 1)


def once(context: BrowserContext, address: str, what: str) -> float:
    """Milliseconds from the address to what can be used, by the clock of the page, in a new tab."""
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address, wait_until="commit")
    found = float(page.wait_for_function(SEEN, arg=what, timeout=120_000, polling="raf").json_value())
    page.close()
    return found


if __name__ == "__main__":
    sys.exit(main())
