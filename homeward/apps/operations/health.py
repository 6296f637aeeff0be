"""How the house stands, for whoever runs it: one list of findings, the gravest first.

That an escalation exists is a secret. So their clocks are looked at for people alone, and only for those who may know;
the command line learns nothing of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import DatabaseError
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import permit_recorded
from homeward.apps.access.keys import custody
from homeward.apps.operations.databases import database_findings
from homeward.apps.operations.findings import Finding, Grade, alarm, moment, since, warning, well
from homeward.apps.operations.locking import lock_findings
from homeward.apps.operations.machine import certificate_findings, clock_findings, disk_findings
from homeward.apps.operations.work import arrival_findings, backup_findings, chain_findings, worker_findings
from homeward.apps.safeguarding.models import State
from homeward.apps.safeguarding.scope import escalations_visible_to, groups_of, overdue_for

SEE = "health.see"
OLD_DAYS, TOO_OLD_DAYS = 400, 800  # of the key that wraps all others


def see_health(actor: Actor) -> list[Finding]:
    """For a page. Refusals are written down; the look itself shows nothing about anybody."""
    permit_recorded(actor, SEE)
    return in_order([*house_findings(), *_clocks(actor)])


def house_findings() -> list[Finding]:
    """Without anything that is for some people alone."""
    return in_order(finding for part in PARTS for finding in _tried(part))


def worst(findings: list[Finding]) -> Grade:
    return max((each.grade for each in findings), default=Grade.WELL)


def in_order(findings: Iterator[Finding] | list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda each: -each.grade)


def _tried(part: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """One thing that cannot be looked at must not hide the others."""
    try:
        return list(part())
    except (DatabaseError, OSError) as error:
        message = "This could not be looked at ({reason})."
        action = "Look again in a minute; if it stays so, look into the log."
        return [alarm(_NAMES[part], message, action, reason=type(error).__name__)]


def key_findings() -> Iterator[Finding]:
    row = custody.current()
    if row is None:
        yield alarm("keys", "There is no key yet.", "Make one: `homeward keys create`.")
        return
    if custody.incoming() is not None:
        message = "A rotation of the key that wraps all others was begun and not finished."
        yield alarm("keys", message, "Stop the server, run `homeward keys rotate --kek` again, and start it.")
    days = since(row.created_at).days
    if days > OLD_DAYS:
        message = "The key that wraps all others is {days} days old."
        action = "Replace it when the server can stand still for some minutes: `homeward keys rotate --kek`."
        yield (alarm if days > TOO_OLD_DAYS else warning)("keys", message, action, days=days)
    else:
        yield well("keys", "The key that wraps all others is of {at}.", at=moment(row.created_at))


def _clocks(actor: Actor) -> Iterator[Finding]:
    """Nobody else learns from a list that has one line more or less that anything was ever told."""
    rows = escalations_visible_to(actor).filter(state=State.RAISED, due_at__lte=timezone.now())
    second = overdue_for(actor)
    if not groups_of(actor) and not list(actor.grants_for("escalations.take_over")):
        return
    late = set(rows.values_list("pk", flat=True)) | set(second.values_list("pk", flat=True))
    if late:
        message = "{count} escalations are past their clock, and nobody has looked at them."
        yield alarm("clocks", message, "Open Protection and look at the first line of the list.", count=len(late))
    else:
        yield well("clocks", "No escalation that you may know of is past its clock.")


PARTS: tuple[Callable[[], Iterator[Finding]], ...] = (
    database_findings,
    disk_findings,
    backup_findings,
    worker_findings,
    arrival_findings,
    key_findings,
    lock_findings,
    chain_findings,
    clock_findings,
    certificate_findings,
)
_NAMES = {
    database_findings: "database",
    disk_findings: "disk",
    backup_findings: "backup",
    worker_findings: "worker",
    arrival_findings: "arrivals",
    key_findings: "keys",
    lock_findings: "lock",
    chain_findings: "chain",
    clock_findings: "clock",
    certificate_findings: "certificate",
}
