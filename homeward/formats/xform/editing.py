"""A corrected copy of a submission: some answers differ, and its own id names the one it corrects."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats import safe_xml
from homeward.formats.safe_xml import Element
from homeward.formats.xform.model import Form, Item
from homeward.formats.xform.tree import local


def corrected(form: Form, xml: bytes, changes: Mapping[str, str], instance_id: str) -> bytes:
    """`changes`: question name -> new answer as the form stores it; an empty text removes the answer.

    Only questions outside repeats, since a name alone does not say which row. Raises a ProblemError for a name that
    the form does not have.
    """
    root = safe_xml.parse(xml)
    meta = next(child for child in root if local(child) == "meta")
    before = next(child for child in meta if local(child) == "instanceID")
    deprecated = next((child for child in meta if local(child) == "deprecatedID"), None)
    if deprecated is None:
        deprecated = etree.SubElement(meta, etree.QName(_namespace(before), "deprecatedID"))
    deprecated.text, before.text = before.text, instance_id
    for name, answer in changes.items():
        _element(root, _item(form, name)).text = answer or None
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _namespace(element: Element) -> str | None:
    return etree.QName(element).namespace


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


def _element(root: Element, item: Item) -> Element:
    """The element of a question, made where an app had left it out."""
    names: list[str] = []
    above: Item | None = item
    while above is not None and above.parent is not None:
        names.append(above.name)
        above = above.parent
    current = root
    for name in reversed(names):
        below = next((child for child in current if local(child) == name), None)
        current = etree.SubElement(current, etree.QName(_namespace(root), name)) if below is None else below
    return current
