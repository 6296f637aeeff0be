"""Answers to take away: what is in them, what is not, and that they score as the server does."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook as load_workbook_file

from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.apps.surveys.answer_columns import Style
from homeward.apps.surveys.answer_downloads import Wish, answer_tables
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.forms import load_workbook
from homeward.apps.surveys.inbox import accept_submission
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import FormVersion, Score, Submission
from homeward.cli.main import main
from homeward.domain.problems import ProblemError
from homeward.formats.exports.opening import open_export
from homeward.formats.tables.workbook_writing import Table, workbook_pieces, zip_pieces
from homeward.formats.tables.writing import csv_lines
from homeward.formats.xform.reading import read_form
from homeward.formats.xlsform.packing import workbook_bytes
from homeward.formats.xlsform.xform_building import to_xform
from tests.formats.xlsform.forms import Draft
from tests.interviews import AGREED, fill, interview
from tests.world import World

pytestmark = pytest.mark.database


def send(world: World, form: str, days_ago: int = 10, respondent: str = "child", **more: object) -> None:
    assert world.amani.child is not None
    day = date.today() - timedelta(days=days_ago)
    xml = interview(form, world.amani.child.code, on=day, respondent=respondent, **more)  # type: ignore[arg-type]
    receive(world.amani.actor("enumerator"), Delivery(xml))


def tables(world: World, form: str, who: str = "me_officer", **more: object) -> list[Table]:
    return answer_tables(world.amani.actor(who), Wish(world.amani.forms[form], **more))  # type: ignore[arg-type]


def records(table: Table) -> list[dict[str, object]]:
    return [dict(zip(table.header, row, strict=True)) for row in table.rows]


def scored(data: Iterable[bytes], path: Path, instrument: str) -> list[dict[str, str]]:
    path.write_bytes(b"".join(data))
    out = path.with_name("out.csv")
    assert main(["score", str(path), "--instrument", instrument, "--out", str(out), "--json"]) == 0
    return list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))


def of_server() -> dict[tuple[str, str], str]:
    rows = Score.objects.filter(current=True, submission__state="accepted").select_related("submission")
    return {(row.submission.instance_id, row.dimension): number(row.value) for row in rows}


def of_file(rows: list[dict[str, str]]) -> dict[tuple[str, str], str]:
    dimensions = ("economic", "social", "psychosocial")
    return {(row["row_id"], name): number(row[name]) for row in rows for name in dimensions}


def number(value: object) -> str:
    return f"{Decimal(str(value)):.6f}" if value not in (None, "") else ""


AGED = {"child_age_years": "13"}
BROKEN = AGED | {"work_hours": "400", "dangerous_work": "dangerous"}  # hours that a week does not have


@pytest.fixture
def answered(world: World) -> World:
    for example in range(3):
        send(world, "caregiver", 20 + example, "caregiver", example=example, changes=AGED)
        send(world, "child-12-14", 20 + example, example=example)
    return world


class TestWhatIsInIt:
    def test_one_row_an_interview_with_the_columns_of_the_form(self, answered: World) -> None:
        main_table, dictionary = tables(answered, "caregiver")
        rows = records(main_table)
        assert len(rows) == 3
        assert [row["child_code"] for row in rows] == [answered.amani.child.code] * 3  # type: ignore[union-attr]
        assert {row["_respondent"] for row in rows} == {"caregiver"}
        assert rows[0]["_round_months"] == Decimal(6)
        assert isinstance(rows[0]["interview_date"], date)
        assert rows[0]["child_age_years"] == Decimal(13)
        assert (rows[0]["_state"], rows[0]["_corrected"], rows[0]["_place"]) == ("accepted", False, "Riverside")
        assert {row["column"] for row in records(dictionary)} >= set(main_table.header)

    def test_nobody_is_named_and_no_words_leave(self, world: World) -> None:
        send(
            world, "caregiver", respondent="caregiver", changes={"anything_to_say": "Asha is sad", "child_known": "yes"}
        )
        main_table, dictionary = tables(world, "caregiver")
        assert not {"child_listed", "child_typed", "anything_to_say"} & set(main_table.header)
        assert "Asha" not in str(records(main_table))
        why = {row["column"]: row["table"] for row in records(dictionary)}
        assert (why["child_typed"], why["anything_to_say"]) == ("no: L2", "no: sealed")

    def test_missing_kinds_stay_apart(self, world: World) -> None:
        send(world, "caregiver", respondent="caregiver", changes=AGED | {"work_hours": "0", "food_enough": "refused"})
        (row,) = records(tables(world, "caregiver")[0])
        assert (row["food_enough"], row["dangerous_work"]) == ("refused", "not_asked")

    def test_labels_in_a_language_and_a_column_an_option(self, answered: World) -> None:
        table = tables(answered, "caregiver", style=Style("fr", split=True))[0]
        row = records(table)[0]
        assert row["respondent"] != "caregiver"
        assert "own_basics/none" in row
        assert {row[name] for name in row if name.startswith("own_basics/")} <= {0, 1}

    def test_what_waits_comes_only_if_asked_for_and_what_was_set_aside_never(self, world: World) -> None:
        send(world, "caregiver", respondent="caregiver", changes=BROKEN)
        assert records(tables(world, "caregiver")[0]) == []
        (row,) = records(tables(world, "caregiver", waiting=True)[0])
        assert (row["_state"], row["_answers_left_out"], row["work_hours"]) == ("invalid", "work_hours", None)

    def test_a_corrected_interview_stands_once(self, world: World) -> None:
        send(world, "caregiver", respondent="caregiver", instance_id="uuid:one")
        send(world, "caregiver", respondent="caregiver", instance_id="uuid:two", deprecated_id="uuid:one")
        rows = records(tables(world, "caregiver")[0])
        assert [(row["KEY"], row["_corrected"]) for row in rows] == [("uuid:two", True)]


class TestWhoMay:
    def test_a_team_takes_its_own(self, answered: World) -> None:
        assert len(records(tables(answered, "caregiver", "supervisor")[0])) == 3
        assert records(tables(answered, "caregiver", "other_supervisor")[0]) == []

    def test_others_take_nothing_and_it_is_written_down(self, answered: World) -> None:
        for who in ("case_worker", "focal_point", "programme_manager", "organisation_admin"):
            with pytest.raises(ProblemError):
                tables(answered, "caregiver", who)
        with pytest.raises(NotVisible):
            answer_tables(answered.baraka.actor("me_officer"), Wish(answered.amani.forms["caregiver"]))
        assert Event.objects.filter(verb="answers.download", allowed=False).count() == 4

    def test_who_took_what_is_written_down_before_the_first_row(self, answered: World) -> None:
        tables(answered, "caregiver", waiting=True)
        event = Event.objects.get(verb="answers.download")
        assert event.detail == {"left_out": 0, "form": "caregiver@1.0", "versions": 1, "waiting": True, "labels": ""}


class TestScoredAgain:
    @pytest.mark.parametrize("form", ["caregiver", "child-12-14"])
    @pytest.mark.parametrize("style", [Style(), Style("ar"), Style("fr", split=True)])
    def test_the_file_scores_as_the_server_did(
        self, answered: World, tmp_path: Path, form: str, style: Style, capsys: pytest.CaptureFixture[str]
    ) -> None:
        expected = {key: value for key, value in of_server().items() if key[0] in self._ids(answered, form)}
        assert len(expected) == 9
        table = tables(answered, form, style=style)[0]
        assert of_file(scored(csv_lines(table.header, table.rows), tmp_path / "a.csv", form)) == expected
        book = workbook_pieces(tables(answered, form, style=style))
        assert of_file(scored(book, tmp_path / "a.xlsx", form)) == expected
        assert '"sheets_ignored"' not in capsys.readouterr().out

    def test_an_answer_that_cannot_be_right_stays_out_here_as_there(self, world: World, tmp_path: Path) -> None:
        send(world, "caregiver", respondent="caregiver", changes=BROKEN)
        accept_submission(world.amani.actor("supervisor"), Submission.objects.get().pk, "looked at")
        table = tables(world, "caregiver")[0]
        found = of_file(scored(csv_lines(table.header, table.rows), tmp_path / "a.csv", "caregiver"))
        assert found == of_server()
        (row,) = records(tables(world, "caregiver")[0])
        assert (row["work_hours"], row["dangerous_work"]) == (None, "dangerous")

    def _ids(self, world: World, form: str) -> set[object]:
        return {row["KEY"] for row in records(tables(world, form)[0])}


def publish(world: World, draft: Draft, *, child: str = "") -> str:
    """An agency's form, published without a second person; and one interview with it. The id of the version."""
    loaded = draft.load()
    form_id = load_workbook(world.amani.actor("me_officer"), workbook_bytes(loaded), "form.xlsx")
    FormVersion.objects.filter(pk=form_id).update(status="published")
    form = read_form(to_xform(loaded).xml)
    world.amani.forms[str(form_id)] = form_id
    start = {"child_known": "yes", "child_listed": child, "child_code": child, "respondent": "child"}
    given = {"interview_date": date.today().isoformat(), "told": "-99", "harm": "-99", "who": "Asha", "first": "-99"}
    xml = fill(form, {**AGREED, **start, **given}).replace(b"</meta>", b"</meta>" + PEOPLE)
    receipt = receive(world.amani.actor("enumerator"), Delivery(xml))
    assert receipt.state == "accepted", receipt.problems
    return str(form_id)


PEOPLE = b"".join(b"<person><age>%d</age><called>Juma</called><sees>-99</sees></person>" % age for age in (40, 7))


def agency_form(version: str = "1.0") -> Draft:
    draft = Draft().set("about", "version", "value", version).set("settings", "", "version", version)
    for code in ("-99", "=1+1"):
        draft.option("agency", code)
    draft.question("select_one agency", "told").question("select_one agency", "harm", privacy="L4")
    draft.question("text", "who", privacy="L2")
    draft.question("begin_repeat", "person", privacy="").question("integer", "age").question("text", "called")
    return draft.question("select_one agency", "sees").add("survey", {"type": "end_repeat"})


class TestFormsOfAgencies:
    def test_what_is_sealed_or_says_who_it_is_has_no_column(self, world: World) -> None:
        form = publish(world, agency_form(), child=world.amani.child.code)  # type: ignore[union-attr]
        main_table, _, dictionary = tables(world, form, style=Style(split=True))
        assert "told" in main_table.header
        assert not {"harm", "who", "child_listed"} & set(main_table.header)
        why = {row["column"]: row["table"] for row in records(dictionary)}
        assert why["sees"] == "person"
        assert (why["harm"], why["who"], why["told"], why["called"]) == ("no: L4", "no: L2", "answers", "no: sealed")

    def test_a_repeat_is_a_table_of_its_own(self, world: World, tmp_path: Path) -> None:
        form = publish(world, agency_form(), child=world.amani.child.code)  # type: ignore[union-attr]
        made = tables(world, form)
        assert [table.name for table in made] == ["answers", "person", "dictionary"]
        rows, (parent,) = records(made[1]), records(made[0])
        assert [(row["PARENT_KEY"], row["_repeat_row"], row["age"]) for row in rows] == [
            (parent["KEY"], 1, Decimal(40)),
            (parent["KEY"], 2, Decimal(7)),
        ]
        assert "Juma" not in str(rows)
        (tmp_path / "a.zip").write_bytes(b"".join(zip_pieces(tables(world, form)[:2])))
        export = open_export(tmp_path / "a.zip")
        assert (len(list(export.rows())), dict(export.repeats)) == (1, {"person.csv": 2})

    def test_codes_below_zero_stay_numbers_and_nothing_is_a_formula(self, world: World, tmp_path: Path) -> None:
        form = publish(world, agency_form(), child=world.amani.child.code)  # type: ignore[union-attr]
        (row,) = records(tables(world, form)[0])
        assert row["told"] == -99
        (tmp_path / "a.xlsx").write_bytes(b"".join(workbook_pieces(tables(world, form))))
        for page in load_workbook_file(tmp_path / "a.xlsx"):
            assert all(cell.data_type != "f" for line in page.iter_rows() for cell in line)

    def test_all_versions_share_one_table(self, world: World) -> None:
        code = world.amani.child.code  # type: ignore[union-attr]
        old = publish(world, agency_form(), child=code)
        publish(world, agency_form("1.1").question("integer", "later"), child=code)
        table = tables(world, old, every_version=True)[0]
        rows = {str(row["_instrument_version"]): row for row in records(table)}
        assert (rows["1.0"]["later"], rows["1.1"]["later"]) == ("not_asked", None)
        assert len(records(tables(world, old)[0])) == 1


def test_the_table_costs_the_same_however_long(world: World) -> None:
    """The rows, and the protocol of the house, by which their rounds are named."""
    asked = []
    for count in (1, 4):
        for _ in range(count):
            send(world, "caregiver", respondent="caregiver")
        made = tables(world, "caregiver")[0]
        with CaptureQueriesContext(connection) as found:
            list(made.rows)
        asked.append(len(found))
    assert asked[0] == asked[1] <= 2
