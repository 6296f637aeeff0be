from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from homeward.domain.problems import ProblemError
from homeward.formats.xlsform.library import PACKAGED, Library
from homeward.formats.xlsform.loading import load
from homeward.formats.xlsform.packing import folder_files, unpack, workbook_bytes
from tests.formats.xlsform.forms import EN, Draft

ENTRIES = Library().entries()


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.id for entry in ENTRIES])
def test_a_library_folder_comes_back_byte_for_byte(entry, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    unpack(load(workbook_bytes(entry.load())), tmp_path / "out")
    for path in entry.path.glob("*.csv"):
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes(), path.relative_to(PACKAGED)


def test_cells_that_spreadsheets_would_change_survive() -> None:
    texts = ["1.0", "007", "TRUE", "31/05/2024", "=1+1", "-", "'quoted", "1e5", "a\u00a0b", "two\nlines", "مرحبا", "½"]
    draft = Draft()
    for number, text in enumerate(texts):
        draft.question("text", f"q{number}", concept=text)
    loaded = draft.load()
    again = load(workbook_bytes(loaded))
    assert again.sheets == loaded.sheets
    assert [row.get("concept") for row in again.sheets["survey"].rows[-len(texts) :]] == texts


def test_no_cell_of_a_packed_workbook_is_computed() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(Draft().set("survey", "friends", EN, "=1+1").load())))
    kinds = {cell.data_type for page in book for row in page.iter_rows() for cell in row if cell.value is not None}
    assert kinds == {"s"}


def test_a_folder_is_the_same_bytes_each_time() -> None:
    assert folder_files(Draft().load()) == folder_files(Draft().load())


def test_media_stay_in_the_folder(tmp_path: Path) -> None:
    unpack(Draft().load(), tmp_path / "form")
    (tmp_path / "form" / "media").mkdir()
    (tmp_path / "form" / "media" / "sad.png").write_bytes(b"picture")
    loaded = load(tmp_path / "form")
    assert loaded.media == {"sad.png": b"picture"}
    unpack(loaded, tmp_path / "copy")
    assert (tmp_path / "copy" / "media" / "sad.png").read_bytes() == b"picture"


def test_a_folder_with_other_files_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ProblemError) as caught:
        unpack(Draft().load(), tmp_path)
    assert caught.value.first.code == "instrument.folder_not_empty"
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
