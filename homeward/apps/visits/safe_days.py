"""Days of the week on which the safe-contact cards allow contact: for no other is a visit planned or agreed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.visits import choices as of
from homeward.apps.visits.cards import cards_of
from homeward.apps.visits.scope import RECORD, child_to_follow
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.domain.visiting import days_left, next_safe


def days_of(child_ids: Iterable[UUID]) -> tuple[str, ...]:
    """Those that all their cards allow: all of the week where no card names any."""
    return days_left(card.safe_days for card in cards_of(child_ids).values())


def safe_days(actor: Actor, keys: Sequence[UUID | str]) -> tuple[str, ...]:
    """For a page on which a day is chosen."""
    return days_of([child_to_follow(actor, key, RECORD).pk for key in keys])


def refuse_unsafe(child_ids: Iterable[UUID], day: date, today: date, field: str) -> None:
    """What is past was as it was, and is only written down."""
    days = days_of(child_ids)
    nearest = next_safe(day, days)
    if day < today or nearest == day:
        return
    if nearest is None:
        message, action = "Their cards have no safe day in common.", "Plan the visits apart."
        raise ProblemError(Problem("visit.no_day", message, action, Where(field=field)))
    message, action = "Not a safe day on the card. Safe days: {days}.", "The next safe day is {next}."
    params = {"days": " · ".join(str(of.Days(each).label) for each in days), "next": nearest.isoformat()}
    raise ProblemError(Problem("visit.day_unsafe", message, action, Where(field=field), params))


def refuse_unsafe_day(actor: Actor, keys: Sequence[UUID | str], day: date) -> bool:
    """Before anything else is asked of a visit on this day."""
    children = [child_to_follow(actor, key, RECORD) for key in keys]
    refuse_unsafe([child.pk for child in children], day, today_in(actor, children[0].organisation_id), "on")
    return True
