"""Expression tree -> Python function. An expression is compiled once for each form and run for each answer."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from functools import lru_cache

from homeward.formats.xform import regex, syntax
from homeward.formats.xform.functions import FUNCTIONS, LAZY, Function
from homeward.formats.xform.scope import Compiled, Scope
from homeward.formats.xform.syntax import (
    Call,
    Chain,
    Expression,
    Literal,
    Negative,
    Number,
    Path,
    Reference,
    Step,
    Union,
)
from homeward.formats.xform.tree import Node
from homeward.formats.xform.values import Value, equal, to_text

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if not left or math.isnan(left) else math.copysign(math.inf, left)


def _remainder(left: float, right: float) -> float:
    return math.fmod(left, right) if right and math.isfinite(left) else math.nan


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "div": _divide,
    "mod": _remainder,
}


@lru_cache(maxsize=4096)
def compile_text(expression: str) -> Compiled:
    """Raises a ProblemError for what cannot be read, an unknown function or a wrong number of arguments."""
    return compile_tree(expression, syntax.parse(expression))


def compile_tree(expression: str, tree: Expression) -> Compiled:
    """One part of an expression; `expression` is the whole, for messages."""
    return _Compiler(expression).build(tree)


class _Compiler:
    def __init__(self, expression: str) -> None:
        self.expression = expression

    def build(self, part: Expression) -> Compiled:
        match part:
            case Chain():
                return self.chain(part)
            case Call():
                return self.call(part)
            case Path():
                return self.path(part)
            case Union():
                return self.union(part)
            case _:
                return self.leaf(part)

    def leaf(self, part: Number | Literal | Reference | Negative) -> Compiled:
        if isinstance(part, Reference):
            name = part.name
            return lambda scope: scope.world.reference(name)
        if isinstance(part, Negative):
            inner = self.build(part.operand)
            return lambda scope: -scope.number(inner(scope))
        value = part.value
        return lambda _scope: value

    # -- operators

    def chain(self, part: Chain) -> Compiled:
        first = self.build(part.first)
        rest = [(symbol, self.build(operand)) for symbol, operand in part.rest]
        if rest[0][0] in ("and", "or"):
            return _logic(rest[0][0] == "or", [first, *(operand for _, operand in rest)])
        result = first
        if rest[0][0] in ARITHMETIC:
            return _arithmetic(first, [(ARITHMETIC[symbol], operand) for symbol, operand in rest])
        for symbol, operand in rest[:20]:
            result = _comparison(symbol, result, operand)
        if len(rest) > 20:
            syntax.refuse(self.expression, "The expression {expression} compares more than 20 values in a row.")
        return result

    # -- calls

    def call(self, part: Call) -> Compiled:
        if part.name in LAZY:
            self.check_count(part, *LAZY[part.name])
            return self.lazy(part)
        function = FUNCTIONS.get(part.name)
        if function is None:
            message = "The expression {expression} uses the function {name}(), which is not known."
            syntax.refuse(self.expression, message, "xform.function", name=part.name)
        self.check_count(part, function.least, function.most)
        if part.name == "regex" and isinstance(part.arguments[1], Literal):
            regex.compiled(part.arguments[1].value)
        return _application(function, [self.build(argument) for argument in part.arguments])

    def check_count(self, part: Call, least: int, most: int) -> None:
        if not least <= len(part.arguments) <= most:
            message = "In the expression {expression}, the function {name}() cannot take as many values: {count}."
            syntax.refuse(self.expression, message, "xform.arguments", name=part.name, count=len(part.arguments))

    def lazy(self, part: Call) -> Compiled:
        if part.name == "indexed-repeat":
            return self.indexed_repeat(part)
        first, *others = (self.build(argument) for argument in part.arguments)
        if part.name == "if":
            then, otherwise = others
            return lambda scope: then(scope) if scope.truth(first(scope)) else otherwise(scope)
        (second,) = others

        def coalesce(scope: Scope) -> Value:
            value = scope.atom(first(scope))
            return second(scope) if to_text(value) in ("", "NaN") else value

        return coalesce

    def indexed_repeat(self, part: Call) -> Compiled:
        target, *pairs = part.arguments
        repeats = pairs[0::2]
        if len(pairs) % 2 or not isinstance(target, Path) or not all(isinstance(path, Path) for path in repeats):
            message = "In the expression {expression}, indexed-repeat() lacks a question, or a number for a repeat."
            syntax.refuse(self.expression, message)
        levels = [path for path in repeats if isinstance(path, Path)]
        indexes = [self.build(index) for index in pairs[1::2]]

        def run(scope: Scope) -> Value:
            wanted: dict[int, int] = {}
            for path, index in zip(levels, indexes, strict=True):
                number = scope.number(index(scope))
                wanted[len(_names(path, scope.node))] = int(number) if number >= 1 else 1
            return _walk_indexed(scope, _names(target, scope.node), wanted)

        return run

    # -- paths

    def union(self, part: Union) -> Compiled:
        paths = [self.build(path) for path in part.paths]

        def run(scope: Scope) -> Value:
            found: dict[int, Node] = {}
            for path in paths:
                nodes = path(scope)
                if isinstance(nodes, list):
                    found.update((id(node), node) for node in nodes)
            return list(found.values())

        return run

    def path(self, part: Path) -> Compiled:
        steps = [(step, self.filters(step.predicates)) for step in part.steps]
        if part.start == "/":
            whole = _whole(part)

            def read(scope: Scope) -> Value:
                found = scope.world.at(whole)
                if len(found) != 1:  # in a repeat, or with a filter
                    found = _from_root(scope, steps)
                return _visible(scope, list(found))

            return read
        if part.start is None or isinstance(part.start, str):
            return lambda scope: _visible(scope, _follow(scope, [scope.node], steps))
        start, filters = self.build(part.start), self.filters(part.filters)

        def run(scope: Scope) -> Value:
            nodes = start(scope)
            chosen = list(nodes) if isinstance(nodes, list) else []
            for keep in filters:
                chosen = keep(scope, chosen)
            return _visible(scope, _follow(scope, chosen, steps))

        return run

    def filters(self, predicates: Sequence[Expression]) -> list[Filter]:
        return [_predicate(self.build(predicate)) for predicate in predicates]


Filter = Callable[[Scope, list[Node]], list[Node]]
Steps = list[tuple[Step, list[Filter]]]


def _logic(is_or: bool, operands: list[Compiled]) -> Compiled:
    def run(scope: Scope) -> Value:
        for operand in operands:
            if scope.truth(operand(scope)) is is_or:
                return is_or
        return not is_or

    return run


def _arithmetic(first: Compiled, rest: list[tuple[Callable[[float, float], float], Compiled]]) -> Compiled:
    def run(scope: Scope) -> Value:
        total = scope.number(first(scope))
        for operation, operand in rest:
            total = operation(total, scope.number(operand(scope)))
        return total

    return run


def _comparison(symbol: str, left: Compiled, right: Compiled) -> Compiled:
    if symbol in COMPARISONS:
        compare = COMPARISONS[symbol]
        return lambda scope: compare(scope.number(left(scope)), scope.number(right(scope)))
    wanted = symbol == "="

    def run(scope: Scope) -> Value:
        first, second = left(scope), right(scope)
        if isinstance(first, list) and len(first) > 1 or isinstance(second, list) and len(second) > 1:
            pairs = ((one, other) for one in scope.atoms((first,)) for other in scope.atoms((second,)))
            return any(equal(one, other) is wanted for one, other in pairs)
        return equal(scope.atom(first), scope.atom(second)) is wanted

    return run


def _application(function: Function, arguments: list[Compiled]) -> Compiled:
    run = function.run
    if function.raw:
        return lambda scope: run(scope, *[argument(scope) for argument in arguments])
    if not arguments:
        return run
    if len(arguments) == 1:
        (only,) = arguments
        return lambda scope: run(scope, scope.atom(only(scope)))
    return lambda scope: run(scope, *[scope.atom(argument(scope)) for argument in arguments])


def _predicate(test: Compiled) -> Filter:
    def keep(scope: Scope, nodes: list[Node]) -> list[Node]:
        scope.world.spend(len(nodes))
        found = []
        for position, node in enumerate(nodes, start=1):
            value = test(Scope(scope.world, node, scope.origin, position))
            if value == position if isinstance(value, float) else scope.truth(value):
                found.append(node)
        return found

    return keep


def _follow(scope: Scope, nodes: list[Node], steps: Steps) -> list[Node]:
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


def _from_root(scope: Scope, steps: Steps) -> list[Node]:
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


def _visible(scope: Scope, nodes: list[Node]) -> list[Node]:
    """What is not relevant is not there, for every expression."""
    visible = scope.world.visible
    if len(nodes) == 1:  # nearly every path there is
        return nodes if nodes[0].info is None or visible(nodes[0]) else []
    return [node for node in nodes if node.info is None or visible(node)]


def _whole(path: Path) -> str:
    """The absolute path as `Item.path` has it; empty where it is more than names."""
    plain = all(step.axis == "child" and not step.predicates and step.name != "*" for step in path.steps)
    return "/" + "/".join(step.name for step in path.steps) if plain else ""


def _names(path: Path, node: Node) -> list[str]:
    """Names from the root down, positions left out."""
    names = [] if path.start == "/" else [above.name for above in node.lineage()[1:]]
    for step in path.steps:
        if step.axis == "parent":
            names = names[:-1]
        elif step.axis == "child":
            names = [*names, step.name]
    return names


def _walk_indexed(scope: Scope, names: list[str], wanted: dict[int, int]) -> list[Node]:
    own = scope.node.lineage()
    nodes = [scope.world.document()]
    for depth, name in enumerate(names, start=1):
        nodes = [child for node in nodes for child in node.named(name)]
        scope.world.spend(len(nodes) >> 4)  # they are passed over, not computed
        if depth in wanted:
            nodes = [node for node in nodes if node.position == wanted[depth]]
        elif depth < len(own) and any(node is own[depth] for node in nodes):
            nodes = [own[depth]]
    return _visible(scope, nodes)
