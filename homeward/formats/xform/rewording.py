"""The same form in other words: what an interviewer is told is said otherwise to whoever answers alone. Questions,
answers and logic stay, so that what is sent is an answer to the form that was published.
"""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from homeward.formats import safe_xml
from homeward.formats.xlsform.columns import language_code

Words = Mapping[str, Mapping[str, str]]  # end of the id of a text -> language -> words; in no language: it is taken out


def reworded(xml: bytes, words: Words) -> bytes:
    """Where a language has no words of its own the published ones stay. KeyError: the form has no text of that id."""
    root = safe_xml.parse(xml, safe_xml.FORM)
    found = {key: [entry for entry in _texts(root) if _named(entry, key)] for key in words}
    for key, entries in found.items():
        if not entries:
            raise KeyError(key)
        if any(words[key].values()):
            for entry in entries:
                _say(entry, words[key].get(language_code(str(entry.getparent().get("lang") or "")), ""))  # type: ignore[union-attr]
        else:
            _take_out(root, entries)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _texts(root: safe_xml.Element) -> list[safe_xml.Element]:
    return list(root.iterfind(".//{*}itext/{*}translation/{*}text"))


def _named(entry: safe_xml.Element, key: str) -> bool:
    name = str(entry.get("id") or "")
    return name == key or name.endswith(f"/{key}")


def _say(entry: safe_xml.Element, text: str) -> None:
    """A recording or a picture of the old words goes with them."""
    if not text:
        return
    values = list(entry)
    for value in values[1:]:
        entry.remove(value)
    values[0].attrib.pop("form", "")
    for part in list(values[0]):
        values[0].remove(part)
    values[0].text = text


def _take_out(root: safe_xml.Element, entries: list[safe_xml.Element]) -> None:
    names = {f"jr:itext('{entry.get('id')}')" for entry in entries}
    for hint in list(root.iterfind(".//{*}hint")):
        parent = hint.getparent()
        if hint.get("ref") in names and parent is not None:
            parent.remove(hint)
    for entry in entries:
        parent = entry.getparent()
        if parent is not None:
            parent.remove(entry)
