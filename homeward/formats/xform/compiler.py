"""Expression tree -> Python function. An expression is compiled once for each form and run for each answer."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from functools import lru_cache

from homeward.formats.xform import paths, regex, syntax
from homeward.formats.xform.functions import FUNCTIONS, LAZY
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
    Union,
)
from homeward.formats.xform.tree import Node
from homeward.formats.xform.values import Atom, Value, equal, to_number, to_text, to_truth

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


CompiledAtom = Callable[[Scope], Atom]


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

    def atom(self, part: Expression) -> CompiledAtom:
        """The same as one value, which is all that most of an expression asks of a part. That of a plain path, which
        nearly every path is, comes without a list on the way.
        """
        if paths.is_itself(part):
            return lambda scope: scope.world.value(scope.node)
        compiled, whole = self.build(part), paths.whole(part)
        if not whole:
            return lambda scope: scope.atom(compiled(scope))

        def read(scope: Scope) -> Atom:
            found = scope.world.at(whole)
            return scope.world.value(found[0]) if len(found) == 1 else scope.atom(compiled(scope))

        return read

    # -- operators

    def chain(self, part: Chain) -> Compiled:
        operands = (part.first, *(operand for _, operand in part.rest))
        symbols = [symbol for symbol, _ in part.rest]
        if symbols[0] in ("and", "or"):
            return _logic(symbols[0] == "or", [self.atom(operand) for operand in operands])
        if symbols[0] in ARITHMETIC:
            first, *others = (self.atom(operand) for operand in operands)
            return _arithmetic(
                first, [(ARITHMETIC[symbol], each) for symbol, each in zip(symbols, others, strict=True)]
            )
        if len(symbols) > 20:
            syntax.refuse(self.expression, "The expression {expression} compares more than 20 values in a row.")
        if len(symbols) == 1:
            return self.comparison(part.first, symbols[0], part.rest[0][1])
        result = self.build(part.first)
        for symbol, operand in part.rest:
            result = _comparison(symbol, result, self.build(operand))
        return result

    def comparison(self, left: Expression, symbol: str, right: Expression) -> Compiled:
        if symbol in COMPARISONS:
            compare, low, high = COMPARISONS[symbol], self.atom(left), self.atom(right)
            return lambda scope: compare(to_number(low(scope)), to_number(high(scope)))
        whole, of_sets = paths.whole(left), _comparison(symbol, self.build(left), self.build(right))
        if not whole or not isinstance(right, Literal):
            return of_sets
        code, wanted = right.value, symbol == "="

        def run(scope: Scope) -> Value:
            found = scope.world.at(whole)
            return equal(scope.world.value(found[0]), code) is wanted if len(found) == 1 else of_sets(scope)

        return run

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
        if function.raw:
            values = [self.build(argument) for argument in part.arguments]
            return lambda scope: function.run(scope, *[value(scope) for value in values])
        return _application(function.run, [self.atom(argument) for argument in part.arguments])

    def check_count(self, part: Call, least: int, most: int) -> None:
        if not least <= len(part.arguments) <= most:
            message = "In the expression {expression}, the function {name}() cannot take as many values: {count}."
            syntax.refuse(self.expression, message, "xform.arguments", name=part.name, count=len(part.arguments))

    def lazy(self, part: Call) -> Compiled:
        if part.name == "indexed-repeat":
            return self.indexed_repeat(part)
        first = self.atom(part.arguments[0])
        others = [self.build(argument) for argument in part.arguments[1:]]
        if part.name == "if":
            then, otherwise = others
            return lambda scope: then(scope) if to_truth(first(scope)) else otherwise(scope)
        (second,) = others

        def coalesce(scope: Scope) -> Value:
            value = first(scope)
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
                wanted[len(paths.names(path, scope.node))] = int(number) if number >= 1 else 1
            return paths.walk_indexed(scope, paths.names(target, scope.node), wanted)

        return run

    # -- paths

    def union(self, part: Union) -> Compiled:
        several = [self.build(path) for path in part.paths]

        def run(scope: Scope) -> Value:
            found: dict[int, Node] = {}
            for path in several:
                nodes = path(scope)
                if isinstance(nodes, list):
                    found.update((id(node), node) for node in nodes)
            return list(found.values())

        return run

    def path(self, part: Path) -> Compiled:
        steps = [(step, self.filters(step.predicates)) for step in part.steps]
        if part.start == "/":
            whole = paths.whole(part)

            def read(scope: Scope) -> Value:
                found = scope.world.at(whole)
                if len(found) != 1:  # in a repeat, or with a filter
                    found = paths.from_root(scope, steps)
                return paths.visible(scope, list(found))

            return read
        if part.start is None or isinstance(part.start, str):
            return lambda scope: paths.visible(scope, paths.follow(scope, [scope.node], steps))
        start, filters = self.build(part.start), self.filters(part.filters)

        def run(scope: Scope) -> Value:
            nodes = start(scope)
            chosen = list(nodes) if isinstance(nodes, list) else []
            for keep in filters:
                chosen = keep(scope, chosen)
            return paths.visible(scope, paths.follow(scope, chosen, steps))

        return run

    def filters(self, predicates: Sequence[Expression]) -> list[paths.Filter]:
        return [paths.predicate(self.build(predicate)) for predicate in predicates]


def _logic(is_or: bool, operands: list[CompiledAtom]) -> Compiled:
    def run(scope: Scope) -> Value:
        for operand in operands:
            if to_truth(operand(scope)) is is_or:
                return is_or
        return not is_or

    return run


def _arithmetic(first: CompiledAtom, rest: list[tuple[Callable[[float, float], float], CompiledAtom]]) -> Compiled:
    def run(scope: Scope) -> Value:
        total = to_number(first(scope))
        for operation, operand in rest:
            total = operation(total, to_number(operand(scope)))
        return total

    return run


def _comparison(symbol: str, left: Compiled, right: Compiled) -> Compiled:
    """Of node sets: true where it is true of any two of them."""
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


def _application(run: Callable[..., Value], arguments: list[CompiledAtom]) -> Compiled:
    if not arguments:
        return run
    if len(arguments) == 1:
        (only,) = arguments
        return lambda scope: run(scope, only(scope))
    if len(arguments) == 2:
        first, second = arguments
        return lambda scope: run(scope, first(scope), second(scope))
    return lambda scope: run(scope, *[argument(scope) for argument in arguments])
