"""What must hold before a scoring sheet can be compiled. Each finding says where, why and what to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from homeward.domain.instruments import Band, ChoiceList, Component, How, Instrument, MissingRule, Question
from homeward.domain.problems import Problem, Where

NUMBER_TYPES = frozenset({"integer", "decimal", "range"})
BANDED_TYPES = NUMBER_TYPES | {"calculate"}
EQUAL = "equal"
_SINGLE = frozenset({How.ITEM, How.COUNT, How.BANDS})
_TYPES_READ: Mapping[How, frozenset[str]] = {
    How.ITEM: frozenset({"select_one"}),
    How.MEAN: frozenset({"select_one"}),
    How.WORST_OF: frozenset({"select_one"}),
    How.MAX: frozenset({"select_one", "select_multiple"}),
    How.ANY: frozenset({"select_one", "select_multiple"}),
    How.COUNT: frozenset({"select_multiple"}),
    How.BANDS: BANDED_TYPES,
}


def check_scoring(instrument: Instrument) -> tuple[Problem, ...]:
    """Every reason why the sheet cannot be scored; empty when `compile_instrument` will succeed."""
    found: list[Problem] = []
    names = {component.name for component in instrument.components}
    for component in instrument.components:
        found += _check_numbers(component)
        found += _check_sources(component, instrument, names)
        found += _check_conditions(component, instrument)
        if component.dimension and component.dimension not in instrument.about.dimensions:
            found.append(
                _problem(
                    "dimension_unknown",
                    component,
                    "The dimension {name} is not declared.",
                    "Use one of the dimensions of the about sheet, or add it there.",
                    component.dimension,
                )
            )
    found += _check_alternatives(instrument)
    found += _check_weight_sets(instrument)
    return tuple(found) or tuple(_check_cycles(instrument))


def is_component(name: str, owner: Component, names: set[str] | frozenset[str]) -> bool:
    """A name in `of` means a component where there is one; a component may bear the name of the question it reads."""
    return name in names and name != owner.name


def weight_of(component: Component, weight_set: str) -> Decimal:
    return component.weights.get(weight_set, Decimal(1 if weight_set == EQUAL else 0))


def weight_sets_of(instrument: Instrument) -> frozenset[str]:
    return frozenset({EQUAL}.union(*(component.weights for component in instrument.components)))


def _problem(code: str, component: Component, message: str, action: str, name: str = "") -> Problem:
    where = component.where if str(component.where) else Where(sheet="scoring", field=component.name)
    params = {"component": component.name, "name": name}
    return Problem(f"scoring.{code}", message, action, where, params)


def _check_numbers(component: Component) -> Iterator[Problem]:
    if component.missing_rule is MissingRule.VALUE and not _in_unit(component.missing_value):
        yield _problem(
            "missing_value",
            component,
            "The missing rule `value` of {component} has no number from 0 to 1.",
            "Write it as value:0.5.",
        )
    if any(weight < 0 or not weight.is_finite() for weight in component.weights.values()):
        yield _problem("weight_negative", component, "A weight of {component} is below zero.", "Use 0 or more.")
    if component.minimum_share is not None and not 0 <= component.minimum_share <= 100:
        yield _problem(
            "minimum_share", component, "The minimum share of {component} is not from 0 to 100.", "Give a percentage."
        )
    if component.min_age is not None and component.max_age is not None and component.min_age > component.max_age:
        yield _problem(
            "ages", component, "The ages of {component} end before they begin.", "Write the lower age first."
        )
    if bool(component.bands) != (component.how in (How.BANDS, How.COUNT)):
        yield _problem(
            "bands",
            component,
            "{component} has bands where none belong, or lacks them.",
            "Bands go with `bands` and `count`, and with nothing else.",
        )
    if not all(_in_unit(band.value) for band in component.bands):
        yield _problem(
            "band_value", component, "A band of {component} has a value outside 0 to 1.", "1 is the good end."
        )
    if _overlap(component.bands):
        yield _problem(
            "bands_overlap",
            component,
            "Bands of {component} overlap or run backwards.",
            "Let each number fall in one band.",
        )


def _in_unit(value: Decimal | None) -> bool:
    return value is not None and value.is_finite() and 0 <= value <= 1


def _overlap(bands: tuple[Band, ...]) -> bool:
    low, high = Decimal("-Infinity"), Decimal("Infinity")
    edges = sorted((low if b.low is None else b.low, high if b.high is None else b.high) for b in bands)
    backwards = any(first > last for first, last in edges)
    return backwards or any(edges[i][1] >= edges[i + 1][0] for i in range(len(edges) - 1))


def _check_sources(component: Component, instrument: Instrument, names: set[str]) -> Iterator[Problem]:
    if not component.of or (component.how in _SINGLE and len(component.of) != 1):
        yield _problem(
            "sources_count",
            component,
            "{component} names the wrong number of questions.",
            "`item`, `count` and `bands` read exactly one question, the others one or more.",
        )
    for name in component.of:
        if is_component(name, component, names):
            if component.how in (How.COUNT, How.BANDS):
                yield _problem(
                    "source_component",
                    component,
                    "{component} counts or bands {name}, which is a component.",
                    "Name a question.",
                    name,
                )
            continue
        question = instrument.by_name.get(name)
        if question is None:
            yield _problem(
                "source_unknown",
                component,
                "{component} reads {name}, which is neither a question nor a component.",
                "Correct the name in the column `of`.",
                name,
            )
        else:
            yield from _check_question(component, question, instrument)


def _check_question(component: Component, question: Question, instrument: Instrument) -> Iterator[Problem]:
    if question.repeat:
        yield _problem(
            "source_repeats",
            component,
            "{component} reads {name}, which stands in a repeat and may have many answers.",
            "Score a calculation outside the repeat instead.",
            question.name,
        )
    if question.type not in _TYPES_READ[component.how]:
        yield _problem(
            "source_type",
            component,
            "{component} cannot read {name}: its type does not fit the column `how`.",
            "item, mean, worst_of: select_one; max, any: select_one or select_multiple; count: select_multiple; "
            "bands: a number.",
            question.name,
        )
    elif question.type in ("select_one", "select_multiple"):
        yield from _check_choices(component, question, instrument.choices_of(question))


def _check_choices(component: Component, question: Question, choices: ChoiceList | None) -> Iterator[Problem]:
    if choices is None:
        yield _problem(
            "choices_unknown",
            component,
            "{component} reads {name}, whose list of choices is not in the form.",
            "Give the question a list of the choices sheet.",
            question.name,
        )
        return
    for choice in choices.choices:
        valueless = choice.score is None and choice.missing is None and component.how is not How.COUNT
        if valueless or (choice.score is not None and not _in_unit(choice.score)):
            where = choice.where if str(choice.where) else Where(sheet="choices", field=choice.code)
            yield Problem(
                "scoring.option_value",
                "Option {code} of {name} has neither a score from 0 to 1 nor a kind of missing.",
                "Fill the column `score` or the column `missing`.",
                where,
                {"code": choice.code, "name": question.name, "component": component.name},
            )


def _check_conditions(component: Component, instrument: Instrument) -> Iterator[Problem]:
    for condition in component.when:
        question = instrument.by_name.get(condition.question)
        if question is None or question.repeat:
            yield _problem(
                "condition_unknown",
                component,
                "The condition of {component} names {name}, which is no question outside repeats.",
                "Correct the column `when`.",
                condition.question,
            )
            continue
        choices = instrument.choices_of(question)
        if choices is not None and choices.get(condition.code) is None:
            yield _problem(
                "condition_option",
                component,
                "The condition of {component} names an option that {name} does not have.",
                "Use a code of its list.",
                condition.question,
            )


def _check_alternatives(instrument: Instrument) -> Iterator[Problem]:
    rows: dict[str, list[Component]] = defaultdict(list)
    for component in instrument.components:
        rows[component.name].append(component)
    for alternatives in rows.values():
        first = alternatives[0]
        for row, other in enumerate(alternatives):
            if other.dimension != first.dimension:
                yield _problem(
                    "alternative_dimension",
                    other,
                    "The rows of {component} name different dimensions.",
                    "Give all rows of one component the same dimension.",
                )
            if row + 1 < len(alternatives) and not other.when and other.min_age is None and other.max_age is None:
                yield _problem(
                    "alternative_unreachable",
                    other,
                    "A row of {component} always holds, so the rows after it are never used.",
                    "Put the row without condition and ages last.",
                )


def _check_weight_sets(instrument: Instrument) -> Iterator[Problem]:
    known = weight_sets_of(instrument)
    for name in filter(None, (instrument.about.dimension_weights, instrument.about.composite_weights)):
        if name not in known:
            yield Problem(
                "scoring.weight_set_unknown",
                "The weight set {name} is not in the scoring sheet.",
                "Add a column weight::{name}, or correct the about sheet.",
                Where(sheet="about"),
                {"name": name},
            )


def _check_cycles(instrument: Instrument) -> Iterator[Problem]:
    """Components that feed themselves, directly or through others."""
    names = {component.name for component in instrument.components}
    needs: dict[str, set[str]] = {name: set() for name in names}
    by_name = {component.name: component for component in instrument.components}
    for component in instrument.components:
        needs[component.name] |= {name for name in component.of if is_component(name, component, names)}
    while ready := {name for name, inputs in needs.items() if not inputs}:
        needs = {name: inputs - ready for name, inputs in needs.items() if name not in ready}
    for name in sorted(needs):
        yield _problem("cycle", by_name[name], "{component} depends on itself.", "Break the circle in the column `of`.")
