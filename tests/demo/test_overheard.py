"""One round of the demo to whose interview others listened: it is open, and Today asks for another one apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from homeward.apps.access.actors import actor_of_person_id
from homeward.apps.access.models import Person
from homeward.apps.visits.apart import to_ask_apart
from homeward.apps.visits.calling_back import to_call_back
from homeward.demo.consents import agree
from homeward.demo.lives import LAST_ROUND, draw_life, interviews, overheard, wishing
from homeward.demo.tables import programmes
from tests.demo.test_building import TODAY, builder

FIRST_OF_NIGERIA = range(8, 60, 4)  # children of the first case worker, after those with other parts


def test_it_is_the_newest_that_a_child_answered_whatever_the_day() -> None:
    for days in (0, 45, 200):
        today = date(2026, 3, 1) + timedelta(days=days)
        found = overheard(programmes()[0], FIRST_OF_NIGERIA, today)
        assert found is not None
        number, newest = found
        life = draw_life(programmes()[0], number, today)
        assert newest.respondent == "child"
        assert newest in list(interviews(programmes()[0], life, today))
        assert today - newest.day < timedelta(days=30)
        assert today - life.anchor < LAST_ROUND


def test_with_no_child_there_is_none() -> None:
    assert overheard(replace(programmes()[0], children=2), range(0), TODAY) is None


def test_another_child_asks_to_be_called_back_and_nobody_was_asked_since() -> None:
    for days in (0, 45, 200):
        today = date(2026, 3, 1) + timedelta(days=days)
        first, found = (each(programmes()[0], FIRST_OF_NIGERIA, today) for each in (overheard, wishing))
        assert first is not None
        assert found is not None
        number, wish = found
        assert number != first[0]
        days_of = [each.day for each in interviews(programmes()[0], draw_life(programmes()[0], number, today), today)]
        assert wish.respondent == "child"
        assert max(days_of) == wish.day
        assert today - wish.day < timedelta(days=90)


@pytest.mark.slow
@pytest.mark.database
@pytest.mark.django_db
def test_it_stands_on_todays_page_of_the_case_worker() -> None:
    build = builder(60)
    build.agreed = agree
    assert build.overheard is not None
    grace = build.house.teams[0].case_workers[0]
    assert Person.objects.get(pk=grace).display_name == "Grace Danjuma"
    for number in [each for each in range(60) if build.who_works_with(each)[1] == grace]:
        build.add_child(number)
    rows = [row for row in to_ask_apart(actor_of_person_id(grace)) if row.rule is not None]
    code = draw_life(build.programme, build.overheard[0], TODAY).code
    assert [(row.code, row.on) for row in rows] == [(code, build.overheard[1].day)]
    assert build.wishing is not None
    code = draw_life(build.programme, build.wishing[0], TODAY).code
    assert [(each.code, each.day) for each in to_call_back(actor_of_person_id(grace))] == [(code, build.wishing[1].day)]
