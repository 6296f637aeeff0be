"""What every document of a case has in common: who may write it now, how it is sealed, how a second person decides."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from homeward.apps.access import vault
from homeward.apps.access.actors import Actor, today_in
from homeward.apps.audit.services import record
from homeward.apps.cases.deciding import child_to_decide
from homeward.apps.cases.models import Child, Status
from homeward.domain.lifecycle import APPROVE, WRITE, may_approve, not_open
from homeward.domain.problems import Problem, ProblemError, Where

SEE = "plans.see"
MOST_WORDS = 4_000  # characters of one text


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


def sealed(row: Any, column: str, text: str) -> bytes:
    words = text.strip()
    if len(words) > MOST_WORDS:
        params = {"most": MOST_WORDS}
        message, action = "The text is longer than {most} characters.", "Shorten it."
        raise ProblemError(Problem("case.too_long", message, action, Where(field=column), params))
    return vault.seal_text(row.child_id, row.pk, f"{row._meta.label_lower}.{column}", words)


def opened(row: Any, column: str) -> str:
    """Empty once the key has ended."""
    with suppress(vault.ErasedError):
        return vault.open_text(
            row.child_id, row.pk, f"{row._meta.label_lower}.{column}", bytes(getattr(row, column) or b"")
        )
    return ""


def wrong(field: str, message: str, action: str) -> ProblemError:
    return ProblemError(Problem(f"case.{field}", message, action, Where(field=field)))


def require_listed(field: str, values: str | Iterable[str], known: Collection[str]) -> None:
    given = [values] if isinstance(values, str) else list(values)
    if any(value not in known for value in given):
        raise wrong(field, "This is not in the list.", "Choose one from the list.")


def require_words(field: str, text: str) -> None:
    if not text.strip():
        raise wrong(field, "This is empty.", "Write some words.")


def day_within(actor: Actor, child: Child, on: date | None) -> date:
    """The day on which something was, today where none is given; never one that is to come."""
    today = today_in(actor, child.organisation_id)
    if on is not None and on > today:
        raise wrong("on", "This day is in the future.", "Correct the date.")
    return on or today


def case_to_write(actor: Actor, key: UUID | str) -> Child:
    """A child whose case this actor may write, and whose record still takes something."""
    child = child_to_decide(actor, key, WRITE)
    refuse_closed(child)
    return child


def refuse_closed(child: Child) -> None:
    if child.identity_ended_on is not None:
        message, action = "Who this child is has ended here, so nothing more is added to the record.", ""
        raise ProblemError(Problem("case.ended", message, action, status=409))
    if child.status != Status.OPEN:
        raise ProblemError(not_open(child.status, "case.not_open"))


def lock_case(child_id: UUID) -> Child:
    """Inside the transaction: whoever else writes this case waits. As the row is now, not as somebody read it."""
    return Child.objects.select_for_update(no_key=True).get(pk=child_id)


def hands(before: Any, actor: Actor) -> list[str]:
    """Who has a hand in the version that follows this one: also whose words come along from what was given back."""
    kept = before.writers if before is not None and before.state == State.RETURNED else []
    return sorted({*kept, *([str(actor.person_id)] if actor.person_id else [])})


def require_another(actor: Actor, writers: Collection[str], verb: str, child: Child) -> None:
    """The refusal is written down before it is raised: call it outside a transaction."""
    author = actor.person_id if actor.person_id is None or str(actor.person_id) in writers else None
    may = may_approve(author, actor.person_id)
    if not may:
        record(actor, verb, "child", child.pk, organisation_id=child.organisation_id, allowed=False)
    may.require()


def case_to_approve(actor: Actor, key: UUID | str) -> Child:
    child = child_to_decide(actor, key, APPROVE)
    refuse_closed(child)
    return child


def moved() -> ProblemError:
    return ProblemError(Problem("case.moved", "Somebody was faster.", "Look at the page again.", status=409))
