"""Signing in, devices, people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from homeward.apps.access.devices import device_by_password, device_by_token, mark_seen
from homeward.apps.access.models import Device, Person
from homeward.apps.access.queries import cast, devices, people
from homeward.apps.access.roles import end_role, grant_role
from homeward.apps.access.services import enrol_device, register_person, revoke_device
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.domain.problems import ProblemError
from tests.world import PASSWORD, World

pytestmark = pytest.mark.database


def test_signing_in_needs_the_right_password_of_an_active_account(world: World) -> None:
    email = "Case_Worker@amani.example.org "
    person = authenticate(None, username=email, password=PASSWORD)
    assert isinstance(person, Person)
    assert authenticate(None, username=email, password="wrong") is None
    assert authenticate(None, username="nobody@example.org", password=PASSWORD) is None
    Person.objects.filter(pk=person.pk).update(is_active=False)
    assert authenticate(None, username=email, password=PASSWORD) is None


def test_passwords_are_kept_with_argon2() -> None:
    assert settings.PASSWORD_HASHERS[-1].endswith("passwords.Hasher")
    assert make_password(PASSWORD, hasher="argon2").startswith("argon2$argon2id$")


@pytest.mark.goal("R-8")
def test_a_device_is_known_by_token_or_password_until_it_expires_or_is_revoked(world: World) -> None:
    phone = world.amani.devices["enumerator"]
    by_token = device_by_token(phone.token)
    assert by_token is not None
    assert device_by_password(phone.user_name, phone.password) == by_token
    for wrong in ("", "x", phone.token[:-1], phone.password):
        assert device_by_token(wrong) is None
    assert device_by_password(phone.user_name, phone.token) is None
    assert device_by_password("not an id", phone.password) is None
    Device.objects.filter(pk=by_token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert device_by_token(phone.token) is None
    Device.objects.filter(pk=by_token.pk).update(expires_at=timezone.now() + timedelta(days=1))
    revoke_device(world.amani.actor("supervisor"), by_token.pk)
    assert device_by_token(phone.token) is None


def test_secrets_of_devices_are_nowhere_in_the_database(world: World) -> None:
    phone = world.amani.devices["enumerator"]
    row = Device.objects.get(pk=phone.device_id)
    stored = bytes(row.token_hash) + bytes(row.password_hash)
    assert phone.token.encode() not in stored
    assert len(stored) == 64


def test_being_seen_is_written_rarely(world: World, django_assert_num_queries: object) -> None:
    device = device_by_token(world.amani.devices["enumerator"].token)
    assert device is not None
    mark_seen(device)
    device.refresh_from_db()
    with django_assert_num_queries(0):  # type: ignore[operator]
        mark_seen(device)


def test_a_supervisor_manages_the_phones_of_the_own_team(world: World) -> None:
    assert {row.label for row in devices(world.amani.actor("supervisor"))} == {"Phone 1", "Phone 2"}
    assert devices(world.amani.actor("other_supervisor")) == []
    with pytest.raises(ProblemError):
        enrol_device(world.amani.actor("other_supervisor"), "P", "enumerator", team_id=world.amani.teams[0])
    with pytest.raises(ProblemError):
        revoke_device(world.baraka.actor("organisation_admin"), world.amani.devices["enumerator"].device_id)


def test_only_administrators_manage_people_and_only_their_own(world: World) -> None:
    admin = world.amani.actor("organisation_admin")
    person = register_person(admin, "new@amani.example.org", "New", PASSWORD)
    grant_role(admin, person, "case_worker", team_id=world.amani.teams[0])
    assert "New" in {row.display_name for row in people(admin)}
    assert "New" not in {row.display_name for row in people(world.baraka.actor("organisation_admin"))}
    with pytest.raises(ProblemError):
        grant_role(world.amani.actor("me_officer"), person, "supervisor", team_id=world.amani.teams[0])
    with pytest.raises(ProblemError):
        grant_role(admin, person, "case_worker", organisation_id=world.baraka.organisation_id)
    with pytest.raises(ProblemError):
        grant_role(admin, person, "system_admin")
    assert Event.objects.filter(verb="people.manage", allowed=False).count() == 2


def test_the_cast_is_listed_in_the_demo_profile_only(world: World, settings: object) -> None:
    assert len(cast()) == 26
    settings.HOMEWARD_PROFILE = "office"  # type: ignore[attr-defined]
    assert cast() == []


def test_a_role_is_for_people_who_were_registered_or_worked_here(world: World) -> None:
    admin, theirs = world.amani.actor("organisation_admin"), world.baraka.people["supervisor"]
    with pytest.raises(NotVisible):
        grant_role(admin, theirs, "me_officer")
    grant_role(admin, world.outsider, "me_officer")  # registered here
    theirs_admin = world.baraka.actor("organisation_admin")
    with pytest.raises(NotVisible):
        grant_role(theirs_admin, world.outsider, "me_officer")
    once = grant_role(world.amani.system(), theirs, "me_officer")
    end_role(admin, once)
    grant_role(admin, theirs, "me_officer")  # worked here before
