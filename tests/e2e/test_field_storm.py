"""Interviews in the field while everything goes wrong: each arrives, and each once."""

from __future__ import annotations

import json
import logging
import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Error, Locator, Playwright, Route, sync_playwright

from tests.durability.servers import trials
from tests.e2e.field_phone import PATIENCE, Phone
from tests.e2e.site import Site, in_the_house, on_its_database
from tests.e2e.test_interview import MOST_SCREENS, Interviewer, passed

pytestmark = [pytest.mark.browser, pytest.mark.database, pytest.mark.slow]

FULL = 50
TITLE = "Child survey, 12 to 14 years"
FORTNIGHT = 14  # days
ANSWERED = 15  # questions with a code for an answer, of those that everybody is asked
REGISTER = f"""
import sys, django; django.setup()
from datetime import date, timedelta
from homeward.apps.access.actors import system_actor
from homeward.apps.access.models import Person
from homeward.apps.cases.consenting import Asked, record_agreement
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Child
from homeward.apps.cases.services import assign_child, register_child
worker = Person.objects.get(email="case_worker@amani.example.org")
first = Child.objects.get(code=sys.argv[1])
system, today = system_actor(first.organisation_id), date.today()
back = today - timedelta(days={FORTNIGHT})
for number in range(int(sys.argv[2])):
    facts = ChildFacts(name=f"Asha {{number}}", sex="female", age=13, return_date=back, team_id=first.team_id,
        place_id=first.place_id)
    made = register_child(system, facts)
    assign_child(system, made.id, person_id=worker.pk, since=back)
    print(made.code)
"""
ARRIVED = """
import json, sys, django; django.setup()
from collections import Counter
from homeward.apps.surveys.models import Submission
rows = Submission.objects.filter(child__code__in=sys.argv[1:])
print(json.dumps([[row.child.code, row.state, row.coded["answers"]] for row in rows.select_related("child")]))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with on_its_database(tmp_path_factory.mktemp("storm")) as site:
        yield site


@pytest.fixture(scope="module")
def driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


class Storm:
    """What befalls a phone between two screens. By chance, the same chance again for the same number."""

    EVERY = 12  # screens between two blows, on average

    def __init__(self, phone: Phone, chance: random.Random) -> None:
        self.phone, self.chance = phone, chance
        self.seen = dict.fromkeys(("killed", "reloaded", "network lost", "network back", "replies lost"), 0)

    def may_lose(self, route: Route) -> None:
        """Never asked; taken, and the reply lost on the way; or as it should be."""
        with suppress(Error):  # of a phone that was killed meanwhile
            lot = self.chance.random()
            if lot < 0.25:
                route.abort()
            elif lot < 0.6:
                route.fetch()
                self.seen["replies lost"] += 1
                route.abort()
            else:
                route.continue_()

    def begin(self) -> None:
        self.phone.page.route("**/app/sealed", self.may_lose)

    def strike(self) -> bool:
        """True where the interview has to be opened again."""
        if self.chance.random() > 1 / self.EVERY:
            return False
        return self.blow()

    def blow(self) -> bool:
        lot = self.chance.randrange(4)
        if lot == 0:
            self.killed()
        elif lot == 1:
            self.seen["reloaded"] += 1
            self.phone.page.reload()
        else:
            self.seen["network lost" if lot == 2 else "network back"] += 1
            self.phone.offline(lot == 2)
        return lot < 2

    def killed(self) -> None:
        self.seen["killed"] += 1
        self.phone.kill()
        self.phone.start()
        self.begin()


def row_of(phone: Phone, code: str) -> Locator:
    return phone.page.locator(".fd-row", has_text=re.compile(r"\D?".join(code)))


def reached(phone: Phone, code: str) -> None:
    """From the list of today into the interview: a new one, or where it stopped."""
    row_of(phone, code).click()
    phone.page.locator("[data-form]", has_text=TITLE).click()
    phone.page.locator(".iv-next, .iv-end").first.wait_for(timeout=PATIENCE)


def interviewed(phone: Phone, code: str, storm: Storm) -> dict[str, str]:
    """Until it is sealed. What was said."""
    worker = Interviewer.of(phone.page, "en", storm.chance.randrange(3))
    reached(phone, code)
    for _ in range(MOST_SCREENS * 4):
        if storm.strike():
            phone.open()
            reached(phone, code)
        page = phone.page
        worker = Interviewer(page, worker.instrument, worker.language, worker.answers)
        if not page.locator(".iv-next").count():
            break
        veil = page.locator(".iv-veil button")
        if veil.count():  # it was answered before the blow, and shows nothing by itself
            veil.click()
        worker.answer(worker.asked_now())
        with passed(page):
            page.locator(".iv-next").click()
    sealed(phone, code, storm)
    return worker.answers


def sealed(phone: Phone, code: str, storm: Storm) -> None:
    """The key is pressed, and sometimes the phone dies in that moment: then it is a draft still, or waits sealed."""
    phone.page.locator(".iv-main-action").click()
    if storm.chance.random() < 0.3:
        phone.page.wait_for_timeout(storm.chance.randrange(400))
        storm.killed()
        phone.open()
        if not row_of(phone, code).locator(".fd-mark").count():
            return
        reached(phone, code)
        phone.page.locator(".iv-main-action").click()
    phone.page.locator(".iv-good").wait_for(timeout=PATIENCE)
    phone.page.reload()
    phone.open()


@pytest.mark.goal("P-6")
def test_each_interview_arrives_once_whatever_befalls_the_phone(
    driver: Playwright, site: Site, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    codes = in_the_house(site, REGISTER, site.child, str(trials(FULL, 2))).split()
    seed = random.SystemRandom().randrange(10**6)
    logging.getLogger(__name__).warning("seed %d", seed)  # shown where it fails, for whatever reason
    with Phone(driver, tmp_path / "profile", site) as phone:
        phone.make_ready()
        storm = Storm(phone, random.Random(seed))  # a game, no secret
        storm.begin()
        said = {code: interviewed(phone, code, storm) for code in codes}
        phone.page.unroute("**/app/sealed")
        phone.send_all()
    arrived = json.loads(in_the_house(site, ARRIVED, *codes).splitlines()[-1])
    assert sorted(code for code, _, _ in arrived) == sorted(codes), seed
    for code, _, answers in arrived:
        heard = {name: value for name, value in answers.items() if name in said[code] and isinstance(value, str)}
        assert heard == {name: said[code][name] for name in heard}, (seed, code)
        assert len(heard) > ANSWERED, (seed, code)
    assert {state for _, state, _ in arrived} == {"accepted"}, seed
    record_property("ran", f"{len(codes)} interviews, {', '.join(f'{n} {what}' for what, n in storm.seen.items())}")
