"""Rules that look something up in a list, where Collect and browsers find different things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from homeward.domain.problems import Problem, Where
from homeward.formats.xform import syntax
from homeward.formats.xform.model import Form, Secondary
from homeward.formats.xform.syntax import Call, Chain, Expression, Literal, Path
from homeward.formats.xform.tree import Node

Make = Callable[..., Problem]
EQUALS = ("=", "!=")


def problems(form: Form, text: str, where: Where) -> Iterator[Problem]:
    make = partial(Problem, where=where)
    for part in syntax.walk(syntax.parse(text)):
        if isinstance(part, Call) and part.name == "jr:itext" and not isinstance(part.arguments[0], Literal):
            yield make(
                "xform.itext",
                "Where {function} finds no text, Collect gives the name in brackets and browsers give nothing.",
                "Use {better} for how an answer reads.",
                params={"function": "jr:itext()", "better": "jr:choice-name()"},
            )
        source = _source(form, part)
        if source is not None and isinstance(part, Path):
            yield from _looked_up(source, part, make)


def _source(form: Form, part: Expression) -> Secondary | None:
    if not isinstance(part, Path) or not isinstance(part.start, Call) or part.start.name != "instance":
        return None
    name = part.start.arguments[0] if part.start.arguments else None
    return form.secondary.get(name.value) if isinstance(name, Literal) else None


def _looked_up(source: Secondary, part: Path, make: Make) -> Iterator[Problem]:
    for depth, step in enumerate(part.steps, start=1):
        for predicate in step.predicates:
            for column, other in _compared(predicate):
                if _has_gaps(source, part, depth, column, other):
                    yield make(
                        "xform.gaps",
                        "Not every row of the list {list} has {column}; comparing it with nothing holds in Collect "
                        "and never in browsers.",
                        "Fill the column in every row; write a word of its own where nothing is meant.",
                        params={"list": source.name, "column": column},
                    )


def _compared(predicate: Expression) -> Iterator[tuple[str, Expression]]:
    """Columns that are compared, each with what it is compared with; not those of lists further in."""
    waiting = [predicate]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Path):
            continue
        waiting.extend(syntax.children(part))
        if isinstance(part, Chain) and len(part.rest) == 1 and part.rest[0][0] in EQUALS:
            sides = (part.first, part.rest[0][1])
            for column, other in (sides, sides[::-1]):
                if name := _column(column):
                    yield name, other


def _column(part: Expression) -> str:
    if not isinstance(part, Path) or part.start is not None or len(part.steps) != 1:
        return ""
    (step,) = part.steps
    return step.name if step.axis == "child" and not step.predicates else ""


def _has_gaps(source: Secondary, part: Path, depth: int, column: str, other: Expression) -> bool:
    if source.root is None:  # a row of a CSV file has every column, of an XML file nobody knows
        return source.file.endswith(".xml") and isinstance(other, Literal) and other.value == ""
    return any(not row.named(column) for row in _rows(source.root, part, depth))


def _rows(root: Node, part: Path, depth: int) -> list[Node]:
    rows = [root]
    for step in part.steps[:depth]:
        rows = [child for row in rows for child in row.named(step.name)]
    return rows
