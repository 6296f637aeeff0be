"""Pages of what is recorded of a child, of its family, and of records that may be of one child."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from homeward.apps.cases.facts import facts_of
from homeward.apps.cases.merging import merge_children
from homeward.apps.cases.models import Child, ChildName, Relation, SpokenLanguage
from homeward.apps.cases.record_queries import record_of
from homeward.apps.cases.recording import add_entry
from homeward.apps.cases.services import Registered, register_child
from tests.web.conftest import Reader
from tests.web.test_register import GIVEN
from tests.world import World

SAID = {"said_by": "caregiver", "told_on": ""}
AGO = (date.today() - timedelta(days=40)).isoformat()


def twin_of(world: World) -> Registered:
    known = facts_of(Child.objects.get(pk=world.amani.child.id))
    return register_child(world.amani.system(), replace(known, name="عائشة موانغي", initials="", external_id=""))


class TestTheRecord:
    def test_each_topic_is_recorded_on_its_page_and_shown_on_the_list(self, reader: Reader, world: World) -> None:
        client, base = reader("case_worker"), f"/children/{world.amani.child.code}/record"
        for topic, given in (
            ("languages", {"language": "ti"}),
            ("documents", {"kind": "birth_certificate", "state": "applied"}),
            ("birth", {"basis": "caregiver"}),
            ("schooling", {"level": "primary", "attending": "sometimes", "since": AGO}),
            ("functioning", {"walking": "difficulty", "seeing": "none"}),
            ("care", {"arrangement": "kinship", "since": AGO, "reason": "death"}),
            ("household", {"since": AGO, "members": "7", "children": "4"}),
            (
                "returns",
                {"returned_on": AGO, "basis": "estimated", "kind": "forced", "from_country": "ly", "months_away": "14"}
                | {"born_abroad": "no", "notice": "none", "came_with": "unaccompanied", "family_traced": "under_way"},
            ),
        ):
            answer = client.post(f"{base}/{topic}", {**SAID, **given})
            assert answer.status_code == 302, (topic, answer.context["form"].errors)
        html = client.get(base).content.decode()
        for words in ("ትግርኛ", "Birth certificate: Has applied for it", "Told by the caregiver", "Comes sometimes"):
            assert words in html
        for words in (
            "Walking",
            "Relatives · A death",
            "7 people · 4 children",
            "from LY",
            "away for 14 months",
            "Alone",
        ):
            assert words in html
        assert "born abroad" not in html

    def test_a_refusal_stands_at_its_field_and_what_was_typed_stays(self, reader: Reader, world: World) -> None:
        client, base = reader("case_worker"), f"/children/{world.amani.child.code}/record"
        answer = client.post(
            f"{base}/schooling", {**SAID, "level": "primary", "attending": "not", "since": "2031-01-01"}
        )
        assert answer.status_code == 422
        assert "This day is in the future." in answer.context["form"].errors["since"][0]
        assert "2031-01-01" in answer.content.decode()
        answer = client.post(f"{base}/household", {**SAID, "since": AGO, "with_code": "123"})
        assert "No other child of yours" in answer.context["form"].errors["with_code"][0]

    def test_names_open_on_a_deliberate_tap(self, reader: Reader, world: World) -> None:
        client, base = reader("case_worker"), f"/children/{world.amani.child.code}/record"
        client.post(f"{base}/names", {**SAID, "name": "ሰላም", "kind": "spelling"})
        assert "ሰላም" not in client.get(f"{base}/names").content.decode()
        assert "ሰላም" not in client.get(base).content.decode()
        assert "ሰላም" in client.post(f"{base}/names", {"show": "1"}).content.decode()
        assert "ሰላም" in client.post(f"/children/{world.amani.child.code}/name", follow=True).content.decode()
        officer = reader("me_officer")
        assert officer.get(f"{base}/names").status_code == 200
        assert officer.post(f"{base}/names", {"show": "1"}).status_code == 403

    def test_what_is_wrong_is_struck_out_with_a_reason(self, reader: Reader, world: World) -> None:
        client, child = reader("case_worker"), world.amani.child
        entry = add_entry(world.amani.actor("case_worker"), child.id, "languages", {"language": "sw"})
        address = f"/children/{child.code}/record/languages/{entry}/strike"
        assert "Say why it is wrong" in client.post(address, {}, follow=True).content.decode()
        assert SpokenLanguage.objects.get().struck_on is None
        html = client.post(address, {"reason": "wrong_child"}, follow=True).content.decode()
        assert "It is about another child" in html
        assert "<s>" in html
        assert record_of(world.amani.actor("case_worker"), child.id).languages == ()

    def test_only_within_reach_and_only_who_may_change(self, reader: Reader, world: World) -> None:
        address = f"/children/{world.amani.child.code}/record/languages"
        for client in (reader("other_case_worker"), reader("case_worker", world.baraka), reader("outsider")):
            assert client.get(address).status_code == client.post(address, {}).status_code == 404
        assert reader("me_officer").post(address, {**SAID, "language": "sw"}).status_code == 403
        assert reader("case_worker").get(f"/children/{world.amani.child.code}/record/shoes").status_code == 404
        assert not SpokenLanguage.objects.exists()

    def test_an_ended_record_says_why_nothing_is_added(self, reader: Reader, world: World) -> None:
        Child.objects.filter(pk=world.amani.child.id).update(status="closed")
        html = reader("case_worker").get(f"/children/{world.amani.child.code}/record/languages").content.decode()
        assert "not open any more" in html
        answer = reader("case_worker").post(
            f"/children/{world.amani.child.code}/record/languages", {**SAID, "language": "sw"}
        )
        assert answer.status_code == 422


class TestTheFamily:
    def test_a_relation_ends_and_one_entered_by_mistake_is_struck_out(self, reader: Reader, world: World) -> None:
        client, child = reader("case_worker"), world.amani.child
        mother = Relation.objects.get(child=child.id)
        base = f"/children/{child.code}/people"
        answer = client.post(f"{base}/relations/{mother.pk}/end", {"until": "2020-01-01"}, follow=True)
        assert "The last day lies before the first" in answer.content.decode()
        client.post(f"{base}/relations/{mother.pk}/end", {"until": ""})
        mother.refresh_from_db()
        assert mother.until is not None
        html = client.post(f"{base}/relations/{mother.pk}/strike", {"reason": "mistake"}, follow=True).content.decode()
        assert "<s>Mother</s>" in html

    def test_a_sister_who_is_a_child_here_is_linked_on_both_pages(self, reader: Reader, world: World) -> None:
        client, child = reader("supervisor"), world.amani.child
        peer = world.amani.peer
        answer = client.post(f"/children/{child.code}/people/sibling", {"other_code": peer.code}, follow=True)
        assert f"/children/{peer.code}" in answer.content.decode()
        assert (
            f"/children/{child.code}" in client.get(f"/children/{peer.code}/people").content.decode().split("<main")[1]
        )
        refused = client.post(f"/children/{child.code}/people/sibling", {"other_code": "999"}, follow=True)
        assert "No other child of yours" in refused.content.decode()
        colleague = reader("case_worker").get(f"/children/{child.code}/people").content.decode()
        assert peer.code not in colleague
        assert "in another caseload" in colleague

    def test_a_relation_of_another_child_is_not_there(self, reader: Reader, world: World) -> None:
        stranger = Relation.objects.get(child=world.baraka.child.id)
        base = f"/children/{world.amani.child.code}/people/relations/{stranger.pk}"
        for step in ("end", "strike"):
            assert reader("case_worker").post(f"{base}/{step}", {"reason": "mistake"}).status_code == 404


class TestLookingBeforeRegistering:
    def test_the_first_step_asks_for_the_name_alone_and_shows_who_is_known(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        assert list(client.get("/children/new").context["form"].fields) == ["name"]
        answer = client.post("/children/new", {"look": "1", "name": "عائشة موانغي"})
        html = answer.content.decode()
        assert answer.status_code == 200
        assert "Perhaps the child is known already" in html
        assert f"/children/{world.amani.child.code}" in html
        assert "Mwangi" not in html
        assert 'value="عائشة موانغي"' in html
        assert not answer.context["form"].errors

    def test_a_first_name_alone_shows_who_has_it_and_says_that_there_are_more(
        self, reader: Reader, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = reader("case_worker")
        html = client.post("/children/new", {"look": "1", "name": "عائشة"}).content.decode()
        assert "Perhaps the child is known already" in html
        assert f"/children/{world.amani.child.code}" in html
        assert "there are more" not in html
        known = facts_of(Child.objects.get(pk=world.amani.child.id))
        register_child(world.amani.system(), replace(known, name="Asha Wanjiru", initials="", external_id=""))
        monkeypatch.setattr("homeward.apps.cases.matching.MOST_SHOWN", 1)
        both = reader("supervisor").post("/children/new", {"look": "1", "name": "Asha"}).content.decode()
        assert "there are more" in both

    def test_nobody_like_it_goes_on_with_the_form(self, reader: Reader) -> None:
        html = reader("case_worker").post("/children/new", {"look": "1", "name": "Zebedeo"}).content.decode()
        assert "Perhaps" not in html
        assert 'name="birth_date"' in html

    def test_it_is_registered_once_somebody_says_that_it_is_none_of_those_shown(
        self, reader: Reader, world: World
    ) -> None:
        client, before = reader("case_worker"), Child.objects.count()
        given = {**GIVEN, "name": "Aisha Muangi", "age": "13"}
        for forged in ({}, {"none_of_these": "on"}, {"none_of_these": "on", "looked": "1"}):
            answer = client.post("/children/new", {**given, **forged})
            assert (answer.status_code, Child.objects.count()) == (422, before)
            assert world.amani.child.code in answer.content.decode()
            assert "tick that it is none of them" in answer.content.decode()
        looked = answer.context["form"].data["looked"]
        assert client.post("/children/new", {**given, "looked": looked}).status_code == 422  # shown, not said
        other = reader("supervisor").post("/children/new", {**given, "looked": looked, "none_of_these": "on"})
        assert other.status_code != 302  # shown to somebody else
        assert client.post("/children/new", {**given, "looked": looked, "none_of_these": "on"}).status_code == 302

    def test_the_matches_stay_through_an_error_in_another_field(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        looked = client.post("/children/new", {"look": "1", "name": "Aisha Muangi"}).context["form"]["looked"].value()
        given = {**GIVEN, "name": "Aisha Muangi", "age": "13", "looked": looked, "none_of_these": "on"}
        answer = client.post("/children/new", {**given, "return_date": "31/31/2025"})
        html = answer.content.decode()
        assert answer.status_code == 422
        assert "Perhaps the child is known already" in html
        assert world.amani.child.code in html
        assert "none_of_these" not in answer.context["form"].errors
        assert answer.context["form"]["none_of_these"].value()  # what was said stays
        beside = reader("other_case_worker").post("/children/new", {**given, "looked": "", "return_date": "x"})
        assert "A possible match in another caseload" in beside.content.decode()

    def test_of_another_caseload_it_is_said_whom_to_ask(self, reader: Reader, world: World) -> None:
        html = reader("other_case_worker").post("/children/new", {"look": "1", "name": "Asha Mwangi"}).content.decode()
        assert "Supervisor Amani" in html
        assert world.amani.child.code not in html

    def test_no_name_stands_in_an_address_and_a_look_without_a_name_is_none(self, reader: Reader) -> None:
        answer = reader("case_worker").post("/children/new", {"look": "1", "name": ""})
        assert answer.status_code == 200
        assert answer.context["form"].initial["looked"] == ""


class TestTwoRecordsOfOneChild:
    def test_they_are_compared_put_together_and_taken_apart(self, reader: Reader, world: World) -> None:
        twin, mine, client = twin_of(world), world.amani.child, reader("supervisor")
        html = client.get("/children/duplicates").content.decode()
        assert "Likely one child" in html
        assert "a name sounds the same" in html
        assert "Asha" not in html
        given = {"code": mine.code, "other": twin.code, "keep": mine.code}
        html = client.post("/children/duplicates/decide", given, follow=True).content.decode()
        assert "Put together lately" in html
        assert f"/children/{mine.code}" in client.get(f"/children/{twin.code}").content.decode().split("tabs")[0]
        merge = html.split("/children/duplicates/")[1].split("/undo")[0]
        client.post(f"/children/duplicates/{merge}/undo")
        assert Child.objects.get(pk=twin.id).status == "open"

    def test_two_children_stay_two(self, reader: Reader, world: World) -> None:
        twin, client = twin_of(world), reader("focal_point")
        given = {"code": world.amani.child.code, "other": twin.code, "apart": "1"}
        html = client.post("/children/duplicates/decide", given, follow=True).content.decode()
        assert "No two records look like one child." in html

    def test_others_see_and_decide_nothing(self, reader: Reader, world: World) -> None:
        twin = twin_of(world)
        given = {"code": world.amani.child.code, "other": twin.code, "keep": twin.code}
        merge = merge_children(world.amani.actor("supervisor"), twin.code, world.amani.child.code)
        for who in ("case_worker", "me_officer", "organisation_admin", "outsider"):
            client = reader(who)
            assert client.get("/children/duplicates").status_code == 403, who
            assert client.post("/children/duplicates/decide", given).status_code == 403, who
            assert client.post(f"/children/duplicates/{merge}/undo").status_code == 403, who
        assert reader("focal_point").post("/children/duplicates/decide", given).status_code == 404
        assert reader("other_supervisor").post(f"/children/duplicates/{merge}/undo").status_code == 404

    def test_a_name_of_a_record_stays_with_it(self, reader: Reader, world: World) -> None:
        twin = twin_of(world)
        add_entry(world.amani.system(), twin.id, "names", {"kind": "other", "name": "Bekele"})
        merge_children(world.amani.actor("supervisor"), twin.code, world.amani.child.code)
        assert ChildName.objects.get().child_id == twin.id
