"""The sealed fields of a child and of a relation, named in one place, so that none is sealed under a wrong name."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from uuid import UUID

from homeward.apps.access import vault
from homeward.apps.cases.models import Child, ChildName, ConsentEntry, Referral, Relation, RiskLevel, Transfer

EXTERNAL_ID = "cases.child.external_id"
NAME = "cases.child.name"
INITIALS = "cases.child.initials"
BIRTH_DATE = "cases.child.birth_date"
RELATION_NAME = "cases.relation.name"
RISK_NOTE = "cases.risklevel.words"
PROVIDER = "cases.referral.provider"
WORDS = "cases.referral.words"
TRANSFER_RECIPIENT = "cases.transfer.recipient"
RECIPIENT = "cases.consententry.recipient"
EXPECTS = "cases.consententry.expects"
CONSENT_REASON = "cases.consententry.reason"
OTHER_NAME = "cases.childname.name"


def seal_of_child(child_id: UUID, field: str, text: str) -> bytes:
    return vault.seal_text(child_id, child_id, field, text)


def seal_of_relation(child_id: UUID, relation_id: UUID, name: str) -> bytes:
    return vault.seal_text(child_id, relation_id, RELATION_NAME, name)


def seal_of_risk(child_id: UUID, row_id: UUID, note: str) -> bytes:
    return vault.seal_text(child_id, row_id, RISK_NOTE, note)


def seal_of_referral(child_id: UUID, referral_id: UUID, field: str, text: str) -> bytes:
    return vault.seal_text(child_id, referral_id, field, text)


def seal_of_transfer(child_id: UUID, transfer_id: UUID, field: str, text: str) -> bytes:
    return vault.seal_text(child_id, transfer_id, field, text)


def seal_other_name(child_id: UUID, row_id: UUID, name: str) -> bytes:
    return vault.seal_text(child_id, row_id, OTHER_NAME, name)


def other_name_of(row: ChildName) -> str:
    """Empty once it was erased."""
    with suppress(vault.ErasedError):
        return vault.open_text(row.child_id, row.pk, OTHER_NAME, row.name)
    return ""


def other_names_of(child_id: UUID) -> tuple[str, ...]:
    return other_names_by_child([child_id]).get(child_id, ())


def other_names_by_child(child_ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Of many with one question; the caller has fetched their keys."""
    found: dict[UUID, tuple[str, ...]] = {}
    rows = ChildName.objects.filter(child__in=child_ids, struck_on=None).order_by("told_on", "recorded_at")
    for row in rows:
        if name := other_name_of(row):
            found[row.child_id] = (*found.get(row.child_id, ()), name)
    return found


def external_id_hash(organisation_id: UUID, external_id: str) -> bytes | None:
    return vault.keyed_hash("external_id", organisation_id, external_id) if external_id else None


def external_id_of(child: Child) -> str:
    return vault.open_text(child.pk, child.pk, EXTERNAL_ID, child.external_id)


def name_of(child: Child) -> str:
    return vault.open_text(child.pk, child.pk, NAME, child.name)


def name_opens(child_id: UUID) -> bool:
    """Tried on a restored copy: the name is thrown away at once. Raises as `name_of` does."""
    return bool(name_of(Child.objects.only("id", "name").get(pk=child_id)))


def initials_of(child: Child) -> str:
    """Empty once they were erased: a list goes on with the others."""
    with suppress(vault.ErasedError):
        return vault.open_text(child.pk, child.pk, INITIALS, child.initials)
    return ""


def birth_date_of(child: Child) -> date | None:
    """None once it was erased; the coded age band is left."""
    with suppress(vault.ErasedError):
        text = vault.open_text(child.pk, child.pk, BIRTH_DATE, child.birth_date)
        return date.fromisoformat(text) if text else None
    return None


def is_erased(child: Child) -> bool:
    """Whether who it is was ended for good."""
    return vault.identity_ended(child.pk)


def relation_name_of(relation: Relation) -> str:
    return vault.open_text(relation.child_id, relation.pk, RELATION_NAME, relation.name)


def risk_note_of(row: RiskLevel) -> str:
    """Empty once it was erased."""
    with suppress(vault.ErasedError):
        return vault.open_text(row.child_id, row.pk, RISK_NOTE, row.words)
    return ""


def provider_of(referral: Referral) -> str:
    """Empty once what people wrote was erased."""
    with suppress(vault.ErasedError):
        return vault.open_text(referral.child_id, referral.pk, PROVIDER, referral.provider)
    return ""


def child_words_of(referral: Referral) -> str:
    with suppress(vault.ErasedError):
        return vault.open_text(referral.child_id, referral.pk, WORDS, referral.words)
    return ""


def transfer_recipient_of(transfer: Transfer) -> str:
    with suppress(vault.ErasedError):
        return vault.open_text(transfer.child_id, transfer.pk, TRANSFER_RECIPIENT, transfer.recipient)
    return ""


def seal_of_consent(child_id: UUID, entry_id: UUID, field: str, text: str) -> bytes:
    """`RECIPIENT`, `EXPECTS` or `CONSENT_REASON`."""
    return vault.seal_text(child_id, entry_id, field, text)


def recipient_of(entry: ConsentEntry) -> str:
    return _of_consent(entry, RECIPIENT, entry.recipient)


def expects_of(entry: ConsentEntry) -> str:
    return _of_consent(entry, EXPECTS, entry.expects)


def consent_reason_of(entry: ConsentEntry) -> str:
    return _of_consent(entry, CONSENT_REASON, entry.reason)


def _of_consent(entry: ConsentEntry, field: str, sealed: bytes | memoryview) -> str:
    """Empty once the record has ended: that somebody agreed stays as long as the row."""
    with suppress(vault.ErasedError):
        return vault.open_text(entry.child_id, entry.pk, field, sealed) if sealed else ""
    return ""
