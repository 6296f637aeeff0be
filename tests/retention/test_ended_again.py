"""A child that has ended does not come back by a list of another system, and nothing is begun for it."""

from __future__ import annotations

from datetime import date

import pytest

from homeward.apps.cases.caseload import import_caseload, preview_caseload
from homeward.apps.cases.ending import IDENTITY, destroy_keys
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Child, EndedNumber
from homeward.apps.cases.services import register_child
from homeward.apps.retention import carrying_out
from homeward.apps.retention.running_out import run_out
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Submission
from homeward.domain.problems import ProblemError
from tests.interviews import interview
from tests.retention.lives import lived
from tests.retention.test_at_once import agreed, over
from tests.web.conftest import Reader, reader
from tests.world import World

pytestmark = pytest.mark.database
__all__ = ("reader",)


@pytest.fixture(autouse=True)
def emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying_out, "empty_log", lambda: True)


@pytest.mark.parametrize("how", ["clock", "erasure", "command"])
def test_its_number_is_refused_in_a_caseload_and_at_registration(world: World, how: str) -> None:
    life = lived(world, told=False)
    number, children = life.said["external_id"], Child.objects.count()
    if how == "clock":
        over(life)
        run_out()
    elif how == "erasure":
        carrying_out.carry_out(agreed(world, life))
    else:
        destroy_keys(world.amani.system(), life.code, IDENTITY, "retention_ended")
    same = {"sex": "female", "age": "12", "team": "North", "return_date": "2025-03-31"}
    rows = [{**same, "external_id": number, "name": "Asha"}, {**same, "external_id": "CASE-77", "name": "Juma"}]
    preview = preview_caseload(world.amani.actor("supervisor"), rows)
    assert [(row.kind, [each.code for each in row.problems]) for row in preview.rows] == [
        ("error", ["child.number_ended"]),
        ("new", []),
    ]
    assert import_caseload(world.amani.actor("supervisor"), preview).new == 1
    assert Child.objects.count() == children + 1 - (how == "erasure")
    facts = ChildFacts(
        name="Asha",
        sex="female",
        age=12,
        external_id=number,
        team_id=world.amani.teams[0],
        return_date=date(2025, 3, 31),
    )
    with pytest.raises(ProblemError) as error:
        register_child(world.amani.actor("supervisor"), facts)
    assert (error.value.first.code, error.value.first.status) == ("child.number_ended", 409)
    other = preview_caseload(world.baraka.actor("supervisor"), rows[:1])
    assert other.rows[0].kind == "new", "another organisation has numbers of its own"
    stone = EndedNumber.objects.get().pk
    assert number.encode() not in stone.bytes


def test_no_form_is_begun_for_it_and_what_was_begun_is_taken(world: World, reader: Reader) -> None:
    assert world.amani.child
    code, form = world.amani.child.code, world.amani.forms["child-12-14"]
    page = reader("supervisor")
    address = f"/interview/{form}?child={code}"
    assert [page.get(each).status_code for each in (address, f"/children/{code}/interview")] == [200, 200]
    destroy_keys(world.amani.system(), code, IDENTITY, "retention_ended")
    for each in (address, f"/children/{code}/interview"):
        answer = page.get(each)
        assert (answer.status_code, "has ended here" in answer.content.decode()) == (409, True)
    assert reader("other_supervisor").get(address).status_code == 404
    assert reader("supervisor", world.baraka).get(address).status_code == 404
    begun = Delivery(interview("child-12-14", code), channel="browser")
    assert receive(world.amani.actor("case_worker"), begun).status == 202
    assert Submission.objects.filter(child__code=code).count() == 0
