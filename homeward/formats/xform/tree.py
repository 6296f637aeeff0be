"""A light tree that expressions walk: the answers of one submission, or one list of choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from homeward.formats.safe_xml import Element

NONE: tuple[Node, ...] = ()
NO_CHILDREN: list[Node] = []  # of all leaves together, which most nodes are
NO_NAMES: dict[str, list[Node]] = {}


class Node:
    """`position` counts nodes of one name under one parent, from 1. `place` is the path without positions."""

    __slots__ = ("attributes", "by_name", "children", "index", "info", "name", "parent", "position", "text")

    def __init__(self, name: str, parent: Node | None = None, text: str = "", info: Any = None) -> None:
        self.name = name
        self.parent = parent
        self.text = text
        self.info = info
        self.children: list[Node] = NO_CHILDREN
        self.by_name: dict[str, list[Node]] = NO_NAMES
        self.attributes: Mapping[str, str] = {}
        self.position = 1
        self.index: dict[tuple[str, str], dict[str, list[Node]]] | None = None
        if parent is None:
            return
        if parent.children is NO_CHILDREN:
            parent.children, parent.by_name = [self], {name: [self]}
            return
        parent.children.append(self)
        same = parent.by_name.get(name)
        if same is None:
            parent.by_name[name] = [self]
        else:
            same.append(self)
            self.position = len(same)

    def named(self, name: str) -> Sequence[Node]:
        return self.children if name == "*" else self.by_name.get(name, NONE)

    def text_of(self, name: str) -> str:
        """Text of the first child of that name."""
        found = self.by_name.get(name)
        return found[0].text if found else ""

    def lineage(self) -> list[Node]:
        """From the root down to this node."""
        found = [self]
        while found[-1].parent is not None:
            found.append(found[-1].parent)
        found.reverse()
        return found

    def matching(self, name: str, key: str, value: str) -> Sequence[Node]:
        """Children `name` whose child `key` reads `value`, through an index that is built once."""
        if self.index is None:
            self.index = {}
        index = self.index.get((name, key))
        if index is None:
            index = {}
            for child in self.named(name):
                index.setdefault(child.text_of(key), []).append(child)
            self.index[name, key] = index
        return index.get(value, NONE)


def local(element: Element) -> str:
    """Its name without its namespace. Comments and the like, which have none, never come through `safe_xml`."""
    return _without_namespace(str(element.tag))


@lru_cache(maxsize=4_096)
def _without_namespace(tag: str) -> str:
    """The same few names come with every submission of a form."""
    return tag.rpartition("}")[2]


def from_element(root: Element) -> Node:
    """An element and all below it, without recursion. Text that is only white space counts as empty."""
    top = _node(root, None)
    waiting = [(root, top)]
    while waiting:
        element, node = waiting.pop()
        waiting.extend((child, _node(child, node)) for child in element)
    return top


def _node(element: Element, parent: Node | None) -> Node:
    text = (element.text or "") if len(element) == 0 else ""
    node = Node(local(element), parent, text if text.strip() else "")
    if element.attrib:
        node.attributes = {etree.QName(name).localname: str(value) for name, value in element.attrib.items()}
    return node


def from_rows(rows: Iterable[Mapping[str, str]]) -> Node:
    """Rows of a CSV file -> an instance that holds `root/item/column`, as the collecting apps see them."""
    instance = Node("instance")
    root = Node("root", instance)
    for row in rows:
        item = Node("item", root)
        for column, cell in row.items():
            Node(column, item, cell)
    return instance
