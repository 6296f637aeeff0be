"""The codes under which recipients of data know a child: random, and another for each recipient, so that two who put
their files together find nobody in both. A code is made on first use and stays.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction

from homeward.apps.access.actors import Actor
from homeward.apps.cases.models import Child, RecipientCode
from homeward.apps.cases.scope import children_visible_to
from homeward.domain.codes import random_code
from homeward.domain.problems import Problem, ProblemError, Where

ATTEMPTS, LONGEST, AT_ONCE = 20, 40, 500


def codes_for(actor: Actor, child_ids: Sequence[UUID], recipient: str, permission: str) -> dict[UUID, str]:
    """Of those that this permission reaches; the caller has asked for it and writes down what leaves."""
    recipient = _checked(recipient)
    seen: list[UUID] = []
    for start in range(0, len(child_ids), AT_ONCE):
        some = child_ids[start : start + AT_ONCE]
        seen += children_visible_to(actor, permission).filter(pk__in=some).values_list("pk", flat=True)
    known = _known(seen, recipient)
    for key in seen:
        if key not in known:
            known[key] = _made(key, recipient)
    return known


def child_of(actor: Actor, code: str, recipient: str) -> UUID | None:
    """Whom a recipient means by a code of its own; nobody by that of another."""
    key = (
        RecipientCode.objects.filter(code=code, recipient=_checked(recipient))
        .values_list("child_id", flat=True)
        .first()
    )
    return key if key and children_visible_to(actor).filter(pk=key).exists() else None


def _known(keys: Sequence[UUID], recipient: str) -> dict[UUID, str]:
    found: dict[UUID, str] = {}
    for start in range(0, len(keys), AT_ONCE):
        rows = RecipientCode.objects.filter(child__in=keys[start : start + AT_ONCE], recipient=recipient)
        found |= dict(rows.values_list("child_id", "code"))
    return found


def _made(child_id: UUID, recipient: str) -> str:
    """Never a code of the house itself, nor one that another recipient has."""
    for _ in range(ATTEMPTS):
        code = random_code(secrets.randbelow)
        if Child.objects.filter(code=code).exists():
            continue
        try:
            with transaction.atomic():
                return RecipientCode.objects.create(child_id=child_id, recipient=recipient, code=code).code
        except IntegrityError:  # the code is taken, or another process was faster with this child
            made = RecipientCode.objects.filter(child=child_id, recipient=recipient).first()
            if made is not None:
                return made.code
    raise RuntimeError("no free code was found")


def _checked(recipient: str) -> str:
    recipient = " ".join(recipient.casefold().split())
    if not recipient or len(recipient) > LONGEST:
        message, params = "The name of the recipient is missing, or longer than {most} letters.", {"most": LONGEST}
        raise ProblemError(Problem("recipient.name", message, "Give it.", Where(field="recipient"), params))
    return recipient
