"""The XML of one submission: who it says it is, and its answers laid over the form's own tree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from lxml import etree

from homeward.domain.problems import Problem, ProblemError
from homeward.formats import safe_xml
from homeward.formats.safe_xml import Element
from homeward.formats.xform.model import Form, Item
from homeward.formats.xform.tree import Node, local

INSTANCE_ID = re.compile(r"[!-~]{1,200}\Z")  # visible ASCII: no spaces around it, no letters that only look alike
IDS = re.compile(r"[^\s<>&\"']{1,200}\Z")


@dataclass(frozen=True, slots=True)
class Meta:
    form_id: str
    version: str
    instance_id: str
    deprecated_id: str = ""  # of the version that this one corrects
    instance_name: str = ""
    language: str = ""


def read_meta(root: Element) -> Meta:
    """Raises a ProblemError `submission.*` where a submission does not say, once and clearly, what it is."""
    form_id = root.get("id") or etree.QName(root).namespace or ""
    if not IDS.match(form_id):
        _refuse("submission.form_id", "The submission does not name its form.")
    blocks = [child for child in root if local(child) == "meta"]
    if len(blocks) != 1:
        _refuse("submission.meta", "The submission must have one meta block.")
    found: dict[str, str] = {}
    for child in blocks[0]:
        name = local(child)
        if name in found or len(child):
            _refuse("submission.meta", "The submission gives a value of its meta block twice.")
        found[name] = child.text or ""
    deprecated = found.get("deprecatedID", "")
    if deprecated and not INSTANCE_ID.match(deprecated):
        _refuse("submission.deprecated_id", "The submission names the one it corrects in a way that cannot be right.")
    if not INSTANCE_ID.match(found.get("instanceID", "")) or found["instanceID"] == deprecated:
        _refuse("submission.instance_id", "The submission has no instance id, or one that cannot be right.")
    return Meta(
        form_id=form_id,
        version=root.get("version") or "",
        instance_id=found["instanceID"],
        deprecated_id=deprecated,
        instance_name=found.get("instanceName", "").strip(),
        language=found.get("language", "").strip(),
    )


def _refuse(code: str, message: str) -> NoReturn:
    raise ProblemError(Problem(code, message, "Send the file as the collecting app wrote it."))


@dataclass(frozen=True, slots=True)
class Answered:
    """The submission's tree. Every node knows its item; elements of the form that were left out are there, empty."""

    document: Node
    nodes: dict[str, list[Node]]  # by path of the form
    unknown: tuple[str, ...]  # paths of elements that the form does not have
    repeated: tuple[str, ...]  # paths of elements that occur twice without being a repeat

    def let_go(self) -> None:
        """Parents and children hold each other. Cut apart they are gone at once; else they fill the memory until
        Python goes looking for such circles, which for a busy intake took a twentieth of its time.
        """
        for nodes in self.nodes.values():
            for node in nodes:
                node.parent = None


def parse_submission(xml: bytes | Element) -> Element:
    return safe_xml.parse(xml) if isinstance(xml, bytes) else xml


def lay_over(form: Form, root: Element) -> Answered:
    """Raises `submission.root` when the XML is no submission of this form."""
    if local(root) != form.root.name:
        _refuse("submission.root", "The submission does not belong to this form.")
    builder = _Builder()
    document = Node("")
    builder.add(root, form.root, document)
    return Answered(document, builder.nodes, tuple(builder.unknown), tuple(builder.repeated))


class _Builder:
    def __init__(self) -> None:
        self.nodes: dict[str, list[Node]] = {}
        self.unknown: list[str] = []
        self.repeated: list[str] = []

    def add(self, root: Element, root_item: Item, document: Node) -> None:
        """A node is there before those below it, so that whatever walks the tree finds them in the form's order."""
        waiting: list[tuple[Element | None, Item, Node]] = []
        self.node(root, root_item, document, waiting)
        while waiting:
            element, item, node = waiting.pop()
            found: list[tuple[Element | None, Item, Node]] = []
            self.below(element, item, node, found)
            found.reverse()
            waiting += found

    def node(
        self, element: Element | None, item: Item, parent: Node, waiting: list[tuple[Element | None, Item, Node]]
    ) -> None:
        text = "" if element is None or item.children else element.text or ""
        node = Node(item.name, parent, "" if text.isspace() else text, item)
        same = self.nodes.get(item.path)
        if same is None:
            self.nodes[item.path] = [node]
        else:
            same.append(node)
        if item.children or (element is not None and len(element)):
            waiting.append((element, item, node))

    def below(
        self,
        element: Element | None,
        item: Item,
        node: Node,
        waiting: list[tuple[Element | None, Item, Node]],
    ) -> None:
        present: set[str] = set()
        items = item.children
        for child in () if element is None else element:
            name = local(child)
            child_item = items.get(name)
            if child_item is None:
                self.unknown.append(f"{item.path}/{name}")
            elif name in present and not child_item.is_repeat:
                self.repeated.append(child_item.path)
            else:
                present.add(name)
                self.node(child, child_item, node, waiting)
        if len(present) < len(items):
            for child_item in items.values():
                if child_item.name not in present and not child_item.is_repeat:
                    self.node(None, child_item, node, waiting)
