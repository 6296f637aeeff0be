"""A Parquet file whose header says what is not so is refused with words, whatever the library would do of it."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from homeward.cli.main import CANNOT, DONE, main
from homeward.domain.problems import ProblemError, Where
from homeward.formats.exports import parquet_trial
from homeward.formats.exports.parquet_trial import BATCH, FEW, batch_size

ROWS = 200
# how the footer spells them: a field's head, then a number (zigzag, seven bits a byte)
SAID = b"\x16\x90\x03"  # 200 rows, of the file, of the group, of a column
MORE = b"\x16\x80\x8e\xa7\x0e"  # 15 million
FEWER = b"\x16\x06"  # 3
MAY_LACK, MUST_BE = b"\x25\x02", b"\x25\x00"


def honest(**columns: list[object]) -> bytes:
    table = {"_id": [str(at) for at in range(ROWS)], "meals_yesterday": [3] * ROWS, **columns}
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(table), out, write_page_index=False)
    return out.getvalue()


def lying(true: bytes, false: bytes, times: int = -1) -> bytes:
    content = honest()
    size = struct.unpack("<I", content[-8:-4])[0]
    body, footer = content[: -8 - size], content[-8 - size : -8]
    assert true in footer
    changed = footer.replace(true, false, times)
    return body + changed + struct.pack("<I", len(changed)) + b"PAR1"


def scored(tmp_path: Path, content: bytes) -> int:
    (tmp_path / "x.parquet").write_bytes(content)
    return main(["score", str(tmp_path / "x.parquet"), "--instrument", "caregiver"])


def test_a_text_that_is_no_text_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = honest(note=["Asha"] * ROWS)
    assert scored(tmp_path, content.replace(b"Asha", b"As\xe4a")) == CANNOT
    assert "damaged or cut off" in capsys.readouterr().err


def test_an_honest_file_is_scored(tmp_path: Path) -> None:
    assert scored(tmp_path, honest()) == DONE


LIES = [(MORE, 1), (MORE, 2), (MORE, -1), (FEWER, 1), (FEWER, 2), (b"\x16\x00", 1), (b"\x16\x00", 2)]


@pytest.mark.parametrize(("false", "times"), LIES)
def test_rows_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str], false: bytes, times: int) -> None:
    assert scored(tmp_path, lying(SAID, false, times)) == CANNOT
    assert "x.parquet: What the Parquet file says of itself" in capsys.readouterr().err
    assert not list(tmp_path.glob("*scores*"))


def test_a_lie_at_which_the_library_ends_the_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert scored(tmp_path, lying(MAY_LACK, MUST_BE)) == CANNOT
    assert "x.parquet: The Parquet file is damaged or cut off" in capsys.readouterr().err


def test_more_columns_than_any_form_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert scored(tmp_path, honest(**{f"c{at}": [1] * ROWS for at in range(10_001)})) == CANNOT
    assert "stands for more than can be read" in capsys.readouterr().err


LISTS: dict[str, list[object]] = {
    "one list in a file": [[0] * 5_000_000],
    "of empty lists": [[[]] * 500_000],
    "a map": [[(str(at), 0) for at in range(200_000)]],
    "one in each row": [[0] * 100_001] * 3,
}


@pytest.mark.parametrize("kind", LISTS)
def test_lists_that_are_longer_than_any_form_s(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    column = LISTS[kind]
    of = pyarrow.map_(pyarrow.string(), pyarrow.int64()) if kind == "a map" else None
    table = pyarrow.table({"_id": ["1"] * len(column), "meals_yesterday": pyarrow.array(column, of)})
    pyarrow.parquet.write_table(table, tmp_path / "x.parquet", compression="zstd")
    assert scored(tmp_path, (tmp_path / "x.parquet").read_bytes()) == CANNOT
    said = capsys.readouterr().err
    assert "x.parquet: The lists of a row have more than 100000 values. Export a group that repeats" in said


def test_many_lists_are_read_a_few_rows_at_once(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(honest(people=[[1] * 10_000] * ROWS))
    assert batch_size(tmp_path / "x.parquet", Where()) == FEW
    (tmp_path / "x.parquet").write_bytes(honest(people=[[1] * 90_000] * ROWS))
    assert batch_size(tmp_path / "x.parquet", Where()) == 1
    (tmp_path / "x.parquet").write_bytes(honest(people=[[1] * 1_000] * ROWS))
    assert batch_size(tmp_path / "x.parquet", Where()) == BATCH


def test_one_long_list_among_many_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert scored(tmp_path, honest(people=[[0] * 5_000_000, *[[0]] * (ROWS - 1)])) == CANNOT
    assert "The lists of a row have more than 100000 values" in capsys.readouterr().err


def test_more_bytes_in_a_few_rows_than_any_form_has(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet_trial, "MAX_READ", 100)
        (tmp_path / "x.parquet").write_bytes(honest(**{f"c{at}": [1] * ROWS for at in range(100)}))
        with pytest.raises(ProblemError, match="stands for more than can be read"):
            parquet_trial.tried(tmp_path / "x.parquet", Where())


@pytest.mark.parametrize("cut", [6, 9, 200])
def test_a_footer_that_was_cut_off(tmp_path: Path, capsys: pytest.CaptureFixture[str], cut: int) -> None:
    assert scored(tmp_path, honest()[:-cut]) == CANNOT
    assert "damaged or cut off" in capsys.readouterr().err
