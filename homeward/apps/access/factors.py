"""Second factors: codes from an app, and recovery codes. Security keys are in `security_keys`.

A code from an app holds for its half minute and, because clocks drift, for the one before and after; it is accepted
once. The secret lies sealed under its owner. The arithmetic is `cryptography`'s.
"""

from __future__ import annotations

import base64
import hmac
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import transaction
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.actors import Actor, actor_of_person
from homeward.apps.access.factor_policy import factor_required
from homeward.apps.access.models import Factor, FactorKind, Person, RecoveryCode
from homeward.apps.access.one_time import code_of, plain
from homeward.apps.access.tries import of_person, take_turn, went_well
from homeward.apps.access.vault import secret_hash
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.domain.problems import Problem, ProblemError, Where

MATERIAL = "access.factor.material"
STEP, DIGITS, DRIFT = 30, 6, (0, -1, 1)
SETTING_UP = timedelta(minutes=30)
RECOVERY_CODES, RECOVERY_LENGTH = 10, 10


@dataclass(frozen=True, slots=True)
class AppSetup:
    """Shown while an app is set up: the secret to type, and the address that a QR code holds."""

    secret: str
    address: str


@dataclass(frozen=True, slots=True)
class FactorRow:
    id: UUID
    kind: str
    label: str
    confirmed_at: datetime
    used_at: datetime | None


def factors_of(person_id: UUID) -> list[FactorRow]:
    rows = Factor.objects.filter(person_id=person_id, confirmed_at__isnull=False, suspended_at__isnull=True)
    return [FactorRow(row.pk, row.kind, row.label, row.confirmed_at, row.used_at) for row in rows if row.confirmed_at]


def recovery_codes_left(person_id: UUID) -> int:
    return RecoveryCode.objects.filter(person_id=person_id, used_at__isnull=True).count()


def set_up_app(actor: Actor) -> AppSetup:
    """The secret that waits for its first code; one that was begun a while ago is made anew."""
    person = _self(actor)
    now = timezone.now()
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)
        waiting = Factor.objects.filter(person=person, kind=FactorKind.APP, confirmed_at__isnull=True)
        row = waiting.filter(created_at__gt=now - SETTING_UP).first()
        if row is None:
            waiting.delete()
            row = Factor(person=person, kind=FactorKind.APP, created_at=now)
            row.material = vault.seal(row.pk, row.pk, MATERIAL, os.urandom(20))
            row.save(force_insert=True)
    secret = vault.open_(row.pk, row.pk, MATERIAL, row.material)
    shown = base64.b32encode(secret).decode()
    grouped = " ".join(shown[at : at + 4] for at in range(0, len(shown), 4))
    return AppSetup(grouped, _totp(secret).get_provisioning_uri(person.email, "Homeward"))


def confirm_app(actor: Actor, code: str, label: str = "") -> UUID:
    """The first code shows that the app has the secret. Another app that was set up before stays."""
    person = _self(actor)
    counters = of_person(person.pk)
    take_turn(counters)
    row = Factor.objects.filter(
        person=person, kind=FactorKind.APP, confirmed_at__isnull=True, created_at__gt=timezone.now() - SETTING_UP
    ).first()
    step = _step_of(row, code) if row else None
    if row is None or step is None:
        raise ProblemError(_wrong_code("code"))
    now = timezone.now()
    with transaction.atomic():
        waiting = Factor.objects.filter(pk=row.pk, confirmed_at__isnull=True)
        if not waiting.update(confirmed_at=now, used_at=now, counter=step, label=label.strip()[:40]):
            raise ProblemError(_wrong_code("code"))
        record(actor, "add_factor", "person", person.pk, detail={"kind": "app"})
    went_well(counters)
    return row.pk


def remove_factor(actor: Actor, factor_id: UUID) -> None:
    """The last one stays where a second factor is required: first another, then this one away."""
    person = _self(actor)
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)
        own = Factor.objects.filter(person=person, confirmed_at__isnull=False, suspended_at__isnull=True)
        row = own.filter(pk=factor_id).first()
        if row is None:
            raise NotVisible("factor")
        last = own.count() == 1
        if last and factor_required():
            message, action = "This is your only second factor.", "Set up another first, then remove this one."
            raise ProblemError(Problem("factor.last", message, action, status=409))
        row.delete()
        if last:
            RecoveryCode.objects.filter(person=person).delete()
        record(actor, "remove_factor", "person", person.pk, detail={"kind": row.kind})


def new_recovery_codes(actor: Actor) -> tuple[str, ...]:
    """Ten codes, shown once; those before open nothing any more."""
    person = _self(actor)
    if not factors_of(person.pk):
        message, action = "There is no second factor yet.", "Set up an app or a key first."
        raise ProblemError(Problem("factor.none", message, action, status=409))
    codes = tuple(code_of(RECOVERY_LENGTH, 5) for _ in range(RECOVERY_CODES))
    now = timezone.now()
    with transaction.atomic():
        RecoveryCode.objects.filter(person=person).delete()
        RecoveryCode.objects.bulk_create(
            [RecoveryCode(person=person, code_hash=_recovery_hash(person.pk, code), created_at=now) for code in codes]
        )
        record(actor, "make_recovery_codes", "person", person.pk)
    return codes


def check_code(person: Person, code: str, *, app: bool = True) -> str:
    """What the code was: "app" or "recovery". Any other is counted. `app`: whether such codes will do."""
    counters = of_person(person.pk)
    take_turn(counters)
    kind = "app" if app and _use_app(person.pk, code) else "recovery" if _use_recovery(person.pk, code) else ""
    who = actor_of_person(person)
    if not kind:
        record(who, "second_factor", "person", person.pk, organisation_id=who.organisation_id, allowed=False)
        raise ProblemError(_wrong_code("code"))
    went_well(counters)
    if kind == "recovery":
        record(who, "use_recovery_code", "person", person.pk, organisation_id=who.organisation_id)
    return kind


def _use_app(person_id: UUID, code: str) -> bool:
    """One statement decides, so that of two processes with the same code one is refused."""
    rows = Factor.objects.filter(
        person_id=person_id, kind=FactorKind.APP, confirmed_at__isnull=False, suspended_at__isnull=True
    )
    for row in rows:
        step = _step_of(row, code)
        if step is not None:
            newer = Factor.objects.filter(pk=row.pk, counter__lt=step)
            return bool(newer.update(counter=step, used_at=timezone.now()))
    return False


def _step_of(row: Factor, code: str) -> int | None:
    """The half minute that this code belongs to, among the three that are accepted."""
    digits = "".join(letter for letter in code if letter.isascii() and letter.isdigit())
    totp = _totp(vault.open_(row.pk, row.pk, MATERIAL, row.material))
    now = int(timezone.now().timestamp()) // STEP
    steps = [
        now + drift for drift in DRIFT if hmac.compare_digest(totp.generate((now + drift) * STEP), digits.encode())
    ]
    return steps[0] if steps else None


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP)  # noqa: S303 - what every app speaks (RFC 6238) # nosec B303


def _use_recovery(person_id: UUID, code: str) -> bool:
    if len(plain(code)) != RECOVERY_LENGTH:
        return False
    given = RecoveryCode.objects.filter(person_id=person_id, used_at__isnull=True)
    return bool(given.filter(code_hash=_recovery_hash(person_id, code)).update(used_at=timezone.now()))


def _recovery_hash(person_id: UUID, code: str) -> bytes:
    return secret_hash(f"recovery:{person_id}:{plain(code)}")


def _self(actor: Actor) -> Person:
    person = Person.objects.filter(pk=actor.person_id).first() if actor.person_id else None
    if person is None:
        raise NotVisible("person")
    return person


def _wrong_code(field: str) -> Problem:
    message = "This code is wrong, was used already or is over."
    return Problem("factor.wrong", message, "Wait for the next code, then type it.", Where(field=field), status=422)
