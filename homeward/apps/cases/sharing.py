"""The one gate before anything about a child leaves the organisation: who agreed, and the least that may go."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.audit.services import record
from homeward.apps.cases.consenting import Asked, write
from homeward.apps.cases.consents import may_now
from homeward.apps.cases.models import Child, Referral
from homeward.apps.cases.queries import current_band
from homeward.apps.cases.sealing import provider_of
from homeward.apps.cases.services import hold_child
from homeward.domain.consent import SHARING, Reply, Who, Without
from homeward.domain.problems import Decision, ProblemError
from homeward.domain.sharing import NOT_ASKED, TRUSTED_ADULT, YES, Agreement, FieldRule, may_share

REFUSED = 409  # of a problem: they were asked, and the answer was no
SHIPPED = Path(__file__).resolve().parents[2] / "library"
FILE = Path("lookups") / "referral-fields.csv"


def require_consent_to_share(actor: Actor, child_id: UUID, kind: str, recipient: str, agreement: Agreement) -> None:
    """Before the transaction in which something is handed to this recipient; `kind` is `service` or `organisation`.
    What child and adult said goes to the ledger first, a no as well, and the ledger decides: what was taken back before
    holds. A refusal is written down.
    """
    child = Child.objects.get(pk=child_id)
    today = today_in(actor, child.organisation_id)
    decision = may_share(current_band(child, today), agreement, today)
    if decision.problem is None or decision.problem.status == REFUSED:
        for asked in _answers(agreement, recipient):
            write(actor, child, asked, today)
    if decision:
        decision = may_now(child, SHARING, today, recipient)
    if not decision:
        raise _refusal(actor, child, kind, decision)


@contextmanager
def handing_out(actor: Actor, child: Child, kind: str, recipient: str) -> Iterator[None]:
    """The transaction in which something goes to this recipient, with the child held: days may lie between what was
    agreed and this, and what was taken back a moment ago holds. A refusal is written down.
    """
    with transaction.atomic():
        hold_child(child.pk)
        decision = may_now(child, SHARING, today_in(actor, child.organisation_id), recipient)
        if decision:
            yield
            return
    raise _refusal(actor, child, kind, decision)


def _refusal(actor: Actor, child: Child, kind: str, decision: Decision) -> ProblemError:
    place, detail = child.organisation_id, {"to": kind}
    record(actor, "refuse_sharing", "child", child.pk, organisation_id=place, allowed=False, detail=detail)
    return ProblemError(decision.problem or ())


def referred_to(row: Referral) -> str:
    """By the name to which child and caregiver agreed."""
    return row.service.name if row.service else provider_of(row)


def _answers(agreement: Agreement, recipient: str) -> Iterator[Asked]:
    """What was not asked is no entry."""
    known = Asked("", day=agreement.day, recipient=recipient, language=agreement.language)
    if agreement.child != NOT_ASKED:
        yield replace(known, who=Who.CHILD, answers=_reply(agreement.child))
    if agreement.adult == TRUSTED_ADULT:
        yield replace(known, who=Who.TRUSTED_ADULT, answers=_reply(YES), without_caregiver=Without.NONE)
    elif agreement.adult != NOT_ASKED:
        yield replace(known, who=Who.CAREGIVER, answers=_reply(agreement.adult))


def _reply(said: str) -> Mapping[str, str]:
    return {SHARING: Reply.AGREES if said == YES else Reply.REFUSES}


@cache
def field_rules() -> tuple[FieldRule, ...]:
    """What may go to which kind of service: shipped, and before it the deployment's own file, which replaces a sector's
    line.
    """
    found: dict[tuple[str, str], FieldRule] = {}
    for folder in (SHIPPED, *settings.HOMEWARD_LIBRARIES):
        if (folder / FILE).exists():
            found |= {(rule.sector, rule.field): rule for rule in _read(folder / FILE)}
    return tuple(found.values())


def _read(path: Path) -> list[FieldRule]:
    with path.open(encoding="utf-8", newline="") as file:
        return [FieldRule(row["sector"], row["field"], row["given"]) for row in csv.DictReader(file)]
