"""The pages of visits: prepare, record, and the contact ledger in two taps."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from homeward.apps.cases.models import Child
from homeward.apps.surveys.forms import load_from_library, propose_publication, publish
from homeward.apps.visits.calendars import calendar_of, make_feed
from homeward.apps.visits.cards import CardFacts, set_card, set_quiet_time
from homeward.apps.visits.models import Visit, VisitVoice
from homeward.apps.visits.planning import Plan, plan_visit
from homeward.apps.visits.recording import Held, NewAction, hold_visit
from homeward.domain.codes import display_code
from homeward.domain.visiting import Answer, Check
from tests.apps.test_visits import fields, planned, reflection, sibling, today
from tests.web.conftest import Reader
from tests.world import House, World

SAFE = {"attention": "no", "resentment": "no", "danger": "no", "undermines": "no", "asked_for": ""}
PROMISE, UNSAID = "qzwxjkvbnm", "xkqjzvwbnp"


def code_of(house: House) -> str:
    return house.child.code  # type: ignore[union-attr]


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode()


def judged(client: Client, path: str, given: dict[str, Any]) -> str:
    """The page of the plan, to which the answered questions lead."""
    answer = client.post(path, given)
    assert answer.status_code == 302, answer.content.decode()
    return text(client, answer["Location"])


def plan(client: Client, path: str, given: dict[str, Any], **how: Any) -> Any:
    """The questions answered and the plan sent; where the questions lead nowhere, what they were answered with."""
    answer = client.post(path, given)
    onward = answer.headers.get("Location", "")
    return client.post(onward, {"mode": "home", "goes": "staff", **how}) if "/visits/new/" in onward else answer


def record(**changes: Any) -> dict[str, Any]:
    return {
        "on": date.today().isoformat(),
        "mode": "home",
        "child_seen": "yes",
        "alone": "yes",
        "caregiver_seen": "yes",
        "on_track": "yes",
        "any_harm": "no",
        **changes,
    }


class TestPlanning:
    def test_check_then_plan_then_the_visit(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        path = f"/children/{code_of(house)}/visits/new"
        assert "Could the visit do harm?" in text(client, path)
        first = {**SAFE, "attention": "yes", "on": today(house).isoformat()}
        html = judged(client, path, first)
        assert "Come without a badge" in html
        assert 'value="neutral_place"' in html
        assert re.search(r'name="mode" value="home"[^>]*disabled', html)
        answer = plan(client, path, first)
        assert answer.status_code == 422
        answer = plan(client, path, first, mode="neutral_place", goes="volunteer")
        row = Visit.objects.get()
        assert (answer.status_code, answer.url) == (302, f"/visits/{row.pk}")
        assert (row.mode, row.goes, row.person_id) == ("neutral_place", "volunteer", None)
        html = text(client, answer.url)
        assert "Record the visit" in html
        assert "A volunteer" in html

    def test_an_unfinished_check_keeps_what_was_answered(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        path = f"/children/{code_of(world.amani)}/visits/new"
        given = {"on": date.today().isoformat(), "attention": "perhaps"}
        answer = client.post(path, given)
        assert answer.status_code == 422
        assert re.search(r'name="attention" value="perhaps"[^>]*checked', answer.content.decode())
        assert not Visit.objects.exists()

    def test_a_second_visit_on_a_day_is_asked_about_and_one_of_the_week_is_told(
        self, reader: Reader, world: World
    ) -> None:
        house, client = world.amani, reader("supervisor")
        monday = today(house) + timedelta(days=7 - today(house).weekday())
        planned(house, days=(monday - today(house)).days)
        path = f"/children/{code_of(house)}/visits/new"
        for day, asked in ((monday, True), (monday + timedelta(days=2), False), (monday + timedelta(days=7), None)):
            given = {**SAFE, "on": day.isoformat()}
            html = judged(client, path, given)
            assert ("Planned already in this week" in html) is (asked is not None)
            assert ("Plan one more visit to the same child on this day" in html) is bool(asked)
        given = {**SAFE, "on": monday.isoformat()}
        assert plan(client, path, given).status_code == 422
        assert Visit.objects.count() == 1
        answer = plan(client, path, given, again="on")
        assert (answer.status_code, Visit.objects.count()) == (302, 2)
        client.post(f"{answer.url}/not-held", {"reason": "by_mistake"})
        assert "Planned by mistake" in text(client, answer.url)

    def test_a_danger_ends_in_no_visit_and_a_supervisor_lifts_it(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        path = f"/children/{code_of(house)}/visits/new"
        answer = client.post(path, {**SAFE, "danger": "yes", "on": today(house).isoformat()})
        html = text(client, answer.url)
        assert "The visit could put somebody in danger." in html
        assert "Allow it after all" not in html
        lift = f"{answer.url}/lift"
        assert client.post(lift, {"mode": "phone", "why": "x"}).status_code == 403
        supervisor = reader("supervisor")
        assert "Allow it after all" in text(supervisor, answer.url)
        wrong = supervisor.post(lift, {"mode": "phone", "why": ""})
        assert (wrong.status_code, Visit.objects.get().state) == (422, "blocked")
        assert supervisor.post(lift, {"mode": "phone", "why": "He has left"}).status_code == 302
        assert "He has left" in text(client, answer.url)

    def test_brothers_and_sisters_are_planned_and_recorded_in_one_go(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        other = sibling(house)
        path = f"/children/{code_of(house)}/visits/new"
        plan(client, path, {**SAFE, "on": today(house).isoformat(), "others": other.code})
        first = Visit.objects.get(child__code=code_of(house))
        second = Visit.objects.get(child__code=other.code)
        answer = client.post(f"/visits/{first.pk}/record", record(words="Only hers", mode="neutral_place"))
        assert answer.url == f"/visits/{second.pk}/record"
        html = text(client, answer.url)
        assert re.search(r'value="neutral_place"[^>]*selected', html)
        assert re.search(r'name="caregiver_seen" value="yes"[^>]*checked', html)
        assert "Only hers" not in html


class TestRecording:
    def test_what_is_refused_when_empty_is_not_said_to_be_optional(self, reader: Reader, world: World) -> None:
        html = text(reader("case_worker"), f"/visits/{planned(world.amani).pk}/record")
        marks = {
            "Did you speak with the child alone?": "when the child was seen",
            "What was it?": "if there was harm",
            "What was done about it?": "if there was harm",
            "Is the plan on track?": "if a case worker went",
        }
        for label, mark in marks.items():
            assert f'<bdi>{label}</bdi> <span class="small-print">({mark})</span>' in html, label

    def test_what_was_promised_and_is_late_stands_on_top(self, reader: Reader, world: World) -> None:
        house, client, worker = world.amani, reader("case_worker"), world.amani.actor("case_worker")
        row = planned(house, days=-20)
        agreed = (NewAction("we", today(house) - timedelta(days=3), PROMISE),)
        seen = Held(True, True, "yes", (), alone="yes", on=today(house) - timedelta(days=20), actions=agreed)
        hold_visit(worker, row.pk, seen)
        next_one = planned(house)
        for path in (f"/children/{code_of(house)}/visits", f"/visits/{next_one.pk}"):
            html = text(client, path)
            assert html.index("Promised, and not there") < html.index(PROMISE) < html.index("Before each contact")
        html = text(client, f"/visits/{next_one.pk}/record")
        name = re.search(r'name="(kept_[0-9a-f-]+)"', html)
        assert name is not None
        client.post(f"/visits/{next_one.pk}/record", record(**{name[1]: "done"}))
        assert "Promised, and not there" not in text(client, f"/children/{code_of(house)}/visits")

    def test_the_form_of_a_visit_that_was_recorded_leads_to_the_visit(self, reader: Reader, world: World) -> None:
        client, row = reader("case_worker"), planned(world.amani)
        path = f"/visits/{row.pk}/record"
        assert client.get(path).status_code == 200
        client.post(path, record())
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/visits/{row.pk}")

    @pytest.mark.parametrize("kept", ["done", "not_needed"])
    def test_what_did_not_come_is_settled_wherever_it_is_shown(self, reader: Reader, world: World, kept: str) -> None:
        house, client, worker = world.amani, reader("case_worker"), world.amani.actor("case_worker")
        row = planned(house, days=-20)
        agreed = (NewAction("we", today(house) - timedelta(days=3), PROMISE),)
        seen = Held(True, True, "yes", (), alone="yes", on=today(house) - timedelta(days=20), actions=agreed)
        hold_visit(worker, row.pk, seen)
        next_one, tab = planned(house), f"/children/{code_of(house)}/visits"
        for path in (tab, f"/visits/{next_one.pk}"):
            html = text(client, path)
            assert "It is there now" in html
            assert "No longer needed" in html
            assert "It is there now" not in text(reader("focal_point"), path)
        action = re.search(rf'action="(/visits/{row.pk}/actions/[^"]+)"', text(client, tab))
        assert action is not None
        assert (
            client.post(action[1], {"kept": "not_yet", "to": str(next_one.pk)})["Location"] == f"/visits/{next_one.pk}"
        )
        assert "Promised, and not there" in text(client, tab)
        assert client.post(action[1], {"kept": kept, "to": ""})["Location"] == tab
        assert "Promised, and not there" not in text(client, tab)

    def test_an_agreed_day_is_shown_with_the_key_to_plan_it_and_stands_in_the_calendar(
        self, reader: Reader, world: World
    ) -> None:
        house, client = world.amani, reader("case_worker")
        day = today(house) + timedelta(days=5)
        client.post(f"/visits/{planned(house).pk}/record", record(next_on=day.isoformat()))
        html = text(client, f"/children/{code_of(house)}/visits")
        assert "check still to be made" in html
        of_day = text(client, f"/visits?on={day.isoformat()}")
        assert f"/children/{code_of(house)}/visits/new" in of_day
        assert "No visit is planned" not in of_day
        assert f'value="{day.isoformat()}"' in text(client, f"/children/{code_of(house)}/visits/new")
        feed = calendar_of(make_feed(house.actor("case_worker")))
        assert [each.count for each in feed.days if each.day == day] == [1]

    def test_a_day_and_its_sheets_are_that_day_alone_and_what_is_open_stands_apart(
        self, reader: Reader, world: World
    ) -> None:
        house, client = world.amani, reader("case_worker")
        other, day = sibling(house), today(house).isoformat()
        planned(house)
        planned(house, other.code, days=-4)
        answer = client.get(f"/visits?on={day}")
        assert [row["visit"].child.code for row in answer.context["rows"]] == [code_of(house)]
        assert [row["visit"].child.code for row in answer.context["still_open"]] == [other.code]
        assert "Still open from earlier days" in answer.content.decode()
        sheets = client.get(f"/visits/sheets?on={day}")
        assert [each["code"] for each in sheets.context["sheets"]] == [code_of(house)]
        assert display_code(other.code) not in sheets.content.decode()

    def test_answers_that_contradict_each_other_are_all_told_at_once(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        path = f"/visits/{planned(house).pk}/record"
        given = record(
            alone="not_seen",
            harm="attention",
            next_on=date.today().isoformat(),
            promise_1="Bring papers",
            who_1="we",
            by_1=(date.today() - timedelta(days=9)).isoformat(),
        )
        answer = client.post(path, given)
        form = answer.context["form"]
        assert (answer.status_code, set(form.errors)) == (422, {"alone", "any_harm", "next_on", "by_1"})
        problems = answer.content.decode().split('id="problems"')[1].split("</div>")[0]
        for label in ("Did you speak with the child alone?", "Did the visit do harm", "Next visit", "By when?"):
            assert label in problems
        away = client.post(path, record(child_seen="no", alone="yes"))
        assert set(away.context["form"].errors) == {"alone"}
        assert Visit.objects.get().state == "planned"

    def test_an_error_keeps_all_that_was_typed(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        row = planned(house)
        given = record(alone="", words="She laughed a lot", promise_1="Bring papers", any_harm="yes")
        answer = client.post(f"/visits/{row.pk}/record", given)
        html = answer.content.decode()
        assert answer.status_code == 422
        for word in ("She laughed a lot", "Bring papers", "Fill it in, or empty the line", "An answer is missing"):
            assert word in html
        assert Visit.objects.get().state == "planned"
        later = record(on=(date.today() + timedelta(days=40)).isoformat())
        assert "still to come" in client.post(f"/visits/{row.pk}/record", later).content.decode()

    def test_harm_gaps_and_a_promise_are_kept(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        row = planned(house)
        by = (today(house) + timedelta(days=9)).isoformat()
        given = record(
            any_harm="yes",
            harm="attention",
            harm_done="changed",
            promise_1=PROMISE,
            who_1="we",
            by_1=by,
            sector_1="health",
            gap_1="too_costly",
        )
        answer = client.post(f"/visits/{row.pk}/record", given)
        html = text(client, answer.url)
        for word in ("Attention of others", "Too costly", PROMISE):
            assert word in html
        stored = Visit.objects.get(pk=row.pk)
        assert (stored.harm, stored.harm_done) == (["attention"], "changed")

    def test_it_did_not_take_place(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        row = planned(house)
        assert client.post(f"/visits/{row.pk}/not-held", {"reason": ""}).status_code == 400
        assert client.post(f"/visits/{row.pk}/not-held", {"reason": "nobody_home"}).status_code == 302
        html = text(client, f"/children/{code_of(house)}/visits")
        assert "Nobody was there" in html
        assert "1 attempt in vain" in html

    def test_the_four_questions_are_begun_from_the_visit_and_come_back_to_it(
        self, reader: Reader, world: World
    ) -> None:
        house, client = world.amani, reader("case_worker")
        form_id = load_from_library(house.system(), "visit-reflection")
        propose_publication(house.actor("me_officer"), form_id)
        publish(house.actor("programme_manager"), form_id)
        row = planned(house)
        html = text(client, f"/visits/{row.pk}")
        begin = f"/interview/{form_id}?child={code_of(house)}&amp;visit={row.pk}&amp;respondent=child"
        assert begin in html
        config = client.get(
            f"/interview/{form_id}/config.json?child={code_of(house)}&visit={row.pk}&respondent=child"
        ).json()
        assert (config["prefill"]["respondent"], config["return_url"]) == ("child", f"/visits/{row.pk}")
        from tests.envelopes_of_transport import multipart

        body, kind = multipart(reflection(code_of(house)))
        answer = client.post(config["submit_url"], body, content_type=kind)
        assert answer.status_code in (201, 202), answer.content
        assert VisitVoice.objects.get().submission_id is not None
        client.post(f"/visits/{row.pk}/skip", {"respondent": "caregiver", "reason": "away"})
        html = text(client, f"/visits/{row.pk}")
        assert "Was not there" in html
        assert html.count("Ask the four questions") == 1
        theirs = f"/interview/{form_id}?child={sibling(house).code}&visit={row.pk}&respondent=child"
        assert client.get(theirs).status_code == 404

    def test_a_form_that_phones_encrypt_is_not_what_a_page_begins(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        forms = [load_from_library(house.system(), each) for each in ("disclosure", "visit-reflection")]
        for form_id in forms:
            propose_publication(house.actor("me_officer"), form_id)
            publish(house.actor("programme_manager"), form_id)
        found = re.findall(r'href="(/interview/[^"]*)"', text(client, f"/visits/{planned(house).pk}"))
        assert [str(forms[1]) in address for address in found] == [True, True]
        for address in found:
            text(client, address.replace("&amp;", "&"))


class TestSheets:
    def test_paper_holds_codes_and_questions_and_nothing_else_of_the_child(self, reader: Reader, world: World) -> None:
        house, client, worker = world.amani, reader("case_worker"), world.amani.actor("case_worker")
        set_card(worker, code_of(house), CardFacts(("home",), unsaid=UNSAID, how="0700"))
        row = planned(house, days=-9)
        agreed = (NewAction("we", today(house), PROMISE),)
        hold_visit(worker, row.pk, Held(True, True, "yes", (), alone="yes", on=today(house), actions=agreed))
        next_one = planned(house)
        for path in (f"/visits/{next_one.pk}/sheet", f"/visits/sheets?on={today(house)}"):
            html = text(client, path)
            assert "What would make it stronger?" in html
            for word in (PROMISE, UNSAID, "0700", "Asha", "Neema", "Riverside"):
                assert word not in html, (path, word)

    def test_paper_has_room_for_all_that_is_keyed_in_and_asks_no_small_child(
        self, reader: Reader, world: World
    ) -> None:
        house, client = world.amani, reader("case_worker")
        path = f"/visits/{planned(house).pk}/sheet"
        sheet = text(client, path).split("<article")[1]
        for word in (
            "speak with the child alone?",
            "plan on track?",
            "service that is missing",
            "By when?",
            "Next visit",
        ):
            assert word in sheet
        assert "destroy it once it is keyed in" in sheet
        assert sheet.count("What would make it stronger?") == 2
        Child.objects.filter(code=code_of(house)).update(age_band="0-5")
        assert text(client, path).count("What would make it stronger?") == 1

    def test_the_day_lists_what_is_planned_and_a_day_nobody_can_read_is_today(
        self, reader: Reader, world: World
    ) -> None:
        house, client = world.amani, reader("case_worker")
        (key,) = plan_visit(
            house.actor("case_worker"), [code_of(house)], Check(*[Answer.NO] * 4), Plan(today(house), "home")
        )
        for path in ("/visits", "/visits?on=yesterday", f"/visits?on={today(house)}"):
            assert f"/visits/{key}" in text(client, path)
        assert f"/visits/{key}" in text(client, "/")
        assert "No visit is planned for this day" in text(client, "/visits?on=2020-01-01")
        assert f"/visits/{key}" not in text(reader("other_case_worker"), "/visits")


def test_a_visit_counts_nothing_twice(reader: Reader, world: World) -> None:
    """Sending the same record again says that it stands otherwise, and adds nothing."""
    house, client = world.amani, reader("case_worker")
    row = planned(house)
    given = record(promise_1=PROMISE, who_1="we", by_1=today(house).isoformat())
    client.post(f"/visits/{row.pk}/record", given)
    answer = client.post(f"/visits/{row.pk}/record", given)
    assert "stands otherwise by now" in answer.content.decode()
    assert text(client, f"/visits/{row.pk}").count(PROMISE) == 1
    assert fields(Held(True, True, "yes", ()))["harm"] == ()


def test_a_visit_that_was_shut_since_is_neither_listed_with_its_way_nor_printed(reader: Reader, world: World) -> None:
    client, worker = reader("case_worker"), world.amani.actor("case_worker")
    code, day = code_of(world.amani), today(world.amani)
    safe = Check(Answer.NO, Answer.NO, Answer.NO, Answer.NO)
    (key,) = plan_visit(worker, [code], safe, Plan(day, "home"))
    day_page, sheets = f"/visits?on={day}", f"/visits/sheets?on={day}"
    set_quiet_time(worker, code, day, day, "danger")
    for address in (day_page, f"/visits/{key}", f"/visits/{key}/sheet"):
        assert "Nobody goes: a time without contact." in client.get(address).content.decode(), address
    assert "At home" not in client.get(day_page).content.decode()
    assert "paper sheet" not in client.get(sheets).content.decode()
    assert "paper sheet" not in client.get(f"/visits/{key}/sheet").content.decode()
