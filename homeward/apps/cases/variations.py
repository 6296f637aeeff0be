"""A variation of an agreed plan: what caused it, what is expected of it, and what was found when somebody looked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.documents import (
    State,
    case_to_write,
    day_within,
    lock_case,
    refuse_closed,
    require_listed,
    require_words,
    sealed,
    wrong,
)
from homeward.apps.cases.models import Variation, VariationCheck
from homeward.apps.cases.plans import begin_version, draft_of
from homeward.apps.cases.steps import agreed_plan
from homeward.domain.planning import DIMENSIONS, FOUND, TRIGGERS, VIEWS
from homeward.domain.rounds import add_months

LATEST_CHECK = 12  # months


@dataclass(frozen=True, slots=True)
class VariationFacts:
    trigger: str
    reason: str
    child_view: str
    dimension: str
    expected: str
    check_on: date
    child_words: str = ""
    on: date | None = None  # today, where none is given
    submission_id: UUID | None = None  # that caused it, where it is one; the caller has found it within reach


def begin_variation(actor: Actor, code: str, facts: VariationFacts) -> UUID:
    """The next version as a draft, which begins with what was agreed. It holds once another person has agreed to it."""
    child = case_to_write(actor, code)
    day = day_within(actor, child, facts.on)
    _check(facts, day)
    with transaction.atomic():
        child = lock_case(child.pk)
        refuse_closed(child)
        if agreed_plan(child.pk) is None:
            raise wrong("trigger", "No plan is agreed yet.", "Change the draft itself.")
        if draft_of(child.pk) is not None:
            raise wrong("trigger", "A version of the plan is being written.", "Finish it first.")
        version = begin_version(actor, child, day)
        row = Variation(id=uuid4(), child=child, version=version, trigger=facts.trigger, on=day)
        row.submission, row.written_by_id = facts.submission_id, actor.person_id
        row.child_view, row.dimension, row.check_on = facts.child_view, facts.dimension, facts.check_on
        row.reason = sealed(row, "reason", facts.reason)
        row.child_words = sealed(row, "child_words", facts.child_words)
        row.expected = sealed(row, "expected", facts.expected)
        row.save(force_insert=True)
        detail = {"version": version.number}
        record(actor, "vary_plan", "child", child.pk, organisation_id=child.organisation_id, detail=detail)
    return row.pk


def _check(facts: VariationFacts, day: date) -> None:
    require_listed("trigger", facts.trigger, TRIGGERS)
    require_listed("child_view", facts.child_view, VIEWS)
    require_listed("dimension", facts.dimension, DIMENSIONS)
    require_words("reason", facts.reason)
    require_words("expected", facts.expected)
    if facts.child_view == "not_asked":
        require_words("child_words", facts.child_words)
    if not day < facts.check_on <= add_months(day, LATEST_CHECK):
        raise wrong("check_on", "The day of the check is not within the next twelve months.", "Choose another day.")


def check_variation(
    actor: Actor, code: str, variation_id: UUID, found: str, words: str = "", on: date | None = None
) -> UUID:
    """What was found. Nothing became better is as good an answer: it says what to try next."""
    child = case_to_write(actor, code)
    require_listed("found", found, FOUND)
    row = Variation.objects.filter(pk=variation_id, child=child, version__state=State.APPROVED).first()
    if row is None:
        raise NotVisible("variation")
    day = day_within(actor, child, on)
    with transaction.atomic():
        child = lock_case(child.pk)
        refuse_closed(child)
        made = VariationCheck(id=uuid4(), child=child, variation=row, found=found, by_id=actor.person_id)
        made.on, made.recorded_at = day, timezone.now()
        made.words = sealed(made, "words", words)
        made.save(force_insert=True)
        detail = {"found": found}
        record(actor, "check_variation", "child", child.pk, organisation_id=child.organisation_id, detail=detail)
    return made.pk
