"""From an answer as it was given to one the scorer may use: known codes only, nothing guessed."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from homeward.domain.instruments import Answer, Missing
from homeward.domain.problems import Problem, Where
from homeward.domain.scoring.plan import Asked, Leaf, Test, WholeBand

_ONLY_MESSAGE = {
    "unknown_option": (
        "The answer to {question} is not one of its options, so it counts as no answer.",
        "Correct the answer, or load the version of the instrument that was used.",
    ),
    "several_for_one": (
        "{question} takes one answer and has several, so it counts as no answer.",
        "Correct the answer.",
    ),
    "exclusive_with_others": (
        "{question} has an answer that excludes all others together with others, so it counts as no answer.",
        "Ask again or look at the paper form; keep either the one or the others.",
    ),
    "not_a_number": ("The answer to {question} is not a number, so it counts as no answer.", "Correct the answer."),
    "outside_bands": (
        "The number given to {question} is outside every band, so it counts as no answer.",
        "Check the number; it is kept as it was given.",
    ),
    "age_unknown": (
        "The age at interview is unknown, so parts that depend on it have no score.",
        "Add the birth date or the age; the option --age-column names the column of a file.",
    ),
}

Warnings = list[Problem]


def warning(code: str, question: str = "") -> Problem:
    message, action = _ONLY_MESSAGE[code]
    return Problem(f"scoring.{code}", message, action, Where(field=question), {"question": question}, "warning")


def read(asked: Asked, answer: Answer, warnings: Warnings) -> Answer:
    """The answer, or the kind of missing that stands in its place."""
    if isinstance(answer, Missing):
        return answer
    if asked.kind == "one":
        return _read_one(asked, answer, warnings)
    if asked.kind == "many":
        return _read_many(asked, answer, warnings)
    if asked.kind == "number":
        return _read_number(asked, answer, warnings)
    return answer if answer != "" else Missing.NO_ANSWER


def _read_one(asked: Asked, answer: Answer, warnings: Warnings) -> Answer:
    if isinstance(answer, tuple):
        if len(answer) != 1:
            warnings.append(warning("several_for_one", asked.name)) if answer else None
            return Missing.NO_ANSWER
        answer = answer[0]
    if answer in asked.codes:
        return answer
    if answer != "":
        warnings.append(warning("unknown_option", asked.name))
    return Missing.NO_ANSWER


def _read_many(asked: Asked, answer: Answer, warnings: Warnings) -> Answer:
    ticked = answer if isinstance(answer, tuple) else tuple(str(answer).split())
    if not ticked:
        return Missing.NO_ANSWER
    if not asked.codes.issuperset(ticked):
        warnings.append(warning("unknown_option", asked.name))
        return Missing.NO_ANSWER
    if len(set(ticked)) > 1 and not asked.exclusive.isdisjoint(ticked):
        warnings.append(warning("exclusive_with_others", asked.name))
        return Missing.NO_ANSWER
    return ticked


def _read_number(asked: Asked, answer: Answer, warnings: Warnings) -> Answer:
    if answer == "":
        return Missing.NO_ANSWER
    try:
        number = answer if isinstance(answer, Decimal) else Decimal(str(answer).strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if number.is_finite():
        return number
    warnings.append(warning("not_a_number", asked.name))
    return Missing.NO_ANSWER


def value_of(leaf: Leaf, asked: Asked, answer: Answer, warnings: Warnings) -> int | Missing:
    """The whole-number value of an answer that `read` let through."""
    if isinstance(answer, Missing):
        return answer
    if isinstance(answer, tuple):
        return _value_of_ticks(leaf, asked, answer, warnings)
    if isinstance(answer, Decimal):
        return _banded(leaf.bands, answer, asked, warnings)
    return leaf.table[answer]


def _value_of_ticks(leaf: Leaf, asked: Asked, ticked: tuple[str, ...], warnings: Warnings) -> int | Missing:
    """Best of the ticked options, or their number; "don't know" beside real answers says nothing and is passed over."""
    if all(code in asked.missing for code in ticked):
        return asked.missing[ticked[0]]
    if leaf.counts is not None:
        return _banded(leaf.bands, Decimal(len(leaf.counts.intersection(ticked))), asked, warnings)
    values = [value for code in ticked if not isinstance(value := leaf.table[code], Missing)]
    return max(values) if values else Missing.NO_ANSWER


def _banded(bands: tuple[WholeBand, ...], number: Decimal, asked: Asked, warnings: Warnings) -> int | Missing:
    for band in bands:
        if (band.low is None or number >= band.low) and (band.high is None or number <= band.high):
            return band.value
    warnings.append(warning("outside_bands", asked.name))
    return Missing.NO_ANSWER


def holds(test: Test, answer: Answer) -> bool:
    """`!=` is the plain opposite of `=`, as in a form's skip logic: a missing answer is not equal to any code."""
    if isinstance(answer, Missing):
        equal = False
    elif isinstance(answer, Decimal):
        equal = answer == test.number
    else:
        equal = test.code in answer if isinstance(answer, tuple) else answer == test.code
    return equal is not test.negated
