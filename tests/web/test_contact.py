"""Attempts on the page of a child: sent with what stands above, struck out with a reason; one day for what is next."""

from __future__ import annotations

from datetime import timedelta

import pytest

from homeward.apps.cases.models import Child
from homeward.apps.visits.contacts import Attempt, record_attempt
from tests.apps.test_visits import today
from tests.web.conftest import Reader
from tests.web.test_visits import code_of, text
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


def test_the_next_visit_names_the_same_day_as_the_next_point(reader: Reader, world: World) -> None:
    house = world.amani
    Child.objects.filter(code=code_of(house)).update(return_date=today(house) - timedelta(days=40))
    answer = reader("case_worker").get(f"/children/{code_of(house)}/visits")
    due = answer.context["next_point"]["due"]
    assert due < today(house), "its round is late"
    assert answer.context["proposed"] == due
