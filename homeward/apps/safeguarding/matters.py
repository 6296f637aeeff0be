"""Whose matter it is, for a reader of the trace, which names no child beside a verb of protection."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from homeward.apps.access.actors import Actor
from homeward.apps.safeguarding.scope import escalations_visible_to, violations_visible_to

MATTERS = frozenset({"escalation", "violation", "sealed_note"})  # kinds of objects in the trace


def codes_of_matters(actor: Actor, ids: Iterable[str]) -> dict[str, str]:
    """Id of an escalation or a violation -> code of its child, for those that this actor may know of. No look of its
    own: the page that asks has written down its own.
    """
    keys = [UUID(each) for each in ids if _is_id(each)]
    rows = escalations_visible_to(actor).filter(pk__in=keys).values_list("pk", "child__code")
    more = violations_visible_to(actor).filter(pk__in=keys).values_list("pk", "child__code")
    return {str(key): code for key, code in (*rows, *more) if code}


def _is_id(text: str) -> bool:
    with suppress(ValueError):
        return bool(UUID(text))
    return False
