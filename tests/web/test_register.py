from __future__ import annotations

from datetime import date, timedelta

from lxml.html import fromstring

from homeward.apps.cases.merging import merge_children
from homeward.apps.cases.models import Child
from homeward.apps.cases.queries import facts_for_change, find_child, names_of
from tests.web.conftest import Reader
from tests.world import World

GIVEN = {
    "population": "returnee",
    "name": "ليلى حسن",
    "sex": "female",
    "age": "7",
    "return_date": (date.today() - timedelta(days=30)).isoformat(),
    "language": "ar",
}


class TestRegisteringAChild:
    def test_a_child_gets_a_code_and_the_case_worker_gets_the_child(self, reader: Reader, world: World) -> None:
        answer = reader("case_worker").post("/children/new", GIVEN)
        code = answer.headers["Location"].rsplit("/", 1)[-1]
        actor = world.amani.actor("case_worker")
        child = find_child(actor, code)
        assert (child.age, child.row.language, child.birth_estimated) == (7, "ar", True)
        assert names_of(actor, child.row.id).name == "ليلى حسن"
        assert child.assignments[0].who == "Case Worker Amani"

    def test_the_caregiver_is_recorded_with_the_child(self, reader: Reader, world: World) -> None:
        given = {**GIVEN, "caregiver": "grandparent", "caregiver_name": "Umm Hasan"}
        code = reader("case_worker").post("/children/new", given).headers["Location"].rsplit("/", 1)[-1]
        assert find_child(world.amani.actor("case_worker"), code).relations == (("grandparent", True),)

    def test_what_is_missing_is_said_at_its_field_and_what_was_typed_stays(self, reader: Reader) -> None:
        answer = reader("case_worker").post("/children/new", {**GIVEN, "return_date": ""})
        html = answer.content.decode()
        assert answer.status_code == 422
        assert 'href="#id_return_date"' in html
        assert "The day of the return is missing." in html
        assert "ليلى حسن" in html

    def test_what_is_refused_when_empty_is_not_said_to_be_optional(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        html = client.post("/children/new", {"look": "1", "name": ""}).content.decode()
        first = html.split("More, if you know it now")[0]
        assert first.count("(one of both)") == 2
        assert "that it is not known)" in first
        assert 'name="return_date_basis"' in first  # beside the day, and not folded
        for name in ("birth_date", "age", "return_date"):
            label = first.split(f'<label for="id_{name}">')[1].split("</label>")[0]
            assert "optional" not in label
        assert "(optional)" in first.split('<label for="id_place">')[1].split("</label>")[0]
        closing = client.get(f"/children/{world.amani.child.code}/plan/close").content.decode()
        assert "optional" not in closing.split('<label for="id_early">')[1].split("</label>")[0]

    def test_neither_birth_date_nor_age_is_refused_with_what_to_do(self, reader: Reader) -> None:
        html = reader("case_worker").post("/children/new", {**GIVEN, "age": ""}).content.decode()
        assert "an estimate will do" in html

    def test_a_number_of_the_case_system_is_taken_once(self, reader: Reader) -> None:
        answer = reader("case_worker").post("/children/new", {**GIVEN, "external_id": "CASE-1"})
        assert answer.status_code == 422
        assert b"is registered" in answer.content

    def test_roles_that_only_read_may_not_register(self, reader: Reader) -> None:
        for name in ("outsider", "focal_point", "me_officer", "independent_monitor"):
            assert reader(name).get("/children/new").status_code == 403
            assert reader(name).post("/children/new", GIVEN).status_code == 403


class TestChangingWhatIsRecorded:
    def test_a_change_is_saved_and_the_rest_stays(self, reader: Reader, world: World) -> None:
        client, child = reader("case_worker"), world.amani.child
        form = client.get(f"/children/{child.code}/change").context["form"]
        given = {name: form.initial.get(name) or "" for name in form.fields}
        assert given["name"] == "Asha Mwangi"
        answer = client.post(f"/children/{child.code}/change", {**given, "language": "fr"})
        assert answer.status_code == 302
        facts = facts_for_change(world.amani.actor("case_worker"), child.id)[0]
        assert (facts.language, facts.name, facts.external_id) == ("fr", "Asha Mwangi", "CASE-1")

    def test_an_estimated_birth_date_stays_an_estimate(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        code = client.post("/children/new", GIVEN).headers["Location"].rsplit("/", 1)[-1]
        form = client.get(f"/children/{code}/change").context["form"]
        client.post(f"/children/{code}/change", {name: form.initial.get(name) or "" for name in form.fields})
        assert find_child(world.amani.actor("case_worker"), code).birth_estimated

    def test_the_other_team_the_other_organisation_and_the_outsider_find_no_such_child(
        self, reader: Reader, world: World
    ) -> None:
        address = f"/children/{world.amani.child.code}/change"
        others = [reader("other_case_worker"), reader("case_worker", world.baraka), reader("outsider")]
        assert [client.get(address).status_code for client in others] == [404, 404, 404]
        assert [client.post(address, GIVEN).status_code for client in others] == [404, 404, 404]

    def test_who_sees_the_child_without_the_right_to_change_is_told_so(self, reader: Reader, world: World) -> None:
        assert reader("me_officer").get(f"/children/{world.amani.child.code}/change").status_code == 403


class TestRegisteredTwice:
    def test_no_tick_makes_a_record_a_second_one(self, reader: Reader, world: World) -> None:
        client, child = reader("case_worker"), world.amani.child
        page = client.get(f"/children/{child.code}/change")
        assert "duplicate" not in page.context["form"].fields
        assert f"/children/{child.code}/twice" in page.content.decode()
        given = {name: page.context["form"].initial.get(name) or "" for name in page.context["form"].fields}
        client.post(f"/children/{child.code}/change", {**given, "duplicate": "on", "status": "duplicate"})
        assert find_child(world.amani.actor("case_worker"), child.code).row.status == "open"

    def test_a_case_worker_gives_the_other_code_and_the_supervisor_is_told(self, reader: Reader, world: World) -> None:
        client, child = reader("case_worker"), world.amani.child
        other = client.post("/children/new", {**GIVEN, "name": "Omar Farouk"}).headers["Location"].rsplit("/", 1)[-1]
        address = f"/children/{child.code}/twice"
        assert client.post(address, {"other": "123456789"}).status_code == 422
        assert (
            "You see no record of this code."
            in client.post(address, {"other": world.baraka.child.code}).content.decode()
        )
        spaced = f"{other[:3]} {other[3:6]} {other[6:]}"
        assert client.post(address, {"other": spaced}).headers["Location"] == f"/children/{child.code}"
        html = reader("supervisor").get("/children/duplicates").content.decode()
        assert "Case Worker Amani says that these may be one child." in html
        assert reader("other_case_worker").get(address).status_code == 404
        assert reader("me_officer").get(address).status_code == 403

    def test_a_record_that_was_put_together_names_the_real_way_back(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        other = client.post("/children/new", {**GIVEN, "name": "Omar Farouk"}).headers["Location"].rsplit("/", 1)[-1]
        merge_children(world.amani.actor("supervisor"), other, world.amani.child.code)
        html = client.get(f"/children/{other}/interview", follow=True).content.decode()
        assert "have the two taken apart under" in html
        assert "on the page “Plan”" not in html


def test_two_who_change_one_record_do_not_write_over_each_other(reader: Reader, world: World) -> None:
    address = f"/children/{world.amani.child.code}/change"
    first, second = reader("case_worker"), reader("supervisor")
    given = _fields(first.get(address).content.decode()), _fields(second.get(address).content.decode())
    assert first.post(address, {**given[0], "language": "fr"}).status_code == 302
    answer = second.post(address, {**given[1], "language": "es"})
    assert answer.status_code == 422
    assert "Somebody else changed this record" in answer.content.decode()
    assert Child.objects.get(pk=world.amani.child.id).language == "fr"
    again = _fields(second.get(address).content.decode())
    assert second.post(address, {**again, "language": "es"}).status_code == 302


def _fields(html: str) -> dict[str, str]:
    """What a browser would send."""
    page = fromstring(html)
    (form,) = page.xpath("//form[contains(@class, 'panel')]")
    return {name: value for name, value in form.form_values() if value}
