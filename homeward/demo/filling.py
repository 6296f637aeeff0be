"""A filled-in form as a collecting app would send it: relevance respected, calculations done, XML written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

from lxml import etree

from homeward.formats.xform.evaluate import Evaluation, evaluate
from homeward.formats.xform.model import Form, Item

ROUNDS = 6  # relevance can depend on calculations and these on relevance, but no form of ours goes deeper
OPENROSA = "http://openrosa.org/xforms"


def fill(
    form: Form,
    answer: Callable[[str], str],
    instance_id: UUID,
    today: date,
    external: Mapping[str, list[Mapping[str, str]]] | None = None,
) -> bytes:
    """`answer` gives the text for a question's name. Repeats stay empty: surveys of the demo have none."""
    values = {item.path: answer(item.name) for item in form.questions if item.control is not None}
    for _ in range(ROUNDS):
        document = _write(form, values, instance_id)
        evaluation = evaluate(form, document, today, external)
        if not _improve(values, evaluation):
            return document
    raise ValueError(f"{form.id} does not settle")


def _improve(values: dict[str, str], evaluation: Evaluation) -> bool:
    """Take away what is hidden and put in what is calculated; False when nothing was to do."""
    for path in evaluation.hidden:
        values[path] = ""
    for calculated in evaluation.calculated:
        values[calculated.path] = calculated.computed
    return bool(evaluation.hidden or evaluation.calculated)


def _write(form: Form, values: Mapping[str, str], instance_id: UUID) -> bytes:
    root = etree.Element(etree.QName(form.namespace or None, form.root.name), id=form.id, version=form.version)
    for child in form.root.children.values():
        _element(root, child, values)
    meta = etree.SubElement(root, etree.QName(OPENROSA, "meta"), nsmap={"orx": OPENROSA})
    etree.SubElement(meta, etree.QName(OPENROSA, "instanceID")).text = f"uuid:{instance_id}"
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _element(parent: etree._Element, item: Item, values: Mapping[str, str]) -> None:
    if item.name == "meta" or item.is_repeat:
        return
    element = etree.SubElement(parent, etree.QName(etree.QName(parent).namespace, item.name))
    for child in item.children.values():
        _element(element, child, values)
    if not item.is_group:
        element.text = values.get(item.path) or None
