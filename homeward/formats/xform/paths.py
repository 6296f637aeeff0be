"""Walking the tree along a path of an expression: steps, filters, and what a path means inside a repeat."""

from __future__ import annotations

from collections.abc import Callable

from homeward.formats.xform.scope import Compiled, Scope
from homeward.formats.xform.syntax import Expression, Path, Step
from homeward.formats.xform.tree import Node

Filter = Callable[[Scope, list[Node]], list[Node]]
Steps = list[tuple[Step, list[Filter]]]


def predicate(test: Compiled) -> Filter:
    def keep(scope: Scope, nodes: list[Node]) -> list[Node]:
        scope.world.spend(len(nodes))
        found = []
        for position, node in enumerate(nodes, start=1):
            value = test(Scope(scope.world, node, scope.origin, position))
            if value == position if isinstance(value, float) else scope.truth(value):
                found.append(node)
        return found

    return keep


def follow(scope: Scope, nodes: list[Node], steps: Steps) -> list[Node]:
    for step, filters in steps:
        nodes = _step(scope, nodes, step, filters)
    return nodes


def _step(scope: Scope, nodes: list[Node], step: Step, filters: list[Filter]) -> list[Node]:
    if step.axis == "child" and not filters and len(nodes) == 1:  # nearly every step there is
        below = list(nodes[0].named(step.name))
        scope.world.spend(len(below))
        return below
    if step.axis == "child":
        groups = [list(node.named(step.name)) for node in nodes]
    elif step.axis == "parent":
        parents = {id(node.parent): node.parent for node in nodes if node.parent is not None}
        groups = [list(parents.values())]
    elif step.axis == "self":
        groups = [nodes]
    else:
        groups = [[Node(step.name, None, node.attributes[step.name])] for node in nodes if step.name in node.attributes]
    found: list[Node] = []
    for group in groups:
        scope.world.spend(len(group))
        for keep in filters:
            group = keep(scope, group)
        found.extend(group)
    return found


def from_root(scope: Scope, steps: Steps) -> list[Node]:
    """Absolute paths mean the same repeat as the node they are read from, as far as the two paths agree."""
    nodes = [scope.world.document()]
    lineage: list[Node] | None = None
    agree = True
    for depth, (step, filters) in enumerate(steps, start=1):
        nodes = _step(scope, nodes, step, filters)
        if agree and len(nodes) > 1 and not filters:
            lineage = scope.node.lineage() if lineage is None else lineage
            own = lineage[depth] if depth < len(lineage) else None
            agree = own is not None and any(node is own for node in nodes)
            if agree and own is not None:
                nodes = [own]
    return nodes


def visible(scope: Scope, nodes: list[Node]) -> list[Node]:
    """What is not relevant is not there, for every expression."""
    visible = scope.world.visible
    if len(nodes) == 1:  # nearly every path there is
        return nodes if nodes[0].info is None or visible(nodes[0]) else []
    return [node for node in nodes if node.info is None or visible(node)]


def whole(path: Expression) -> str:
    """The absolute path as `Item.path` has it; empty where it is more than names."""
    if not isinstance(path, Path) or path.start != "/":
        return ""
    plain = all(step.axis == "child" and not step.predicates and step.name != "*" for step in path.steps)
    return "/" + "/".join(step.name for step in path.steps) if plain else ""


def is_itself(path: Expression) -> bool:
    """`.`, with which nearly every constraint begins."""
    return isinstance(path, Path) and path.start is None and [*map(_is_self, path.steps)] == [True] and not path.filters


def _is_self(step: Step) -> bool:
    return step.axis == "self" and not step.predicates


def names(path: Path, node: Node) -> list[str]:
    """Names from the root down, positions left out."""
    names = [] if path.start == "/" else [above.name for above in node.lineage()[1:]]
    for step in path.steps:
        if step.axis == "parent":
            names = names[:-1]
        elif step.axis == "child":
            names = [*names, step.name]
    return names


def walk_indexed(scope: Scope, names: list[str], wanted: dict[int, int]) -> list[Node]:
    own = scope.node.lineage()
    nodes = [scope.world.document()]
    for depth, name in enumerate(names, start=1):
        nodes = [child for node in nodes for child in node.named(name)]
        scope.world.spend(len(nodes) >> 4)  # they are passed over, not computed
        if depth in wanted:
            nodes = [node for node in nodes if node.position == wanted[depth]]
        elif depth < len(own) and any(node is own[depth] for node in nodes):
            nodes = [own[depth]]
    return visible(scope, nodes)
