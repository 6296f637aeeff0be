from __future__ import annotations

from uuid import uuid4

import pytest

from homeward.apps.audit.models import Event
from homeward.apps.cases.models import Child
from homeward.apps.communities.models import Place
from homeward.apps.communities.services import add_place
from tests.web.conftest import Reader
from tests.world import HOME, World

OPEN = {"name": "", "level": "community", "parent": "", "country_code": "", "time_zone": ""}


@pytest.fixture
def country(world: World) -> Place:
    assert world.amani.people
    return Place.objects.get(level="country")


class TestPlaces:
    def test_a_place_is_added_inside_another_and_takes_its_country_and_time(
        self, world: World, reader: Reader, country: Place
    ) -> None:
        given = {**OPEN, "name": "  Upper   Bank ", "parent": str(country.pk)}
        answer = reader("me_officer").post("/places", given, follow=True)
        assert f"{country.name} / Upper Bank" in answer.content.decode()
        made = Place.objects.get(name="Upper Bank")
        assert (made.parent_id, made.country_code, made.time_zone) == (country.pk, "SU", HOME)
        assert made.organisation_id == world.amani.organisation_id
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


@pytest.fixture
def banks(world: World) -> tuple[Place, Place]:
    """One place of each organisation, known to itself alone."""
    country = Place.objects.get(level="country").pk
    ids = (
        add_place(house.system(), "community", name, "SU", parent_id=country)
        for house, name in ((world.amani, "North Bank"), (world.baraka, "Secret Bank"))
    )
    mine, theirs = (Place.objects.get(pk=each) for each in ids)
    return mine, theirs


class TestAnotherOrganisation:
    @pytest.mark.parametrize("path", ["/places", "/children", "/downloads/places.csv"])
    def test_does_not_see_it_in_any_list(self, reader: Reader, banks: tuple[Place, Place], path: str) -> None:
        client = reader("supervisor" if path.startswith("/children") else "me_officer")
        answer = client.get(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert (answer.status_code, b"North Bank" in body, b"Secret Bank" in body) == (200, True, False)

    def test_does_not_see_it_where_a_child_is_registered(self, reader: Reader, banks: tuple[Place, Place]) -> None:
        body = reader("supervisor").post("/children/new", {"look": "1", "name": ""}).content
        assert (b"North Bank" in body, b"Secret Bank" in body) == (True, False)

    def test_its_place_is_like_one_that_is_not_there(self, reader: Reader, banks: tuple[Place, Place]) -> None:
        client, (mine, theirs) = reader("me_officer"), banks
        for there in (theirs.pk, uuid4()):
            for path in (f"/places/{there}", f"/places/{there}/merge?into={mine.pk}"):
                assert client.get(path).status_code == 404
                assert client.post(path, {"name": "Mine now", "into": mine.pk}).status_code == 404
            assert client.get(f"/places/{mine.pk}/merge?into={there}").status_code == 404
            assert client.post(f"/places/{mine.pk}/merge", {"into": there}).status_code == 404
            assert client.post("/places", {**OPEN, "name": "In it", "parent": there}).status_code == 422
        assert {mine.name, theirs.name} == set(
            Place.objects.filter(name__endswith=" Bank").values_list("name", flat=True)
        )

    def test_it_may_use_the_same_name(self, reader: Reader, banks: tuple[Place, Place]) -> None:
        given = {**OPEN, "name": banks[1].name, "parent": str(banks[1].parent_id)}
        assert reader("me_officer").post("/places", given).status_code == 302
        assert Place.objects.filter(name=banks[1].name).count() == 2


class TestRenaming:
    def test_keeps_the_children(self, world: World, reader: Reader) -> None:
        place_id = world.amani.place_id
        assert "Riverside" in reader("me_officer").get(f"/places/{place_id}").content.decode()
        answer = reader("me_officer").post(f"/places/{place_id}", {"name": " River  Side "}, follow=True)
        assert "Sunda / River Side" in answer.content.decode()
        assert Child.objects.get(pk=world.amani.child.id).place.name == "River Side"  # type: ignore[union-attr]
        assert Event.objects.filter(verb="rename_place", object_id=str(place_id)).exists()
        assert Place.objects.get(pk=world.baraka.place_id).name == "Riverside"

    def test_a_name_that_is_taken_is_said_at_the_field(self, world: World, reader: Reader) -> None:
        add_place(world.amani.system(), "community", "Hill", "SU", parent_id=Place.objects.get(level="country").pk)
        answer = reader("me_officer").post(f"/places/{world.amani.place_id}", {"name": "hill"})
        assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"name"})

    def test_what_all_share_is_renamed_by_nobody(self, reader: Reader, country: Place) -> None:
        assert reader("me_officer").post(f"/places/{country.pk}", {"name": "X"}).status_code == 403
        assert Place.objects.get(pk=country.pk).name == country.name


class TestMerging:
    def test_says_how_many_then_moves_them(self, world: World, reader: Reader, banks: tuple[Place, Place]) -> None:
        client, gone, stays = reader("organisation_admin"), world.amani.place_id, banks[0]
        page = client.get(f"/places/{gone}")
        assert (f'value="{stays.pk}"' in page.content.decode(), str(banks[1].pk) in page.content.decode()) == (
            True,
            False,
        )
        asked = client.get(f"/places/{gone}/merge?into={stays.pk}")
        assert (asked.context["plan"].children, asked.context["plan"].places) == (1, 0)
        assert Place.objects.filter(pk=gone).exists()
        assert client.post(f"/places/{gone}/merge", {"into": stays.pk}).status_code == 302
        assert not Place.objects.filter(pk=gone).exists()
        assert Child.objects.get(pk=world.amani.child.id).place_id == stays.pk  # type: ignore[union-attr]
        assert Child.objects.get(pk=world.baraka.child.id).place_id == world.baraka.place_id  # type: ignore[union-attr]
        event = Event.objects.get(verb="merge_places")
        assert event.detail == {"into": str(stays.pk), "children": 1, "places": 0}

    def test_nothing_chosen_is_said(self, world: World, reader: Reader) -> None:
        answer = reader("me_officer").get(f"/places/{world.amani.place_id}/merge")
        assert (answer.status_code, set(answer.context["merge"].errors)) == (422, {"into"})

    def test_who_does_not_manage_places_is_refused(
        self, world: World, reader: Reader, banks: tuple[Place, Place]
    ) -> None:
        mine = world.amani.place_id
        for name in ("outsider", "case_worker", "supervisor", "programme_manager"):
            for path in (f"/places/{mine}", f"/places/{mine}/merge"):
                assert reader(name).get(path).status_code == 403
                assert reader(name).post(path, {"name": "X", "into": banks[0].pk}).status_code == 403
        assert Place.objects.get(pk=mine).name == "Riverside"
