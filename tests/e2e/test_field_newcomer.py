"""A child that nobody has registered, written down on a phone without network."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.browser_phone import PATIENCE, made_ready, opened_again, phone, set_up, site  # noqa: F401 - fixtures
from tests.e2e.site import Site, in_the_house
from tests.e2e.test_interview import browser, clean  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.database]

ARRIVED = """
import django; django.setup()
from homeward.cli.unlocking import bring_up_to_date
bring_up_to_date()
from homeward.apps.cases.models import Child, ConsentEntry, Relation
from homeward.apps.cases.sealing import name_of
name = __import__("sys").argv[1]
found = [child for child in Child.objects.all() if name_of(child) == name]
said = ConsentEntry.objects.filter(child__in=found).order_by("who", "purpose").values_list("who", "purpose", "answer")
kin = Relation.objects.filter(child__in=found).count()
print(len(found), found[0].code, kin, found[0].place_id is not None, *("-".join(row) for row in said))
"""


@pytest.mark.parametrize("language", ["en", "ar"])
def test_registered_without_network_and_on_the_next_list_with_its_code(
    phone: BrowserContext,  # noqa: F811
    site: Site,  # noqa: F811
    language: str,
) -> None:
    name = f"Zuhura {uuid4().hex[:6]}"
    page, phrase = made_ready(phone)
    set_up(page, language)
    phone.set_offline(True)
    page.locator(".fd-page > .iv-plain").first.click()
    assert clean(page) == []
    shot(page, f"newcomer-{language}")
    page.locator(".fd-form .iv-main-action").click()
    expect(page.locator(".fd-form .iv-error")).not_to_be_empty()
    write_down(page.locator(".fd-form"), name)
    shot(page, f"newcomer-filled-{language}")
    assert clean(page) == []
    page.locator(".fd-form .iv-main-action").click()
    expect(page.locator(".fd-unsent")).to_have_count(1, timeout=PATIENCE)
    assert name not in page.content()
    page = opened_again(phone, page, phrase)
    expect(page.locator(".fd-unsent")).to_have_count(1, timeout=PATIENCE)
    shot(page, f"newcomer-waits-{language}")
    phone.set_offline(False)
    expect(page.locator(".fd-unsent")).to_have_count(0, timeout=PATIENCE * 3)
    code = arrived(site, name)
    page.locator(".fd-page > .fd-stack .iv-plain").last.click()  # fetch the list
    row = f"{code[:3]} {code[3:6]} {code[6:]}"
    expect(page.locator(".fd-row", has_text=row)).to_have_count(1, timeout=PATIENCE)
    expect(page.locator(".fd-page")).to_contain_text(row.replace(" ", "\u00a0"))
    shot(page, f"newcomer-code-{language}")


def write_down(form: Locator, name: str) -> None:
    form.locator("input[type=text]").first.fill(name)
    for place, said in ((0, "female"), (1, "unknown"), (4, "grandparent")):
        form.locator("select").nth(place).select_option(said)
    form.locator("select").nth(2).select_option(index=1)  # a place
    form.locator("input[inputmode=numeric]").fill("11")
    for number in range(2):
        told = form.locator("details").nth(number)
        told.locator("summary").click()
        told.locator("input[type=checkbox]").check()
        for purpose in range(2):
            told.locator("select").nth(2 + purpose).select_option("agrees")


def arrived(site: Site, name: str) -> str:  # noqa: F811
    """Once, with its caregiver and what each has said. Its code."""
    count, code, relations, place, *said = in_the_house(site, ARRIVED, name).split()
    assert (count, relations, place) == ("1", "1", "True")
    assert said == [
        f"{who}-{purpose}-agrees" for who in ("caregiver", "child") for purpose in ("monitoring", "service")
    ]
    return code


def shot(page: Page, name: str) -> None:
    """For somebody who wants to look."""
    folder = os.environ.get("HOMEWARD_SHOTS", "")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
