"""Adding to what is recorded of a child, and striking out what was wrong. An entry says of which day it holds and who
said it; a spell that begins ends the one before it; what is struck out stays readable and counts no more.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.deciding import require_for
from homeward.apps.cases.models import Child, ChildName, Relation, Return, Status
from homeward.apps.cases.names import mark_name
from homeward.apps.cases.record_models import Entry, SaidBy, StruckReason
from homeward.apps.cases.returns import first_return, give_way, keep_in_step
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.cases.sealing import name_of, seal_other_name
from homeward.apps.cases.services import hold_child
from homeward.apps.cases.topics import SPELLS, Values, model_of, require_sound
from homeward.domain.child_record import overlap
from homeward.domain.lifecycle import not_open
from homeward.domain.problems import Problem, ProblemError, Where

CHANGE = "children.change"


def child_to_record(actor: Actor, child_id: UUID) -> Child:
    """Seen, of a reach in which it may be changed, and open: an ended record takes no more entries."""
    child = children_visible_to(actor).filter(pk=child_id).first()
    if child is None:
        raise NotVisible("child")
    require_for(actor, CHANGE, child)
    if child.status != Status.OPEN or child.identity_ended_on is not None:
        raise ProblemError(not_open(child.status, "record.ended"))
    return child


def add_entry(
    actor: Actor,
    child_id: UUID,
    topic: str,
    values: Values,
    *,
    said_by: str = SaidBy.UNKNOWN,
    told_on: date | None = None,
) -> UUID:
    child, model = child_to_record(actor, child_id), model_of(topic)
    today = today_in(actor, child.organisation_id)
    given = {**values, "told_on": told_on or today, "said_by": said_by}
    require_sound(child, topic, given, today)
    with transaction.atomic():
        Child.objects.select_for_update(no_key=True).get(pk=child.pk)
        _refuse_relation_of_another(child, given)
        row = _row(child, model, given)
        before = spell_before(row) if topic in SPELLS else None
        if isinstance(row, Return):
            _begin(child, row, today)
        row.save(force_insert=True)
        end_spell_before(row, before)
        _settle(child, topic)
        place, detail = child.organisation_id, {"topic": topic}
        record(actor, "add_to_record", "child", child.pk, organisation_id=place, detail=detail)
    return row.pk


def _row(child: Child, model: type[Entry], given: dict[str, Any]) -> Entry:
    name = str(given.pop("name", "")).strip()
    row = model(child=child, **given)
    if isinstance(row, ChildName):
        row.name = seal_other_name(child.pk, row.pk, name)
    return row


def _begin(child: Child, row: Return, today: date) -> None:
    """Details of the return that the record already has the day of are no second return."""
    if row.returned_on is None or row.returned_on != child.return_date:
        first_return(child, today)
    if row.returned_on and not give_way(child, row.returned_on):
        message, action = "A return on this day is recorded.", "Strike that one out first, if it was wrong."
        raise ProblemError(Problem("record.return_exists", message, action, Where(field="returned_on"), status=409))
    row.number = Return.objects.filter(child=child, struck_on=None).count() + 1


def spell_before(row: Any) -> UUID | None:
    """The spell that runs, which this one ends on the day before it; all others must lie apart."""
    rows = type(row)._default_manager.filter(child=row.child_id, struck_on=None)
    running = rows.filter(until=None, since__lt=row.since).first() if row.until is None else None
    for each in rows.exclude(pk__in=[row.pk, *([running.pk] if running else [])]):
        if overlap(row.since, row.until, each.since, each.until):
            message, action = (
                "Another entry holds for a part of this time.",
                "Correct the days, or strike that one out.",
            )
            raise ProblemError(Problem("record.overlap", message, action, Where(field="since"), status=409))
    return running.pk if running is not None else None


def end_spell_before(row: Any, before: UUID | None) -> None:
    if before is not None:
        last = row.since - timedelta(days=1)
        ended = {"until": last, "closed_by": row.pk, "ended_recorded_at": timezone.now()}
        type(row)._default_manager.filter(pk=before).update(**ended)


def _settle(child: Child, topic: str) -> None:
    """What follows from the entries of this topic, after one came or went."""
    if topic == "names":
        mark_name(child, name_of(child))
    if topic == "returns":
        keep_in_step(child)


def strike_out(actor: Actor, child_id: UUID, topic: str, entry_id: UUID, reason: str) -> None:
    """Again it changes nothing. A spell that this one had ended runs on, as far as this one did."""
    child, model = child_to_record(actor, child_id), model_of(topic)
    _require_reason(reason)
    with transaction.atomic():
        rows: Any = model._default_manager
        row = rows.select_for_update(no_key=True).filter(pk=entry_id, child=child).first()
        if row is None:
            raise NotVisible("entry")
        if row.struck_on is not None:
            return
        today = today_in(actor, child.organisation_id)
        rows.filter(pk=row.pk).update(struck_on=today, struck_reason=reason)
        if topic in SPELLS:
            ended = {"until": row.until, "closed_by": row.closed_by, "ended_recorded_at": row.ended_recorded_at}
            rows.filter(closed_by=row.pk).update(**ended)
        _settle(child, topic)
        place, detail = child.organisation_id, {"topic": topic, "reason": reason}
        record(actor, "strike_out", "child", child.pk, organisation_id=place, detail=detail)


def end_spell(actor: Actor, child_id: UUID, topic: str, entry_id: UUID, until: date, left_reason: str = "") -> None:
    """The last day of a spell that nothing follows, as when a child leaves school."""
    child, model = child_to_record(actor, child_id), model_of(topic)
    rows: Any = model._default_manager
    row = rows.filter(pk=entry_id, child=child, struck_on=None).first()
    if row is None or topic not in SPELLS:
        raise NotVisible("entry")
    changed = {"until": until} | ({"left_reason": left_reason} if topic == "schooling" else {})
    kept = {column.name: getattr(row, column.name) for column in row._meta.concrete_fields}
    require_sound(child, topic, {**kept, **changed}, today_in(actor, child.organisation_id))
    with transaction.atomic():
        hold_child(child.pk)
        row.until = until
        spell_before(row)
        rows.filter(pk=row.pk, struck_on=None).update(**changed, closed_by=None, ended_recorded_at=timezone.now())
        place, detail = child.organisation_id, {"topic": topic}
        record(actor, "add_to_record", "child", child.pk, organisation_id=place, detail=detail)


def _require_reason(reason: str) -> None:
    if reason not in StruckReason.values:
        params = {"known": ", ".join(StruckReason.values)}
        where = Where(field="reason")
        raise ProblemError(Problem("record.not_listed", "Choose one of these: {known}.", "", where, params))


def _refuse_relation_of_another(child: Child, given: dict[str, Any]) -> None:
    caregiver = given.get("caregiver_id")
    if caregiver and not Relation.objects.filter(pk=caregiver, child=child, struck_on=None).exists():
        raise NotVisible("relation")
