"""What is said about rows and files of interviews: one place for the words. No message holds an answer."""

from __future__ import annotations

from typing import NoReturn

from homeward.domain.problems import Problem, Where
from homeward.formats.exports.model import notice, refuse

_OF_FIELDS = {
    "hidden_answer": (
        "The skip logic hides this question for this interview, yet it has an answer; the answer was left out.",
        "Check the question that leads to it.",
    ),
    "missing_as_zero": (
        "The cell holds 0, which is no answer to this question here; it looks like a missing value and was left out.",
        "Leave empty what was not answered when the data are cleaned.",
    ),
    "nothing_ticked": (
        "No option is ticked, not even one that says so; it counts as not answered.",
        "Leave the cells empty when the question was not answered.",
    ),
    "columns_disagree": (
        "Several columns hold different answers to this question; none was used.",
        "Keep the right one.",
    ),
    "child_twice": (
        "The same child has an interview on this day with the same respondent in row {other}.",
        "Keep the right one, or correct code or date. Both were scored.",
    ),
}


def of_field(code: str, name: str, **params: str | int) -> Problem:
    message, action = _OF_FIELDS[code]
    return notice(code, message, action, Where(field=name), **params)


def id_repeated(key: str, earlier: int) -> Problem:
    return notice(
        "id_repeated",
        "The id of this row stands in row {other} too.",
        "Keep one of the two rows. Both were scored.",
        Where(field=key),
        other=earlier,
    )


def column_missing(file: str, name: str) -> Problem:
    return notice(
        "column_missing",
        "No column holds the answers to {name}; they count as not answered.",
        "Export all questions, or check that this is the right instrument and version.",
        Where(file=file, field=name),
        name=name,
    )


def mostly_missing(file: str, count: int) -> Problem:
    return notice(
        "mostly_missing",
        "{count} questions that should be scored have no column: this may be the wrong instrument.",
        "Check the file and the instrument.",
        Where(file=file),
        count=count,
    )


def repeat_ignored(file: str, name: str, count: int) -> Problem:
    return notice(
        "repeat_ignored",
        "{name} holds {count} rows of a repeat, which are not scored.",
        "Nothing needs to be done.",
        Where(file=file, sheet=name),
        name=name,
        count=count,
    )


def other_version(file: str, versions: list[str], version: str) -> Problem:
    return notice(
        "other_version",
        "The file holds interviews with version {versions} of the form, and was scored with {version}.",
        "Score each version with the instrument version that was used.",
        Where(file=file),
        versions=", ".join(versions)[:200],
        version=version,
    )


def no_such_column(file: str, name: str) -> NoReturn:
    refuse(
        "column_not_found",
        "There is no column {name}.",
        "Give the header as it stands in the file.",
        Where(file=file, field=name),
        name=name,
    )
