"""The wish to be called back stands first on *Today*, and recording that somebody was reached ends it."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils.formats import date_format

from homeward.apps.audit.models import Event
from homeward.apps.cases.merging import merge_children
from homeward.apps.surveys.models import Channel, Submission
from homeward.apps.visits.calling_back import to_call_back
from homeward.apps.visits.cards import set_quiet_time
from homeward.apps.visits.contacts import Attempt, record_attempt
from homeward.domain.codes import display_code
from tests.apps.test_same_child import twin
from tests.apps.test_visits import today
from tests.web.conftest import Interviewed, Reader
from tests.web.test_visits import code_of, text
from tests.world import World

pytestmark = pytest.mark.database
WISHES = {"want_to_talk": "yes"}


def section(client: Client) -> str:
    html = client.get("/").content.decode()
    found = re.search(r'<section class="panel part" aria-labelledby="part-called">.*?</section>', html, re.S)
    return found[0] if found else ""


def test_it_stands_before_all_that_is_due_and_leads_to_where_it_ends(
    reader: Reader, world: World, interviewed: Interviewed
) -> None:
    house, client = world.amani, reader("case_worker")
    page = f"/children/{code_of(house)}/visits"
    assert section(client) == ""
    interviewed(days=3, changes=WISHES)
    html = section(client)
    assert f'href="{page}#attempt"' in html
    assert date_format(date.today() - timedelta(days=3), "DATE_FORMAT") in html
    whole = client.get("/").content.decode()
    assert whole.index('id="part-called"') < whole.index('class="counts"')
    assert Event.objects.filter(verb="answers.see", object_kind="flags").exists()
    tab = text(client, page)
    assert 'id="wish"' in tab
    assert '<details id="attempt" open>' in tab
    answer = client.post(f"{page}/attempt", {"channel": "they_came", "outcome": "no_answer"}, follow=True)
    assert "Recorded: they were called back." not in answer.content.decode()
    assert section(client)
    answer = client.post(f"{page}/attempt", {"channel": "they_came", "outcome": "reached_child"}, follow=True)
    assert "Recorded: they were called back." in answer.content.decode()
    assert section(client) == ""
    tab = text(client, page)
    assert 'id="wish"' not in tab
    assert '<details id="attempt">' in tab


def test_a_call_on_the_day_of_the_wish_ends_it(world: World, interviewed: Interviewed) -> None:
    worker, code = world.amani.actor("case_worker"), code_of(world.amani)
    record_attempt(worker, code, Attempt("they_came", "reached_caregiver", today(world.amani)))
    interviewed(days=0, changes=WISHES)
    day = today(world.amani)
    assert [each.code for each in to_call_back(worker)] == [code]
    record_attempt(worker, code, Attempt("they_came", "reached_child", day))
    assert to_call_back(worker) == ()


def test_whoever_wished_it_is_to_be_reached(reader: Reader, world: World, interviewed: Interviewed) -> None:
    house, client = world.amani, reader("case_worker")
    worker, page = house.actor("case_worker"), f"/children/{code_of(house)}/visits"
    interviewed(days=3, changes=WISHES)
    answer = client.post(f"{page}/attempt", {"channel": "they_came", "outcome": "reached_caregiver"}, follow=True)
    said = answer.content.decode()
    assert "Recorded: they were called back." not in said
    assert "Whoever asked to be called back was not reached yet." in said
    assert [each.respondent for each in to_call_back(worker)] == ["child"]
    interviewed("caregiver", 1, respondent="caregiver")
    assert [each.respondent for each in to_call_back(worker)] == ["child"]
    record_attempt(worker, code_of(house), Attempt("they_came", "refused", today(house)))
    assert to_call_back(worker) == ()


def test_what_a_family_sends_alone_is_no_call(world: World, interviewed: Interviewed) -> None:
    worker = world.amani.actor("case_worker")
    interviewed(days=3, changes=WISHES)
    interviewed(days=1)
    alone = Submission.objects.order_by("-interviewed_on").first()
    assert alone is not None
    assert to_call_back(worker) == ()
    Submission.objects.filter(pk=alone.pk).update(channel=Channel.LINK)
    assert [each.code for each in to_call_back(worker)] == [code_of(world.amani)]


def test_in_a_time_without_contact_nobody_is_sent_to_call(
    reader: Reader, world: World, interviewed: Interviewed
) -> None:
    house, client = world.amani, reader("case_worker")
    interviewed(days=3, changes=WISHES)
    day = today(house)
    set_quiet_time(house.actor("case_worker"), code_of(house), day, day + timedelta(days=2), "grief")
    html = section(client)
    assert "#attempt" not in html
    assert f"No contact until {date_format(day + timedelta(days=2), 'DATE_FORMAT')}" in html
    assert "#attempt" not in text(client, f"/children/{code_of(house)}/visits")


def test_a_supervisor_sees_how_many_and_nobody_else_any(reader: Reader, world: World, interviewed: Interviewed) -> None:
    interviewed(days=3, changes=WISHES)
    client, code = reader("supervisor"), display_code(code_of(world.amani))
    html = section(client)
    assert '<span class="tag bad">1</span>' in html
    assert code not in html
    assert code in client.get("/today/called").content.decode()
    for name in ("other_case_worker", "other_supervisor", "me_officer", "focal_point", "outsider"):
        assert section(reader(name)) == "", name
    assert section(reader("case_worker", world.baraka)) == ""


def test_what_was_wished_under_a_record_that_was_put_together_counts_for_the_one_that_stays(
    world: World, interviewed: Interviewed
) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    other = twin(house)
    interviewed(days=3, code=other.code, changes=WISHES)
    merge_children(house.actor("supervisor"), other.code, code_of(house))
    assert [each.code for each in to_call_back(worker)] == [code_of(house)]
    interviewed(days=2)
    assert to_call_back(worker) == ()
