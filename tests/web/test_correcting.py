"""Pages: a visit is corrected or taken back, something agreed is moved or will not come, ways that are closed, and
somebody who goes in the place of a case worker.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from homeward.apps.access.actors import Actor, system_actor
from homeward.apps.cases.models import ServiceGap as Gap
from homeward.apps.visits.cards import CardFacts, set_card, set_quiet_time
from homeward.apps.visits.correcting import take_back_visit
from homeward.apps.visits.counting import harm_counts
from homeward.apps.visits.models import ActionOutcome, ContactAttempt, SafeContact, Visit
from homeward.apps.visits.planning import Plan, plan_visit
from homeward.apps.visits.queries import actions_of, look_at_visit
from homeward.apps.visits.recording import NewAction, hold_visit, link_voice, skip_voice
from homeward.domain.problems import ProblemError
from homeward.domain.visiting import Answer, Check
from tests.apps.test_said_at_visits import asked
from tests.apps.test_visits import SEEN, planned, sibling, today
from tests.web.conftest import Reader
from tests.web.test_visits import SAFE, code_of, judged, plan, record, text
from tests.world import House, World

WORD, LATER = "Blue shutters", "Green shutters"


def recorded(house: House, *, who: str = "we", late: int = 3) -> Visit:
    row, day = planned(house, days=-20), today(house)
    agreed = (NewAction(who, day - timedelta(days=late), "Bring papers"),)
    hold_visit(house.actor("case_worker"), row.pk, replace(SEEN, on=row.planned_on, words=WORD, actions=agreed))
    return Visit.objects.get(pk=row.pk)


def as_posted(row: Visit, **changes: object) -> dict[str, object]:
    """Every field of the correction as the page filled it in."""
    action = actions_of(world_worker(row), row.child_id)[0]
    made = {
        **record(on=str(row.held_on), words=WORD, on_track="partly"),
        "known": "0",
        "reason": "mistyped",
        "why": "",
        "went": "staff",
        f"was_promise_{action.id}": action.promise,
        f"was_who_{action.id}": action.who,
        f"was_by_{action.id}": str(action.by_when),
    }
    return {**made, **changes}


def world_worker(row: Visit) -> Actor:

    return system_actor(row.child.organisation_id)


class TestCorrecting:
    def test_from_the_visit_to_the_form_and_back_with_what_stood_there_before(
        self, reader: Reader, world: World
    ) -> None:
        client, row = reader("case_worker"), recorded(world.amani)
        path = f"/visits/{row.pk}/correct"
        assert path in text(client, f"/visits/{row.pk}")
        html = text(client, path)
        assert WORD in html
        assert re.search(r'name="on_track" value="partly"[^>]*checked', html)
        assert "Bring papers" in html
        assert 'name="known" value="0"' in html
        answer = client.post(path, as_posted(row, words=LATER, on_track="no", reason="learnt"))
        assert (answer.status_code, answer["Location"]) == (302, f"/visits/{row.pk}")
        html = text(client, f"/visits/{row.pk}")
        assert html.index(LATER) < html.index("What stood here before") < html.index(WORD)
        assert "We learnt more afterwards" in html
        assert "corrected" in text(client, f"/children/{code_of(world.amani)}/visits")
        assert WORD in text(reader("focal_point"), f"/visits/{row.pk}")

    def test_an_error_keeps_what_was_typed_and_says_what_to_do(self, reader: Reader, world: World) -> None:
        client, row = reader("case_worker"), recorded(world.amani)
        path, key = f"/visits/{row.pk}/correct", actions_of(world_worker(row), row.child_id)[0].id
        answer = client.post(path, as_posted(row, words=LATER, reason="other", **{f"was_promise_{key}": ""}))
        assert answer.status_code == 422
        assert set(answer.context["form"].errors) == {"why", f"was_promise_{key}"}
        html = answer.content.decode()
        assert LATER in html
        assert "tick that it was not agreed" in html
        client.post(path, as_posted(row))
        again = client.post(path, as_posted(row, words=LATER))
        assert again.status_code == 422
        assert "stands otherwise by now" in again.content.decode()

    def test_the_note_alone_is_corrected_and_what_was_said_stays_until_it_is_ticked_away(
        self, reader: Reader, world: World
    ) -> None:
        client, first, worker = reader("case_worker"), recorded(world.amani), world.amani.actor("case_worker")
        (action,), row = actions_of(worker, first.child_id), planned(world.amani, days=-10)
        hold_visit(worker, row.pk, replace(SEEN, on=row.planned_on, kept={action.id: "done"}))
        path, given = f"/visits/{row.pk}/correct", record(on=str(row.planned_on), on_track="partly")
        kept = f"kept_{action.id}"
        assert re.search(f'name="{kept}" value="done"[^>]*checked', text(client, path))
        given = {**given, "known": "0", "reason": "mistyped", "why": "", "went": "staff", "words": LATER}
        assert client.post(path, given).status_code == 302
        assert actions_of(worker, first.child_id)[0].kept == "done"
        assert client.post(path, {**given, "known": "1", kept: "unsaid"}).status_code == 302
        assert actions_of(worker, first.child_id)[0].kept == ""

    def test_what_was_noted_of_its_day_apart_from_it_is_said_to_stay(self, reader: Reader, world: World) -> None:
        client, first, worker = reader("case_worker"), recorded(world.amani), world.amani.actor("case_worker")
        (action,), row = actions_of(worker, first.child_id), planned(world.amani, days=-10)
        hold_visit(worker, row.pk, replace(SEEN, on=row.planned_on, kept={action.id: "done"}))
        assert "apart from the visit" not in text(client, f"/visits/{row.pk}/correct")
        ActionOutcome.objects.update(visit=None)  # as it was noted before visits carried it
        assert "apart from the visit" in text(client, f"/visits/{row.pk}/correct")
        assert "apart from the visit" not in text(client, f"/visits/{first.pk}/correct")

    def test_what_stood_there_before_shows_who_was_asked_and_leads_to_the_answers(
        self, reader: Reader, world: World
    ) -> None:
        house, row = world.amani, recorded(world.amani)
        key = asked(house)
        link_voice(house.actor("case_worker"), row.pk, key)
        skip_voice(house.actor("case_worker"), row.pk, "caregiver", "away")
        take_back_visit(house.actor("case_worker"), row.pk, "twice")
        html = text(reader("case_worker"), f"/visits/{row.pk}").split('id="versions"')[1]
        assert str(key) in html
        assert "Was not there" in html

    def test_what_was_not_agreed_is_ticked_away(self, reader: Reader, world: World) -> None:
        client, row = reader("case_worker"), recorded(world.amani)
        key = actions_of(world_worker(row), row.child_id)[0].id
        client.post(f"/visits/{row.pk}/correct", as_posted(row, **{f"was_not_{key}": "on"}))
        assert actions_of(world_worker(row), row.child_id) == ()

    def test_it_was_another_child(self, reader: Reader, world: World) -> None:
        client, row = reader("case_worker"), recorded(world.amani)
        path = f"/visits/{row.pk}/correct"
        wrong = client.post(path, {"back": "yes", "back-reason": "", "back-known": "0"})
        assert (wrong.status_code, Visit.objects.get().state) == (422, "held")
        assert '<details class="panel" id="back" open>' in wrong.content.decode()
        answer = client.post(path, {"back": "yes", "back-reason": "wrong_child", "back-known": "0"})
        html = text(client, answer["Location"])
        assert "Nothing of it counts; what is due is due again." in html
        assert "It was the visit of another child" in html
        assert "Taken back" in text(client, f"/children/{code_of(world.amani)}/visits")
        assert client.get(path)["Location"] == f"/visits/{row.pk}"

    @pytest.mark.parametrize("name", ["other_case_worker", "focal_point", "me_officer", "outsider"])
    def test_others_do_not_reach_it(self, reader: Reader, world: World, name: str) -> None:
        row = recorded(world.amani)
        key = actions_of(world_worker(row), row.child_id)[0].id
        client = reader(name)
        assert client.get(f"/visits/{row.pk}/correct").status_code in (403, 404)
        assert client.post(f"/visits/{row.pk}/correct", as_posted(row)).status_code in (403, 404)
        further = f"/visits/{row.pk}/actions/{key}/further"
        assert client.post(further.replace("further", "say"), {"what": "moved"}).status_code in (403, 404)
        if name != "focal_point":  # who reads visits, and records none
            assert client.get(further).status_code in (403, 404)
        assert Visit.objects.get().on_track == "partly"


class TestPromises:
    def test_moved_and_not_coming_on_the_page_of_what_was_agreed(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        row, tab = recorded(house), f"/children/{code_of(house)}/visits"
        link = re.search(r'href="(/visits/[^"]+/further)', text(client, tab))
        assert link is not None
        assert "Bring papers" in text(client, link[1])
        say = link[1].replace("further", "say")
        day = today(house) + timedelta(days=6)
        wrong = client.post(say, {"what": "moved", "move-new_day": str(row.held_on), "move-because": "papers"})
        assert (wrong.status_code, "not a later day" in wrong.content.decode()) == (422, True)
        moved = {"what": "moved", "move-new_day": str(day), "move-because": "papers"}
        assert client.post(say, moved)["Location"] == tab
        html = text(client, tab)
        assert "Promised, and not there" not in html
        assert "moved once" in html
        ended = {"what": "not_coming", "end-because": "no_means", "end-told": "nobody", "end-need": ""}
        missing = client.post(say, ended)
        assert (missing.status_code, "end-need" in missing.content.decode()) == (422, True)
        client.post(say, {**ended, "end-need": "papers"})
        assert "nobody has told the family" in text(client, tab)
        assert Gap.objects.get().reason == "no_means"
        assert re.search(r'value="papers"[^>]*selected', text(client, link[1]))
        client.post(say, {**ended, "end-need": "papers", "end-told": "we"})
        assert "nobody has told the family" not in text(client, tab)
        assert "There is no money or nobody for it" in text(reader("supervisor"), "/gaps?also=reason")

    def test_in_the_form_of_a_visit_a_move_needs_its_day(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        recorded(house)
        key = actions_of(house.actor("case_worker"), code_of(house))[0].id
        path = f"/visits/{planned(house).pk}/record"
        answer = client.post(path, record(**{f"kept_{key}": "moved"}))
        assert answer.status_code == 422
        assert set(answer.context["form"].errors) == {f"new_day_{key}", f"moved_{key}"}
        day = today(house) + timedelta(days=4)
        given = record(**{f"kept_{key}": "moved", f"new_day_{key}": str(day), f"moved_{key}": "others"})
        assert client.post(path, given).status_code == 302
        assert actions_of(house.actor("case_worker"), code_of(house))[0].due == day

    def test_who_may_read_and_not_record_sees_the_ledger_and_no_form(self, reader: Reader, world: World) -> None:
        house = world.amani
        row = recorded(house)
        key = actions_of(house.actor("case_worker"), code_of(house))[0].id
        html = text(reader("focal_point"), f"/visits/{row.pk}/actions/{key}/further")
        assert "Bring papers" in html
        assert "Move it to this day" not in html


class TestWays:
    def test_ways_that_the_card_shuts_are_off_with_the_reason_wherever_ways_are_offered(
        self, reader: Reader, world: World
    ) -> None:
        house, client, worker = world.amani, reader("case_worker"), world.amani.actor("case_worker")
        row = planned(house, mode="phone")
        set_card(worker, code_of(house), CardFacts(("phone", "neutral_place")))
        SafeContact.objects.update(set_at=row.checked_at - timedelta(days=30))
        tab = f"/children/{code_of(house)}/visits"
        closed = "closed: not on the safe-contact card"
        html = text(client, tab)
        assert re.search(r'name="channel" value="home"[^>]*disabled', html)
        assert f"At home – {closed}" in html
        assert not re.search(r'name="channel" value="phone"[^>]*disabled', html)
        answer = client.post(f"{tab}/attempt", {"channel": "home", "outcome": "no_answer"})
        assert (answer.status_code, ContactAttempt.objects.count()) == (422, 0)
        assert "The safe-contact card does not allow this way." in answer.content.decode()
        assert re.search(r'<option value="home" disabled>', text(client, f"{tab}/new"))
        html = judged(client, f"{tab}/new", {**SAFE, "on": str(today(house))})
        assert re.search(r'name="mode" value="home"[^>]*disabled', html)
        assert f"At school – {closed}" in html
        html = text(client, f"/visits/{row.pk}/record")
        assert re.search(r'<option value="school" disabled>', html)
        assert client.post(f"/visits/{row.pk}/record", record(mode="school")).status_code == 422

    def test_in_a_time_without_contact_only_whoever_comes_is_recorded(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        set_quiet_time(house.actor("case_worker"), code_of(house), today(house), today(house), "grief")
        html = text(client, f"/children/{code_of(house)}/visits")
        assert re.search(r'name="channel" value="phone"[^>]*disabled', html)
        assert "By telephone – closed: a time without contact" in html
        assert not re.search(r'name="channel" value="they_came"[^>]*disabled', html)

    def test_no_visit_says_way_by_way_why_and_what_a_supervisor_may_allow(self, reader: Reader, world: World) -> None:
        house = world.amani
        set_card(house.actor("case_worker"), code_of(house), CardFacts(("home", "neutral_place")))
        row = planned(house, check=Check(Answer.NO, Answer.NO, Answer.YES, Answer.NO))
        html = text(reader("case_worker"), f"/visits/{row.pk}")
        assert "Ways that a supervisor may still allow" in html
        assert "closed: it could be dangerous" in html.replace("</s> ", "").replace('<span class="small-print">', "")
        found = look_at_visit(house.actor("case_worker"), row.pk).ways
        assert {way for way, why in found.items() if not why} == {"neutral_place"}
        assert (found["phone"], found["home"]) == ("card", "danger")
        supervisor = reader("supervisor")
        assert re.search(r'<option value="phone" disabled>', text(supervisor, f"/visits/{row.pk}"))
        refused = supervisor.post(f"/visits/{row.pk}/lift", {"mode": "phone", "why": "I know them"})
        assert (refused.status_code, Visit.objects.get().state) == (422, "blocked")
        assert "The safe-contact card does not allow this way." in refused.content.decode()
        lifted = supervisor.post(f"/visits/{row.pk}/lift", {"mode": "neutral_place", "why": "I know them"})
        assert (lifted.status_code, Visit.objects.get().mode) == (302, "neutral_place")

    def test_a_visit_that_was_shut_since_says_which_ways_are_left(self, reader: Reader, world: World) -> None:
        house, client, worker = world.amani, reader("case_worker"), world.amani.actor("case_worker")
        row = planned(house)
        set_card(worker, code_of(house), CardFacts(("phone",)))
        html = text(client, f"/visits/{row.pk}")
        assert "Ways that are left" in html
        assert "Plan it anew" in html
        set_quiet_time(worker, code_of(house), today(house), today(house), "danger")
        assert "No way is left now" in text(client, f"/visits/{row.pk}")


class TestInThePlaceOfACaseWorker:
    def test_nobody_is_sent_to_where_there_may_be_danger(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        path = f"/children/{code_of(house)}/visits/new"
        given = {**SAFE, "danger": "perhaps", "on": str(today(house))}
        html = judged(client, path, given)
        assert re.search(r'<option value="volunteer" disabled>', html)
        answer = plan(client, path, given, mode="phone", goes="volunteer")
        assert not Visit.objects.exists()
        assert "nobody goes in the place of a case worker" in answer.content.decode()
        plan(client, path, given, mode="phone")
        assert Visit.objects.get().goes == "staff"

    def test_the_sheet_says_what_to_look_at_and_never_to_ask_and_nothing_of_the_child(
        self, reader: Reader, world: World
    ) -> None:
        house, client = world.amani, reader("case_worker")
        recorded(house)
        set_card(house.actor("case_worker"), code_of(house), CardFacts(("home",), unsaid="The loan", how="0700"))
        row = planned(house)
        Visit.objects.filter(pk=row.pk).update(goes="volunteer")
        for path in (f"/visits/{row.pk}/sheet", f"/visits/sheets?on={today(house)}"):
            sheet = text(client, path).split("<article")[-1]
            for words in ("What to look at", "Never ask about violence", "Whom to call", "Call at once"):
                assert words in sheet, words
            for words in ("speak with the child alone?", "What would make it stronger?", "The loan", "0700"):
                assert words not in sheet, words
            for words in ("Bring papers", "Asha", "Riverside", WORD):
                assert words not in sheet, words

    def test_what_was_brought_back_is_recorded_with_the_kind_of_person_and_told_apart(
        self, reader: Reader, world: World
    ) -> None:
        house, client = world.amani, reader("case_worker")
        row = planned(house)
        Visit.objects.filter(pk=row.pk).update(goes="volunteer")
        html = text(client, f"/visits/{row.pk}/record")
        assert re.search(r'<option value="volunteer" selected>', html)
        assert "speak with the child alone" not in html  # the sheet forbids it
        assert "plan on track" not in html
        wrong = client.post(f"/visits/{row.pk}/record", record(went="staff", observed=["there"]))
        assert (wrong.status_code, set(wrong.context["form"].errors)) == (422, {"observed"})
        without = record(went="staff", alone="", on_track="")
        wrong = client.post(f"/visits/{row.pk}/record", without)
        assert (wrong.status_code, set(wrong.context["form"].errors)) == (422, {"alone", "on_track"})
        assert "speak with the child alone" in wrong.content.decode()
        given = record(went="volunteer", observed=["there", "changed"], alone="no", on_track="")
        answer = client.post(f"/visits/{row.pk}/record", given)
        stored = Visit.objects.get()
        assert (stored.went, stored.observed, stored.person_id) == ("volunteer", ["there", "changed"], row.person_id)
        assert (stored.alone, stored.on_track) == ("", "")
        html = text(client, answer["Location"])
        assert "In the place of a case worker went: A volunteer" in html
        assert "Something at home is not as before" in html
        assert "A volunteer" in text(client, f"/children/{code_of(house)}/visits")
        assert "A volunteer" in text(client, f"/children/{code_of(house)}/journey")
        counted = harm_counts(house.actor("me_officer"), today(house), today(house))
        assert counted.by_went == {"volunteer": 1}

    def test_the_phone_of_a_community_monitor_reaches_no_visit(self, world: World) -> None:
        row = planned(world.amani)
        for step in (look_at_visit, lambda actor, key: hold_visit(actor, key, SEEN)):
            with pytest.raises(ProblemError) as refused:
                step(world.amani.actor("community_monitor"), row.pk)
            assert refused.value.first.status in (403, 404)


def test_the_tab_of_visits_says_what_is_next_when_and_whom_it_asks_what(reader: Reader, world: World) -> None:
    house, client = world.amani, reader("case_worker")
    html = text(client, f"/children/{code_of(house)}/visits")
    part = html.split('id="point"')[1].split("</section>")[0]
    assert "after the return" in part
    assert "In time from" in part
    assert "Child" in part
    assert "Caregiver" in part
    assert "A survey" in part or "Survey" in part or "12" in part
    peer = house.peer.code  # type: ignore[union-attr]
    assert 'id="point"' not in text(reader("supervisor"), f"/children/{peer}/visits")


def test_the_visit_of_a_sibling_keeps_its_day_and_is_linked(reader: Reader, world: World) -> None:
    house, client, worker = world.amani, reader("case_worker"), world.amani.actor("case_worker")
    day, codes = today(house), [code_of(house), sibling(house).code]
    first, second = plan_visit(worker, codes, Check(*[Answer.NO] * 4), Plan(day, "home"))
    for key in (first, second):
        hold_visit(worker, key, replace(SEEN, on=day))
    words, link = "keep their day and what they say", f'href="/visits/{second}"'
    html = text(client, f"/visits/{first}/correct")
    assert words in html
    assert link in html
    earlier = day - timedelta(days=1)
    given = {"reason": "mistyped", "known": "0", "on": earlier.isoformat()}
    assert client.post(f"/visits/{first}/correct", record(**given)).status_code == 302
    html = text(client, f"/visits/{first}")
    assert words in html
    assert link in html.split(words)[1].split("</p>")[0]
    assert Visit.objects.get(pk=second).held_on == day
