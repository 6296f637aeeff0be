"""Every page in a real browser: axe finds nothing in English and in Arabic, on a phone and on a laptop; nothing is kept
in the browser; the pages work without a script.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.site import ROOT, Site, in_the_house, running
from tests.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = (ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
FINGER = 44  # px
LISTEN = """
window.violations = [];
addEventListener('securitypolicyviolation', (it) => window.violations.push(`${it.violatedDirective} ${it.blockedURI}`));
"""
REFUSED = re.compile(r"status of (40[345]|422)")  # pages that say no are looked at too
TITLES_OF_NOTHING = "New page"
FILL = """
import json, django; django.setup()
from datetime import date, timedelta
from homeward.apps.access.actors import actor_of_person, system_actor
from homeward.apps.access.models import Device, Person
from homeward.apps.communities.models import Place
from homeward.apps.communities.services import add_place
from homeward.apps.cases.queries import ChildFilter, list_children
from homeward.apps.cases.referring import Wanted, make_referral, note_unmet_need
from homeward.apps.communities.directory import ServiceFacts, add_service
from homeward.domain.sharing import Agreement
from homeward.apps.surveys.form_queries import list_forms
from homeward.apps.surveys.forms import load_from_library
from homeward.apps.surveys.importing import start_import
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Quarantined
from homeward.domain.problems import ProblemError
from tests.interviews import interview
actor = lambda name: actor_of_person(Person.objects.get(email=f"{name}@amani.example.org"))
worker, officer, today = actor("case_worker"), actor("me_officer"), date.today()
code = list_children(worker, ChildFilter(text="CASE-1")).rows[0].code
def send(form, days, example, **more):
    xml = interview(form, more.pop("code", code), on=today - timedelta(days=days), example=example, **more)
    return str(receive(worker, Delivery(xml)).submission_id)
for number, days in enumerate((180, 110, 20)):
    send("child-12-14", days, number)
    submission = send("caregiver", days, number, respondent="caregiver")
lost = send("child-12-14", 1, 0, code="123456796", listed=False)
send("child-12-14", 2, 0, instance_id="uuid:first")
try:
    send("child-12-14", 2, 1, instance_id="uuid:first")
except ProblemError:
    apart = str(Quarantined.objects.get().pk)
edit = interview("child-12-14", code, example=1, deprecated_id="uuid:first")
edit = str(receive(actor("supervisor"), Delivery(edit)).submission_id)
send("child-12-14", 1, 0, changes={"interview_date": ""})
draft = str(load_from_library(officer, "visit-reflection"))
form = str(next(row.id for row in list_forms(officer) if row.instrument_id == "child-12-14"))
waiting = str(start_import(officer, next(row.id for row in list_forms(officer) if row.instrument_id == "child-12-14"),
    "export.csv", b"_id,child_code\\n1,2\\n"))
person = str(Person.objects.get(email="focal_point@amani.example.org").pk)
device = str(Device.objects.filter(person__email="case_worker@amani.example.org").first().pk)
peer = list_children(actor("supervisor"), ChildFilter(population="host_peer")).rows[0].code
place = Place.objects.get(name="Riverside", organisation_id=officer.organisation_id)
bank = str(add_place(officer, "community", "River Bank", "SU", parent_id=place.parent_id))
agreed = Agreement("yes", "yes", today - timedelta(days=1), "en", limits_told=True, reason="It is in the paper file.")
wanted = Wanted("school_place", "weeks", agreed, provider="Mango Hill School", made_on=today - timedelta(days=1))
referral = str(make_referral(actor("supervisor"), code, wanted))
note_unmet_need(worker, code, "food", "unavailable", today - timedelta(days=1))
add_service(officer, ServiceFacts("health", "River Clinic", place.pk, note="Tuesdays"))
print(json.dumps({"referral": referral, "code": code, "device": device, "peer": peer,
    "submission": submission, "lost": lost,
    "draft": draft, "form": form, "import": waiting, "person": person,
    "apart": apart, "edit": edit, "place": str(place.pk), "bank": bank}))
"""
PAGES = {
    "case_worker": (
        "/",
        "/me",
        "/me/factors",
        "/me/factors/app",
        "/me/factors/key",
        "/me/confirm",
        "/children",
        "/children?age_band=0-5",
        "/children/new",
        "/children/{code}",
        "/children/{code}/journey",
        "/children/{code}/journey?of=interviews",
        "/children/{code}/turns",
        "/children/{code}/turns/left",
        "/children/{code}/turns/died",
        "/children/{code}/interviews",
        "/children/{code}/interview",
        "/children/{code}/change",
        "/children/{code}/help",
        "/children/{code}/help/new",
        "/referrals/{referral}",
        "/referrals/{referral}/slip",
        "/submissions/{submission}",
        "/submissions/{submission}?of=social",
        "/submissions/{submission}/correct",
        "/children/000",
    ),
    "supervisor": (
        "/",
        "/children/{peer}",
        "/children/{peer}/interviews",
        "/children/{code}/people",
        "/children/{code}/name",
        "/children/import",
        "/children/{peer}/transfer",
        "/hand-over",
        "/transfers",
        "/services",
        "/gaps",
        "/inbox",
        "/inbox/{lost}",
        "/inbox/{edit}",
        "/inbox/kept/{apart}",
        "/devices/new",
        "/devices/{device}",
    ),
    "me_officer": (
        "/",
        "/instruments",
        "/instruments/new",
        "/instruments/{form}",
        "/instruments/{draft}",
        "/instruments/{form}/dictionary",
        "/instruments/{form}/paper",
        "/instruments/{form}/preview",
        "/instruments/{form}/collect",
        "/instruments/{form}/changes/{draft}",
        "/people",
        "/imports",
        "/imports/new",
        "/imports/{import}",
        "/downloads",
        "/devices",
        "/places",
        "/places/{place}",
        "/places/{place}/merge?into={bank}",
        "/places/{place}/merge",
    ),
    "organisation_admin": (
        "/people",
        "/people/new",
        "/people/{person}",
        "/teams",
        "/places/{place}",
        "/house/health",
        "/house/lock",
    ),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("pages")) as site:
        yield site


@pytest.fixture(scope="module")
def names(site: Site) -> dict[str, str]:
    """Some interviews, one without a child, a draft, an import: what the addresses speak about."""
    found: dict[str, str] = json.loads(in_the_house(site, FILL).splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield browser
        browser.close()


def signed_in(browser: Browser, site: Site, role: str, width: int = 1280, **options: Any) -> BrowserContext:
    context = browser.new_context(viewport={"width": width, "height": 760}, base_url=site.url, **options)
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("#id_email", f"{role}@amani.example.org")
    page.fill("#id_password", PASSWORD)
    page.click("form[action='/sign-in'] button")
    page.wait_for_url("**/")
    page.close()
    return context


def speak(context: BrowserContext, language: str) -> None:
    page = context.new_page()
    page.goto("/me")
    page.check(f"input[name=language][value={language}]")
    page.click("main form .btn-main")
    page.wait_for_load_state()
    page.close()


def faults(page: Page, width: int) -> list[str]:
    """What axe finds, what sticks out of the screen, and what a finger cannot hit."""
    page.evaluate(AXE)
    violations = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)")
    found = [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in violations]
    if page.evaluate("document.documentElement.scrollWidth") > width:
        found.append("wider than the screen")
    small = page.evaluate(
        """least => [...document.querySelectorAll('.btn, .sections a, summary, .form-control, .form-select, a.tap')]
        .filter(each => ((height) => height && height < least - 0.5)(each.getBoundingClientRect().height))
        .map(each => each.outerHTML.slice(0, 120))""",
        FINGER,
    )
    return found + [f"too small for a finger: {each}" for each in small]


def test_an_interview_stands_in_the_middle_of_a_wide_screen(
    browser: Browser, site: Site, names: dict[str, str]
) -> None:
    context = signed_in(browser, site, "case_worker")
    page = context.new_page()
    page.goto("/interview/{form}?child={code}".format(**names))
    page.locator(".iv-form").wait_for()
    box = page.locator(".iv-form").bounding_box()
    assert box is not None
    assert abs(2 * box["x"] + box["width"] - 1280) <= 1
    context.close()


def test_the_table_of_scores_does_not_scroll_aside_on_a_phone(
    browser: Browser, site: Site, names: dict[str, str]
) -> None:
    context = signed_in(browser, site, "supervisor", 360)
    page = context.new_page()
    page.goto("/children/{code}".format(**names))
    page.locator("details.panel:not(#facts) > summary").click()
    assert page.evaluate("(each => each.scrollWidth - each.clientWidth)(document.querySelector('.scroll'))") <= 0
    context.close()


@pytest.mark.parametrize("width", [360, 1280], ids=lambda width: f"{width}px")
@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_has_a_fault(browser: Browser, site: Site, names: dict[str, str], language: str, width: int) -> None:
    found: dict[str, list[str]] = {}
    for role, addresses in PAGES.items():
        context = signed_in(browser, site, role, width, reduced_motion="reduce")
        speak(context, language)
        context.add_init_script(LISTEN)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said, kept=complaints: kept.append(said.text) if said.type == "error" else None)
        for address in addresses:
            page.goto(address.format(**names))
            page.wait_for_load_state("networkidle")
            if address.endswith("/preview"):
                page.locator(".iv-next").wait_for()
            seen = page.evaluate("window.violations")  # before axe is put in
            seen += faults(page, width) + [each for each in complaints if not REFUSED.search(each)]
            assert page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
            complaints.clear()
            if seen:
                found[address] = seen
        speak(context, "en")
        context.close()
    assert found == {}


def test_a_script_in_the_page_is_heard_of_and_does_not_run(browser: Browser, site: Site) -> None:
    """Else the walk above would show nothing."""
    context = signed_in(browser, site, "case_worker")
    context.add_init_script(LISTEN)
    page = context.new_page()
    page.goto("/")
    page.evaluate(
        """() => { const it = document.createElement("script");
        it.textContent = "window.ran = 1"; document.body.append(it); }"""
    )
    page.wait_for_function("window.violations.length > 0")
    assert page.evaluate("window.violations")[0].startswith("script-src")
    assert page.evaluate("window.ran") is None
    context.close()


@pytest.mark.parametrize(("width", "folded"), [(360, True), (1280, False)], ids=["phone", "laptop"])
def test_what_is_asked_for_less_often_is_folded_on_a_phone_alone(
    browser: Browser, site: Site, names: dict[str, str], width: int, folded: bool
) -> None:
    context = signed_in(browser, site, "case_worker", width, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/children/{names['code']}")
    key = page.locator(".dim .fold > summary").first
    assert key.is_visible() is folded
    assert page.locator(".dim .plot").first.is_visible() is not folded
    if folded:
        key.click()
        assert page.locator(".dim .plot").first.is_visible()
    context.close()


def test_the_longest_pages_stay_short_on_a_phone(browser: Browser, site: Site, names: dict[str, str]) -> None:
    context = signed_in(browser, site, "case_worker", 360)
    page, screen = context.new_page(), 760
    wanted = {"/children/{code}": 3, "/children/{code}/interviews": 2, "/submissions/{submission}/correct": 3}
    for address, screens in wanted.items():
        page.goto(address.format(**names))
        height = page.evaluate("document.documentElement.scrollHeight")
        assert height <= screens * screen, (address, height)
    context.close()


def test_the_door_has_no_fault_either(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 760}, base_url=site.url)
    page = context.new_page()
    page.goto("/sign-in/code")
    page.click("main .btn-main")
    assert faults(page, 360) == []
    page.goto("/sign-in")
    assert faults(page, 360) == []
    page.click("button[value=ar]")
    assert page.get_attribute("html", "dir") == "rtl"
    assert faults(page, 360) == []
    context.close()


def test_a_filter_works_at_a_touch_stays_on_the_way_back_and_keeps_nothing_in_the_browser(
    browser: Browser, site: Site
) -> None:
    context = signed_in(browser, site, "case_worker")
    page = context.new_page()
    page.goto("/children")
    page.click("details.filters summary")
    page.select_option("#id_age_band", "12-14")
    page.wait_for_url("**age_band=12-14**")
    page.click("#rows a.tap")
    page.wait_for_url("**/children/*")
    page.go_back()
    page.wait_for_url("**age_band=12-14**")
    assert page.input_value("#id_age_band") == "12-14"
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    context.close()


def test_the_progress_of_an_import_renews_itself_and_keeps_nothing_in_the_browser(
    browser: Browser, site: Site, names: dict[str, str]
) -> None:
    context = signed_in(browser, site, "me_officer")
    page = context.new_page()
    page.goto(f"/imports/{names['import']}")
    with page.expect_response(f"**/imports/{names['import']}"):
        pass
    assert page.locator("#progress").count() == 1
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    context.close()


def test_escape_twice_leaves_at_once_and_there_is_no_way_back(browser: Browser, site: Site) -> None:
    context = signed_in(browser, site, "case_worker")
    page = context.new_page()
    page.goto(f"/children/{site.child}")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_url("**/blank")
    assert page.title() == TITLES_OF_NOTHING
    page.goto(f"/children/{site.child}")
    assert "/sign-in" in page.url
    context.close()


def test_a_case_worker_works_without_a_script(browser: Browser, site: Site, names: dict[str, str]) -> None:
    context = signed_in(browser, site, "case_worker", 360, java_script_enabled=False)
    page = context.new_page()
    page.goto("/children")
    page.fill("#find-text", site.child)
    page.click(".find-one button")
    page.wait_for_url(f"**/children/{site.child}")
    page.click("text=The same numbers as a table")
    assert page.locator("details[open] table tbody tr").count() == 7
    page.click("text=Show the name")
    assert "Asha Mwangi" in page.inner_text("h1")
    page.goto("/children/new")
    page.fill("#id_name", "دانيال")
    page.click("main .btn-main")
    page.check("input[name=sex][value=male]")
    page.fill("#id_age", "8")
    page.click("main .btn-main")
    assert page.input_value("#id_name") == "دانيال"
    page.click("text=The day of the return is missing.")
    page.fill("#id_return_date", "2026-01-05")
    page.click("main .btn-main")
    page.wait_for_url("**/children/*")
    assert "No interview yet" in page.inner_text("main")
    page.goto("/sign-in")
    context.close()


def test_the_first_page_is_light_enough_for_a_slow_line(browser: Browser, site: Site) -> None:
    """At most 200 kB on the line the first time, 40 kB later: what the server sends, with its own compression."""
    context = signed_in(browser, site, "case_worker", 360)
    page, sizes = context.new_page(), []
    page.on("response", lambda answer: sizes.append((answer.url, answer.request.sizes()["responseBodySize"])))
    page.goto("/children")
    page.wait_for_load_state("networkidle")
    first = sum(size for _, size in sizes)
    assert first <= 200_000, sizes
    context.close()
