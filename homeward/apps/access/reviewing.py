"""What somebody reviews afterwards, once, and nobody their own: a record opened in an emergency, a day with many."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.audit.services import record
from homeward.domain.permissions import roles_with
from homeward.domain.problems import Problem, ProblemError

REVIEW = "emergencies.review"
SHOWN_FOR = timedelta(days=30)  # after its review
VERDICTS = ("justified", "not_justified")


def places_to_review(actor: Actor) -> list[UUID]:
    reviewers = roles_with(REVIEW)
    return [grant.organisation_id for grant in actor.grants if grant.role in reviewers]


def review(
    actor: Actor, verb: str, what: tuple[str, UUID], person_id: UUID, verdict: str, organisation_id: UUID
) -> dict[str, Any]:
    """What the row is to say. The refusal is written down before it is raised: call it outside a transaction."""
    guard(actor, REVIEW, organisation_id, what=what)
    if person_id == actor.person_id:
        record(actor, verb, *what, organisation_id=organisation_id, allowed=False)
        message, action = "Nobody reviews what they did themselves.", "Ask another focal point."
        raise ProblemError(Problem("review.own", message, action, status=403))
    return {"reviewed_by": actor.person_id, "reviewed_at": timezone.now(), "verdict": verdict}


def reviewed_already() -> ProblemError:
    return ProblemError(Problem("review.moved", "Somebody was faster.", "Look at the page again.", status=409))
