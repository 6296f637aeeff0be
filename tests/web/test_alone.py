"""The pages of a link: what they say, to whom, what they leave behind, and that all that is wrong looks the same."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from homeward.apps.audit.models import Event
from homeward.apps.surveys.link_models import AnswerLink
from homeward.apps.surveys.links import id_of, make_link
from homeward.apps.surveys.models import Submission
from homeward.domain.codes import display_code
from homeward.web.surveys import alone as pages
from tests.alone import YOUNG, caregiver_link, young_person
from tests.interviews import interview
from tests.web.conftest import Reader
from tests.web.test_interview import sending
from tests.world import World, day_of

PAGES = ("", "questions", "config.json", "form.xml", "media/children.csv", "media/no.png")


def opening(client: Client, token: str, language: str = "en", **headers: str) -> HttpResponse:
    return client.post("/q/open", {"token": token, "language": language}, headers=headers)


def came_in(token: str, language: str = "en") -> tuple[Client, str]:
    client = Client(enforce_csrf_checks=True)
    answer = opening(client, token, language)
    assert answer.status_code == 303
    return client, f"/q/{id_of(token)}/"


def words_of(answer: HttpResponse) -> str:
    return re.sub(r"nonce-[\w-]+|/q/[0-9a-f-]{36}/", "", answer.content.decode())


class TestWhatIsWrong:
    def test_every_kind_of_wrong_gets_one_answer(self, world: World) -> None:
        """Unknown, another browser's, over, used, taken back: status, headers and words."""
        found = set()
        for wrong in ("unknown", "browser", "over", "used", "taken back"):
            token = caregiver_link(world.amani).token if wrong != "unknown" else "x" * 43
            client, address = came_in(token)
            link = AnswerLink.objects.filter(pk=id_of(token))
            if wrong == "browser":
                client = Client()
                assert opening(client, token).status_code == 303
            elif wrong == "over":
                link.update(expires_at=timezone.now() - timedelta(hours=3))
            elif wrong == "used":
                link.update(used_at=timezone.now(), sent_sha256=b"x" * 32)
            elif wrong == "taken back":
                link.update(taken_back_at=timezone.now())
            answers = [client.get(address + page) for page in PAGES]
            answers.append(client.post(address + "submit", sending(b"<a/>"), headers={"Accept": "application/json"}))
            for answer in answers:
                headers = tuple(sorted((k, v) for k, v in answer.headers.items() if "Policy" not in k))
                found.add((answer.status_code, headers, words_of(answer)))
        assert {status for status, _, _ in found} == {404}
        assert len({words for _, headers, words in found if "html" in dict(headers)["Content-Type"]}) == 1
        assert len(found) == 2  # a page, and the same as JSON
        assert Submission.objects.count() == 0

    def test_whoever_tries_too_often_meets_the_same_page(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pages, "TRIES_OF_ADDRESS", 3)
        client = Client()
        statuses = [opening(client, uuid4().hex + "x" * 11).status_code for _ in range(5)]
        assert statuses == [303, 303, 303, 404, 404]
        page = opening(client, caregiver_link(world.amani).token)
        assert page.status_code == 404
        assert words_of(page) == words_of(client.get(f"/q/{uuid4()}/"))
        assert AnswerLink.objects.get().opened_at is None

    def test_another_site_opens_and_sends_nothing(self, world: World) -> None:
        link = caregiver_link(world.amani)
        for site in ("cross-site", "same-site", "none"):
            assert opening(Client(), link.token, **{"Sec-Fetch-Site": site}).status_code == 404
        client, address = came_in(link.token)
        xml = interview("caregiver", world.amani.child.code, respondent="caregiver")
        headers = {"Sec-Fetch-Site": "cross-site"}
        assert client.post(address + "submit", sending(xml), headers=headers).status_code == 404
        assert client.post(address + "leave", headers=headers).status_code == 404
        assert Submission.objects.count() == 0


class TestWhatThePagesSay:
    def test_they_name_nobody_and_nothing(self, world: World) -> None:
        client, address = came_in(caregiver_link(world.amani).token)
        child = world.amani.child
        for path in ("/q/", address, address + "questions", f"/q/{uuid4()}/"):
            page = client.get(path).content.decode()
            shown = re.sub(r"(src|href)=\"[^\"]*\"", "", page)
            assert "<title>Questions</title>" in page
            for word in ("Asha", child.code, "Homeward", "Amani", "Caregiver survey", "csrf", "reintegration"):
                assert word.lower() not in shown.lower(), (path, word)

    def test_the_language_is_chosen_on_the_page_and_kept_in_no_cookie(self, world: World) -> None:
        token = caregiver_link(world.amani).token
        client = Client()
        answer = opening(client, token, "ar", **{"Accept-Language": "fr"})
        assert answer["Location"] == f"/q/{id_of(token)}/?language=ar"
        page = client.get(answer["Location"]).content.decode()
        assert '<html lang="ar" dir="rtl">' in page
        assert f'href="/q/{id_of(token)}/questions?language=ar"' in page
        assert [*client.cookies] == ["q"]

    def test_the_app_gets_one_child_and_one_form_and_no_label(self, world: World) -> None:
        young = young_person(world.amani)
        link = make_link(world.amani.actor("case_worker"), young.code, young.form, "child", 24)
        client, address = came_in(link.token, "es")
        config = client.get(address + "config.json?language=es").json()
        assert (config["mode"], config["manner"], config["language"]) == ("alone", "private", "es")
        known = {"child_known": "yes", "child_listed": young.code, "respondent": "child"}
        assert config["prefill"] == {**known, "interview_date": day_of(world.amani.organisation_id).isoformat()}
        assert config["child"] == {"code": young.code, "label": ""}
        assert config["title"]["en"] == "Questions"
        assert "Zawadi" not in json.dumps(config)
        assert YOUNG.encode() in client.get(config["form_url"]).content
        rows = client.get(config["attachments"]["children.csv"]).content.decode().strip().split("\n")
        assert [row.replace('"', "").split(",") for row in rows] == [
            ["name", "label", "initials", "age_band"],
            [young.code, display_code(young.code), "", ""],
        ]  # nobody knows whose browser it is

    def test_a_caregiver_is_asked_plainly(self, world: World) -> None:
        client, address = came_in(caregiver_link(world.amani).token)
        assert client.get(address + "config.json").json()["manner"] == "plain"

    def test_a_staff_member_signed_in_beside_it_is_nobody_here(self, reader: Reader, world: World) -> None:
        link = caregiver_link(world.amani)
        client = reader("case_worker")
        answer = opening(client, link.token)
        page = client.get(answer["Location"])
        assert page.status_code == 200
        assert client.get("/").status_code == 200  # the session is as it was
        assert {event.actor_kind for event in Event.objects.filter(verb="open_link")} == {"nobody"}


class TestWhatStays:
    def test_every_answer_says_so(self, world: World) -> None:
        client, address = came_in(caregiver_link(world.amani).token)
        for path in ("/q/", *(address + page for page in PAGES)):
            answer = client.get(path)
            assert answer["Cache-Control"] == "no-store", path
            assert answer["Referrer-Policy"] == "no-referrer", path
            assert answer["X-Frame-Options"] == "DENY"
        assert client.get("/q/")["Content-Security-Policy"]

    def test_one_cookie_that_no_script_reads_for_this_link_alone(self, world: World) -> None:
        one, other = caregiver_link(world.amani), caregiver_link(world.amani)
        client = Client()
        client.cookies["homeward-language"] = "fr"
        for link in (one, other):
            answer = opening(client, link.token)
            assert [*answer.cookies] == ["q"]
            cookie = answer.cookies["q"]
            assert cookie["httponly"]
            assert (cookie["samesite"], cookie["path"]) == ("Strict", f"/q/{link.id}/")
            assert (cookie["max-age"], cookie["expires"]) == ("", "")
            assert link.token not in answer.headers["Location"]
        assert not client.get("/q/").cookies

    def test_the_quick_exit_clears_and_shows_an_empty_page(self, world: World) -> None:
        client, address = came_in(caregiver_link(world.amani).token)
        for path in ("/q/leave", address + "leave"):
            answer = client.post(path)
            assert (answer.status_code, answer["Location"]) == (302, "/blank")
            assert answer["Clear-Site-Data"] == '"cache"'  # what else stands in this browser is not the link's
        assert answer.cookies["q"]["max-age"] == 0
        assert client.get(address).status_code == 404

    def test_forms_remember_nothing_and_every_page_has_the_way_out(self, world: World) -> None:
        client, address = came_in(caregiver_link(world.amani).token)
        for path in ("/q/", address, f"/q/{uuid4()}/"):
            page = client.get(path).content.decode()
            assert page.count("<form") == page.count('autocomplete="off"') - page.count('type="hidden"')
            assert re.search(r'<form method="post" action="/q/[^"]*leave" data-leave="/blank"', page)
        questions = client.get(address + "questions").content.decode()
        assert '<form id="quick-exit"' in questions
        assert "<noscript><form" in questions


class TestSending:
    def test_what_arrives_is_used_up_and_may_be_sent_again_unchanged(self, world: World) -> None:
        client, address = came_in(caregiver_link(world.amani).token)
        xml = interview("caregiver", world.amani.child.code, respondent="caregiver")
        answers = [client.post(address + "submit", sending(xml)) for _ in range(2)]
        assert [each.status_code for each in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        assert answers[0].json()["next_url"] == "/blank"
        row = Submission.objects.get()
        assert (row.channel, row.child_id) == ("link", world.amani.child.id)
        assert client.get(address).status_code == 404
        other = interview("caregiver", world.amani.child.code, respondent="caregiver")
        assert client.post(address + "submit", sending(other)).status_code == 404
        assert Submission.objects.count() == 1

    def test_what_cannot_be_an_answer_uses_nothing_up(self, world: World) -> None:
        client, address = came_in(caregiver_link(world.amani).token)
        for parts in ({}, sending(b"<broken"), sending(interview("child-12-14", world.amani.child.code))):
            answer = client.post(address + "submit", parts)
            assert (answer.status_code, answer.json()["status"]) == (400, "refused")
        assert AnswerLink.objects.get().used_at is None

    def test_of_strangers_no_body_is_read(self, world: World) -> None:
        link = caregiver_link(world.amani)
        for address in (f"/q/{link.id}/submit", f"/q/{uuid4()}/submit"):
            assert Client().post(address, {}).status_code == 404

    def test_a_file_goes_with_it(self, world: World) -> None:
        client, address = came_in(caregiver_link(world.amani).token)
        xml = interview("caregiver", world.amani.child.code, respondent="caregiver")
        parts = {**sending(xml), "a.png": SimpleUploadedFile("a.png", b"\x89PNG", "image/png")}
        assert client.post(address + "submit", parts).status_code == 201
        assert Submission.objects.get().attachments.count() == 1

    def test_no_address_takes_what_it_is_not_for(self, world: World) -> None:
        client, address = came_in(caregiver_link(world.amani).token)
        for path in ("/q/open", "/q/leave", address + "submit", address + "leave"):
            assert client.get(path).status_code == 405
        for path in ("/q/", address, address + "questions", address + "config.json"):
            assert client.post(path).status_code == 405
