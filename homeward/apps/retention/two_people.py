"""What every act of two people about one child has in common."""

from __future__ import annotations

from uuid import UUID

from homeward.apps.access.actors import Actor
from homeward.apps.audit.services import record
from homeward.apps.retention.models import Ending, EndingState
from homeward.domain.problems import Decision, Problem, ProblemError


def may_check(actor: Actor, asked_by: UUID | None) -> Decision:
    """By a person, and by another than who asked."""
    if actor.person_id is not None and asked_by != actor.person_id:
        return Decision.yes()
    message, action = "Nobody checks what they asked for themselves.", "Ask another focal point."
    return Decision.no(Problem("erasure.own", message, action, status=403))


def require_another(
    actor: Actor, asked_by: UUID | None, verb: str, what: tuple[str, UUID], *, organisation_id: UUID
) -> None:
    """The refusal is written down before it is raised: call it outside a transaction."""
    may = may_check(actor, asked_by)
    if not may:
        record(actor, verb, *what, organisation_id=organisation_id, allowed=False)
    may.require()


def refuse_while_ending(child_id: UUID) -> None:
    """In the caller's transaction, with the row of the child locked."""
    if Ending.objects.filter(child_id=child_id, state=EndingState.RUNNING).exists():
        message, action = "What is kept of this child is ending at this moment.", "Look at the page again."
        raise ProblemError(Problem("retention.ending_now", message, action, status=409))


def moved() -> ProblemError:
    """Somebody has decided, or holds it, or has to act for the child, since the page was made."""
    return ProblemError(Problem("erasure.moved", "Somebody was faster.", "Look at the page again.", status=409))
