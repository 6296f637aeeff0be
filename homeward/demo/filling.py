"""A filled-in form as a collecting app would send it: relevance respected, calculations done, XML written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

from homeward.formats.xform.evaluate import Evaluation, evaluate
from homeward.formats.xform.filling import filled
from homeward.formats.xform.model import Form

ROUNDS = 12  # relevance can depend on calculations and these on relevance, but no form of ours goes deeper


def fill(
    form: Form,
    answer: Callable[[str], str],
    instance_id: UUID,
    today: date,
    external: Mapping[str, list[Mapping[str, str]]] | None = None,
) -> bytes:
    """`answer` gives the text for a question's name. Repeats stay empty: surveys of the demo have none."""
    values = {item.path: answer(item.name) for item in form.questions if item.control is not None}
    for _ in range(ROUNDS):
        document = filled(form, values, f"uuid:{instance_id}")
        evaluation = evaluate(form, document, today, external)
        if not _improve(values, evaluation):
            return document
    raise ValueError(f"{form.id} does not settle")


def alone_with_a_child(code: str, day: date) -> Mapping[str, str]:
    """How each interview of ours begins: who is spoken with, apart, and that everybody agreed."""
    return {
        "child_known": "yes",
        "child_listed": code,
        "child_code": code,
        "interview_date": day.isoformat(),
        "respondent": "child",
        "in_private": "yes",
        "fifteen_or_older": "no",
        "caregiver_consent": "yes",
        "child_assent": "yes",
        "may_go_on": "yes",
    }


def _improve(values: dict[str, str], evaluation: Evaluation) -> bool:
    """Put in what is calculated, and only then take away what is hidden: a group may hang on a calculation. False when
    nothing was to do.
    """
    for calculated in evaluation.calculated:
        values[calculated.path] = calculated.computed
    if evaluation.calculated:
        return True
    for path in evaluation.hidden:
        values[path] = ""
    return bool(evaluation.hidden)
