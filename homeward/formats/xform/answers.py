"""Answers of an evaluated submission, sorted by how they are kept: coded values, texts, media, calculations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from homeward.domain.instruments import Answer, Missing
from homeward.formats.numbers import bounded_decimal
from homeward.formats.xform import options, rules
from homeward.formats.xform.evaluate import Evaluation, Interview
from homeward.formats.xform.model import TRUE, Control, Form, Item
from homeward.formats.xform.tree import Node

NUMBERS = frozenset({"int", "long", "decimal"})
DATES = frozenset({"date", "dateTime", "time"})


@dataclass(frozen=True)
class Row:
    """The answers at one level: of the whole interview, or of one row of a repeat. By question name.

    `coded` holds option codes, ticked codes, numbers and dates, and for every question the reason where there is no
    answer. `texts` holds what somebody wrote, and places; `media` the names of files; both only where answered.
    """

    coded: dict[str, Answer] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)
    calculated: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RepeatRow(Row):
    repeat: str = ""  # name of the repeat
    path: str = ""  # with positions: `/data/person[2]`


@dataclass(frozen=True)
class Answers(Row):
    repeats: tuple[RepeatRow, ...] = ()

    @property
    def missing(self) -> Mapping[str, Missing]:
        """Why a question has no answer, for each that has none."""
        return {name: answer for name, answer in self.coded.items() if isinstance(answer, Missing)}


def answers(form: Form, evaluation: Evaluation) -> Answers:
    """A question name that occurs in several groups is kept once by name; the later ones are kept as `group/name`."""
    interview = evaluation.interview
    top = Row()
    rows: dict[Node, RepeatRow] = {}
    shown, plain = interview.shown, options.plain_choices(form)
    for item in form.questions:
        codes = plain.get(item.path, ())
        for node in interview.answered.nodes.get(item.path, ()):
            if node.text in codes and shown[node] and not item.repeats and not _is_taken(top, item.name):
                top.coded[item.name] = node.text  # as nearly all are
                continue
            owner = _repeat_node(node) if item.repeats else None
            if owner is None:
                _put(top, item, node, interview)
                continue
            row = rows.get(owner)
            if row is None:
                row = rows[owner] = RepeatRow(repeat=owner.name, path=interview.place(owner))
            _put(row, item, node, interview)
    return Answers(top.coded, top.texts, top.media, top.calculated, tuple(rows.values()))


def _repeat_node(node: Node) -> Node | None:
    above: Node | None = node
    while above is not None and not (above.info is not None and above.info.is_repeat):
        above = above.parent
    return above


def _is_taken(row: Row, name: str) -> bool:
    return name in row.coded or name in row.calculated


def _put(row: Row, item: Item, node: Node, interview: Interview) -> None:
    name = item.name
    if _is_taken(row, name):
        name = f"{item.parent.name}/{item.name}" if item.parent else item.name
    if item.control is None:
        if node.text and interview.shown[node]:
            row.calculated[name] = node.text
        return
    if not interview.shown[node]:
        row.coded[name] = Missing.NOT_ASKED
    elif node.text:
        _put_answer(row, name, item.control, node, interview)
    elif not _is_note(item):
        row.coded[name] = Missing.NO_ANSWER


def _is_note(item: Item) -> bool:
    return item.readonly in TRUE and not item.calculate


def _put_answer(row: Row, name: str, control: Control, node: Node, interview: Interview) -> None:
    """What is no code of the list and no value of its type was written by somebody: a text, never scored."""
    coded = _coded(control, node, interview)
    if coded is not None:
        row.coded[name] = coded
    elif control.kind == "upload":
        row.media[name] = node.text
    else:
        row.texts[name] = node.text


def _coded(control: Control, node: Node, interview: Interview) -> Answer | None:
    text, kind = node.text, node.info.type
    if text in options.plain_choices(interview.form).get(node.info.path, ()):
        return text
    if control.chooses:
        codes = rules.codes(control, text)
        if not options.offers(interview, node, control, codes):
            return None
        return text if control.kind == "select1" else codes
    if kind in NUMBERS:
        return bounded_decimal(text.replace(",", "."))
    if kind in DATES:
        return text if rules.FITS[kind](text) else None
    return text if control.kind == "trigger" and text == "OK" else None


def attachments(form: Form, evaluation: Evaluation) -> Iterator[str]:
    """Names of the files that a submission says it comes with."""
    interview = evaluation.interview
    for item in form.questions:
        if item.control is not None and item.control.kind == "upload":
            for node in interview.answered.nodes.get(item.path, ()):
                if node.text and interview.shown[node]:
                    yield node.text
