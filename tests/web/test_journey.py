"""The page of a journey and the guide through turns of life, as people meet them."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from homeward.apps.audit.models import Event
from homeward.apps.cases.models import Child, Document, EndRequest, Return, RiskLevel
from homeward.apps.visits.clock_models import Pause
from homeward.apps.visits.models import ContactAttempt
from tests.case_life import case_life
from tests.rows import bare_interview
from tests.web.conftest import Interviewed, Reader
from tests.world import World

pytestmark = pytest.mark.database


def code_of(world: World) -> str:
    assert world.amani.child is not None
    return world.amani.child.code


def address(world: World, page: str = "journey") -> str:
    return f"/children/{code_of(world)}/{page}"


def long_life(world: World) -> None:
    """Five hundred moments of several kinds, written straight into the tables."""
    child, today = Child.objects.get(code=code_of(world)), date.today()
    days = [today - timedelta(days=each % 190 + 1) for each in range(150)]
    shared = {"child": child}
    ContactAttempt.objects.bulk_create(
        [ContactAttempt(**shared, on=day, channel="home", outcome="reached_child") for day in days]
    )
    Document.objects.bulk_create(
        [Document(**shared, told_on=day, kind="passport", state="applied") for day in days[:130]]
    )
    RiskLevel.objects.bulk_create(
        [
            RiskLevel(**shared, level="medium", since=day, reason="visit", said_at=timezone.now(), words=b"")
            for day in days[:100]
        ]
    )
    for number, day in enumerate(days[:120]):
        bare_interview(world, child.pk, (today - day).days, respondent=("child", "caregiver")[number % 2]).save(
            force_insert=True
        )


class TestTheJourney:
    def test_it_stands_in_its_order_with_a_strip_and_a_table(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        interviewed()
        case_life(world.amani, code_of(world), str)
        answer = reader("case_worker").get(address(world))
        html = answer.content.decode()
        assert "<title>Record" in html
        assert html.count('class="strip"') == 1
        assert answer.context["strip"]["table"]
        assert "The same as a table" in html
        assert "Came back" in html
        days = [row["day"] for month in answer.context["months"] for row in month["rows"]]
        assert days == sorted(days, reverse=True)

    def test_one_kind_alone_is_a_plain_link(self, reader: Reader, world: World) -> None:
        case_life(world.amani, code_of(world), str)
        client = reader("case_worker")
        answer = client.get(address(world) + "?of=agreement")
        groups = {row["group"] for month in answer.context["months"] for row in month["rows"]}
        assert groups == {"agreement"}
        assert client.get(address(world) + "?of=nonsense").context["chosen"] == ""

    def test_fifty_stand_on_a_page_and_the_rest_on_the_next(self, reader: Reader, world: World) -> None:
        long_life(world)
        client = reader("case_worker")
        first = client.get(address(world) + "?of=visits")
        assert len(first.context["page"].rows) == 50
        assert "of=visits&amp;page=2" in first.content.decode()
        second = client.get(address(world) + "?of=visits&page=3")
        assert len(second.context["page"].rows) == 50
        assert second.context["months"][0]["heading"]  # which return it belongs to is said on each page

    def test_a_look_leaves_one_row(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        before = set(Event.objects.values_list("pk", flat=True))
        assert client.get(address(world)).status_code == 200
        (event,) = Event.objects.exclude(pk__in=before)
        assert (event.verb, event.detail["part"], event.allowed) == ("children.see", "journey", True)

    @pytest.mark.parametrize("who", ["other_case_worker", "other_supervisor", "outsider", "programme_manager"])
    def test_outsiders_meet_nothing(self, reader: Reader, world: World, who: str) -> None:
        assert reader(who).get(address(world)).status_code == 404

    def test_what_is_not_for_a_reader_is_not_named_to_them(self, reader: Reader, world: World) -> None:
        case_life(world.amani, code_of(world), str)
        html = reader("me_officer").get(address(world)).content.decode()
        main = html.split("<main")[1]
        assert "Step:" not in main
        assert "?of=visits" not in main
        assert "Something changed" not in main

    def test_five_hundred_moments_are_quick_with_as_many_questions_as_few(
        self, reader: Reader, world: World, record_property: pytest.RecordProperty
    ) -> None:
        client = reader("case_worker")
        bare_interview(world, Child.objects.get(code=code_of(world)).pk, 5, respondent="child").save(force_insert=True)
        client.get(address(world))
        connection.queries_log.clear()  # else a full log counts none
        with CaptureQueriesContext(connection) as few:
            client.get(address(world))
        before = len(few)  # a later request empties the log
        long_life(world)
        connection.queries_log.clear()
        with CaptureQueriesContext(connection) as many:
            answer = client.get(address(world))
        after = len(many)
        assert answer.context["page"].total >= 500
        assert 0 < after <= before
        times = []
        for _ in range(7):
            begun = time.process_time()
            client.get(address(world))
            times.append(time.process_time() - begun)
        record_property("ran", f"{after} questions, median {sorted(times)[3] * 1000:.0f} ms of processor")
        print(f"\n{connection.vendor}: {after} questions, {sorted(times)[3] * 1000:.0f} ms")  # noqa: T201
        assert sorted(times)[3] < 0.3


class TestTheOverview:
    def test_the_five_newest_stand_there_with_a_way_to_all(self, reader: Reader, world: World) -> None:
        case_life(world.amani, code_of(world), str)
        answer = reader("case_worker").get(f"/children/{code_of(world)}")
        assert len(answer.context["newest"]) == 5
        html = answer.content.decode()
        assert address(world) in html
        assert address(world, "turns") in html

    def test_what_is_to_come_is_not_what_happened(self, reader: Reader, world: World) -> None:
        answer = reader("case_worker").get(f"/children/{code_of(world)}")
        assert all(row["day"] <= date.today() + timedelta(days=1) for row in answer.context["newest"])


class TestTurns:
    @pytest.mark.parametrize("page", ["turns", "turns/left", "turns/back", "turns/died"])
    def test_it_is_for_those_who_may_change_the_record(self, reader: Reader, world: World, page: str) -> None:
        answers = {
            who: reader(who).get(address(world, page)).status_code
            for who in ("case_worker", "supervisor", "me_officer", "focal_point", "other_case_worker", "outsider")
        }
        assert list(answers.values()) == [200, 200, 403, 403, 404, 404]

    def test_a_turn_that_is_none_is_not_there(self, reader: Reader, world: World) -> None:
        assert reader("case_worker").get(address(world, "turns/married")).status_code == 404

    def test_leaving_is_told_and_what_is_missing_is_said_with_what_was_typed(
        self, reader: Reader, world: World
    ) -> None:
        client, day = reader("case_worker"), date.today() - timedelta(days=3)
        sent = {"left_on": day.isoformat(), "end": "yes", "told": "not_possible", "words": ""}
        answer = client.post(address(world, "turns/left"), sent)
        assert answer.status_code == 422
        assert "Less than two years" in answer.content.decode()
        assert day.isoformat() in answer.content.decode()
        assert not Return.objects.exists()
        answer = client.post(address(world, "turns/left"), {**sent, "words": "A neighbour told it."})
        assert (answer.status_code, answer["Location"]) == (302, address(world, "turns"))
        assert Return.objects.get().left_on == day
        html = client.get(address(world, "turns")).content.decode()
        assert "The child has left again" in html  # the end waits, with its reason
        assert EndRequest.objects.get().reason == "migrated_again"

    def test_a_death_is_not_told_by_a_slip_of_the_finger(self, reader: Reader, world: World) -> None:
        client, sent = reader("case_worker"), {"died_on": date.today().isoformat(), "words": ""}
        assert client.post(address(world, "turns/died"), sent).status_code == 422
        assert not Pause.objects.exists()
        assert client.post(address(world, "turns/died"), {**sent, "certain": "on"}).status_code == 302
        html = client.get(address(world, "turns")).content.decode()
        assert 'turns/died"' not in html
        assert "waits for a second person" in html

    def test_forms_know_what_led_there(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        html = client.get(address(world, "plan/close") + "?reason=turned_18").content.decode()
        assert '<option value="turned_18" selected>' in html
        html = client.get(address(world, "plan/vary") + "?trigger=turn_of_life").content.decode()
        assert 'value="turn_of_life"' in html
        assert not EndRequest.objects.exists()
