"""What people decide about guardians' copies of one child, always two of them: none at all, that again, or one wider.

A withholding holds from the moment at which it is asked for: a guardian may be the danger, and waits for nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.deciding import child_to_decide, require_for
from homeward.apps.cases.models import Child, Relation
from homeward.apps.cases.queries import current_band
from homeward.apps.retention.clocks import lock_child
from homeward.apps.retention.holding import Part
from homeward.apps.retention.models import (
    ChildSays,
    Override,
    OverrideKind,
    OverrideState,
    WidenReason,
    WithholdReason,
)
from homeward.apps.retention.scope import CONFIRM, OVERRIDE, may_refuse, overrides_visible_to
from homeward.apps.retention.sealing import OVERRIDE_WORDS, seal_reason
from homeward.apps.retention.two_people import (
    moved,
    refuse_while_ending,
    require_another,
)
from homeward.apps.retention.withheld import is_withheld, let_lapse, may_widen, not_now, standing
from homeward.domain.ages import OWN_NO_DECIDES
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.domain.retention import latest_review

NOBODY = UUID(int=0)
SHORTEST_WORDS = 10  # characters
ASKS = {
    OverrideKind.WITHHOLD: "ask_withholding",
    OverrideKind.LIFT: "ask_lifting",
    OverrideKind.WIDEN: "ask_wider_copy",
}


@dataclass(frozen=True, slots=True)
class Withholding:
    why: str
    review_on: date
    words: str = ""


@dataclass(frozen=True, slots=True)
class Widening:
    relation_id: UUID | None
    parts: tuple[str, ...]
    why: str
    says: str  # what the child said about it
    words: str = ""


def ask_withholding(actor: Actor, code: str, wish: Withholding) -> UUID:
    child = child_to_decide(actor, code, OVERRIDE)
    today = today_in(actor, child.organisation_id)
    if wish.why not in WithholdReason.values:
        raise _wrong("why", "The reason is missing.", "Choose one.")
    if wish.why == WithholdReason.CHILD_REFUSED and current_band(child, today) not in OWN_NO_DECIDES:
        raise _wrong("why", "This child is younger than 15.", "Choose another reason, and say why in words.")
    _require_review(wish.review_on, today)
    key, row = uuid4(), Override(reason_code=wish.why, review_on=wish.review_on)
    row.words = _sealed(child, key, wish.words, needed=wish.why == WithholdReason.OTHER)
    return _ask(actor, child, key, OverrideKind.WITHHOLD, row)


def ask_lifting(actor: Actor, code: str) -> UUID:
    """Of what was confirmed. Until another agrees no guardian is given anything."""
    child = child_to_decide(actor, code, OVERRIDE)
    return _ask(actor, child, uuid4(), OverrideKind.LIFT, Override())


def ask_wider_copy(actor: Actor, code: str, wish: Widening) -> UUID:
    """One copy, for one guardian, with parts that are the child's own. What was told in confidence is in none."""
    child = child_to_decide(actor, code, OVERRIDE)
    if not wish.parts or not {*wish.parts} <= {*Part}:
        raise _wrong("parts", "No part is chosen.", "Choose at least one.")
    if wish.why not in WidenReason.values:
        raise _wrong("why", "The reason is missing.", "Choose one.")
    if wish.says not in ChildSays.values:
        raise _wrong("says", "What the child said about it is missing.", "Choose one.")
    if wish.why == WidenReason.BEST_INTERESTS and wish.says == ChildSays.NOT_ASKED:
        raise _wrong("says", "What is best for the child is decided with the child.", "Ask the child first.")
    relation = Relation.objects.true().filter(pk=wish.relation_id or NOBODY, child=child).first()
    may_widen(child, wish.says, relation).require()
    key, parts = uuid4(), [str(part) for part in Part if part in wish.parts]
    row = Override(reason_code=wish.why, parts=parts, child_says=wish.says, relation=relation)
    row.words = _sealed(child, key, wish.words, needed=wish.says == ChildSays.NOT_ASKED)
    return _ask(actor, child, key, OverrideKind.WIDEN, row)


def _ask(actor: Actor, child: Child, key: UUID, kind: OverrideKind, row: Override) -> UUID:
    place = child.organisation_id
    if actor.person_id is None:
        message, action = "This takes two people.", "A focal point asks for it on the child's page."
        raise ProblemError(Problem("copies.people", message, action, status=403))
    row.id, row.organisation_id, row.child, row.kind = key, place, child, kind
    row.state, row.asked_by_person_id, row.asked_at = OverrideState.ASKED, actor.person_id, timezone.now()
    try:
        with transaction.atomic():
            lock_child(child.pk)
            refuse_while_ending(child.pk)
            let_lapse(child.pk)
            _require_sense(child.pk, kind)
            row.save(force_insert=True)
            detail = {"parts": " ".join(row.parts)} if row.parts else {}  # why stands with the row alone
            record(actor, ASKS[kind], "override", key, organisation_id=place, child_id=child.pk, detail=detail)
    except IntegrityError as error:
        message, action = "Somebody has asked for it already.", "Look at the page again."
        raise ProblemError(Problem("copies.asked_already", message, action, status=409)) from error
    return key


def _require_sense(child_id: UUID, kind: OverrideKind) -> None:
    held = standing().filter(child=child_id, kind=OverrideKind.WITHHOLD)
    if kind == OverrideKind.LIFT and not held.filter(state=OverrideState.AGREED).exists():
        message, action = "No withholding of this child is in force.", "Look at the page again."
        raise ProblemError(Problem("copies.nothing_to_lift", message, action, status=409))
    if kind == OverrideKind.WIDEN and held.exists():
        raise ProblemError(not_now())


def check_override(actor: Actor, override_id: UUID, *, agreed: bool) -> None:
    """By another than who asked. Only who reads why a copy is withheld can say no to it."""
    row = overrides_visible_to(actor, CONFIRM).filter(pk=override_id).select_related("child", "relation").first()
    if row is None:
        raise NotVisible("override")
    child, place, what = row.child, row.organisation_id, ("override", row.pk)
    require_for(actor, CONFIRM, child)
    require_another(actor, row.asked_by_person_id, "check_override", what, organisation_id=place)
    may = may_refuse(actor, row, child)
    if not agreed and not may:
        record(actor, "check_override", *what, organisation_id=place, allowed=False)
        may.require()
    with transaction.atomic():
        lock_child(child.pk)
        refuse_while_ending(child.pk)
        if not standing().filter(pk=row.pk, state=OverrideState.ASKED).exists():
            raise moved()
        if agreed:
            _require_still(row, child)
        now = timezone.now()
        done = {"state": _state(row, agreed=agreed), "checked_by_id": actor.person_id, "checked_at": now}
        Override.objects.filter(pk=row.pk, state=OverrideState.ASKED).update(**done)
        if agreed and row.kind == OverrideKind.LIFT:
            _lift(child.pk, actor)
        detail: dict[str, str | int | bool | None] = {"kind": row.kind, "agreed": agreed}
        record(actor, "check_override", *what, organisation_id=place, child_id=child.pk, detail=detail)


def _state(row: Override, *, agreed: bool) -> OverrideState:
    if not agreed:
        return OverrideState.REFUSED
    return OverrideState.ENDED if row.kind == OverrideKind.LIFT else OverrideState.AGREED


def _require_still(row: Override, child: Child) -> None:
    """What changed since it was asked for."""
    if row.kind == OverrideKind.WIDEN:
        if is_withheld(child.pk):
            raise ProblemError(not_now())
        may_widen(child, row.child_says, row.relation).require()
    elif row.kind == OverrideKind.LIFT:
        _require_sense(child.pk, OverrideKind.LIFT)


def _lift(child_id: UUID, actor: Actor) -> None:
    held = Override.objects.filter(child=child_id, kind=OverrideKind.WITHHOLD, state=OverrideState.AGREED)
    held.update(state=OverrideState.ENDED, ended_at=timezone.now(), ended_by_id=actor.person_id)


def keep_withholding(actor: Actor, code: str, review_on: date) -> None:
    """Somebody looked again, and it stays: one person is enough to go on protecting."""
    child = child_to_decide(actor, code, OVERRIDE)
    _require_review(review_on, today_in(actor, child.organisation_id))
    with transaction.atomic():
        lock_child(child.pk)
        rows = Override.objects.filter(child=child, kind=OverrideKind.WITHHOLD, state=OverrideState.AGREED)
        if not rows.update(review_on=review_on):
            raise moved()
        detail, place = {"review_on": review_on.isoformat()}, child.organisation_id
        record(actor, "keep_withholding", "child", child.pk, organisation_id=place, detail=detail)


def _require_review(review_on: date, today: date) -> None:
    last = latest_review(today)
    if not today < review_on <= last:
        params = {"last": last.isoformat()}
        message, action = "The day of the next look is past, or later than {last}.", "Choose a nearer day."
        raise ProblemError(Problem("copies.review_on", message, action, Where(field="review_on"), params))


def _sealed(child: Child, key: UUID, words: str, *, needed: bool) -> bytes:
    words = words.strip()
    if needed and len(words) < SHORTEST_WORDS:
        raise _wrong("words", "The reason is missing or too short.", "Say in a sentence why.")
    if words and child.record_ended_on is not None:
        raise _wrong("words", "What people write about this child has ended.", "Choose a reason without words.")
    return seal_reason(child.pk, key, OVERRIDE_WORDS, words) if words else b""


def _wrong(field: str, message: str, action: str) -> ProblemError:
    return ProblemError(Problem(f"copies.{field}", message, action, Where(field=field)))
