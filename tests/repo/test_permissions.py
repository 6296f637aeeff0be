"""Every permission belongs to a role, is asked for somewhere, and administrators read no child."""

from __future__ import annotations

import re

import pytest

from homeward.domain.permissions import COLLECTING_ROLES, DEVICE_ROLES, PERMISSIONS, Role, Scope
from tests.repo.source import PACKAGE, python_files

CODE = "\n".join(path.read_text("utf-8") for path in python_files() if path != PACKAGE / "domain" / "permissions.py")
ABOUT_CHILDREN = ("children.", "names.", "answers.", "submissions.", "inbox.", "interviews.", "scores.", "caseload.")


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_every_permission_belongs_to_a_role(permission: str) -> None:
    assert any(scope is not Scope.NONE for scope in PERMISSIONS[permission].values())


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_every_permission_is_asked_for(permission: str) -> None:
    assert f'"{permission}"' in CODE


@pytest.mark.parametrize("role", Role)
def test_every_role_may_do_something(role: Role) -> None:
    assert any(role in roles for roles in PERMISSIONS.values())


@pytest.mark.parametrize("role", [Role.ORGANISATION_ADMIN, Role.SYSTEM_ADMIN])
def test_administrators_read_no_child(role: Role) -> None:
    assert [name for name, roles in PERMISSIONS.items() if role in roles and name.startswith(ABOUT_CHILDREN)] == []


def test_a_device_is_a_phone_that_collects_or_the_field_app() -> None:
    assert COLLECTING_ROLES | {Role.FIELD_APP} == DEVICE_ROLES


def test_the_field_app_sends_and_nothing_else() -> None:
    assert {name for name, roles in PERMISSIONS.items() if Role.FIELD_APP in roles} == {"submissions.send"}


@pytest.mark.parametrize("role", sorted(COLLECTING_ROLES))
def test_a_device_fetches_forms_and_its_list_and_sends_and_nothing_else(role: Role) -> None:
    assert {name for name, roles in PERMISSIONS.items() if role in roles} == {
        "forms.fetch",
        "caseload.fetch",
        "submissions.send",
    }


def test_no_code_asks_for_a_permission_that_is_not_in_the_table() -> None:
    asked = set(re.findall(r'permit\(\s*\w+(?:\.\w+)?,\s*"([a-z_.]+)"', CODE))
    assert asked - set(PERMISSIONS) == set()
