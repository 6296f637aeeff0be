"""Who is close to a child, and with whom it lives: relations that end or are struck out, brothers and sisters who are
both children here, and households that children share.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.models import CareSpell, Child, Household, HouseholdStay, Relation, RelationKind
from homeward.apps.cases.queries import find_row
from homeward.apps.cases.record_models import SaidBy, StruckReason
from homeward.apps.cases.recording import add_entry, child_to_record, strike_out
from homeward.domain.codes import normalise_code
from homeward.domain.problems import Problem, ProblemError, Where

MOST_MEMBERS = 60


def link_siblings(
    actor: Actor, child_id: UUID, other_code: str, *, is_caregiver: bool = False, since: date | None = None
) -> UUID:
    """Both children get the relation, and a link that is there already is returned. `is_caregiver`: the other one looks
    after this child. `since`: left out where nobody said when it began.
    """
    child = child_to_record(actor, child_id)
    other = _other(actor, child, other_code)
    if since is not None and since > today_in(actor, child.organisation_id):
        message, action = "This day is in the future.", "Correct the date."
        raise ProblemError(Problem("record.future", message, action, Where(field="since")))
    with transaction.atomic():
        pair = sorted((child.pk, other.pk))
        list(Child.objects.select_for_update(no_key=True).filter(pk__in=pair).order_by("pk").values_list("pk"))
        known = _between(child.pk, other.pk).filter(child=child, until=None, struck_on=None).first()
        if known is not None:
            return known.pk
        first = Relation.objects.create(
            child=child, other_child=other, kind=RelationKind.SIBLING, is_caregiver=is_caregiver, since=since
        )
        Relation.objects.create(child=other, other_child=child, kind=RelationKind.SIBLING, since=since)
        for each in (child, other):
            detail = {"kind": str(RelationKind.SIBLING)}
            record(actor, "add_relation", "child", each.pk, organisation_id=each.organisation_id, detail=detail)
    return first.pk


def end_relation(actor: Actor, child_id: UUID, relation_id: UUID, until: date | None = None) -> None:
    """The last day on which it held: of a caregiver who cares no more, or died. Of two siblings for both."""
    child, row = _relation(actor, child_id, relation_id)
    today = today_in(actor, child.organisation_id)
    last = until or today
    if not (row.since or last) <= last <= today:
        message, action = "The last day lies before the first, or in the future.", "Correct the date."
        raise ProblemError(Problem("relation.until", message, action, Where(field="until")))
    with transaction.atomic():
        _both(row).update(until=last, ended_recorded_at=timezone.now())
        record(actor, "end_relation", "child", child.pk, organisation_id=child.organisation_id)


def strike_relation(actor: Actor, child_id: UUID, relation_id: UUID, reason: str) -> None:
    """It was recorded by mistake: it stays readable with the reason, and counts no more. Of two siblings for both."""
    child, row = _relation(actor, child_id, relation_id)
    if reason not in StruckReason.values:
        params = {"known": ", ".join(StruckReason.values)}
        where = Where(field="reason")
        raise ProblemError(Problem("record.not_listed", "Choose one of these: {known}.", "", where, params))
    with transaction.atomic():
        _both(row).update(struck_on=today_in(actor, child.organisation_id), struck_reason=reason)
        CareSpell.objects.filter(caregiver=row.pk).update(caregiver=None)
        detail = {"topic": "relations", "reason": reason}
        record(actor, "strike_out", "child", child.pk, organisation_id=child.organisation_id, detail=detail)


def join_household(
    actor: Actor,
    child_id: UUID,
    since: date,
    *,
    with_code: str = "",
    members: int | None = None,
    children: int | None = None,
    said_by: str = SaidBy.UNKNOWN,
) -> UUID:
    """From that day the child lives in a household: with the child of this code, in the household that is recorded of
    either, or in one of its own. Whoever moves leaves the household before. How many live there is counted for all.
    """
    child = child_to_record(actor, child_id)
    _require_count(members, children)
    with transaction.atomic():
        if with_code.strip():
            household, moves = _together(actor, child, with_code, since)
        else:
            household, moves = Household.objects.create(organisation_id=child.organisation_id), child
        if moves is not None:
            facts = {"since": since, "household_id": household.pk}
            add_entry(actor, moves.pk, "household", facts, said_by=said_by)
        if members is not None:
            _count(household, members, children, today_in(actor, child.organisation_id))
    return household.pk


def count_household(actor: Actor, child_id: UUID, members: int, children: int | None = None) -> None:
    """How many live where the child lives now."""
    child = child_to_record(actor, child_id)
    _require_count(members, children)
    stay = _stay_of(child)
    if stay is None:
        raise NotVisible("household")
    with transaction.atomic():
        _count(stay.household, members, children, today_in(actor, child.organisation_id))
        detail = {"topic": "household"}
        record(actor, "add_to_record", "child", child.pk, organisation_id=child.organisation_id, detail=detail)


def _count(household: Household, members: int, children: int | None, day: date) -> None:
    Household.objects.filter(pk=household.pk).update(members=members, children=children, counted_on=day)


def _require_count(members: int | None, children: int | None) -> None:
    fits = members is None or (1 <= members <= MOST_MEMBERS and (children is None or 0 <= children <= members))
    if not fits or (members is None and children is not None):
        message, params = (
            "A household has 1 to {most} people, and no more children than people.",
            {"most": MOST_MEMBERS},
        )
        raise ProblemError(Problem("household.count", message, "Count again.", Where(field="members"), params))


def _together(actor: Actor, child: Child, code: str, since: date) -> tuple[Household, Child | None]:
    """The household in which both live, and who of the two begins to be recorded there; nobody, where both are."""
    other = _other(actor, child, code, "with_code")
    mine, theirs = _stay_of(child), _stay_of(other)
    if theirs is None:
        if mine is not None:
            return mine.household, other
        message = "Neither of these children's households is recorded."
        action = "Record that of one of them first."
        raise ProblemError(Problem("household.none", message, action, Where(field="with_code"), status=409))
    if mine is not None and mine.household_id == theirs.household_id:
        return theirs.household, None
    if mine is not None and mine.since == since:  # recorded as one of its own for the same time
        strike_out(actor, child.pk, "household", mine.pk, StruckReason.MISTAKE)
    return theirs.household, child


def _stay_of(child: Child) -> HouseholdStay | None:
    return HouseholdStay.objects.filter(child=child, until=None, struck_on=None).select_related("household").first()


def lives(child_id: UUID, others: Iterable[UUID]) -> dict[UUID, bool | None]:
    """Of each other child, already within reach: whether it lives in the same household; None where nobody knows."""
    keys = list(others)
    rows = HouseholdStay.objects.filter(child__in=[child_id, *keys], until=None, struck_on=None)
    at = dict(rows.values_list("child", "household"))
    here = at.get(child_id)
    return {key: None if here is None or key not in at else at[key] == here for key in keys}


def _other(actor: Actor, child: Child, code: str, field: str = "other_code") -> Child:
    """Another child of the same organisation, within reach; else it is said at the field, whatever the reason."""
    try:
        other = find_row(actor, normalise_code(code))
    except NotVisible:
        other = None
    if other is None or other.pk == child.pk or other.organisation_id != child.organisation_id:
        message = "No other child of yours has this code."
        raise ProblemError(Problem("relation.other", message, "Compare the code.", Where(field=field)))
    return child_to_record(actor, other.pk)


def _relation(actor: Actor, child_id: UUID, relation_id: UUID) -> tuple[Child, Relation]:
    child = child_to_record(actor, child_id)
    row = Relation.objects.filter(pk=relation_id, child=child, struck_on=None).first()
    if row is None:
        raise NotVisible("relation")
    return child, row


def _between(one: UUID, other: UUID) -> QuerySet[Relation]:
    return Relation.objects.filter(Q(child=one, other_child=other) | Q(child=other, other_child=one))


def _both(row: Relation) -> QuerySet[Relation]:
    """The relation, and the same one as the other child has it."""
    if row.other_child_id is None:
        return Relation.objects.filter(pk=row.pk)
    same = _between(row.child_id, row.other_child_id)
    return same.filter(kind=row.kind, since=row.since, until=row.until, struck_on=None)
