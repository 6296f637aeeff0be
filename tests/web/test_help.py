"""The tab Help: what is needed, to whom, who agreed; what is typed stays, and whoever is outside sees nothing."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils.formats import date_format

from homeward.apps.cases.consenting import withdraw
from homeward.apps.cases.models import Child, Referral, ServiceGap
from homeward.apps.communities.directory import ServiceFacts, add_service
from homeward.apps.communities.models import Service
from homeward.apps.visits.recording import Held, hold_visit
from homeward.domain.consent import SERVICE, SHARING
from homeward.domain.referring import NEEDS, Step
from homeward.web.cases.help_forms import StepForm
from tests.apps.test_visits import planned
from tests.web.conftest import Reader
from tests.world import World, day_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
TO = {"stage": "1", "need": "school_place", "service": "", "provider": "Mango Hill School", "nobody": ""}


def page_of(world: World) -> str:
    assert world.amani.child is not None
    return f"/children/{world.amani.child.code}/help"


def second(world: World, **changes: object) -> dict[str, object]:
    day = day_of(world.amani.organisation_id).isoformat()
    agreed = {"child": "yes", "adult": "yes", "agreed_on": day, "language": "en", "limits_told": "on"}
    return {**TO, "stage": "2", "urgency": "weeks", "answer_by": "", "words": "", **agreed, **changes}


def referred(client: Client, world: World, **changes: object) -> str:
    answer = client.post(f"{page_of(world)}/new", second(world, **changes))
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def test_in_two_short_steps_a_child_is_referred_and_the_slip_names_nobody(reader: Reader, world: World) -> None:
    client = reader("case_worker")
    assert "Nothing is under way" in client.get(page_of(world)).content.decode()
    asked = client.post(f"{page_of(world)}/new", TO)
    html = asked.content.decode()
    assert asked.status_code == 200
    assert 'value="Mango Hill School"' in html
    assert "Does the child agree?" in html
    assert "The age group" in html
    address = referred(client, world, fields_chosen=["words", "sex"], words="I want to read")
    page = client.get(address).content.decode()
    assert "Mango Hill School" in page
    assert "I want to read" in page
    slip = client.get(f"{address}/slip").content.decode().split("<article")[1].split("</article")[0]
    assert "I want to read" in slip
    assert "A place at school" in slip
    for hidden in ("Asha", world.amani.child.code, "Homeward", "Amani", "Riverside", "return"):  # type: ignore[union-attr]
        assert hidden not in slip
    assert (
        client.post(
            address, {"step": "send", "day": day_of(world.amani.organisation_id).isoformat(), "how": "family"}
        ).status_code
        == 302
    )
    assert "Waits for an answer" in client.get(page_of(world)).content.decode()


def test_what_was_typed_stays_when_something_is_missing(reader: Reader, world: World) -> None:
    client, address = reader("case_worker"), f"{page_of(world)}/new"
    for wrong in ({"provider": ""}, {"need": ""}, {"nobody": "unavailable"}):
        answer = client.post(address, {**TO, **wrong})
        assert answer.status_code == 422, wrong
    assert "Mango Hill School" in answer.content.decode()
    for changes in ({"child": "no"}, {"adult": "not_asked"}, {"words": "I want to read"}, {"agreed_on": ""}):
        answer = client.post(address, second(world, fields_chosen=["sex"], answer_by="2026-12-24", **changes))
        html = answer.content.decode()
        assert answer.status_code == 422, changes
        assert 'value="Mango Hill School"' in html
        assert 'value="2026-12-24"' in html
        assert 'value="sex"' in html
        assert "checked" in html.split('value="sex"')[1].split(">")[0]
    assert not Referral.objects.exists()


def test_who_was_not_told_the_limits_has_not_agreed(reader: Reader, world: World) -> None:
    client, address = reader("case_worker"), f"{page_of(world)}/new"
    untold = client.post(address, second(world, limits_told=""))
    assert untold.status_code == 422
    assert "What we cannot keep to ourselves and cannot promise was not told." in untold.content.decode()
    aunt = client.post(
        address, second(world, adult="trusted_adult", without_caregiver="unsafe", reason="Not safe now.")
    )
    assert aunt.status_code == 422
    assert "Let a supervisor or focal point write down this agreement" in aunt.content.decode()
    assert not Referral.objects.exists()


def test_nobody_to_refer_to_is_written_down_as_a_gap(reader: Reader, world: World) -> None:
    answer = reader("case_worker").post(f"{page_of(world)}/new", {**TO, "provider": "", "nobody": "unavailable"})
    assert answer.status_code == 302
    assert ServiceGap.objects.get().reason == "unavailable"
    assert "There is no such service here" in reader("case_worker").get(page_of(world)).content.decode()
    table = reader("me_officer").get("/gaps?also=reason").content.decode()
    assert "There is no such service here" in table
    assert world.amani.child.code not in table  # type: ignore[union-attr]
    assert "fewer than 5" in reader("programme_manager").get("/gaps").content.decode()


def test_steps_out_of_order_and_without_a_reason_are_refused_in_words(reader: Reader, world: World) -> None:
    client = reader("case_worker")
    address, today = referred(client, world), day_of(world.amani.organisation_id).isoformat()
    assert client.post(address, {"step": "accept", "day": today}).status_code == 422
    assert client.post(address, {"step": "send", "day": today}).status_code == 422
    client.post(address, {"step": "send", "day": today, "how": "phone"})
    answer = client.post(address, {"step": "decline", "day": today, "reason": ""})
    assert answer.status_code == 422
    assert "Choose the one that comes closest." in answer.content.decode()
    answer = client.post(address, {"step": "decline", "day": today, "reason": "turned_away"}, follow=True)
    assert "They turned the child away" in answer.content.decode()


def test_only_who_works_with_the_child_refers_it(reader: Reader, world: World) -> None:
    address = referred(reader("case_worker"), world)
    for who, see, make in (
        ("supervisor", 200, 200),
        ("focal_point", 200, 403),
        ("me_officer", 200, 403),
        ("other_case_worker", 404, 404),
        ("other_supervisor", 404, 404),
        ("programme_manager", 403, 403),
        ("organisation_admin", 403, 403),
        ("outsider", 403, 403),
    ):
        client = reader(who)
        assert client.get(page_of(world)).status_code in ({see, 404} if see == 403 else {see}), who
        assert client.get(f"{page_of(world)}/new").status_code in ({make, 404} if make == 403 else {make}), who
        assert client.get(address).status_code in ({see, 404} if see == 403 else {see}), who
        assert client.get(f"{address}/slip").status_code in ({make, 404} if make == 403 else {make}), who
    for who in ("case_worker", "supervisor", "focal_point"):
        client = reader(who, world.baraka)
        assert {client.get(each).status_code for each in (page_of(world), address, f"{address}/slip")} == {404}
    assert "Mango" not in reader("me_officer").get(address).content.decode()


def test_an_ended_record_shows_its_referrals_and_offers_nothing(reader: Reader, world: World) -> None:
    client = reader("case_worker")
    address = referred(client, world)
    Child.objects.filter(code=world.amani.child.code).update(  # type: ignore[union-attr]
        status="closed", ended_on=day_of(world.amani.organisation_id)
    )
    assert "The record of this child is not open any more." in client.get(page_of(world)).content.decode()
    assert "What happened?" not in client.get(address).content.decode()
    assert client.get(f"{page_of(world)}/new").status_code == 409


def test_services_are_kept_by_officers_and_supervisors(reader: Reader, world: World) -> None:
    client = reader("me_officer")
    assert "No service yet" in client.get("/services").content.decode()
    given = {"sector": "health", "name": "River Clinic", "place": "", "note": "Tuesdays", "is_open": "on"}
    assert client.post("/services", {**given, "name": ""}).status_code == 422
    assert client.post("/services", given).status_code == 302
    key = Service.objects.get().pk
    assert "River Clinic" in reader("supervisor").get("/services").content.decode()
    assert reader("supervisor").post(f"/services/{key}", {**given, "is_open": ""}).status_code == 302
    assert "closed" in client.get("/services").content.decode()
    worker = reader("case_worker")
    seen = worker.get("/services").content.decode()
    assert "River Clinic" in seen
    assert f"/services/{key}" not in seen
    assert "Add a service" not in seen
    assert worker.post("/services", given).status_code == 403
    assert worker.get(f"/services/{key}").status_code == 403
    assert reader("staff_channel").get("/services").status_code == 403
    assert reader("supervisor", world.baraka).get(f"/services/{key}").status_code == 404
    add_service(world.baraka.actor("supervisor"), ServiceFacts("health", "Elsewhere"))
    assert "Elsewhere" not in client.get("/services").content.decode()


def test_a_referral_that_failed_goes_on_with_another_service_or_is_left_with_a_reason(
    reader: Reader, world: World
) -> None:
    client = reader("case_worker")
    address, today = referred(client, world), day_of(world.amani.organisation_id).isoformat()
    client.post(address, {"step": "send", "day": today, "how": "phone"})
    failed = client.post(address, {"step": "decline", "day": today, "reason": "turned_away"}, follow=True)
    assert "Try another service" in failed.content.decode()
    assert "Nothing more to do here" not in failed.content.decode()
    key = address.rsplit("/", 1)[-1]
    assert [str(each["row"].id) for each in client.get(page_of(world)).context["open"]] == [key]
    again = client.get(f"{page_of(world)}/new?again={key}")
    assert again.context["form"]["need"].value() == Referral.objects.get(pk=key).need
    first = {**TO, "again": key, "provider": "Another school"}
    asked = client.post(f"{page_of(world)}/new", {**first, "stage": "1"}).context["form"]
    assert (asked["child"].value(), asked["adult"].value()) == ("yes", "yes")
    answer = client.post(f"{page_of(world)}/new", {**second(world), **first, "stage": "2"})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    assert Referral.objects.get(pk=key).standing == "closed"
    assert [str(each["row"].id) for each in client.get(page_of(world)).context["open"]] != [key]
    other = answer.headers["Location"]
    client.post(other, {"step": "send", "day": today, "how": "phone"})
    client.post(other, {"step": "decline", "day": today, "reason": "full"})
    assert client.post(other, {"step": "leave", "day": today, "reason": ""}).status_code == 422
    assert client.post(other, {"step": "try_other", "day": today}).status_code == 422
    assert client.post(other, {"step": "leave", "day": today, "reason": "none_left"}).status_code == 302
    assert client.get(page_of(world)).context["open"] == []


def test_who_did_not_take_the_child_on_stands_last_with_what_was_said(reader: Reader, world: World) -> None:
    client, admin = reader("case_worker"), world.amani.actor("supervisor")
    first, other = (add_service(admin, ServiceFacts("education", name)) for name in ("A school", "B school"))
    day = day_of(world.amani.organisation_id)
    address = referred(client, world, service=str(first), provider="")
    client.post(address, {"step": "send", "day": day.isoformat(), "how": "phone"})
    offered = client.get(f"{page_of(world)}/new").context["form"]["service"].field.choices
    assert [[key for key, _ in group[1]] for group in offered[1:]] == [[str(first), str(other)]]
    client.post(address, {"step": "decline", "day": day.isoformat(), "reason": "turned_away"})
    page = client.get(f"{page_of(world)}/new?again={address.rsplit('/', 1)[-1]}")
    offered = page.context["form"]["service"].field.choices
    assert [[key for key, _ in group[1]] for group in offered[1:]] == [[str(other)], [str(first)]]
    said = f"Not accepted, {date_format(day, 'DATE_FORMAT')}"
    assert offered[-1][1] == [(str(first), f"A school · {said}")]
    note = page.content.decode().split("Asked for this child before")[1][:200]
    assert "A school" in note
    assert said in note


def test_help_that_came_needs_no_reason() -> None:
    for step, first in ((Step.RECEIVE, "Not said"), (Step.DECLINE, "Please choose")):
        options = re.findall(r"<option[^>]*>([^<]*)", str(StepForm(None, step=step)["reason"]))
        assert options[0] == first
        assert {"Not said", "Please choose"} & set(options[1:]) == set()


def test_a_referral_that_brought_nothing_does_not_say_that_help_came(reader: Reader, world: World) -> None:
    client = reader("case_worker")
    address, today = referred(client, world), day_of(world.amani.organisation_id).isoformat()
    client.post(address, {"step": "send", "day": today, "how": "phone"})
    client.post(address, {"step": "accept", "day": today})
    client.post(address, {"step": "receive", "day": today, "how": "not", "reason": "papers"})
    for page in (address, page_of(world)):
        html = client.get(page).content.decode()
        assert "Nothing was received" in html
        assert "Help was received" not in html


def test_a_gap_known_from_a_visit_leads_to_a_referral_and_counts_once(reader: Reader, world: World) -> None:
    house, client = world.amani, reader("case_worker")
    worker, row = house.actor("case_worker"), planned(house)
    hold_visit(worker, row.pk, Held(True, True, "yes", (), alone="yes", gaps=(("education", "turned_away"),)))
    gap = ServiceGap.objects.get()
    link = f"{page_of(world)}/new?gap={gap.pk}"
    for page in (page_of(world), f"/visits/{row.pk}"):
        html = client.get(page).content.decode()
        assert link in html, page
        assert "They turned the child away" in html
    first = client.get(link)
    offered = [value for value, _label in first.context["form"].fields["need"].choices if value]
    assert offered
    assert {NEEDS[each][1] for each in offered} == {"education"}
    assert f'name="gap" value="{gap.pk}"' in first.content.decode()
    address = referred(client, world, gap=str(gap.pk))
    today = day_of(world.amani.organisation_id).isoformat()
    client.post(address, {"step": "send", "day": today, "how": "phone"})
    client.post(address, {"step": "decline", "day": today, "reason": "full"})
    assert list(ServiceGap.objects.values_list("pk", "source", "reason")) == [(gap.pk, "referral", "full")]
    assert link not in client.get(page_of(world)).content.decode()


def test_nobody_may_be_because_they_turned_the_child_away(reader: Reader, world: World) -> None:
    house, client = world.amani, reader("case_worker")
    row = planned(house)
    gaps = (("education", "too_far"), ("health", "unavailable"))
    hold_visit(house.actor("case_worker"), row.pk, Held(True, True, "yes", (), alone="yes", gaps=gaps))
    gap = ServiceGap.objects.get(sector="education")
    given = {"need": "school_place", "service": "", "provider": "", "nobody": "turned_away", "gap": str(gap.pk)}
    assert client.post(f"{page_of(world)}/new", given).status_code == 302
    found = set(ServiceGap.objects.values_list("source", "sector", "reason"))
    assert found == {("referral", "education", "turned_away"), ("visit", "health", "unavailable")}


def test_the_pages_say_first_what_was_taken_back_by_whom_and_when(reader: Reader, world: World) -> None:
    client, lead = reader("case_worker"), reader("supervisor")
    pages = (f"{page_of(world)}/new", f"{page_of(world).removesuffix('/help')}/transfer")
    for page in pages:
        assert "This was taken back" not in lead.get(page).content.decode()
    withdraw(world.amani.actor("case_worker"), page_of(world).split("/")[2], "caregiver", (SHARING,))
    for page in pages:
        shown = lead.get(page).content.decode().split("This was taken back")[1].split("</section>")[0]
        assert "<strong>Telling another organisation</strong> · Caregiver · " in shown
        assert "Only when they come back to it themselves" in shown
    asked = client.post(pages[0], TO).content.decode()
    assert "This was taken back" in asked
    assert 'name="came_back"' in asked
    refused = client.post(pages[0], second(world))
    assert refused.status_code == 422
    assert "If they came back to it themselves, tick that" in refused.content.decode()
    assert not Referral.objects.exists()
    assert client.post(pages[0], second(world, came_back="on")).status_code == 302
    withdraw(world.amani.actor("case_worker"), page_of(world).split("/")[2], "caregiver", (SERVICE,))
    shown = client.get(pages[0]).content.decode()
    assert "<strong>Help and case work</strong> · Caregiver · " in shown
    assert "That they want help again is written down first, under Agreement." in shown


def test_what_is_not_counted_does_not_say_that_it_counts(reader: Reader, world: World) -> None:
    client, need = reader("case_worker"), {**TO, "provider": "", "nobody": "unavailable"}
    counts = client.post(f"{page_of(world)}/new", need, follow=True).content.decode()
    assert "It counts as a gap in services." in counts
    withdraw(world.amani.actor("case_worker"), page_of(world).split("/")[2], "child")
    after = client.post(f"{page_of(world)}/new", need, follow=True).content.decode()
    assert "It counts as a gap" not in after
    assert "Written down. It is counted nowhere" in after


def test_whoever_sees_single_counts_is_not_told_that_none_leads_to_a_child(reader: Reader, world: World) -> None:
    reader("case_worker").post(f"{page_of(world)}/new", {**TO, "provider": "", "nobody": "unavailable"})
    for who in ("supervisor", "me_officer"):
        shown = reader(who).get("/gaps").content.decode()
        assert "no count leads to a child" not in shown.lower()
        assert "whoever knows the place may know of whom a small one tells" in shown
    manager = reader("programme_manager").get("/gaps").content.decode()
    assert "No count leads to a child." in manager
    assert "you see every number" not in manager
