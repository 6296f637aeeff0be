"""Accounts: passwords, codes that set a new one, closing and opening again. A new password ends all other sessions,
because each session is bound to the password it began with.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, actor_of_person, day_in_zone, permit
from homeward.apps.access.guard import guard
from homeward.apps.access.models import Membership, Person
from homeward.apps.access.one_time import code_of, plain
from homeward.apps.access.open_sessions import end_sessions
from homeward.apps.access.queries import devices_of, memberships_visible_to
from homeward.apps.access.services import check_new_password, revoke_device
from homeward.apps.access.tries import at_the_door, of_person, take_turn, went_well
from homeward.apps.access.vault import secret_hash
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.domain.permissions import Role
from homeward.domain.problems import Problem, ProblemError, Where

LENGTH, GROUP = 12, 4
CODE_LIFE = timedelta(hours=24)
MANAGE = "people.manage"


def change_own_password(actor: Actor, current: str, new: str) -> Person:
    person = Person.objects.filter(pk=actor.person_id).first() if actor.person_id else None
    if person is None:
        raise NotVisible("person")
    counters = of_person(person.pk)
    take_turn(counters)
    if not person.check_password(current):
        record(actor, "change_password", "person", person.pk, organisation_id=actor.organisation_id, allowed=False)
        message, action = "This is not your present password.", "Type the password that you signed in with."
        raise ProblemError(Problem("password.current", message, action, Where(field="current")))
    went_well(counters)
    check_new_password(person, new, "new")
    with transaction.atomic():
        _set_password(person, new)
        record(actor, "change_password", "person", person.pk, organisation_id=actor.organisation_id)
    return person


def close_account(actor: Actor, person_id: UUID) -> tuple[str, ...]:
    """From now on nobody signs in with it, sessions that are open are over, and so are the phones that carry this
    person's caseload: their labels are returned. Roles and records stay.
    """
    person = governed(actor, person_id)
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(is_active=False, code_hash=b"", code_expires_at=None)
        end_sessions(person.pk)
        record(actor, "close_account", "person", person.pk, organisation_id=actor.organisation_id)
        phones = [row for row in devices_of(actor, person.pk) if row.usable]
        for phone in phones:
            revoke_device(actor, phone.id)
    return tuple(phone.label for phone in phones)


def reopen_account(actor: Actor, person_id: UUID) -> None:
    """Phones stay cut off: nobody knows any more who has them in hand."""
    person = governed(actor, person_id)
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(is_active=True)
        record(actor, "reopen_account", "person", person.pk, organisation_id=actor.organisation_id)


def issue_code(actor: Actor, person_id: UUID) -> str:
    """A code with which the person sets a new password, once. The password before ends now, and so do its sessions.

    The audit row is what `codes_issued` shows to the person, whoever used the code.
    """
    person = governed(actor, person_id)
    if not person.is_active:
        raise ProblemError(Problem("account.closed", "This account is closed.", "Open it first.", status=409))
    code = code_of(LENGTH, GROUP)
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(
            password=make_password(None),
            code_hash=_code_hash(person.pk, code),
            code_expires_at=timezone.now() + CODE_LIFE,
        )
        end_sessions(person.pk)
        record(actor, "issue_code", "person", person.pk, organisation_id=actor.organisation_id)
    return code


def use_code(email: str, code: str, new: str, address: str = "") -> None:
    """One answer for an unknown address, a wrong code and one that is over. Counted like passwords at the door."""
    counters = at_the_door(email, address)
    take_turn(counters)
    person = Person.objects.filter(email=email.strip().lower(), is_active=True).first()
    given = _code_hash(person.pk if person else UUID(int=0), code)
    if person is None or not _open_code(person, given):
        raise ProblemError(_wrong_code())
    went_well(counters)
    check_new_password(person, new, "new")
    with transaction.atomic():
        if not Person.objects.filter(pk=person.pk, code_hash=given).update(code_hash=b"", code_expires_at=None):
            raise ProblemError(_wrong_code())
        _set_password(person, new)
        who = actor_of_person(person)
        record(who, "use_code", "person", person.pk, organisation_id=who.organisation_id)


def _open_code(person: Person, given: bytes) -> bool:
    until = person.code_expires_at
    return until is not None and until > timezone.now() and secrets.compare_digest(bytes(person.code_hash), given)


def _code_hash(person_id: UUID, code: str) -> bytes:
    return secret_hash(f"{person_id}:{plain(code)}")


def _wrong_code() -> Problem:
    return Problem(
        "code.wrong",
        "This address and code do not belong together, or the code was used or is older than a day.",
        "Type both again, or ask your administrator for a new code.",
        Where(field="code"),
    )


def _set_password(person: Person, new: str) -> None:
    person.set_password(new)
    person.save(update_fields=["password"])
    end_sessions(person.pk)
    person.refresh_from_db(fields=["session_version"])  # for the session that goes on


def governed(actor: Actor, person_id: UUID) -> Person:
    """Whoever takes over an account reaches what it reaches: so it is for who manages people in all of its places."""
    person = Person.objects.filter(pk=person_id).first()
    if person is None or not memberships_visible_to(actor).filter(person=person).exists():
        guard(actor, MANAGE, what=("person", person_id))
        raise NotVisible("person")
    rows = Membership.objects.filter(person=person).select_related("organisation")
    running = [row for row in rows if row.until is None or row.until >= day_in_zone(row.organisation.time_zone)]
    if any(not permit(actor, MANAGE, organisation_id=row.organisation_id) for row in running):
        raise ProblemError(
            Problem(
                "account.elsewhere",
                "This person has a role in another organisation too.",
                "End the roles in yours; the account itself is not yours alone.",
                status=409,
            )
        )
    if any(row.role == Role.SYSTEM_ADMIN for row in running):
        permit(actor, "organisations.manage").require()
    if person.pk == actor.person_id:
        message, action = "This is your own account.", "Change your password under My settings."
        raise ProblemError(Problem("account.own", message, action, status=409))
    return person
