"""Passing a case on to another organisation: offered with consent, and until somebody there accepts nothing is shown
but an age group, a sex, a region and sectors of need. Whoever accepts makes a record of their own from what was agreed.

Never passed on: interviews, scores, referrals, what was told in confidence, and who worked with the child.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.guard import guard
from homeward.apps.access.models import Conflict, ConflictKind, Membership, Organisation
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.deciding import child_to_decide, require_for
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Assignment, Child, Relation, Status, Transfer
from homeward.apps.cases.queries import age_on, current_band
from homeward.apps.cases.recalls import offered_to
from homeward.apps.cases.referring import require_open
from homeward.apps.cases.scope import about_children_visible_to, without_conflicts
from homeward.apps.cases.sealing import (
    TRANSFER_RECIPIENT,
    birth_date_of,
    initials_of,
    name_of,
    relation_name_of,
    seal_of_transfer,
)
from homeward.apps.cases.services import add_relation, end_assignments, hold_child, register_child
from homeward.apps.cases.sharing import handing_out, require_consent_to_share
from homeward.apps.cases.steps import follow_record
from homeward.apps.communities.models import SHARED_LEVELS, Place
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.domain.sectors import SECTORS
from homeward.domain.sharing import Agreement
from homeward.domain.transferring import (
    CHOSEN_PASSED,
    LONGEST_OFFER,
    NEXT,
    OFFER_STANDS,
    RETURN_REASONS,
    Move,
    Passing,
    may_move,
    not_open,
    standing_of,
)

OFFER, ACCEPT, SEE = "transfers.offer", "transfers.accept", "referrals.see"


@dataclass(frozen=True, slots=True)
class Offer:
    """To an organisation of this server, or to somebody outside who is named."""

    agreement: Agreement
    to_organisation_id: UUID | None = None
    recipient: str = ""
    needs: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    made_on: date | None = None
    expires_on: date | None = None


def organisations_to_offer(actor: Actor) -> list[tuple[UUID, str]]:
    """The others on this server: their names, and nothing else of them."""
    place = guard(actor, OFFER)
    return list(Organisation.objects.exclude(pk=place).order_by("name", "pk").values_list("pk", "name"))


def offer_transfer(actor: Actor, code: str, offer: Offer) -> UUID:
    child = child_to_decide(actor, code, OFFER)
    require_open(child)
    _check_recipient(child, offer)
    today = today_in(actor, child.organisation_id)
    made_on = offer.made_on or today
    expires_on = offer.expires_on or made_on + OFFER_STANDS
    if made_on > today or not made_on <= expires_on <= made_on + LONGEST_OFFER:
        message, action = "The last day for an answer is too early or too late.", "Choose a day within two months."
        raise ProblemError(Problem("transfer.expires_on", message, action, Where(field="expires_on")))
    require_consent_to_share(actor, child.pk, "organisation", _named(offer), offer.agreement)
    row = _row(actor, child, offer, made_on, expires_on)
    with transaction.atomic():
        hold_child(child.pk)
        if any(standing_of(each.standing, each.expires_on, today) is Passing.OFFERED for each in _of(child)):
            message, action = "This case is offered to somebody already.", "Take that offer back first."
            raise ProblemError(Problem("transfer.offered_already", message, action, status=409))
        row.save(force_insert=True)
        place = child.organisation_id
        record(actor, "offer_transfer", "transfer", row.pk, organisation_id=place, child_id=child.pk)
        if row.to_organisation_id:
            record(actor, "offer_transfer", "transfer", row.pk, organisation_id=row.to_organisation_id)
    return row.pk


def recall_transfer(actor: Actor, transfer_id: UUID) -> None:
    """By the organisation that offered it, before anybody answered."""
    row = given_transfer(actor, transfer_id)
    with transaction.atomic():
        row = _move(actor, row, Move.RECALL)
        _trace(actor, row, "recall_transfer")


def hand_over_outside(actor: Actor, transfer_id: UUID) -> None:
    """The paper was given to somebody outside this server: the record here ends as transferred."""
    row = given_transfer(actor, transfer_id)
    require_open(row.child)
    with handing_out(actor, row.child, "organisation", offered_to(row)):
        row = _move(actor, row, Move.HAND_OVER)
        _trace(actor, row, "hand_over_transfer")
        _end_here(actor, row.child)


def return_transfer(actor: Actor, transfer_id: UUID, reason: str) -> None:
    """By whoever received the offer; a reason of the list, and no word about the child."""
    row = _received(actor, transfer_id)
    if reason not in RETURN_REASONS:
        where = Where(field="reason")
        raise ProblemError(Problem("transfer.reason", "The reason is missing.", "Choose one.", where))
    with transaction.atomic():
        row = _move(actor, row, Move.RETURN, reason)
        _trace(actor, row, "return_transfer")


def accept_transfer(actor: Actor, transfer_id: UUID, then: Callable[[Child], None] = lambda _child: None) -> str:
    """The code of the new record, in a team of whoever accepts. The old one ends as transferred, on its own clock.
    Where child or caregiver have taken back what they agreed to, the offer is open no more; why is told to nobody here.
    `then`: what follows for the new record, in the same transaction.
    """
    row = _received(actor, transfer_id)
    if row.to_organisation_id is None:
        raise NotVisible("transfer")
    try:
        return _accepted(actor, row, row.to_organisation_id, then)
    except ProblemError as refusal:
        raise (ProblemError(not_open()) if refusal.first.code.startswith("consent.") else refusal) from None


def _accepted(actor: Actor, row: Transfer, target: UUID, then: Callable[[Child], None]) -> str:
    with handing_out(actor, row.child, "organisation", offered_to(row)):
        row = _move(actor, row, Move.ACCEPT)
        require_open(row.child)
        made = register_child(actor, _facts(row, actor.today()), organisation_id=target)
        if "caregivers" in row.passed:
            _pass_caregivers(actor, row.child, made.id)
        _pass_conflicts(row.child_id, made.id, target)
        record(actor, "receive_transfer", "transfer", row.pk, organisation_id=target, child_id=made.id)
        record(actor, "accept_transfer", "transfer", row.pk, organisation_id=row.organisation_id, child_id=row.child_id)
        _end_here(actor, row.child)
        then(Child.objects.get(pk=made.id))
    return made.code


def passed_facts(child: Child, passed: tuple[str, ...], today: date) -> Mapping[str, object]:
    """What was agreed to, opened; for the new record or for the paper. In the caller's act, which is written down."""
    birth = birth_date_of(child)
    found: dict[str, object] = {"sex": child.sex, "language": child.language, "return_date": child.return_date}
    found["return_date_basis"] = child.return_date_basis
    if "birth_date" in passed and birth is not None:
        found["birth_date"] = birth
    else:
        found["age"] = age_on(child, today)
    if "name" in passed:
        found |= {"name": name_of(child), "initials": initials_of(child)}
    return found


def caregivers_of(child: Child) -> list[tuple[str, str]]:
    rows = Relation.objects.current().filter(child=child, is_caregiver=True).longest_first()
    return [(row.kind, relation_name_of(row)) for row in rows]


def _facts(row: Transfer, today: date) -> ChildFacts:
    child = row.child
    known = passed_facts(child, tuple(row.passed), today)
    estimated = child.birth_estimated or "birth_date" not in known
    place = row.place_id if row.place and row.place.organisation_id is None else None  # the one that the offer named
    return ChildFacts(population=child.population, birth_estimated=estimated, place_id=place, **known)  # type: ignore[arg-type]


def _pass_caregivers(actor: Actor, child: Child, new_id: UUID) -> None:
    for kind, name in caregivers_of(child):
        add_relation(actor, new_id, kind, name, is_caregiver=True)


def _pass_conflicts(child_id: UUID, new_id: UUID, target: UUID) -> None:
    """A tie is the person's: whoever has a role in both organisations does not meet the child again under a new code.
    Why it was declared stays where it was.
    """
    there = Membership.objects.filter(organisation_id=target).values("person_id")
    for tie in Conflict.objects.filter(child_id=child_id, ended_at=None, person_id__in=there):
        Conflict.objects.create(
            organisation_id=target,
            person_id=tie.person_id,
            child_id=new_id,
            kind=ConflictKind.OTHER_TIE,
            declared_by_id=tie.person_id,
            declared_at=tie.declared_at,
        )


def _end_here(actor: Actor, child: Child) -> None:
    """In the caller's transaction: the case goes to its last step, and clocks of retention start from today."""
    today, before = today_in(actor, child.organisation_id), child.status
    child.status, child.ended_on = Status.TRANSFERRED, today
    Child.objects.filter(pk=child.pk).update(status=child.status, ended_on=child.ended_on)
    follow_record(actor, child, before, reason="")
    running = Q(until__isnull=True) | Q(until__gte=today)
    end_assignments(actor, child, list(Assignment.objects.filter(running, child=child)))


def _row(actor: Actor, child: Child, offer: Offer, made_on: date, expires_on: date) -> Transfer:
    row = Transfer(
        id=uuid4(),
        organisation_id=child.organisation_id,
        child=child,
        to_organisation_id=offer.to_organisation_id,
        age_band=current_band(child, made_on),
        sex=child.sex,
        place=_shared(child.place),
        needs=[each for each in SECTORS if each in offer.needs],
        passed=[each for each in CHOSEN_PASSED if each in offer.passed],
        made_on=made_on,
        expires_on=expires_on,
        standing=Passing.OFFERED,
        made_by_id=actor.person_id,
        child_says=offer.agreement.child,
        adult_says=offer.agreement.adult,
        agreed_on=offer.agreement.day,
        agreed_language=offer.agreement.language,
    )
    outside = "" if offer.to_organisation_id else offer.recipient.strip()
    row.recipient = seal_of_transfer(child.pk, row.pk, TRANSFER_RECIPIENT, outside)
    return row


def _shared(place: Place | None) -> Place | None:
    """No place that only this organisation has written down: its name is nobody else's to read."""
    while place is not None and place.level not in SHARED_LEVELS:
        place = place.parent
    return place


def _named(offer: Offer) -> str:
    if offer.to_organisation_id is None:
        return offer.recipient.strip()
    return Organisation.objects.values_list("name", flat=True).get(pk=offer.to_organisation_id)


def _check_recipient(child: Child, offer: Offer) -> None:
    where = Where(field="to")
    if offer.to_organisation_id is None and not offer.recipient.strip():
        message, action = "It is not said to whom.", "Choose an organisation, or write who it is."
        raise ProblemError(Problem("transfer.to_whom", message, action, where))
    known = Organisation.objects.filter(pk__in=[offer.to_organisation_id]).exclude(pk=child.organisation_id)
    if offer.to_organisation_id is not None and not known.exists():
        raise NotVisible("organisation")


def _of(child: Child) -> list[Transfer]:
    return list(Transfer.objects.filter(child=child, standing=Passing.OFFERED))


def given_transfer(actor: Actor, transfer_id: UUID) -> Transfer:
    """One that this actor's organisation offered, about a child within reach."""
    rows = Transfer.objects.filter(about_children_visible_to(actor, SEE), pk=transfer_id)
    row = rows.select_related("child__place__parent").first()
    if row is None:
        raise NotVisible("transfer")
    require_for(actor, OFFER, row.child)
    return row


def _received(actor: Actor, transfer_id: UUID) -> Transfer:
    """One that was offered to an organisation in which this actor accepts. It reads the offer, and not the child."""
    row = offers_visible_to(actor).filter(pk=transfer_id).first()
    if row is None or row.to_organisation_id is None:
        raise NotVisible("transfer")
    guard(actor, ACCEPT, row.to_organisation_id, what=("transfer", row.pk))
    return row


def offers_visible_to(actor: Actor) -> QuerySet[Transfer]:
    places = {grant.organisation_id for grant, _ in actor.grants_for(ACCEPT)}
    return without_conflicts(actor, Transfer.objects.filter(to_organisation_id__in=places))


def _move(actor: Actor, row: Transfer, move: Move, reason: str = "") -> Transfer:
    """In the caller's transaction. The row of the child is held, so that of two answers one counts."""
    hold_child(row.child_id)
    fresh = Transfer.objects.select_related("child__place__parent").get(pk=row.pk)
    target = fresh.to_organisation_id or fresh.organisation_id
    today = today_in(actor, target if move in (Move.ACCEPT, Move.RETURN) else fresh.organisation_id)
    now = standing_of(fresh.standing, fresh.expires_on, today)
    may_move(move, now, outside=fresh.to_organisation_id is None).require()
    fresh.standing, fresh.reason, fresh.answered_on = NEXT[move], reason, today
    fresh.answered_by_id, fresh.answered_at = actor.person_id, timezone.now()
    fresh.save(update_fields=["standing", "reason", "answered_on", "answered_at", "answered_by"])
    return fresh


def _trace(actor: Actor, row: Transfer, verb: str) -> None:
    """In both organisations; only at home with the child."""
    record(actor, verb, "transfer", row.pk, organisation_id=row.organisation_id, child_id=row.child_id)
    if row.to_organisation_id:
        record(actor, verb, "transfer", row.pk, organisation_id=row.to_organisation_id)
