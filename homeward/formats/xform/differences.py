"""What an edit changed: two submissions of one form, element by element."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from homeward.formats.safe_xml import Element
from homeward.formats.xform.tree import Node, from_element


@dataclass(frozen=True, slots=True)
class Difference:
    """`before` or `after` is empty where the element is empty or absent."""

    path: str
    before: str
    after: str


def differences(before: Element, after: Element) -> tuple[Difference, ...]:
    """Answers that differ, in the order of the later version, then those only in the earlier. Meta is left out."""
    earlier, later = dict(_leaves(from_element(before))), dict(_leaves(from_element(after)))
    paths = [*later, *(path for path in earlier if path not in later)]
    found = (Difference(path, earlier.get(path, ""), later.get(path, "")) for path in paths)
    return tuple(difference for difference in found if difference.before != difference.after)


def _leaves(root: Node) -> Iterator[tuple[str, str]]:
    """Path with positions where an element occurs several times -> text."""
    waiting = [(root, f"/{root.name}")]
    while waiting:
        node, path = waiting.pop()
        if not node.children:
            yield path, node.text
        for child in reversed(node.children):
            if child.name == "meta" and node is root:
                continue
            several = len(node.by_name[child.name]) > 1
            waiting.append((child, f"{path}/{child.name}" + (f"[{child.position}]" if several else "")))


def canonical(root: Element) -> bytes:
    """Canonical XML (C14N 1.0): equal for documents that differ only in how they were written down."""
    return bytes(etree.tostring(root, method="c14n", with_comments=False))
