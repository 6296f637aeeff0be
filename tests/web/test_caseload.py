from __future__ import annotations

import io

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from homeward.apps.cases.queries import ChildFilter, list_children
from tests.formats.tables.test_hostile_workbooks import BAD
from tests.web.conftest import Reader
from tests.world import World

HEADER = "external_id,name,sex,age,return_date,team\n"
ROWS = (
    "CASE-1,Asha Mwangi,female,,,North\n"  # known, unchanged
    "N-1,Ali,male,8,2026-01-15,North\n"  # new
    "N-2,Zahra,female,9,15/01/2026,North\n"  # the date is wrong
)


def upload(client: Client, text: str, name: str = "children.csv"):
    return client.post("/children/import", {"file": SimpleUploadedFile(name, text.encode())})


class TestImportingACaseload:
    def test_a_preview_says_new_unchanged_and_errors_by_row(self, reader: Reader) -> None:
        html = upload(reader("supervisor"), HEADER + ROWS).content.decode()
        assert "This would change" in html
        assert "row 4" in html
        assert "Write it as 2025-03-31." in html

    def test_two_errors_of_a_row_stand_apart(self, reader: Reader) -> None:
        html = upload(reader("supervisor"), HEADER + "N-3,Ali,boy,8,15/01/2026,North\n").content.decode()
        assert html.count('<li><span class="problem-where">') == 2

    def test_a_move_to_another_team_says_what_it_ends(self, reader: Reader) -> None:
        said = b"leaves the caseloads of the old one"
        assert said in upload(reader("me_officer"), "external_id,team\nCASE-1,South\n").content
        assert said not in upload(reader("me_officer"), "external_id,team\nCASE-1,North\n").content

    def test_nothing_is_written_before_somebody_says_so(self, reader: Reader, world: World) -> None:
        upload(reader("supervisor"), HEADER + ROWS)
        actor = world.amani.actor("supervisor")
        assert list_children(actor, ChildFilter(text="N-1")).total == 0

    def test_the_preview_carried_out_leaves_errors_out(self, reader: Reader, world: World) -> None:
        client = reader("supervisor")
        packed = upload(client, HEADER + ROWS).context["packed"]
        answer = client.post("/children/import/write", {"packed": packed}, follow=True)
        assert b"1 child is new, 0 changed, 1 unchanged, 1 left out." in answer.content
        assert list_children(world.amani.actor("supervisor"), ChildFilter(text="N-1")).total == 1

    def test_the_codes_of_the_new_children_are_shown_with_links(self, reader: Reader, world: World) -> None:
        client = reader("supervisor")
        packed = upload(client, HEADER + ROWS).context["packed"]
        answer = client.post("/children/import/write", {"packed": packed})
        found = list_children(world.amani.actor("supervisor"), ChildFilter(text="N-1")).rows[0]
        assert f'href="/children/{found.code}"' in answer.content.decode()
        assert client.get(f"/children/{found.code}").status_code == 200

    def test_all_errors_of_a_row_stand_in_the_preview(self, reader: Reader) -> None:
        html = upload(reader("supervisor"), HEADER + "N-3,Omar,boy,eight,15/01/2026,Nort\n").content.decode()
        assert "must be one of: female, male" in html
        assert "The age is not a whole number." in html
        assert "Write it as 2025-03-31." in html
        assert "Use one of these: North" in html

    def test_the_rows_of_somebody_else_are_not_written(self, reader: Reader, world: World) -> None:
        packed = upload(reader("supervisor"), HEADER + ROWS).context["packed"]
        answer = reader("me_officer").post("/children/import/write", {"packed": packed}, follow=True)
        assert b"This preview is too old" in answer.content
        assert list_children(world.amani.actor("me_officer"), ChildFilter(text="N-1")).total == 0

    def test_rows_changed_on_the_way_are_not_written(self, reader: Reader) -> None:
        client = reader("supervisor")
        packed = upload(client, HEADER + ROWS).context["packed"]
        assert (
            b"too old" in client.post("/children/import/write", {"packed": packed[:-4] + "AAAA"}, follow=True).content
        )

    def test_a_workbook_is_read_like_a_csv_file(self, reader: Reader) -> None:
        book = io.BytesIO()
        with xlsxwriter.Workbook(book) as workbook:
            sheet = workbook.add_worksheet()
            for row, line in enumerate((HEADER + ROWS).strip().split("\n")):
                sheet.write_row(row, 0, line.split(","))
        given = {"file": SimpleUploadedFile("children.xlsx", book.getvalue())}
        html = reader("supervisor").post("/children/import", given).content.decode()
        assert "This would change" in html

    def test_a_workbook_is_read_through_gaps_from_the_sheet_that_people_see(self, reader: Reader) -> None:
        book = io.BytesIO()
        with xlsxwriter.Workbook(book) as workbook:
            for name, key in (("old", "OLD"), ("new", "N")):
                sheet = workbook.add_worksheet(name)
                for row, line in (
                    (0, HEADER),
                    (1, f"{key}-1,Ali,male,8,,North"),
                    (700, f"{key}-2,Ada,female,8,,North"),
                ):
                    sheet.write_row(row, 0, line.strip().split(","))
            workbook.get_worksheet_by_name("new").activate()
            workbook.get_worksheet_by_name("old").hide()
        given = {"file": SimpleUploadedFile("children.xlsx", book.getvalue())}
        lines = reader("supervisor").post("/children/import", given).context["lines"]
        assert [(line.number, line.row.external_id) for line in lines] == [(2, "N-1"), (701, "N-2")]

    def test_a_workbook_that_is_too_heavy_takes_no_time_of_the_server(self, reader: Reader) -> None:
        given = {"file": SimpleUploadedFile("children.xlsx", BAD["millions of shared texts"])}
        answer = reader("supervisor").post("/children/import", given)
        assert (answer.status_code, b"too large" in answer.content) == (422, True)

    def test_an_unknown_column_and_an_empty_file_are_refused_in_words(self, reader: Reader) -> None:
        client = reader("supervisor")
        unknown = upload(client, "external_id,colour\nX,red\n")
        assert (unknown.status_code, b"These columns are not known: colour." in unknown.content) == (422, True)
        empty = upload(client, HEADER)
        assert (empty.status_code, b"Put one child in each row." in empty.content) == (422, True)

    def test_a_supervisor_cannot_bring_children_into_another_team(self, reader: Reader) -> None:
        html = upload(reader("supervisor"), HEADER + "N-9,A,male,8,2026-01-15,South\n").content.decode()
        assert "This is not your team." in html

    def test_who_may_not_import_is_refused(self, reader: Reader) -> None:
        for name in ("outsider", "case_worker", "focal_point"):
            assert reader(name).get("/children/import").status_code == 403
            assert reader(name).post("/children/import/write", {"packed": "x"}).status_code == 403
