"""Referring a child to a service, and saying what came of it. Each step is one transaction with its trace; a step that
leads nowhere leaves a gap in services.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from django.db import transaction

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.deciding import child_to_decide, require_for
from homeward.apps.cases.gaps import Gap, leave_gap, meet_gap, take_over
from homeward.apps.cases.models import Child, Referral, ReferralStep, Status
from homeward.apps.cases.scope import about_children_visible_to
from homeward.apps.cases.sealing import PROVIDER, WORDS, seal_of_referral
from homeward.apps.cases.services import hold_child
from homeward.apps.cases.sharing import field_rules, handing_out, referred_to, require_consent_to_share
from homeward.apps.communities.models import Service
from homeward.domain.codes import random_code
from homeward.domain.gaps import Source
from homeward.domain.lifecycle import not_open
from homeward.domain.mending import KNOWN, that_hold
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.domain.referring import (
    LONGEST_WAIT,
    NEEDS,
    URGENCIES,
    Standing,
    Step,
    Taken,
    is_failure,
    is_met,
    may_take,
    standing_after,
)
from homeward.domain.sharing import WORDS as WORDS_FIELD
from homeward.domain.sharing import YES, Agreement, agreed_fields

MAKE, SEE = "referrals.make", "referrals.see"
CODE_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the child needs and to whom it is taken: a service of the list, or somebody who is in none."""

    need: str
    urgency: str
    agreement: Agreement
    service_id: UUID | None = None
    provider: str = ""
    chosen: tuple[str, ...] = ()  # of the fields that do not always go
    words: str = ""  # the child's own, where it wants them to be told
    made_on: date | None = None
    answer_by: date | None = None


def make_referral(
    actor: Actor, code: str, wanted: Wanted, *, instead_of: UUID | None = None, gap_id: UUID | None = None
) -> UUID:
    """`instead_of`: one that led nowhere, with which this one goes on. `gap_id`: known from a visit, of the same
    sector: it is counted with this one.
    """
    child = _open_child(actor, code)
    sector, dimension = _checked_need(wanted.need)
    service = _service(child, wanted)
    today = today_in(actor, child.organisation_id)
    made_on, answer_by = _days(wanted, today)
    to = service.name if service is not None else wanted.provider.strip()
    require_consent_to_share(actor, child.pk, "service", to, wanted.agreement)
    fields = agreed_fields(field_rules(), sector, wanted.chosen)
    words = _words(wanted, fields)
    row = Referral(
        id=uuid4(),
        child=child,
        sector=sector,
        need=wanted.need,
        dimension=dimension,
        urgency=wanted.urgency,
        service=service,
        fields=[name for name in fields if name != WORDS_FIELD or words],
        made_on=made_on,
        answer_by=answer_by,
        made_by_id=actor.person_id,
        child_says=wanted.agreement.child,
        adult_says=wanted.agreement.adult,
        agreed_on=wanted.agreement.day,
        agreed_language=wanted.agreement.language,
    )
    row.provider = seal_of_referral(child.pk, row.pk, PROVIDER, "" if service else wanted.provider.strip())
    row.words = seal_of_referral(child.pk, row.pk, WORDS, words)
    with transaction.atomic():
        _insert(actor, child, row)
        if gap_id is not None:
            _take_over(actor, child, gap_id, row)
        if instead_of is not None:
            _go_on(actor, child, instead_of, today)
    return row.pk


def _go_on(actor: Actor, child: Child, failed_id: UUID, today: date) -> None:
    """In the caller's transaction, with the child held."""
    failed = Referral.objects.filter(child=child, pk=failed_id).first()
    if failed is None:
        raise NotVisible("referral")
    last = _last_day(failed)
    taken = Taken(Step.TRY_OTHER, today)
    may_take(taken, Standing(failed.standing), last=last, answer_by=failed.answer_by, today=today).require()
    _append(actor, child, failed, taken)


def note_unmet_need(
    actor: Actor, code: str, need: str, reason: str, day: date | None = None, *, gap_id: UUID | None = None
) -> UUID:
    """A need for which there is nobody to refer to, or that was not taken anywhere yet. Nothing leaves the house, so
    nobody is asked; it counts as a gap at once.
    """
    child = _open_child(actor, code)
    sector, dimension = _checked_need(need)
    today = today_in(actor, child.organisation_id)
    day = day or today
    row = Referral(
        id=uuid4(),
        child=child,
        sector=sector,
        need=need,
        dimension=dimension,
        urgency="month",
        made_on=day,
        answer_by=day,
        made_by_id=actor.person_id,
    )
    taken = Taken(Step.UNMET, day, reason=reason)
    may_take(taken, Standing.MADE, last=day, answer_by=day, today=today).require()
    with transaction.atomic():
        _insert(actor, child, row)
        if gap_id is not None:
            _take_over(actor, child, gap_id, row)
        _append(actor, child, row, taken)
    return row.pk


def take_step(actor: Actor, referral_id: UUID, taken: Taken) -> None:
    """What happened to it, in the order of the table in `domain.referring`. It is sent while what was agreed holds."""
    rows = Referral.objects.filter(about_children_visible_to(actor, SEE)).select_related("child", "service")
    row = rows.filter(pk=referral_id).first()
    if row is None:
        raise NotVisible("referral")
    child = row.child
    require_for(actor, MAKE, child)
    require_open(child)
    sending = taken.step is Step.SEND
    with handing_out(actor, child, "service", referred_to(row)) if sending else transaction.atomic():
        hold_child(child.pk)
        row.refresh_from_db(fields=["standing"])
        last = _last_day(row)
        today = today_in(actor, child.organisation_id)
        decision = may_take(taken, Standing(row.standing), last=last, answer_by=row.answer_by, today=today)
        decision.require()
        _append(actor, child, row, taken)


def _last_day(row: Referral) -> date:
    """Of what holds: what was corrected binds no later step."""
    return max((each.day for each in that_hold(row.steps.order_by("number"))), default=row.made_on)


def _take_over(actor: Actor, child: Child, gap_id: UUID, row: Referral) -> None:
    """What the visit had said stays the first step, so that it is known again where a later one turns out wrong."""
    told = take_over(child, gap_id, row.pk, row.sector, row.need)
    if told is not None:
        day, reason = told
        said = {"day": day, "reason": reason, "person_id": actor.person_id}
        ReferralStep.objects.create(referral=row, number=1, step=KNOWN, **said)


def require_open(child: Child) -> None:
    if child.status != Status.OPEN:
        raise ProblemError(not_open(child.status, "child.not_open"))


def _open_child(actor: Actor, code: str) -> Child:
    child = child_to_decide(actor, code, MAKE)
    require_open(child)
    return child


def _insert(actor: Actor, child: Child, row: Referral) -> None:
    hold_child(child.pk)
    row.standing, row.code = Standing.MADE, _free_code()
    row.save(force_insert=True)
    detail = {"sector": row.sector}
    record(
        actor,
        "make_referral",
        "referral",
        row.pk,
        organisation_id=child.organisation_id,
        child_id=child.pk,
        detail=detail,
    )


def _free_code() -> str:
    """Of nine digits like a child's, and of neither a child nor another referral."""
    for _ in range(CODE_ATTEMPTS):
        code = random_code(secrets.randbelow)
        if not Referral.objects.filter(code=code).exists() and not Child.objects.filter(code=code).exists():
            return code
    raise RuntimeError("no free code was found")


def _append(actor: Actor, child: Child, row: Referral, taken: Taken) -> None:
    """Inside the transaction, with the child held."""
    number = row.steps.count() + 1
    ReferralStep.objects.create(
        referral=row,
        number=number,
        step=taken.step,
        day=taken.day,
        how=taken.how,
        reason=taken.reason,
        person_id=actor.person_id,
    )
    row.standing = standing_after(taken.step, Standing(row.standing))
    Referral.objects.filter(pk=row.pk).update(standing=row.standing)
    if is_failure(taken):
        leave_gap(child, Gap(Source.REFERRAL, row.pk, row.sector, taken.reason, need=row.need), taken.day)
    elif is_met(taken):
        meet_gap(Source.REFERRAL, row.pk, taken.day)
    place, detail = child.organisation_id, {"step": str(taken.step)}
    record(actor, "step_referral", "referral", row.pk, organisation_id=place, child_id=child.pk, detail=detail)


def _checked_need(need: str) -> tuple[str, str]:
    if need not in NEEDS:
        where = Where(field="need")
        raise ProblemError(Problem("referral.need", "It is not said what is needed.", "Choose one.", where))
    dimension, sector = NEEDS[need]
    return sector, dimension


def _service(child: Child, wanted: Wanted) -> Service | None:
    """One of the child's organisation that is open; else somebody has to be named."""
    if wanted.service_id is not None:
        row = Service.objects.filter(pk=wanted.service_id, organisation_id=child.organisation_id).first()
        if row is None:
            raise NotVisible("service")
        if not row.is_open:
            message, action = "This service is closed.", "Choose another one."
            raise ProblemError(Problem("referral.service_closed", message, action, Where(field="service")))
        return row
    if not wanted.provider.strip():
        message, action = "It is not said to whom.", "Choose a service, or write who it is."
        raise ProblemError(Problem("referral.to_whom", message, action, Where(field="service")))
    return None


def _words(wanted: Wanted, fields: tuple[str, ...]) -> str:
    """Only those that the child itself agreed to have told."""
    words = wanted.words.strip() if WORDS_FIELD in fields else ""
    if words and wanted.agreement.child != YES:
        message, action = "The child has not agreed to have its words told.", "Leave them out."
        raise ProblemError(Problem("sharing.words", message, action, Where(field="words"), status=409))
    return words


def _days(wanted: Wanted, today: date) -> tuple[date, date]:
    if wanted.urgency not in URGENCIES:
        where = Where(field="urgency")
        raise ProblemError(Problem("referral.urgency", "It is not said how urgent it is.", "Choose one.", where))
    made_on = wanted.made_on or today
    answer_by = wanted.answer_by or made_on + URGENCIES[wanted.urgency]
    if made_on > today or not made_on <= answer_by <= made_on + LONGEST_WAIT:
        message, action = "The day until which they can answer is too early or too late.", "Correct it."
        raise ProblemError(Problem("referral.answer_by", message, action, Where(field="answer_by")))
    return made_on, answer_by
