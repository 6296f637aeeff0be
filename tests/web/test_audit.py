"""Who did what: the page, the file, the list of one child; and that nobody's name or words stand in the trace."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from homeward.apps.audit.models import Event
from homeward.apps.audit.sealer import seal_all
from homeward.apps.audit.services import record
from homeward.apps.cases.risk import set_risk
from homeward.apps.cases.trail import EventFilter, list_events
from homeward.apps.safeguarding.models import Escalation
from homeward.domain.codes import display_code
from tests.web.conftest import Interviewed, Reader
from tests.world import World, day_of

pytestmark = pytest.mark.database
CANARY = "Qzxjwv-Canary-7781"


def body(reader: Reader, who: str, address: str = "/audit") -> str:
    answer = reader(who).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


class TestThePage:
    def test_an_administrator_reads_codes_and_colleagues_and_no_childs_name(self, reader: Reader, world: World) -> None:
        reader("case_worker").post(f"/children/{world.amani.child.code}/name")
        html = body(reader, "organisation_admin")
        assert "Opened the name" in html
        assert "Case Worker Amani" in html
        assert display_code(world.amani.child.code) in html
        assert "Asha" not in html
        assert "Mwangi" not in html

    def test_the_focal_point_reads_all_and_the_supervisor_the_own_team(self, reader: Reader, world: World) -> None:
        reader("case_worker").get(f"/children/{world.amani.child.code}")
        reader("other_case_worker").get(f"/children/{world.amani.other_child.code}")
        here, there = display_code(world.amani.child.code), display_code(world.amani.other_child.code)
        for who, seen in (
            ("focal_point", (True, True)),
            ("supervisor", (True, False)),
            ("other_supervisor", (False, True)),
        ):
            html = body(reader, who)
            assert (here in html, there in html) == seen, who
        assert "Gave a role" not in body(reader, "supervisor").split('id="rows"')[1]

    def test_another_organisation_reads_nothing_of_it(self, reader: Reader, world: World) -> None:
        reader("case_worker").get(f"/children/{world.amani.child.code}")
        html = reader("organisation_admin", world.baraka).get("/audit").content.decode()
        assert display_code(world.amani.child.code) not in html
        assert "Case Worker Amani" not in html

    @pytest.mark.parametrize("who", ["case_worker", "me_officer", "programme_manager", "system_admin", "outsider"])
    def test_others_find_it_closed(self, reader: Reader, who: str) -> None:
        assert reader(who).get("/audit").status_code == 403
        assert reader(who).get("/audit.csv").status_code == 403

    def test_looking_at_it_is_written_down(self, reader: Reader, world: World) -> None:
        body(reader, "organisation_admin", f"/audit?verb=names.see&code={world.amani.child.code}")
        event = Event.objects.get(verb="audit.see", allowed=True)
        assert event.actor_id == world.amani.people["organisation_admin"]
        assert (event.detail["verb"], event.detail["child"]) == ("names.see", world.amani.child.code)
        assert "Looked at who did what" in body(reader, "organisation_admin")

    def test_it_is_filtered_by_day_verb_person_and_child(self, reader: Reader, world: World) -> None:
        code, worker = world.amani.child.code, world.amani.people["case_worker"]
        reader("case_worker").get(f"/children/{code}")
        reader("supervisor").post(f"/children/{code}/name")
        today = day_of(world.amani.organisation_id)
        client = reader("organisation_admin")

        def shown(**asked: object) -> list[tuple[str, str]]:
            rows = client.get("/audit", {key: str(value) for key, value in asked.items()}).context["page"].rows
            return [(each["row"].verb, each["who"]) for each in rows if each["row"].verb != "audit.see"]

        assert shown(verb="names.see") == [("names.see", "Supervisor Amani")]
        assert shown(person=worker) == [("children.see", "Case Worker Amani")]
        assert {verb for verb, _ in shown(code=code)} >= {"names.see", "children.see", "register_child"}
        assert shown(code=code, verb="children.see", day=today) != []
        assert shown(day=today - timedelta(days=2)) == []
        assert shown(code=world.baraka.child.code) == []

    def test_thirty_rows_a_page_and_the_same_number_of_queries(self, reader: Reader, world: World) -> None:
        actor, client, counts = world.amani.actor("case_worker"), reader("organisation_admin"), []
        for count in (2, 60):
            for _ in range(count):
                record(actor, "children.see", "child", world.amani.child.id)
            with CaptureQueriesContext(connection) as found:
                page = client.get("/audit").context["page"]
            counts.append(len(found))
        assert len(page.rows) == 30
        assert page.pages > 2
        assert counts[0] == counts[1]
        assert client.get("/audit?page=99999").status_code == 200

    def test_what_is_about_disclosures_is_for_focal_points_alone(self, reader: Reader, world: World) -> None:
        """A verb that nobody has declared open is not shown to others, on the page and on the child's own list."""
        actor = world.amani.actor("focal_point")
        record(actor, "open_disclosure", "disclosure", uuid4(), child_id=world.amani.child.id)
        looks = f"/children/{world.amani.child.code}/looks"
        for who in ("organisation_admin", "supervisor"):
            assert "open_disclosure" not in body(reader, who)
        for who in ("case_worker", "supervisor", "me_officer"):
            assert "open_disclosure" not in body(reader, who, looks)
        assert "open_disclosure" in body(reader, "focal_point")
        assert "open_disclosure" in body(reader, "focal_point", looks)

    def test_the_file_holds_ids_and_codes(self, reader: Reader, world: World) -> None:
        reader("case_worker").post(f"/children/{world.amani.child.code}/name")
        answer = reader("focal_point").get("/audit.csv?verb=names.see")
        lines = b"".join(answer).decode("utf-8-sig").splitlines()
        assert len(lines) == 2
        assert lines[0].startswith("position,at,who_kind,who,verb")
        assert str(world.amani.people["case_worker"]) in lines[1]
        assert world.amani.child.code in lines[1]
        assert "Amani" not in lines[1]
        assert Event.objects.filter(verb="audit.download", allowed=True).count() == 1

    def test_what_was_said_of_a_child_is_for_those_who_read_children(self, reader: Reader, world: World) -> None:
        set_risk(world.amani.actor("case_worker"), world.amani.child.code, "high", "visit")
        file = {
            who: b"".join(reader(who).get("/audit.csv?verb=set_risk")).decode("utf-8-sig")
            for who in ("focal_point", "organisation_admin")
        }
        assert "level=high" in file["focal_point"]
        assert "set_risk" in file["organisation_admin"]
        assert "high" not in file["organisation_admin"]
        rows = list_events(world.amani.actor("organisation_admin"), EventFilter(verb="set_risk")).rows
        assert [row.detail for row in rows] == [{}]

    def test_numbers_of_the_chain_leave_with_the_whole_of_it_alone(self, reader: Reader, world: World) -> None:
        """A gap between two looks would tell of a row that is left out: that something was disclosed."""
        actor = world.amani.actor("focal_point")
        for verb in ("children.see", "open_disclosure", "children.see"):
            record(actor, verb, "child", world.amani.child.id, child_id=world.amani.child.id)
        seal_all()
        rows = {
            who: b"".join(reader(who).get("/audit.csv")).decode("utf-8-sig").splitlines()[1:]
            for who in ("focal_point", "organisation_admin")
        }
        assert any(line.split(",")[0] for line in rows["focal_point"])
        assert not any(line.split(",")[0] for line in rows["organisation_admin"])

    def test_it_is_read_from_right_to_left_too(self, reader: Reader, world: World) -> None:
        client = reader("organisation_admin")
        client.post("/me/language", {"language": "ar"})
        html = client.get("/audit").content.decode()
        assert 'dir="rtl"' in html


class TestWhoseMatterItIs:
    """The trace names no child beside a verb of protection; the page asks for it anew, for whoever may know it."""

    def test_a_focal_point_reads_the_code_beside_a_step_of_protection(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        interviewed(changes={"safe_home": "unsafe"})
        row = Escalation.objects.get()
        reader("focal_point").get(f"/protection/{row.pk}")
        event = Event.objects.get(verb="look_at_escalation")
        assert event.child_id is None
        shown = {each["row"].verb: each for each in self.rows(reader, "second_focal_point")}
        assert shown["look_at_escalation"]["code"] == world.amani.child.code
        assert display_code(world.amani.child.code) in body(reader, "second_focal_point")
        for who in ("organisation_admin", "supervisor"):
            assert "look_at_escalation" not in {each["row"].verb for each in self.rows(reader, who)}

    def test_of_a_matter_of_others_no_code_is_shown(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        interviewed(changes={"safe_home": "unsafe"})
        Escalation.objects.update(group="staff")
        record(world.amani.actor("staff_channel"), "look_at_escalation", "escalation", Escalation.objects.get().pk)
        record(world.amani.actor("staff_channel"), "look_at_escalation", "escalation", "no id")
        seen = [each for each in self.rows(reader, "focal_point") if each["row"].verb == "look_at_escalation"]
        assert [(each["code"], each["no_code"]) for each in seen] == [("", "not shown")] * 2

    def test_what_is_about_no_child_and_whom_nobody_keeps_any_more(self, reader: Reader, world: World) -> None:
        record(world.amani.actor("supervisor"), "children.see", "child", uuid4())
        record(world.amani.actor("supervisor"), "create_team", "team", uuid4())
        shown = {each["row"].verb: each["no_code"] for each in self.rows(reader, "focal_point")}
        assert (shown["children.see"], shown["create_team"]) == ("kept no longer", "–")

    @staticmethod
    def rows(reader: Reader, who: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = reader(who).get("/audit").context["page"].rows
        return rows


class TestTheChildsOwnList:
    def test_who_looked_and_who_was_refused_stands_there(self, reader: Reader, world: World) -> None:
        page = f"/children/{world.amani.child.code}"
        reader("me_officer").get(page)
        assert reader("other_case_worker").get(page).status_code == 404
        assert reader("case_worker", world.baraka).get(page).status_code == 404
        html = body(reader, "case_worker", f"{page}/looks")
        assert "Me Officer Amani" in html
        assert "Other Case Worker Amani" in html
        assert html.count('<span class="tag warn">') == 2
        assert "somebody of another organisation" in html
        assert "Baraka" not in html

    def test_answers_read_stand_there_too(self, reader: Reader, world: World, interviewed: Interviewed) -> None:
        reader("supervisor").get(f"/submissions/{interviewed()}")
        assert "Read answers" in body(reader, "case_worker", f"/children/{world.amani.child.code}/looks")

    def test_who_may_not_see_the_child_finds_no_list(self, reader: Reader, world: World) -> None:
        page = f"/children/{world.amani.child.code}/looks"
        for client in (reader("other_supervisor"), reader("organisation_admin"), reader("outsider")):
            assert client.get(page).status_code == 404
        assert reader("case_worker", world.baraka).get(page).status_code == 404


class TestOneRowALook:
    def test_a_look_at_the_record_leaves_one_row(self, reader: Reader, world: World) -> None:
        before = Event.objects.count()
        reader("case_worker").get(f"/children/{world.amani.child.code}")
        assert Event.objects.count() == before + 1
        row = Event.objects.get(verb="children.see")
        assert (row.child_id, row.detail) == (world.amani.child.id, {"part": "overview"})

    def test_an_interview_begins_once(self, reader: Reader, world: World) -> None:
        """The page, its settings and the list of its form show the same child: one beginning; the next is another."""
        client = reader("case_worker")
        base, query = f"/interview/{world.amani.forms['child-12-14']}", f"?child={world.amani.child.code}"

        def begin() -> int:
            for part in ("", "/config.json", "/form.xml", "/media/children.csv"):
                assert client.get(f"{base}{part}{query}").status_code == 200
            return Event.objects.filter(verb="interviews.fill", child_id=world.amani.child.id).count()

        assert (begin(), begin()) == (1, 2)
        client.get(f"{base}/media/children.csv{query}")
        assert Event.objects.filter(verb="interviews.fill").count() == 2
        with time_machine.travel(timezone.now() + timedelta(hours=1)):
            again = reader("case_worker")
            again.get(f"{base}/media/children.csv{query}")  # without the page: a look of its own
        assert Event.objects.filter(verb="interviews.fill").count() == 3
        reader("supervisor").get(f"{base}/media/children.csv{query}")
        assert Event.objects.filter(verb="interviews.fill").count() == 4

    def test_today_is_a_look_where_somebody_is_due(self, reader: Reader, world: World) -> None:
        reader("case_worker").get("/")
        assert Event.objects.filter(verb="children.see", object_kind="due").count() == 1
        reader("organisation_admin").get("/")
        assert Event.objects.filter(verb="children.see", object_kind="due").count() == 1

    def test_flags_on_today_are_a_look(self, reader: Reader, world: World, interviewed: Interviewed) -> None:
        interviewed(example=1)
        reader("focal_point").get("/")
        assert Event.objects.filter(verb="answers.see", object_kind="flags").count() == 1

    def test_a_search_keeps_a_keyed_hash(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        for text in ("CASE-1", "case-1 ", "CASE-2"):
            client.post("/children/find", {"text": text})
        hashes = [event.detail["text"] for event in Event.objects.filter(verb="search_children").order_by("at")]
        assert hashes[0] == hashes[1] != hashes[2]
        assert all(len(each) == 32 and int(each, 16) for each in hashes)


def test_no_word_about_anybody_stands_in_the_trace(reader: Reader, world: World, interviewed: Interviewed) -> None:
    """A mark in every field that people type into, and in addresses; then every event is searched for it."""
    client, officer, code = reader("supervisor"), reader("me_officer"), world.amani.child.code
    facts = {"population": "returnee", "sex": "female", "return_date": "2025-01-01", "language": "en", "status": "open"}
    words = {"name": CANARY, "external_id": CANARY, "initials": "QC", "caregiver": "mother", "caregiver_name": CANARY}
    client.post("/children/new", {**facts, **words, "age": "12"})
    client.post(f"/children/{code}/change", {**facts, **words, "external_id": f"{CANARY}-2", "age": "12"})
    client.post(f"/children/{code}/people", {"kind": "mother", "name": CANARY})
    client.post("/children/find", {"text": CANARY})
    client.get(f"/children/{CANARY}")
    client.get(f"/children/{CANARY}/looks")
    client.get(f"/children?code={CANARY}&place={CANARY}")
    reader("focal_point").get(f"/audit?code={CANARY}&verb={CANARY}&person={CANARY}&day={CANARY}")
    sent = interviewed(changes={"mood": "purple", "message": CANARY})
    client.post(f"/inbox/{sent}", {"step": "set_aside", "reason": CANARY})
    file = SimpleUploadedFile(f"{CANARY}.csv", f"external_id,name,sex\n{CANARY},{CANARY},female\n".encode())
    client.post("/children/import", {"file": file})
    answers = SimpleUploadedFile(f"{CANARY}.csv", f"_id,mood\n{CANARY},{CANARY}\n".encode())
    officer.post("/imports/new", {"form": world.amani.forms["child-12-14"], "file": answers, "synthetic": "on"})
    reader("organisation_admin").post("/people/new", {"email": f"{CANARY}@example.org", "display_name": CANARY})
    events = list(Event.objects.all())
    assert {"register_child", "change_child", "add_relation", "search_children", "open_page"} <= {
        e.verb for e in events
    }
    told = "\n".join(json.dumps([e.verb, e.object_kind, e.object_id, e.detail], default=str) for e in events)
    assert CANARY.casefold() not in told.casefold()
    assert "Mwangi" not in told
    assert str(date.today().year) + "-01-01" not in told
    record(world.amani.system(), "x", "y", CANARY)  # the search does find what is there
    assert any(CANARY in event.object_id for event in Event.objects.all())
