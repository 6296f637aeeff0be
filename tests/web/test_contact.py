"""Attempts on the page of a child: sent with what stands above, struck out with a reason; one day for what is next."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from homeward.apps.cases.models import Child
from homeward.apps.visits.contacts import Attempt, record_attempt
from homeward.apps.visits.queries import actions_of
from homeward.web.visits.promise_forms import EndForm, MoveForm
from tests.apps.test_visits import planned, today
from tests.web.conftest import Reader
from tests.web.test_visits import code_of, record, text
from tests.world import World

pytestmark = pytest.mark.database


def test_what_an_attempt_is_sent_with_stands_above_the_keys_that_send_it(reader: Reader, world: World) -> None:
    html = text(reader("case_worker"), f"/children/{code_of(world.amani)}/visits")
    fields = [html.index(f'name="{name}"') for name in ("channel", "on", "day_part", "next_step", "outcome")]
    assert fields == sorted(fields)


def test_an_attempt_recorded_by_mistake_is_struck_out_with_a_reason(reader: Reader, world: World) -> None:
    house, client = world.amani, reader("case_worker")
    path, worker = f"/children/{code_of(house)}/visits", house.actor("case_worker")
    key = str(record_attempt(worker, code_of(house), Attempt("phone", "unsafe")))
    assert f'name="attempt" value="{key}"' in text(client, path)
    given = {"what": "strike", "attempt": key, "reason": "wrong_child"}
    assert client.post(f"{path}/contact", {**given, "attempt": "x"}).status_code == 409
    assert client.post(f"{path}/contact", {**given, "reason": ""}).status_code == 400
    assert client.post(f"{path}/contact", given).status_code == 302
    html = text(client, path)
    assert "It is about another child" in html
    assert "Every step was tried" not in html
    assert f'name="attempt" value="{key}"' not in html


def test_what_was_refused_says_so_above_everything_that_was_there_before(reader: Reader, world: World) -> None:
    house, client = world.amani, reader("case_worker")
    path = f"/children/{code_of(house)}/visits"
    for what in ({"outcome": "no_answer"}, {"what": "found"}):  # without a way; without how it was found
        answer = client.post(f"{path}/{'contact' if 'what' in what else 'attempt'}", what)
        html = answer.content.decode()
        assert (answer.status_code, html.count('id="problems"')) == (422, 1)
        assert html.index('id="problems"') < html.index('class="tabs') < html.index("<section")


def test_what_was_refused_of_something_agreed_says_so_on_top(reader: Reader, world: World) -> None:
    house, client = world.amani, reader("case_worker")
    visit = planned(house)
    client.post(f"/visits/{visit.pk}/record", record(promise_1="Ask", who_1="we", by_1=today(house).isoformat()))
    (agreed,) = actions_of(house.actor("case_worker"), code_of(house))
    for what in ("moved", "not_coming"):
        answer = client.post(f"/visits/{visit.pk}/actions/{agreed.id}/say", {"what": what})
        html = answer.content.decode()
        assert (answer.status_code, html.count('id="problems"')) == (422, 1)
        assert html.index('id="problems"') < html.index("<section")


def test_what_is_needed_does_not_look_as_if_it_could_be_left_out(reader: Reader, world: World) -> None:
    html = text(reader("case_worker"), f"/children/{code_of(world.amani)}/visits/card")
    legend = re.search(r"How may the child or the family be reached\?.*?</legend>", html, re.DOTALL)
    assert legend is not None
    assert "at least one" in legend[0]
    assert "optional" not in legend[0]
    for form in (MoveForm(prefix="move"), EndForm("we", prefix="end")):
        assert next(iter(form.fields["because"].choices))[1] == "Please choose"  # type: ignore[attr-defined]


def test_the_sheet_for_the_way_has_a_line_for_what_is_agreed(reader: Reader, world: World) -> None:
    html = text(reader("case_worker"), f"/visits/{planned(world.amani).pk}/sheet")
    assert html.index("What is agreed now?") < html.index("What is agreed?") < html.index("Who does it?")


def test_the_next_visit_names_the_same_day_as_the_next_point(reader: Reader, world: World) -> None:
    house = world.amani
    Child.objects.filter(code=code_of(house)).update(return_date=today(house) - timedelta(days=40))
    answer = reader("case_worker").get(f"/children/{code_of(house)}/visits")
    due = answer.context["next_point"]["due"]
    assert due < today(house), "its round is late"
    assert answer.context["proposed"] == due
