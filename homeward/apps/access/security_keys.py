"""Security keys and passkeys (WebAuthn). `fido2` makes and checks what browser and key say; here is what we keep of it.

A key signs for one site alone, so that a page that only looks like ours gets nothing. We ask for no attestation: which
make of key somebody carries is no business of ours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from homeward.apps.access import vault
from homeward.apps.access.actors import Actor
from homeward.apps.access.models import Factor, FactorKind, Person
from homeward.apps.access.vault import secret_hash
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.domain.problems import Problem, ProblemError, Where

MATERIAL = "access.factor.material"
MOST = 10  # keys of one person

Options = dict[str, Any]
State = dict[str, Any]  # the challenge: kept in the session, used once


@dataclass(frozen=True, slots=True)
class Site:
    """To which host keys are bound, and the only origin from which they are accepted."""

    host: str
    origin: str


def _server(site: Site) -> Fido2Server:
    party = PublicKeyCredentialRpEntity(id=site.host, name="Homeward")
    return Fido2Server(party, attestation=None, verify_origin=lambda origin: origin == site.origin)


def begin_registration(actor: Actor, site: Site) -> tuple[Options, State]:
    person = Person.objects.filter(pk=actor.person_id).first() if actor.person_id else None
    if person is None:
        raise NotVisible("person")
    user = PublicKeyCredentialUserEntity(id=person.pk.bytes, name=person.email, display_name=person.display_name)
    options, state = _server(site).register_begin(
        user,
        [credential for _, credential in _credentials(person.pk)],
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return dict(options.public_key), state


def finish_registration(actor: Actor, site: Site, state: State, answer: str, label: str) -> UUID:
    """Keeps the public half. A key that serves another account, or this one already, is refused."""
    if actor.person_id is None:
        raise NotVisible("person")
    try:
        given = RegistrationResponse.from_dict(_read(answer))
        shown = _server(site).register_complete(state, given)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ProblemError(_not_accepted("key.not_registered")) from error
    made = shown.credential_data
    if made is None:
        raise ProblemError(_not_accepted("key.not_registered"))
    if len(_credentials(actor.person_id)) >= MOST:
        raise ProblemError(Problem("key.many", "Ten keys are the most.", "Remove one first.", status=409))
    now = timezone.now()
    row = Factor(person_id=actor.person_id, kind=FactorKind.KEY, label=label.strip()[:40], created_at=now)
    row.confirmed_at, row.credential_hash = now, secret_hash(made.credential_id.hex())
    row.counter = shown.counter
    row.material = vault.seal(row.pk, row.pk, MATERIAL, bytes(made))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            record(actor, "add_factor", "person", actor.person_id, detail={"kind": "key"})
    except IntegrityError as error:
        message, action = "This key is in use already.", "Take another key, or remove it where it is in use."
        raise ProblemError(Problem("key.in_use", message, action, status=409)) from error
    return row.pk


def begin_assertion(person_id: UUID, site: Site) -> tuple[Options, State] | None:
    """None where the person has no key."""
    known = [credential for _, credential in _credentials(person_id)]
    if not known:
        return None
    options, state = _server(site).authenticate_begin(known, UserVerificationRequirement.PREFERRED)
    return dict(options.public_key), state


def check_assertion(person_id: UUID, site: Site, state: State, answer: str) -> None:
    """Raises unless one of the person's keys has signed this challenge for this site, and has not been copied."""
    known = _credentials(person_id)
    try:
        given = AuthenticationResponse.from_dict(_read(answer))
        used = _server(site).authenticate_complete(state, [credential for _, credential in known], given)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ProblemError(_not_accepted("key.wrong")) from error
    row = next(row for row, credential in known if credential.credential_id == used.credential_id)
    count = given.response.authenticator_data.counter
    fresh = Q(counter__lt=count) if count else Q(counter__lte=0)  # a key that does not count says 0 each time
    if not Factor.objects.filter(fresh, pk=row.pk).update(counter=count, used_at=timezone.now()):
        raise ProblemError(_not_accepted("key.copied"))


def _credentials(person_id: UUID) -> Sequence[tuple[Factor, AttestedCredentialData]]:
    rows = Factor.objects.filter(
        person_id=person_id, kind=FactorKind.KEY, confirmed_at__isnull=False, suspended_at__isnull=True
    )
    return [(row, AttestedCredentialData(vault.open_(row.pk, row.pk, MATERIAL, row.material))) for row in rows]


def _read(answer: str) -> Mapping[str, Any]:
    found = json.loads(answer)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _not_accepted(code: str) -> Problem:
    message, action = "The key was not accepted.", "Try again, with the key that you set up for this address."
    return Problem(code, message, action, Where(field="answer"), status=422)
