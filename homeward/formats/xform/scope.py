"""What an expression sees while it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from homeward.domain.problems import Problem, ProblemError
from homeward.formats.xform.tree import Node
from homeward.formats.xform.values import Atom, Moment, Value, to_number, to_text, to_truth


class TooMuchWorkError(ProblemError):
    """Said once for a submission; what was found until then stays."""

    def __init__(self) -> None:
        super().__init__(
            Problem(
                "xform.too_much_work",
                "The form's rules take too much work for this submission.",
                "Shorten the repeats or the choice lists of the form.",
            )
        )


class World(Protocol):
    """The form and the answers behind an expression."""

    @property
    def today(self) -> Moment | None: ...
    @property
    def now(self) -> Moment | None: ...
    @property
    def version(self) -> str: ...
    def spend(self, steps: int) -> None:
        """Counts work; raises when an expression takes too much of it."""

    def document(self) -> Node: ...
    def at(self, path: str) -> Sequence[Node]:
        """All nodes of a path of the form, whatever repeat they stand in; none where this world has no form."""

    def value(self, node: Node) -> Atom: ...
    def visible(self, node: Node) -> bool: ...
    def instance(self, name: str) -> Node | None: ...
    def reference(self, name: str) -> Atom: ...
    def itext(self, key: str) -> str: ...
    def choice_name(self, code: str, question: str, node: Node) -> str: ...


class Scope:
    """One place from which an expression is evaluated. `position` is 0 outside a predicate."""

    __slots__ = ("node", "origin", "position", "world")

    def __init__(self, world: World, node: Node, origin: Node | None = None, position: int = 0) -> None:
        self.world = world
        self.node = node
        self.origin = origin or node
        self.position = position

    def atom(self, value: Value) -> Atom:
        """The value of a node set is that of its first node, and empty text where there is none."""
        if isinstance(value, list):
            return self.world.value(value[0]) if value else ""
        return value  # type: ignore[return-value]  # only lists are node sets

    def atoms(self, values: tuple[Value, ...]) -> list[Atom]:
        """Several values, node sets spread out."""
        found: list[Atom] = []
        for value in values:
            if isinstance(value, list):
                found.extend(self.world.value(node) for node in value)
            else:
                found.append(self.atom(value))
        return found

    def text(self, value: Value) -> str:
        return to_text(self.atom(value))

    def number(self, value: Value) -> float:
        return to_number(self.atom(value))

    def truth(self, value: Value) -> bool:
        return to_truth(self.atom(value))


Compiled = Callable[[Scope], Value]
