"""On a narrow phone the rows of a list wrap, and not a sign of them is cut off."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.site import ROOT, Site, in_the_house, running
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


# How wide the words of a row with keys are; what of a row of keys, a list of turns or a table of facts is too small or
# too near; and what of the tabs or of the notes does not go as far as the page.
ROOM = """() => [...document.querySelectorAll('main .rows > li:has(> .slim) > .grow')].map(each =>
  Math.round(100 * each.getBoundingClientRect().width / each.parentElement.getBoundingClientRect().width))"""
HEIGHTS = """() => {
  const boxes = [...document.querySelectorAll('.turns > details > summary')].map(each => each.getBoundingClientRect());
  return boxes.map((box, at) => Math.round(at ? box.bottom - Math.max(box.top, boxes[at - 1].bottom) : box.height));
}"""
GAP = """() => document.querySelector('.keys + .panel').getBoundingClientRect().top
  - document.querySelector('.keys:has(+ .panel)').getBoundingClientRect().bottom"""
LEFT = """() => [...document.querySelectorAll('main dl.facts')].map(each =>
  each.querySelector('dt').getBoundingClientRect().width / each.getBoundingClientRect().width)"""
TABS = """() => {
  const tabs = document.querySelector('nav.tabs');
  return [tabs.querySelectorAll('a').length, tabs.scrollWidth - tabs.clientWidth,
    [...tabs.querySelectorAll('a')].filter(each => each.getBoundingClientRect().right > innerWidth).length];
}"""
NOTES = """() => [...document.querySelectorAll('main > .note, main > .panel')].map(each =>
  Math.round(each.getBoundingClientRect().width))"""
CARD = """
import django; django.setup()
from homeward.apps.access.actors import actor_of_person
from homeward.apps.access.models import Person
from homeward.apps.visits.cards import CardFacts, set_card
import sys
worker = actor_of_person(Person.objects.get(email="case_worker@amani.example.org"))
set_card(worker, sys.argv[1], CardFacts(("neutral_place", "phone"), unsaid="No car with the logo, and no vest."))
"""


@pytest.mark.parametrize("language", ["en", "ar"])
def test_words_have_room_and_keys_have_their_size_on_a_phone(browser: Browser, site: Site, language: str) -> None:
    in_the_house(site, CARD, site.child)
    context = signed_in(browser, site, "case_worker", 360)
    speak(context, language)
    page = context.new_page()
    page.goto("/")
    room = page.evaluate(ROOM)
    assert room
    assert min(room) == 100
    page.goto(f"/children/{site.child}/turns")
    heights = page.evaluate(HEIGHTS)
    assert len(heights) > 4
    assert min(heights) >= 44
    page.goto(f"/children/{site.child}/agreement")
    assert page.evaluate(GAP) >= 12
    page.goto(f"/children/{site.child}/visits")
    assert 0 < max(page.evaluate(LEFT)) <= 0.4
    context.close()


def test_on_a_laptop_no_tab_is_cut_and_notes_are_as_wide_as_what_stands_below(browser: Browser, site: Site) -> None:
    context = signed_in(browser, site, "supervisor", 1280)
    page = context.new_page()
    page.goto(f"/children/{site.child}")
    assert page.evaluate(TABS) == [13, 0, 0]
    page.goto("/team")
    page.evaluate("document.querySelector('main .panel').insertAdjacentHTML('beforebegin', '<p class=\"note\">A</p>')")
    widths = page.evaluate(NOTES)
    assert len(widths) > 1
    assert len(set(widths)) == 1
    context.close()
