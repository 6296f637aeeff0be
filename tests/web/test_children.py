from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from homeward.apps.access.models import Membership
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.services import assign_child, register_child
from homeward.domain.codes import display_code
from tests.web.conftest import Reader
from tests.world import World


def more(world: World, count: int) -> None:
    house = world.amani
    for _ in range(count):
        facts = ChildFacts(
            sex="female",
            name="One More",
            age=9,
            return_date=date.today() - timedelta(days=90),
            team_id=house.teams[0],
        )
        child = register_child(house.system(), facts)
        assign_child(house.system(), child.id, person_id=house.people["case_worker"])


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return len(found)


class TestChildren:
    def test_a_case_worker_sees_the_own_caseload_and_nobody_else(self, reader: Reader, world: World) -> None:
        html = reader("case_worker").get("/children").content.decode()
        assert display_code(world.amani.child.code) in html
        assert display_code(world.amani.other_child.code) not in html
        assert display_code(world.baraka.child.code) not in html

    def test_a_supervisor_sees_the_team_and_not_the_other_team(self, reader: Reader, world: World) -> None:
        html = reader("supervisor").get("/children").content.decode()
        assert display_code(world.amani.peer.code) in html
        assert display_code(world.amani.other_child.code) not in html

    def test_it_says_how_many_there_are_and_what_is_counted(self, reader: Reader, world: World) -> None:
        """More than Today counts, which is about rounds."""
        client = reader("supervisor")
        html = client.get("/children").content.decode()
        assert "2 children whose record is open, returned children and peers of the host community." in html
        assert "1 child fits the filter." in client.get("/children?population=host_peer").content.decode()
        today = client.get("/")
        assert today.context["found"].children == 1
        assert "Only returned children whose record is open are counted here" in today.content.decode()

    def test_the_outsider_and_administrators_have_no_list(self, reader: Reader) -> None:
        assert [reader(name).get("/children").status_code for name in ("outsider", "organisation_admin")] == [403, 403]

    def test_lists_show_codes_and_initials_and_no_name(self, reader: Reader) -> None:
        html = reader("case_worker").get("/children").content.decode()
        assert "Asha" not in html
        assert "AM" in html

    def test_a_typed_code_leads_to_the_child_with_or_without_blanks(self, reader: Reader, world: World) -> None:
        code = world.amani.child.code
        for typed in (code, display_code(code), f"{code[:3]}-{code[3:]}"):
            answer = reader("case_worker").post("/children/find", {"text": typed})
            assert answer.headers["Location"] == f"/children/{code}"

    def test_a_number_of_another_system_is_found_and_stands_in_no_address(self, reader: Reader, world: World) -> None:
        answer = reader("case_worker").post("/children/find", {"text": "CASE-1"})
        assert answer.headers["Location"] == f"/children/{world.amani.child.code}"

    def test_a_number_of_another_system_is_found_in_small_letters_too(self, reader: Reader, world: World) -> None:
        answer = reader("case_worker").post("/children/find", {"text": "case-1 "})
        assert answer.headers["Location"] == f"/children/{world.amani.child.code}"

    def test_a_code_with_a_slip_is_told_from_a_child_of_somebody_else(self, reader: Reader, world: World) -> None:
        code = world.amani.child.code
        slip = f"{code[:-1]}{(int(code[-1]) + 1) % 10}"
        answer = reader("case_worker").post("/children/find", {"text": slip}, follow=True)
        assert b"one of its digits is wrong" in answer.content

    def test_what_is_not_found_says_so_without_repeating_it(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        for typed in ("CASE-2", world.amani.other_child.code, "nobody"):
            answer = client.post("/children/find", {"text": typed}, follow=True)
            assert b"No child of yours has this code" in answer.content
            assert typed not in answer.redirect_chain[-1][0]

    def test_after_a_search_in_vain_the_text_stays_and_no_list_looks_like_a_result(
        self, reader: Reader, world: World
    ) -> None:
        client = reader("case_worker")
        for typed in ("CASE-2", "Nobody Atall"):
            answer = client.post("/children/find", {"text": typed}, follow=True)
            html = answer.content.decode()
            assert answer.redirect_chain == [("/children/none", 307)]
            assert (answer.status_code, html.count("<table")) == (422, 0)
            assert "Nothing was found" in html
            assert f'value="{typed}"' in html
            assert display_code(world.amani.child.code) not in html
        assert client.get("/children/none")["Location"] == "/children"
        assert reader("outsider").post("/children/none", {"text": "Nobody"}).status_code == 403

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("?age_band=12-14", True),
            ("?age_band=0-5", False),
            ("?population=host_peer", False),
            ("?status=closed", False),
        ],
    )
    def test_filters_narrow_the_list(self, reader: Reader, world: World, query: str, shown: bool) -> None:
        html = reader("case_worker").get(f"/children{query}").content.decode()
        assert (display_code(world.amani.child.code) in html) is shown

    def test_a_filter_that_makes_no_sense_filters_nothing(self, reader: Reader, world: World) -> None:
        answer = reader("case_worker").get("/children?team=x&place=y&age_band=z&page=-4")
        assert answer.status_code == 200
        assert display_code(world.amani.child.code) in answer.content.decode()

    def test_thirty_rows_make_a_page(self, reader: Reader, world: World) -> None:
        more(world, 31)
        client = reader("case_worker")
        first, second = (client.get(f"/children?page={number}").content.decode() for number in (1, 2))
        assert (first.count("<tr>"), second.count("<tr>")) == (31, 3)  # with the header
        assert "1 to 30 of 32" in first

    def test_the_list_costs_the_same_number_of_queries_at_ten_and_twenty_rows(
        self, reader: Reader, world: World
    ) -> None:
        client = reader("case_worker")
        more(world, 9)
        ten = queries(client, "/children")
        more(world, 10)
        assert queries(client, "/children") == ten

    def test_an_empty_caseload_says_what_to_do_next(self, reader: Reader, world: World) -> None:
        html = reader("other_case_worker", world.baraka).get("/children?age_band=0-5").content.decode()
        assert "No child fits" in html

    def test_who_may_not_register_sees_the_key_with_the_reason(self, reader: Reader) -> None:
        html = reader("focal_point").get("/children").content.decode()
        assert 'aria-disabled="true"' in html
        assert "Your role does not include this" in html


def test_children_with_whom_nobody_works_are_found_in_a_team_without_a_case_worker(
    reader: Reader, world: World
) -> None:
    house = world.amani
    Membership.objects.filter(role="case_worker", organisation=house.organisation_id).update(until=date(2020, 1, 2))
    facts = ChildFacts(sex="female", name="Neza", age=13, return_date=date.today(), team_id=house.teams[0])
    alone = register_child(house.system(), facts)
    page = reader("supervisor").get("/children?worker=nobody")
    assert page.context["form"].wanted().nobodys
    assert alone.code in {row["child"].code for row in page.context["page"].rows}
    assert '<option value="nobody" selected' in page.content.decode()
