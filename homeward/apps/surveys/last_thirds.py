"""Of many children what the last interview with each voice came to: each dimension as a third of the scale."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from homeward.apps.access.actors import Actor
from homeward.apps.cases.models import Child
from homeward.apps.cases.same_child import stays_of_merged
from homeward.apps.surveys.models import Score, State
from homeward.apps.surveys.scope import submissions_visible_to
from homeward.apps.surveys.series import is_of_self
from homeward.domain.thirds import third_of

Thirds = dict[str, dict[str, str]]  # voice -> dimension -> third
CHILD, CAREGIVER = "child", "caregiver"
COLUMNS = (
    *("submission_id", "submission__child_id", "submission__respondent", "submission__age_years"),
    *("submission__interviewed_on", "submission__form_version__subject", "dimension", "value", "enough"),
)


def last_thirds(actor: Actor, children: Sequence[Child]) -> dict[UUID, Thirds]:
    """About the child alone: what a caregiver says of the own situation is no matter of this."""
    here = {child.pk: child for child in children}
    twins = {twin: stays for twin, stays in stays_of_merged().items() if stays in here}
    told = submissions_visible_to(actor).filter(child_id__in=[*here, *twins], state=State.ACCEPTED)
    keys = list(
        told.values_list("pk", flat=True)
    )  # few; asked inside the other question they are weighed for each score
    rows = Score.objects.filter(submission__in=keys, current=True).exclude(dimension="composite")
    newest_last = rows.order_by("submission__interviewed_on", "submission__received_at", "submission_id")
    found: dict[UUID, Thirds] = {}
    last: dict[tuple[UUID, str], UUID] = {}
    for key, child_id, who, age, day, subject, dimension, value, enough in newest_last.values_list(*COLUMNS):
        child = here[twins.get(child_id, child_id)]
        own = is_of_self(child, who, age, day)
        voice = CHILD if own else who
        if voice not in (CHILD, CAREGIVER) or not (own or subject == "child"):
            continue
        of_child = found.setdefault(child.pk, {})
        if last.get((child.pk, voice)) != key:
            last[child.pk, voice], of_child[voice] = key, {}
        if value is not None and enough:
            of_child[voice][dimension] = third_of(value)
    return found
