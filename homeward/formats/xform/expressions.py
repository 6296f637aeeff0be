"""Expressions of an XLSForm, with `${name}` for questions, over one flat row of answers, as in an exported table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache

from homeward.formats.xform import syntax
from homeward.formats.xform.compiler import compile_text, compile_tree
from homeward.formats.xform.functions import CLOCK, IMPURE, SUPPORTED
from homeward.formats.xform.scope import Scope
from homeward.formats.xform.syntax import Call, Chain, Expression, Literal, Path, Reference
from homeward.formats.xform.tree import Node
from homeward.formats.xform.values import Atom, Moment, moment_of

EMPTY = Node("")
Relevant = Callable[..., bool]
Calculation = Callable[[Mapping[str, str]], str]
PATHS = frozenset(
    {"current", "instance", "indexed-repeat", "position", "once", "jr:choice-name", "jr:itext", "pulldata"}
)


class _Row:
    """A `World` of one row: references and nothing else."""

    version = ""

    def __init__(self, row: Mapping[str, str], today: date | None) -> None:
        self.row = row
        self.today: Moment | None = moment_of(today) if today else None
        self.now: Moment | None = self.today

    def spend(self, steps: int) -> None:
        """A row has no nodes, so work is bounded by the length of the expression."""

    def document(self) -> Node:
        return EMPTY

    def at(self, _path: str) -> Sequence[Node]:
        return ()

    def value(self, _node: Node) -> Atom:
        return ""

    def visible(self, _node: Node) -> bool:
        return True

    def instance(self, _name: str) -> Node | None:
        return None

    def reference(self, name: str) -> Atom:
        return self.row.get(name, "")

    def itext(self, _key: str) -> str:
        return ""

    def choice_name(self, code: str, _question: str, _node: Node) -> str:
        return code


def compile_relevant(expression: str, unknown: Collection[str] | None = None) -> Relevant:
    """`relevant(row, today=None)`: whether the question was asked, by the answers of the row (names to codes or texts).

    An empty expression always holds. What cannot be known makes only its own part of the expression unknown: the date
    where none is given, and with `unknown` these questions and what a row does not have. `false and unknown` is false,
    so the question was not asked; where the whole stays unknown it counts as asked. Raises a ProblemError for an
    expression that cannot be read and, without `unknown`, for one that needs more than the row.
    """
    if not expression.strip():
        return lambda _row, today=None: True
    tree = _without_paths(expression) if unknown is None else knowable(expression, unknown)
    dated = compile_tree(expression, tree)
    undated = compile_tree(expression, possible(tree, _is_clock))

    def relevant(row: Mapping[str, str], today: date | None = None) -> bool:
        scope = Scope(_Row(row, today), EMPTY)
        return scope.truth((undated if today is None else dated)(scope))

    return relevant


def knowable(expression: str, unknown: Collection[str]) -> Expression:
    """What is left of a condition where these questions are unknown, and all that a row does not have."""

    def is_unknown(part: Expression) -> bool:
        if isinstance(part, Call):
            return part.name in PATHS or part.name not in SUPPORTED
        return isinstance(part, Path) or (isinstance(part, Reference) and part.name in unknown)

    return possible(_parsed(expression), is_unknown)


def possible(tree: Expression, is_unknown: Callable[[Expression], bool], *, most: bool = True) -> Expression:
    """The condition with what is unknown at its most favourable value: true wherever the condition may be true. With
    `most=False` at its least favourable one: true only where the condition is true for certain.
    """
    if not any(map(is_unknown, syntax.walk(tree))):
        return tree
    constant = Call("true" if most else "false", ())
    if isinstance(tree, Call) and tree.name in ("not", "boolean") and len(tree.arguments) == 1:
        inner = possible(tree.arguments[0], is_unknown, most=most is (tree.name == "boolean"))
        return constant if isinstance(inner, Call) and inner.name in ("true", "false") else Call(tree.name, (inner,))
    if not isinstance(tree, Chain) or tree.rest[0][0] not in ("and", "or"):
        return constant
    first = possible(tree.first, is_unknown, most=most)
    rest = tuple((word, possible(operand, is_unknown, most=most)) for word, operand in tree.rest)
    left = [operand for operand in (first, *(operand for _, operand in rest)) if operand != constant]
    decided = tree.rest[0][0] == ("or" if most else "and") and len(left) <= len(rest)
    return constant if decided or not left else Chain(first, rest)


def _is_clock(part: Expression) -> bool:
    return isinstance(part, Call) and part.name in CLOCK


def names_in(tree: Expression) -> tuple[str, ...]:
    """Questions that an expression names as `${name}`, each once."""
    return tuple(dict.fromkeys(part.name for part in syntax.walk(tree) if isinstance(part, Reference)))


def compile_calculation(expression: str) -> Calculation:
    """What a calculation gives for the answers of a row. Raises a ProblemError for one that needs more than the row."""
    _without_paths(expression)
    compiled = compile_text(expression)

    def calculation(row: Mapping[str, str]) -> str:
        scope = Scope(_Row(row, None), EMPTY)
        return scope.text(compiled(scope))

    return calculation


def _without_paths(expression: str) -> Expression:
    tree = syntax.parse(expression)
    for part in syntax.walk(tree):
        if isinstance(part, Path) or (isinstance(part, Call) and part.name in PATHS):
            syntax.refuse(expression, "A table row has no paths, and the expression {expression} names one.")
    return tree


def called(tree: Expression) -> tuple[str, ...]:
    """Names of the functions in an expression, each once."""
    return tuple(dict.fromkeys(part.name for part in syntax.walk(tree) if isinstance(part, Call)))


@lru_cache(maxsize=2048)
def functions_of(expression: str) -> tuple[str, ...]:
    """Functions that an expression calls, each once. Raises a ProblemError where it cannot be read."""
    return called(_parsed(expression)) if expression.strip() else ()


def unsupported_functions(expression: str) -> tuple[str, ...]:
    """Functions that our skip logic does not know. Raises a ProblemError where the expression cannot be read."""
    return tuple(name for name in functions_of(expression) if name not in SUPPORTED)


def references(expression: str) -> tuple[str, ...]:
    """Questions that an expression names as `${name}`, each once."""
    if not expression.strip():
        return ()
    return names_in(_parsed(expression))


def patterns(expression: str) -> tuple[str | None, ...]:
    """The pattern of every regex() in an expression; None where it is not written out."""
    found: list[str | None] = []
    for part in syntax.walk(_parsed(expression)):
        if isinstance(part, Call) and part.name == "regex" and len(part.arguments) == 2:
            pattern = part.arguments[1]
            found.append(pattern.value if isinstance(pattern, Literal) else None)
    return tuple(found)


def selects_nothing(expression: str) -> bool:
    """Whether selected() is asked for an empty code."""
    calls = [part for part in syntax.walk(_parsed(expression)) if isinstance(part, Call)]
    codes = [part.arguments[1] for part in calls if part.name == "selected" and len(part.arguments) == 2]
    return any(isinstance(code, Literal) and not code.value.strip() for code in codes)


def is_timeless(expression: str) -> bool:
    """Whether it gives the same value whenever it is computed."""
    return not (CLOCK | IMPURE) & set(functions_of(expression))


def bare_truths(expression: str, *, whole: bool) -> bool:
    """Whether a question stands alone where a truth is wanted: `${a} and ...`, `not(${a})`, or as the whole."""
    tree = _parsed(expression)
    judged = [tree] if whole else []
    for part in syntax.walk(tree):
        if isinstance(part, Call) and part.name in ("not", "boolean", "if"):
            judged.extend(part.arguments[:1])
        elif isinstance(part, Chain) and part.rest[0][0] in ("and", "or"):
            judged.extend(syntax.children(part))
    return any(isinstance(part, Path | Reference) for part in judged)


@lru_cache(maxsize=1_024)
def is_impure(expression: str) -> bool:
    """Whether it gives another value each time it is computed."""
    return bool(IMPURE & set(functions_of(expression)))


def _parsed(expression: str) -> Expression:
    return syntax.parse(expression.replace("${last-saved#", "${"))
