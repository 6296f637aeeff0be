"""What each column of a table of answers means, as a sheet beside it; also what the form asks and no column has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from django.utils.translation import gettext, gettext_noop

from homeward.apps.surveys.answer_columns import LEAVES, leaves
from homeward.domain.instruments import Instrument, Question
from homeward.formats.exports.cells import NOT_ASKED
from homeward.formats.exports.columns import OWN_AGE, OWN_DATE, OWN_LEFT_OUT
from homeward.formats.exports.workbooks import DICTIONARY
from homeward.formats.tables.workbook_writing import MAX_EXCEL_CELL, Table
from homeward.formats.tables.writing import Cell
from homeward.formats.xlsform.dictionary import HEADER, data_dictionary

ANSWERS = "answers"  # the table with one row an interview
OWN_WORDS = {
    "KEY": gettext_noop("Id of the interview; {scores} in the table of scores, {repeats} in the sheets of repeats."),
    "_instrument": gettext_noop("Name of the instrument."),
    "_instrument_version": gettext_noop("Version with which the interview was held."),
    "_language": gettext_noop("Language of the interview."),
    OWN_DATE: gettext_noop("Day of the interview."),
    "_round_months": gettext_noop("Round to which the interview belongs, in months after return."),
    "_respondent": gettext_noop("Who answered."),
    "_population": gettext_noop("Returned child or peer of the host community."),
    "_sex": gettext_noop("Sex of the child, from the record."),
    OWN_AGE: gettext_noop("Age of the child at the interview in full years, from the record."),
    "_team": gettext_noop("Team of the child."),
    "_place": gettext_noop("Place of the child."),
    "_channel": gettext_noop("How the interview came in."),
    "_received_at": gettext_noop("When it arrived."),
    "_corrected": gettext_noop("Whether it was corrected; the version before is not in the table."),
    "_same_child": gettext_noop(
        "Code of the record that stays, of one that was put together with another of the same child; else its own."
    ),
    "_state": gettext_noop("Accepted, or waiting in the inbox: matches no child, or has answers that cannot be right."),
    OWN_LEFT_OUT: gettext_noop("Questions whose answers cannot be right: left out here and in the scores."),
}
REPEATS = {
    "PARENT_KEY": gettext_noop("The interview that the row belongs to."),
    "_repeat_row": gettext_noop("Number of the row within its interview."),
    "_repeat_place": gettext_noop("Place of the row in the form."),
}
CHILD = gettext_noop("Code of the child; the only name in these tables.")
EMPTY = gettext_noop("Asked and not answered: the cell is empty. Not asked by the rules of the form: {mark}.")


def dictionary_table(instruments: Mapping[UUID, Instrument], own: Sequence[str], language: str) -> Table:
    """Made at once: while a table streams, nobody's language is set any more."""
    return Table(DICTIONARY, ["column", "version", "table", *HEADER[1:]], list(_rows(instruments, own, language)))


def _rows(instruments: Mapping[UUID, Instrument], own: Sequence[str], language: str) -> Iterator[list[Cell]]:
    for name in own:
        yield _row(name, ANSWERS, _said(OWN_WORDS.get(name, CHILD)))
    questions = [question for instrument in instruments.values() for question in instrument.questions]
    if any(question.repeat for question in questions):
        for name, words in REPEATS.items():
            yield _row(name, "", _said(words))
    yield _row("", "", _said(EMPTY))
    for instrument in instruments.values():
        for row in data_dictionary(instrument, language):
            question = instrument.by_name[row.name]
            values = [getattr(row, field) for field in HEADER[1:]]
            values = [value if len(str(value)) <= MAX_EXCEL_CELL else question.list_name for value in values]
            yield [row.name, instrument.version, _where(instrument, question), *values]


def _said(words: str) -> str:
    return gettext(words).format(scores="row_id", repeats="PARENT_KEY", mark=NOT_ASKED)


def _row(name: str, table: str, words: str) -> list[Cell]:
    filled: dict[str, Cell] = {"text": words}
    return [name, "", table, *(filled.get(field, "") for field in HEADER[1:])]


def _where(instrument: Instrument, question: Question) -> str:
    """The table that holds the answers, or why none does."""
    if leaves(question) or question.name == instrument.about.child_question:
        return question.repeat or ANSWERS
    return "no: sealed" if question.privacy in LEAVES else f"no: {question.privacy.name}"
