"""People, teams and devices: changes that an administrator makes. Roles are in `roles`."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, day_in_zone, in_force_on, teams_within, zone_of
from homeward.apps.access.devices import hash_of
from homeward.apps.access.guard import guard, permit_recorded
from homeward.apps.access.models import Device, Membership, Organisation, Person, Team
from homeward.apps.access.queries import devices_visible_to
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.domain.permissions import COLLECTING_ROLES, Role
from homeward.domain.problems import Problem, ProblemError, Where

LONGEST_DEVICE_LIFE = 730  # days


@dataclass(frozen=True, slots=True)
class EnrolledDevice:
    """Shown once: token and password exist nowhere else."""

    device_id: UUID
    label: str
    token: str
    user_name: str
    password: str
    expires_at: datetime
    role: str


def _wrong(code: str, message: str, action: str, field: str) -> ProblemError:
    return ProblemError(Problem(code, message, action, Where(field=field)))


def checked_time_zone(name: str) -> str:
    if name not in available_timezones():
        raise _wrong("time_zone.unknown", "This time zone is not known.", "Choose one from the list.", "time_zone")
    return name


def _checked_language(code: str) -> str:
    if code not in dict(settings.LANGUAGES):
        raise _wrong("language.unknown", "The pages do not exist in this language.", "Choose one listed.", "language")
    return code


def found_organisation(actor: Actor, name: str, time_zone: str = "UTC", languages: tuple[str, ...] = ("en",)) -> UUID:
    """A new organisation, empty. Its first administrator is registered next."""
    permit_recorded(actor, "organisations.manage")
    with transaction.atomic():
        row = Organisation.objects.create(
            name=name.strip(), time_zone=checked_time_zone(time_zone), languages=list(languages)
        )
        record(actor, "found_organisation", "organisation", row.pk, organisation_id=row.pk)
    return row.pk


def create_team(actor: Actor, name: str, organisation_id: UUID | None = None) -> UUID:
    target = guard(actor, "people.manage", organisation_id)
    try:
        with transaction.atomic():
            team = Team.objects.create(organisation_id=target, name=name.strip())
            record(actor, "create_team", "team", team.pk, organisation_id=target)
    except IntegrityError as error:
        raise _wrong("team.exists", "A team of this name exists.", "Choose another name.", "name") from error
    return team.pk


def register_person(
    actor: Actor,
    email: str,
    display_name: str,
    password: str,
    *,
    language: str = "en",
    time_zone: str | None = None,
    organisation_id: UUID | None = None,
) -> UUID:
    """An account without any role yet."""
    target = guard(actor, "people.manage", organisation_id)
    person = Person(
        email=email.strip().lower(),
        display_name=display_name.strip(),
        organisation_id=target,
        language=_checked_language(language),
        time_zone=checked_time_zone(time_zone or Organisation.objects.get(pk=target).time_zone),
    )
    _check_new_person(person, password)
    person.set_password(password)
    try:
        with transaction.atomic():
            person.save(force_insert=True)
            record(actor, "register_person", "person", person.pk, organisation_id=target)
    except IntegrityError as error:
        raise _wrong("person.exists", "This e-mail address has an account.", "Use another.", "email") from error
    return person.pk


def _check_new_person(person: Person, password: str) -> None:
    if not person.display_name:
        raise _wrong("person.name_missing", "The name is missing.", "Give the name colleagues use.", "display_name")
    try:
        validate_email(person.email)
    except ValidationError as error:
        raise _wrong("person.email", "This is not an e-mail address.", "Correct it.", "email") from error
    check_new_password(person, password)


def check_new_password(person: Person, password: str, field: str = "password") -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        message = "This password is too easy to guess: it is short, common or like the name."
        raise _wrong("person.password", message, "Use at least 12 characters.", field) from error


def change_own_settings(actor: Actor, *, language: str | None = None, time_zone: str | None = None) -> None:
    if actor.person_id is None:
        raise NotVisible("person")
    changes: dict[str, str] = {}
    if language is not None:
        changes["language"] = _checked_language(language)
    if time_zone is not None:
        changes["time_zone"] = checked_time_zone(time_zone)
    with transaction.atomic():
        Person.objects.filter(pk=actor.person_id).update(**changes)
        record(actor, "change_own_settings", "person", actor.person_id, detail={"fields": " ".join(sorted(changes))})


def enrol_device(
    actor: Actor,
    label: str,
    role: str,
    *,
    team_id: UUID | None = None,
    person_id: UUID | None = None,
    days: int = 365,
    organisation_id: UUID | None = None,
) -> EnrolledDevice:
    """A token and an app password for one phone. With a person it carries that person's caseload."""
    target = guard(actor, "devices.manage", organisation_id, team_id=team_id)
    reach = teams_within(actor, "devices.manage", target)
    if team_id is None and reach:
        team_id = min(reach)  # whoever manages the phones of a team gives it no phone of the whole organisation
    if role not in COLLECTING_ROLES:
        raise _wrong("device.role", "This is not a role of a device.", "Choose one from the list.", "role")
    if not 1 <= days <= LONGEST_DEVICE_LIFE:
        raise _wrong("device.days", "A device's access lasts between 1 and 730 days.", "Give a shorter time.", "days")
    if team_id is not None and not Team.objects.filter(pk=team_id, organisation_id=target).exists():
        raise NotVisible("team")
    if person_id is not None and not _works_here(person_id, target, reach):
        raise NotVisible("person")
    token, password = secrets.token_urlsafe(32), secrets.token_urlsafe(18)
    device = Device(
        organisation_id=target,
        team_id=team_id,
        person_id=person_id,
        label=label.strip(),
        role=role,
        token_hash=hash_of(token),
        password_hash=hash_of(password),
        expires_at=timezone.now() + timedelta(days=days),
    )
    with transaction.atomic():
        device.save(force_insert=True)
        record(actor, "enrol_device", "device", device.pk, organisation_id=target, detail={"role": role})
    return EnrolledDevice(device.pk, device.label, token, str(device.pk), password, device.expires_at, role)


def _works_here(person_id: UUID, organisation_id: UUID, teams: frozenset[UUID] | None) -> bool:
    """A case worker of today. `teams`: only of these, so that nobody gets the caseload of another team on a phone."""
    rows = Membership.objects.filter(
        in_force_on(day_in_zone(zone_of(organisation_id))),
        person_id=person_id,
        organisation_id=organisation_id,
        role=Role.CASE_WORKER,
        person__is_active=True,
    )
    return (rows if teams is None else rows.filter(team_id__in=teams)).exists()


def revoke_device(actor: Actor, device_id: UUID) -> None:
    """From now on the phone is refused. What it has sent stays."""
    known = Device.objects.all() if actor.kind == "system" else devices_visible_to(actor)
    device = known.filter(pk=device_id).first()
    if device is None:
        raise NotVisible("device")
    guard(actor, "devices.manage", device.organisation_id, team_id=device.team_id)
    with transaction.atomic():
        Device.objects.filter(pk=device_id, revoked_at__isnull=True).update(revoked_at=timezone.now())
        record(actor, "revoke_device", "device", device_id, organisation_id=device.organisation_id)
