"""Ending what can be known of a child: its keys, and the marks and hashes by which it would be found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import permit_recorded
from homeward.apps.access.keys.destroying import destroy, empty_log
from homeward.apps.access.keys.models import DataKey
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.models import Child, NameMark
from homeward.domain.codes import is_valid_code, normalise_code
from homeward.domain.privacy import REASONS_TO_END, KeyKind
from homeward.domain.problems import Problem, ProblemError, Where

AT_ONCE = 500
IDENTITY = (KeyKind.IDENTITY,)
BOTH = (KeyKind.IDENTITY, KeyKind.RECORD)


@dataclass(frozen=True, slots=True)
class Ended:
    child_id: UUID
    keys: int  # that were alive until now
    log_empty: bool  # else the old bytes lie in the key store's log until somebody stops reading


def destroy_keys(actor: Actor, code: str, kinds: Sequence[KeyKind], reason: str) -> Ended:
    """For good. The trace commits before the key goes, so that a key never goes without it; a second call finishes."""
    permit_recorded(actor, "organisations.manage")
    if reason not in REASONS_TO_END:
        params = {"known": ", ".join(REASONS_TO_END)}
        message, action = "The reason must be one of: {known}.", "Name the one that holds."
        raise ProblemError(Problem("keys.reason", message, action, Where(field="reason"), params))
    child = _found(code)
    detail = {"reason": reason, "kinds": " ".join(kinds)}
    with transaction.atomic():
        record(actor, "destroy_keys", "child", child.pk, organisation_id=child.organisation_id, detail=detail)
        NameMark.objects.filter(child=child).delete()
        Child.objects.filter(pk=child.pk).update(external_id_hash=None)
    ended = destroy([child.pk], kinds, reason)
    return Ended(child.pk, ended, empty_log())


def repeat_endings() -> int:
    """After a restore: whose identity has ended since, by the key store, is found by no mark or hash again."""
    ended = set(
        DataKey.objects.filter(kind=KeyKind.IDENTITY).exclude(destroyed_at=None).values_list("owner_id", flat=True)
    )
    alive = DataKey.objects.filter(kind=KeyKind.IDENTITY, destroyed_at=None).values_list("owner_id", flat=True)
    gone = sorted(ended - set(alive))
    for start in range(0, len(gone), AT_ONCE):
        some = gone[start : start + AT_ONCE]
        NameMark.objects.filter(child_id__in=some).delete()
        Child.objects.filter(pk__in=some).update(external_id_hash=None)
    return len(gone)


def child_named(code: str) -> UUID:
    """For whoever runs the house and replaces keys: the id, and nothing of the child."""
    return _found(code).pk


def _found(code: str) -> Child:
    code = normalise_code(code)
    child = Child.objects.only("id", "organisation_id").filter(code=code).first() if is_valid_code(code) else None
    if child is None:
        raise NotVisible("child")
    return child
