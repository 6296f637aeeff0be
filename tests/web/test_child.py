from __future__ import annotations

from datetime import date, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from homeward.apps.audit.models import Event
from homeward.apps.cases.models import Child
from homeward.apps.surveys.models import FormVersion
from homeward.domain.codes import display_code
from tests.web.conftest import Interviewed, Reader
from tests.world import World

ALMOST_EMPTY = {"food_enough": "", "own_basics": "", "sleep_place": "", "work_hours": "", "time_for_rest": ""}


class TestTheChildsPage:
    def test_a_peer_of_the_host_community_has_no_return_that_could_be_missing(
        self, reader: Reader, world: World
    ) -> None:
        html = reader("supervisor").get(f"/children/{world.amani.peer.code}").content.decode()
        assert "has no return to count from" in html
        assert "which is not recorded" not in html

    def test_a_new_child_meets_the_steps_to_the_first_score(self, reader: Reader, world: World) -> None:
        html = reader("case_worker").get(f"/children/{world.amani.child.code}").content.decode()
        assert "No interview yet" in html
        assert "<svg viewBox" not in html.split("No interview yet")[0].split("<main")[1]

    def test_an_ended_record_offers_no_interview_and_says_why(self, reader: Reader, world: World) -> None:
        code, form = world.amani.child.code, world.amani.forms["child-12-14"]
        client, start = reader("case_worker"), f"/children/{code}/interview"
        assert f'"{start}"' in client.get(f"/children/{code}").content.decode()
        Child.objects.filter(code=code).update(status="closed", ended_on=date.today() - timedelta(days=10))
        html = client.get(f"/children/{code}").content.decode()
        assert f'"{start}"' not in html
        assert "The record of this child is not open any more" in html
        for address in (start, f"/interview/{form}?child={code}"):
            assert client.get(address).status_code == 409, address
        for who in ("other_case_worker", "outsider"):
            assert reader(who).get(start).status_code in (403, 404), who
        Child.objects.filter(code=code).update(status="open", ended_on=None)
        assert client.get(start).status_code == 200

    def test_three_dimensions_stand_with_their_answered_share(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        interviewed()
        answer = reader("case_worker").get(f"/children/{world.amani.child.code}")
        html = answer.content.decode()
        assert [panel["name"] for panel in answer.context["panels"]] == ["economic", "social", "psychosocial"]
        for panel in answer.context["panels"]:
            point = panel["latest"][0]
            assert f"{point['answered']} of {point['applicable']} answered" in html

    def test_child_and_caregiver_stand_side_by_side_with_different_marks(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        interviewed()
        interviewed("caregiver", respondent="caregiver")
        panels = reader("case_worker").get(f"/children/{world.amani.child.code}").context["panels"]
        social = next(panel for panel in panels if panel["name"] == "social")
        assert [point["respondent"] for point in social["latest"]] == ["child", "caregiver"]
        assert {mark["shape"] for mark in social["marks"]} == {"child", "caregiver"}

    def test_each_score_leads_to_the_answers_behind_it(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        address = f"/submissions/{interviewed()}?of="
        html = reader("case_worker").get(f"/children/{world.amani.child.code}").content.decode()
        assert all(address + name in html for name in ("economic", "social", "psychosocial"))

    def test_too_few_answers_show_no_number_and_say_so(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        interviewed(changes=ALMOST_EMPTY)
        answer = reader("case_worker").get(f"/children/{world.amani.child.code}")
        economic = next(panel for panel in answer.context["panels"] if panel["name"] == "economic")
        assert economic["latest"][0]["shown"] is None
        assert "not enough answers" in answer.content.decode()

    def test_the_same_numbers_stand_in_a_table(self, reader: Reader, world: World, interviewed: Interviewed) -> None:
        interviewed(days=60)
        interviewed(days=5, example=1)
        answer = reader("case_worker").get(f"/children/{world.amani.child.code}")
        assert len(answer.context["table"]) == 2
        assert answer.context["table"][0]["day"] > answer.context["table"][1]["day"]
        assert b"Scores by interview" in answer.content

    def test_flags_stand_above_every_score(self, reader: Reader, world: World, interviewed: Interviewed) -> None:
        interviewed(example=1)
        html = reader("case_worker").get(f"/children/{world.amani.child.code}").content.decode()
        assert html.index("Somebody must look at this") < html.index("dim-economic")

    def test_the_name_is_shown_on_a_deliberate_tap_and_the_look_is_written_down(
        self, reader: Reader, world: World
    ) -> None:
        client, page = reader("case_worker"), f"/children/{world.amani.child.code}"
        assert "Asha Mwangi" not in client.get(page).content.decode()
        html = client.post(f"{page}/name", follow=True).content.decode()
        assert "Asha Mwangi" in html
        assert "Neema Mwangi" in html
        assert Event.objects.filter(verb="names.see", object_id=str(world.amani.child.id), allowed=True).exists()
        assert client.get(f"{page}/name").status_code == 405

    def test_who_may_not_see_names_finds_the_key_off_and_the_address_closed(self, reader: Reader, world: World) -> None:
        client, page = reader("me_officer"), f"/children/{world.amani.child.code}"
        assert "Your role does not include this" in client.get(page).content.decode()
        assert client.post(f"{page}/name").status_code == 403

    def test_the_other_team_the_other_organisation_and_the_outsider_find_no_such_child(
        self, reader: Reader, world: World
    ) -> None:
        page = f"/children/{world.amani.child.code}"
        others = [
            reader("other_case_worker"),
            reader("other_supervisor"),
            reader("case_worker", world.baraka),
            reader("outsider"),
            reader("organisation_admin"),
            reader("programme_manager"),
        ]
        for client in others:
            for part in ("", "/interviews", "/interview", "/people"):
                assert client.get(page + part).status_code == 404
            assert client.post(f"{page}/name").status_code == 404

    def test_rounds_say_who_answered_and_what_is_next(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        interviewed(days=17)  # the child returned 200 days ago: six months are 183 days
        rounds = reader("case_worker").get(f"/children/{world.amani.child.code}").context["rounds"]
        told = [str(tag["text"]) for tag in rounds[1]["tags"]]
        assert told == ["Late, still in time", "Child", "caregiver not yet asked"]
        assert rounds[0]["due"] > rounds[1]["due"]

    def test_the_page_costs_the_same_number_of_queries_however_long_the_history(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        client, page = reader("case_worker"), f"/children/{world.amani.child.code}"
        counts = []
        for start in (1, 20):
            for days in range(start, start + 3):
                interviewed(days=days)
            client.get(page)
            with CaptureQueriesContext(connection) as found:
                client.get(page)
            counts.append(len(found))
        assert counts[0] == counts[1]

    def test_interviews_are_listed_with_how_they_came(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        interviewed()
        html = reader("case_worker").get(f"/children/{world.amani.child.code}/interviews").content.decode()
        assert "Accepted" in html
        assert display_code(world.amani.child.code) in html

    def test_forms_for_the_childs_age_come_first(self, reader: Reader, world: World) -> None:
        context = reader("case_worker").get(f"/children/{world.amani.child.code}/interview").context
        assert [each["address"].split("?")[0] for each in context["fitting"]] == [
            f"/interview/{world.amani.forms['child-12-14']}",
            f"/interview/{world.amani.forms['caregiver']}",
        ]

    def test_who_may_not_interview_may_not_choose_a_form(self, reader: Reader, world: World) -> None:
        assert reader("me_officer").get(f"/children/{world.amani.child.code}/interview").status_code == 403


class TestFamilyAndTeam:
    def test_a_relation_is_recorded_and_its_name_stays_sealed(self, reader: Reader, world: World) -> None:
        page = f"/children/{world.amani.child.code}/people"
        client = reader("case_worker")
        answer = client.post(page, {"kind": "sibling", "name": "Juma Mwangi", "since": ""}, follow=True)
        assert b"Brother or sister" in answer.content
        assert b"Juma" not in answer.content

    def test_a_supervisor_assigns_a_case_worker_of_the_team(self, reader: Reader, world: World) -> None:
        client, page = reader("supervisor"), f"/children/{world.amani.peer.code}/people"
        answer = client.post(f"{page}/assign", {"person": str(world.amani.people["case_worker"])}, follow=True)
        assert b"Assigned from today." in answer.content
        assert b"Case Worker Amani" in answer.content

    def test_a_case_worker_of_another_team_is_not_in_the_list(self, reader: Reader, world: World) -> None:
        client, page = reader("supervisor"), f"/children/{world.amani.peer.code}/people"
        other = str(world.amani.people["other_case_worker"])
        assert other not in client.get(page).content.decode()
        assert (
            b"Choose a case worker of the list."
            in client.post(f"{page}/assign", {"person": other}, follow=True).content
        )

    def test_an_assignment_ends(self, reader: Reader, world: World) -> None:
        client, page = reader("supervisor"), f"/children/{world.amani.child.code}/people"
        row = client.get(page).context["assignments"][0]
        assert client.post(f"{page}/{row.id}/end", follow=True).context["assignments"] == []
        assert reader("case_worker").get(f"/children/{world.amani.child.code}").status_code == 404

    def test_a_case_worker_assigns_nobody(self, reader: Reader, world: World) -> None:
        page = f"/children/{world.amani.child.code}/people"
        person = {"person": str(world.amani.people["case_worker"])}
        assert reader("case_worker").post(f"{page}/assign", person).status_code == 403

    def test_who_only_reads_records_nobody(self, reader: Reader, world: World) -> None:
        page = f"/children/{world.amani.child.code}/people"
        assert reader("focal_point").post(page, {"kind": "sibling"}).status_code == 403


class TestTheCaregiversOwnSituation:
    def test_scores_about_the_caregiver_stand_on_their_own_tab_alone(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        interviewed()
        interviewed("caregiver", respondent="caregiver")
        FormVersion.objects.filter(pk=world.amani.forms["caregiver"]).update(subject="caregiver")
        client, page = reader("case_worker"), f"/children/{world.amani.child.code}"
        own = client.get(f"{page}/people").context["panels"]
        assert {point["respondent"] for panel in own for point in panel["latest"]} == {"caregiver"}
        childs = client.get(page).context["panels"]
        assert {point["respondent"] for panel in childs for point in panel["latest"]} == {"child"}
