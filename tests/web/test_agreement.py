"""The pages of agreement: what stands there, asking one person apart, taking it back, and what waits in the inbox."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from homeward.apps.audit.models import Event
from homeward.apps.cases.consenting import withdraw
from homeward.apps.cases.models import Child, ConsentEntry
from homeward.apps.cases.passing_on import Offer, offer_transfer, return_transfer
from homeward.apps.cases.referring import Wanted, make_referral, take_step
from homeward.apps.surveys.models import State, Submission
from homeward.domain.referring import Step, Taken
from homeward.domain.sharing import Agreement
from tests.web.conftest import Interviewed, Reader
from tests.world import World, day_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SAID = {"explained": "spoken", "teach_back": "understood", "capacity": "able", "limits_told": "on"}


def page_of(world: World) -> str:
    assert world.amani.child is not None
    return f"/children/{world.amani.child.code}/agreement"


def test_child_and_caregiver_stand_side_by_side_with_what_was_said(reader: Reader, world: World) -> None:
    shown = reader("case_worker").get(page_of(world)).content.decode()
    assert "Interviews on how the child is" in shown
    assert shown.count("Written in the file of registration") == 6
    assert "To be asked" in shown  # the last round began after they were asked
    officer = reader("me_officer").get(page_of(world)).content.decode()
    assert "Written in the file" not in officer
    assert "Take the agreement back" in officer  # the key is off, and says why
    for who, status in (("other_case_worker", 404), ("programme_manager", 404), ("outsider", 404)):
        assert reader(who).get(page_of(world)).status_code == status
        assert reader(who).post(f"{page_of(world)}/withdraw", {"who": "child"}).status_code in (403, 404)


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl"), ("fr", "ltr")])
def test_each_person_is_asked_apart_in_their_own_language(
    reader: Reader, world: World, language: str, direction: str
) -> None:
    client, page = reader("case_worker"), f"{page_of(world)}/ask?who=child&language={language}"
    shown = client.get(page).content.decode()
    assert f'lang="{language}" dir="{direction}"' in shown
    assert "caregiver agrees" not in shown
    assert client.post(page, {**SAID, "limits_told": ""}).status_code == 422
    before = ConsentEntry.objects.count()
    answer = client.post(page, {**SAID, "monitoring": "agrees", "photo": "refuses", "research": "not_asked"})
    assert (answer.status_code, answer["Location"]) == (302, page_of(world))
    rows = ConsentEntry.objects.order_by("-recorded_at")[:2]
    assert ConsentEntry.objects.count() == before + 2
    assert {(row.purpose, row.answer, row.language, row.text_version) for row in rows} == {
        ("monitoring", "agrees", language, "1.0"),
        ("photo", "refuses", language, "1.0"),
    }


def test_it_is_taken_back_in_one_tap_and_nobody_begins_an_interview(reader: Reader, world: World) -> None:
    assert world.amani.child is not None
    client, page = reader("case_worker"), page_of(world)
    assert client.post(f"{page}/withdraw", {}).status_code == 422
    answer = client.post(f"{page}/withdraw", {"who": "child", "purpose": "everything"})
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert Child.objects.get(pk=world.amani.child.id).not_counted_since == day_of(world.amani.organisation_id)
    assert "An agreement was taken back" in client.get(page.removesuffix("/agreement")).content.decode()
    assert client.get(f"/children/{world.amani.child.code}/interview").status_code == 409
    looks = client.get(f"/children/{world.amani.child.code}/looks").content.decode()
    assert "Recorded that an agreement was taken back" in looks


def test_what_waits_stands_in_the_inbox_by_code_until_the_supervisor_adds_what_was_there(
    reader: Reader, world: World, interviewed: Interviewed
) -> None:
    assert world.amani.child is not None
    withdraw(world.amani.actor("case_worker"), world.amani.child.code, "child")
    key = interviewed(days=0)
    assert Submission.objects.get(pk=key).state == State.NO_CONSENT
    client, page = reader("supervisor"), f"/inbox/{key}/agreement"
    assert page in client.get("/inbox?state=no_consent").content.decode()
    shown = client.get(page).content.decode()
    assert "It is erased on" in shown
    assert Event.objects.filter(verb="inbox.see", object_id=str(key)).exists()
    assert client.get(f"/submissions/{key}").status_code == 409
    assert client.get(f"/inbox/{key}").status_code == 409
    assert reader("case_worker").get(page).status_code == 403
    assert reader("other_supervisor").get(page).status_code == 404
    assert "Add the agreement that was there" not in reader("me_officer").get(page).content.decode()
    given = {"who": "child", "day": (date.today() - timedelta(days=1)).isoformat(), "limits_told": "on"}
    assert client.post(page, {**given, "reason": "short"}).status_code == 422
    answer = client.post(page, {**given, "reason": "The child said so again, on paper."})
    assert answer.status_code == 302
    assert Submission.objects.get(pk=key).state == State.NO_CONSENT, "it was taken back after that day"
    assert f"/submissions/{key}" not in client.get(f"/children/{world.amani.child.code}/interviews").content.decode()


def test_what_was_agreed_for_somebody_who_gave_the_case_back_is_over(reader: Reader, world: World) -> None:
    """Until it is agreed again; and a referral that has ended is over too."""
    lead, today = world.amani.actor("supervisor"), day_of(world.amani.organisation_id)
    code = page_of(world).split("/")[2]
    agreement = Agreement("yes", "yes", today, "en", limits_told=True)
    key = offer_transfer(lead, code, Offer(agreement, world.baraka.organisation_id))
    page = reader("case_worker").get(page_of(world)).content.decode()
    assert "they are told nothing any more" not in page
    assert page.count(">agrees</span>") == agreeing(reader, world) >= 2
    return_transfer(world.baraka.actor("supervisor"), key, "no_room")
    assert "they are told nothing any more" in reader("case_worker").get(page_of(world)).content.decode()
    assert agreeing(reader, world) == page.count(">agrees</span>") - 2
    assert "told nothing" not in reader("me_officer").get(page_of(world)).content.decode()
    offer_transfer(lead, code, Offer(agreement, world.baraka.organisation_id))
    assert "they are told nothing any more" not in reader("case_worker").get(page_of(world)).content.decode()
    sent = make_referral(lead, code, Wanted("treatment", "days", agreement, provider="Hill Clinic"))
    assert "told nothing" not in reader("case_worker").get(page_of(world)).content.decode()
    take_step(lead, sent, Taken(Step.RECALL, today))
    assert "they are told nothing any more" in reader("case_worker").get(page_of(world)).content.decode()


def agreeing(reader: Reader, world: World) -> int:
    return reader("case_worker").get(page_of(world)).content.decode().count(">agrees</span>")


def test_in_arabic_a_girl_is_spoken_to_and_of_as_a_girl(reader: Reader, world: World) -> None:
    client, page = reader("case_worker"), f"/children/{world.amani.child.code}/agreement/ask"  # type: ignore[union-attr]
    of_girl = {"child": ("قولي لي", "تحصلين", "إجاباتكِ"), "caregiver": ("الطفلة",)}
    of_boy = {"child": ("قل لي", "تخبرنا به"), "caregiver": ("ونسأل الطفل أيضاً",)}
    for sex, there, gone in (("female", of_girl, of_boy), ("male", of_boy, of_girl)):
        Child.objects.filter(pk=world.amani.child.id).update(sex=sex)  # type: ignore[union-attr]
        for who in ("child", "caregiver"):
            html = client.get(f"{page}?who={who}&language=ar").content.decode()
            assert all(each in html for each in there[who]), (sex, who)
            assert not any(each in html for each in gone[who]), (sex, who)
