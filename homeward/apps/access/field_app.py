"""The field app on somebody's own phone: where it works, and the token with which it sends. It may do nothing else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, Grant, actor_of_person
from homeward.apps.access.devices import hash_of
from homeward.apps.access.guard import guard
from homeward.apps.access.models import Device, Person
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.domain.permissions import Role, Scope
from homeward.domain.problems import Problem, ProblemError, Where

FILL = "interviews.fill"
MOST = 5  # that one person has at a time
LIFE = timedelta(days=365)
LONGEST_LABEL = 80


@dataclass(frozen=True, slots=True)
class EnrolledApp:
    """Shown once: the token exists nowhere else."""

    device_id: UUID
    token: str
    expires_at: datetime


def grant_of_work(actor: Actor) -> Grant | None:
    """The role with a caseload of one's own: the app holds that caseload, and nothing else."""
    return next((grant for grant, scope in actor.grants_for(FILL) if scope is Scope.OWN), None)


def works_still(phone: Actor) -> bool:
    """Whether the person whose phone this is has a caseload of their own to this day. That of a community monitor is
    its own: it works until it is cut off, and lists nobody of a person who has no caseload any more.
    """
    if Role.COMMUNITY_MONITOR in phone.roles:
        return True
    if phone.works_as is None:
        return False
    person = Person.objects.filter(pk=phone.works_as, is_active=True).first()
    return person is not None and grant_of_work(actor_of_person(person)) is not None


def at_work(actor: Actor) -> Actor:
    """The same person, with the rights of that one role: what other roles reach is no matter of a phone."""
    grant = grant_of_work(actor)
    if grant is not None:
        return replace(actor, organisation_id=grant.organisation_id, grants=(grant,), opened=frozenset())
    place = guard(actor, FILL)
    record(actor, FILL, "organisation", place, allowed=False)
    message = "The app is for people with a caseload of their own."
    raise ProblemError(Problem("app.no_caseload", message, "Work on the pages instead.", status=403))


def enrol_app(actor: Actor, label: str) -> EnrolledApp:
    """A token for one browser, of the person who is signed in."""
    here = at_work(actor)
    if here.person_id is None:
        raise NotVisible("person")
    name, (grant,) = label.strip(), here.grants
    if not 0 < len(name) <= LONGEST_LABEL:
        message, action = "The phone has no label, or one that is too long.", "Write what stands on the back of it."
        raise ProblemError(Problem("app.label", message, action, Where(field="label")))
    token, now = secrets.token_urlsafe(32), timezone.now()
    row = Device(
        organisation_id=grant.organisation_id,
        team_id=grant.team_id,
        person_id=here.person_id,
        label=name,
        role=Role.FIELD_APP,
        token_hash=hash_of(token),
        password_hash=hash_of(secrets.token_urlsafe(32)),  # nobody knows it: no password opens anything here
        expires_at=now + LIFE,
    )
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=here.person_id)  # two at one moment are counted too
        _refuse_many(here.person_id)
        row.save(force_insert=True)
        record(here, "enrol_device", "device", row.pk, detail={"role": str(Role.FIELD_APP)})
    return EnrolledApp(row.pk, token, row.expires_at)


def _refuse_many(person_id: UUID) -> None:
    rows = Device.objects.filter(person_id=person_id, role=Role.FIELD_APP, revoked_at=None)
    labels = list(rows.filter(expires_at__gt=timezone.now()).order_by("created_at").values_list("label", flat=True))
    if len(labels) < MOST:
        return
    message = "The app is on {count} phones or browsers of yours already."
    action = "Ask your supervisor to cut off the oldest first: {label}."
    params: dict[str, str | int] = {"count": len(labels), "label": labels[0]}
    raise ProblemError(Problem("app.too_many", message, action, params=params, status=409))
