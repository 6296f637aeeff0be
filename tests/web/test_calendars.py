"""What leaves the house towards a calendar or a mail box says that something is there, and nothing else."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client

from homeward.apps.access.models import Person
from homeward.apps.audit.models import Event
from homeward.apps.cases.risk import set_risk
from homeward.apps.visits import reminding
from homeward.apps.visits.clock_models import Feed
from homeward.apps.visits.reminding import remind, wish_for_mail
from homeward.apps.visits.services import pause_child
from homeward.config.logs import without_tokens
from tests.web.conftest import Reader
from tests.world import World, day_of

ALLOWED = re.compile(
    r"BEGIN:V(CALENDAR|EVENT)|END:V(CALENDAR|EVENT)|VERSION:2.0|PRODID:-//calendar//EN|METHOD:PUBLISH|"
    r"UID:[0-9a-f]{32}-\d{8}-\d+|DTSTAMP:\d{8}T\d{6}Z|DTSTART;VALUE=DATE:\d{8}|SUMMARY:Appointment \d+|"
    r"TRANSP:TRANSPARENT|"
)


def address_from(client: Client) -> str:
    html = client.post("/me/calendar", {"step": "make"}).content.decode()
    return re.findall(r"http://testserver(/calendar/[^<]+\.ics)", html)[0]


def test_a_calendar_holds_days_and_numbers_alone(reader: Reader, world: World) -> None:
    address = address_from(reader("case_worker"))
    answer = Client().get(address)
    assert answer["Content-Type"].startswith("text/calendar")
    lines = answer.content.decode().split("\r\n")
    assert [line for line in lines if not ALLOWED.fullmatch(line)] == []
    today = day_of(world.amani.organisation_id).strftime("%Y%m%d")
    assert f"DTSTART;VALUE=DATE:{today}" in lines
    assert "SUMMARY:Appointment 1" in lines
    looked = Event.objects.filter(verb="fetch_calendar", actor_id=world.amani.people["case_worker"])
    assert looked.count() == 1
    assert address.encode() not in bytes(Feed.objects.get().token_hash)


def test_the_address_is_copied_by_a_key_or_selected_by_hand(reader: Reader) -> None:
    html = reader("case_worker").post("/me/calendar", {"step": "make"}).content.decode()
    assert re.search(r'<textarea id="calendar-address"[^>]* readonly[^>]*>http://testserver/calendar/', html)
    assert re.search(r'<button type="button"[^>]* data-copy="calendar-address"[^>]* data-needs-script hidden>', html)


def test_an_address_ends_when_another_is_made_or_it_is_ended(reader: Reader, world: World) -> None:
    client = reader("case_worker")
    first = address_from(client)
    assert first not in client.get("/me/calendar").content.decode()
    second = address_from(client)
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)
    Person.objects.filter(pk=world.amani.people["case_worker"]).update(is_active=False)
    assert Client().get(second).status_code == 404
    Person.objects.filter(pk=world.amani.people["case_worker"]).update(is_active=True)
    reader("case_worker").post("/me/calendar", {"step": "end"})
    assert Client().get(second).status_code == 404
    assert Client().get("/calendar/nothing.ics").status_code == 404


def test_only_who_sees_children_has_days(reader: Reader) -> None:
    for name in ("me_officer", "focal_point", "programme_manager", "outsider"):
        assert reader(name).get("/me/calendar").status_code == 403
        assert reader(name).post("/me/calendar", {"step": "make"}).status_code == 403


def test_while_the_clock_stands_still_the_calendar_is_empty(reader: Reader, world: World) -> None:
    assert world.amani.child is not None
    address = address_from(reader("case_worker"))
    set_risk(world.amani.actor("case_worker"), world.amani.child.code, "high", "visit")
    busy = Client().get(address).content.count(b"BEGIN:VEVENT")
    pause_child(world.amani.actor("case_worker"), world.amani.child.code, "asked")
    assert (busy > 1, Client().get(address).content.count(b"BEGIN:VEVENT")) == (True, 0)


def test_the_secret_of_an_address_stands_in_no_log() -> None:
    assert without_tokens("GET /calendar/s3cr3t.ics 200") == "GET /calendar/… 200"


def at(monkeypatch: pytest.MonkeyPatch, hour: int) -> None:
    """So late is it where the person is."""
    moment = datetime.now(ZoneInfo("UTC")).replace(hour=hour)
    monkeypatch.setattr(reminding.timezone, "now", lambda: moment)


def test_the_mail_of_the_morning_says_nothing_and_comes_once(
    reader: Reader, world: World, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.HOMEWARD_MAIL = "smtp://localhost"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Person.objects.update(time_zone="UTC")
    assert remind() == 0  # nobody has asked for it
    reader("case_worker").post("/me/calendar", {"step": "mail"})
    wish_for_mail(world.amani.actor("other_case_worker"), True)
    wish_for_mail(world.amani.actor("other_case_worker"), False)
    at(monkeypatch, 5)
    assert remind() == 0
    at(monkeypatch, 7)
    assert (remind(), remind()) == (1, 0)
    (sent,) = mail.outbox
    assert (sent.subject, sent.body) == (
        "There is something for you today",
        "There is something for you today. Please sign in.",
    )
    assert sent.to == ["case_worker@amani.example.org"]
    assert "amani" not in f"{sent.subject} {sent.body} {sent.extra_headers}".lower()


def test_whom_no_reminder_may_count_stands_in_none(
    world: World, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.HOMEWARD_MAIL = "smtp://localhost"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Person.objects.update(time_zone="UTC")
    wish_for_mail(world.amani.actor("case_worker"), True)
    at(monkeypatch, 7)
    monkeypatch.setattr(reminding, "remindable", lambda children: children.none())
    assert remind() == 0
