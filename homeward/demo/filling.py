"""A filled-in form as a collecting app would send it: relevance respected, calculations done, XML written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

from homeward.formats.xform.evaluate import Evaluation, evaluate
from homeward.formats.xform.filling import filled
from homeward.formats.xform.model import Form

ROUNDS = 6  # relevance can depend on calculations and these on relevance, but no form of ours goes deeper


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


def _improve(values: dict[str, str], evaluation: Evaluation) -> bool:
    """Take away what is hidden and put in what is calculated; False when nothing was to do."""
    for path in evaluation.hidden:
        values[path] = ""
    for calculated in evaluation.calculated:
        values[calculated.path] = calculated.computed
    return bool(evaluation.hidden or evaluation.calculated)
