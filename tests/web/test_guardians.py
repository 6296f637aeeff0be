"""Pages on which guardians' copies are withheld and widened: who sees what, and the words where a key is off."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from homeward.apps.access.models import Membership
from homeward.apps.audit.models import Event
from homeward.apps.cases.models import Relation
from homeward.apps.retention.models import Override
from homeward.domain.codes import display_code
from tests.retention.lives import Life, in_days, lived
from tests.web.conftest import Reader
from tests.world import World

pytestmark = pytest.mark.database
OUTSIDE = ("case_worker", "other_supervisor", "organisation_admin", "system_admin", "me_officer", "outsider")
WORDS = "The uncle with whom the child lives is part of it."


@pytest.fixture
def life(world: World) -> Life:
    Membership.objects.update(until=None)
    return lived(world, told=False)


def page(life: Life) -> str:
    return f"/children/{life.code}/keep"


def said(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def withhold(client: Client, life: Life, **changes: str) -> Any:
    given = {"act": "withhold", "why": "implicated", "words": WORDS, "review_on": in_days(30).isoformat()}
    return client.post(page(life), {**given, **changes})


def decide(client: Client, life: Life, act: str) -> Any:
    row = Override.objects.filter(state="asked").latest("asked_at")
    return client.post(page(life), {"act": f"override-{act}", "override": str(row.pk)})


def widen(client: Client, life: Life, **changes: Any) -> Any:
    relation = Relation.objects.get(child=life.id, kind="mother").pk
    given = {
        "act": "widen",
        "relation": str(relation),
        "parts": ["words"],
        "why": "court",
        "says": "agrees",
        "words": "",
    }
    return client.post(page(life), {**given, **changes})


def test_a_focal_point_withholds_and_whoever_hands_over_sees_no_reason(reader: Reader, life: Life) -> None:
    focal, worker = reader("focal_point"), reader("case_worker")
    assert "Withhold from now on" in said(focal, page(life))
    assert withhold(focal, life, why="").status_code == 422
    assert withhold(focal, life, why="other", words="").status_code == 422
    assert withhold(focal, life).status_code == 302
    asked = said(worker, f"/children/{life.code}/copy")
    assert "Not for a guardian now. Ask a focal point." in asked
    assert re.search(r'value="guardian"[^>]*disabled|disabled[^>]*value="guardian"', asked)
    answer = worker.post(f"/children/{life.code}/copy", {"whom": "guardian", "language": "en"})
    assert (answer.status_code, "Not for a guardian now." in answer.content.decode()) == (422, True)
    assert life.said["name"] not in answer.content.decode()
    for text in (asked, answer.content.decode()):
        assert "implicated" not in text
        assert "part of" not in text
    assert worker.post(f"/children/{life.code}/copy", {"whom": "child", "language": "en"}).status_code == 200


def test_the_second_person_confirms_and_keys_that_are_off_say_why(reader: Reader, life: Life) -> None:
    focal, supervisor = reader("focal_point"), reader("supervisor")
    withhold(focal, life)
    own = said(focal, page(life))
    assert own.count("Nobody checks what they asked for themselves.") == 2
    assert WORDS in own
    assert decide(focal, life, "agree").status_code == 403
    seen = said(supervisor, page(life))
    assert "Only focal points read why." in seen
    assert "Only one of them can refuse it." in seen
    assert WORDS not in seen
    assert "A guardian is part of a concern" not in re.sub(r"<option.*?</option>", "", seen)
    assert decide(supervisor, life, "refuse").status_code == 403
    for name in OUTSIDE:
        assert decide(reader(name), life, "agree").status_code in (403, 404), name
        assert withhold(reader(name), life).status_code in (403, 404), name
    for name in ("case_worker", "me_officer", "outsider"):
        assert "Waits for a second person" not in reader(name).get("/").content.decode(), name
    assert decide(supervisor, life, "agree").status_code == 302
    assert Override.objects.get().state == "agreed"
    assert decide_again(reader("second_focal_point"), life).status_code == 422
    assert withhold(supervisor, life).status_code == 403


def decide_again(client: Client, life: Life) -> Any:
    return client.post(page(life), {"act": "override-agree", "override": str(Override.objects.get().pk)})


def test_it_is_lifted_by_two_and_looked_at_again_when_its_day_has_come(reader: Reader, life: Life) -> None:
    focal, second = reader("focal_point"), reader("second_focal_point")
    withhold(focal, life)
    for name, seen in (("supervisor", True), ("second_focal_point", True), ("focal_point", False)):
        for address in ("/", "/retention"):
            text = said(reader(name), address)
            assert ("waits for a second person until" in text) is seen, (name, address)
            assert (display_code(life.code) in text) is seen
    decide(second, life, "agree")
    assert "waits for a second person" not in said(reader("supervisor"), "/")
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        again = reader("focal_point")
        assert "Look again whether no guardian may be given a copy." in said(again, "/")
        assert "due" in said(again, "/retention")
        given = {"act": "withhold-again", "review_on": in_days(800).isoformat()}
        assert again.post(page(life), given).status_code == 422
        assert again.post(page(life), {**given, "review_on": in_days(60).isoformat()}).status_code == 302
        assert "Look again" not in said(again, "/")
    assert focal.post(page(life), {"act": "lift-withholding"}).status_code == 302
    assert "Until a second person agrees no guardian is given a copy." in said(second, page(life))
    assert decide(focal, life, "agree").status_code == 403
    assert decide(second, life, "agree").status_code == 302
    assert (
        reader("case_worker").post(f"/children/{life.code}/copy", {"whom": "guardian", "language": "en"}).status_code
        == 200
    )


def test_a_wider_copy_is_asked_for_confirmed_and_handed_over_once(reader: Reader, life: Life) -> None:
    focal, worker, copy = reader("focal_point"), reader("case_worker"), f"/children/{life.code}/copy"
    assert widen(focal, life, parts=[]).status_code == 422
    assert widen(focal, life, relation="nobody").status_code == 422
    answer = widen(focal, life, says="not_asked")
    assert (answer.status_code, "Say in a sentence why." in answer.content.decode()) == (422, True)
    assert widen(focal, life).status_code == 302
    assert "wider" not in said(worker, copy)
    assert decide(reader("supervisor"), life, "agree").status_code == 302
    offered = said(worker, copy)
    assert "A guardian, once, as two people have decided: Mother, beginning not said" in offered
    assert life.said["other text"] not in offered
    assert life.said["other text"] not in worker.post(copy, {"whom": "guardian", "language": "en"}).content.decode()
    shown = worker.post(copy, {"whom": "wider", "language": "en"}).content.decode()
    assert "This copy is for one person alone" in shown
    assert life.said["other text"] in shown
    assert worker.post(copy, {"whom": "wider", "language": "en"}).status_code == 422
    assert Event.objects.filter(verb="use_wider_copy").count() == 1
    assert "was given a copy that also holds" in worker.post(copy, {"whom": "child", "language": "en"}).content.decode()


def test_of_a_child_whose_copy_is_withheld_no_wider_one_can_be_asked_for(reader: Reader, life: Life) -> None:
    focal = reader("focal_point")
    withhold(focal, life)
    assert "Not for a guardian now." in said(focal, page(life))
    assert widen(focal, life).status_code == 422
    assert Override.objects.filter(kind="widen").count() == 0


def test_an_id_that_is_not_there_is_hidden(reader: Reader, life: Life, world: World) -> None:
    withhold(reader("focal_point"), life)
    key = str(Override.objects.get().pk)
    stranger = reader("focal_point", world.baraka)
    assert stranger.post(page(life), {"act": "override-agree", "override": key}).status_code == 404
    other = f"/children/{world.baraka.child.code}/keep"  # type: ignore[union-attr]
    assert stranger.post(other, {"act": "override-agree", "override": key}).status_code == 404
    assert reader("focal_point").post(page(life), {"act": "override-agree", "override": "x"}).status_code == 422
    assert Override.objects.get().state == "asked"


def test_no_two_fields_of_the_page_have_one_id(reader: Reader, life: Life) -> None:
    withhold(reader("focal_point"), life)
    decide(reader("second_focal_point"), life, "agree")
    ids = re.findall(r' id="([^"]+)"', said(reader("focal_point"), page(life)))
    assert len(ids) == len(set(ids))
