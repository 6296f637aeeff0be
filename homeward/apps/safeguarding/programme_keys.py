"""The key pair to which phones encrypt. A focal point's browser makes it and seals the private half to all who receive.
It waits until another of them has compared its fingerprint; a phone gets the form only while two can open what it
sends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.models import Organisation
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.safeguarding.models import Group, ProgrammeKey, Recipient
from homeward.apps.safeguarding.passing_on import too_few
from homeward.apps.safeguarding.recipients import ANNOUNCED_FOR, current_recipients, keys_for, sealed_to_all
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
    confirmed_by: str = ""
    confirmed_at: datetime | None = None
    waits: bool = False  # the newest of all, and nobody has confirmed it
    confirmers: tuple[str, ...] = ()  # while it waits: one of these is enough
    may_confirm: bool = False


def make_programme_key(actor: Actor, public_key: bytes, envelope: bytes, organisation_id: UUID | None = None) -> UUID:
    """It waits for another who receives. `envelope`: the private half, sealed to all who receive today."""
    target = guard(actor, "programme_keys.make", organisation_id)
    if not _receives(actor, target):
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


def confirm_programme_key(actor: Actor, key_id: UUID) -> None:
    """Phones encrypt to it from now on. The fingerprint was compared with whoever made it, by another way than this
    server: the key of somebody at a colleague's screen does not get past that. A row written afterwards does.
    """
    guard(actor, "programme_keys.make", what=("programme_key", key_id))
    places = [grant.organisation_id for grant, _ in actor.grants_for("programme_keys.make")]
    row = ProgrammeKey.objects.filter(pk=key_id, organisation_id__in=places).defer("envelope").first()
    if row is None:
        raise NotVisible("programme_key")
    place = row.organisation_id
    if row.made_by_id == person_of(actor) or not _receives(actor, place):
        record(actor, "confirm_programme_key", "programme_key", row.pk, organisation_id=place, allowed=False)
        raise ProblemError(_not_by_you())
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=place)
        waiting = _waiting(place)
        if waiting is None or waiting.pk != row.pk:
            raise ProblemError(_moved())
        if _able(row) < FEWEST_RECIPIENTS:
            raise ProblemError(_too_few_open())
        done = {"confirmed_by_id": person_of(actor), "confirmed_at": timezone.now()}
        ProgrammeKey.objects.filter(pk=row.pk, confirmed_at=None).update(**done)
        record(actor, "confirm_programme_key", "programme_key", row.pk, organisation_id=place)


def key_in_use(organisation_id: UUID) -> ProgrammeKey | None:
    """The newest that was confirmed, while two who receive today can open what is encrypted to it; else none."""
    rows = _newest_first(organisation_id).filter(confirmed_at__isnull=False)
    row = rows.first()
    return row if row is not None and _able(row) >= FEWEST_RECIPIENTS else None


def organisations_with_key(organisation_ids: Iterable[UUID]) -> list[UUID]:
    return [each for each in organisation_ids if key_in_use(each) is not None]


def programme_keys(actor: Actor, organisation_id: UUID | None = None) -> list[ProgrammeKeyRow]:
    """The newest first."""
    target = guard(actor, "programme_keys.make", organisation_id)
    in_use, waiting = key_in_use(target), _waiting(target)
    people = list(current_recipients(target, Group.FOCAL).select_related("person"))
    rows = _newest_first(target).select_related("made_by", "confirmed_by")
    return [
        ProgrammeKeyRow(
            row.pk,
            row.fingerprint,
            row.made_by.display_name,
            row.made_at,
            in_use is not None and row.pk == in_use.pk,
            tuple(each.person.display_name for each in people if str(each.pk) not in row.holders),
            row.confirmed_by.display_name if row.confirmed_by is not None else "",
            row.confirmed_at,
            **(_while_it_waits(actor, row, people) if waiting is not None and row.pk == waiting.pk else {}),
        )
        for row in rows
    ]


def _while_it_waits(actor: Actor, row: ProgrammeKey, people: Iterable[Recipient]) -> dict[str, Any]:
    others = [each for each in people if each.person_id != row.made_by_id]
    return {
        "waits": True,
        "confirmers": tuple(each.person.display_name for each in others),
        "may_confirm": actor.person_id in {each.person_id for each in others},
    }


def announced_pairs(actor: Actor) -> list[ProgrammeKeyRow]:
    """The pair that waits, and one that phones have begun to encrypt to in the last weeks: told to all who receive."""
    since = timezone.now() - ANNOUNCED_FOR
    places = {grant.organisation_id for grant, _ in actor.grants_for("programme_keys.make")}
    fresh = (row for place in sorted(places) for row in programme_keys(actor, place) if row.waits or row.in_use)
    return [row for row in fresh if row.confirmed_at is None or row.confirmed_at > since]


def _newest_first(organisation_id: UUID) -> QuerySet[ProgrammeKey]:
    return ProgrammeKey.objects.filter(organisation_id=organisation_id).defer("envelope").order_by("-made_at", "-id")


def _waiting(organisation_id: UUID) -> ProgrammeKey | None:
    """The newest of all, where nobody has confirmed it: whoever makes another one takes the place of one that waits."""
    row = _newest_first(organisation_id).first()
    return row if row is not None and row.confirmed_at is None else None


def _able(row: ProgrammeKey) -> int:
    return current_recipients(row.organisation_id, Group.FOCAL).filter(pk__in=row.holders).count()


def _receives(actor: Actor, organisation_id: UUID) -> bool:
    return current_recipients(organisation_id, Group.FOCAL).filter(person_id=person_of(actor)).exists()


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


def _not_by_you() -> Problem:
    return Problem(
        "programme_key.confirm",
        "The key for phones is confirmed by another person who receives, not by whoever made it.",
        "Ask a colleague who receives, and let them compare the fingerprint with you.",
        status=403,
    )


def _moved() -> Problem:
    return Problem(
        "programme_key.moved",
        "This key does not wait to be confirmed: it was confirmed already, or a newer one was made.",
        "Look at the page again.",
        status=409,
    )


def _too_few_open() -> Problem:
    return Problem(
        "programme_key.too_few_open",
        "Fewer than two of those who receive today could open what is encrypted to this key.",
        "Make a new key for phones, which is sealed to everybody who receives now.",
        status=409,
    )
