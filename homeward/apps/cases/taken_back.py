"""What was taken back and stands, before anybody is told of a child: read from the ledger at that moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.cases.consent_rules import rules
from homeward.apps.cases.consents import SEE, band_on, entries_of, may_now
from homeward.apps.cases.models import Child
from homeward.apps.cases.queries import find_within
from homeward.apps.cases.scope import permit_for
from homeward.domain.consent import SERVICE, SHARING, Use, may, said_about, standing_stop
from homeward.domain.problems import Decision, Problem, Where


@dataclass(frozen=True, slots=True)
class TakenBack:
    """By whom, on which day, and for what: help and case work, or telling somebody."""

    purpose: str
    who: str
    day: date


def may_tell(child: Child, today: date, recipient: str) -> Decision:
    """Nobody is told of a child whose help and case work was taken back, nor without the agreement to tell them."""
    helped = may(SERVICE, entries_of(child.pk), band_on(child, today), today, rules(), use=Use.COUNT)
    return may_now(child, SHARING, today, recipient) if helped else helped


def taken_back(child: Child, today: date, recipient: str = "") -> tuple[TakenBack, ...]:
    """What stands, of help and of telling this recipient; without one, of telling anybody."""
    return tuple(_standing(child, today, recipient))


def _standing(child: Child, today: date, recipient: str) -> Iterator[TakenBack]:
    entries = entries_of(child.pk)
    for purpose in (SERVICE, SHARING):
        stop = standing_stop(said_about(purpose, entries, today, rules(), recipient), rules())
        if stop is not None:
            yield TakenBack(purpose, stop.who, stop.day)


def may_ask_again(child: Child, today: date, recipient: str, *, came_back: bool) -> Decision:
    """Whether a new agreement to tell this recipient is taken. Whoever took it back is asked by nobody: only when they
    come back to it themselves. Help is agreed again apart from what is handed over.
    """
    purposes = {each.purpose for each in taken_back(child, today, recipient)}
    if SERVICE in purposes:
        message = "Help and case work was taken back, so nothing is handed over."
        action = "Ask nobody for it. When they come back to it themselves, write that down under Agreement first."
        return Decision.no(Problem("sharing.help_taken_back", message, action, status=409))
    if SHARING in purposes and not came_back:
        message = "It was taken back that another organisation is told, so nothing is handed over."
        action = "Ask nobody for it. If they came back to it themselves, tick that, with what they say now."
        return Decision.no(Problem("sharing.taken_back", message, action, Where(field="came_back"), status=409))
    return Decision.yes()


def taken_back_of(actor: Actor, key: UUID, recipient: str = "") -> tuple[TakenBack, ...]:
    """For the page on which somebody is about to be told; the look at the child was written down by it."""
    child = find_within(actor, key, SEE)
    permit_for(actor, SEE, child.pk, organisation_id=child.organisation_id, team_id=child.team_id).require()
    return taken_back(child, today_in(actor, child.organisation_id), recipient)
