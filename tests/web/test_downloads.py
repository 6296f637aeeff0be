from __future__ import annotations

import csv
import io
import zipfile

import pytest
from django.test import Client
from openpyxl import load_workbook

from homeward.apps.audit.models import Event
from tests.web.conftest import Interviewed, Reader
from tests.world import World


def rows(client: Client, address: str) -> list[list[str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(text)))


def content(answer: object) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


class TestDownloads:
    def test_scores_come_as_csv_one_row_a_dimension(self, reader: Reader, interviewed: Interviewed) -> None:
        interviewed()
        header, *found = rows(reader("me_officer"), "/downloads/scores.csv")
        assert {row[header.index("dimension")] for row in found} == {"economic", "social", "psychosocial"}
        assert all(row[header.index("answered_share")] for row in found)

    def test_scores_come_as_excel_too(self, reader: Reader, interviewed: Interviewed) -> None:
        interviewed()
        answer = reader("me_officer").get("/downloads/scores.xlsx")
        sheet = load_workbook(io.BytesIO(content(answer))).active
        assert sheet.max_row == 4

    def test_scores_of_one_instrument_alone(self, reader: Reader, world: World, interviewed: Interviewed) -> None:
        interviewed()
        address = f"/downloads/scores.csv?form={world.amani.forms['caregiver']}"
        assert len(rows(reader("me_officer"), address)) == 1

    def test_the_list_of_children_holds_codes_and_no_name(self, reader: Reader, world: World) -> None:
        text = str(rows(reader("supervisor"), "/downloads/children.csv"))
        assert world.amani.child.code in text
        assert world.amani.other_child.code not in text
        assert "Asha" not in text

    def test_nobody_takes_another_organisations_rows(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        interviewed()
        other = reader("me_officer", world.baraka)
        assert world.amani.child.code not in str(rows(other, "/downloads/scores.csv"))
        assert world.amani.child.code not in str(rows(other, "/downloads/children.csv"))

    def test_roles_without_the_right_take_nothing(self, reader: Reader) -> None:
        for name in ("outsider", "case_worker", "focal_point", "organisation_admin"):
            assert reader(name).get("/downloads").status_code in (403, 404)
            for what in ("scores", "children", "flags"):
                assert reader(name).get(f"/downloads/{what}.csv").status_code in (403, 404)

    def test_what_does_not_exist_is_not_found(self, reader: Reader) -> None:
        for address in ("/downloads/names.csv", "/downloads/scores.exe", "/downloads/scores.csv?form=x"):
            assert reader("me_officer").get(address).status_code == 404

    def test_the_list_is_filtered_as_on_its_page(self, reader: Reader, world: World) -> None:
        client = reader("supervisor")
        assert "/downloads/children.csv?age_band=12-14" in client.get("/children?age_band=12-14").content.decode()
        assert len(rows(client, "/downloads/children.csv?population=host_peer")) == 2
        assert world.amani.child.code not in str(rows(client, "/downloads/children.csv?age_band=0-5"))


class TestAnswers:
    def address(self, world: World, form: str = "child-12-14", kind: str = "csv", more: str = "") -> str:
        return f"/downloads/answers.{kind}?form={world.amani.forms[form]}{more}"

    def test_one_row_an_interview(self, reader: Reader, world: World, interviewed: Interviewed) -> None:
        interviewed()
        header, row = rows(reader("me_officer"), self.address(world))
        assert row[header.index("child_code")] == world.amani.child.code  # type: ignore[union-attr]
        assert "anything_to_say" not in header

    def test_excel_brings_the_dictionary(self, reader: Reader, world: World, interviewed: Interviewed) -> None:
        interviewed()
        answer = reader("me_officer").get(self.address(world, kind="xlsx", more="&language=fr&split=on&waiting=on"))
        assert 'filename="answers-child-12-14-1.0-' in answer.headers["Content-Disposition"]
        book = load_workbook(io.BytesIO(content(answer)))
        assert book.sheetnames == ["answers", "dictionary"]
        assert book["answers"].max_row == 2

    @pytest.mark.parametrize(
        ("address", "name"),
        [
            ("answers.csv?form={}", "answers-child-12-14-1.0-codes-2"),
            ("answers.csv?form={}&language=fr", "answers-child-12-14-1.0-labels-fr-2"),
            ("answers.csv?form={}&split=on&waiting=on", "answers-child-12-14-1.0-codes-split-with-waiting-2"),
            ("dictionary.csv?form={}&language=ar", "dictionary-child-12-14-1.0-ar-2"),
            ("dictionary.csv?form={}&language=%0Aa%22b", "dictionary-child-12-14-1.0-2"),
            ("scores.csv?form={}", "scores-child-12-14-1.0-2"),
            ("scores.csv", "scores-2"),
            ("children.csv", "children-2"),
            ("children.csv?sex=girl", "children-filtered-2"),
        ],
    )
    def test_the_name_of_the_file_tells_what_it_holds(
        self, reader: Reader, world: World, address: str, name: str
    ) -> None:
        person = "me_officer" if address.startswith(("answers", "dictionary")) else "supervisor"
        answer = reader(person).get(f"/downloads/{address.format(world.amani.forms['child-12-14'])}")
        assert f'filename="{name}' in answer.headers["Content-Disposition"]

    def test_a_form_that_repeats_comes_as_a_zip_of_tables(self, reader: Reader, world: World) -> None:
        answer = reader("me_officer").get(self.address(world, "fgd"))
        assert answer.headers["Content-Type"] == "application/zip"
        with zipfile.ZipFile(io.BytesIO(content(answer))) as archive:
            assert "answers.csv" in archive.namelist()
            assert len(archive.namelist()) > 1
            assert "dictionary.csv" not in archive.namelist()

    def test_nobody_else_takes_them(self, reader: Reader, world: World, interviewed: Interviewed) -> None:
        interviewed()
        for name in ("outsider", "case_worker", "focal_point", "programme_manager", "organisation_admin"):
            assert reader(name).get(self.address(world)).status_code in (403, 404)
        assert reader("me_officer", world.baraka).get(self.address(world)).status_code == 404

    def test_what_cannot_be_asked_for_is_not_found(self, reader: Reader, world: World) -> None:
        for address in ("/downloads/answers.csv", "/downloads/answers.csv?form=x", self.address(world, kind="ods")):
            assert reader("me_officer").get(address).status_code == 404
        assert reader("me_officer").get(self.address(world, more="&language=xx")).status_code == 404

    def test_the_page_offers_it_and_the_instrument_leads_there(self, reader: Reader, world: World) -> None:
        form = world.amani.forms["caregiver"]
        page = reader("me_officer").get(f"/instruments/{form}").content.decode()
        assert f'href="/downloads?form={form}#answers"' in page
        page = reader("me_officer").get(f"/downloads?form={form}").content.decode()
        assert f'<option value="{form}" selected>' in page
        assert "/downloads?form" not in reader("case_worker").get(f"/instruments/{form}").content.decode()


class TestOtherLists:
    def test_flags_with_the_question_that_raised_them(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        interviewed(changes={"food_enough": "always"})
        header, *found = rows(reader("me_officer"), "/downloads/flags.csv")
        assert [row[header.index("kind")] for row in found if row[header.index("question")] == "food_enough"] == [
            "hunger"
        ]
        assert len(rows(reader("other_supervisor"), "/downloads/flags.csv")) == 1

    def test_each_list_is_taken_by_those_who_see_it(self, reader: Reader) -> None:
        sees = {
            "instruments": "case_worker",
            "inbox": "supervisor",
            "imports": "me_officer",
            "devices": "supervisor",
            "people": "organisation_admin",
            "teams": "organisation_admin",
            "places": "me_officer",
        }
        for what, role in sees.items():
            found = rows(reader(role), f"/downloads/{what}.csv")
            assert len({len(row) for row in found}) == 1, what
            assert reader("outsider").get(f"/downloads/{what}.csv").status_code in (403, 404)
            page = reader(role).get(f"/{what}").content.decode()
            assert len(found) == 1 or f"/downloads/{what}.xlsx" in page

    def test_who_does_not_see_a_list_does_not_take_it(self, reader: Reader) -> None:
        for what in ("inbox", "imports", "devices", "people", "teams", "places"):
            assert reader("case_worker").get(f"/downloads/{what}.csv").status_code == 403
        assert Event.objects.filter(allowed=False).count() == 6

    def test_what_waits_comes_whole(self, reader: Reader, interviewed: Interviewed) -> None:
        for day in range(32):
            interviewed(days=day, code="000000000")
        header, *found = rows(reader("supervisor"), "/downloads/inbox.csv")
        assert len(found) == 32
        assert found[0][header.index("state")] == "unmatched"

    def test_the_dictionary_of_a_form(self, reader: Reader, world: World) -> None:
        header, *found = rows(reader("case_worker"), f"/downloads/dictionary.csv?form={world.amani.forms['caregiver']}")
        assert "food_enough" in {row[header.index("name")] for row in found}
        other = f"/downloads/dictionary.csv?form={world.baraka.forms['caregiver']}"
        assert reader("case_worker").get(other).status_code == 404
