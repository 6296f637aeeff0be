"""Assessments as documents in versions: a draft, sent to a second person, approved or given back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.documents import (
    State,
    case_to_approve,
    case_to_write,
    day_within,
    hands,
    lock_case,
    moved,
    opened,
    refuse_closed,
    require_another,
    require_listed,
    require_words,
    sealed,
    wrong,
)
from homeward.apps.cases.models import Assessment, AssessmentText, Child
from homeward.domain.planning import (
    DIMENSIONS,
    LEVELS,
    NEEDED_TOPICS,
    OCCASIONS,
    PANEL,
    PROTECTIVE,
    RISKS,
    TOPICS,
)

SHORTEST_PANEL = 2  # of a determination


@dataclass(frozen=True, slots=True)
class AssessmentFacts:
    """What a form holds; what does not belong to its kind is left out."""

    kind: str
    occasion: str = "first"
    on: date | None = None
    levels: Mapping[str, str] = field(default_factory=dict)
    protective: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    vulnerability: str = ""
    panel: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)  # by topic


def save_assessment(actor: Actor, code: str, facts: AssessmentFacts, *, send: bool = False) -> UUID:
    """Into the draft of this kind, or into a new version where the last one was sent already. `send`: for approval."""
    child = case_to_write(actor, code)
    day = day_within(actor, child, facts.on)
    _check(facts)
    if send:
        _check_whole(facts)
    with transaction.atomic():
        child = lock_case(child.pk)
        refuse_closed(child)
        row = _draft(actor, child, facts.kind)
        if not row._state.adding and row.state != State.DRAFT:
            raise moved()
        _fill(row, actor, facts, day)
        if send:
            row.state, row.submitted_at = State.SUBMITTED, timezone.now()
        row.save()
        _write_texts(row, facts)
        detail = {"kind": row.kind, "state": str(row.state)}
        record(actor, "write_assessment", "child", child.pk, organisation_id=child.organisation_id, detail=detail)
    return row.pk


def _draft(actor: Actor, child: Child, kind: str) -> Assessment:
    last = Assessment.objects.filter(child=child, kind=kind).order_by("number").last()
    if last is not None and last.state == State.DRAFT:
        return last
    if last is not None and last.state == State.SUBMITTED:
        raise wrong("kind", "One is with your supervisor already.", "Wait for the answer.")
    number = last.number + 1 if last is not None else 1
    return Assessment(
        id=uuid4(),
        child=child,
        kind=kind,
        number=number,
        state=State.DRAFT,
        written_by_id=actor.person_id,
        writers=hands(last, actor),
    )


def _fill(row: Assessment, actor: Actor, facts: AssessmentFacts, day: date) -> None:
    needs, determination = facts.kind == "needs", facts.kind == "determination"
    row.on, row.occasion = day, facts.occasion
    row.levels = dict(facts.levels) if needs else {}
    row.protective = [each for each in PROTECTIVE if needs and each in facts.protective]
    row.risks = [each for each in RISKS if needs and each in facts.risks]
    row.vulnerability = facts.vulnerability if needs else ""
    row.panel = [each for each in PANEL if determination and each in facts.panel]
    row.writers = sorted({*row.writers, str(actor.person_id)}) if actor.person_id else row.writers


def _write_texts(row: Assessment, facts: AssessmentFacts) -> None:
    AssessmentText.objects.filter(assessment=row).delete()
    for topic in TOPICS[row.kind]:
        if words := facts.texts.get(topic, "").strip():
            text = AssessmentText(id=uuid4(), child_id=row.child_id, assessment=row, topic=topic)
            text.words = sealed(text, "words", words)
            text.save(force_insert=True)


def _check(facts: AssessmentFacts) -> None:
    require_listed("kind", facts.kind, TOPICS)
    require_listed("occasion", facts.occasion, OCCASIONS)
    require_listed("levels", facts.levels.values(), LEVELS)
    require_listed("levels", facts.levels, DIMENSIONS)
    require_listed("protective", facts.protective, PROTECTIVE)
    require_listed("risks", facts.risks, RISKS)
    require_listed("vulnerability", facts.vulnerability, ("", *LEVELS))
    require_listed("panel", facts.panel, PANEL)


def _check_whole(facts: AssessmentFacts) -> None:
    """Of what is sent; a draft may have gaps."""
    if facts.kind == "needs":
        for name in DIMENSIONS:
            if name not in facts.levels:
                raise wrong(f"level_{name}", "The level of need is missing.", "Choose one.")
        if not facts.vulnerability:
            raise wrong("vulnerability", "It is not said how vulnerable the child is.", "Choose one.")
        return
    for topic in TOPICS[facts.kind]:
        if topic in NEEDED_TOPICS:
            require_words(topic, facts.texts.get(topic, ""))
    if facts.kind == "determination" and len(set(facts.panel)) < SHORTEST_PANEL:
        raise wrong("panel", "A determination is made by several.", "Choose at least two who sat on the panel.")


def decide_assessment(actor: Actor, code: str, assessment_id: UUID, *, agreed: bool, answer: str = "") -> None:
    """By somebody who had no hand in it."""
    child = case_to_approve(actor, code)
    row = Assessment.objects.filter(pk=assessment_id, child=child).exclude(state=State.DRAFT).first()
    if row is None:
        raise NotVisible("assessment")
    require_another(actor, row.writers, "decide_assessment", child)
    if not agreed:
        require_words("answer", answer)
    state = State.APPROVED if agreed else State.RETURNED
    with transaction.atomic():
        child = lock_case(child.pk)
        refuse_closed(child)
        done = {"state": state, "decided_by_id": actor.person_id, "decided_at": timezone.now()}
        if not Assessment.objects.filter(pk=row.pk, state=State.SUBMITTED).update(**done):
            raise moved()
        row.refresh_from_db()
        row.answer = sealed(row, "answer", answer)
        row.save(update_fields=["answer"])
        detail = {"kind": row.kind, "state": str(state)}
        record(actor, "decide_assessment", "child", child.pk, organisation_id=child.organisation_id, detail=detail)


def texts_of(row: Assessment) -> dict[str, str]:
    found = {text.topic: opened(text, "words") for text in row.texts.all()}
    return {topic: found[topic] for topic in TOPICS[row.kind] if found.get(topic)}


def begun_from(row: Assessment | None, kind: str) -> AssessmentFacts:
    """What the form of the next version starts from."""
    if row is None:
        return AssessmentFacts(kind)
    return AssessmentFacts(
        kind,
        row.occasion,
        row.on if row.state == State.DRAFT else None,
        dict(row.levels),
        tuple(row.protective),
        tuple(row.risks),
        row.vulnerability,
        tuple(row.panel),
        texts_of(row),
    )
