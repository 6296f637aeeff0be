"""`homeward due --on DAY` says what the page *Today* said on that day, and will say: on a day that is past, today, on a
leap day and later. The children are those of a demo programme; the page is the one that a supervisor opens.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.test import Client

from homeward.apps.access.actors import actor_of_person_id
from homeward.apps.access.models import Organisation, Person, Team
from homeward.apps.audit.models import Event
from homeward.apps.cases.risk import set_risk
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.visits.outlooks import refresh
from homeward.apps.visits.services import pause_child
from homeward.cli import due as command
from homeward.cli.main import main
from homeward.demo.building import Builder, enrol_phones, publish_library, surveys
from homeward.demo.cast import set_up_house
from homeward.demo.lives import Interview, Life
from homeward.demo.tables import programmes
from homeward.domain.ages import TWO_VOICES, band_at
from homeward.domain.codes import normalise_code

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.slow]
PAST, NOW, LEAP, LATER = date(2027, 12, 1), date(2028, 2, 10), date(2028, 2, 29), date(2028, 7, 3)
CHILDREN = 40  # more than a page
Listed = set[tuple[str, str, str]]  # code, due day, state

ROW = re.compile(r'<a class="tap" href="/children/(\d{9})"><strong>.*?<span class="small-print bits">(.*?)</li>', re.S)
GROUP = re.compile(r'<section class="panel" aria-labelledby="g-(\w+)">(.*?)</section>', re.S)


@contextmanager
def on(day: date) -> Iterator[None]:
    with time_machine.travel(datetime.combine(day, time(12), UTC), tick=False):
        yield


@pytest.fixture
def built() -> Iterator[tuple[Builder, list[Life]]]:
    """As it stood on the day that is past: no interview of a later day is there yet."""
    with on(PAST):
        programme = replace(programmes()[0], children=CHILDREN)
        house = set_up_house(programme, PAST)
        publish_library(house)
        phones = {worker: phone.device_id for worker, phone in enrol_phones(house).items()}
        build = Builder(programme, house, phones, surveys(), PAST)
        yield build, [build.add_child(number) for number in range(CHILDREN)]


def page(build: Builder, team: int) -> Listed:
    """What stands on the pages of *Today* that the supervisor of this team turns, by what is written there."""
    client, found = Client(), set()
    client.force_login(Person.objects.get(pk=build.house.teams[team].supervisor))
    for number in range(1, 20):
        answer = client.get(f"/?page={number}")
        assert answer.status_code == 200
        text = html.unescape(answer.content.decode())
        rows = [(code, words, state) for state, part in GROUP.findall(text) for code, words in ROW.findall(part)]
        found |= {(code, _day(words), state) for code, words, state in rows}
        if number >= answer.context["page"].pages:
            return found
    raise AssertionError("more pages than there can be")


def _day(words: str) -> str:
    """The first date of a row is the day on which it is due."""
    said = re.search(r"<span>(\d{1,2} \w+ \d{4})</span>", words)
    assert said is not None, words
    return datetime.strptime(said[1], "%d %b %Y").replace(tzinfo=UTC).date().isoformat()


def listed(capsys: pytest.CaptureFixture[str], build: Builder, team: int, day: date | None) -> Listed:
    name = Team.objects.get(pk=build.house.teams[team].id).name
    house = Organisation.objects.get(pk=build.house.organisation_id).name
    words = ["due", "--organisation", house, "--team", name, "--format", "csv"]
    assert main([*words, *(["--on", day.isoformat()] if day is not None else [])]) == 0
    rows = csv.DictReader(io.StringIO(capsys.readouterr().out.removeprefix("\ufeff")))
    return {(normalise_code(row["child"]), row["due"], row["state"]) for row in rows}


def answered(build: Builder, lives: list[Life], day: date) -> None:
    """Every second child whose interview is due was asked since."""
    due = {code for team in range(len(build.house.teams)) for code, _, _ in page(build, team)}
    for life in sorted((each for each in lives if each.code in due), key=lambda each: each.code)[::2]:
        band = band_at(life.birth_date, day).code
        voices = [("caregiver", "caregiver")] if band == "0-5" else []
        voices += [("child", f"child-{band}"), ("caregiver", "caregiver")] if band in TWO_VOICES else []
        for respondent, instrument in voices:
            filled = build.filled(life, Interview(23.5, day, respondent, instrument))
            receive(build.phone_of(life.number), Delivery(filled))


def endangered(build: Builder, lives: list[Life]) -> None:
    """Contacts between the rounds too, and a clock that stands still."""
    returned = [each for each in lives if not each.is_host_peer]
    for life, level in zip(returned, ("high", "medium", "low", "high"), strict=False):
        worker = actor_of_person_id(build.who_works_with(life.number)[1])
        set_risk(worker, life.code, level, "visit", since=PAST - timedelta(days=20))
    worker = actor_of_person_id(build.who_works_with(returned[4].number)[1])
    pause_child(worker, returned[4].code, "away", until=LEAP)


def test_the_command_and_the_page_agree_on_every_day(
    built: tuple[Builder, list[Life]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "start_django", lambda: None)
    build, lives = built
    teams = range(len(build.house.teams))
    endangered(build, lives)
    then = [page(build, team) for team in teams]
    assert {state for rows in then for *_, state in rows} >= {"late", "tolerated"}
    assert sum(len(rows) for rows in then) > CHILDREN // 4
    with on(NOW):
        answered(build, lives, NOW - timedelta(days=2))
        today = [page(build, team) for team in teams]
        assert today != then
        for team in teams:
            assert listed(capsys, build, team, NOW) == listed(capsys, build, team, None) == today[team]
            assert listed(capsys, build, team, PAST) == then[team]
        foretold = {day: [listed(capsys, build, team, day) for team in teams] for day in (LEAP, LATER)}
    for day, rows in foretold.items():
        with on(day):
            assert [page(build, team) for team in teams] == rows
            refresh(60)  # the pages go by what is kept now
            assert [page(build, team) for team in teams] == rows
        assert rows not in (then, today)
    assert Event.objects.filter(verb="list_due").count() == len(teams) * 5
    assert "2028-02-29" in str(list(Event.objects.filter(verb="list_due").values_list("detail", flat=True)))


def test_what_is_read_from_the_page_is_what_stands_there() -> None:
    """Else two empty lists would agree."""
    row = (
        '<li><a class="tap" href="/children/123456782"><strong>1</strong></a><span class="small-print bits">'
        "<span>Vale</span><span>6 months</span><span>1 Mar 2028</span></span></li>"
    )
    text = f'<section class="panel" aria-labelledby="g-late"><ul>{row}</ul></section>'
    ((state, part),) = GROUP.findall(text)
    ((code, words),) = ROW.findall(part)
    assert (state, code, _day(words)) == ("late", "123456782", "2028-03-01")
