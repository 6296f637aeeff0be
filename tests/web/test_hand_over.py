"""Handing over a caseload on its page: shown first, done, taken back; who may not sees nothing."""

from __future__ import annotations

import pytest

from homeward.apps.audit.models import Event
from homeward.apps.cases.conflicts import declare_for
from homeward.apps.cases.models import Assignment
from tests.apps.test_handing_over import hired, more, seen
from tests.web.conftest import Reader
from tests.world import World, day_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def given(world: World, whom: str, **changes: object) -> dict[str, object]:
    house = world.amani
    day = day_of(house.organisation_id).isoformat()
    return {"leaves": str(house.people["case_worker"]), "to": [str(house.people[whom])], "day": day, **changes}


def test_it_is_shown_then_done_then_taken_back(reader: Reader, world: World) -> None:
    house, client = world.amani, reader("supervisor")
    hired(house, "cover")
    (code,) = more(house, 1)
    own = house.child.code  # type: ignore[union-attr]
    before = Assignment.objects.count()
    plan = client.post("/hand-over", given(world, "cover"))
    html = plan.content.decode()
    assert f'value="{code}"' in html
    assert f'value="{own}"' in html
    assert "Asha" not in html
    assert Assignment.objects.count() == before
    assert Event.objects.filter(verb="children.see", object_kind="children").exists()
    done = client.post("/hand-over", given(world, "cover", stage="2", code=[code]), follow=True).content.decode()
    assert "1 child is handed over." in done
    assert seen(house, "cover") == {code}
    address = done.split('action="/hand-over/')[1].split('"')[0]
    back = client.post(f"/hand-over/{address}", follow=True).content.decode()
    assert "1 child is back where it was." in back
    assert seen(house, "cover") == set()
    assert "Handed over today" not in back


def test_a_tie_is_said_before_and_after(reader: Reader, world: World) -> None:
    house, client = world.amani, reader("supervisor")
    hired(house, "cover")
    more(house, 1)
    own = house.child.code  # type: ignore[union-attr]
    declare_for(house.actor("focal_point"), own, house.people["cover"], "relative")
    plan = client.post("/hand-over", given(world, "cover")).content.decode()
    assert f'value="{own}"' not in plan
    assert f'href="/children/{own}/people"' in plan
    both = [own, *seen(house, "case_worker")]
    done = client.post("/hand-over", given(world, "cover", stage="2", code=both), follow=True).content.decode()
    assert "Not handed over, because a conflict of interest is declared" in done
    assert own in seen(house, "case_worker")


def test_what_is_wrong_is_said_and_what_was_typed_stays(reader: Reader, world: World) -> None:
    client = reader("supervisor")
    hired(world.amani, "cover")
    answer = client.post("/hand-over", given(world, "cover", day="2020-01-01", until="2020-02-02"))
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "The first day is past" in html
    assert 'value="2020-02-02"' in html
    assert client.post("/hand-over", given(world, "cover", to=[])).status_code == 422
    assert client.post("/hand-over", given(world, "cover", stage="2", code=[])).status_code == 422


def test_only_whoever_assigns_gets_there(reader: Reader, world: World) -> None:
    assert 'href="/hand-over"' in reader("supervisor").get("/children").content.decode()
    for who in ("case_worker", "focal_point", "me_officer", "organisation_admin", "outsider"):
        assert reader(who).get("/hand-over").status_code == 403, who
        assert reader(who).post("/hand-over", given(world, "case_worker")).status_code == 403, who
    assert 'href="/hand-over"' not in reader("case_worker").get("/children").content.decode()
    foreign = reader("supervisor", world.baraka).get("/hand-over").content.decode()
    assert "Case Worker Amani" not in foreign
