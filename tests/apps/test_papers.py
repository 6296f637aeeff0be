"""Documents on data protection: filled from this server, with blanks for people and nothing made up."""

from __future__ import annotations

import json
import re
from io import BytesIO
from pathlib import Path

import docx
import pytest
from docx.enum.text import WD_COLOR_INDEX

from homeward.apps.access.models import Organisation
from homeward.apps.access.registry import fields, fields_of
from homeward.cli.templates_work import PAPERS, write
from homeward.domain.privacy import Storage
from homeward.domain.problems import ProblemError
from homeward.formats.papers import as_word, blanks, filled, plain
from tests.world import World

pytestmark = pytest.mark.database
NAMES = ("breach-plan", "device-policy", "impact-assessment", "information-sharing")


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Path:
    name = Organisation.objects.get(pk=world.amani.organisation_id).name
    assert write(tmp_path / "papers", name, as_json=False) == 0
    return tmp_path / "papers"


def test_four_papers_as_word_and_as_markdown(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"{name}{suffix}" for name in NAMES for suffix in (".docx", ".md")
    )


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_but_marked_blanks(folder: Path, name: str) -> None:
    text = (folder / f"{name}.md").read_text("utf-8")
    assert "{{" not in text
    assert blanks(text) == text.count("]]") > 5
    word = docx.Document(str(folder / f"{name}.docx"))
    runs = [run for paragraph in word.paragraphs for run in paragraph.runs]
    cells = [cell for table in word.tables for row in table.rows for cell in row.cells]
    runs += [run for cell in cells for paragraph in cell.paragraphs for run in paragraph.runs]
    marked = [run for run in runs if run.font.highlight_color == WD_COLOR_INDEX.YELLOW]
    assert len(marked) == blanks(text)
    assert [run.text for run in runs if "[[" in run.text or "**" in run.text] == []


def test_the_annex_names_every_coded_field_and_every_field(folder: Path) -> None:
    word = docx.Document(str(folder / "impact-assessment.docx"))
    coded, every = ({row.cells[0].text for row in table.rows[1:]} for table in word.tables[-2:])
    assert coded == {each.name for each in fields_of(storage=Storage.CODED)}
    assert every == {each.name for each in fields()}


def test_without_an_organisation_it_says_what_to_do_first(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Organisation, "objects", Organisation.objects.none())
    with pytest.raises(ProblemError) as error:
        write(tmp_path / "papers", "", as_json=False)
    assert error.value.first.code == "templates.none"
    assert "The first people" in error.value.first.action
    assert not (tmp_path / "papers").exists()


def test_of_several_organisations_their_names_are_said(world: World, tmp_path: Path) -> None:
    for name in ("", "Nobody's"):
        with pytest.raises(ProblemError) as error:
            write(tmp_path / "papers", name, as_json=False)
        assert "Amani" in str(error.value.first)


def test_what_stands_in_them_is_of_this_organisation(folder: Path, world: World) -> None:
    text = "\n".join(path.read_text("utf-8") for path in folder.glob("*.md"))
    assert "child-12-14" in text
    assert "focal point 2" in text
    assert "never by itself" in text
    other = Organisation.objects.get(pk=world.baraka.organisation_id).name
    assert other not in text
    assert "Asha" not in text
    assert world.amani.child is not None
    assert world.amani.child.code not in text


def test_nobodys_work_is_written_over(folder: Path, world: World) -> None:
    before = (folder / "breach-plan.md").read_bytes()
    name = Organisation.objects.get(pk=world.amani.organisation_id).name
    with pytest.raises(ProblemError) as refusal:
        write(folder, name, as_json=False)
    assert refusal.value.first.code == "templates.exists"
    assert (folder / "breach-plan.md").read_bytes() == before


def test_several_organisations_are_asked_for_by_name(world: World, tmp_path: Path) -> None:
    for name in ("", "Nobody"):
        with pytest.raises(ProblemError) as refusal:
            write(tmp_path / "papers", name, as_json=True)
        assert refusal.value.first.code == "templates.organisation"


def test_it_says_how_much_is_left_to_do(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = Organisation.objects.get(pk=world.amani.organisation_id).name
    write(tmp_path / "papers", name, as_json=True)
    written = json.loads(capsys.readouterr().out)["written"]
    assert len(written) == 8
    assert all(each["blanks"] > 5 for each in written)


def test_a_name_makes_no_heading_no_table_and_no_blank() -> None:
    wild = "# A | [[B]] *c* `d` {{date}} \\ \x07\n- e"
    text = filled("Name: {{name}}\n\n| a |\n|---|\n| {{name}} |\n", {"name": wild}, {})
    assert blanks(text) == 0
    word = docx.Document(BytesIO(as_word(text)))
    expected = "# A | [[B]] *c* `d` {{date}} \\ - e"
    assert [paragraph.text for paragraph in word.paragraphs] == [f"Name: {expected}"]
    assert [[cell.text for cell in row.cells] for row in word.tables[0].rows] == [["a"], [expected]]
    assert plain("a_b") == "a_b"


def test_a_name_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(KeyError):
        filled("{{nobody}}", {}, {})


def test_no_paper_names_a_person_or_a_place() -> None:
    for path in PAPERS.glob("*.md"):
        assert not re.search(r"\d{4}-\d\d-\d\d|@|https?:", path.read_text("utf-8")), path.name
