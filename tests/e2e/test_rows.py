"""On a narrow phone the rows of a list wrap, and not a sign of them is cut off."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.site import ROOT, Site, running
from tests.e2e.test_pages import signed_in, speak

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FILL = """
import django; django.setup()
from datetime import date, timedelta
from homeward.apps.access.actors import actor_of_person
from homeward.apps.access.models import Person
from homeward.apps.cases.queries import ChildFilter, list_children
from homeward.apps.cases.risk import set_risk
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from tests.interviews import interview
worker = actor_of_person(Person.objects.get(email="case_worker@amani.example.org"))
code = list_children(worker, ChildFilter(text="CASE-1")).rows[0].code
receive(worker, Delivery(interview("child-12-14", code, on=date.today() - timedelta(days=103), example=0)))
set_risk(worker, code, "high", "visit")
"""
# What lies under the first and the last point of each line of text is the text itself: whatever clips, hides or covers
# it would be hit instead.
CUT = """() => {
  const found = [];
  for (const row of document.querySelectorAll('main .rows > li')) {
    row.scrollIntoView({block: 'center', behavior: 'instant'});
    const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode, range = document.createRange();
      if (!node.data.trim() || !node.parentElement.checkVisibility({visibilityProperty: true})) continue;
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) {
        if (box.width < 3) continue;
        for (const x of [box.left + 1, box.right - 1]) {
          const hit = document.elementFromPoint(x, box.top + box.height / 2);
          if (!hit || !(hit === node.parentElement || node.parentElement.contains(hit)))
            found.push(`${node.data.trim()} at ${Math.round(x)} px`);
        }
      }
    }
  }
  return [document.querySelectorAll('main .rows > li .bits > span').length, found];
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("rows")) as site:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "homeward.config.settings",
            "HOMEWARD_PROFILE": "demo",
            "HOMEWARD_DATA": str(site.log.parent),
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-c", FILL]
        made = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )
        assert made.returncode == 0, made.stderr
        yield site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_no_word_of_a_row_is_cut_off_on_a_narrow_phone(browser: Browser, site: Site, language: str) -> None:
    context = signed_in(browser, site, "case_worker", 320)
    speak(context, language)
    page = context.new_page()
    for width in (320, 360):
        page.set_viewport_size({"width": width, "height": 760})
        for address in ("/", f"/children/{site.child}/follow-up"):
            page.goto(address)
            bits, cut = page.evaluate(CUT)
            assert (address, width, cut) == (address, width, [])
            assert bits > 3
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
