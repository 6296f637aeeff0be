from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from homeward.cli.main import CANNOT, DONE, FINDINGS, main, print_problems
from homeward.domain.problems import Problem


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    status = main([str(word) for word in words])
    output = capsys.readouterr()
    return status, output.out, output.err


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    status, _, _ = run(capsys, "instrument", "new", "our-form", tmp_path / "our-form")
    assert status == DONE
    return tmp_path / "our-form"


class TestNew:
    def test_makes_an_instrument_that_passes_its_check(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        status, out, err = run(capsys, "instrument", "check", folder, "--publish")
        assert (status, out, err) == (DONE, "our-form 0.1: 12 rows, 0 errors, 0 warnings.\n", "")

    def test_again_it_keeps_files_that_were_edited(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, "instrument", "new", "our-form", folder)[0] == DONE  # nothing was edited yet
        edited = (folder / "survey.csv").read_text(encoding="utf-8") + "note,thanks,Thank you\n"
        (folder / "survey.csv").write_text(edited, encoding="utf-8")
        status, _, err = run(capsys, "instrument", "new", "our-form", folder)
        assert status == CANNOT
        assert "files that were edited: survey.csv. Nothing was written." in err
        assert "choose another folder" in err
        assert (folder / "survey.csv").read_text(encoding="utf-8") == edited

    def test_refuses_a_name_that_cannot_be_an_id(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        status, _, err = run(capsys, "instrument", "new", "Our Form", tmp_path / "x")
        assert status == CANNOT
        assert "Use small letters" in err


class TestHints:
    """They are copied: the command stands there as it can be typed."""

    def hint(self, capsys: pytest.CaptureFixture[str], folder: Path) -> str:
        return run(capsys, "instrument", "new", "our-form", folder)[1].strip().partition("run: ")[2]

    def test_as_it_was_called(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", [".venv/bin/homeward"])
        monkeypatch.setenv("PATH", "")
        assert self.hint(capsys, Path("our form")) == ".venv/bin/homeward instrument check 'our form'"
        monkeypatch.setattr(sys, "argv", ["main.py"])
        monkeypatch.setattr(sys, "executable", str(tmp_path / "env" / "bin" / "python"))
        assert self.hint(capsys, Path("our form")).startswith("env/bin/homeward instrument")

    def test_by_name_where_it_is_on_the_path(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        command = tmp_path / "homeward"
        command.touch(mode=0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(sys, "argv", [str(command)])
        assert self.hint(capsys, tmp_path / "x").startswith("homeward instrument")

    def test_in_a_problem_too(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "argv", ["elsewhere/homeward"])
        print_problems([Problem("x", "Wrong.", "Run `homeward instrument freeze`.")])
        assert "`elsewhere/homeward instrument freeze`" in capsys.readouterr().err


class TestCheck:
    def test_says_where_what_and_what_to_do(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        choices = folder / "choices.csv"
        choices.write_text(
            choices.read_text("utf-8").replace("often,always,Always,1", "often,always,Always,1.25"), encoding="utf-8"
        )
        status, _, err = run(capsys, "instrument", "check", folder)
        assert status == FINDINGS
        assert "sheet choices, row 7, score: The score 1.25 is not between 0 and 1. Give 1 to the good end" in err

    def test_gives_programs_the_same_in_json(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (folder / "settings.csv").write_text(
            "form_id,submission_url\nour-form,https://elsewhere.example\n", encoding="utf-8"
        )
        status, out, err = run(capsys, "instrument", "check", folder, "--json")
        (problem,) = json.loads(out)["problems"]
        assert (status, err) == (FINDINGS, "")
        assert (problem["code"], problem["sheet"], problem["row"]) == ("instrument.foreign_address", "settings", 2)

    def test_of_a_library_instrument_goes_by_its_name(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, "instrument", "check", "rss-adult@1.0")[0] == DONE
        assert run(capsys, "instrument", "check", "rss-adult", "--publish")[0] == FINDINGS

    def test_asks_for_a_focal_point_where_flags_are_raised(self, capsys: pytest.CaptureFixture[str]) -> None:
        status, _, err = run(capsys, "instrument", "check", "child-12-14", "--no-focal-point")
        assert status == FINDINGS
        assert "no focal point is named" in err

    @pytest.mark.parametrize("reference", ["nothing", "nothing/here.xlsx"])
    def test_of_what_is_not_there_cannot_be_done(self, reference: str, capsys: pytest.CaptureFixture[str]) -> None:
        status, out, err = run(capsys, "instrument", "check", reference)
        assert (status, out) == (CANNOT, "")
        assert err.startswith("error: ")
        assert "Traceback" not in err


class TestPackAndUnpack:
    def test_give_the_same_folder_back(self, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, "instrument", "pack", folder, tmp_path / "form.xlsx")[0] == DONE
        assert run(capsys, "instrument", "unpack", tmp_path / "form.xlsx", tmp_path / "copy")[0] == DONE
        for path in folder.iterdir():
            assert (tmp_path / "copy" / path.name).read_bytes() == path.read_bytes()

    def test_refuse_what_is_no_workbook(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "form.xlsx").write_bytes(b"hello")
        status, _, err = run(capsys, "instrument", "unpack", tmp_path / "form.xlsx", tmp_path / "copy")
        assert status == CANNOT
        assert "neither an Excel workbook" in err


class TestList:
    def test_names_the_library(self, capsys: pytest.CaptureFixture[str]) -> None:
        status, out, _ = run(capsys, "instrument", "list")
        assert status == DONE
        assert "rss-adult" in out
        assert "placeholder" in out

    def test_adds_a_folder_of_ones_own_even_a_broken_one(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        own = folder.parent / "library"
        (own / "our-form").mkdir(parents=True)
        folder.rename(own / "our-form" / "0.1")
        (own / "broken" / "1.0").mkdir(parents=True)
        (own / "broken" / "1.0" / "survey.csv").write_bytes(b"\xff\xff\xff")
        status, out, _ = run(capsys, "instrument", "--library", own, "list", "--json")
        titles = {row["id"]: row["title"] for row in json.loads(out)}
        assert status == DONE
        assert titles["our-form"] == "New instrument"
        assert "not UTF-8" in titles["broken"]


def test_methods_writes_one_page_an_instrument(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, _ = run(capsys, "instrument", "methods", tmp_path)
    assert status == DONE
    assert (tmp_path / "instrument-rss-adult-1.0.md").read_text("utf-8").startswith("# ")


def test_the_committed_methods_pages_are_those_that_the_command_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "instrument", "methods", tmp_path)
    committed = Path(__file__).resolve().parents[2] / "docs" / "methods"
    for page in tmp_path.iterdir():
        assert (committed / page.name).read_text("utf-8") == page.read_text("utf-8"), (
            "run: homeward instrument methods docs/methods"
        )


class TestTheCommand:
    def test_without_words_says_how_it_is_used(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as caught:
            main([])
        assert caught.value.code == DONE
        assert "score a file of exported interviews" in capsys.readouterr().out

    def test_loads_neither_the_web_nor_the_form_converter_before_it_must(self) -> None:
        program = (
            "import sys\n"
            "from homeward.cli.main import main\n"
            "try: main(['--version'])\n"
            "except SystemExit: pass\n"
            "print([name for name in ('django', 'pyxform', 'lxml', 'pyarrow') if name in sys.modules])\n"
        )
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
        assert run.stdout.splitlines()[-1] == "[]"

    def test_that_is_cut_off_by_its_reader_stays_silent(self) -> None:
        program = f"{sys.executable} -m homeward.cli.main instrument methods --help | true"
        run = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=False, timeout=60)
        assert run.stderr == ""
