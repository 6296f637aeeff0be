"""A lost second factor. One person who manages people proposes, another confirms and gets a code to hand over; then the
factors before open nothing and all sessions end. Where nobody else manages people the code is there after a full day,
and whoever watches over roles sees it meanwhile. No mail is needed.

The code alone opens nothing: its owner types it after the password, and sets up a new factor at once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from homeward.apps.access.accounts import governed
from homeward.apps.access.actors import Actor, actor_of_person, today_in
from homeward.apps.access.factor_policy import open_restorations
from homeward.apps.access.models import Factor, Person, RecoveryCode, Restoration
from homeward.apps.access.one_time import code_of, plain
from homeward.apps.access.open_sessions import end_sessions
from homeward.apps.access.roles import others_manage
from homeward.apps.access.tries import of_person, take_turn, went_well
from homeward.apps.access.vault import secret_hash
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.apps.audit.services import record
from homeward.domain.problems import Problem, ProblemError, Where

NOTICE = timedelta(hours=24)
CODE_LIFE = timedelta(hours=24)
LENGTH, GROUP = 12, 4


@dataclass(frozen=True, slots=True)
class RestorationRow:
    """One that is open: proposed, and its code not yet used."""

    id: UUID
    person: str
    proposed_by: str
    proposed_at: datetime
    begins_at: datetime | None
    confirmed_by: str
    may_confirm: bool
    code_made: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """What the owner of the account is told."""

    by: str
    at: datetime


def propose_restoration(actor: Actor, person_id: UUID) -> UUID:
    person = governed(actor, person_id)
    if not Factor.objects.filter(person=person, confirmed_at__isnull=False).exists():
        message, action = "This person has no second factor.", "One is set up at the next sign-in."
        raise ProblemError(Problem("factor.none", message, action, status=409))
    place = actor.organisation_id
    if place is None:
        raise NotVisible("person")
    now = timezone.now()
    waits = others_manage(place, today_in(actor, place), {actor.person_id, person.pk})
    row = Restoration(person=person, organisation_id=place, proposed_by_id=actor.person_id, proposed_at=now)
    row.begins_at = None if waits else now + NOTICE
    try:
        with transaction.atomic():
            _over(person.pk)
            row.save(force_insert=True)
            record(actor, "propose_restoration", "person", person.pk, organisation_id=place, detail={"waits": waits})
    except IntegrityError as error:
        message, action = "This has been proposed already.", "Open the page of the person anew."
        raise ProblemError(Problem("restoration.open", message, action, status=409)) from error
    return row.pk


def confirm_restoration(actor: Actor, person_id: UUID, restoration_id: UUID) -> str:
    """The second person, or the first after notice. From now on the lost factors open nothing; the code is shown
    once."""
    person = governed(actor, person_id)
    row = open_restorations().filter(pk=restoration_id, person=person).first()
    if row is None:
        raise NotVisible("restoration")
    if not _may_confirm(actor, row):
        record(actor, "confirm_restoration", "person", person.pk, organisation_id=row.organisation_id, allowed=False)
        message = "What you proposed is confirmed by somebody else, or begins after a full day."
        action = "Ask another person who manages people."
        raise ProblemError(Problem("restoration.second_person", message, action, status=403))
    code, now = code_of(LENGTH, GROUP), timezone.now()
    with transaction.atomic():
        changed = (
            open_restorations()
            .filter(pk=row.pk, code_expires_at__isnull=True)
            .update(
                confirmed_by_id=actor.person_id, code_hash=_code_hash(person.pk, code), code_expires_at=now + CODE_LIFE
            )
        )
        if not changed:
            message, action = "The code was made already.", "Propose it anew if it was lost."
            raise ProblemError(Problem("restoration.made", message, action, status=409))
        Factor.objects.filter(person=person, suspended_at__isnull=True).update(suspended_at=now)
        RecoveryCode.objects.filter(person=person).delete()
        end_sessions(person.pk)
        record(actor, "confirm_restoration", "person", person.pk, organisation_id=row.organisation_id)
    return code


def withdraw_restoration(actor: Actor, person_id: UUID, restoration_id: UUID) -> None:
    """Before the code was made the factors hold on; afterwards they stay shut, and the code opens nothing."""
    person = governed(actor, person_id)
    with transaction.atomic():
        row = open_restorations().filter(pk=restoration_id, person=person)
        if not row.update(withdrawn_at=timezone.now(), code_hash=b""):
            raise NotVisible("restoration")
        record(actor, "withdraw_restoration", "person", person.pk, organisation_id=actor.organisation_id)


def use_restoration(person: Person, code: str) -> None:
    """The owner, who has given the password. What was lost is forgotten; a new factor is set up next."""
    counters = of_person(person.pk)
    take_turn(counters)
    given, now = _code_hash(person.pk, code), timezone.now()
    who = actor_of_person(person)
    row = open_restorations().filter(person=person, code_expires_at__gt=now).first()
    if row is None or not secrets.compare_digest(bytes(row.code_hash), given):
        record(who, "second_factor", "person", person.pk, organisation_id=who.organisation_id, allowed=False)
        raise ProblemError(_wrong_code())
    with transaction.atomic():
        if not open_restorations().filter(pk=row.pk, code_hash=given).update(used_at=now, code_hash=b""):
            raise ProblemError(_wrong_code())
        Factor.objects.filter(person=person, suspended_at__isnull=False).delete()
        record(who, "use_restoration", "person", person.pk, organisation_id=who.organisation_id)
    went_well(counters)


def restorations_of(actor: Actor, person_id: UUID) -> list[RestorationRow]:
    """On the page of a person whom the actor may see there."""
    rows = open_restorations().filter(person_id=person_id).select_related("person", "proposed_by", "confirmed_by")
    return [_row(actor, row) for row in rows if row.code_expires_at is None or row.code_expires_at > timezone.now()]


def watched_restorations(actor: Actor) -> list[RestorationRow]:
    """On one person's word: whoever watches over roles sees them while they wait."""
    places = [grant.organisation_id for grant, _ in actor.grants_for("roles.watch")]
    rows = open_restorations().filter(organisation_id__in=places, begins_at__isnull=False)
    since = timezone.now() - timedelta(days=7)
    return [
        _row(actor, row)
        for row in rows.filter(proposed_at__gt=since).select_related("person", "proposed_by", "confirmed_by")
    ]


def told_restorations(person_id: UUID, within: timedelta) -> list[Restored]:
    """Who gave back the second factor of this account: also what the person never asked for."""
    events = Event.objects.filter(
        object_kind="person",
        object_id=str(person_id),
        verb="confirm_restoration",
        allowed=True,
        at__gt=timezone.now() - within,
    )
    found = [(event.actor_id, event.at) for event in events]
    names: dict[UUID | None, str] = {}
    names.update({row.pk: str(row) for row in Person.objects.filter(pk__in={key for key, _ in found})})
    told = [Restored(names.get(key, ""), at) for key, at in found]
    return sorted(told, key=lambda each: each.at, reverse=True)


def _row(actor: Actor, row: Restoration) -> RestorationRow:
    confirmed = str(row.confirmed_by) if row.confirmed_by else ""
    made = row.code_expires_at is not None
    proposed = str(row.proposed_by) if row.proposed_by else ""
    return RestorationRow(
        row.pk,
        str(row.person),
        proposed,
        row.proposed_at,
        row.begins_at,
        confirmed,
        not made and _may_confirm(actor, row),
        made,
    )


def _may_confirm(actor: Actor, row: Restoration) -> bool:
    if actor.person_id == row.person_id:
        return False
    if row.begins_at is not None and row.begins_at <= timezone.now():
        return True
    return actor.person_id != row.proposed_by_id


def _over(person_id: UUID) -> None:
    """One whose code was not used in time makes room for the next; its factors stay shut."""
    late = open_restorations().filter(person_id=person_id, code_expires_at__lte=timezone.now())
    late.update(withdrawn_at=timezone.now(), code_hash=b"")


def _code_hash(person_id: UUID, code: str) -> bytes:
    return secret_hash(f"restoration:{person_id}:{plain(code)}")


def _wrong_code() -> Problem:
    message = "This code is wrong, was used already or is over."
    return Problem("restoration.wrong", message, "Ask for a new one.", Where(field="code"), status=422)
