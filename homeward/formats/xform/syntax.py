"""XPath text -> tree. The part of XPath 1.0 that both ODK engines run, and `${name}` of XLSForm.

Sizes are capped, so that neither reading nor running an expression can be made to take long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from homeward.domain.problems import Problem, ProblemError

MAX_LENGTH = 20_000  # letters in one expression
MAX_DEPTH = 60  # brackets and calls inside one another
AXES = frozenset({"child", "parent", "self", "attribute"})

TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<text>"[^"]*"|'[^']*')
    | \$\{\s*(?P<reference>[^}\s]+)\s*\}
    | (?P<axis>[A-Za-z][\w-]*)\s*::
    | (?P<name>[^\W\d][\w.\-]*(?::(?:[^\W\d][\w.\-]*|\*))?)
    | (?P<symbol>\.\.|//|!=|<=|>=|[.()\[\]@,/|+\-=<>*])
    )""",
    re.VERBOSE,
)
LEVELS = (
    frozenset({"or"}),
    frozenset({"and"}),
    frozenset({"=", "!="}),
    frozenset({"<", "<=", ">", ">="}),
    frozenset({"+", "-"}),
    frozenset({"*", "div", "mod"}),
)
WORDS = frozenset({"or", "and", "div", "mod"})


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Literal:
    value: str


@dataclass(frozen=True, slots=True)
class Reference:
    """`${name}`: only in XLSForm text, before it becomes an XForm."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands of one level of precedence, left to right: kept flat, so that long sums do not nest."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Negative:
    operand: Expression


@dataclass(frozen=True, slots=True)
class Step:
    axis: str
    name: str  # `*` for any; without namespace prefix
    predicates: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """`start`: None for a relative path, `/` for an absolute one, else the expression that gives the first nodes."""

    start: Expression | str | None
    steps: tuple[Step, ...]
    filters: tuple[Expression, ...] = ()  # predicates of the starting expression


@dataclass(frozen=True, slots=True)
class Union:
    paths: tuple[Expression, ...]


Expression = Number | Literal | Reference | Call | Chain | Negative | Path | Union
Token = tuple[str, str]
END: Token = ("end", "")
UNSUPPORTED = "The expression {expression} uses “{found}”, which the collecting apps do not support."


def refuse(expression: str, message: str, code: str = "xform.expression", **params: str | int) -> NoReturn:
    shown = expression if len(expression) <= 80 else expression[:77] + "..."
    raise ProblemError(Problem(code, message, "Correct it in the form.", params={"expression": shown, **params}))


@lru_cache(maxsize=4096)
def parse(expression: str) -> Expression:
    """Raises a ProblemError `xform.expression` that names what is wrong."""
    if len(expression) > MAX_LENGTH:
        refuse(expression, "The expression {expression} is longer than {limit} letters.", limit=MAX_LENGTH)
    return _Parser(expression).whole()


def _tokens(expression: str) -> Iterator[Token]:
    position, end = 0, len(expression.rstrip())
    while position < end:
        match = TOKEN.match(expression, position)
        if match is None or match.lastgroup is None:
            message = "The expression {expression} cannot be read from letter {position} on."
            refuse(expression, message, position=position + 1)
        yield match.lastgroup, match[match.lastgroup]
        position = match.end()


class _Parser:
    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tokens = list(_tokens(expression))
        self.position = 0
        self.depth = 0

    def whole(self) -> Expression:
        if not self.tokens:
            self.fail("The expression is empty.")
        result = self.level(0)
        if self.peek() is not END:
            self.fail("In the expression {expression}, something is left over at “{found}”.", found=self.peek()[1])
        return result

    def fail(self, message: str, **params: str | int) -> NoReturn:
        refuse(self.expression, message, "xform.expression", **params)

    def peek(self, ahead: int = 0) -> Token:
        index = self.position + ahead
        return self.tokens[index] if index < len(self.tokens) else END

    def take(self) -> Token:
        token = self.peek()
        self.position += 1
        return token

    def at(self, symbol: str, ahead: int = 0) -> bool:
        return self.peek(ahead) == ("symbol", symbol)

    def accept(self, symbol: str) -> bool:
        if self.at(symbol):
            self.position += 1
            return True
        return False

    def expect(self, symbol: str) -> None:
        if not self.accept(symbol):
            found = self.peek()[1] or "the end"
            self.fail("In the expression {expression}, {symbol} is missing before {found}.", symbol=symbol, found=found)

    def level(self, number: int) -> Expression:
        if number == len(LEVELS):
            return self.unary()
        first = self.level(number + 1)
        rest: list[tuple[str, Expression]] = []
        while self.peek()[0] in ("symbol", "name") and self.peek()[1] in LEVELS[number]:
            operator = self.take()[1]
            rest.append((operator, self.level(number + 1)))
        return Chain(first, tuple(rest)) if rest else first

    def unary(self) -> Expression:
        negative = False
        while self.accept("-"):
            negative = not negative
        operand = self.union()
        return Negative(operand) if negative else operand

    def union(self) -> Expression:
        paths = [self.path()]
        while self.accept("|"):
            paths.append(self.path())
        return Union(tuple(paths)) if len(paths) > 1 else paths[0]

    def nested(self) -> Expression:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail("The expression {expression} is nested deeper than {limit}.", limit=MAX_DEPTH)
        result = self.level(0)
        self.depth -= 1
        return result

    def path(self) -> Expression:
        if self.at("//"):
            self.fail(UNSUPPORTED, found="//")
        if self.accept("/"):
            return Path("/", self.steps() if self.begins_step() else ())
        if self.begins_step():
            return Path(None, self.steps())
        primary = self.primary()
        filters = self.predicates()
        steps = self.steps() if self.accept("/") else ()
        return Path(primary, steps, filters) if steps or filters else primary

    def begins_step(self) -> bool:
        kind, text = self.peek()
        if kind == "name":
            return not self.at("(", 1)
        return kind == "axis" or (kind == "symbol" and text in (".", "..", "@", "*"))

    def steps(self) -> tuple[Step, ...]:
        steps = [self.step()]
        while self.accept("/"):
            steps.append(self.step())
        if self.at("//"):
            self.fail(UNSUPPORTED, found="//")
        return tuple(steps)

    def step(self) -> Step:
        if self.accept("."):
            return Step("self", "*", self.predicates())
        if self.accept(".."):
            return Step("parent", "*", self.predicates())
        axis = "child"
        if self.accept("@"):
            axis = "attribute"
        elif self.peek()[0] == "axis":
            axis = self.take()[1]
            if axis not in AXES:
                self.fail(UNSUPPORTED, found=f"{axis}::")
        kind, text = self.take()
        if kind == "name" and self.accept("("):
            if text != "node" or not self.accept(")"):
                self.fail("In the expression {expression}, “{found}” cannot stand in a path.", found=f"{text}(")
            text = "*"
        elif kind != "name" and (kind, text) != ("symbol", "*"):
            self.fail("In the expression {expression}, a name is missing before {found}.", found=text or "the end")
        return Step(axis, text.rsplit(":", 1)[-1], self.predicates())

    def predicates(self) -> tuple[Expression, ...]:
        found: list[Expression] = []
        while self.accept("["):
            found.append(self.nested())
            self.expect("]")
        return tuple(found)

    def primary(self) -> Expression:
        kind, text = self.take()
        if kind == "number":
            return Number(float(text))
        if kind == "text":
            return Literal(text[1:-1])
        if kind == "reference":
            return Reference(text)
        if kind == "name" and self.accept("("):
            return Call(text, self.arguments())
        if (kind, text) == ("symbol", "("):
            inner = self.nested()
            self.expect(")")
            return inner
        return self.fail("In the expression {expression}, a value is missing before {found}.", found=text or "the end")

    def arguments(self) -> tuple[Expression, ...]:
        if self.accept(")"):
            return ()
        found = [self.nested()]
        while self.accept(","):
            found.append(self.nested())
        self.expect(")")
        return tuple(found)


def walk(expression: Expression) -> Iterator[Expression]:
    """Every part of an expression, itself first, in the order of the text."""
    waiting: list[Expression] = [expression]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(reversed(children(part)))


def children(part: Expression) -> list[Expression]:
    match part:
        case Call():
            return list(part.arguments)
        case Chain():
            return [part.first, *(operand for _, operand in part.rest)]
        case Negative():
            return [part.operand]
        case Union():
            return list(part.paths)
        case Path():
            start = [] if part.start is None or isinstance(part.start, str) else [part.start]
            inside = [predicate for step in part.steps for predicate in step.predicates]
            return [*start, *part.filters, *inside]
        case _:
            return []
