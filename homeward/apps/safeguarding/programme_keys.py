"""The key pair to which phones encrypt. A focal point's browser makes it and seals the private half to all who receive;
a phone gets the form only while two of them can still open what it sends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.models import Organisation
from homeward.apps.audit.services import record
from homeward.apps.safeguarding.models import Group, ProgrammeKey, Recipient
from homeward.apps.safeguarding.passing_on import too_few
from homeward.apps.safeguarding.recipients import current_recipients, keys_for, sealed_to_all
from homeward.apps.safeguarding.scope import person_of
from homeward.apps.safeguarding.sealing import private_half_of, seal_private_half
from homeward.domain.envelope import FEWEST_RECIPIENTS, Kind, check_envelope
from homeward.domain.problems import Problem, ProblemError

BITS = 2_048  # what every phone with ODK Collect encrypts to
EXPONENT = 65_537
MOST_HANDED = 20  # of the newest pairs: what came from a phone does not say to which it was encrypted


@dataclass(frozen=True, slots=True)
class ProgrammeKeyRow:
    id: UUID
    fingerprint: str
    made_by: str
    made_at: datetime
    in_use: bool  # goes into the form today
    shut_out: tuple[str, ...]  # who receives today and cannot open what is encrypted to it


def make_programme_key(actor: Actor, public_key: bytes, envelope: bytes, organisation_id: UUID | None = None) -> UUID:
    """From now on phones encrypt to this one. `envelope`: the private half, sealed to all who receive today."""
    target = guard(actor, "programme_keys.make", organisation_id)
    if not current_recipients(target, Group.FOCAL).filter(person_id=person_of(actor)).exists():
        raise ProblemError(_not_confirmed())
    _check_public_key(public_key)
    check_envelope(envelope, Kind.PROGRAMME_KEY)
    row = ProgrammeKey(
        organisation_id=target,
        public_key=public_key,
        fingerprint=hashlib.sha256(public_key).hexdigest(),
        made_by_id=person_of(actor),
        made_at=timezone.now(),
    )
    row.envelope = seal_private_half(row.pk, envelope)
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=target)
        row.holders = _holders(target, envelope)
        row.save(force_insert=True)
        detail: dict[str, str | int | bool | None] = {"sealed_to": len(row.holders)}
        record(actor, "make_programme_key", "programme_key", row.pk, organisation_id=target, detail=detail)
    return row.pk


def _check_public_key(public_key: bytes) -> None:
    try:
        key = load_der_public_key(public_key)
    except (ValueError, UnsupportedAlgorithm):
        raise ProblemError(_bad_key()) from None
    fits = isinstance(key, RSAPublicKey) and key.key_size == BITS and key.public_numbers().e == EXPONENT
    if not fits or key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != public_key:
        raise ProblemError(_bad_key())


def _holders(organisation_id: UUID, envelope: bytes) -> list[str]:
    if not keys_for(organisation_id, Group.FOCAL):
        raise ProblemError(too_few())
    return sealed_to_all(organisation_id, Group.FOCAL, envelope)


def key_in_use(organisation_id: UUID) -> ProgrammeKey | None:
    """The newest, while two who receive today can open what is encrypted to it; else there is none."""
    row = ProgrammeKey.objects.filter(organisation_id=organisation_id).defer("envelope").order_by("-made_at").first()
    if row is None:
        return None
    able = current_recipients(organisation_id, Group.FOCAL).filter(pk__in=row.holders).count()
    return row if able >= FEWEST_RECIPIENTS else None


def organisations_with_key(organisation_ids: Iterable[UUID]) -> list[UUID]:
    return [each for each in organisation_ids if key_in_use(each) is not None]


def programme_keys(actor: Actor, organisation_id: UUID | None = None) -> list[ProgrammeKeyRow]:
    """The newest first."""
    target = guard(actor, "programme_keys.make", organisation_id)
    in_use = key_in_use(target)
    people = [(str(row.pk), row.person.display_name) for row in _receiving(target)]
    rows = ProgrammeKey.objects.filter(organisation_id=target).select_related("made_by").defer("envelope")
    return [
        ProgrammeKeyRow(
            row.pk,
            row.fingerprint,
            row.made_by.display_name,
            row.made_at,
            in_use is not None and row.pk == in_use.pk,
            tuple(name for key, name in people if key not in row.holders),
        )
        for row in rows.order_by("-made_at")
    ]


def _receiving(organisation_id: UUID) -> Iterable[Recipient]:
    return current_recipients(organisation_id, Group.FOCAL).select_related("person")


def private_halves(organisation_id: UUID) -> list[bytes]:
    """Envelopes for a browser that opens a form: the caller has written down who asks, and why."""
    rows = ProgrammeKey.objects.filter(organisation_id=organisation_id).order_by("-made_at")
    return [private_half_of(row) for row in rows[:MOST_HANDED]]


def _bad_key() -> Problem:
    return Problem(
        "programme_key.key",
        "The key did not arrive as the page makes it.",
        "Open the page again in an up-to-date browser and make the key anew.",
    )


def _not_confirmed() -> Problem:
    return Problem(
        "programme_key.not_yours",
        "Only somebody who receives can make the key for phones.",
        "Make your own key first, and let the others confirm it.",
        status=403,
    )
