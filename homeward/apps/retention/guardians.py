"""What people see of decisions about guardians' copies: on the child's page, and what waits for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from homeward.apps.access.actors import Actor, permit, today_in
from homeward.apps.cases.models import Child, Relation
from homeward.apps.cases.queries import ChildDetail, current_band
from homeward.apps.cases.scope import about_children_visible_to, permit_for
from homeward.apps.retention.models import OPEN, Override, OverrideKind, OverrideState
from homeward.apps.retention.scope import CONFIRM, OVERRIDE, may_refuse, reads_why
from homeward.apps.retention.sealing import words_of
from homeward.apps.retention.two_people import may_check
from homeward.apps.retention.withheld import is_withheld, lapses_at, not_now, standing, wider_copy_of
from homeward.domain.ages import OWN_NO_DECIDES
from homeward.domain.problems import Decision
from homeward.domain.retention import latest_review

MOST = 300


@dataclass(frozen=True, slots=True)
class RelationRow:
    id: UUID
    kind: str
    since: date | None  # nobody said when it began
    is_caregiver: bool


@dataclass(frozen=True, slots=True)
class OverrideRow:
    id: UUID
    code: str
    kind: str
    asked: bool  # waits for a second person
    reads_why: bool  # else the next two are empty
    why: str
    words: str  # on the child's page alone
    parts: tuple[str, ...]
    says: str
    relation: RelationRow | None
    asked_by: str
    asked_at: datetime
    checked_by: str
    review_on: date | None
    to_review: bool
    lapses_at: datetime | None
    may_agree: Decision
    may_refuse: Decision


@dataclass(frozen=True, slots=True)
class GuardianCopies:
    standing: dict[str, OverrideRow]  # by kind
    relations: tuple[RelationRow, ...]  # who may be given a wider copy
    own_no: bool  # the child is of an age at which its no decides
    latest_review: date
    may_ask: Decision
    may_widen: Decision


@dataclass(frozen=True, slots=True)
class HandingOver:
    """For whoever hands over: no reason of anything."""

    withheld: bool
    wider: tuple[str, ...]  # the parts of a wider copy that may be handed over now
    relation: RelationRow | None


def guardian_copies(actor: Actor, child: ChildDetail) -> GuardianCopies:
    """Of a child whose page is open to this actor; the look was written down."""
    row = Child.objects.get(pk=child.row.id)
    place, team = row.organisation_id, row.team_id
    may_see = permit_for(actor, CONFIRM, row.pk, organisation_id=place, team_id=team)
    found = _with_people(standing().filter(child=row.pk)) if may_see else []
    may_ask = permit_for(actor, OVERRIDE, row.pk, organisation_id=place, team_id=team)
    withheld = any(each.kind == OverrideKind.WITHHOLD for each in found)
    relations = Relation.objects.current().filter(child=row, other_child__isnull=True)
    today = today_in(actor, place)
    return GuardianCopies(
        {each.kind: _row(actor, each, with_words=True) for each in found},
        tuple(_relation(each) for each in relations.longest_first()),
        current_band(row, today) in OWN_NO_DECIDES,
        latest_review(today),
        may_ask,
        Decision.no(not_now()) if may_ask and withheld else may_ask,
    )


def handing_over(child_id: UUID) -> HandingOver:
    if is_withheld(child_id):
        return HandingOver(True, (), None)
    row = wider_copy_of(child_id)
    relation = _relation(row.relation) if row is not None and row.relation is not None else None
    return HandingOver(False, tuple(row.parts) if row is not None else (), relation)


def overrides_waiting(actor: Actor) -> list[OverrideRow]:
    """By code: what this actor could confirm, and what it should look at again. Nobody is shown why in a list."""
    if not permit(actor, CONFIRM):
        return []
    places = {grant.organisation_id for grant, _ in actor.grants_for(CONFIRM)}
    rows = standing().filter(organisation__in=places, state__in=OPEN)  # by their index
    shown = rows.filter(_waits(actor), about_children_visible_to(actor, CONFIRM)).order_by("asked_at")[:MOST]
    return [_row(actor, each) for each in _with_people(shown) if each.state == OverrideState.ASKED or _due(actor, each)]


def _waits(actor: Actor) -> Q:
    asked = Q(state=OverrideState.ASKED) & ~Q(asked_by_person=actor.person_id)
    looks = Q(state=OverrideState.AGREED, kind=OverrideKind.WITHHOLD)
    return asked | looks if permit(actor, OVERRIDE) else asked


def _due(actor: Actor, row: Override) -> bool:
    agreed = row.kind == OverrideKind.WITHHOLD and row.state == OverrideState.AGREED
    return agreed and row.review_on is not None and row.review_on <= today_in(actor, row.organisation_id)


def _with_people(rows: QuerySet[Override]) -> list[Override]:
    return list(rows.select_related("child", "relation", "asked_by_person", "checked_by"))


def _row(actor: Actor, row: Override, *, with_words: bool = False) -> OverrideRow:
    asked, readable = row.state == OverrideState.ASKED, reads_why(actor, row, row.child)
    agree = may_check(actor, row.asked_by_person_id)
    refuse = may_refuse(actor, row, row.child) if agree else agree
    return OverrideRow(
        row.pk,
        row.child.code,
        row.kind,
        asked,
        readable,
        row.reason_code if readable else "",
        words_of(row) if readable and with_words else "",
        tuple(row.parts),
        row.child_says,
        _relation(row.relation) if row.relation is not None else None,
        str(row.asked_by_person),
        row.asked_at,
        str(row.checked_by or ""),
        row.review_on,
        _due(actor, row),
        lapses_at(row),
        agree,
        refuse,
    )


def _relation(row: Relation) -> RelationRow:
    return RelationRow(row.pk, row.kind, row.since, row.is_caregiver)
