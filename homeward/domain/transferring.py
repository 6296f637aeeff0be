"""A child's case passed on to another organisation: offered, then accepted, returned, recalled, or run out.

Nothing but coarse facts is shown before it is accepted. That an offer has run out is computed from its day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from homeward.domain.problems import Decision, Problem

OFFER_STANDS = timedelta(days=14)
LONGEST_OFFER = timedelta(days=60)
RETURN_REASONS = ("no_room", "not_our_area", "needs_beyond_us", "known_here", "other")
# Always handed over with a case, and what is agreed to besides. Interviews and what was told in confidence never are.
ALWAYS_PASSED = ("sex", "age", "return_date", "language")
CHOSEN_PASSED = ("name", "birth_date", "caregivers")


class Passing(StrEnum):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    RECALLED = "recalled"
    HANDED_OVER = "handed_over"  # on paper, to somebody outside this server
    EXPIRED = "expired"  # never stored


class Move(StrEnum):
    ACCEPT = "accept"
    RETURN = "return"
    RECALL = "recall"
    HAND_OVER = "hand_over"


NEXT: Mapping[Move, Passing] = {
    Move.ACCEPT: Passing.ACCEPTED,
    Move.RETURN: Passing.RETURNED,
    Move.RECALL: Passing.RECALLED,
    Move.HAND_OVER: Passing.HANDED_OVER,
}


def standing_of(stored: str, expires_on: date, today: date) -> Passing:
    """`expires_on`: the last day on which it can be answered."""
    found = Passing(stored)
    return Passing.EXPIRED if found is Passing.OFFERED and today > expires_on else found


def may_move(move: Move, standing: Passing, *, outside: bool) -> Decision:
    """Outside this server nobody can answer: what was handed over is written down here instead."""
    fits = outside if move is Move.HAND_OVER else not outside if move in (Move.ACCEPT, Move.RETURN) else True
    if fits and standing is Passing.OFFERED:
        return Decision.yes()
    return Decision.no(not_open())


def not_open() -> Problem:
    message, action = (
        "This offer is not open any more.",
        "Look at the page again: somebody may have answered meanwhile.",
    )
    return Problem("transfer.order", message, action, status=409)
