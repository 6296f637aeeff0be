"""Question types that this server cannot collect, each with its row and what to write instead."""

from __future__ import annotations

from homeward.domain.instruments import Question
from homeward.formats.xlsform.checks.subject import Subject

LOOP = "begin loop"
EXTERNAL = "select_one_external"


def check_types(subject: Subject) -> None:
    for question in subject.instrument.questions:
        if question.type == EXTERNAL:
            _external(subject, question)
        elif question.type.startswith(LOOP):
            _loop(subject, question)


def _external(subject: Subject, question: Question) -> None:
    """Its list stands on a sheet of its own and reaches the device as a table that only one app reads."""
    subject.report.add(
        "external_list",
        "{name} takes its options from the sheet external_choices, which browsers and newer tools cannot read.",
        "Save that list as a CSV file with the columns name and label, put it with the form, and write "
        "select_one_from_file {list}.csv; the choice filter stays as it is.",
        subject.at(question.where, "type"),
        {"name": question.name, "list": question.list_name or "list"},
    )


def _loop(subject: Subject, question: Question) -> None:
    subject.report.add(
        "loop",
        "The type “{type}” is an old way to ask the same for each option, which answers cannot be read back from.",
        "Write a group for each option, or a repeat.",
        subject.at(question.where, "type"),
        {"type": question.type[:60]},
    )
