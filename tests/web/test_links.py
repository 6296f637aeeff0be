"""Where a link to answer alone is made, shown once and taken back."""

from __future__ import annotations

import re
from datetime import timedelta

from django.test import Client

from homeward.apps.surveys.link_models import AnswerLink
from homeward.apps.surveys.link_sending import send_alone
from homeward.apps.surveys.models import Submission
from homeward.apps.visits.cards import CardFacts, set_card, set_quiet_time
from tests.alone import answers_of, caregiver_link, opened, young_person
from tests.web.conftest import Reader
from tests.world import World, day_of

OTHERS = (
    "other_case_worker",
    "other_supervisor",
    "programme_manager",
    "organisation_admin",
    "system_admin",
    "outsider",
)


def address(world: World, part: str = "/link") -> str:
    return f"/children/{world.amani.child.code}/interview{part}"


def posted(client: Client, world: World, who: str = "caregiver", **more: str) -> object:
    form = world.amani.forms["caregiver"]
    return client.post(address(world), {"what": f"{form}:{who}", "hours": "24", **more})


class TestMaking:
    def test_it_is_shown_once_as_picture_and_text(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        page = posted(client, world)
        assert page.status_code == 200  # type: ignore[attr-defined]
        text = page.content.decode()  # type: ignore[attr-defined]
        (token,) = re.findall(r"http://testserver/q/#([\w-]{43})<", text)
        assert 'class="qr"' in text
        assert page.headers["Cache-Control"] == "no-store"  # type: ignore[attr-defined]
        row = AnswerLink.objects.get()
        assert row.expires_at - row.made_at == timedelta(hours=24)
        assert token not in client.get(address(world, "")).content.decode()

    def test_whoever_may_not_interview_may_not_make_one(self, reader: Reader, world: World) -> None:
        link = caregiver_link(world.amani)
        for who in OTHERS:
            client = reader(who)
            assert client.get(address(world)).status_code == 404, who
            assert posted(client, world).status_code == 404  # type: ignore[attr-defined]
            assert client.post(address(world, f"/links/{link.id}")).status_code == 404
        for who in ("me_officer", "focal_point"):
            client = reader(who)
            assert client.get(address(world)).status_code == 403, who
            assert posted(client, world).status_code == 403  # type: ignore[attr-defined]
            assert client.post(address(world, f"/links/{link.id}")).status_code == 403
        assert reader("case_worker", world.baraka).get(address(world)).status_code == 404
        row = AnswerLink.objects.get()
        assert row.taken_back_at is None

    def test_only_what_fits_is_offered(self, reader: Reader, world: World) -> None:
        client, young = reader("supervisor"), young_person(world.amani)
        offers = client.get(address(world)).context["offers"]
        assert [label for _, label in offers] == ["Caregiver survey, child of 0 to 17 years – Caregiver"]
        of_young = client.get(f"/children/{young.code}/interview/link").context["offers"]
        assert f"{young.form}:child" in dict(of_young)
        assert posted(client, world, "child").status_code == 422  # type: ignore[attr-defined]
        assert posted(client, world, hours="500").status_code == 422  # type: ignore[attr-defined]
        assert AnswerLink.objects.count() == 0

    def test_the_card_is_said_and_a_time_without_contact_obeyed(self, reader: Reader, world: World) -> None:
        worker, code, today = (
            world.amani.actor("case_worker"),
            world.amani.child.code,
            day_of(world.amani.organisation_id),
        )
        set_card(worker, code, CardFacts(("phone",), unsaid="Not the word interview"))
        page = reader("case_worker").get(address(world)).content.decode()
        assert "Not the word interview" in page
        set_quiet_time(worker, code, today, today, "asked")
        client = reader("case_worker")
        assert "No contact until" in client.get(address(world)).content.decode()
        assert posted(client, world).status_code == 422  # type: ignore[attr-defined]
        assert AnswerLink.objects.count() == 0


class TestTheList:
    def test_it_says_how_each_stands_and_open_ones_are_taken_back(self, reader: Reader, world: World) -> None:
        client, used, link = reader("case_worker"), caregiver_link(world.amani), caregiver_link(world.amani)
        send_alone(used.id, opened(used), answers_of(world.amani))
        opened(link)
        page = client.get(address(world, ""))
        assert [str(each["standing"]) for each in page.context["links"]] == ["Opened, not sent", "Answers have arrived"]
        assert page.content.decode().count("/interview/links/") == 1
        gone = client.post(address(world, f"/links/{link.id}"), follow=True).content.decode()
        assert "It does not open any more" in gone
        assert AnswerLink.objects.get(pk=link.id).taken_back_at is not None
        late = client.post(address(world, f"/links/{used.id}"), follow=True).content.decode()
        assert "Answers have arrived already." in late
        assert "It does not open any more" not in late
        assert AnswerLink.objects.get(pk=used.id).taken_back_at is None

    def test_the_interviews_say_that_it_was_answered_alone(self, reader: Reader, world: World) -> None:
        link = caregiver_link(world.amani)
        send_alone(link.id, opened(link), answers_of(world.amani))
        client, code = reader("case_worker"), world.amani.child.code
        assert "Answered alone, by a link" in client.get(f"/children/{code}/interviews").content.decode()
        assert "Answered alone, by a link" in client.get(f"/submissions/{Submission.objects.get().pk}").content.decode()
