"""What the safe-contact card shuts and opens on the pages of visits, and what a note of a visit shows of promises."""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils.formats import date_format

from homeward.apps.audit.models import Event
from homeward.apps.visits.cards import CardFacts, set_card, set_quiet_time
from homeward.apps.visits.models import Visit
from homeward.apps.visits.queries import actions_of
from homeward.apps.visits.recording import Held, NewAction, hold_visit
from homeward.apps.visits.settling import Became, settle_action
from homeward.domain.codes import display_code
from homeward.domain.visiting import WEEK
from tests.apps.test_visits import planned, sibling, today
from tests.web.conftest import Reader
from tests.web.test_visits import PROMISE, SAFE, UNSAID, code_of, judged, plan, record, text
from tests.world import World


class TestNoWayOfAVisit:
    def test_what_else_the_card_allows_is_named_instead(self, reader: Reader, world: World) -> None:
        house, client, day = world.amani, reader("case_worker"), today(world.amani)
        code, row = code_of(house), planned(house)
        set_card(house.actor("case_worker"), code, CardFacts(("somebody", "message")))
        answer = client.post(f"/children/{code}/visits/new", {**SAFE, "on": day.isoformat()})
        words = "The card allows contact without a visit: Through somebody they trust · By a message."
        for address in (answer["Location"], f"/visits/{row.pk}"):
            html = text(client, address)
            assert words in html, address
            assert f'href="/children/{code}/visits#reach"' in html
        set_quiet_time(house.actor("case_worker"), code, day, day, "asked")
        assert words not in text(client, answer["Location"])


class TestAGroup:
    def test_a_group_that_the_card_does_not_name_is_closed_with_its_reason(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        code, day = code_of(house), today(house).isoformat()
        set_card(house.actor("case_worker"), code, CardFacts(("neutral_place", "phone")))
        path, closed = f"/children/{code}/visits/new", "In a group with others – closed: not on the safe-contact card"
        assert closed in text(client, path)
        html = judged(client, path, {**SAFE, "on": day})
        assert closed in html
        assert re.search(r'name="mode" value="group"[^>]*disabled', html)
        assert (plan(client, path, {**SAFE, "on": day}, mode="group").status_code, Visit.objects.count()) == (422, 0)
        client.post(path, {**SAFE, "on": day, "resentment": "yes", "asked_for": "group"})
        assert [row.blocked for row in Visit.objects.all()] == [["nothing_fits"]]

    def test_a_group_that_the_card_names_is_open_and_stands_on_the_card(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        code, day = code_of(house), today(house).isoformat()
        html = text(client, f"/children/{code}/visits/card")
        assert re.search(r'name="channels" value="group"', html)
        assert client.post(f"/children/{code}/visits/card", {"channels": ["group", "phone"]}).status_code == 302
        assert "In a group with others · By telephone" in text(client, f"/children/{code}/visits")
        path = f"/children/{code}/visits/new"
        answer = plan(client, path, {**SAFE, "on": day}, mode="group")
        assert (answer.status_code, Visit.objects.get().mode) == (302, "group")


class TestPromisesAtAVisit:
    def test_a_note_keeps_what_was_agreed_at_it_with_its_end_and_nothing_of_later_visits(
        self, reader: Reader, world: World
    ) -> None:
        house, client, worker = world.amani, reader("case_worker"), world.amani.actor("case_worker")
        day, rows = today(house), [planned(house, days=-20), planned(house, days=-10)]
        for row, promise in zip(rows, (PROMISE, "Later one"), strict=True):
            agreed = (NewAction("we", day + timedelta(days=3), promise),)
            hold_visit(worker, row.pk, Held(True, True, "yes", (), alone="yes", on=row.planned_on, actions=agreed))
        first = next(each for each in actions_of(worker, code_of(house)) if each.promise == PROMISE)
        ended = {"because": "no_means", "need": "papers"}
        settle_action(worker, rows[0].pk, first.id, Became("not_coming", told="nobody", **ended))
        today_page = text(client, "/")
        assert "It will not come, and nobody has told the family" in today_page
        assert "-" not in re.findall(r"(-?\d+) days? late", today_page)
        settle_action(worker, rows[0].pk, first.id, Became("not_coming", told="promiser", **ended))
        assert "nobody has told the family" not in text(client, "/")
        html = text(client, f"/visits/{rows[0].pk}")
        for word in (PROMISE, "It will not come", "There is no money or nobody for it", "Whoever had promised it"):
            assert word in html, word
        assert "Later one" not in html
        assert PROMISE not in text(client, f"/visits/{rows[1].pk}")
        path = f"/children/{code_of(house)}/journey"
        assert f'href="/visits/{rows[0].pk}"' in text(client, path)


class TestCardsOfOneTrip:
    def test_the_card_of_each_child_is_read_before_one_goes(self, reader: Reader, world: World) -> None:
        house, client, worker = world.amani, reader("case_worker"), world.amani.actor("case_worker")
        other, day = sibling(house), today(house)
        set_card(worker, other.code, CardFacts(("home",), (), ("evening",), unsaid=UNSAID, how="0700"))
        set_card(worker, code_of(house), CardFacts(("home",), (), ("midday",), how="0800"))
        path = f"/children/{code_of(house)}/visits/new"
        alone = {**SAFE, "on": day.isoformat()}
        given = {**alone, "others": other.code}
        assert UNSAID not in judged(client, path, alone)
        html = judged(client, path, given)
        assert all(each in html for each in (UNSAID, "Evening", "Midday", display_code(other.code)))
        assert "card/open" not in html  # a tap there would lose what was answered
        plan(client, path, given)
        first = Visit.objects.get(child__code=code_of(house)).pk
        html = text(client, f"/visits/{first}")
        assert [each in html for each in (UNSAID, "Evening", "0700")] == [True, True, False]
        for address in (f"/visits/{first}/sheet", f"/visits/sheets?on={day}"):
            html = text(client, address)
            assert f"Read also the card of {display_code(other.code)}" in re.sub("<[^>]*>", "", html)
            assert UNSAID not in html
        assert Event.objects.filter(verb="children.see", object_id=str(other.id)).exists()


class TestSafeDays:
    """The card names days: a visit is planned, and the next agreed, for one of them alone."""

    def test_another_day_is_refused_with_the_safe_days_and_the_next(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        code, tuesday = code_of(house), today(house) + timedelta(days=8 - today(house).weekday())
        set_card(house.actor("case_worker"), code, CardFacts(("home",), ("tue", "fri"), ("afternoon",)))
        path, monday = f"/children/{code}/visits/new", tuesday - timedelta(days=1)
        assert "Safe days on the card: Tuesday · Friday." in text(client, path)
        answer = client.post(path, {**SAFE, "on": monday.isoformat()})
        html = answer.content.decode()
        assert (answer.status_code, Visit.objects.count()) == (422, 0)
        assert "Not a safe day on the card. Safe days: Tuesday · Friday." in html
        assert f"The next safe day is {date_format(tuesday)}" in html
        assert plan(client, path, {**SAFE, "on": monday.isoformat()}).status_code == 422
        assert plan(client, path, {**SAFE, "on": tuesday.isoformat()}).status_code == 302
        assert Visit.objects.count() == 1
        for address in (
            f"/visits?on={tuesday}",
            f"/visits/sheets?on={tuesday}",
            f"/visits/{Visit.objects.get().pk}/sheet",
        ):
            assert "At home · Afternoon" in text(client, address), address

    def test_the_next_visit_is_agreed_for_a_safe_day(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        row, monday = planned(house), today(house) + timedelta(days=7 - today(house).weekday())
        set_card(house.actor("case_worker"), code_of(house), CardFacts(("home",), ("tue",)))
        path = f"/visits/{row.pk}/record"
        assert "Safe days on the card: Tuesday." in text(client, path)
        answer = client.post(path, record(next_on=monday.isoformat()))
        assert answer.status_code == 422
        assert "Not a safe day on the card." in answer.content.decode()
        assert client.post(path, record(next_on=(monday + timedelta(days=1)).isoformat())).status_code == 302

    def test_a_day_that_the_card_shut_since_says_so_wherever_the_visit_stands(
        self, reader: Reader, world: World
    ) -> None:
        house, client = world.amani, reader("case_worker")
        row, day = planned(house), today(house)
        assert "At home" in text(client, "/")
        others = tuple(each for each in WEEK if each != WEEK[day.weekday()])
        set_card(house.actor("case_worker"), code_of(house), CardFacts(("home",), others))
        for address in ("/", f"/visits?on={day}", f"/visits/{row.pk}", f"/visits/{row.pk}/sheet"):
            html = text(client, address)
            assert "Nobody goes on this day: it is not a safe day on the card." in html, address
            assert "paper sheet" not in html
        set_card(house.actor("case_worker"), code_of(house), CardFacts(("phone",)))
        assert "the safe-contact card does not allow it" in text(client, "/")
