"""What documents about data protection need to know of this house: settings, declarations and counts, no content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from homeward import __version__
from homeward.apps.access.actors import system_actor
from homeward.apps.access.models import Device, Membership, Organisation
from homeward.apps.access.registry import fields
from homeward.apps.access.services import LONGEST_DEVICE_LIFE
from homeward.apps.access.session_store import IDLE, LONGEST
from homeward.apps.cases.models import Child
from homeward.apps.communities.models import Place
from homeward.apps.operations.findings import Grade
from homeward.apps.operations.health import house_findings
from homeward.apps.safeguarding.models import Group
from homeward.apps.safeguarding.rules import clock_rules
from homeward.apps.safeguarding.scope import people_of
from homeward.apps.surveys.definitions import definition_of
from homeward.apps.surveys.models import FormStatus, FormVersion
from homeward.domain.permissions import PERMISSIONS, Role, Scope, roles_with
from homeward.domain.privacy import BASIS_OF_PURPOSE, Level, Retention, Storage
from homeward.domain.problems import Problem, ProblemError

Rows = list[tuple[str, ...]]
NOTHING = "none"
READS = ("children.see", "names.see", "answers.see", "escalations.see", "answers.download")
SHARES = ("answers.download", "scores.download", "children.download", "escalations.see", "sealed.write")


@dataclass(frozen=True, slots=True)
class Facts:
    texts: dict[str, str] = field(default_factory=dict)
    tables: dict[str, Rows] = field(default_factory=dict)


def organisation_named(name: str) -> Organisation:
    """The only one, where no name is given."""
    found = Organisation.objects.all()
    rows = list(found.filter(name=name) if name else found[:2])
    if len(rows) == 1:
        return rows[0]
    if not Organisation.objects.exists():
        message = "No organisation is founded here yet, so there is nothing to fill the documents with."
        action = "Found it first: docs/deploy.md, The first people."
        raise ProblemError(Problem("templates.none", message, action))
    message = "There is no organisation of this name here." if name else "Several organisations are here: {names}."
    names = ", ".join(Organisation.objects.order_by("name").values_list("name", flat=True)[:10])
    action = "Name one: --organisation NAME." if not name else "Those that are here: {names}. Name one: --organisation."
    raise ProblemError(Problem("templates.organisation", message, action, params={"names": names}))


def facts_of(organisation: Organisation) -> Facts:
    return Facts(
        {**_house(organisation), **_people(organisation.pk), **_settings()},
        {
            "purposes": [("purpose", "ground"), *((name, str(basis)) for name, basis in BASIS_OF_PURPOSE.items())],
            "retention": _retention(),
            "roles": _roles(READS),
            "sharing": _roles(SHARES),
            "storage": _storage(),
            "state": _state(),
            "coded": [("field", "level", "purpose", "leaves in a download"), *_coded()],
            "fields": _fields(),
        },
    )


def _house(organisation: Organisation) -> dict[str, str]:
    here = {"organisation_id": organisation.pk}
    forms = FormVersion.objects.filter(status=FormStatus.PUBLISHED, **here).order_by("instrument_id", "version")
    countries = Place.objects.filter(organisation_id=organisation.pk).values_list("country_code", flat=True)
    return {
        "organisation": organisation.name,
        "date": f"{timezone.localdate():%Y-%m-%d}",
        "version": __version__,
        "profile": str(settings.HOMEWARD_PROFILE),
        "database": "PostgreSQL" if connection.vendor == "postgresql" else "SQLite, on the machine itself",
        "languages": _listed(organisation.languages),
        "countries": _listed(sorted(set(countries))),
        "children": str(Child.objects.filter(**here).count()),
        "instruments": _listed(f"{form.instrument_id} {form.version}" for form in forms),
        "sealed_questions": _sealed_questions(forms),
    }


def _sealed_questions(forms: Iterable[FormVersion]) -> str:
    found = [
        f"{form.instrument_id}: {name}"
        for form in forms
        for name, level in sorted(definition_of(form).instrument.levels.items())
        if level is Level.L4
    ]
    return _listed(found)


def _people(organisation_id: UUID) -> dict[str, str]:
    today = timezone.localdate()
    rows = Membership.objects.filter(organisation_id=organisation_id, since__lte=today, person__is_active=True)
    counted = Counter(row.role for row in rows if row.runs_on(today))
    devices = Device.objects.filter(organisation_id=organisation_id, revoked_at=None, expires_at__gt=timezone.now())
    focal = people_of(organisation_id, Group.FOCAL, system_actor(organisation_id)).count()
    return {
        "people": _listed(f"{_words(role)} {count}" for role, count in sorted(counted.items())),
        "devices": str(devices.count()),
        "focal_points": f"{focal} people receive today, {_clocks()}",
        "device_roles": _names("devices.manage"),
        "lock_roles": _names("server.lock"),
    }


def _clocks() -> str:
    high = [rule for rule in clock_rules() if rule.severity == "high"]
    return _listed(f"within {rule.first_hours} h, then {_words(rule.second_line)}" for rule in high[:1])


def _settings() -> dict[str, str]:
    hours, recipients = settings.HOMEWARD_LOCK_AFTER, len(settings.HOMEWARD_KEY_BACKUP_RECIPIENTS)
    outside = not settings.HOMEWARD_AUDIT_WITNESS.is_relative_to(settings.HOMEWARD_DATA)
    return {
        "lock_after": f"after {hours} hours without a confirmation" if hours else "never by itself",
        "key_recipients": f"{recipients} recipients" if recipients else "no recipient is named yet",
        "backups": _well("backup"),
        "audit_state": "the record is numbered, chained and signed, so that a change is found.",
        "audit_place": "the record of who did what.",
        "witness": "kept outside the server" if outside else "kept beside the data, which is too near",
        "webauthn": f"security keys are {settings.HOMEWARD_WEBAUTHN} for focal points and administrators",
        "idle": f"{IDLE.seconds // 60} minutes",
        "longest": f"{LONGEST.seconds // 3600} hours",
        "device_days": str(LONGEST_DEVICE_LIFE),
    }


def _well(name: str) -> str:
    found = [each for each in house_findings() if each.name == name]
    return _listed(each.said.message.format(**each.said.params).rstrip(".") for each in found)


def _state() -> Rows:
    rows = [(each.name.replace("_", " "), _grade(each.grade), str(each.said)) for each in house_findings()]
    return [("what is watched", "how it stands", "in words"), *rows]


def _grade(grade: Grade) -> str:
    return {Grade.WELL: "well", Grade.WARNING: "within days", Grade.ALARM: "now"}[grade]


def _retention() -> Rows:
    meaning = {
        Retention.IDENTITY: "until the end of monitoring of this child, then its identity key is destroyed",
        Retention.RECORD: "as long as the record; both keys are destroyed when it is erased",
        Retention.ACCOUNT: "as long as the account",
        Retention.INTAKE: "until a person has settled it",
        Retention.PERMANENT: "stays: it names nobody, or it is the trace of who did what",
    }
    counted = Counter(each.privacy.retention for each in fields())
    return [("kept with", "fields", "until"), *((str(kind), str(counted[kind]), meaning[kind]) for kind in Retention)]


def _roles(permissions: Iterable[str]) -> Rows:
    asked = tuple(permissions)
    rows = [
        (_words(role), *(_scope(PERMISSIONS[name].get(role, Scope.NONE)) for name in asked))
        for role in Role
        if any(role in PERMISSIONS[name] for name in asked)
    ]
    return [("role", *asked), *rows]


def _scope(scope: Scope) -> str:
    return {Scope.NONE: "–", Scope.OWN: "own caseload", Scope.TEAM: "own team"}.get(scope, "whole organisation")


def _storage() -> Rows:
    counted = Counter((each.privacy.level, each.privacy.storage) for each in fields())
    rows = [(level.name, str(storage), str(count)) for (level, storage), count in sorted(counted.items())]
    return [("level", "lies", "fields"), *rows]


def _coded() -> Rows:
    found = [each for each in fields() if each.privacy.storage is Storage.CODED]
    return [
        (each.name, each.privacy.level.name, each.privacy.purpose, "yes" if each.privacy.exportable else "no")
        for each in found
    ]


def _fields() -> Rows:
    head = ("field", "level", "lies", "purpose", "ground", "kept with", "guardian")
    rows: list[tuple[Any, ...]] = [
        (p.level.name, p.storage, p.purpose, p.legal_basis, p.retention, "yes" if p.guardian_visible else "no")
        for p in (each.privacy for each in fields())
    ]
    return [head, *((each.name, *map(str, row)) for each, row in zip(fields(), rows, strict=True))]


def _names(permission: str) -> str:
    return _listed(_words(role) for role in roles_with(permission))


def _words(code: str) -> str:
    return str(code).replace("_", " ")


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or NOTHING
