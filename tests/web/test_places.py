from __future__ import annotations

import pytest

from homeward.apps.audit.models import Event
from homeward.apps.communities.models import Place
from tests.web.conftest import Reader
from tests.world import World

OPEN = {"name": "", "level": "community", "parent": "", "country_code": "", "time_zone": ""}


@pytest.fixture
def country(world: World) -> Place:
    assert world.amani.people
    return Place.objects.get(level="country")


class TestPlaces:
    def test_a_place_is_added_inside_another_and_takes_its_country_and_time(
        self, reader: Reader, country: Place
    ) -> None:
        given = {**OPEN, "name": "  Upper   Bank ", "parent": str(country.pk)}
        answer = reader("me_officer").post("/places", given, follow=True)
        assert f"{country.name} / Upper Bank" in answer.content.decode()
        made = Place.objects.get(name="Upper Bank")
        assert (made.parent_id, made.country_code, made.time_zone) == (country.pk, "SU", "Africa/Nairobi")
        assert Event.objects.filter(verb="add_place", object_id=str(made.pk)).exists()

    def test_it_may_be_chosen_for_a_child_at_once(self, reader: Reader, country: Place) -> None:
        reader("organisation_admin").post("/places", {**OPEN, "name": "Bank", "parent": str(country.pk)})
        assert f"{country.name} / Bank" in reader("supervisor").get("/children").content.decode()

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"level": "community"}, "parent"),
            ({"level": "country", "country_code": ""}, "country_code"),
            ({"level": "country", "country_code": "1é"}, "country_code"),
            ({"level": "country", "name": "sunda", "country_code": "SU"}, "name"),
        ],
    )
    def test_what_does_not_fit_is_said_at_its_field(
        self, reader: Reader, country: Place, given: dict[str, str], field: str
    ) -> None:
        before = Place.objects.count()
        answer = reader("me_officer").post("/places", {**OPEN, "name": "Elsewhere", **given})
        assert (answer.status_code, set(answer.context["form"].errors)) == (422, {field})
        assert Place.objects.count() == before

    def test_a_country_lies_in_no_other_place(self, reader: Reader, country: Place) -> None:
        given = {**OPEN, "name": "X", "level": "country", "parent": str(country.pk)}
        assert reader("me_officer").post("/places", given).status_code == 422

    def test_who_does_not_manage_places_is_refused(self, reader: Reader, country: Place) -> None:
        given = {**OPEN, "name": "X", "parent": str(country.pk)}
        for name in ("outsider", "case_worker", "supervisor", "programme_manager"):
            assert reader(name).get("/places").status_code == 403
            assert reader(name).post("/places", given).status_code == 403
        assert not Place.objects.filter(name="X").exists()
