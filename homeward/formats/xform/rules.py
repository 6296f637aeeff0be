"""The form's rules for answers: type, required, constraint, choices, and calculations done again."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from homeward.domain.problems import Problem, Where
from homeward.formats.xform import expressions, options
from homeward.formats.xform.model import FALSE, Control, Form, Item
from homeward.formats.xform.scope import TooMuchWorkError
from homeward.formats.xform.tree import Node
from homeward.formats.xform.values import Atom, Moment, equal, parse_moment, to_number, to_text

if TYPE_CHECKING:
    from homeward.formats.xform.evaluate import Interview

UNSETTLED = "xform.unsettled"  # too much work even to know what was asked
PLACE = r"-?\d+(?:\.\d+)?(?:E-?\d+)?(?: -?\d+(?:\.\d+)?(?:E-?\d+)?){1,3}"
GEOPOINT = re.compile(PLACE + r"\Z", re.ASCII)
# Where one of the values is blank, Collect leaves it out and the engine in the browser gives no result at all.
BLANK_SENSITIVE = frozenset({"sum", "min", "max"})
# These give a text of the form in the language of the interview, which no submission names.
IN_LANGUAGE = frozenset({"jr:choice-name", "jr:itext"})
NONE: frozenset[str] = frozenset()
WHOLE = re.compile(r"-?\d{1,18}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Calculated:
    """A calculation whose submitted value is not the one that the form's rule gives here."""

    path: str
    submitted: str
    computed: str


def typed(text: str, kind: str) -> Atom:
    """Text of an answer -> its value; text that does not fit its type stays text."""
    if not text:
        return ""
    if kind in ("int", "decimal", "long"):
        number = to_number(text)
        return text if math.isnan(number) else number
    if kind in ("date", "dateTime", "time"):
        moment = parse_moment(text)
        if moment is None:
            return text
        return Moment(moment.day) if kind == "date" else moment
    if kind == "boolean":
        return text in ("true", "1")
    return text


def _is_line(text: str) -> bool:
    """Places with semicolons between, and perhaps one more at the end. Cut apart first: one pattern over the whole
    would try each blank with each other one.
    """
    places = text.strip().split(";")
    if len(places) > 1 and not places[-1].strip():
        places.pop()
    return all(GEOPOINT.match(place.strip()) for place in places)


FITS: dict[str, Callable[[str], bool]] = {
    "int": lambda text: bool(WHOLE.match(text)),
    "long": lambda text: bool(WHOLE.match(text)),
    "decimal": lambda text: not math.isnan(to_number(text)),
    "date": lambda text: (moment := parse_moment(text)) is not None and moment.day is not None,
    "dateTime": lambda text: (moment := parse_moment(text)) is not None and moment.day is not None,
    "time": lambda text: (moment := parse_moment(text)) is not None and moment.timed,
    "geopoint": lambda text: bool(GEOPOINT.match(text)),
    "geotrace": lambda text: _is_line(text),
    "geoshape": lambda text: _is_line(text),
}


def check(interview: Interview) -> tuple[tuple[Problem, ...], tuple[Calculated, ...]]:
    violations = list(_strangers(interview))
    calculated: list[Calculated] = []
    try:
        _check(interview, violations, calculated)
    except TooMuchWorkError as error:
        violations.insert(0, error.first if interview.settled else replace(error.first, code=UNSETTLED))
    return tuple(violations), tuple(calculated)


def _check(interview: Interview, violations: list[Problem], calculated: list[Calculated]) -> None:
    interview.spend(0)  # what was exhausted before stays so
    nodes, shown = interview.answered.nodes, interview.shown
    for item, control, right in _with_rules(interview.form):
        for node in nodes.get(item.path, ()):
            if not shown[node]:
                continue
            if control is not None and node.text not in right:
                violations.extend(_broken(interview, item, control, node))
            if item.calculate:
                calculated.extend(_recompute(interview, item, node))


@lru_cache(maxsize=128)
def _with_rules(form: Form) -> tuple[tuple[Item, Control | None, frozenset[str]], ...]:
    """What is looked at in each interview, in the form's order, each with the answers that are right as they are."""
    plain = options.plain_choices(form)
    items = (item for item in form.items.values() if not item.is_group and (item.control or item.calculate))
    return tuple((item, item.control, plain.get(item.path, NONE) | _may_be_empty(item)) for item in items)


def _may_be_empty(item: Item) -> frozenset[str]:
    return frozenset({""}) if item.required in FALSE else NONE


def _problem(code: str, message: str, interview: Interview, node: Node) -> Problem:
    return Problem(
        code,
        message,
        "Look at the answer, and correct it or leave it with a note.",
        where=Where(field=node.name),
        params={"path": interview.place(node)},
    )


def _strangers(interview: Interview) -> Iterator[Problem]:
    for path in interview.answered.unknown:
        if "/meta/" not in path:
            yield Problem(
                "answer.unexpected",
                "The form has no question {path}.",
                "Check which version of the form was used.",
                params={"path": path},
            )
    for path in interview.answered.repeated:
        yield Problem(
            "answer.repeated",
            "The question {path} is answered twice; the first answer is read.",
            "Check the answer with whoever sent it.",
            params={"path": path},
        )


def _broken(interview: Interview, item: Item, control: Control, node: Node) -> Iterator[Problem]:
    text = node.text
    if not text:
        if interview.holds(item.required, node, empty=False):
            yield _problem("answer.required", "A required question has no answer.", interview, node)
        return
    if item.type in FITS and not FITS[item.type](text):
        yield _problem("answer.type", "The answer does not fit the type of its question.", interview, node)
        return
    if control.chooses and not options.offers(interview, node, control, codes(control, text)):
        yield _problem("answer.option", "The answer is not one of the choices.", interview, node)
    if control.kind == "range" and not _in_range(control, to_number(text)):
        yield _problem("answer.range", "The answer is outside the range of its question.", interview, node)
    if item.constraint and not interview.holds(item.constraint, node, empty=True):
        yield _problem("answer.constraint", "The answer breaks the question's own rule.", interview, node)


def codes(control: Control, text: str) -> tuple[str, ...]:
    return (text,) if control.kind == "select1" else tuple(text.split())


def _in_range(control: Control, number: float) -> bool:
    ends = [to_number(control.low), to_number(control.high)]
    if any(math.isnan(end) for end in ends):
        return True
    return min(ends) <= number <= max(ends)


def _recompute(interview: Interview, item: Item, node: Node) -> Iterator[Calculated]:
    if expressions.is_impure(item.calculate):
        return
    if not node.text and BLANK_SENSITIVE & set(expressions.functions_of(item.calculate)):
        return
    if item.control is not None and not _is_fixed(interview, node):
        return  # both engines let people write over it, until something changes that it reads
    computed = interview.compute(item.calculate, node)
    if not same_value(node.text, computed) and not _in_another_language(interview, item, node):
        yield Calculated(interview.place(node), node.text, to_text(computed))


def _is_fixed(interview: Interview, node: Node) -> bool:
    """Whether nobody may change it: by its own rule, or by that of a group around it."""
    return any(
        above.info is not None and interview.holds(above.info.readonly, above, empty=False) for above in node.lineage()
    )


def _in_another_language(interview: Interview, item: Item, node: Node) -> bool:
    if not IN_LANGUAGE & set(expressions.functions_of(item.calculate)):
        return False
    return any(
        same_value(node.text, interview.compute_in(language, item.calculate, node)) for language in interview.form.itext
    )


def same_value(submitted: str, computed: Atom) -> bool:
    """Equal as the engines mean it: numbers by value, truth as true or 1, a date with or without its midnight."""
    if isinstance(computed, float) and math.isnan(computed):
        return submitted in ("", "NaN")
    if isinstance(computed, bool):
        return submitted in (("true", "1") if computed else ("false", "0"))
    ours = to_text(computed)
    if submitted == ours:
        return True
    left, right = to_number(submitted), to_number(ours)
    if not math.isnan(left) and not math.isnan(right):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)
    first, second = parse_moment(submitted), parse_moment(ours)
    return first is not None and second is not None and equal(first, second)
