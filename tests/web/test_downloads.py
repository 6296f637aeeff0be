from __future__ import annotations

import csv
import io

from django.test import Client
from openpyxl import load_workbook

from tests.web.conftest import Interviewed, Reader
from tests.world import World


def rows(client: Client, address: str) -> list[list[str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(text)))


class TestDownloads:
    def test_scores_come_as_csv_one_row_a_dimension(self, reader: Reader, interviewed: Interviewed) -> None:
        interviewed()
        header, *found = rows(reader("me_officer"), "/downloads/scores.csv")
        assert {row[header.index("dimension")] for row in found} == {"economic", "social", "psychosocial"}
        assert all(row[header.index("answered_share")] for row in found)

    def test_scores_come_as_excel_too(self, reader: Reader, interviewed: Interviewed) -> None:
        interviewed()
        answer = reader("me_officer").get("/downloads/scores.xlsx")
        sheet = load_workbook(io.BytesIO(answer.content)).active
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
            for what in ("scores", "children"):
                assert reader(name).get(f"/downloads/{what}.csv").status_code in (403, 404)

    def test_what_does_not_exist_is_not_found(self, reader: Reader) -> None:
        for address in ("/downloads/names.csv", "/downloads/scores.exe", "/downloads/scores.csv?form=x"):
            assert reader("me_officer").get(address).status_code == 404

    def test_the_list_is_filtered_as_on_its_page(self, reader: Reader, world: World) -> None:
        client = reader("supervisor")
        assert "/downloads/children.csv?age_band=12-14" in client.get("/children?age_band=12-14").content.decode()
        assert len(rows(client, "/downloads/children.csv?population=host_peer")) == 2
        assert world.amani.child.code not in str(rows(client, "/downloads/children.csv?age_band=0-5"))
