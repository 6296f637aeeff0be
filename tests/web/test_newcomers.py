"""What somebody who is new reads on the pages of a case: what is open, what comes first, and no number twice."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils.formats import date_format
from django.utils.translation import override

from homeward.apps.cases.handing_over import hand_caseload_over
from homeward.apps.visits.cards import CardFacts, set_card, set_quiet_time
from homeward.apps.visits.contacts import Attempt, record_attempt, strike_attempt
from homeward.apps.visits.models import Visit
from homeward.apps.visits.today import Today
from homeward.domain.ahead import Kind, Mark
from homeward.web.cases.marks import mark_words
from homeward.web.surveys import today as page_of_today
from tests.apps.test_handing_over import hired, more, wish
from tests.apps.test_visits import planned, today
from tests.repo.source import PACKAGE
from tests.web.conftest import Interviewed, Reader
from tests.web.test_plan import INTERESTS, NEEDS, done
from tests.web.test_visits import SAFE, code_of, text
from tests.world import World

pytestmark = pytest.mark.database


def part(html: str, name: str) -> str:
    return html.split(f'id="{name}"')[1].split("</section>")[0]


def open_rounds(client: Client, address: str) -> dict[str, str]:
    answer = client.get(address)
    rounds = answer.context["points"] if address.endswith("follow-up") else answer.context["rounds"]
    found = {each["code"]: str(each["still_open"]) for each in rounds if each["still_open"]}
    assert all(words in answer.content.decode() for words in found.values())
    return found


class TestOpenRounds:
    def test_a_round_says_that_it_is_open_and_until_when_until_it_was_held(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        client, page = reader("case_worker"), f"/children/{code_of(world.amani)}"
        point = next(each for each in client.get(f"{page}/follow-up").context["points"] if each["state"] == "tolerated")
        (said,) = set(open_rounds(client, page).values())
        assert re.fullmatch(r"Open until \d+ \w+ \d{4}", said)
        assert open_rounds(client, f"{page}/follow-up") == {point["code"]: said}
        interviewed(days=3)  # of two who are asked
        assert open_rounds(client, page) == {point["code"]: said}
        journey = text(client, f"{page}/journey")
        assert journey.count(f"6 months after the return · {said}") == 1
        assert f"Late, still in time · {said}" in journey
        interviewed("caregiver", days=3, respondent="caregiver")
        assert open_rounds(client, page) == open_rounds(client, f"{page}/follow-up") == {}
        assert "Open until" not in text(client, f"{page}/journey")

    def test_one_at_which_others_listened_is_open_and_is_not_drawn_as_held(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        client, page = reader("case_worker"), f"/children/{code_of(world.amani)}"
        interviewed(days=3, changes={"in_private": "no"})
        assert client.get(f"{page}/journey").context["strip"]["marks"][-1]["shape"] == "open"
        interviewed("caregiver", days=3, respondent="caregiver")
        assert set(open_rounds(client, page)) == {"m6"}
        assert re.search(r"Done · others listened · Open until", text(client, f"{page}/journey"))
        assert client.get(f"{page}/journey").context["strip"]["marks"][-1]["shape"] == "partly"

    def test_what_is_to_come_is_said_in_words(self, reader: Reader, world: World) -> None:
        html = text(reader("case_worker"), f"/children/{code_of(world.amani)}/follow-up")
        assert html.count("To come</span>") == 4


class TestVisits:
    def test_no_visit_on_a_day_to_come_stands_with_what_is_next(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        path = f"/children/{code_of(house)}/visits"
        for days in (0, 3):
            given = {**SAFE, "danger": "yes", "on": (today(house) + timedelta(days=days)).isoformat()}
            assert client.post(f"{path}/new", given).status_code == 302
        html = text(client, path)
        here, ahead = (Visit.objects.get(planned_on=today(house) + timedelta(days=days)) for days in (0, 3))
        assert f"/visits/{ahead.pk}" in part(html, "next")
        assert f"/visits/{ahead.pk}" not in part(html, "before")
        assert f"/visits/{here.pk}" in part(html, "before")
        assert f"/visits/{here.pk}" not in part(html, "next")

    def test_no_visit_leads_on_to_another_way(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        code, row = code_of(house), planned(house, days=2)
        set_card(house.actor("case_worker"), code, CardFacts(("neutral_place", "phone")))
        given = {**SAFE, "on": row.planned_on.isoformat(), "resentment": "yes", "asked_for": "group"}
        html = text(client, client.post(f"/children/{code}/visits/new", given)["Location"])
        blocked = part(html, "blocked")
        assert f'href="/children/{code}/visits/new"' in blocked
        assert "Plan it in another way" in blocked
        assert "<s>" not in blocked
        assert blocked.index("By telephone") < blocked.index("closed: not on the safe-contact card")
        assert "Plan it in another way" not in text(reader("focal_point"), f"/visits/{row.pk}")

    def test_the_first_card_has_no_earlier_one(self, reader: Reader, world: World) -> None:
        client, path = reader("case_worker"), f"/children/{code_of(world.amani)}/visits/card"
        for earlier in (False, True):
            html = client.post(path, {"channels": ["phone"]}, follow=True).content.decode()
            assert "The card is written." in html
            assert ("The earlier one stays in the record." in html) is earlier

    def test_a_quiet_time_is_set_with_a_reason_that_somebody_chose(self, reader: Reader, world: World) -> None:
        client, path = reader("case_worker"), f"/children/{code_of(world.amani)}/visits/quiet"
        day = today(world.amani).isoformat()
        answer = client.post(path, {"since": day, "until": day, "reason": ""})
        assert answer.status_code == 422
        assert "Please choose" in part(answer.content.decode(), "quiet")


class TestTheWishToBeCalledBack:
    def test_it_goes_first_and_a_time_without_contact_goes_before_it(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        house, client = world.amani, reader("case_worker")
        page = f"/children/{code_of(house)}"
        interviewed(days=3, changes={"want_to_talk": "yes"})
        flags = part(text(client, page), "flags")
        assert "Call back first" in flags
        assert "Do not ask the child" not in flags
        assert f'href="{page}/visits"' in flags
        day = today(house)
        set_quiet_time(house.actor("case_worker"), code_of(house), day, day + timedelta(days=2), "grief")
        flags = part(text(client, page), "flags")
        assert "Call back first" not in flags
        until = date_format(day + timedelta(days=2), "DATE_FORMAT")
        assert f"No contact until {until}: that goes before the wish to be called back." in flags

    def test_it_says_of_which_day_it_is_and_goes_before_all_else_for_ninety_days(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        page = f"/children/{code_of(world.amani)}"
        interviewed(days=3, changes={"want_to_talk": "yes"})
        day = date.today() - timedelta(days=3)
        said = f"The wish of {date_format(day, 'DATE_FORMAT')} to be called back goes before everything else here."
        for after, stands in ((0, True), (90, True), (91, False)):
            noon = datetime.combine(day + timedelta(days=after), time(12), UTC)
            with time_machine.travel(max(noon, datetime.now(UTC))):
                flags = part(text(reader("case_worker"), page), "flags")
            assert (said in flags) is stands, after
            assert ("Call back first" in flags) is stands, after

    @pytest.mark.parametrize(
        ("act", "stands"),
        [
            ("nothing", True),
            ("reached_child", False),
            ("reached_caregiver", True),  # it was the child who wished it
            ("refused", False),
            ("no_answer", True),
            ("struck", True),
            ("visit", False),
            ("visit_to_nobody", True),
            ("visit_before", True),
            ("interview", False),
            ("wish_again", True),
        ],
    )
    def test_it_ends_once_somebody_came_back_to_it(
        self, reader: Reader, world: World, interviewed: Interviewed, act: str, stands: bool
    ) -> None:
        house, worker, code = world.amani, world.amani.actor("case_worker"), code_of(world.amani)
        interviewed(days=3, changes={"want_to_talk": "yes"})
        wish, after = date.today() - timedelta(days=3), date.today() - timedelta(days=2)
        if act in ("reached_child", "reached_caregiver", "refused", "no_answer", "struck"):
            key = record_attempt(worker, code, Attempt("phone", "reached_child" if act == "struck" else act, after))
            if act == "struck":
                strike_attempt(worker, code, key, "mistake")
        if act.startswith("visit"):
            row, seen = planned(house), act != "visit_to_nobody"
            held_on = wish if act == "visit_before" else after
            Visit.objects.filter(pk=row.pk).update(held_on=held_on, child_seen=seen, caregiver_seen=False)
        if act in ("interview", "wish_again"):
            interviewed(days=2, changes={"want_to_talk": "yes" if act == "wish_again" else "no"})
        html = text(reader("case_worker"), f"/children/{code}")
        assert ("Call back first" in html) is stands
        day = after if act == "wish_again" else wish
        assert (f"The wish of {date_format(day, 'DATE_FORMAT')}" in html) is stands

    def test_of_everything_else_nobody_asks(self, reader: Reader, world: World, interviewed: Interviewed) -> None:
        client, page = reader("case_worker"), f"/children/{code_of(world.amani)}"
        interviewed(days=3, changes={"want_to_talk": "no", "food_enough": "always"})
        flags = part(text(client, page), "flags")
        assert "Do not ask the child" in flags
        assert "Call back first" not in flags
        interviewed(days=2, changes={"want_to_talk": "yes"})
        flags = part(text(client, page), "flags")
        assert flags.index("Call back first") < flags.index("Do not ask the child")


@pytest.mark.parametrize(
    ("late", "tolerated", "said"),
    [
        (2, 2, ["2 of them late", "2 more late, but still in time"]),
        (0, 2, ["2 of them late, but still in time"]),
        (2, 0, ["2 of them late"]),
        (0, 0, ["0 of them late"]),
    ],
)
def test_today_says_each_number_once(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, late: int, tolerated: int, said: list[str]
) -> None:
    found = page_of_today.todays

    def counted(*given: Any, **named: Any) -> Today:
        return replace(found(*given, **named), due=8, late=late, tolerated=tolerated)

    monkeypatch.setattr(page_of_today, "todays", counted)
    html = text(reader("case_worker"), "/").split('<ul class="counts">')[1].split("</ul>")[0]
    words = [" ".join(re.sub("<[^>]+>", " ", each).split()) for each in html.split("</li>")]
    assert [each for each in words if "late" in each] == said


def test_children_who_are_new_today_are_new_today(reader: Reader, world: World) -> None:
    house = world.amani
    taker = hired(house, "taker")
    codes = more(house, 2)
    hand_caseload_over(house.actor("supervisor"), wish(house, taker, codes=tuple(codes)))
    client = reader("taker")
    assert "2 children are new to you today" in text(client, "/children")
    assert "new to you since" not in text(client, "/children")


def test_the_pages_of_a_child_stand_as_a_case_worker_needs_them(reader: Reader, world: World) -> None:
    page = f"/children/{code_of(world.amani)}"
    labels = [str(each["label"]) for each in reader("case_worker").get(page).context["tabs"]]
    assert labels[:5] == ["Overview", "Visits", "Plan", "Help", "Agreement"]
    assert labels[-1] == "Who looked"
    for name, more_pages in (("case_worker", set()), ("supervisor", {"What we hold", "Keep or end"})):
        client = reader(name)
        tabs = client.get(page).context["tabs"]
        known = {*labels, *more_pages}
        assert {str(each["label"]) for each in tabs} == known
        assert [client.get(each["url"]).status_code for each in tabs] == [200] * len(tabs)


def test_after_a_decision_about_an_end_the_supervisor_is_back_at_approvals(reader: Reader, world: World) -> None:
    page, worker, supervisor = f"/children/{code_of(world.amani)}/plan", reader("case_worker"), reader("supervisor")
    for kind, given in (("needs", NEEDS), ("interests", INTERESTS)):
        done(worker, f"{page}/assess?kind={kind}", {**given, "act": "send"})
    for act, back in (("withdraw", page), ("return", "/approvals")):
        done(worker, f"{page}/close", {"reason": "moved_away", "told": "yes", "early": "They live abroad now."})
        (end,) = re.findall(r'href="(/children/\d+/plan/close/[^"]+)"', text(supervisor, "/approvals"))
        who = worker if act == "withdraw" else supervisor
        assert who.post(end, {"act": act, "answer": "Not yet."})["Location"] == back


def test_a_choice_that_is_left_out_says_so_in_words() -> None:
    silent = re.compile(r'"", "[–—-]+"|REASONS[^\n]*"–"')
    found = [path.name for path in (PACKAGE / "web").rglob("*.py") if silent.search(path.read_text("utf-8"))]
    assert found == []


def test_in_arabic_a_birthday_is_said_of_a_girl_as_of_a_boy() -> None:
    with override("ar"):
        said = mark_words(Mark(date(2026, 12, 1), Kind.TURNS, years=12))["what"]
    assert said.startswith("بلوغ سن 12")


def test_no_reason_is_chosen_before_somebody_chooses(world: World, reader: Reader) -> None:
    """A careless tap records nothing false; and what was put off is planned from the same page."""
    client, visit = reader("case_worker"), planned(world.amani, days=2)
    box = text(client, f"/visits/{visit.pk}").split("/not-held")[1].split("</form>")[0]
    assert re.search(r"<select[^>]* required", box)
    assert re.search(r'<option value=""[^>]*>Please choose', box)
    assert client.post(f"/visits/{visit.pk}/not-held", {"reason": ""}).status_code == 400
    assert Visit.objects.get(pk=visit.pk).state == "planned"
    assert client.post(f"/visits/{visit.pk}/not-held", {"reason": "put_off"}).status_code == 302
    after = text(client, f"/visits/{visit.pk}").split("Put off to another day")[1].split("</section>")[0]
    assert f"/children/{code_of(world.amani)}/visits/new" in after
