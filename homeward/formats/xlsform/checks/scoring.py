"""The scoring sheet beyond what the scorer itself demands: sums, mirrored scales, ages and bands without holes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from homeward.domain.instruments import Band, ChoiceList, Component, Instrument
from homeward.domain.problems import Where
from homeward.domain.scoring import check_scoring
from homeward.domain.scoring.checks import weight_of
from homeward.formats.xlsform.checks.subject import Subject
from homeward.formats.xlsform.columns import ABOUT, SCORING

ADULT = 120


def check_scores(subject: Subject) -> None:
    said: set[tuple[str, Where]] = set()  # an option that many questions share is reported once
    for problem in check_scoring(subject.instrument):
        shared = (problem.code, problem.where)
        if problem.code != "scoring.option_value" or shared not in said:
            subject.report.problems.append(problem)
        said.add(shared)
    _score_and_missing(subject)
    _mirrored_lists(subject)
    if subject.instrument.components:
        _dimensions_served(subject)
        _sums(subject)
        _alternative_ages(subject)
        _bands(subject)


def _score_and_missing(subject: Subject) -> None:
    for choice_list in subject.instrument.choice_lists.values():
        for choice in choice_list.choices:
            if choice.score is not None and choice.missing is not None:
                subject.report.add(
                    "score_and_missing",
                    "The option {name} has a score and is marked as missing.",
                    "Keep one of the two; a missing rule of the scoring sheet may give missing answers a value.",
                    subject.at(choice.where, "missing"),
                    {"name": choice.code},
                )


def _mirrored_lists(subject: Subject) -> None:
    """Two lists with the same codes and opposite scores: somebody turned a scale round by hand."""
    seen: list[ChoiceList] = []
    for choice_list in subject.instrument.choice_lists.values():
        for other in seen:
            if _mirrored(_scores(choice_list), _scores(other)):
                subject.report.add(
                    "reversed_scale",
                    "The lists {name} and {other} have the same codes and opposite scores.",
                    "Use one list, and write yes in the column reverse of the questions where it runs the other way.",
                    subject.at(choice_list.choices[0].where, "score"),
                    {"name": choice_list.name, "other": other.name},
                )
        seen.append(choice_list)


def _scores(choice_list: ChoiceList) -> Mapping[str, Decimal]:
    return {choice.code: choice.score for choice in choice_list.choices if choice.score is not None}


def _mirrored(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> bool:
    return len(one) > 1 and one.keys() == other.keys() and one != other and all(one[c] == 1 - other[c] for c in one)


def _dimensions_served(subject: Subject) -> None:
    used = {component.dimension for component in subject.instrument.components}
    for dimension in subject.instrument.about.dimensions:
        if dimension not in used:
            subject.report.add(
                "dimension_empty",
                "No component belongs to the dimension {name}.",
                "Add components on the scoring sheet, or take the dimension off the about sheet.",
                subject.report.where(ABOUT, None, "dimensions"),
                {"name": dimension},
            )


def ages_of(instrument: Instrument) -> tuple[int, ...]:
    """One age for each stretch in which the same components apply, within the ages of the instrument."""
    low, high = instrument.about.min_age or 0, instrument.about.max_age
    top = ADULT if high is None else high
    starts = {low}
    for component in instrument.components:
        starts.add(low if component.min_age is None else component.min_age)
        starts.add(top + 1 if component.max_age is None else component.max_age + 1)
    return tuple(sorted(age for age in starts if low <= age <= top))


def applies_at(component: Component, age: int) -> bool:
    above = component.min_age is None or component.min_age <= age
    return above and (component.max_age is None or age <= component.max_age)


def _sums(subject: Subject) -> None:
    """Decimal weights are shares and sum to 1; whole numbers are ratios and need not."""
    instrument = subject.instrument
    for name in _written_sets(instrument):
        weights = {component.weights.get(name, Decimal(0)) for component in instrument.components}
        if all(weight == weight.to_integral_value() for weight in weights):
            continue
        for age in ages_of(instrument):
            sums = _sums_at(instrument, name, age)
            overall = name == instrument.about.composite_weights
            wrong = [("", sum(sums.values(), Decimal(0)))] if overall else list(sums.items())
            if _report_sums(subject, name, age, [(dimension, total) for dimension, total in wrong if total != 1]):
                break  # one age is enough to find the mistake


def _written_sets(instrument: Instrument) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for component in instrument.components for name in component.weights))


def _sums_at(instrument: Instrument, weight_set: str, age: int) -> Mapping[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    counted: set[str] = set()
    for component in instrument.components:
        if component.dimension and component.name not in counted and applies_at(component, age):
            counted.add(component.name)
            sums[component.dimension] += weight_of(component, weight_set)
    return sums


def _report_sums(subject: Subject, weight_set: str, age: int, wrong: Iterable[tuple[str, Decimal]]) -> bool:
    found = False
    for dimension, total in wrong:
        found = True
        subject.report.add(
            "weights_sum",
            "The weights {set} of {dimension} sum to {total} and not to 1 (at age {age}).",
            "Correct the weights of the scoring sheet.",
            subject.report.where(SCORING, None, f"weight::{weight_set}"),
            {
                "set": weight_set,
                "dimension": dimension or "all dimensions",
                "total": str(total.normalize()),
                "age": age,
            },
        )
    return found


def _alternative_ages(subject: Subject) -> None:
    rows: dict[str, list[Component]] = defaultdict(list)
    for component in subject.instrument.components:
        rows[component.name].append(component)
    for alternatives in rows.values():
        _overlaps(subject, alternatives)
        _gaps(subject, alternatives)
    _ages_without_components(subject)


def _overlaps(subject: Subject, alternatives: list[Component]) -> None:
    """Rows that differ in ages alone; where a condition decides too, the order of rows is meant."""
    aged = [row for row in alternatives if not row.when and (row.min_age, row.max_age) != (None, None)]
    for place, row in enumerate(aged):
        for other in aged[place + 1 :]:
            if applies_at(row, other.min_age or 0) or applies_at(other, row.min_age or 0):
                subject.report.add(
                    "ages_overlap",
                    "Two rows of {name} hold for the same ages; only the first would be used.",
                    "Let each age stand in one row.",
                    _ages_place(other),
                    {"name": row.name},
                )


def _gaps(subject: Subject, alternatives: list[Component]) -> None:
    if len(alternatives) < 2 or any((row.min_age, row.max_age) == (None, None) for row in alternatives):
        return
    instrument = subject.instrument
    lows = [row.min_age for row in alternatives]
    first = min((low for low in lows if low is not None), default=0) if None not in lows else 0
    for age in ages_of(instrument):
        last = max((row.max_age if row.max_age is not None else ADULT) for row in alternatives)
        if first <= age <= last and not any(applies_at(row, age) for row in alternatives):
            subject.report.add(
                "ages_gap",
                "No row of {name} holds at age {age}.",
                "Extend the ages of one row.",
                _ages_place(alternatives[0]),
                {"name": alternatives[0].name, "age": age},
            )
            return


def _ages_without_components(subject: Subject) -> None:
    instrument = subject.instrument
    if instrument.about.subject != "child":
        return
    for dimension in instrument.about.dimensions:
        members = [component for component in instrument.components if component.dimension == dimension]
        hole = next((age for age in ages_of(instrument) if not any(applies_at(row, age) for row in members)), None)
        if members and hole is not None:
            subject.report.add(
                "ages_gap",
                "No component of {name} holds at age {age}, which the instrument is for.",
                "Extend the ages of a component, or those of the instrument.",
                subject.report.where(SCORING, None, "ages"),
                {"name": dimension, "age": hole},
            )


def _ages_place(component: Component) -> Where:
    return Where(component.where.file, SCORING, component.where.row, "ages")


def _bands(subject: Subject) -> None:
    for component in subject.instrument.components:
        whole = _reads_whole_numbers(subject.instrument, component)
        hole = _hole(component.bands, whole=whole) if component.bands else ""
        if hole:
            subject.report.add(
                "bands_gap",
                "The bands of {name} say nothing about {hole}.",
                "Add a band; the last one is written like 3+:1.",
                Where(component.where.file, SCORING, component.where.row, "bands"),
                {"name": component.name, "hole": hole},
                severity="warning",
            )


def _reads_whole_numbers(instrument: Instrument, component: Component) -> bool:
    question = instrument.by_name.get(component.of[0]) if component.of else None
    return question is not None and question.type in ("integer", "select_multiple")


def _hole(bands: tuple[Band, ...], *, whole: bool) -> str:
    ordered = sorted(bands, key=lambda band: Decimal("-Infinity") if band.low is None else band.low)
    if ordered[0].low is not None and ordered[0].low > 0:
        return f"x < {ordered[0].low}"
    for lower, upper in zip(ordered, ordered[1:], strict=False):
        if whole and lower.high is not None and upper.low is not None and upper.low - lower.high > 1:
            return f"{lower.high} < x < {upper.low}"
    return f"x > {ordered[-1].high}" if ordered[-1].high is not None else ""
