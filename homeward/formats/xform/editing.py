"""A corrected copy of a submission: some answers differ, what the form computes from them follows, and its own id names
the one it corrects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from lxml import etree

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats import safe_xml
from homeward.formats.safe_xml import Element
from homeward.formats.xform import expressions
from homeward.formats.xform.evaluate import Interview
from homeward.formats.xform.model import Form, Item
from homeward.formats.xform.rules import same_value
from homeward.formats.xform.submission import lay_over, read_meta
from homeward.formats.xform.tree import Node, local
from homeward.formats.xform.values import to_text

UNWRITABLE = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MOST_ROUNDS = 20  # a calculation may feed another: so many steps are followed


def corrected(form: Form, xml: bytes, changes: Mapping[str, str], instance_id: str, today: date | None = None) -> bytes:
    """`changes`: question name -> new answer as the form stores it; an empty text removes the answer.

    Only questions outside repeats, since a name alone does not say which row. Calculations and relevance follow, as
    they would on the phone; what the changes do not touch stays as it came, right or wrong. `today`: the day of the
    interview. Raises a ProblemError for a name that the form does not have.
    """
    root = safe_xml.parse(xml)
    before = read_meta(root)
    language = before.language
    _issue(root, instance_id, before.instance_id)
    items = [(_item(form, name), _storable(name, answer)) for name, answer in changes.items()]
    view = _view(form, root, today, language)
    for item, answer in items:
        _element(root, [(each.name, 1) for each in _lineage(item)]).text = answer or None
    for _round in range(MOST_ROUNDS):
        after = _view(form, root, today, language)
        if not _follow(root, view, after):
            break
        view = after
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def reissued(xml: bytes, instance_id: str, deprecated_id: str = "") -> bytes:
    """The same answers under another id: as a correction of the one named; where none is, as an interview by itself."""
    root = safe_xml.parse(xml)
    _issue(root, instance_id, deprecated_id)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _issue(root: Element, instance_id: str, deprecated_id: str) -> None:
    meta = next(child for child in root if local(child) == "meta")
    own = next(child for child in meta if local(child) == "instanceID")
    deprecated = next((child for child in meta if local(child) == "deprecatedID"), None)
    if deprecated is not None and not deprecated_id:
        meta.remove(deprecated)
    elif deprecated is None and deprecated_id:
        deprecated = etree.SubElement(meta, etree.QName(_namespace(own), "deprecatedID"))
    if deprecated is not None:
        deprecated.text = deprecated_id
    own.text = instance_id


Steps = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """One element as the form sees it; `computed` is None where the form computes nothing that can be repeated."""

    text: str
    shown: bool
    computed: str | None
    agrees: bool


def _view(form: Form, root: Element, today: date | None, language: str) -> dict[Steps, _Seen]:
    interview = Interview(form, lay_over(form, root), today, {}, language)
    nodes = [node for found in interview.answered.nodes.values() for node in found]
    return {_steps(node): _seen(interview, node) for node in nodes if not node.info.is_group and not node.info.in_meta}


def _steps(node: Node) -> Steps:
    return tuple((each.name, each.position) for each in node.lineage()[2:])


def _seen(interview: Interview, node: Node) -> _Seen:
    item: Item = node.info
    shown = interview.visible(node)
    if not shown or not item.calculate or expressions.is_impure(item.calculate):
        return _Seen(node.text, shown, None, agrees=True)
    value = interview.compute(item.calculate, node)
    return _Seen(node.text, shown, to_text(value), same_value(node.text, value))


def _follow(root: Element, before: Mapping[Steps, _Seen], after: Mapping[Steps, _Seen]) -> bool:
    """One step: what is computed otherwise than before is written, what is not asked any more is emptied."""
    written = dict(_consequences(before, after))
    for steps, text in written.items():
        _element(root, steps).text = text or None
    return bool(written)


def _consequences(before: Mapping[Steps, _Seen], after: Mapping[Steps, _Seen]) -> Iterator[tuple[Steps, str]]:
    for steps, now in after.items():
        then = before[steps]
        if not now.shown:
            if then.shown and now.text:
                yield steps, ""
        elif now.computed is not None and now.computed != then.computed and not now.agrees:
            yield steps, "" if now.computed == "NaN" else now.computed


def _namespace(element: Element) -> str | None:
    return etree.QName(element).namespace


def _storable(name: str, answer: str) -> str:
    """XML knows no control letters but tab and line breaks, and no halves of letters."""
    if UNWRITABLE.search(answer):
        message = "This answer holds a letter that cannot be written, as copying from elsewhere brings along."
        raise ProblemError(Problem("correction.letter", message, "Type the answer anew.", Where(field=name)))
    return answer


def _item(form: Form, name: str) -> Item:
    found = next((item for item in form.questions if item.name == name and item.repeat() is None), None)
    if found is None:
        raise ProblemError(
            Problem(
                "correction.unknown_question",
                "The form has no question {name} that can be corrected here.",
                "Correct answers inside a repeat by filling in the form again.",
                Where(field=name),
                {"name": name},
            )
        )
    return found


def _lineage(item: Item) -> list[Item]:
    """From below the root down to the item."""
    found: list[Item] = []
    above: Item | None = item
    while above is not None and above.parent is not None:
        found.append(above)
        above = above.parent
    return found[::-1]


def _element(root: Element, steps: Steps | list[tuple[str, int]]) -> Element:
    """The element at these names and positions, made where an app had left it out."""
    current = root
    for name, position in steps:
        same = [child for child in current if local(child) == name]
        current = (
            same[position - 1]
            if len(same) >= position
            else etree.SubElement(current, etree.QName(_namespace(root), name))
        )
    return current
