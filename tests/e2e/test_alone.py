"""A caregiver and a young person of 16 answer alone, in a real browser: once, in one browser, and nothing stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.alone import YOUNG, as_told_alone
from tests.e2e.site import Site, in_the_house, on_its_database
from tests.e2e.test_interview import Interviewer, browser, clean, keyboard_answer, passed  # noqa: F401 - a fixture
from tests.interviews import AGREED, as_text, library_form
from tests.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.database]
PHONE = {"width": 360, "height": 760}
HOUSE = """
import sys, django; django.setup()
from homeward.apps.access.actors import actor_of_person
from homeward.apps.access.models import Person
from homeward.apps.surveys.links import make_link
from homeward.apps.surveys.models import FormVersion, Submission
from homeward.apps.cases.models import Child
what, code, who = sys.argv[1:]
if what == "arrived":
    print(Submission.objects.filter(channel="link", child__code=code).count())
else:
    child = Child.objects.get(code=code)
    form = FormVersion.objects.get(organisation_id=child.organisation_id, instrument_id=what)
    worker = actor_of_person(Person.objects.get(email="case_worker@amani.example.org"))
    print(make_link(worker, code, form.pk, who, 4).token)
"""
A_YOUNG_PERSON = """
import django; django.setup()
from homeward.apps.access.models import Organisation, Person, Team
from homeward.apps.communities.models import Place
from tests.alone import young_person
from tests.world import House
amani = Organisation.objects.get(name="Amani")
teams = [Team.objects.get(organisation=amani, name=name).pk for name in ("North", "South")]
house = House(amani.pk, tuple(teams), Place.objects.filter(name="Riverside").first().pk)
for role in ("case_worker", "me_officer", "programme_manager"):
    house.people[role] = Person.objects.get(email=f"{role}@amani.example.org").pk
print(young_person(house).code)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with on_its_database(tmp_path_factory.mktemp("alone")) as site:
        yield site


@pytest.fixture(scope="module")
def young(site: Site) -> str:
    return in_the_house(site, A_YOUNG_PERSON).split()[-1]


@dataclass(frozen=True)
class Person:
    """Who answers: a caregiver in English, a young person in Arabic."""

    form: str
    respondent: str
    language: str
    code: str

    def token(self, site: Site) -> str:
        return in_the_house(site, HOUSE, self.form, self.code, self.respondent).split()[-1]

    def arrived(self, site: Site) -> int:
        return int(in_the_house(site, HOUSE, "arrived", self.code, "").split()[-1])

    def on(self, page: Page, said: str = "") -> Interviewer:
        loaded, _ = library_form(self.form)
        worked = {name: as_text(answer) for name, answer in loaded.instrument.examples[0].answers.items()}
        more = {"respondent": self.respondent, "child_age_years": "13", "anything_to_say": said or uuid4().hex[:8]}
        return Interviewer(page, as_told_alone(loaded.instrument), self.language, {**AGREED, **worked, **more})


@pytest.fixture(params=["caregiver", "young"])
def person(request: pytest.FixtureRequest, site: Site, young: str) -> Person:
    if request.param == "caregiver":
        return Person("caregiver", "caregiver", "en", site.child)
    return Person(YOUNG, "child", "ar", young)


@contextmanager
def at_hand(browser: Browser, site: Site, *, script: bool = True) -> Iterator[Page]:  # noqa: F811
    """A phone of their own. Whatever the browser complains about fails the test."""
    context = browser.new_context(viewport=PHONE, base_url=site.url, java_script_enabled=script)
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda each: complaints.append(each.text) if each.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert [text for text in complaints if "404 (Not Found)" not in text] == []
    context.close()


def came_in(page: Page, token: str, language: str) -> None:
    page.goto(f"/q/#{token}")
    assert "#" not in page.url
    assert clean(page) == []
    page.locator(f"button[lang={language}]").click()
    page.wait_for_url(f"**/q/*/?language={language}")
    assert token not in page.content()


def begun(page: Page, person: Person, token: str) -> None:
    came_in(page, token, person.language)
    assert page.locator("html").get_attribute("dir") == ("rtl" if person.language == "ar" else "ltr")
    assert clean(page) == []
    page.locator("a.btn-main").click()
    page.locator(".iv-next").wait_for()


def send_key(page: Page) -> Locator:
    return page.locator(".iv-end .iv-main-action")


def cookies(context: BrowserContext) -> list[str]:
    return [each["name"] for each in context.cookies()]


def test_they_answer_send_and_nothing_opens_any_more(browser: Browser, site: Site, person: Person) -> None:  # noqa: F811
    before, token = person.arrived(site), person.token(site)
    with at_hand(browser, site) as page:
        begun(page, person, token)
        assert page.locator("#interview").get_attribute("dir") == ("rtl" if person.language == "ar" else "ltr")
        assert page.locator(".iv-cover-key").count() == (person.respondent == "child")  # the private mode
        worker = person.on(page)
        asked = worker.fill()
        assert not {"child_listed", "child_known", "respondent"} & set(asked)
        assert "food_enough" in asked
        assert page.title() == "Questions" if person.language == "en" else page.title() != ""
        assert person.code not in page.locator("body").inner_text().replace(" ", "")
        assert clean(page) == []
        with page.expect_response("**/submit*") as sent:
            send_key(page).click()
        assert (sent.value.status, sent.value.json()["status"]) == (201, "stored")
        page.locator(".iv-good").wait_for()
        assert clean(page) == []
        assert page.locator("a[href*='sign-in'], a[href*='children']").count() == 0
        there = page.url
        send_key(page).click()
        page.wait_for_url("**/blank")
        assert page.locator("body").inner_text().strip() == ""
        assert cookies(page.context) == []
        page.goto(there)
        assert page.locator(".panel h1").count() == 1  # nothing to answer here
        assert clean(page) == []
        came_in(page, token, person.language)
        assert page.locator("a.btn-main").count() == 0
    assert person.arrived(site) == before + 1


@pytest.mark.parametrize("who", ["young"], indirect=False)
def test_every_screen_is_passed_by_keyboard_alone(browser: Browser, site: Site, young: str, who: str) -> None:  # noqa: F811
    person = Person(YOUNG, "child", "ar", young)
    with at_hand(browser, site) as page:
        page.goto(f"/q/#{person.token(site)}")
        page.locator("button[lang=ar]").focus()
        page.keyboard.press("Enter")
        page.locator("a.btn-main").focus()
        page.keyboard.press("Enter")
        page.locator(".iv-next").wait_for()
        for _ in range(60):
            if not page.locator(".iv-next").count():
                break
            assert clean(page) == []
            with passed(page):
                keyboard_answer(page)
                page.keyboard.press("Enter")
        send_key(page).focus()
        page.keyboard.press("Enter")
        page.locator(".iv-good").wait_for()


def test_it_opens_in_the_first_browser_alone_and_a_reload_begins_anew(
    browser: Browser,  # noqa: F811
    site: Site,
    person: Person,
) -> None:
    token = person.token(site)
    with at_hand(browser, site) as page, at_hand(browser, site) as other:
        begun(page, person, token)
        worker = person.on(page)
        first = worker.asked_now().name
        for _ in range(3):
            worker.answer(worker.asked_now())
            page.locator(".iv-next").click()
        assert worker.asked_now().name != first
        came_in(other, token, "en")
        assert other.locator("a.btn-main").count() == 0
        other.goto(page.url)
        assert other.locator("#interview").count() == 0
        page.on("dialog", lambda dialog: dialog.accept())  # the browser asks before answers are lost
        page.reload()
        page.locator(".iv-next").wait_for()
        assert person.on(page).asked_now().name == first
        came_in(page, token, person.language)  # the same link, the same browser
        assert page.locator("a.btn-main").count() == 1


def test_of_two_tabs_one_arrives(browser: Browser, site: Site) -> None:  # noqa: F811
    person = Person("caregiver", "caregiver", "en", site.child)
    before = person.arrived(site)
    with at_hand(browser, site) as page:
        begun(page, person, person.token(site))
        tab = page.context.new_page()
        tab.goto(page.url)
        tab.locator(".iv-next").wait_for()
        for each in (page, tab):
            each.bring_to_front()  # what is behind hardly moves
            person.on(each).fill()
        page.bring_to_front()
        send_key(page).click()
        page.locator(".iv-good").wait_for()
        tab.bring_to_front()
        send_key(tab).click()
        expect(tab.locator(".iv-notice")).to_contain_text("answered here no more")
        assert tab.locator("a[href*='sign-in']").count() == 0
        assert clean(tab) == []
    assert person.arrived(site) == before + 1


def test_the_quick_exit_clears_with_script_and_without(browser: Browser, site: Site, person: Person) -> None:  # noqa: F811
    with at_hand(browser, site) as page:
        begun(page, person, person.token(site))
        there = page.url
        assert cookies(page.context) == ["q"]
        page.locator(".iv-exit").click()
        page.wait_for_url("**/blank")
        assert cookies(page.context) == []
        page.goto(there)
        assert page.locator("#interview").count() == 0
        begun(page, person, person.token(site))
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        page.wait_for_url("**/blank")
        assert cookies(page.context) == []
    with at_hand(browser, site, script=False) as page:
        page.goto(f"/q/#{person.token(site)}")
        said = [each.inner_text() for each in page.locator("noscript p:visible").all()]
        assert (len(said), all("JavaScript" in each for each in said)) == (4, True)
        answer = page.context.request.post("/q/open", form={"token": person.token(site), "language": person.language})
        for part in ("", "questions"):
            page.goto(re.sub(r"/[^/]*$", f"/{part}?language={person.language}", answer.url))
            expect(page.locator("noscript p:visible")).to_contain_text("JavaScript")
            assert page.locator("form[action$='/leave'] button:visible").count() == 1
        page.locator("form[action$='/leave'] button:visible").click()
        page.wait_for_url("**/blank")
        assert cookies(page.context) == []


PLANTED = """async (write) => {
  const base = await new Promise((done, failed) => {
    const asked = indexedDB.open('kept-beside', 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore('unsent');
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
  const store = base.transaction('unsent', 'readwrite').objectStore('unsent');
  if (write) { store.put('interview', 'one'); localStorage.setItem('beside', 'kept'); }
  const asked = store.get('one');
  const found = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
  base.close();
  return [found ?? null, localStorage.getItem('beside')];
}"""


def test_what_the_same_browser_keeps_beside_the_link_outlives_every_way_out(browser: Browser, site: Site) -> None:  # noqa: F811
    """Interviews of the field app that are not sent yet, and a colleague's session."""
    person, kept = Person("caregiver", "caregiver", "en", site.child), ["interview", "kept"]
    with at_hand(browser, site) as page:
        page.goto("/sign-in")
        page.locator("#id_email").fill("case_worker@amani.example.org")
        page.locator("#id_password").fill(PASSWORD)
        page.locator("form[action='/sign-in'] button").click()
        page.wait_for_url(lambda address: "sign-in" not in address)
        page.goto("/blank")
        assert page.evaluate(PLANTED, True) == kept
        session = {(each["name"], each["value"]) for each in page.context.cookies()}
        for way in ("begin", "exit", "done"):
            if way == "begin":
                page.goto("/q/")
                page.locator("form[action$='/leave'] button:visible").click()
            else:
                begun(page, person, person.token(site))
                if way == "done":
                    person.on(page).fill()
                    send_key(page).click()
                    page.locator(".iv-good").wait_for()
                page.locator(".iv-exit").click() if way == "exit" else send_key(page).click()
            page.wait_for_url("**/blank")
            assert page.evaluate(PLANTED, False) == kept, way
            assert {(each["name"], each["value"]) for each in page.context.cookies()} == session, way
        assert page.goto(f"/children/{site.child}").status == 200  # type: ignore[union-attr]
        assert "sign-in" not in page.url


XML = re.compile(rb'name="xml_submission_file".*?\r\n\r\n(.*?)\r\n--', re.DOTALL)


def sent_by(page: Page, worker: Interviewer) -> bytes:
    worker.fill()
    bodies: list[bytes] = []

    def note(route: Route) -> None:
        bodies.append(route.request.post_data_buffer or b"")
        route.continue_()

    page.route("**/submit*", note)
    send_key(page).click()
    page.locator(".iv-good").wait_for()
    found = XML.search(bodies[0])
    assert found
    return re.sub(rb"uuid:[0-9a-f-]{36}", b"uuid:one", found[1])


def test_what_is_sent_is_what_the_page_of_an_interview_sends(browser: Browser, site: Site) -> None:  # noqa: F811
    person, said = Person("caregiver", "caregiver", "en", site.child), uuid4().hex
    with at_hand(browser, site) as page:
        begun(page, person, person.token(site))
        alone = sent_by(page, person.on(page, said))
    with at_hand(browser, site) as page:
        page.goto("/sign-in")
        page.locator("#id_email").fill("case_worker@amani.example.org")
        page.locator("#id_password").fill(PASSWORD)
        page.locator("form[action='/sign-in'] button").click()
        page.goto(f"/children/{site.child}/interview")
        page.locator("li", has_text="Caregiver survey").locator("a[href*='/interview/']:not([href*='paper'])").click()
        page.locator(".iv-next").wait_for()
        asked = sent_by(page, replace(person.on(page, said), instrument=library_form(person.form)[0].instrument))
    assert said.encode() in alone
    assert alone == asked
