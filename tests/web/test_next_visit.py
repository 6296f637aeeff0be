"""When somebody goes next: the contact between the rounds, and a case worker whom they ask for; and what came late."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils.formats import date_format

from homeward.apps.cases.models import Child, RiskLevel
from homeward.apps.cases.protocols import schedule_of
from homeward.apps.cases.risk import set_risk
from homeward.apps.surveys.forms import load_from_library, propose_publication, publish
from homeward.apps.visits.models import Visit
from homeward.apps.visits.planning import Plan, plan_visit
from homeward.apps.visits.recording import Held, hold_visit
from homeward.domain.visiting import Answer, Check
from tests.apps.test_visits import planned, today
from tests.web.conftest import Interviewed, Reader
from tests.world import House, World

pytestmark = pytest.mark.database
SAFE = Check(Answer.NO, Answer.NO, Answer.NO, Answer.NO)
BROUGHT = Held(True, True, "", (), went="volunteer", observed=("there", "asks"))


def code_of(house: House) -> str:
    return house.child.code  # type: ignore[union-attr]


def at_risk(house: House, days: int) -> None:
    """High, since so many days; the level itself is said today."""
    set_risk(house.actor("case_worker"), code_of(house), "high", "visit")
    RiskLevel.objects.update(since=today(house) - timedelta(days=days))


def by_volunteer(house: House, days: int = 1) -> Visit:
    on = today(house) - timedelta(days=days)
    (key,) = plan_visit(house.actor("case_worker"), [code_of(house)], SAFE, Plan(on, "home", "volunteer"))
    return Visit.objects.get(pk=key)


class TestContactBetweenTheRounds:
    def test_a_late_contact_says_so_on_the_overview_and_among_the_visits(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        at_risk(house, 30)
        page = f"/children/{code_of(house)}"
        late = r"<strong>Contact between the rounds</strong> · [^<]*<span class=\"tag bad\">.{0,300}?Late</span>"
        for address in (page, f"{page}/visits"):
            assert re.search(late, client.get(address).content.decode(), re.S), address
        assert reader("outsider").get(page).status_code == 404
        hold_visit(house.actor("case_worker"), planned(house).pk, Held(True, True, "yes", (), alone="yes"))
        for address in (page, f"{page}/visits"):
            html = client.get(address).content.decode()
            assert not re.search(late, html, re.S), address
            assert "Next contact between the rounds, by the level of risk" in html

    def test_the_next_visit_is_proposed_for_the_earlier_of_contact_and_round(
        self, reader: Reader, world: World
    ) -> None:
        house, client = world.amani, reader("case_worker")
        row, day = planned(house), today(house)
        before = client.get(f"/visits/{row.pk}/record").context["form"].initial["next_on"]
        at_risk(house, 0)
        soon = client.get(f"/visits/{row.pk}/record").context["form"].initial["next_on"]
        every = schedule_of(house.organisation_id).on(day).contacts["high"].every
        assert soon == (day + timedelta(days=every)).isoformat() < before
        hold_visit(house.actor("case_worker"), row.pk, Held(True, True, "yes", (), alone="yes"))
        Child.objects.filter(pk=house.child.id).update(return_date=day - timedelta(days=200))  # type: ignore[union-attr]
        answer = client.get(f"/children/{code_of(house)}/visits")
        due = answer.context["next_point"]["contact"]["due"]
        assert (answer.context["proposed"], answer.context["proposed_by"]) in (
            (due, "contact"),
            (answer.context["next_point"]["due"], "round"),
        )
        assert answer.context["proposed"] == min(due, answer.context["next_point"]["due"])


class TestWhoeverGoesInTheirStead:
    def test_no_four_questions_before_or_after_a_visit_of_a_volunteer(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        form_id = load_from_library(house.system(), "visit-reflection")
        propose_publication(house.actor("me_officer"), form_id)
        publish(house.actor("programme_manager"), form_id)
        row, ours = by_volunteer(house), planned(house)
        assert "Ask the four questions" not in client.get(f"/visits/{row.pk}").content.decode()
        assert "Ask the four questions" in client.get(f"/visits/{ours.pk}").content.decode()
        hold_visit(house.actor("case_worker"), row.pk, replace(BROUGHT, on=row.planned_on))
        html = client.get(f"/visits/{row.pk}").content.decode()
        assert "Ask the four questions" not in html
        assert "What they say of the help" not in html

    def test_where_they_ask_for_the_case_worker_the_next_visit_is_soon_and_the_word_stands_on_top(
        self, reader: Reader, world: World
    ) -> None:
        house, client, day = world.amani, reader("case_worker"), today(world.amani)
        row = by_volunteer(house)
        assert client.get(f"/visits/{row.pk}/record").context["form"].initial["next_on"] == ""
        hold_visit(house.actor("case_worker"), row.pk, replace(BROUGHT, on=row.planned_on))
        by = day + timedelta(days=2)
        words = f"Go soon: by {date_format(by)}."
        tab = client.get(f"/children/{code_of(house)}/visits")
        assert (tab.context["proposed"], tab.context["proposed_by"]) == (by, "asked")
        assert words in tab.content.decode()
        assert words in client.get(f"/visits/{row.pk}").content.decode()
        first = client.get(f"/children/{code_of(house)}/visits/new").context["form"].initial["on"]
        assert day <= date.fromisoformat(first) <= by
        html = client.get("/").content.decode()
        assert html.index("part-word") < html.index("g-tolerated")
        planned(house)
        assert words not in client.get(f"/visits/{row.pk}").content.decode()
        assert "part-word" not in client.get("/").content.decode()


class TestArrivedLate:
    def test_a_case_worker_finds_late_interviews_of_the_own_children(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        key, soon = interviewed(days=20), interviewed(days=2)
        html = reader("case_worker").get("/").content.decode()
        section = re.search(r'aria-labelledby="part-own-late">.*?</section>', html, re.S)
        assert section is not None
        assert f'href="/submissions/{key}"' in section[0]
        assert "arrived 20 days later" in section[0]
        assert str(soon) not in section[0]
        assert reader("case_worker").get(f"/submissions/{key}").status_code == 200
        assert [row.url for row in reader("case_worker").get("/today/own-late").context["found"].rows] == [
            f"/submissions/{key}"
        ]
        for name in ("other_case_worker", "supervisor", "me_officer", "outsider"):
            assert reader(name).get("/today/own-late").context["found"].rows == (), name
