from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Child
from homeward.apps.cases.services import assign_child, register_child
from homeward.apps.surveys.forms import load_from_library, propose_publication
from homeward.apps.surveys.models import FormVersion
from homeward.apps.visits.planning import Plan, plan_visit
from homeward.apps.visits.recording import Held, NewAction, hold_visit
from homeward.domain.codes import display_code
from homeward.domain.rounds import add_months
from homeward.domain.visiting import Answer, Check
from homeward.web.surveys.today import rows_shown
from tests.web.conftest import Interviewed, Reader
from tests.world import House, World, day_of


class TestToday:
    def test_a_child_whose_round_is_due_stands_with_its_key_to_interview(self, reader: Reader, world: World) -> None:
        html = reader("case_worker").get("/").content.decode()
        assert display_code(world.amani.child.code) in html
        assert f"/children/{world.amani.child.code}/interview" in html
        facts = html.split('<span class="small-print bits">')[1].split("</li>")[0]  # lines break between them alone
        assert "<span>6 months after the return</span>" in facts
        assert "<span>no interview yet</span>" in facts

    def test_after_the_interview_nobody_is_due(self, reader: Reader, interviewed: Interviewed) -> None:
        interviewed(days=3)
        assert "caregiver not yet asked" in reader("case_worker").get("/").content.decode()
        interviewed("caregiver", days=3, respondent="caregiver")
        assert "Nobody is due" in reader("case_worker").get("/").content.decode()

    def test_the_childs_page_says_the_same_of_the_round(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        """A visit is no interview of the round; one that waits in the inbox was held all the same."""
        client, page = reader("case_worker"), f"/children/{world.amani.child.code}"

        def seen() -> tuple[int, list[str]]:
            rounds = client.get(page).context["rounds"]
            return client.get("/").context["found"].due, [str(tag["text"]) for tag in rounds[1]["tags"]]

        late = "Late, still in time"
        assert seen() == (1, [late])
        before = [str(tag["text"]) for tag in client.get(page).context["rounds"][2]["tags"]]
        assert before == ["Missed", "nobody has said why"]
        interviewed(days=3, changes={"mood": "purple"})
        assert seen() == (1, [late, "Child", "caregiver not yet asked"])
        interviewed("caregiver", days=3, respondent="caregiver")
        assert seen() == (0, ["Child", "Caregiver"])
        FormVersion.objects.filter(instrument_id="child-12-14").update(family="visit")
        assert seen() == (1, [late, "Caregiver", "child not yet asked"])

    @pytest.mark.parametrize("respondent", ["child", "caregiver"])
    def test_an_interview_today_counts_for_the_late_round_and_the_other_voice_is_still_asked(
        self, reader: Reader, world: World, interviewed: Interviewed, respondent: str
    ) -> None:
        """Nearer to the day of the next round than to its own: it answers what is asked today."""
        returned = add_months(date.today() - timedelta(days=59), -9)
        Child.objects.filter(pk=world.amani.child.id).update(return_date=returned)
        client, page = reader("case_worker"), f"/children/{world.amani.child.code}"
        assert client.get("/").context["found"].late == 1
        interviewed(days=0, respondent=respondent)
        assert client.get("/").context["found"].due == 1
        rounds = {row["label"]: row["tags"] for row in client.get(page).context["rounds"]}
        told = [str(tag["text"]) for tag in rounds["9 months after the return"]]
        other = {"child": "caregiver", "caregiver": "child"}[respondent]
        assert told == ["Late", respondent.capitalize(), f"{other} not yet asked"]
        interviewed(days=0, respondent=other)
        assert client.get("/").context["found"].due == 0

    def test_nobody_sees_the_children_of_another_team_or_organisation(self, reader: Reader, world: World) -> None:
        for client in (
            reader("other_case_worker"),
            reader("case_worker", world.baraka),
            reader("supervisor", world.baraka),
        ):
            assert display_code(world.amani.child.code) not in client.get("/").content.decode()

    def test_an_officer_finds_the_doors_to_the_work_instead(self, reader: Reader) -> None:
        html = reader("me_officer").get("/").content.decode()
        assert "/inbox" in html
        assert "children to see" not in html

    def test_recent_flags_stand_on_top_for_those_who_see_answers(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        raised = {"work_hours": "5", "dangerous_work": "dangerous"}
        submission_id = interviewed(changes=raised)
        interviewed(days=45, changes=raised)
        for name in ("focal_point", "me_officer", "supervisor", "case_worker"):
            answer = reader(name).get("/")
            told = {row["row"].submission_id for row in answer.context["flags"]}
            assert (told, b"Dangerous work" in answer.content) == ({submission_id}, True), name
        others = [reader(name) for name in ("other_case_worker", "other_supervisor", "programme_manager", "outsider")]
        for client in (*others, reader("focal_point", world.baraka)):
            assert client.get("/").context["flags"] == []

    def test_who_has_no_children_to_see_finds_what_the_role_may_do(self, reader: Reader, world: World) -> None:
        form = load_from_library(world.amani.actor("me_officer"), "visit-reflection")
        propose_publication(world.amani.actor("me_officer"), form)
        doors = {
            "programme_manager": {"instruments": 1},
            "independent_monitor": {"instruments": None},
            "organisation_admin": {"instruments": None, "people": None, "devices": None, "places": None},
            "system_admin": {},
        }
        for name, expected in doors.items():
            answer = reader(name).get("/")
            assert {each["url"]: each["count"] for each in answer.context["links"]} == expected, name
            assert b"You have no role yet" not in answer.content
        assert b"1 waits" in reader("programme_manager").get("/").content

    def test_an_account_without_a_role_learns_what_to_ask_for(self, reader: Reader) -> None:
        assert "You have no role yet" in reader("outsider").get("/").content.decode()


class TestAnInterviewWithoutItsDay:
    def test_the_child_stays_due_and_every_page_says_what_waits(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        submission_id = interviewed(changes={"interview_date": "", "safe_home": "never"})
        client = reader("supervisor")
        html = client.get("/").content.decode()
        assert "An interview without its day waits to be corrected" in html
        assert f"/submissions/{submission_id}" in html
        child = client.get(f"/children/{world.amani.child.code}")
        assert "Interviews without their day" in child.content.decode()
        assert [tag["text"] for tag in child.context["rounds"][1]["tags"]] != ["Child"]
        for page in ("/inbox", f"/inbox/{submission_id}", f"/children/{world.amani.child.code}/interviews"):
            assert "day not known" in client.get(page).content.decode(), page


class TestWhatStandsBelow:
    def test_the_due_children_stand_first_and_the_page_stays_short(self, reader: Reader, world: World) -> None:
        house = world.amani
        busy(house)
        client = reader("supervisor")
        page = client.get("/")
        html = page.content.decode().split("<main")[1]
        assert 10 <= len(re.findall(r"<li>", rows_of(html))) <= 30
        parts = {each.name: each.count for each, _rows in page.context["parts"]}
        assert parts == {"promises": 4, "agreed": 4, "ages": 3}
        places = [html.index(mark) for mark in ("g-tolerated", "part-promises", "part-agreed", "part-ages")]
        assert places == sorted(places)
        assert all(f"/today/{name}" in html for name in ("promises", "agreed"))
        assert "/today/ages" not in html  # all three are shown
        assert re.search(r"<p><a[^>]*/today/agreed\">and 1 more<", html)
        assert "Turns 15 in" in html

    def test_each_section_has_a_page_of_its_own_with_every_row(self, reader: Reader, world: World) -> None:
        busy(world.amani)
        client = reader("case_worker")
        for name, words in (("promises", "Promised, and not there"), ("agreed", "Agreed visits")):
            html = client.get(f"/today/{name}").content.decode()
            assert words in html
            assert html.count("/visits") >= 4
        for name in ("new", "late", "flags"):
            assert "Nothing waits for you here" in client.get(f"/today/{name}").content.decode(), name
        assert client.get("/today/nothing").status_code == 404
        others = reader("other_case_worker")
        for name in ("promises", "agreed", "ages"):
            assert others.get(f"/today/{name}").context["found"].rows == (), name

    def test_a_late_interview_and_a_child_of_a_colleague_are_told(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        submission_id = interviewed(days=20)
        assert f"/submissions/{submission_id}" in reader("supervisor").get("/today/late").content.decode()
        assert reader("case_worker").get("/today/late").context["found"].rows == ()  # without the inbox
        house = world.amani
        assert house.peer is not None
        assert reader("case_worker").get("/today/new").context["found"].rows == ()
        assign_child(house.system(), house.peer.id, person_id=house.people["case_worker"])  # a phone had it before
        rows = reader("case_worker").get("/today/new").context["found"].rows
        assert [row.code for row in rows] == [house.peer.code]
        assert "New to you" in reader("case_worker").get("/").content.decode()

    def test_filters_stand_in_the_address_and_what_is_no_filter_filters_nothing(
        self, reader: Reader, world: World
    ) -> None:
        client, worker = reader("supervisor"), world.amani.people["case_worker"]
        code = display_code(world.amani.child.code)
        for query in ("by=day", "by=place", "by=way", f"worker={worker}", "by=what", "place=x", "way=x", "worker=x"):
            assert code in client.get(f"/?{query}").content.decode(), query
        assert "Case Worker Amani" in client.get("/").content.decode()
        assert "No child fits" in client.get("/?way=school").content.decode()
        other = world.baraka.people["case_worker"]
        assert code in client.get(f"/?worker={other}").content.decode()  # no caseload of theirs is in reach
        assert "worker" not in reader("case_worker").get("/").context["workers"]

    def test_the_childs_page_says_what_comes_and_what_to_do(self, reader: Reader, world: World) -> None:
        page = f"/children/{world.amani.child.code}"
        assert "In the next thirty days" not in reader("case_worker").get(page).content.decode()
        Child.objects.filter(pk=world.amani.child.id).update(age_changes_on=date.today() + timedelta(days=9))
        html = reader("case_worker").get(page).content.decode()
        assert "its own consent decides" in html
        assert "questions for 15 to 17 years" in html


def rows_of(html: str) -> str:
    return "".join(re.findall(r'<ul class="rows">.*?</ul>', html, re.DOTALL))


def busy(house: House) -> None:
    """Twenty children who are due; four with a promise that was broken and a visit that was agreed; three near 15."""
    today, worker = day_of(house.organisation_id), house.actor("case_worker")
    check = Check(Answer.NO, Answer.NO, Answer.NO, Answer.NO)
    for number in range(20):
        facts = ChildFacts(age=13, return_date=today - timedelta(days=190), team_id=house.teams[0])
        made = register_child(house.system(), facts)
        assign_child(house.system(), made.id, person_id=house.people["case_worker"])
        if number < 4:
            day = today - timedelta(days=20)
            (key,) = plan_visit(worker, [made.code], check, Plan(day, "home"))
            promised = (NewAction("we", today - timedelta(days=3), "Papers"),)
            coming = today + timedelta(days=2)
            held = Held(True, True, "partly", (), alone="yes", on=day, actions=promised, next_on=coming)
            hold_visit(worker, key, held)
        elif number < 7:
            Child.objects.filter(pk=made.id).update(age_changes_on=today + timedelta(days=9), age_band="12-14")


def test_the_link_of_a_trip_shows_those_of_its_day_alone(reader: Reader, world: World) -> None:
    house = world.amani
    assert house.child is not None
    today, place = day_of(house.organisation_id), Child.objects.get(pk=house.child.id).place_id
    codes = []
    for back in (90, 90, 92):
        facts = ChildFacts(
            sex="female",
            name="Neza",
            age=13,
            return_date=today - timedelta(days=back),
            team_id=house.teams[0],
            place_id=place,
        )
        made = register_child(house.system(), facts)
        assign_child(house.system(), made.id, person_id=house.people["case_worker"])
        codes.append(made.code)
    client = reader("case_worker")
    page = client.get("/?way=").content.decode()
    (link,) = re.findall(r'href="([^"]*by=day[^"]*)"', page)
    shown = client.get(link.replace("&amp;", "&"))
    assert {row.child.code for row in shown.context["found"].rows} == set(codes[:2])
    assert f'name="day" value="{shown.context["wanted"].day.isoformat()}"' in shown.content.decode()
    assert client.get("/?day=yesterday").context["found"].due == 4  # what cannot be understood filters nothing


def test_every_list_of_the_page_counts_among_its_thirty_rows() -> None:
    class Many:
        rows = (1, 2)

    class Late:
        overdue, codes = 9, ("1", "2", "3", "4", "5", "6", "7")

    lists = ("checks", "alone", "waiting", "for_guardians", "emergencies", "volumes", "readers", "new_keys")
    context = {name: [1, 2] for name in (*lists, "new_pairs", "restorations")}
    context |= {"flags": [1] * 9, "visits": [1], "found": Many(), "referrals": Late()}  # type: ignore[dict-item]
    assert rows_shown(context) == 2 * 10 + 3 + 1 + 2 + 5


@pytest.mark.database
def test_an_independent_monitor_is_told_what_the_role_is_for(reader: Reader) -> None:
    said = "An independent monitor reads the questions that are asked"
    assert said in reader("independent_monitor").get("/").content.decode()
    assert said not in reader("me_officer").get("/").content.decode()
