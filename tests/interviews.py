"""Submissions as a collecting app writes them: answers by question name in, XML of the form's own shape out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from uuid import uuid4

from lxml import etree

from homeward.domain.instruments import Answer, Missing
from homeward.formats.xform.model import Form, Item
from homeward.formats.xform.reading import read_form
from homeward.formats.xlsform.library import Library
from homeward.formats.xlsform.loading import Loaded
from homeward.formats.xlsform.xform_building import to_xform

AGREED = {"in_private": "yes", "caregiver_consent": "yes", "child_assent": "yes", "consent": "yes"}


@lru_cache
def library_form(reference: str) -> tuple[Loaded, Form]:
    loaded = Library().load(reference)
    return loaded, read_form(to_xform(loaded).xml)


def interview(
    reference: str,
    code: str,
    *,
    example: int = 0,
    on: date | None = None,
    respondent: str = "child",
    listed: bool = True,
    instance_id: str = "",
    deprecated_id: str = "",
    changes: Mapping[str, str] | None = None,
    said: str = "",
) -> bytes:
    """A library instrument filled with the answers of one of its worked examples. No two are alike, unless the same
    thing is `said` in them.
    """
    loaded, form = library_form(reference)
    instance_id = instance_id or f"uuid:{uuid4()}"
    answers = {name: as_text(answer) for name, answer in loaded.instrument.examples[example].answers.items()}
    start = {
        "child_known": "yes" if listed else "no",
        "child_listed": code if listed else "",
        "child_typed": "" if listed else code,
        "child_code": code,
        "interview_date": (on or date.today()).isoformat(),
        "respondent": respondent,
        "anything_to_say": said or (deprecated_id or instance_id).removeprefix("uuid:"),
    }
    return fill(form, {**AGREED, **start, **answers, **(changes or {})}, instance_id, deprecated_id)


def as_text(answer: Answer) -> str:
    if isinstance(answer, Missing):
        return ""
    return " ".join(answer) if isinstance(answer, tuple) else str(answer)


def fill(form: Form, answers: Mapping[str, str], instance_id: str = "", deprecated_id: str = "") -> bytes:
    """Every element of the form, as Collect sends it; names that the form does not have are left out."""
    root = etree.Element(form.root.name, id=form.id, version=form.version)
    _below(root, form.root, answers)
    for meta in [child for child in root if child.tag == "meta"]:
        root.remove(meta)
    meta = etree.SubElement(root, "meta")
    etree.SubElement(meta, "instanceID").text = instance_id or f"uuid:{uuid4()}"
    if deprecated_id:
        etree.SubElement(meta, "deprecatedID").text = deprecated_id
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _below(element: etree._Element, item: Item, answers: Mapping[str, str]) -> None:
    for child in item.children.values():
        if child.is_repeat:
            continue
        made = etree.SubElement(element, child.name)
        if child.children:
            _below(made, child, answers)
        elif answers.get(child.name):
            made.text = answers[child.name]
