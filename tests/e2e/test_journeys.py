"""A child's case as its people live it, on a phone, in English and in Arabic: the case worker who carries it, the
supervisor who reads and decides, and somebody of another organisation who tries every address of the two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from homeward.domain.codes import display_code
from tests.e2e.site import Site, in_the_house, running
from tests.e2e.test_pages import faults, speak
from tests.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("journeys")]
PHONE = {"width": 360, "height": 740}
UUID = r"[0-9a-f]{8}-[0-9a-f-]{27}"
# What the people of each language read.
WORDS = {
    "en": {
        "name": "Zawadi Otieno",
        "caregiver": "Rehema Otieno",
        "cover": "Cover En",
        "known": "Perhaps the child is known already",
        "registered": "Registered. Write the code on the child's paper file.",
        "agreed": "Recorded. What was said stands under Agreement.",
        "plan sent": "The plan is with your supervisor.",
        "late": "Late, still in time",
        "check": "Could the visit do harm?",
        "planned": "The visit is planned.",
        "recorded": "The visit is recorded.",
        "tried": "The attempt is recorded.",
        "missing": "There is no such service here",
        "waits": "It waits for a second person.",
        "approvals": "Approvals",
        "plan agreed": "Agreed.",
        "team": "Team",
        "gaps": "Gaps in services",
        "education": "Education",
        "handed": "handed over.",
        "ended": "The case has ended.",
        "refused page": "Tried to open a page",
    },
    "ar": {
        "name": "ليلى حسن",
        "caregiver": "مريم حسن",
        "cover": "Cover Ar",
        "known": "ربما الطفل/\u2060ة معروف/\u2060ة من قبل",
        "registered": "تم التسجيل. يُرجى كتابة الرمز على الملف الورقي للطفل/\u2060ة.",
        "agreed": "تم التسجيل. ما قيل موجود تحت «الموافقة».",
        "plan sent": "الخطة لدى المشرف/\u2060ة.",
        "late": "متأخرة، ضمن المهلة",
        "check": "هل يمكن أن تضرّ الزيارة؟",
        "planned": "خُطط للزيارة.",
        "recorded": "سُجّلت الزيارة.",
        "tried": "سُجّلت المحاولة.",
        "missing": "لا توجد خدمة كهذه هنا",
        "waits": "ينتظر شخصًا ثانيًا.",
        "approvals": "الموافقات",
        "plan agreed": "تمت الموافقة.",
        "team": "الفريق",
        "gaps": "ثغرات الخدمات",
        "education": "التعليم",
        "handed": "سُلِّم",
        "ended": "انتهت الحالة.",
        "refused page": "محاولة فتح صفحة",
    },
}
FILL = """
import django; django.setup()
from datetime import date
from homeward.apps.access.models import Organisation, Team
from homeward.apps.access.actors import system_actor
from homeward.apps.access.roles import grant_role
from homeward.apps.access.services import register_person
from tests.world import PASSWORD
house = Organisation.objects.get(name="Amani")
team = Team.objects.get(organisation=house, name="North")
for language in ("En", "Ar"):
    email = f"cover_{language.lower()}@amani.example.org"
    person = register_person(system_actor(house.pk), email, f"Cover {language}", PASSWORD)
    grant_role(system_actor(house.pk), person, "case_worker", team_id=team.pk, since=date(2026, 1, 1))
"""
REFUSALS = """
import sys, json, django; django.setup()
from homeward.apps.access.models import Person
from homeward.apps.audit.models import Event
from homeward.apps.cases.models import Child
child = Child.objects.get(code=sys.argv[1])
who = Person.objects.get(email="case_worker@baraka.example.org").pk
rows = Event.objects.filter(verb="open_page", allowed=False, actor_id=who)
print(json.dumps([rows.filter(object_id=str(child.pk)).count(), rows.count()]))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("journeys")) as site:
        in_the_house(site, FILL)
        yield site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield browser
        browser.close()


def entered(browser: Browser, site: Site, who: str, house: str = "amani") -> BrowserContext:
    context = browser.new_context(viewport=PHONE, base_url=site.url, reduced_motion="reduce")
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("#id_email", f"{who}@{house}.example.org")
    page.fill("#id_password", PASSWORD)
    page.click("form[action='/sign-in'] button")
    page.wait_for_url("**/")
    page.close()
    return context


@dataclass
class Walk:
    """One person's way through the pages; each page that it sees is looked at for faults."""

    page: Page
    language: str
    seen: list[str] = field(default_factory=list)

    def word(self, name: str) -> str:
        return WORDS[self.language][name]

    def look(self, *names: str) -> None:
        """What a person reads here, from which side, and that nothing is in the way."""
        page = self.page
        parts = urlsplit(page.url)
        self.seen.append(parts.path + (f"?{parts.query}" if parts.query else ""))
        assert page.get_attribute("html", "lang") == self.language
        assert page.get_attribute("html", "dir") == ("rtl" if self.language == "ar" else "ltr")
        for name in names:
            expect(page.locator("body")).to_contain_text(self.word(name))
        assert faults(page, PHONE["width"]) == [], page.url

    def goto(self, address: str, *names: str) -> None:
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        self.look(*names)

    def send(self, *names: str) -> None:
        """The main key of the page."""
        self.page.locator("main .btn-main").first.click()
        self.page.wait_for_load_state()
        self.look(*names)

    def choose(self, **answers: str) -> None:
        for name, value in answers.items():
            self.page.check(f"input[name={name}][value={value}]")

    def code(self) -> str:
        found = re.search(r"/children/(\d{9})", self.page.url)
        assert found is not None, self.page.url
        return found[1]


def begin(browser: Browser, site: Site, language: str, who: str, house: str = "amani") -> tuple[BrowserContext, Walk]:
    context = entered(browser, site, who, house)
    speak(context, language)
    return context, Walk(context.new_page(), language)


def register(walk: Walk) -> str:
    """Looked for first; registered once; looked for again it is known."""
    page, today = walk.page, date.today()
    walk.goto("/children/new")
    page.fill("#id_name", walk.word("name"))
    walk.send()
    assert walk.word("known") not in page.inner_text("main")
    walk.choose(sex="female")
    page.fill("#id_age", "13")
    page.fill("#id_return_date", (today - timedelta(days=36)).isoformat())
    page.locator("form.panel details > summary").click()
    page.select_option("#id_caregiver", "mother")
    page.fill("#id_caregiver_name", walk.word("caregiver"))
    walk.send("registered")
    code = walk.code()
    page.goto("/children/new")
    page.fill("#id_name", walk.word("name"))
    walk.send("known")
    expect(page.locator("main")).to_contain_text(display_code(code))
    return code


def agree(walk: Walk, code: str) -> None:
    """The child, then the caregiver, each alone."""
    for who in ("child", "caregiver"):
        walk.goto(f"/children/{code}/agreement/ask?who={who}&language={walk.language}")
        walk.page.check("#id_limits_told")
        walk.page.select_option("#id_teach_back", "understood")
        walk.choose(service="agrees", monitoring="agrees")
        walk.send("agreed")


def plan(walk: Walk, code: str) -> None:
    page = walk.page
    walk.goto(f"/children/{code}/plan/goal")
    walk.choose(whose="child", dimension="social")
    page.fill("#id_words", "To sit in a class again")
    walk.send()
    walk.goto(f"/children/{code}/plan/action")
    page.fill("#id_words", "Ask for a place at the school")
    walk.choose(dimension="social")
    page.select_option("#id_who", "worker")
    page.select_option("#id_service", "education")
    walk.send()
    walk.goto(f"/children/{code}/plan/send")
    walk.choose(child_view="agrees", caregiver_view="agrees")
    walk.send("plan sent")


def visit(walk: Walk, code: str) -> None:
    """Due on Today; the check; the visit; what is agreed; one attempt in vain."""
    page = walk.page
    walk.goto("/", "late")
    expect(page.locator("main")).to_contain_text(display_code(code))
    walk.goto(f"/children/{code}/visits/new", "check")
    walk.choose(attention="no", resentment="no", danger="no", undermines="no")
    walk.send()
    page.locator("input[name=mode]").first.check()
    walk.send("planned")
    assert re.search(rf"/visits/{UUID}$", page.url), page.url
    walk.goto(f"{urlsplit(page.url).path}/record")
    walk.choose(child_seen="yes", alone="yes", caregiver_seen="yes", on_track="yes", any_harm="no")
    page.fill("#id_promise_1", "We ask the school for the list of papers")
    page.select_option("#id_who_1", "we")
    page.fill("#id_by_1", (date.today() + timedelta(days=9)).isoformat())
    walk.send("recorded")
    expect(page.locator("main")).to_contain_text("We ask the school for the list of papers")
    walk.goto(f"/children/{code}/visits")
    page.locator("#attempt > summary").click()
    walk.choose(channel="phone")
    page.locator("button[name=outcome][value=no_answer]").click()
    page.wait_for_load_state()
    walk.look("tried")


def end(walk: Walk, code: str) -> None:
    """The help did not come, which is a gap; the family moves, and the end is asked for."""
    page = walk.page
    walk.goto(f"/children/{code}/plan")
    page.locator("a[href*='/plan/actions/']").first.click()
    page.wait_for_load_state()
    walk.look()
    walk.choose(outcome="not_done")
    page.select_option("#id_because", "no_service")
    walk.send()
    walk.goto(f"/children/{code}/plan/close")
    page.select_option("#id_reason", "moved_away")
    walk.choose(told="yes")
    page.fill("#id_early", "They moved to another district")
    walk.send("waits")


def decide(walk: Walk, code: str, done: str) -> None:
    """From the list of what waits."""
    walk.goto("/approvals", "approvals")
    walk.page.locator(f"a[href*='/children/{code}/']").first.click()
    walk.page.wait_for_load_state()
    walk.look()
    walk.page.locator("button[name=act][value=approve]").click()
    walk.page.wait_for_load_state()
    walk.look(done)


def supervise(walk: Walk, site: Site) -> None:
    """The team, a child that is overdue, the gaps in services, and a caseload handed over for a leave."""
    page = walk.page
    walk.goto("/team", "team")
    expect(page.locator("main")).to_contain_text("Case Worker Amani")
    walk.goto("/")
    page.locator(f"a[href='/children/{site.child}']").first.click()
    page.wait_for_load_state()
    walk.look("late")
    walk.goto("/gaps?also=reason", "gaps")
    walk.goto("/hand-over")
    page.select_option("#id_leaves", label="Case Worker Amani")
    page.get_by_label(re.compile(walk.word("cover"))).check()
    page.fill("#id_until", (date.today() + timedelta(days=7)).isoformat())
    walk.send()
    expect(page.locator("main")).to_contain_text(display_code(site.child))
    walk.send("handed")


def try_every_address(walk: Walk, addresses: list[str], code: str) -> int:
    """Nothing of the child is in the answer, whichever page it was."""
    secret = (code, display_code(code), walk.word("name"), walk.word("caregiver"), "We ask the school")
    tried = 0
    for address in dict.fromkeys(each for each in addresses if code in each or re.search(UUID, each)):
        answer = walk.page.goto(address)
        assert answer is not None
        assert answer.status in (403, 404), (address, answer.status)
        text = walk.page.title() + walk.page.inner_text("body")
        assert not [each for each in secret if each in text], address
        assert walk.page.get_attribute("html", "dir") == ("rtl" if walk.language == "ar" else "ltr")
        tried += 1
    assert faults(walk.page, PHONE["width"]) == []
    return tried


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_case_from_registration_to_its_end(browser: Browser, site: Site, language: str) -> None:
    working, worker = begin(browser, site, language, "case_worker")
    leading, supervisor = begin(browser, site, language, "supervisor")
    code = register(worker)
    agree(worker, code)
    plan(worker, code)
    visit(worker, code)
    supervise(supervisor, site)
    decide(supervisor, code, "plan agreed")
    end(worker, code)
    supervisor.goto("/gaps?also=reason", "gaps", "education", "missing")
    decide(supervisor, code, "ended")
    elsewhere, outsider = begin(browser, site, language, "case_worker", "baraka")
    more = [f"/children/{code}/{page}" for page in ("journey", "interviews", "people", "record", "looks", "help")]
    tried = try_every_address(outsider, [*worker.seen, *supervisor.seen, *more], code)
    assert tried > 20
    of_the_child, of_all = json.loads(in_the_house(site, REFUSALS, code))
    assert of_the_child > 15
    assert of_all >= tried
    watching, focal = begin(browser, site, language, "focal_point", "baraka")
    focal.goto("/audit", "refused page")
    assert outsider.word("name") not in focal.page.inner_text("main")
    for context in (working, leading, elsewhere, watching):
        context.close()
