"""Choices of a question at one place of the answers: which codes it offers, and how a code reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from homeward.formats.xform import syntax
from homeward.formats.xform.compiler import compile_text, compile_tree
from homeward.formats.xform.model import Control, Form, Itemset
from homeward.formats.xform.scope import Compiled, Scope
from homeward.formats.xform.syntax import Call, Chain, Expression, Literal, Path
from homeward.formats.xform.tree import Node
from homeward.formats.xform.values import to_text

if TYPE_CHECKING:
    from homeward.formats.xform.evaluate import Interview


@dataclass(frozen=True, slots=True)
class _Lookup:
    """An itemset of the usual shape `instance('x')/root/item[filter]`, where a code is found through an index."""

    instance: str
    above: tuple[str, ...]
    name: str
    filters: tuple[Compiled, ...]


def offers(interview: Interview, node: Node, control: Control, codes: Sequence[str]) -> bool:
    """Whether every code is among the choices. True where the list cannot be known; where the rules took too much work
    before a list that depends on other answers was looked at, what was answered is no code but a text.
    """
    if "search(" in control.appearance:
        return True
    if control.itemset is None:
        return all(code in control.choices for code in codes)
    fixed = _fixed(interview.form, control.itemset)
    if fixed is not None:
        return fixed.issuperset(codes)
    if node not in interview.offered:  # asked once for the rules, and once to sort the answers
        interview.offered[node] = False
        if not interview.exhausted:
            interview.offered[node] = all(find(interview, node, control.itemset, code) is not None for code in codes)
    return interview.offered[node]


@lru_cache(maxsize=128)
def plain_choices(form: Form) -> Mapping[str, frozenset[str]]:
    """By path, the codes of each question that takes one choice from a fixed list and has no rule of its own: an
    answer among them is right, and needs no further look.
    """
    found = {}
    for path, item in form.items.items():
        control = item.control
        if control is None or control.kind != "select1" or item.constraint or item.type not in ("string", "select1"):
            continue
        if "search(" in control.appearance:
            continue
        codes = frozenset(control.choices) if control.itemset is None else _fixed(form, control.itemset)
        if codes:
            found[path] = codes - {""}
    return found


@lru_cache(maxsize=8192)
def _fixed(form: Form, itemset: Itemset) -> frozenset[str] | None:
    """The codes of a list that stands in the form itself and is the same for everybody; None for any other."""
    lookup = _lookup(itemset.nodeset)
    source = form.secondary.get(lookup.instance) if lookup is not None else None
    if lookup is None or lookup.filters or source is None or source.root is None:
        return None
    nodes = [source.root]
    for step in (*lookup.above, lookup.name):
        nodes = [child for node in nodes for child in node.named(step)]
    key = itemset.value.rsplit("/", 1)[-1]
    return frozenset(node.text_of(key) for node in nodes)


TESTS = frozenset(
    {"true", "false", "boolean", "not", "selected", "is-selected", "contains", "starts-with", "ends-with", "regex"}
)
UNKNOWN = Node("unknown")


def find(interview: Interview, node: Node, itemset: Itemset, code: str) -> Node | None:
    """The choice with this code; `UNKNOWN` where the list's file is not given."""
    name = itemset.value.rsplit("/", 1)[-1]
    lookup = _lookup(itemset.nodeset)
    if lookup is not None:
        return _find_indexed(interview, node, lookup, name, code)
    scope = Scope(interview, node)
    nodes = compile_text(itemset.nodeset)(scope)
    found = nodes if isinstance(nodes, list) else []
    interview.spend(2 * len(found))
    return next((choice for choice in found if _code(interview, choice, itemset.value) == code), None)


def _code(interview: Interview, choice: Node, reference: str) -> str:
    return to_text(interview.compute(reference, choice))


def _find_indexed(interview: Interview, node: Node, lookup: _Lookup, key: str, code: str) -> Node | None:
    instance = interview.instance(lookup.instance)
    if instance is None:
        return UNKNOWN
    parents = [instance]
    for step in lookup.above:
        parents = [child for parent in parents for child in parent.named(step)]
    for parent in parents:
        for choice in parent.matching(lookup.name, key, code):
            interview.spend(1)
            if not lookup.filters:
                return choice
            scope = Scope(interview, choice, node)
            if all(scope.truth(test(scope)) for test in lookup.filters):
                return choice
    return None


@lru_cache(maxsize=2048)
def _lookup(nodeset: str) -> _Lookup | None:
    tree = syntax.parse(nodeset)
    if isinstance(tree, Call) and tree.name == "randomize" and tree.arguments:
        tree = tree.arguments[0]
    if not isinstance(tree, Path) or not tree.steps or tree.filters or not isinstance(tree.start, Call):
        return None
    name = tree.start.arguments[0] if tree.start.name == "instance" and tree.start.arguments else None
    last = tree.steps[-1]
    plain = all(step.axis == "child" and not step.predicates for step in tree.steps[:-1]) and last.axis == "child"
    if not isinstance(name, Literal) or not plain or not all(map(_is_test, last.predicates)):
        return None
    filters = tuple(compile_tree(nodeset, predicate) for predicate in last.predicates)
    return _Lookup(name.value, tuple(step.name for step in tree.steps[:-1]), last.name, filters)


def _is_test(predicate: Expression) -> bool:
    """Whether a predicate looks at one choice alone: a comparison or a test, nothing that counts positions."""
    if any(isinstance(part, Call) and part.name == "position" for part in syntax.walk(predicate)):
        return False
    if isinstance(predicate, Chain):
        return predicate.rest[0][0] in ("and", "or", "=", "!=", "<", "<=", ">", ">=")
    return isinstance(predicate, Call) and predicate.name in TESTS


def label(interview: Interview, node: Node, question: str, code: str) -> str:
    """How a code of another question reads in the language of the interview; empty where it is not found."""
    compiled = compile_text(question)(Scope(interview, node)) if question else []
    asked = compiled[0] if isinstance(compiled, list) and compiled else None
    control = asked.info.control if asked is not None and asked.info is not None else None
    if asked is None or control is None or not code:
        return ""
    if control.itemset is None:
        return _inline_label(interview, asked, control.choices.get(code, ""))
    choice = find(interview, asked, control.itemset, code)
    return "" if choice is None else to_text(interview.compute(control.itemset.label, choice))


def _inline_label(interview: Interview, node: Node, reference: str) -> str:
    return to_text(interview.compute(reference, node)) if reference.startswith("jr:itext(") else reference
