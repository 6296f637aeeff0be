"""Signing in with an e-mail address and a password."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from homeward.apps.access.models import Person


class PersonBackend(BaseBackend):
    """An unknown address costs as much time as a wrong password, so that nobody learns who has an account."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: object
    ) -> Person | None:
        if username is None or password is None:
            return None
        person = Person.objects.filter(email=username.strip().lower()).first()
        if person is None:
            make_password(password)
            return None
        return person if person.check_password(password) and person.is_active else None

    def get_user(self, user_id: UUID) -> Person | None:
        return Person.objects.filter(pk=user_id, is_active=True).first()
