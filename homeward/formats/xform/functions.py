"""The closed list of functions that a form may use, and what each does.

Behaviour follows JavaRosa, the engine of ODK Collect, and was compared with the browser engine. No function reads
a clock or draws a number: `today` and `now` are given by the caller, and what is random is never computed again.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Context, Decimal

from homeward.formats.xform import regex
from homeward.formats.xform.scope import Scope
from homeward.formats.xform.tree import Node
from homeward.formats.xform.values import (
    Atom,
    Moment,
    Value,
    to_moment,
    to_number,
    to_text,
    to_truth,
)

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
WIDE = Context(prec=400)  # holds any float with 30 places
ANY = 1_000  # as many arguments as one likes

Implementation = Callable[..., Value]


@dataclass(frozen=True, slots=True)
class Function:
    """`run` gets the scope first. Arguments arrive as single values, or as they are (node sets too) where `raw`."""

    run: Implementation
    least: int
    most: int
    raw: bool = False


# -- logic and choices


def _boolean_from_string(_scope: Scope, value: Atom) -> bool:
    return to_text(value).lower() in ("true", "1")


def _selected(_scope: Scope, chosen: Atom, code: Atom) -> bool:
    codes, wanted = to_text(chosen).split(), to_text(code).strip()
    return wanted in codes if wanted else not codes  # Collect takes an empty code for "nothing chosen"


def _selected_at(_scope: Scope, chosen: Atom, index: Atom) -> str:
    codes, at = to_text(chosen).split(), _whole(index)
    return codes[at] if 0 <= at < len(codes) else ""


def _checklist(scope: Scope, least: Value, most: Value, *factors: Value) -> bool:
    low, high = _whole(scope.atom(least)), _whole(scope.atom(most))
    count = sum(1 for factor in scope.atoms(factors) if to_truth(factor))
    return (low < 0 or count >= low) and (high < 0 or count <= high)


def _weighted_checklist(scope: Scope, least: Value, most: Value, *pairs: Value) -> bool:
    flat = scope.atoms(pairs)
    if len(pairs) == 2:
        half = len(flat) // 2
        flags, weights = flat[:half], flat[half:]
    else:
        flags, weights = flat[::2], flat[1::2]
    total = sum(to_number(weight) for flag, weight in zip(flags, weights, strict=False) if to_truth(flag))
    return scope.number(least) <= total <= scope.number(most)


# -- numbers


def _whole(value: Atom) -> int:
    number = to_number(value)
    return int(number) if math.isfinite(number) else 0


def _int(_scope: Scope, value: Atom) -> float:
    number = to_number(value)
    return float(math.trunc(number)) if math.isfinite(number) else number


def _round(_scope: Scope, value: Atom, places: Atom = 0.0) -> float:
    number, digits = to_number(value), _whole(places)
    if not math.isfinite(number):
        return number
    if abs(digits) > 30:
        return math.nan
    mode = ROUND_HALF_DOWN if number < 0 else ROUND_HALF_UP
    return float(Decimal(repr(number)).quantize(Decimal(1).scaleb(-digits), mode, WIDE))


def _real(operation: Callable[..., float]) -> Implementation:
    """A function of numbers; outside its domain the result is not a number."""

    def run(_scope: Scope, *values: Atom) -> float:
        try:
            return float(operation(*(to_number(value) for value in values)))
        except (ValueError, OverflowError, ZeroDivisionError):
            return math.nan

    return run


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf


def _numbers(scope: Scope, values: tuple[Value, ...]) -> list[float]:
    return [number for number in map(to_number, scope.atoms(values)) if not math.isnan(number)]


def _sum(scope: Scope, *values: Value) -> float:
    try:
        return math.fsum(_numbers(scope, values))
    except (ValueError, OverflowError):  # endless numbers of both signs, or past what a number holds
        return math.nan


def _minimum(scope: Scope, *values: Value) -> float:
    return min(_numbers(scope, values), default=math.nan)


def _maximum(scope: Scope, *values: Value) -> float:
    return max(_numbers(scope, values), default=math.nan)


# -- text


def _concat(scope: Scope, *values: Value) -> str:
    return "".join(map(to_text, scope.atoms(values)))


def _join(scope: Scope, separator: Value, *values: Value) -> str:
    return scope.text(separator).join(map(to_text, scope.atoms(values)))


def _substr(_scope: Scope, value: Atom, start: Atom, end: Atom | None = None) -> str:
    text = to_text(value)
    first = _whole(start)
    last = len(text) if end is None else _whole(end)
    first = max(0, len(text) + first if first < 0 else first)
    last = max(0, len(text) + last if last < 0 else last)
    return text[first:last]


def _before(_scope: Scope, value: Atom, mark: Atom) -> str:
    head, found, _tail = to_text(value).partition(to_text(mark)) if to_text(mark) else ("", "", "")
    return head if found else ""


def _after(_scope: Scope, value: Atom, mark: Atom) -> str:
    return to_text(value).partition(to_text(mark))[2] if to_text(mark) else to_text(value)


def _translate(_scope: Scope, value: Atom, before: Atom, after: Atom) -> str:
    target = to_text(after)
    table: dict[int, str | None] = {}
    for position, letter in enumerate(to_text(before)):
        table.setdefault(ord(letter), target[position] if position < len(target) else None)
    return to_text(value).translate(table)


def _digest(_scope: Scope, value: Atom, algorithm: Atom, encoding: Atom = "base64") -> str:
    name = ALGORITHMS.get(to_text(algorithm))
    if name is None:
        return ""
    digest = hashlib.new(name, to_text(value).encode(), usedforsecurity=False).digest()
    return digest.hex() if to_text(encoding) == "hex" else base64.b64encode(digest).decode()


# -- dates


def _date(_scope: Scope, value: Atom) -> Value:
    moment = to_moment(value)
    return Moment(moment.day) if moment and moment.day else ""


def _date_time(_scope: Scope, value: Atom) -> Value:
    return to_moment(value) or ""


def _decimal_date_time(_scope: Scope, value: Atom) -> Value:
    if isinstance(value, float):
        return value
    moment = to_moment(value)
    return moment.days if moment else math.nan


def _decimal_time(_scope: Scope, value: Atom) -> Value:
    moment = to_moment(value)
    return moment.days % 1 if moment else math.nan


def _format_date(_scope: Scope, value: Atom, pattern: Atom) -> str:
    moment = to_moment(value)
    if moment is None:
        return ""
    parts = _date_parts(moment) | _time_parts(moment)
    pieces = to_text(pattern).split("%")
    return pieces[0] + "".join(parts.get(piece[:1], "%" + piece[:1]) + piece[1:] for piece in pieces[1:])


def _date_parts(moment: Moment) -> dict[str, str]:
    day = moment.day or date(1970, 1, 1)
    month, weekday = MONTHS[day.month - 1], WEEKDAYS[day.weekday()]
    return {
        "Y": f"{day.year:04d}",
        "y": f"{day.year % 100:02d}",
        "m": f"{day.month:02d}",
        "n": str(day.month),
        "B": month,
        "b": month[:3],
        "d": f"{day.day:02d}",
        "e": str(day.day),
        "A": weekday,
        "a": weekday[:3],
        "w": str(day.isoweekday() % 7),
        "W": str(day.isocalendar().week),
    }


def _time_parts(moment: Moment) -> dict[str, str]:
    minutes, milliseconds = divmod(round(moment.seconds * 1000), 60_000)
    return {
        "H": f"{minutes // 60:02d}",
        "h": str(minutes // 60),
        "M": f"{minutes % 60:02d}",
        "S": f"{milliseconds // 1000:02d}",
        "3": f"{milliseconds % 1000:03d}",
        "Z": moment.zone,
    }


# -- nodes and the form


def _count(scope: Scope, nodes: Value) -> float:
    return float(len(nodes)) if isinstance(nodes, list) else float(bool(scope.text(nodes)))


def _count_non_empty(scope: Scope, nodes: Value) -> float:
    return float(sum(1 for value in scope.atoms((nodes,)) if to_text(value)))


def _position(scope: Scope, *nodes: Value) -> float:
    if not nodes:
        return float(scope.position or scope.node.position)
    first = nodes[0]
    return float(first[0].position) if isinstance(first, list) and first else 0.0


def _current(scope: Scope) -> list[Node]:
    return [scope.origin]


def _instance(scope: Scope, name: Atom) -> list[Node]:
    found = scope.world.instance(to_text(name))
    return [found] if found else []


def _pulldata(scope: Scope, file: Atom, column: Atom, key_column: Atom, key: Atom) -> str:
    found = scope.world.instance(to_text(file).removesuffix(".csv"))
    root = found.named("root")[0] if found and found.named("root") else None
    rows = root.matching("item", to_text(key_column), to_text(key)) if root else ()
    return rows[0].text_of(to_text(column)) if rows else ""


def _choice_name(scope: Scope, code: Atom, question: Atom) -> str:
    return scope.world.choice_name(to_text(code), to_text(question).strip(), scope.node)


def _once(scope: Scope, value: Atom) -> Atom:
    present = scope.world.value(scope.node)
    return value if to_text(present) == "" else present


FUNCTIONS: dict[str, Function] = {
    "true": Function(lambda _scope: True, 0, 0),
    "false": Function(lambda _scope: False, 0, 0),
    "boolean": Function(lambda _scope, value: to_truth(value), 1, 1),
    "not": Function(lambda _scope, value: not to_truth(value), 1, 1),
    "boolean-from-string": Function(_boolean_from_string, 1, 1),
    "checklist": Function(_checklist, 2, ANY, raw=True),
    "weighted-checklist": Function(_weighted_checklist, 2, ANY, raw=True),
    "selected": Function(_selected, 2, 2),
    "is-selected": Function(_selected, 2, 2),
    "selected-at": Function(_selected_at, 2, 2),
    "count-selected": Function(lambda _scope, value: float(len(to_text(value).split())), 1, 1),
    "jr:choice-name": Function(_choice_name, 2, 2),
    "jr:itext": Function(lambda scope, key: scope.world.itext(to_text(key)), 1, 1),
    "number": Function(lambda _scope, value: to_number(value), 1, 1),
    "int": Function(_int, 1, 1),
    "round": Function(_round, 1, 2),
    "pow": Function(_real(_power), 2, 2),
    "abs": Function(_real(abs), 1, 1),
    "sqrt": Function(_real(math.sqrt), 1, 1),
    "exp": Function(_real(math.exp), 1, 1),
    "exp10": Function(_real(lambda number: _power(10.0, number)), 1, 1),
    "log": Function(_real(math.log), 1, 1),
    "log10": Function(_real(math.log10), 1, 1),
    "pi": Function(lambda _scope: math.pi, 0, 0),
    "sin": Function(_real(math.sin), 1, 1),
    "cos": Function(_real(math.cos), 1, 1),
    "tan": Function(_real(math.tan), 1, 1),
    "asin": Function(_real(math.asin), 1, 1),
    "acos": Function(_real(math.acos), 1, 1),
    "atan": Function(_real(math.atan), 1, 1),
    "atan2": Function(_real(math.atan2), 2, 2),
    "sum": Function(_sum, 1, 1, raw=True),
    "min": Function(_minimum, 1, ANY, raw=True),
    "max": Function(_maximum, 1, ANY, raw=True),
    "count": Function(_count, 1, 1, raw=True),
    "count-non-empty": Function(_count_non_empty, 1, 1, raw=True),
    "string": Function(lambda _scope, value: to_text(value), 1, 1),
    "concat": Function(_concat, 0, ANY, raw=True),
    "join": Function(_join, 1, ANY, raw=True),
    "substr": Function(_substr, 2, 3),
    "substring-before": Function(_before, 2, 2),
    "substring-after": Function(_after, 2, 2),
    "string-length": Function(lambda scope, *value: float(len(to_text(_own(scope, value)))), 0, 1),
    "normalize-space": Function(lambda scope, *value: " ".join(to_text(_own(scope, value)).split()), 0, 1),
    "contains": Function(lambda _scope, text, part: to_text(part) in to_text(text), 2, 2),
    "starts-with": Function(lambda _scope, text, part: to_text(text).startswith(to_text(part)), 2, 2),
    "ends-with": Function(lambda _scope, text, part: to_text(text).endswith(to_text(part)), 2, 2),
    "translate": Function(_translate, 3, 3),
    "regex": Function(lambda _scope, text, pattern: regex.matches(to_text(pattern), to_text(text)), 2, 2),
    "digest": Function(_digest, 2, 3),
    "today": Function(lambda scope: scope.world.today or "", 0, 0),
    "now": Function(lambda scope: scope.world.now or "", 0, 0),
    "date": Function(_date, 1, 1),
    "date-time": Function(_date_time, 1, 1),
    "decimal-date-time": Function(_decimal_date_time, 1, 1),
    "decimal-time": Function(_decimal_time, 1, 1),
    "format-date": Function(_format_date, 2, 2),
    "format-date-time": Function(_format_date, 2, 2),
    "position": Function(_position, 0, 1, raw=True),
    "current": Function(_current, 0, 0),
    "instance": Function(_instance, 1, 1),
    "pulldata": Function(_pulldata, 4, 4),
    "version": Function(lambda scope: scope.world.version, 0, 0),
    "once": Function(_once, 1, 1),
    "depend": Function(lambda _scope, value, *_others: value, 1, ANY),
    "random": Function(lambda _scope: math.nan, 0, 0),
    "uuid": Function(lambda _scope, *_length: "", 0, 1),
    "randomize": Function(lambda _scope, nodes, *_seed: nodes, 1, 2, raw=True),
}


def _own(scope: Scope, value: tuple[Atom, ...]) -> Atom:
    return value[0] if value else scope.world.value(scope.node)


# These decide which of their arguments to look at, so the compiler builds them.
LAZY: dict[str, tuple[int, int]] = {"if": (3, 3), "coalesce": (2, 2), "indexed-repeat": (3, 11)}

SUPPORTED: frozenset[str] = frozenset(FUNCTIONS) | frozenset(LAZY)
IMPURE: frozenset[str] = frozenset({"random", "uuid", "now", "once"})  # give another value each time
PHONE_ONLY: frozenset[str] = frozenset({"is-selected", "depend", "version"})  # the engine in the browser lacks them
CLOCK: frozenset[str] = frozenset({"today", "now"})
