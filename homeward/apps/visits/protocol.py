"""The next point of the follow-up of a child."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from homeward.apps.access.actors import Actor
from homeward.apps.cases.protocols import schedule_of
from homeward.apps.cases.queries import find_row
from homeward.apps.cases.sealing import birth_date_of
from homeward.apps.visits.clock import NOBODY_ASKED, day_for, facts_of_child, follow_up_of_child
from homeward.domain.ages import ADULT, birthday
from homeward.domain.protocol import Answered, band_asked
from homeward.domain.rounds import Round, Voice, rounds_of


def next_point(organisation_id: UUID, return_date: date | None, day: date) -> date | None:
    """The day of the first round after this day, by the protocol in use; None after the last, and for whoever did not
    return or whose return has no known day.
    """
    if return_date is None:
        return None
    return next((each.due for each in rounds_of(schedule_of(organisation_id), return_date) if each.due > day), None)


def next_to_go(actor: Actor, child_id: UUID, day: date) -> date | None:
    """After a visit on this day: the next round, or the next contact by the level of risk where that is earlier. The
    page has written down that the record was looked at.
    """
    child = find_row(actor, child_id)
    facts = facts_of_child(child)
    seen = replace(facts, answered=(*facts.answered, Answered(day, *NOBODY_ASKED)))
    contact = follow_up_of_child(child, max(day, day_for(child)), seen).contact
    days = (next_point(child.organisation_id, child.return_date, day), contact.due if contact is not None else None)
    return min((each for each in days if each is not None and each > day), default=None)


def asked_at(actor: Actor, child_id: UUID, point: Round, day: date) -> tuple[str, tuple[Voice, ...]]:
    """The band in which the child will be on this day, and whom the protocol asks with what. The page has written down
    that the record was looked at.
    """
    child = find_row(actor, child_id)
    birth = birth_date_of(child)
    eighteen = birthday(birth, ADULT) if birth is not None else None
    band = band_asked(child.age_band, child.age_changes_on, eighteen, day)
    return band, point.protocol.asked(point.code, band)
