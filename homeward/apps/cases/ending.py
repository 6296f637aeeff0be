"""Ending what can be known of a child: its keys, and the marks and hashes by which it would be found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import permit_recorded
from homeward.apps.access.keys.destroying import destroy, empty_log
from homeward.apps.access.models import Conflict, EmergencyAccess, OpenedRecord
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.ended_numbers import leave_number
from homeward.apps.cases.gaps import district_of, unlink_gaps
from homeward.apps.cases.models import (
    Assignment,
    Child,
    ConsentEntry,
    Forgetting,
    HandedChild,
    NameMark,
    Referral,
    ReferralStep,
    Relation,
    RiskLevel,
    Status,
    Transfer,
)
from homeward.apps.cases.plan_ending import end_plan_names, end_plan_words, forget_plans
from homeward.apps.cases.queries import current_band
from homeward.apps.cases.record_ending import coarsen_record, forget_record
from homeward.apps.cases.steps import run_out
from homeward.domain.codes import is_valid_code, normalise_code
from homeward.domain.privacy import REASONS_TO_END, KeyKind
from homeward.domain.problems import Problem, ProblemError, Where

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
        leave_number(child)
        Child.objects.filter(pk=child.pk).update(external_id_hash=None)
    ended = destroy([child.pk], kinds, reason)
    return Ended(child.pk, ended, empty_log())


def end_identity_of(child: Child, today: date, return_date: date | None) -> None:
    """In the caller's transaction: who it is goes out of every column, and what stays becomes coarse. The identity key
    is the caller's to destroy.
    """
    NameMark.objects.filter(child=child).delete()
    for each in (Relation.objects.filter(child=child), Relation.objects.filter(other_child=child)):
        each.update(other_child=None)
    Relation.objects.filter(child=child).update(name=b"")
    coarsen_record(child, return_date)
    running = Assignment.objects.filter(child=child, until__isnull=True)
    running.update(until=today - timedelta(days=1))
    end_plan_names(child.pk)
    run_out(child, today)
    band = current_band(child, today)
    leave_number(child)
    Child.objects.filter(pk=child.pk).update(name=b"", initials=b"", birth_date=b"", external_id=b"")
    Child.objects.filter(pk=child.pk).update(
        external_id_hash=None,
        age_band=band,
        age_changes_on=None,
        return_date=return_date,
        place=district_of(child.place),
        status=Status.CLOSED if child.status == Status.OPEN else child.status,
        ended_on=child.ended_on or today,
        identity_ended_on=today,
    )


def end_words_of(child_id: UUID, today: date) -> None:
    """In the caller's transaction: what people wrote about this child. Gaps in services stay in the counts."""
    unlink_gaps(child_id)
    Referral.objects.filter(child=child_id).update(provider=b"", words=b"")
    Transfer.objects.filter(child=child_id).update(recipient=b"")
    EmergencyAccess.objects.filter(child_id=child_id).update(reason=b"")
    end_plan_words(child_id)
    RiskLevel.objects.filter(child_id=child_id).update(words=b"")
    Child.objects.filter(pk=child_id).update(record_ended_on=today)


def forget_child(child_id: UUID) -> dict[str, int]:
    """In the caller's transaction, after all that other topics hold of it: no row of the child stays."""
    EmergencyAccess.objects.filter(child_id=child_id).update(reason=b"")
    Conflict.objects.filter(child_id=child_id).delete()
    OpenedRecord.objects.filter(child_id=child_id).delete()
    Relation.objects.filter(other_child=child_id).update(other_child=None)
    counts = {"marks": NameMark.objects.filter(child=child_id).count()}
    NameMark.objects.filter(child=child_id).delete()
    counts["plan_rows"] = forget_plans(child_id)
    counts["record"] = forget_record(child_id)
    counts["relations"] = Relation.objects.filter(child=child_id).count()
    Relation.objects.filter(child=child_id).delete()
    counts["referrals"] = _forget_referrals(child_id)
    Transfer.objects.filter(child=child_id).delete()
    HandedChild.objects.filter(child=child_id).delete()
    counts["agreements"] = _forget_agreements(child_id)
    Assignment.objects.filter(child=child_id).delete()
    RiskLevel.objects.filter(child=child_id).delete()
    for child in Child.objects.filter(pk=child_id).only("organisation_id", "external_id_hash"):
        leave_number(child)
    Child.objects.filter(pk=child_id).delete()
    return counts


def _forget_referrals(child_id: UUID) -> int:
    """The gaps that they left stay, and lead to nobody."""
    unlink_gaps(child_id)
    ReferralStep.objects.filter(referral__child=child_id).delete()
    rows = Referral.objects.filter(child=child_id)
    counted = rows.count()
    rows.delete()
    return counted


def _forget_agreements(child_id: UUID) -> int:
    """The database lets the ledger go while this row is there, and no other child's."""
    Forgetting.objects.create(id=child_id)
    count, _ = ConsentEntry.objects.filter(child=child_id).delete()
    Forgetting.objects.filter(pk=child_id).delete()
    return count


def child_named(code: str) -> UUID:
    """For whoever runs the house and replaces keys: the id, and nothing of the child."""
    return _found(code).pk


def _found(code: str) -> Child:
    code = normalise_code(code)
    child = (
        Child.objects.only("id", "organisation_id", "external_id_hash").filter(code=code).first()
        if is_valid_code(code)
        else None
    )
    if child is None:
        raise NotVisible("child")
    return child
