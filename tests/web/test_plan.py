"""A case on its pages: the next thing to do, forms that keep what was typed, approvals, and no button that lies."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from homeward.apps.audit.models import Event
from homeward.apps.cases.consenting import Asked, record_agreement, withdraw
from homeward.apps.cases.models import Assessment, Child, EndRequest, PlanVersion, Variation
from homeward.apps.visits.choices import Outcome
from homeward.apps.visits.contacts import Attempt, record_attempt
from homeward.domain.codes import display_code
from homeward.domain.consent import SERVICE
from tests.case_life import case_life
from tests.web.conftest import Interviewed, Reader
from tests.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db]
NEEDS = {
    "occasion": "first",
    "level_economic": "serious",
    "level_social": "some",
    "level_psychosocial": "none",
    "vulnerability": "some",
    "risks": ["debt", "out_of_school"],
    "economic": "The journey was paid on credit.",
}
INTERESTS = {
    "occasion": "first",
    "child_view": "I want to learn.",
    "caregiver_view": "He should earn.",
    "options": "School or work.",
    "recommendation": "School, with work on Saturdays.",
}


@pytest.fixture
def page(world: World) -> str:
    assert world.amani.child is not None
    return f"/children/{world.amani.child.code}/plan"


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def main_key(page: str) -> tuple[str, str]:
    """Address and words of the one filled key."""
    found = re.findall(r'<a class="btn btn-main" href="([^"]+)">(?:<svg.*?</svg>)?\s*([^<]*)</a>', page, re.DOTALL)
    assert len(found) == 1, found
    return found[0][0].replace("&amp;", "&"), found[0][1].strip()


def done(client: Client, address: str, given: dict[str, object]) -> None:
    answer = client.post(address, given)
    assert answer.status_code == 302, answer.content.decode()[:4000]


def test_the_page_leads_a_case_from_registration_to_agreed_help(reader: Reader, page: str) -> None:
    worker, supervisor = reader("case_worker"), reader("supervisor")
    assert "No plan yet" in text(worker, page)
    address, words = main_key(text(worker, page))
    assert words == "Begin the assessment"
    done(worker, address, {"note": ""})
    address, words = main_key(text(worker, page))
    assert (words, address.endswith("?kind=needs")) == ("Write the assessment of needs", True)
    done(worker, address, {**NEEDS, "act": "send"})
    address, words = main_key(text(worker, page))
    assert words == "Write what is best for the child"
    done(worker, address, {**INTERESTS, "act": "send"})
    assert 'class="btn btn-main"' not in text(worker, page)  # it waits for somebody else
    listed = text(supervisor, "/approvals")
    assert "2 documents wait" in text(supervisor, "/")
    for found in re.findall(r'href="(/children/\d+/plan/assessments/[^"]+)"', listed):
        done(supervisor, found, {"act": "approve", "answer": ""})
    done(worker, main_key(text(worker, page))[0], {"note": ""})
    for whose in ("child", "caregiver"):
        done(worker, f"{page}/goal", {"whose": whose, "dimension": "social", "words": f"Words of {whose}"})
    address, words = main_key(text(worker, page))
    assert words == "Write down an action"
    action = {"dimension": "social", "service": "education", "who": "school", "words": "Enrol him", "helper": "Ms Oke"}
    done(worker, address, action)
    address, words = main_key(text(worker, page))
    assert words == "Send the plan"
    done(worker, address, {"child_view": "agrees", "caregiver_view": "partly", "child_words": "At last!"})
    version = f"{page}/versions/{PlanVersion.objects.get().pk}"
    assert "At last!" in text(supervisor, version)
    done(supervisor, version, {"act": "approve", "answer": ""})
    shown = text(worker, page)
    assert shown.index("Words of child") < shown.index("Words of caregiver")
    assert "Ms Oke" not in shown
    assert main_key(shown)[1] == "Begin with the help"


def test_after_a_decision_the_supervisor_is_back_where_more_waits(reader: Reader, page: str) -> None:
    worker, supervisor = reader("case_worker"), reader("supervisor")
    for kind, given in (("needs", NEEDS), ("interests", INTERESTS)):
        done(worker, f"{page}/assess?kind={kind}", {**given, "act": "send"})
    first, last = re.findall(r'href="(/children/\d+/plan/assessments/[^"]+)"', text(supervisor, "/approvals"))
    answer = supervisor.post(first, {"act": "approve", "answer": ""})
    assert answer["Location"] == "/approvals"
    assert f"{display_code(page.split('/')[2])}: " in text(supervisor, "/approvals")  # of whom, where others wait too
    assert supervisor.post(last, {"act": "approve", "answer": ""})["Location"] == page


def test_what_is_typed_stays_when_something_is_missing(reader: Reader, page: str) -> None:
    worker = reader("case_worker")
    answer = worker.post(f"{page}/assess?kind=interests", {**INTERESTS, "recommendation": "", "act": "send"})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "I want to learn." in shown
    assert "This is empty. Write some words." in shown
    answer = worker.post(f"{page}/assess", {**NEEDS, "vulnerability": "", "act": "send"})
    assert answer.status_code == 422
    assert re.search(r'value="debt"[^>]*checked', answer.content.decode())
    done(worker, f"{page}/assess", {"occasion": "first", "economic": "A first note", "act": "draft"})
    assert "A first note" in text(worker, f"{page}/assess")
    answer = worker.post(f"{page}/close", {"reason": "family_asks", "told": "yes", "words": "They thank us."})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "Say why the case ends now." in shown
    assert "They thank us." in shown
    assert "there is no rule for it so far" in shown


def test_a_variation_shows_its_cause_its_differences_and_what_came_of_it(
    reader: Reader, world: World, page: str, interviewed: Interviewed
) -> None:
    made = interviewed()
    worker, supervisor = reader("case_worker"), reader("supervisor")
    case_life(world.amani, page.split("/")[2], lambda what: f"said {what}")
    given = {
        "trigger": "score",
        "submission": str(made),
        "reason": "He stays at home again.",
        "child_view": "agrees",
        "dimension": "social",
        "expected": "He goes out.",
        "check_on": str(date.today() + timedelta(days=30)),
    }
    assert str(made) in text(worker, f"{page}/vary")
    done(worker, f"{page}/vary", given)
    assert worker.post(f"{page}/vary", given).status_code == 422  # one at a time
    shown = text(worker, page)
    line = re.findall(r"goal\?line=([0-9a-f-]{36})", shown)[0]
    done(worker, f"{page}/goal?line={line}", {"whose": "child", "dimension": "social", "words": "A nearer school"})
    done(
        worker, f"{page}/action", {"dimension": "social", "service": "recreation", "who": "family", "words": "Football"}
    )
    done(worker, f"{page}/send", {"child_view": "agrees", "caregiver_view": "agrees"})
    version = PlanVersion.objects.get(number=3)
    seen = text(supervisor, f"{page}/versions/{version.pk}")
    assert "He stays at home again." in seen
    assert re.search(r"A nearer school</bdi> <span class=\"tag warn\">changed", seen)
    assert re.search(r"Football</bdi> <span class=\"tag good\">new", seen)
    assert "Give it back" in seen
    assert "Give it back" not in text(worker, f"{page}/versions/{version.pk}")
    assert supervisor.post(f"{page}/versions/{version.pk}", {"act": "return", "answer": ""}).status_code == 422
    done(supervisor, f"{page}/versions/{version.pk}", {"act": "approve", "answer": ""})
    Variation.objects.filter(version=version).update(check_on=date.today())
    assert "Did it help?" in text(worker, "/")
    assert f'href="/submissions/{made}"' in text(worker, page)
    check = f"{page}/variations/{Variation.objects.get(version=version).pk}"
    done(worker, check, {"found": "worse", "words": "He is ashamed."})
    assert "It became worse" in text(worker, page)
    assert "Did it help?</h2>" not in text(worker, "/")


def test_an_end_is_asked_for_given_back_agreed_and_taken_back(reader: Reader, world: World, page: str) -> None:
    worker, supervisor = reader("case_worker"), reader("supervisor")
    asked = {"reason": "moved_away", "told": "yes", "early": "They live abroad now."}
    done(worker, f"{page}/close", asked)
    end = re.findall(r'href="(/children/\d+/plan/close/[^"]+)"', text(supervisor, "/approvals"))[0]
    assert "They live abroad now." in text(supervisor, end)
    assert worker.post(end, {"act": "approve"}).status_code == 403
    done(worker, end, {"act": "withdraw"})
    done(worker, f"{page}/close", asked)
    end = re.findall(r'href="(/children/\d+/plan/close/[^"]+)"', text(supervisor, "/approvals"))[0]
    done(supervisor, end, {"act": "approve", "answer": "Go well."})
    child = Child.objects.get(pk=world.amani.child.id)  # type: ignore[union-attr]
    assert child.status == "closed"
    shown = text(worker, page)
    assert main_key(shown)[1] == "Open the case again"
    assert "The family has moved away" in shown
    assert "approved by Supervisor Amani" in shown
    assert worker.post(f"{page}/goal", {"whose": "child", "dimension": "social", "words": "x"}).status_code == 422
    done(worker, f"{page}/reopen", {"reason": "came_back", "note": ""})
    assert "Opened again" in text(worker, page)


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("case_worker", 200),
        ("supervisor", 200),
        ("focal_point", 200),
        ("me_officer", 403),
        ("other_case_worker", 404),
        ("programme_manager", 403),
        ("organisation_admin", 403),
        ("outsider", 403),
    ],
)
def test_who_reads_the_plan(reader: Reader, page: str, who: str, status: int) -> None:
    answer = reader(who).get(page)
    assert answer.status_code in ({status} if status == 200 else {403, 404})
    if status == 200:
        assert Event.objects.filter(verb="children.see", allowed=True).latest("at").detail == {"part": "plan"}
    else:
        assert f'href="{page}"' not in reader(who).get(page.removesuffix("/plan")).content.decode()


def test_a_focal_point_reads_and_decides_and_writes_nothing(reader: Reader, page: str) -> None:
    focal = reader("focal_point")
    assert "btn-main" not in text(focal, page) or 'aria-disabled="true"' in text(focal, page)
    for part in ("goal", "action", "assess", "vary", "close", "reopen", "step", "send"):
        assert focal.get(f"{page}/{part}").status_code == 403, part


def test_a_case_reads_from_right_to_left(reader: Reader, world: World, page: str) -> None:
    case_life(world.amani, page.split("/")[2], lambda what: f"said {what}")
    worker = reader("case_worker")
    worker.post("/me/language", {"language": "ar", "next": page})
    for part in ("", "/goal", "/vary", "/close", "/assess"):
        assert 'dir="rtl"' in text(worker, f"{page}{part}")


def test_an_end_because_nobody_was_found_shows_what_was_done(
    reader: Reader, world: World, page: str, interviewed: Interviewed
) -> None:
    worker, code = world.amani.actor("case_worker"), page.split("/")[2]
    record_attempt(worker, code, Attempt("phone", "no_answer"))
    asking = text(reader("case_worker"), f"{page}/close")
    assert "Attempts stand on 1 day only" in asking
    done(
        reader("case_worker"),
        f"{page}/close",
        {"reason": "not_found", "told": "not_possible", "early": "Nobody there."},
    )
    end = EndRequest.objects.get(child__code=code)
    seen = text(reader("supervisor"), f"{page}/close/{end.pk}")
    assert str(Outcome.NO_ANSWER.label) in seen
    assert "after this was written" not in seen
    interviewed(days=40)
    seen = text(reader("supervisor"), f"{page}/close/{end.pk}")
    assert "An interview arrived on" in seen
    record_attempt(worker, code, Attempt("phone", "reached_caregiver"))
    assert "Somebody was reached on" in text(reader("supervisor"), f"{page}/close/{end.pk}")
    for days in (4, 9, 12):
        record_attempt(worker, code, Attempt("phone", "no_answer", date.today() - timedelta(days=days)))
    assert "different days." not in text(reader("supervisor"), f"{page}/close/{end.pk}")


def test_an_end_for_another_reason_says_nothing_of_attempts(reader: Reader, page: str) -> None:
    done(reader("case_worker"), f"{page}/close", {"reason": "child_asks", "told": "yes", "early": "Wants no visits."})
    end = EndRequest.objects.get()
    assert "How the child was looked for" not in text(reader("supervisor"), f"{page}/close/{end.pk}")


def test_what_waits_for_a_second_person_is_not_said_to_be_missing(reader: Reader, page: str) -> None:
    client = reader("case_worker")
    done(client, f"{page}/step", {"note": ""})
    assert "No assessment of needs is approved." in text(client, page)
    done(client, f"{page}/assess?kind=needs", {**NEEDS, "act": "send"})
    seen = text(client, page)
    assert "No assessment of needs is approved." not in seen
    assert "it waits for a second person since" in seen
    assert "Supervisor Amani" in seen
    assert "No best interests assessment is approved." in seen  # of that one nothing is written


def test_where_nobody_agreed_to_help_each_page_of_the_plan_says_so_and_leads_there(
    reader: Reader, world: World, page: str
) -> None:
    """It stops nobody from writing, and whoever approves sees it."""
    client, lead, said = reader("case_worker"), reader("supervisor"), "Help and case work is not agreed"
    assert world.amani.child is not None
    worker, child, pages = world.amani.actor("case_worker"), world.amani.child, ("", "/goal", "/action", "/send")
    pages = (*(f"{page}{each}" for each in pages), f"{page}/assess")
    for who, answers in (("child", {SERVICE: "agrees"}), ("caregiver", {SERVICE: "agrees"})):
        record_agreement(worker, child.code, Asked(who, answers, limits_told=True))
    for each in pages:
        assert said not in text(client, each), each
    withdraw(worker, child.code, "caregiver", (SERVICE,))
    for each in pages:
        shown = text(client, each).split(said)[1].split("</section>")[0]
        assert "The caregiver has taken the agreement back." in shown, each
        assert page.replace("/plan", "/agreement") in shown, each
    done(client, f"{page}/assess", {**NEEDS, "act": "send"})
    row = Assessment.objects.get(child=child.id, state="submitted")
    assert said in text(lead, f"{page}/assessments/{row.pk}")


def test_who_does_it_and_the_kind_of_help_are_said_by_whoever_writes(reader: Reader, page: str) -> None:
    shown = text(reader("case_worker"), f"{page}/action")
    for name in ("who", "service"):
        first = shown.split(f'<select name="{name}"')[1].split("<option")[1].split("</option>")[0]
        assert 'value=""' in first
        assert "Please choose" in first
