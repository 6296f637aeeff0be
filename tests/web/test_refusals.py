"""What a reader sees where something cannot be done: a page with words and a way on, never an empty one."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import datetime

from homeward.web.ui.words import filled
from tests.web.conftest import Reader
from tests.world import World

WAY_ON = b"To the start"


class TestRefusals:
    def test_an_address_that_only_takes_steps_says_so(self, reader: Reader, world: World) -> None:
        answer = reader("case_worker").get(f"/children/{world.amani.child.code}/name")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
        assert b"A step is taken at this address" in answer.content
        assert WAY_ON in answer.content

    def test_what_cannot_be_read_gets_a_page_too(self, world: World) -> None:
        answer = Client(headers={"host": "elsewhere.example"}).get("/children")
        assert answer.status_code == 400
        assert b"could not read what was sent" in answer.content

    @pytest.mark.parametrize("address", ["/children/import", "/imports/new", "/instruments/new"])
    def test_a_file_above_the_limit_is_named_as_the_reason(self, reader: Reader, settings, address: str) -> None:
        settings.HOMEWARD_MAX_UPLOAD = settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
        file = SimpleUploadedFile("export.csv", b"x" * (1 << 20))
        answer = reader("me_officer").post(address, {"file": file})
        assert answer.status_code == 413
        assert b"The file is larger than 1 MB." in answer.content

    def test_a_step_after_the_session_has_ended_leads_back_to_its_page(self, reader: Reader, world: World) -> None:
        code = world.amani.child.code
        client = reader("case_worker")
        client.session.flush()
        came_from = f"http://testserver/children/{code}"
        answer = client.post(f"/children/{code}/name", headers={"referer": came_from}, follow=True)
        assert answer.redirect_chain == [("/sign-in", 302)]
        assert client.session["onward"] == f"/children/{code}"
        assert b"the last step was not done" in answer.content

    def test_a_step_from_elsewhere_leads_to_the_start(self, world: World) -> None:
        answer = Client().post("/children/new", headers={"referer": "https://elsewhere.example/x"})
        assert answer.headers["Location"] == "/sign-in?next=/"


class TestWords:
    @pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
    def test_a_month_is_a_word_and_a_day_has_24_hours(self, language: str) -> None:
        moment = datetime(2026, 11, 5, 22, 4)
        with translation.override(language):
            shown = [date_format(moment, name) for name in ("DATE_FORMAT", "DATETIME_FORMAT", "SHORT_DATETIME_FORMAT")]
        assert not [text for text in shown if "/" in text or "11" in text]
        assert all(text.endswith("22:04") for text in shown[1:])

    def test_names_stand_in_quotation_marks_on_a_page(self) -> None:
        assert filled("Fill the column `{name}`.", {"name": "score"}) == "Fill the column “score”."
