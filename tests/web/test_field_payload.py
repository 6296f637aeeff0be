"""What the field app is given: the own caseload, the permitted keys, codes and days; and what that costs."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from homeward.apps.access.intake_keys import public_key
from homeward.apps.audit.models import Event
from homeward.apps.cases.consenting import Asked, record_agreement
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Assignment, Child, Status
from homeward.apps.cases.services import Registered, assign_child, register_child
from homeward.apps.monitoring.turns import record_death
from homeward.apps.surveys.models import FormMedia
from homeward.apps.visits.cards import CardFacts, set_card, set_quiet_time
from homeward.apps.visits.planning import Plan, plan_visit
from homeward.apps.visits.recording import Held, NewAction, hold_visit
from homeward.domain.consent import MONITORING
from homeward.domain.visiting import Answer, Check
from tests.case_life import case_life
from tests.envelopes import enrolled
from tests.pictures import picture
from tests.ties import declared
from tests.web.conftest import Interviewed, Reader
from tests.world import House, World, agree, day_of

pytestmark = pytest.mark.database
FIELD = "/app/field.json"
LARGEST = 40_000  # bytes of one child
DUE = {"point", "from", "on", "to", "state", "forms", "respondents", "permission"}
ACTION = {"state", "by_when", "who"}
CHILD: dict[str, Any] = {
    **dict.fromkeys(("code", "label", "initials", "age_band", "language", "may_begin", "why_not")),
    "due": DUE,
    "actions": ACTION,
    "bands": {"child", "caregiver"},
    "card": {"ways", "safe_days", "safe_parts", "quiet"},
    "apart": {"respondent", "on"},
}
FORM: dict[str, Any] = {
    **dict.fromkeys(("id", "instrument", "version", "titles", "family", "subject", "languages", "default_language")),
    **dict.fromkeys(("respondent_question", "child_question", "sealed_questions", "url", "sha256", "uses_list")),
    **dict.fromkeys(("prefill", "bands", "respondents")),
    "media": {"name", "url", "sha256", "size"},
}
PERMITTED: dict[str, Any] = {
    **dict.fromkeys(("made_at", "server_time", "person", "organisation", "language", "idle_minutes", "intake_key")),
    **dict.fromkeys(("most_bytes", "recipients", "words")),
    "forms": FORM,
    "children": CHILD,
    "newcomers": {"delivery", "code", "state"},  # what was sent from this person's phones, by its mark there
}
HISTORY: dict[str, Any] = {
    **dict.fromkeys(("code", "made_at", "next_due")),
    "visits": {"on": None, "way": None, "actions": ACTION},
    "scores": {"on", "respondent", "instrument", "bands"},
}
SAFE = Check(*[Answer.NO] * 4)


def beyond(found: Any, permitted: Any, where: str = "") -> Iterator[str]:
    """Keys that nobody permitted, and those that are missing."""
    if permitted is None:
        return
    if found is None and where.endswith(".apart"):
        return  # nobody listened
    if isinstance(found, list):
        for each in found:
            yield from beyond(each, permitted, where)
        return
    names = set(permitted)
    if where.endswith("bands"):
        names &= set(found)  # a voice that nobody has heard yet is not there
    yield from (f"{where}.{name}" for name in set(found) ^ names)
    if isinstance(permitted, Mapping):
        for name in names & set(found):
            yield from beyond(found[name], permitted[name], f"{where}.{name}")


def fetched(client: Client) -> dict[str, Any]:
    answer = client.get(FIELD)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def one_more(house: House, number: int, **facts: Any) -> Registered:
    today = day_of(house.organisation_id)
    given = {"sex": "female", "name": f"Kid{number} Zabulon", "age": 13, "return_date": today - timedelta(days=180)}
    child = register_child(house.system(), ChildFacts(**{**given, "team_id": house.teams[0], **facts}))
    assign_child(house.system(), child.id, person_id=house.people["case_worker"], since=today - timedelta(days=100))
    agree(house, child, today - timedelta(days=100))
    return child


def heavy(house: House, code: str, interviewed: Interviewed) -> None:
    """A child with whom much happened: interviews, visits, a card, quiet times, a case, and words of many."""
    worker, today = house.actor("case_worker"), day_of(house.organisation_id)
    case_life(house, code, lambda field: f"Secret words of {field}. " * 20)
    for days in range(5, 160, 15):
        interviewed("child-12-14", days, code=code, said=f"I said it {days}")
        interviewed("caregiver", days, code=code, respondent="caregiver", said=f"I heard it {days}")
    card = CardFacts(("home", "phone"), how="0700 123456", second="Neema Zuberi", not_with="the uncle", unsaid="Hush")
    set_card(worker, code, card)
    for number in range(20):
        later = today + timedelta(days=30 + 2 * number)
        set_quiet_time(worker, code, later, later, "asked")
        (visit,) = plan_visit(worker, [code], SAFE, Plan(today, "home"))
        agreed = tuple(NewAction("we", later, f"Secret promise {number} {each} " * 20) for each in range(4))
        hold_visit(worker, visit, Held(True, True, "yes", (), alone="yes", actions=agreed, words="Secret note " * 50))


class TestWhatIsInIt:
    def test_exactly_the_permitted_keys_and_at_most_forty_kilobytes_a_child(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        house = world.amani
        assert house.child is not None
        heavy(house, house.child.code, interviewed)
        FormMedia.objects.create(
            form_version_id=house.forms["child-12-14"], name="a.jpg", content_type="image/jpeg",
            content=picture("JPEG"), md5="0" * 32,
        )  # fmt: skip
        found = fetched(reader("case_worker"))
        assert list(beyond(found, PERMITTED)) == []
        (child,) = found["children"]
        assert (child["code"], child["initials"]) == (house.child.code, "AM")
        assert len(child["actions"]) == 40
        assert {"child", "caregiver"} == set(child["bands"])
        assert {third for voice in child["bands"].values() for third in voice.values()} <= {"low", "middle", "high"}
        assert len(child["card"]["quiet"]) == 20
        assert len(json.dumps(child).encode()) < LARGEST / 4
        history = reader("case_worker").get(f"/app/children/{house.child.code}/history.json").json()
        assert list(beyond(history, HISTORY)) == []
        assert len(json.dumps(history).encode()) + len(json.dumps(child).encode()) < LARGEST

    def test_no_name_and_nobodys_words(self, reader: Reader, world: World, interviewed: Interviewed) -> None:
        house = world.amani
        assert house.child is not None
        heavy(house, house.child.code, interviewed)
        client = reader("case_worker")
        told = client.get(FIELD).content + client.get(f"/app/children/{house.child.code}/history.json").content
        for word in (b"Asha", b"Mwangi", b"Neema", b"Secret", b"Hush", b"uncle", b"0700", b"I said", b"I heard"):
            assert word not in told, word
        for word in (b"CASE-1", b"Riverside", Child.objects.get(pk=house.child.id).return_date.isoformat().encode()):
            assert word not in told, word

    def test_only_the_own_caseload_and_in_it_only_whom_somebody_may_ask(self, reader: Reader, world: World) -> None:
        house = world.amani
        worker, today = house.actor("case_worker"), day_of(house.organisation_id)
        shown, closed, died, no, tied, ended = (one_more(house, number) for number in range(6))
        Child.objects.filter(pk=closed.id).update(status=Status.CLOSED, ended_on=today)
        record_death(worker, died.code, today)
        record_agreement(worker, no.code, Asked("child", {MONITORING: "refuses"}, limits_told=True))
        declared(house, "case_worker", tied.code)
        Assignment.objects.filter(child_id=ended.id).update(until=today - timedelta(days=1))
        assert house.child is not None
        everybody = set(Child.objects.values_list("code", flat=True))
        found = {child["code"] for child in fetched(reader("case_worker"))["children"]}
        assert found == {house.child.code, shown.code}
        assert len(everybody) == 12  # of which ten are another's, or nobody's to ask
        for code in everybody - found:
            assert reader("case_worker").get(f"/app/children/{code}/history.json").status_code == 404

    def test_roles_without_a_caseload_of_their_own_get_nothing(self, reader: Reader, world: World) -> None:
        for role in ("supervisor", "focal_point", "me_officer", "organisation_admin", "outsider"):
            client = reader(role)
            assert client.get("/app/session.json").json()["may"] is False
            answers = [client.get(FIELD), client.post("/app/devices", {"label": "x"}, content_type="application/json")]
            assert {answer.status_code for answer in answers} <= {403, 404}, role
            assert all(answer.json()["status"] == "refused" for answer in answers)
        other = fetched(reader("case_worker", world.baraka))
        assert [child["code"] for child in other["children"]] == [world.baraka.child.code]  # type: ignore[union-attr]
        assert not {form["id"] for form in other["forms"]} & {str(key) for key in world.amani.forms.values()}


class TestWhatItSays:
    def test_what_is_due_with_whom_and_with_which_form(self, reader: Reader, world: World) -> None:
        house = world.amani
        first, *rest = fetched(reader("case_worker"))["children"][0]["due"]
        assert first["state"] in ("due", "tolerated", "late", "coming")
        assert first["from"] <= first["on"] <= first["to"]
        assert first["respondents"] == ["child", "caregiver"]
        assert set(first["forms"]) == {str(house.forms[name]) for name in ("child-12-14", "caregiver")}
        assert first["permission"] == []
        assert [each["state"] for each in rest] == ["not_yet"]
        assert rest[0]["from"] > first["from"]

    def test_each_form_says_who_may_answer_it(self, reader: Reader) -> None:
        answered_by = {each["instrument"]: each["respondents"] for each in fetched(reader("case_worker"))["forms"]}
        assert (answered_by["child-12-14"], answered_by["caregiver"]) == (["child"], ["caregiver"])

    def test_the_caregiver_of_somebody_of_sixteen_is_asked_with_permission(self, reader: Reader, world: World) -> None:
        code = one_more(world.amani, 1, age=16).code
        (child,) = [each for each in fetched(reader("case_worker"))["children"] if each["code"] == code]
        assert child["due"][0]["respondents"] == ["child", "caregiver"]
        assert child["due"][0]["permission"] == ["caregiver"]

    def test_who_has_answered_is_not_asked_again(self, reader: Reader, interviewed: Interviewed) -> None:
        interviewed("caregiver", 0, respondent="caregiver")
        (first, *_rest) = fetched(reader("case_worker"))["children"][0]["due"]
        assert first["respondents"] == ["child"]

    def test_quiet_times_and_the_card_say_how_nobody_is_reached(self, reader: Reader, world: World) -> None:
        house = world.amani
        assert house.child is not None
        worker, code, today = house.actor("case_worker"), house.child.code, day_of(house.organisation_id)
        before = fetched(reader("case_worker"))["children"][0]
        assert (before["may_begin"], before["card"]["ways"]) == (True, None)
        set_card(worker, code, CardFacts(("school",), ("mon", "tue"), ("morning",)))
        set_quiet_time(worker, code, today, today + timedelta(days=2), "danger")
        child = fetched(reader("case_worker"))["children"][0]
        assert (child["may_begin"], child["why_not"]) == (False, "quiet_time")
        quiet = [[today.isoformat(), (today + timedelta(days=2)).isoformat()]]
        assert child["card"] == {
            "ways": ["school"], "safe_days": ["mon", "tue"], "safe_parts": ["morning"], "quiet": quiet,
        }  # fmt: skip

    def test_how_much_is_taken_at_once(self, reader: Reader, settings: Any) -> None:
        settings.HOMEWARD_MAX_UPLOAD = 10_000_000
        assert fetched(reader("case_worker"))["most_bytes"] == 10_000_000

    def test_to_whom_is_sealed(self, reader: Reader, world: World) -> None:
        found = fetched(reader("case_worker"))
        assert base64.b64decode(found["intake_key"]) == public_key()
        assert found["recipients"] == []
        keys = [enrolled(world.amani.actor(name)) for name in ("focal_point", "second_focal_point")]
        told = {base64.b64decode(each) for each in fetched(reader("case_worker"))["recipients"]}
        assert told == {key.public for key in keys}

    def test_forms_are_fetched_by_their_content(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        form = next(each for each in fetched(client)["forms"] if each["id"] == str(house.forms["child-12-14"]))
        assert (form["child_question"], form["prefill"], form["uses_list"]) == (
            "child_listed",
            {"child_known": "yes"},
            True,
        )
        assert form["bands"] == ["12-14"]
        got = client.get(form["url"])
        assert sha256(got.content).hexdigest() == form["sha256"]
        assert got["Content-Type"].startswith("text/xml")
        assert client.get(form["url"][:-1] + "x").status_code == 404
        for stranger in (reader("case_worker", world.baraka), reader("outsider")):
            assert stranger.get(form["url"]).status_code in (403, 404)
        assert client.get(f"/app/forms/{form['id']}/media/children.csv").status_code == 404
        assert client.get(f"/app/forms/{form['id']}/media/a%00b").status_code == 404

    def test_the_history_is_of_a_year_and_says_what_stands(self, reader: Reader, world: World) -> None:
        house = world.amani
        assert house.child is not None
        worker, code, today = house.actor("case_worker"), house.child.code, day_of(house.organisation_id)
        for days in (400, 10):
            (visit,) = plan_visit(worker, [code], SAFE, Plan(today - timedelta(days=days), "school"))
            agreed = (NewAction("school", today + timedelta(days=5), "A place"),)
            seen = Held(True, True, "yes", (), alone="yes", actions=agreed)
            hold_visit(worker, visit, replace(seen, on=today - timedelta(days=days)))
        found = reader("case_worker").get(f"/app/children/{code}/history.json").json()
        (visit,) = found["visits"]
        assert (visit["on"], visit["way"]) == ((today - timedelta(days=10)).isoformat(), "school")
        stands = {"state": "", "by_when": (today + timedelta(days=5)).isoformat(), "who": "school"}
        assert visit["actions"] == [stands]
        assert found["next_due"] is not None


class TestWhoLooked:
    def test_one_look_at_the_list_and_one_at_the_child(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        assert house.child is not None
        fetched(client)
        look = Event.objects.latest("at")
        assert (look.verb, look.object_kind, look.detail, look.allowed) == (
            "caseload.fetch",
            "children",
            {"rows": 1},
            True,
        )
        assert (look.actor_id, look.organisation_id) == (house.people["case_worker"], house.organisation_id)
        client.get(f"/app/children/{house.child.code}/history.json")
        look = Event.objects.latest("at")
        assert (look.verb, look.child_id, look.detail) == ("visits.see", house.child.id, {"part": "field"})

    def test_whoever_is_signed_out_is_told_so(self, world: World) -> None:
        assert world.amani.child is not None
        form = world.amani.forms["child-12-14"]
        for path in (
            "session.json",
            "field.json",
            f"children/{world.amani.child.code}/history.json",
            f"forms/{form}/form.xml",
        ):
            answer = Client().get(f"/app/{path}")
            assert (answer.status_code, answer.json()["status"]) == (401, "refused")
            assert "no-store" in answer["Cache-Control"]
        assert Client().post("/app/devices", {"label": "x"}, content_type="application/json").status_code == 401


class TestCost:
    def test_as_many_questions_for_many_as_for_few(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        one_more(world.amani, 0)
        fetched(client)  # forms are read once a process

        def questions() -> int:
            with CaptureQueriesContext(connection) as asked:
                fetched(client)
            return len(asked)

        before = questions()
        for number in range(1, 25):
            one_more(world.amani, number)
        assert len(fetched(client)["children"]) == 26
        assert questions() == before

    @pytest.mark.slow
    def test_two_hundred_children_come_in_good_time(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        for number in range(200):
            one_more(world.amani, number)
        fetched(client)
        begun = time.perf_counter()
        content = client.get(FIELD).content
        took = time.perf_counter() - begun
        assert len(json.loads(content)["children"]) == 201
        assert len(content) * 8 / 1_500_000 + took < 20  # of the minute that a first fetch may take, forms included
