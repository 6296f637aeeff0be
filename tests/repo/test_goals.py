"""Each promise is held by a test, or it is said what is missing; and no test names a promise that nobody made."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.fuzz.targets import TARGETS
from tests.goals import EXPECTED, PARSERS, Ran, goals, page
from tests.repo.source import ROOT


def test_each_goal_has_a_test_or_says_what_is_missing() -> None:
    held, known = set(named()), goals()
    assert held <= set(known)
    missing = [name for name, goal in known.items() if name not in held and not {"open", "elsewhere"} & set(goal)]
    assert missing == []
    assert [name for name in held if "open" in known[name]] == []


def test_the_page_tells_what_ran_with_its_figures_and_what_did_not() -> None:
    ran = Ran("R-1", "tests/a.py::test_b", "passed", 1.0, ("20 kills, 5000 acknowledged",))
    kept = {"database": "sqlite", "at": "2026-01-01T00:00", "commit": "abc", "trials": "1"}
    text = page([{**kept, "ran": [{name: getattr(ran, name) for name in Ran.__slots__}]}])
    assert "| tests/a.py::test_b | sqlite | passed | 20 kills, 5000 acknowledged |" in text
    assert text.count("No test of it ran.") == len(goals()) - 1


def test_a_test_that_was_skipped_did_not_run() -> None:
    ran = Ran("R-2", "tests/a.py::test_b", "skipped", 0.0, ("mounting needs root",))
    kept = {"database": "sqlite", "at": "2026-01-01T00:00", "commit": "abc", "trials": "1"}
    text = page([{**kept, "ran": [{name: getattr(ran, name) for name in Ran.__slots__}]}])
    assert "| tests/a.py::test_b | sqlite | not run | mounting needs root |" in text
    assert text.count("No test of it ran.") == len(goals())


def test_of_a_test_that_ran_again_the_last_run_counts() -> None:
    def kept(at: str, outcome: str, database: str = "sqlite") -> dict[str, object]:
        ran = Ran("R-1", "tests/a.py::test_b", outcome, 1.0, (at,))
        row = {name: getattr(ran, name) for name in Ran.__slots__}
        return {"database": database, "at": at, "commit": "abc", "trials": "1", "ran": [row]}

    text = page([kept("2026-01-02", "passed"), kept("2026-01-01", "failed"), kept("2026-01-01", "failed", "postgres")])
    assert "| tests/a.py::test_b | sqlite | passed | 2026-01-02 |" in text
    assert text.count("| failed |") == 1  # on the other database


def test_the_page_says_what_has_not_run_at_full_counts() -> None:
    kept = {"database": "sqlite", "at": "2026-01-01T00:00", "commit": "abc", "ran": []}
    assert "- sqlite: not run at full counts yet" not in page([{**kept, "trials": "1"}])
    text = page([{**kept, "trials": "0.02"}])
    assert [f"- {name}: not run at full counts yet" in text for name in EXPECTED] == [True] * len(EXPECTED)


def test_every_parser_is_tried() -> None:
    assert set(PARSERS) == set(TARGETS)
    assert f"for each in {' '.join(PARSERS)};" in (ROOT / "Makefile").read_text(encoding="utf-8")


def named() -> Iterator[str]:
    """The words of every `pytest.mark.goal(...)`."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "goal":
                yield from (each.value for each in node.args if isinstance(each, ast.Constant))
