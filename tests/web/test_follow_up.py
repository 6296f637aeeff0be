"""The page of follow-up, its steps, and the protocols of the organisation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Child, ProtocolInUse, RiskLevel
from homeward.apps.cases.services import register_child
from homeward.apps.visits import today as todays
from homeward.apps.visits.clock_models import Missed, Pause
from homeward.domain.codes import display_code
from tests.web.conftest import Reader
from tests.world import World, day_of


def page_of(world: World) -> str:
    assert world.amani.child is not None
    return f"/children/{world.amani.child.code}/follow-up"


class TestThePage:
    def test_every_round_stands_there_with_its_state(self, reader: Reader, world: World) -> None:
        answer = reader("case_worker").get(page_of(world))
        states = {each["code"]: each["state"] for each in answer.context["points"]}
        assert states == {
            **dict.fromkeys(("w2", "m1", "m3"), "missed"),
            "m6": "tolerated",
            **dict.fromkeys(("m9", "m12", "m18", "m24"), "not_yet"),
        }
        html = answer.content.decode()
        assert "Late, still in time" in html
        assert html.count("nobody has said why") == 3
        assert "Asha" not in html

    def test_the_level_of_risk_is_set_with_a_reason(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        wrong = client.post(page_of(world), {"step": "risk", "level": "grave", "reason": "visit"})
        assert (wrong.status_code, RiskLevel.objects.count()) == (422, 0)
        done = client.post(page_of(world), {"step": "risk", "level": "high", "reason": "visit", "note": "The uncle"})
        assert (done.status_code, done["Location"]) == (302, page_of(world))
        html = client.get(page_of(world)).content.decode()
        assert "The uncle" in html
        assert "Next contact by" in html
        assert "The uncle" not in reader("me_officer").get(page_of(world)).content.decode()
        assert "Risk: High" in client.get(page_of(world).removesuffix("/follow-up")).content.decode()

    def test_a_pause_and_its_end(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        client.post(page_of(world), {"step": "pause", "reason": "asked"})
        assert "The clock stands still" in client.get(page_of(world)).content.decode()
        assert client.get("/").context["found"].due == 0
        client.post(page_of(world), {"step": "resume"})
        assert Pause.objects.get().until == day_of(world.amani.organisation_id)
        assert client.get("/").context["found"].due == 1

    def test_one_tap_on_today_says_why_not(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        html = client.get("/").content.decode()
        assert "Not possible?" in html
        assert "3 months after the return was missed. Why?" in html
        done = client.post(page_of(world), {"step": "missed", "point": "m6", "reason": "moved", "to": "today"})
        assert (done.status_code, done["Location"]) == (302, "/")
        assert Missed.objects.get().reason == "moved"
        shown = client.get("/")
        assert shown.context["found"].due == 0
        assert world.amani.child is not None
        told = shown.content.decode().split('role="status"')[1].split("</div>")[0]
        for word in (display_code(world.amani.child.code), "Moved away", "The reason is recorded.", "Undo"):
            assert word in told
        assert "Undo" not in client.get("/").content.decode()  # it was told once
        bad = client.post(page_of(world), {"step": "missed", "point": "m24", "reason": "moved"})
        assert bad.status_code == 409

    def test_what_was_said_by_mistake_of_a_round_or_a_contact_is_undone(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        client.post(page_of(world), {"step": "risk", "level": "high", "reason": "visit"})
        due = client.get(page_of(world)).context["clock"]["contact"]["day"]
        for point in ("m6", "contact"):
            undo = {"step": "missed", "point": point, "reason": "taken_back", "to": "today"}
            assert client.post(page_of(world), undo).status_code == 409  # nothing was said
            client.post(page_of(world), {"step": "missed", "point": point, "reason": "refused", "to": "today"})
            html = client.get("/").content.decode()
            assert f'name="point" value="{point}"' in html.split('role="status"')[1].split("</form>")[0]
            assert client.post(page_of(world), undo)["Location"] == "/"
            assert "Taken back" in client.get("/").content.decode()
            assert client.post(page_of(world), undo).status_code == 409
        assert client.get("/").context["found"].due == 1
        assert client.get(page_of(world)).context["clock"]["contact"]["day"] == due

    def test_who_has_moved_is_looked_for_and_the_reason_stands_with_its_day(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        client.post(page_of(world), {"step": "risk", "level": "high", "reason": "visit"})
        moved = {"step": "missed", "point": "contact", "reason": "moved", "to": "today"}
        tab = page_of(world).replace("follow-up", "visits")
        assert client.post(page_of(world), moved)["Location"] == f"{tab}#reach"
        html = client.get(tab).content.decode()
        assert "Record how you searched" in html
        assert "No second contact is recorded: ask through the community" in html
        html = client.get(page_of(world)).content.decode()
        assert "Contact between the rounds: Moved away" in html
        assert "Said by mistake" in html
        client.post(page_of(world), {**moved, "reason": "taken_back"})
        assert (
            "Moved away" not in client.get(page_of(world)).content.decode().split('id="risk"')[1].split("<details")[0]
        )
        assert "No second contact is recorded" not in client.get(tab).content.decode()

    @pytest.mark.parametrize("name", ["me_officer", "focal_point"])
    def test_who_reads_finds_no_key(self, reader: Reader, world: World, name: str) -> None:
        client = reader(name)
        html = client.get(page_of(world)).content.decode()
        assert 'name="step"' not in html
        for step in ("risk", "pause", "resume", "missed", ""):
            assert client.post(page_of(world), {"step": step}).status_code == 403

    def test_to_everybody_else_there_is_no_such_page(self, reader: Reader, world: World) -> None:
        others = (
            reader("other_case_worker"),
            reader("other_supervisor"),
            reader("programme_manager"),
            reader("outsider"),
            reader("case_worker", world.baraka),
        )
        for client in others:
            assert client.get(page_of(world)).status_code == 404
            assert client.post(page_of(world), {"step": "resume"}).status_code == 404

    def test_a_child_whose_return_nobody_knows_says_from_where_it_counts(self, reader: Reader, world: World) -> None:
        facts = ChildFacts(age=10, return_date_basis="unknown", team_id=world.amani.teams[0])
        code = register_child(world.amani.system(), facts).code
        html = reader("supervisor").get(f"/children/{code}/follow-up").content.decode()
        assert "counted from the day of registration" in html


class TestToday:
    def test_a_place_narrows_the_list(self, reader: Reader, world: World) -> None:
        facts = ChildFacts(
            age=13, return_date=day_of(world.amani.organisation_id) - timedelta(days=90), team_id=world.amani.teams[0]
        )
        other = register_child(world.amani.system(), facts).code
        client = reader("supervisor")
        assert client.get("/").context["found"].due == 2
        here = client.get(f"/?place={world.amani.place_id}")
        assert here.context["found"].due == 1
        assert display_code(other) not in here.content.decode()
        assert client.get(f"/?place={world.baraka.place_id}").status_code == 404
        assert client.get("/?place=nowhere").context["found"].due == 2

    def test_a_long_list_has_pages(self, reader: Reader, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(todays, "PAGE", 1)
        facts = ChildFacts(
            age=13, return_date=day_of(world.amani.organisation_id) - timedelta(days=400), team_id=world.amani.teams[0]
        )
        late = register_child(world.amani.system(), facts).code
        client = reader("supervisor")
        pages = [client.get(f"/?page={number}").context["found"] for number in (1, 2, 3)]
        assert [len(page.rows) for page in pages] == [1, 1, 1]
        assert pages[0].rows[0].child.code == late
        assert [page.page for page in pages] == [1, 2, 2]


class TestProtocols:
    def test_the_officer_chooses(self, reader: Reader, world: World) -> None:
        client = reader("me_officer")
        assert "homeward-default@1.0" in client.get("/protocols").content.decode()
        assert client.post("/protocols", {"protocol": "nothing@1"}).status_code == 422
        assert client.post("/protocols", {"protocol": "homeward-default@1.0"}).status_code == 302
        assert ProtocolInUse.objects.get().organisation_id == world.amani.organisation_id
        for name in ("case_worker", "supervisor", "programme_manager", "outsider"):
            assert reader(name).get("/protocols").status_code == 403


class TestRegistering:
    def test_a_day_of_return_that_is_not_known_is_said_so(self, reader: Reader, world: World) -> None:
        given = {"population": "returnee", "sex": "female", "age": "9", "language": "en"}
        client = reader("case_worker")
        assert client.post("/children/new", given).status_code == 422
        assert client.post("/children/new", {**given, "return_date_basis": "unknown"}).status_code == 302
        child = Child.objects.latest("created_at")
        assert (child.return_date, child.return_date_basis) == (None, "unknown")
        assert "not known" in client.get(f"/children/{child.code}").content.decode()
