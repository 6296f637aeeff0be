"""A community monitor opens the app with a code, observes without network, and signs in nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.site import Site, in_the_house, on_its_database
from tests.e2e.test_interview import Interviewer, browser, clean  # noqa: F401 - a fixture
from tests.interviews import library_form

pytestmark = [pytest.mark.browser, pytest.mark.database]
FORM = "community-observation"
SEEN = {"respondent": "observer", "caregiver_consent": "yes", "seen_since": "yes", "like_others": "yes"}
SEEN |= {"well_cared_for": "dont_know", "changes": "none"}
PATIENCE = 20_000  # ms
ENROL = """
import django; django.setup()
from homeward.apps.access.actors import actor_of_person, system_actor
from homeward.apps.access.models import Device, Person
from homeward.apps.access.services import enrol_device
from homeward.apps.cases.models import Child
from homeward.apps.cases.services import assign_child
from homeward.apps.surveys.forms import load_from_library, propose_publication, publish
from homeward.apps.surveys.models import FormVersion
from tests.world import day_of
child = Child.objects.get(code=__import__("sys").argv[1])
place, system = child.organisation_id, system_actor(child.organisation_id)
by = lambda role: actor_of_person(Person.objects.get(email=f"{role}@amani.example.org"))
if not FormVersion.objects.filter(organisation_id=place, instrument_id="community-observation").exists():
    key = load_from_library(system, "community-observation")
    propose_publication(by("me_officer"), key)
    publish(by("programme_manager"), key)
given = enrol_device(system, "The teacher", "community_monitor", team_id=child.team_id)
assign_child(system, child.pk, device_id=given.device_id, since=day_of(place))
print(given.token)
"""
ARRIVED = """
import django; django.setup()
from homeward.apps.surveys.models import Submission
rows = Submission.objects.filter(form_version__instrument_id="community-observation")
print(rows.count(), rows.filter(child__code=__import__("sys").argv[1], channel="browser").count())
"""
OWN = """
() => new Promise((done) => { const ask = indexedDB.open('notebook');
ask.onsuccess = () => { const one = ask.result.transaction('meta').objectStore('meta').get('device');
one.onsuccess = () => { done(one.result.token); ask.result.close(); }; }; })
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with on_its_database(tmp_path_factory.mktemp("monitor")) as site:
        yield site


@pytest.fixture(params=["en", "ar"])
def phone(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[BrowserContext]:  # noqa: F811
    context = browser.new_context(viewport={"width": 360, "height": 760}, base_url=site.url, locale=request.param)
    yield context
    context.close()


def enrolled(site: Site) -> str:
    return in_the_house(site, ENROL, site.child).split()[-1]


def arrived(site: Site) -> list[int]:
    return [int(each) for each in in_the_house(site, ARRIVED, site.child).split()[-2:]]


def made_ready(page: Page, code: str) -> str:
    """The passphrase."""
    page.goto(f"/app/#{code}")
    page.locator(".fd-words").wait_for(timeout=PATIENCE)
    assert page.evaluate("location.href").endswith("/app/")
    assert code not in page.content()
    assert clean(page) == []
    passphrase = page.locator(".fd-words").inner_text()
    page.locator(".fd-words + .iv-row button").first.click()  # these words
    page.locator("form .iv-main-action").click()
    page.locator(".fd-row").wait_for(timeout=PATIENCE)
    page.wait_for_function("navigator.serviceWorker.controller !== null || navigator.serviceWorker.ready")
    return passphrase


def observed(page: Page, language: str) -> None:
    page.locator(".fd-row").click()
    assert clean(page) == []
    instrument = library_form(FORM)[0].instrument
    said = {**SEEN, "well_cared_for": "yes"} if language == "ar" else SEEN  # the same twice waits for a person
    worker = Interviewer(page, instrument, language, said)
    page.locator(f"[data-form]:has-text('{instrument.about.titles[language]}')").click()
    page.locator(".iv-next").wait_for(timeout=PATIENCE)
    asked = worker.fill()
    assert "child_listed" not in asked
    assert {"seen_since", "like_others", "well_cared_for", "changes"} <= set(asked)
    assert clean(page) == []
    page.locator(".iv-main-action").click()
    page.locator(".iv-good").wait_for(timeout=PATIENCE)


def status(site: Site, token: str) -> int:
    try:
        asked = Request(f"{site.url}/app/monitor.json", headers={"Authorization": f"Bearer {token}"})
        with urlopen(asked, timeout=20) as answer:  # our own server
            return int(answer.status)
    except HTTPError as error:
        return error.code


def test_opened_with_a_code_an_observation_without_network_arrives_once(phone: BrowserContext, site: Site) -> None:
    code, before, page = enrolled(site), arrived(site), phone.new_page()
    passphrase = made_ready(page, code)
    language = (page.locator("html").get_attribute("lang") or "en")[:2]
    assert (status(site, code), status(site, page.evaluate(OWN))) == (401, 200)
    assert clean(page) == []
    assert page.locator(".fd-row").count() == 1
    assert page.locator("a[href*='sign-in']").count() == 0
    assert not phone.cookies()
    phone.set_offline(True)
    observed(page, language)
    assert arrived(site) == before
    page.reload()
    page.locator("input[type=password]").fill(passphrase)  # without network
    page.locator("form .iv-main-action").click()
    expect(page.locator(".fd-unsent")).to_be_visible(timeout=PATIENCE)
    with page.expect_response("**/app/sealed", timeout=PATIENCE * 3) as sent:
        phone.set_offline(False)
    assert sent.value.status == 201
    page.wait_for_timeout(500)
    assert arrived(site) == [each + 1 for each in before]
    assert clean(page) == []
