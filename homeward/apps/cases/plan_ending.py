"""What becomes of steps, assessments and plans when something of the child ends. Coded rows stay with the code until
the child is erased; then none is left.
"""

from __future__ import annotations

from uuid import UUID

from django.db import models

from homeward.apps.cases.models import (
    Action,
    ActionOutcome,
    Assessment,
    AssessmentText,
    CaseStep,
    EndRequest,
    Goal,
    PlanVersion,
    Variation,
    VariationCheck,
)
from homeward.apps.cases.plan_models import OF_A_CHILD

ALL: tuple[type[models.Model], ...] = (*OF_A_CHILD, EndRequest, CaseStep)


def end_plan_names(child_id: UUID) -> None:
    """In the caller's transaction, with who the child is: names of people who help."""
    Action.objects.filter(child=child_id).update(helper=b"")


def end_plan_words(child_id: UUID) -> None:
    """In the caller's transaction: everything that somebody said or wrote."""
    end_plan_names(child_id)
    CaseStep.objects.filter(child=child_id).update(words=b"")
    EndRequest.objects.filter(child=child_id).update(words=b"", early_words=b"", answer=b"")
    Assessment.objects.filter(child=child_id).update(answer=b"")
    AssessmentText.objects.filter(child=child_id).update(words=b"")
    PlanVersion.objects.filter(child=child_id).update(child_words=b"", caregiver_words=b"", answer=b"")
    Goal.objects.filter(child=child_id).update(words=b"")
    Action.objects.filter(child=child_id).update(words=b"")
    ActionOutcome.objects.filter(child=child_id).update(words=b"")
    Variation.objects.filter(child=child_id).update(reason=b"", child_words=b"", expected=b"")
    VariationCheck.objects.filter(child=child_id).update(words=b"")


def plan_rows(child_id: UUID) -> int:
    return sum(model._default_manager.filter(child=child_id).count() for model in ALL)


def forget_plans(child_id: UUID) -> int:
    """In the caller's transaction, before the child's row goes."""
    counted = plan_rows(child_id)
    for model in ALL:
        model._default_manager.filter(child=child_id).delete()
    return counted
