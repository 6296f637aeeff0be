"""Reading transfers: those of a child, for whoever works with it; those that are offered, for whoever may accept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from homeward.apps.access.actors import Actor, permit, today_in
from homeward.apps.access.volume import look_at_record
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Transfer
from homeward.apps.cases.passing_on import ACCEPT, OFFER, SEE, caregivers_of, offers_visible_to, passed_facts
from homeward.apps.cases.passing_on import given_transfer as given
from homeward.apps.cases.recalls import offered_to
from homeward.apps.cases.referrals import Event
from homeward.apps.cases.referring import MAKE
from homeward.apps.cases.scope import about_children_visible_to, permit_for
from homeward.apps.cases.sealing import transfer_recipient_of
from homeward.apps.cases.sharing import handing_out
from homeward.domain.transferring import ALWAYS_PASSED, Passing, standing_of

MOST = 100


@dataclass(frozen=True, slots=True)
class OfferRow:
    """What the receiving side reads before it accepts: no code, no name, no place that is not shared by all."""

    id: UUID
    from_whom: str
    age_band: str
    sex: str
    place: str
    needs: tuple[str, ...]
    passed: tuple[str, ...]
    made_on: date
    expires_on: date
    standing: str


@dataclass(frozen=True, slots=True)
class TransferRow:
    """What the organisation that offers it reads."""

    id: UUID
    to: str
    outside: bool
    needs: tuple[str, ...]
    passed: tuple[str, ...]
    made_on: date
    expires_on: date
    standing: str
    reason: str
    answered_on: date | None
    may_change: bool
    to_note: bool  # it was returned, and nobody here has said that it was read


@dataclass(frozen=True, slots=True)
class Paper:
    """What is handed over to somebody outside: only what was agreed to."""

    code: str
    to: str
    facts: tuple[tuple[str, object], ...]
    caregivers: tuple[tuple[str, str], ...]
    needs: tuple[str, ...]


def offers_to(actor: Actor) -> list[OfferRow]:
    """The open ones first. Somebody who has a tie to the child does not see the offer either."""
    permit(actor, ACCEPT).require()
    rows = offers_visible_to(actor).select_related("organisation", "place").order_by("-made_on", "-made_at")[:MOST]
    found = [_offer(actor, row) for row in rows]
    record_look(actor, ACCEPT, "transfers", detail={"rows": len(found)})
    shown = [row for row in found if row.standing != Passing.RECALLED]
    return sorted(shown, key=lambda row: row.standing != Passing.OFFERED)


def offers_waiting(actor: Actor) -> int:
    """For the first page of a supervisor."""
    if not permit(actor, ACCEPT):
        return 0
    today = today_in(actor, actor.organisation_id)
    return int(offers_visible_to(actor).filter(standing=Passing.OFFERED, expires_on__gte=today).count())


def transfers_of(actor: Actor, child_id: UUID) -> list[TransferRow]:
    rows = Transfer.objects.filter(about_children_visible_to(actor, SEE), child_id=child_id)
    rows = rows.select_related("child", "to_organisation").order_by("-made_on", "-made_at")
    some = list(rows)
    if not some:
        return []
    child = some[0].child
    reads, offers, notes = (
        bool(permit_for(actor, name, child.pk, organisation_id=child.organisation_id, team_id=child.team_id))
        for name in ("names.see", OFFER, MAKE)
    )
    return [_transfer(actor, row, reads=reads, offers=offers, notes=notes) for row in some]


def transfer_events(actor: Actor, child_id: UUID) -> list[Event]:
    """For the child's journey: days and codes, and nobody's name."""
    found = []
    for row in Transfer.objects.filter(about_children_visible_to(actor, SEE), child_id=child_id):
        found.append(Event(row.made_on, "transfer_offered", ("",), row.made_at))
        if row.answered_on is not None:
            day = max(row.answered_on, row.made_on)  # in the other house it may be the day before still
            found.append(Event(day, f"transfer_{row.standing}", (row.reason,), row.answered_at))
    return found


def paper_of(actor: Actor, transfer_id: UUID) -> Paper:
    """Opened for whoever hands it over, and written down as a look at the record. Only while what was agreed holds."""
    row = given(actor, transfer_id)
    child = row.child
    with handing_out(actor, child, "organisation", offered_to(row)):
        look_at_record(actor, OFFER, child.pk, child.organisation_id)
    today = today_in(actor, child.organisation_id)
    known = passed_facts(child, tuple(row.passed), today)
    names = ("name", "birth_date", *ALWAYS_PASSED)
    facts = tuple((name, known[name]) for name in names if known.get(name) not in (None, ""))
    cares = tuple(caregivers_of(child)) if "caregivers" in row.passed else ()
    return Paper(child.code, transfer_recipient_of(row), facts, cares, tuple(row.needs))


def _offer(actor: Actor, row: Transfer) -> OfferRow:
    today = today_in(actor, row.to_organisation_id)
    return OfferRow(
        row.pk,
        row.organisation.name,
        row.age_band,
        row.sex,
        row.place.name if row.place else "",
        tuple(row.needs),
        tuple(row.passed),
        row.made_on,
        row.expires_on,
        standing_of(row.standing, row.expires_on, today),
    )


def _transfer(actor: Actor, row: Transfer, *, reads: bool, offers: bool, notes: bool) -> TransferRow:
    to = offered_to(row) if row.to_organisation or reads else ""
    standing = standing_of(row.standing, row.expires_on, today_in(actor, row.child.organisation_id))
    return TransferRow(
        row.pk,
        to,
        row.to_organisation_id is None,
        tuple(row.needs),
        tuple(row.passed),
        row.made_on,
        row.expires_on,
        standing,
        row.reason,
        row.answered_on,
        offers and standing is Passing.OFFERED,
        notes and standing is Passing.RETURNED and row.noted_at is None,
    )
