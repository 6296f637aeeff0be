"""Which question an expression reads, found in its text: gives the order of evaluation and finds circles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from homeward.domain.problems import ProblemError
from homeward.formats.xform import syntax
from homeward.formats.xform.model import Form, Item
from homeward.formats.xform.syntax import Call, Expression, Path

Names = tuple[str, ...]


def reads(expression: str, place: str) -> frozenset[str]:
    """Paths of the form that an expression reads when it stands at `place`; none where it cannot be read."""
    if not expression.strip():
        return frozenset()
    try:
        tree = syntax.parse(expression)
    except ProblemError:
        return frozenset()
    origin = tuple(place.strip("/").split("/"))
    return frozenset("/" + "/".join(names) for names in _paths(tree, origin, origin))


def _paths(tree: Expression, origin: Names, context: Names | None) -> Iterator[Names]:
    """`context` is None inside a predicate of a secondary instance: paths there do not mean questions."""
    waiting: list[tuple[Expression, Names | None]] = [(tree, context)]
    while waiting:
        part, here = waiting.pop()
        if not isinstance(part, Path):
            waiting.extend((child, here) for child in syntax.children(part))
            continue
        start = _start(part, origin, here)
        inside = start
        for step in part.steps:
            inside = _follow(inside, step)
            waiting.extend((predicate, inside) for predicate in step.predicates)
        waiting.extend((predicate, start) for predicate in part.filters)
        if inside:
            yield inside
        elif isinstance(part.start, Call):
            waiting.extend((argument, here) for argument in part.start.arguments)


def _start(part: Path, origin: Names, here: Names | None) -> Names | None:
    if part.start == "/":
        return ()
    if part.start is None:
        return here
    return origin if isinstance(part.start, Call) and part.start.name == "current" else None


def _follow(names: Names | None, step: syntax.Step) -> Names | None:
    if names is None or step.axis == "attribute":
        return None
    if step.axis == "parent":
        return names[:-1]
    return names if step.axis == "self" else (*names, step.name)


def relevance_order(form: Form) -> tuple[Item, ...]:
    """Items in an order in which each comes after what its relevance reads, as far as there is no circle."""
    edges = {path: _above(item) | reads(item.relevant, path) for path, item in form.items.items()}
    return tuple(form.items[path] for path in _sorted(form.items, edges)[0])


CIRCULAR = ("relevant", "calculate", "required", "readonly")  # Collect opens no form in which these go in a circle


def circles(form: Form) -> tuple[str, ...]:
    """Paths where a rule depends on its own question, at once or through others. A hidden group hides all in it."""
    edges = {
        path: frozenset[str]().union(
            *(reads(getattr(item, rule), path) for rule in CIRCULAR),
            *(reads(group.relevant, group.path) for group in _around(item)),
        )
        for path, item in form.items.items()
    }
    return _sorted(form.items, edges)[1]


def _around(item: Item) -> Iterator[Item]:
    group = item.parent
    while group is not None:
        yield group
        group = group.parent


def _above(item: Item) -> set[str]:
    return {item.parent.path} if item.parent else set()


def _sorted(paths: Iterable[str], edges: Mapping[str, Iterable[str]]) -> tuple[list[str], tuple[str, ...]]:
    """Depth first, without recursion. Second: where a circle was met."""
    done: dict[str, bool] = {}  # False while its own dependencies are being visited
    ordered: list[str] = []
    met: list[str] = []
    for first in paths:
        stack = [(first, False)]
        while stack:
            path, leaving = stack.pop()
            if leaving:
                done[path] = True
                ordered.append(path)
            elif path not in done and path in edges:
                done[path] = False
                stack.append((path, True))
                stack.extend((needed, False) for needed in edges[path] if not done.get(needed))
            elif done.get(path) is False:
                met.append(path)
    return ordered, tuple(dict.fromkeys(met))
