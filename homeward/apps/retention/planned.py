"""The case of a child for the child's own copy: steps, assessments, plans, what became of them. For no guardian's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from homeward.apps.access.actors import Actor
from homeward.apps.cases.case_queries import all_assessments, case_of, ends_of, plan_of
from homeward.apps.cases.case_rows import AssessmentRow, CaseOf, EndRow, PlanOf
from homeward.apps.cases.documents import opened
from homeward.apps.cases.models import Action, Child

SPOKEN_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "casestep": "from_step to_step on way reason words",
        "endrequest": "way reason told early reviewed_on words early_words answer",
        "assessment": "number kind on occasion levels protective risks vulnerability panel answer",
        "assessmenttext": "topic words",
        "planversion": "number on agreed_on child_view caregiver_view child_words caregiver_words answer",
        "goal": "dimension whose words",
        "action": "dimension service who due words helper",
        "actionoutcome": "on outcome because words",
        "variation": "trigger on child_view dimension check_on reason child_words expected",
        "variationcheck": "on found words",
    }
)
SPOKEN_PLAN = frozenset(f"cases.{model}.{name}" for model, names in SPOKEN_COLUMNS.items() for name in names.split())


@dataclass(frozen=True, slots=True)
class CaseTold:
    case: CaseOf
    plan: PlanOf
    assessments: tuple[AssessmentRow, ...]
    ends: tuple[EndRow, ...]
    helpers: Mapping[UUID, str]  # by action


def case_told(actor: Actor, child: Child) -> CaseTold:
    rows = Action.objects.filter(child=child).order_by("version__number")
    return CaseTold(
        case_of(actor, child.pk),
        plan_of(actor, child.pk),
        all_assessments(actor, child.pk),
        ends_of(actor, child.pk),
        {row.line: opened(row, "helper") for row in rows},
    )
