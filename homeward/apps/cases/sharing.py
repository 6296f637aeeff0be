"""The one gate before anything about a child leaves the organisation: who agreed, and the least that may go."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.audit.services import record
from homeward.apps.cases.consenting import DECIDE, Asked, check, decides, write
from homeward.apps.cases.models import Child, Referral
from homeward.apps.cases.queries import current_band
from homeward.apps.cases.scope import permit_for
from homeward.apps.cases.sealing import provider_of
from homeward.apps.cases.services import hold_child
from homeward.apps.cases.taken_back import may_ask_again, may_tell
from homeward.domain.consent import SHARING, Reply, Who
from homeward.domain.problems import Decision, Problem, ProblemError, Where
from homeward.domain.sharing import NOT_ASKED, TRUSTED_ADULT, YES, Agreement, FieldRule, may_share

REFUSED = 409  # of a problem: they were asked, and the answer was no
SHIPPED = Path(__file__).resolve().parents[2] / "library"
FILE = Path("lookups") / "referral-fields.csv"


def require_consent_to_share(actor: Actor, child_id: UUID, kind: str, recipient: str, agreement: Agreement) -> None:
    """Before the transaction in which something is handed to this recipient; `kind` is `service` or `organisation`.
    What child and adult said goes to the ledger first, a no as well, and the ledger decides: what was taken back before
    holds, and a yes is written down over it only of those who came back to it themselves. A refusal is written down.
    """
    child = Child.objects.get(pk=child_id)
    today = today_in(actor, child.organisation_id)
    decision = may_share(current_band(child, today), agreement, today)
    if decision.problem is None or decision.problem.status == REFUSED:
        answers = list(_answers(agreement, recipient))
        _check(actor, child, answers, today)
        again = may_ask_again(child, today, recipient, came_back=agreement.came_back)
        _write(actor, child, answers if again else [each for each in answers if _is_no(each)], today)
        decision = again if decision else decision
    if decision:
        decision = may_tell(child, today, recipient)
    if not decision:
        raise _refusal(actor, child, kind, decision)


@contextmanager
def handing_out(actor: Actor, child: Child, kind: str, recipient: str) -> Iterator[None]:
    """The transaction in which something goes to this recipient, with the child held: days may lie between what was
    agreed and this, and what was taken back a moment ago holds. A refusal is written down.
    """
    with transaction.atomic():
        hold_child(child.pk)
        decision = may_tell(child, today_in(actor, child.organisation_id), recipient)
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


def _check(actor: Actor, child: Child, answers: list[Asked], today: date) -> None:
    """By the rules of every entry. What is of an earlier day, or of somebody in the place of a caregiver who could be
    asked, is for whoever decides about agreement.
    """
    place, team = child.organisation_id, child.team_id
    for asked in answers:
        deciding = decides(child, asked, today)
        if deciding and not permit_for(actor, DECIDE, child.pk, organisation_id=place, team_id=team):
            record(actor, DECIDE, "child", child.pk, organisation_id=place, allowed=False)
            message = "It is of an earlier day, or somebody answers in the place of a caregiver."
            action = "Let a supervisor or focal point write down this agreement, or ask child and caregiver today."
            raise ProblemError(Problem("sharing.decide", message, action, Where(field="agreed_on")))
        check(child, asked, today, deciding=deciding)


def _write(actor: Actor, child: Child, answers: list[Asked], today: date) -> None:
    with transaction.atomic():
        for asked in answers:
            write(actor, child, asked, today)


def _answers(agreement: Agreement, recipient: str) -> Iterator[Asked]:
    """What was not asked is no entry."""
    known = Asked(
        "",
        day=agreement.day,
        recipient=recipient,
        language=agreement.language,
        limits_told=agreement.limits_told or None,
        reason=agreement.reason.strip(),
        came_back=agreement.came_back,
    )
    if agreement.child != NOT_ASKED:
        yield replace(known, who=Who.CHILD, answers=_reply(agreement.child))
    if agreement.adult == TRUSTED_ADULT:
        yield replace(known, who=Who.TRUSTED_ADULT, answers=_reply(YES), without_caregiver=agreement.without)
    elif agreement.adult != NOT_ASKED:
        yield replace(known, who=Who.CAREGIVER, answers=_reply(agreement.adult))


def _is_no(asked: Asked) -> bool:
    return asked.answers[SHARING] != Reply.AGREES


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
