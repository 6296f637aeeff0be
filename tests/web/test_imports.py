from __future__ import annotations

from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile

from homeward.apps.surveys.import_job import run_import
from homeward.apps.surveys.models import Import, Submission
from homeward.web.surveys.imports import gathered
from tests.web.conftest import Reader
from tests.world import World


def export(world: World) -> bytes:
    code = world.amani.child.code
    return (
        "_id,child_code,interview_date,respondent,sleep_place\n"
        f"11,{code},2026-01-15,child,good\n"
        "12,123,2026-01-16,child,good\n"
    ).encode()


def start(reader: Reader, world: World, content: bytes | None = None) -> UUID:
    file = SimpleUploadedFile("export.csv", content if content is not None else export(world))
    given = {"form": str(world.amani.forms["child-12-14"]), "file": file}
    given |= {"since": "2026-01-01", "reason": "Signed sheets in the office of the school"}
    answer = reader("me_officer").post("/imports/new", given)
    assert answer.status_code == 302, answer.context["form"].errors
    return UUID(answer.headers["Location"].rsplit("/", 1)[-1])


class TestImports:
    def test_a_file_waits_then_runs_and_shows_what_became_of_its_rows(self, reader: Reader, world: World) -> None:
        import_id = start(reader, world)
        client = reader("me_officer")
        assert b'hx-trigger="every 2s"' in client.get(f"/imports/{import_id}").content
        run_import(str(import_id))
        answer = client.get(f"/imports/{import_id}")
        row = answer.context["each"]["row"]
        assert (row.read, row.new, row.unmatched) == (2, 2, 1)
        assert b"hx-trigger" not in answer.content
        assert b"To the inbox, where they wait" in answer.content

    def test_what_is_said_of_many_questions_of_a_row_is_said_once(self) -> None:
        said = {"file": "export.csv", "row": 22, "code": "answer.hidden", "message": "Left out.", "params": {}}
        once = {**said, "row": 23, "field": "mood"}
        found = gathered([{**said, "field": "mood"}, {**said, "field": "hope"}, once])
        assert [(each["row"], each["field"], each["file"]) for each in found] == [
            (22, "mood, hope", ""),
            (23, "mood", ""),
        ]

    def test_it_can_be_undone(self, reader: Reader, world: World) -> None:
        import_id = start(reader, world)
        run_import(str(import_id))
        answer = reader("me_officer").post(f"/imports/{import_id}/undo", follow=True)
        assert b"2 interviews are set aside." in answer.content
        assert set(Submission.objects.filter(imported_with=import_id).values_list("state", flat=True)) == {"set_aside"}

    def test_it_can_be_stopped(self, reader: Reader, world: World) -> None:
        import_id = start(reader, world)
        reader("me_officer").post(f"/imports/{import_id}/cancel")
        assert Import.objects.get(pk=import_id).state == "cancelled"

    def test_one_that_runs_is_neither_gone_on_with_nor_undone(self, reader: Reader, world: World) -> None:
        import_id = start(reader, world)
        client = reader("me_officer")
        assert client.post(f"/imports/{import_id}/resume").status_code == 409
        assert client.post(f"/imports/{import_id}/undo").status_code == 409

    def test_without_a_file_the_form_says_what_is_missing(self, reader: Reader, world: World) -> None:
        answer = reader("me_officer").post("/imports/new", {"form": str(world.amani.forms["child-12-14"])})
        assert answer.status_code == 422
        assert 'href="#id_file"' in answer.content.decode()

    def test_an_empty_list_teaches_the_steps(self, reader: Reader) -> None:
        assert "Nothing imported yet" in reader("me_officer").get("/imports").content.decode()

    def test_roles_without_the_right_are_refused(self, reader: Reader) -> None:
        for name in ("outsider", "case_worker", "supervisor", "programme_manager"):
            assert reader(name).get("/imports").status_code in (403, 404)
            assert reader(name).get("/imports/new").status_code == 403

    def test_another_organisation_finds_no_such_import(self, reader: Reader, world: World) -> None:
        import_id = start(reader, world)
        other = reader("me_officer", world.baraka)
        assert other.get(f"/imports/{import_id}").status_code == 404
        for step in ("cancel", "resume", "undo"):
            assert other.post(f"/imports/{import_id}/{step}").status_code == 404

    def test_an_imported_interview_says_beforehand_where_it_is_corrected(self, reader: Reader, world: World) -> None:
        run_import(str(start(reader, world)))
        made, client = Submission.objects.get(instance_id__endswith=":11"), reader("me_officer")
        html = client.get(f"/submissions/{made.pk}").content.decode()
        assert "Correct it in the file and import it again" in html
        assert f"/submissions/{made.pk}/correct" not in html
        assert client.get(f"/submissions/{made.pk}/correct").status_code == 409
