"""Pages about keeping and ending: who sees them, what they say, and that nothing happens without a second person."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from homeward.apps.access.models import Membership
from homeward.apps.audit.models import Event
from homeward.apps.cases.models import Child
from homeward.apps.retention import carrying_out
from homeward.apps.retention.carrying_out import carry_out
from homeward.apps.retention.models import Ending, Hold, RetentionPeriod, Review
from homeward.apps.retention.repeating import wait_after_restore
from homeward.domain.codes import display_code
from homeward.domain.retention import latest_look
from homeward.web.access import entering
from homeward.web.retention.words import REPORT
from tests.retention.lives import Life, lived
from tests.web.conftest import Reader
from tests.world import World, day_of

pytestmark = pytest.mark.database
OUTSIDE = ("other_supervisor", "organisation_admin", "system_admin", "me_officer", "programme_manager", "outsider")
WHY = "The family has asked for more time."


@pytest.fixture
def life(world: World, monkeypatch: pytest.MonkeyPatch) -> Life:
    monkeypatch.setattr(carrying_out, "empty_log", lambda: True)
    Membership.objects.update(until=None)
    return lived(world, told=False)


def long_ended(life: Life, days: int = 700) -> None:
    """Its limit lies within the notice."""
    Child.objects.filter(pk=life.id).update(status="closed", ended_on=timezone.now().date() - timedelta(days=days))


def said(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def yes(question: str) -> dict[str, str]:
    """What the page on which an erasure is decided sends."""
    (mark,) = re.findall(r'name="mark" value="([0-9a-f]{64})"', question)
    return {"verdict": "agree", "sure": "on", "mark": mark}


def test_no_two_fields_of_the_page_have_one_id(reader: Reader, life: Life) -> None:
    long_ended(life)
    ids = re.findall(r' id="([^"]+)"', said(reader("supervisor"), f"/children/{life.code}/keep"))
    assert len([each for each in ids if each.endswith("reason")]) == 4
    assert len(ids) == len(set(ids))


def test_only_whoever_decides_sees_the_page_and_the_list(reader: Reader, life: Life, world: World) -> None:
    page = f"/children/{life.code}/keep"
    for name in ("supervisor", "focal_point"):
        assert reader(name).get(page).status_code == 200
        assert reader(name).get("/retention").status_code == 200
    assert reader("case_worker").get(page).status_code == 403
    for name in OUTSIDE:
        assert reader(name).get(page).status_code in (403, 404), name
        assert reader(name).get("/retention").status_code in (403, 404) or name == "other_supervisor", name
    assert reader("focal_point", world.baraka).get(page).status_code == 404
    assert Client().get(page).status_code == 302
    assert life.code not in said(reader("other_supervisor"), "/retention").replace(" ", "")


def test_a_child_comes_onto_the_list_and_a_person_decides(reader: Reader, life: Life) -> None:
    client, page = reader("supervisor"), f"/children/{life.code}/keep"
    assert display_code(life.code) not in said(client, "/retention")
    long_ended(life)
    listed = said(client, "/retention")
    assert display_code(life.code) in listed
    assert "nobody has decided" in listed
    assert "One decision waits" in said(client, "/")
    assert display_code(life.code) not in said(reader("other_supervisor"), "/retention")
    answer = client.post(page, {"act": "end", "clock": "monitoring"})
    assert (answer.status_code, Review.objects.get().verdict) == (302, "end")
    assert "Let it end" in said(client, "/retention")
    assert "One decision waits" not in said(client, "/")
    until = (timezone.now() + timedelta(days=200)).date()
    answer = client.post(page, {"act": "longer", "clock": "monitoring", "until": until.isoformat(), "reason": "x"})
    assert (answer.status_code, "too short" in answer.content.decode()) == (422, True)
    given = {"act": "longer", "clock": "monitoring", "until": until.isoformat(), "reason": WHY}
    assert client.post(page, given).status_code == 302
    assert "prolonged" in said(client, page)
    assert display_code(life.code) not in said(client, "/retention")


def test_after_a_restore_the_list_says_that_nothing_ends_by_itself(reader: Reader, life: Life) -> None:
    client = reader("supervisor")
    assert "Nothing ends by itself before" not in said(client, "/retention")
    wait_after_restore()
    assert "Nothing ends by itself before" in said(client, "/retention")
    with time_machine.travel(timezone.now() + timedelta(days=17)):
        assert "Nothing ends by itself before" not in said(reader("supervisor"), "/retention")


def test_a_hold_is_placed_seen_and_lifted(reader: Reader, life: Life, world: World) -> None:
    client, page = reader("supervisor"), f"/children/{life.code}/keep"
    asked = said(client, page)
    last = latest_look(day_of(world.amani.organisation_id))
    assert f'max="{last.isoformat()}"' in asked
    assert f"At the latest on {date_format(last, 'DATE_FORMAT')}" in asked
    late = {"act": "hold", "reason_code": "court", "reason": WHY, "review_on": (last + timedelta(days=1)).isoformat()}
    answer = client.post(page, late)
    assert answer.status_code == 422
    assert f"later than {date_format(last, 'DATE_FORMAT')}" in answer.content.decode()  # a day as people write it
    soon = (timezone.now() + timedelta(days=30)).date()
    given = {"act": "hold", "reason_code": "court", "reason": WHY, "review_on": soon.isoformat()}
    assert client.post(page, {**given, "review_on": ""}).status_code == 422
    assert client.post(page, given).status_code == 302
    shown = said(client, page)
    assert "Held for the law" in shown
    assert WHY in shown
    assert WHY not in said(client, "/retention")
    assert client.post(page, {"act": "erase", "asked_for": "child", "reason": "erasure_asked"}).status_code == 422
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert "due" in said(reader("supervisor"), "/retention")
    assert client.post(page, {"act": "lift"}).status_code == 302
    assert Hold.objects.filter(lifted_at=None).count() == 0


def test_an_erasure_takes_two_and_ends_on_the_list(reader: Reader, life: Life, world: World) -> None:
    asker, page = reader("supervisor"), f"/children/{life.code}/keep"
    given = {"act": "erase", "asked_for": "child", "reason": "erasure_asked"}
    assert asker.post(page, given).status_code == 302
    row = Ending.objects.get()
    check = f"/retention/{row.pk}/check"
    assert check not in said(asker, "/retention")
    for name in ("supervisor", "case_worker", *OUTSIDE):
        assert reader(name).get(check).status_code in (403, 404), name
        assert reader(name).post(check, {"verdict": "agree", "sure": "on"}).status_code in (403, 404), name
    stranger = reader("focal_point", world.baraka)
    assert stranger.get(check).status_code == 404
    assert stranger.post(check, {"verdict": "agree", "sure": "on"}).status_code == 404
    focal = reader("focal_point")
    assert check in said(focal, "/retention")
    question = said(focal, check)
    assert focal.post(check, {"verdict": "agree", "sure": "on"}).status_code == 409, "not from the page that was read"
    assert focal.post(check, yes(question)).status_code == 302
    carry_out(row.pk)
    row.refresh_from_db()
    for name, count in row.report.items():  # what was said beforehand is what went
        if count and name in ("interviews", "files", "kept_apart", "sealed_notes", "relations"):
            assert f"{REPORT[name]}: <strong>{count}</strong>" in question, name
    listed = said(focal, "/retention")
    assert "Done" in listed
    assert display_code(life.code) in listed
    for address in (page, f"/children/{life.code}", f"/children/{life.code}/copy"):
        assert focal.get(address).status_code == 404
    assert focal.post(check, {"verdict": "agree", "sure": "on"}).status_code == 409
    assert focal.get(check).status_code == 409
    assert focal.post(f"/retention/{uuid4()}/check").status_code == 404
    for address in ("/", "/children", "/audit", "/inbox", "/escalations"):
        assert reader("focal_point").get(address).status_code in (200, 403, 404)
    assert "Asked for the child to be erased" in said(reader("focal_point"), "/audit")


def test_before_anybody_agrees_the_page_says_what_goes_and_asks_once_more(reader: Reader, life: Life) -> None:
    asked = {"act": "erase", "asked_for": "child", "reason": "erasure_asked"}
    reader("supervisor").post(f"/children/{life.code}/keep", asked)
    key = Ending.objects.get().pk
    focal, check = reader("focal_point"), f"/retention/{key}/check"
    question = said(focal, check)
    assert display_code(life.code) in question
    assert "cannot be undone" in question
    assert life.said["name"] not in question
    answer = focal.post(check, {"verdict": "agree"})
    assert (answer.status_code, Ending.objects.get().state) == (422, "asked")
    assert Event.objects.filter(verb="retention.review", object_id=str(key), child_id=life.id).count() == 2
    assert focal.post(check, {"verdict": "refuse"}).status_code == 302
    assert Ending.objects.get().state == "refused"


def test_who_sat_down_at_a_screen_left_open_erases_nobody(
    reader: Reader, life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"act": "erase", "asked_for": "child", "reason": "erasure_asked"}
    reader("supervisor").post(f"/children/{life.code}/keep", asked)
    focal, check = reader("focal_point"), f"/retention/{Ending.objects.get().pk}/check"
    monkeypatch.setattr(entering, "is_confirmed", lambda _request: False)
    for answer in (focal.get(check), focal.post(check, {"verdict": "agree", "sure": "on"})):
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/me/confirm")
    assert Ending.objects.get().state == "asked"


def test_who_asked_cannot_agree(reader: Reader, life: Life) -> None:
    focal = reader("focal_point")
    focal.post(f"/children/{life.code}/keep", {"act": "erase", "asked_for": "child", "reason": "erasure_asked"})
    key = Ending.objects.get().pk
    assert focal.post(f"/retention/{key}/check", {"verdict": "agree", "sure": "on"}).status_code == 403
    assert Event.objects.filter(verb="check_erasure", allowed=False).count() == 1
    assert reader("second_focal_point").post(f"/retention/{key}/check", {"verdict": "refuse"}).status_code == 302
    assert Ending.objects.get().state == "refused"


def test_a_copy_is_shown_after_a_deliberate_act_alone_and_in_the_language_asked_for(reader: Reader, life: Life) -> None:
    page = f"/children/{life.code}/copy"
    client = reader("case_worker")
    asked = said(client, page)
    assert life.said["name"] not in asked
    assert 'type="radio"' in asked
    assert "checked" not in asked  # nobody hands over by not choosing
    answer = client.post(page, {"language": "en"})
    assert (answer.status_code, Event.objects.filter(verb="hand_over_copy").count()) == (422, 0)
    answer = client.post(page, {"whom": "child", "language": "en"})
    shown = answer.content.decode()
    assert life.said["name"] in shown
    assert life.said["text"] in shown
    assert answer["Cache-Control"] == "no-store"
    answer = client.post(page, {"whom": "guardian", "language": "ar"})
    shown = answer.content.decode()
    assert 'lang="ar" dir="rtl"' in shown
    assert life.said["name"] in shown
    assert life.said["text"] not in shown
    assert Event.objects.filter(verb="hand_over_copy", child_id=life.id).count() == 2
    assert client.post(page, {"whom": "police", "language": "en"}).status_code == 422
    assert client.post(page, {}).status_code == 422
    for name in OUTSIDE:
        assert reader(name).post(page, {"whom": "child", "language": "en"}).status_code in (403, 404), name
    assert Event.objects.filter(verb="hand_over_copy").count() == 2


def test_the_administrator_sets_how_long_and_sees_no_child(reader: Reader, life: Life) -> None:
    client = reader("organisation_admin")
    shown = said(client, "/retention/times")
    assert life.code not in shown
    given = {"monitoring": "18", "silence": "36", "record": "60", "unsettled": "12", "kept_apart": "3"}
    given |= {"refused": "12", "told": "60"}
    assert client.post("/retention/times", {**given, "monitoring": "2"}).status_code == 422
    assert client.post("/retention/times", given).status_code == 302
    assert list(RetentionPeriod.objects.values_list("clock", "months")) == [("monitoring", 18)]
    for name in ("supervisor", "focal_point", "case_worker", "outsider"):
        assert reader(name).get("/retention/times").status_code == 403
