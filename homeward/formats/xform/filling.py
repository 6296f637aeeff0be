"""Answers -> the XML of a submission, every element of the form there, as a collecting app writes it."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from homeward.formats.safe_xml import Element
from homeward.formats.xform.model import Form, Item

OPENROSA = "http://openrosa.org/xforms"


def filled(form: Form, values: Mapping[str, str], instance_id: str) -> bytes:
    """`values`: path -> text. Repeats stay empty."""
    root = etree.Element(etree.QName(form.namespace or None, form.root.name), id=form.id, version=form.version)
    for child in form.root.children.values():
        _element(root, child, values)
    meta = etree.SubElement(root, etree.QName(OPENROSA, "meta"), nsmap={"orx": OPENROSA})
    etree.SubElement(meta, etree.QName(OPENROSA, "instanceID")).text = instance_id
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _element(parent: Element, item: Item, values: Mapping[str, str]) -> None:
    if item.name == "meta" or item.is_repeat:
        return
    element = etree.SubElement(parent, etree.QName(etree.QName(parent).namespace, item.name))
    for child in item.children.values():
        _element(element, child, values)
    if not item.is_group:
        element.text = values.get(item.path) or None
