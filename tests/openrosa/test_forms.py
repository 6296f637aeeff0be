"""What a phone fetches: the list of forms, each form, its files, and the caseload of this phone alone."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import date, timedelta

import pytest
from django.test import override_settings

from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.services import assign_child, register_child
from homeward.apps.surveys.forms import load_from_library, retire
from homeward.apps.surveys.models import FormMedia, FormVersion
from tests.openrosa.phone import Phone, in_process
from tests.openrosa.publishing import publish_more
from tests.world import INSTRUMENTS, World

pytestmark = pytest.mark.database


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def children(phone: Phone, form_id: str = "caregiver") -> tuple[str, list[dict[str, str]]]:
    """The hash and the rows of the caseload file, as this phone gets it."""
    digest, address = phone.media(phone.form(form_id))["children.csv"]
    content = phone.fetch(address).body
    assert md5(content) == digest
    return digest, list(csv.DictReader(io.StringIO(content.decode())))


def add_picture(world: World, name: str, content: bytes, content_type: str = "image/svg+xml") -> None:
    FormMedia.objects.create(
        form_version=FormVersion.objects.get(pk=world.amani.forms["caregiver"]),
        name=name,
        content_type=content_type,
        content=content,
        md5=md5(content),
    )


class TestFormList:
    def test_every_published_form_is_listed_with_the_md5_of_the_bytes_that_its_address_serves(
        self, phone: Phone
    ) -> None:
        listed = phone.forms()
        assert [form.form_id for form in listed] == sorted(INSTRUMENTS)
        for form in listed:
            answer = phone.fetch(form.download_url)
            assert answer.status == 200
            assert "text/xml" in answer.headers["content-type"]
            assert md5(answer.body) == form.md5
            assert form.version == "1.0"

    def test_no_score_reaches_a_phone(self, phone: Phone) -> None:
        for form in phone.forms():
            body = phone.fetch(form.download_url).body
            assert b"<score>" not in body
            assert b"very_good" in body or form.form_id != "child-12-14"

    def test_form_id_restricts_the_list_and_no_other_parameter_matters(self, phone: Phone) -> None:
        (form,) = phone.forms("?formID=caregiver&deviceID=collect%3Aabc&verbose=true")
        assert form.form_id == "caregiver"
        assert phone.forms("?formID=nothing") == []
        assert len(phone.forms("?formID=")) == len(INSTRUMENTS)

    def test_head_gives_the_headers_and_no_body(self, phone: Phone) -> None:
        answer = phone.call("HEAD", "/formList")
        assert (answer.status, answer.body) == (200, b"")
        assert int(answer.headers["content-length"]) > 100

    def test_only_a_form_with_files_has_a_manifest(self, phone: Phone) -> None:
        with_files = {form.form_id for form in phone.forms() if form.manifest_url}
        assert with_files == {"caregiver", "child-12-14"}

    def test_titles_come_in_the_language_that_the_phone_asks_for(self, phone: Phone) -> None:
        names = {
            language: next(
                form.name for form in phone.forms(headers={"Accept-Language": language}) if form.form_id == "caregiver"
            )
            for language in ("en", "fr-FR,fr;q=0.9", "es-419", "ar-SY", "de")
        }
        assert len(set(names.values())) == 4
        assert names["de"] == names["en"]

    def test_a_draft_and_a_retired_form_are_not_listed(self, world: World, phone: Phone) -> None:
        load_from_library(world.amani.system(), "kii")
        retire(world.amani.actor("programme_manager"), world.amani.forms["fgd"])
        assert {form.form_id for form in phone.forms()} == {"caregiver", "child-12-14"}
        assert phone.get(f"/forms/{world.amani.forms['fgd']}/form.xml").status == 200  # for those who have it still

    def test_a_draft_has_no_address(self, world: World, phone: Phone) -> None:
        draft = load_from_library(world.amani.system(), "kii")
        assert phone.get(f"/forms/{draft}/form.xml").status == 404

    def test_a_form_that_is_published_meanwhile_appears(self, world: World, phone: Phone) -> None:
        publish_more(world.amani, ["kii"])
        assert "kii" in {form.form_id for form in phone.forms()}

    def test_addresses_stand_under_the_configured_address(self, phone: Phone) -> None:
        with override_settings(HOMEWARD_BASE_URL="https://homeward.example.org"):
            (form,) = phone.forms("?formID=caregiver")
            assert form.download_url.startswith(f"https://homeward.example.org{phone.base}/forms/")
            assert form.manifest_url is not None
            assert form.manifest_url.startswith("https://homeward.example.org/")

    def test_one_odd_title_does_not_take_the_list_away(self, world: World, phone: Phone) -> None:
        FormVersion.objects.filter(pk=world.amani.forms["fgd"]).update(titles={"en": "a\x0b<b>&"})
        FormVersion.objects.filter(pk=world.amani.forms["caregiver"]).update(titles={})
        names = {form.form_id: form.name for form in phone.forms()}
        assert names["fgd"] == "a�<b>&"
        assert names["caregiver"] == "caregiver"


class TestCaseload:
    def test_a_phone_gets_the_children_of_its_caseload_and_nothing_more_about_them(
        self, world: World, phone: Phone
    ) -> None:
        assert world.amani.child is not None
        _, (row,) = children(phone)
        assert list(row) == ["name", "label", "initials", "age_band"]
        assert row["name"] == world.amani.child.code
        assert row["initials"] == "AM"
        assert row["age_band"] == "12-14"
        assert "Asha" not in str(row)

    def test_each_token_has_its_own_list(self, world: World, phone: Phone, monitor: Phone) -> None:
        assert world.amani.peer is not None
        mine, theirs = children(phone), children(monitor)
        assert mine[0] != theirs[0]
        assert [row["name"] for row in theirs[1]] == [world.amani.peer.code]

    def test_the_hash_follows_the_content_and_stays_where_it_stays(self, world: World, phone: Phone) -> None:
        before, _ = children(phone)
        assert children(phone)[0] == before
        system = world.amani.system()
        facts = ChildFacts(population="host_peer", sex="male", name="Omar", age=8, team_id=world.amani.teams[0])
        child = register_child(system, facts)
        assign_child(
            system, child.id, person_id=world.amani.people["case_worker"], since=date.today() - timedelta(days=1)
        )
        after, rows = children(phone)
        assert after != before
        assert child.code in {row["name"] for row in rows}

    def test_the_file_is_kept_by_no_cache(self, phone: Phone) -> None:
        _, address = phone.media(phone.form("caregiver"))["children.csv"]
        answer = phone.fetch(address)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"].startswith("text/csv")


class TestMedia:
    def test_files_of_a_form_are_listed_and_served_byte_for_byte(self, world: World, phone: Phone) -> None:
        add_picture(world, "صورة 1.svg", b"<svg/>")
        digest, address = phone.media(phone.form("caregiver"))["صورة 1.svg"]
        answer = phone.fetch(address)
        assert (answer.status, answer.body, digest) == (200, b"<svg/>", md5(b"<svg/>"))

    def test_a_browser_neither_shows_nor_runs_them(self, world: World, phone: Phone) -> None:
        add_picture(world, "a.html", b"<script>1</script>", "text/html")
        answer = phone.fetch(phone.media(phone.form("caregiver"))["a.html"][1])
        assert answer.headers["content-disposition"] == "attachment"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]

    @pytest.mark.parametrize(
        "name",
        ["..%2f..%2fetc%2fpasswd", "%2e%2e/form.xml", "children.csv%00", "CHILDREN.CSV", ".", "%0d%0aSet-Cookie:a=b"],
    )
    def test_a_name_that_is_not_listed_is_no_file(self, world: World, phone: Phone, name: str) -> None:
        assert phone.get(f"/forms/{world.amani.forms['caregiver']}/media/{name}").status == 404

    def test_a_form_of_another_organisation_does_not_exist(self, world: World, phone: Phone) -> None:
        foreign, none = world.baraka.forms["caregiver"], "00000000-0000-4000-8000-000000000000"
        for call in ("form.xml", "manifest", "media/children.csv"):
            there, nowhere = (phone.get(f"/forms/{form}/{call}") for form in (foreign, none))
            assert (there.status, there.body) == (404, nowhere.body)

    def test_lists_of_two_organisations_are_apart(self, world: World, phone: Phone) -> None:
        other = Phone(f"/key/{world.baraka.devices['enumerator'].token}", in_process())
        assert {form.download_url.rsplit("/", 2)[1] for form in phone.forms()}.isdisjoint(
            form.download_url.rsplit("/", 2)[1] for form in other.forms()
        )
