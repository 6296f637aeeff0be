"""An outcome of a referral that was noted wrongly: said so with a reason, and the gap in services follows. What was
noted stays readable.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.deciding import require_for
from homeward.apps.cases.gaps import Gap, drop_gaps, leave_gap, meet_gap
from homeward.apps.cases.models import Child, Referral, ReferralStep
from homeward.apps.cases.referring import MAKE, SEE, require_open
from homeward.apps.cases.scope import about_children_visible_to
from homeward.apps.cases.services import hold_child
from homeward.domain.gaps import Source
from homeward.domain.mending import CORRECT, KNOWN, may_correct, may_say_why, standing_of_steps, that_hold
from homeward.domain.problems import Problem, ProblemError
from homeward.domain.referring import Step, Taken, is_failure, is_met


def correct_step(actor: Actor, referral_id: UUID, known: int, reason: str) -> None:
    """`known`: how many steps whoever corrects has read, so that nobody takes back what they have not seen."""
    row = Referral.objects.filter(about_children_visible_to(actor, SEE), pk=referral_id).select_related("child").first()
    if row is None:
        raise NotVisible("referral")
    child = row.child
    require_for(actor, MAKE, child)
    require_open(child)
    may_say_why(reason).require()
    with transaction.atomic():
        hold_child(child.pk)
        steps = list(row.steps.order_by("number"))
        if len(steps) != known:
            action = "Look at the page again: somebody may have taken it meanwhile."
            raise ProblemError(Problem("referral.order", "This step is not open now.", action, status=409))
        may_correct(steps, agreed=row.agreed_on is not None).require()
        said = {"day": today_in(actor, child.organisation_id), "reason": reason, "person_id": actor.person_id}
        steps.append(ReferralStep.objects.create(referral=row, number=known + 1, step=CORRECT, **said))
        Referral.objects.filter(pk=row.pk).update(standing=standing_of_steps(steps))
        _let_gap_follow(child, row, steps)
        detail: dict[str, str | int | bool | None] = {"reason": reason, "number": known}
        place = child.organisation_id
        record(actor, "correct_referral", "referral", row.pk, organisation_id=place, child_id=child.pk, detail=detail)


def _let_gap_follow(child: Child, row: Referral, steps: list[ReferralStep]) -> None:
    """As what holds says it; what a visit had told before is known again."""
    drop_gaps(Source.REFERRAL, row.pk)
    for each in steps:
        if each.step == KNOWN:
            leave_gap(child, Gap(Source.REFERRAL, row.pk, row.sector, each.reason, need=row.need), each.day)
    for each in that_hold(steps):
        taken = Taken(Step(each.step), each.day, each.how, each.reason)
        if is_failure(taken):
            leave_gap(child, Gap(Source.REFERRAL, row.pk, row.sector, taken.reason, need=row.need), taken.day)
        elif is_met(taken):
            meet_gap(Source.REFERRAL, row.pk, taken.day)
