"""The rules as data: the shipped file, a deployment's own, and what is said of a file that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.checks import ERROR

from homeward.apps.monitoring import rules
from homeward.config.checks import check_rules
from homeward.domain.problems import ProblemError
from homeward.domain.succeeding import Kind

HEAD = "rule,kind,of,values,number,review_days,title::English (en),title::Français (fr)\n"


@pytest.fixture
def own(settings: object, tmp_path: Path) -> Iterator[Path]:
    """A deployment's file; whatever was read before is forgotten."""
    (tmp_path / "lookups").mkdir()
    settings.HOMEWARD_LIBRARIES = (tmp_path,)  # type: ignore[attr-defined]
    rules.stated_rules.cache_clear()
    yield tmp_path / rules.FILE
    rules.stated_rules.cache_clear()


def test_the_shipped_rules_are_sound_and_speak_four_languages() -> None:
    assert rules.rule_faults() == ()
    assert check_rules(None) == []
    stated = rules.stated_rules()
    assert set(stated) >= {"score_fell", "visits_missed", "school_lost", "child_says_so", "open_concern"}
    assert all(set(each.titles) == {"en", "fr", "es", "ar"} for each in stated.values())
    assert stated["score_fell"].rule.number == Decimal("0.20")
    assert (
        rules.title_of("score_fell", "ar") != rules.title_of("score_fell", "en") == rules.title_of("score_fell", "ka")
    )


def test_a_deployments_own_line_replaces_adds_and_takes_away(own: Path) -> None:
    own.write_text(
        HEAD
        + "score_fell,score_fell,social,,0.1,10,The social score fell,\n"
        + "no_work,answer_is,work_now,lost never,,30,Work was lost,\n"
        + "open_concern,,,,,0,,\n",
        encoding="utf-8",
    )
    stated = rules.stated_rules()
    fell = stated["score_fell"].rule
    assert (fell.of, fell.number, fell.review_days) == ("social", Decimal("0.1"), 10)
    assert stated["no_work"].rule.values == ("lost", "never")
    assert stated["no_work"].rule.kind is Kind.ANSWER_IS
    assert "open_concern" not in stated
    assert "open_concern" not in {rule.code for rule in rules.rules()}
    assert "visits_missed" in stated


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("Score fell,score_fell,*,,0.2,21,It fell,", "rule"),
        ("a,score_rose,*,,0.2,21,It rose,", "kind"),
        ("a,score_fell,,,0.2,21,It fell,", "of"),
        ("a,score_fell,*,,2,21,It fell,", "number"),
        ("a,score_fell,*,,much,21,It fell,", "number"),
        ("a,missed_in_a_row,,,2.5,14,Missed,", "number"),
        ("a,missed_in_a_row,,,3,soon,Missed,", "review_days"),
        ("a,missed_in_a_row,,,3,-4,Missed,", "review_days"),
        ("a,answer_is,,bad,,7,It is bad,", "of"),
        ("a,answer_turned,feels,,,7,It turned,", "values"),
        ("a,happened,moved,,,7,It moved,", "of"),
        ("a,happened,concern,,,7,,Une crainte", "title::English (en)"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_keeps_the_server_from_starting(
    own: Path, line: str, column: str
) -> None:
    own.write_text(f"{HEAD}b,happened,concern,,,7,A concern,\n{line}\n", encoding="utf-8")
    (problem,) = rules.rule_faults()
    assert (problem.where.row, problem.where.field, problem.where.file) == (3, column, str(own))
    assert problem.action
    (error,) = check_rules(None)
    assert (error.level, error.id) == (ERROR, "homeward.E030")
    assert f"row 3, {column}" in error.msg
    assert "{" not in f"{error.msg}{error.hint}"
    with pytest.raises(ProblemError):
        rules.rules()


def test_a_file_without_its_columns_twice_or_unreadable_is_told(own: Path) -> None:
    own.write_text("rule,kind\na,happened\n", encoding="utf-8")
    assert {problem.where.field for problem in rules.rule_faults()} == {"of", "values", "number", "review_days"}
    own.write_text(f"{HEAD}a,happened,concern,,,7,One,\na,happened,concern,,,7,Two,\n", encoding="utf-8")
    rules.stated_rules.cache_clear()
    assert [problem.code for problem in rules.rule_faults()] == ["rules.twice"]
    own.write_bytes("rule,kind,été".encode("latin-1"))
    rules.stated_rules.cache_clear()
    assert [problem.code for problem in rules.rule_faults()] == ["rules.unreadable"]


def test_a_line_with_too_few_cells_is_told_and_never_breaks(own: Path) -> None:
    own.write_text(f"{HEAD}a,score_fell\n", encoding="utf-8")
    assert {problem.where.field for problem in rules.rule_faults()} >= {"of", "number", "review_days"}
