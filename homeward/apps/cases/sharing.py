"""The one gate before anything about a child leaves the organisation: who agreed, and the least that may go."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from uuid import UUID

from django.conf import settings

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.audit.services import record
from homeward.apps.cases.models import Child
from homeward.apps.cases.queries import current_band
from homeward.domain.problems import ProblemError
from homeward.domain.sharing import Agreement, FieldRule, may_share

SHIPPED = Path(__file__).resolve().parents[2] / "library"
FILE = Path("lookups") / "referral-fields.csv"


def require_consent_to_share(actor: Actor, child_id: UUID, recipient: str, agreement: Agreement) -> None:
    """Before the transaction in which something is handed to this recipient (a word for its kind: `service`,
    `organisation`). What was agreed is stored with what is handed over. A refusal is written down.
    """
    child = Child.objects.get(pk=child_id)
    decision = may_share(current_band(child, today_in(actor, child.organisation_id)), agreement, actor.today())
    if not decision:
        place, detail = child.organisation_id, {"to": recipient}
        record(actor, "refuse_sharing", "child", child.pk, organisation_id=place, allowed=False, detail=detail)
        raise ProblemError(decision.problem or ())


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
