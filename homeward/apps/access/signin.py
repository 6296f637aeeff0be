"""Signing in, first step: an e-mail address and a password."""

from __future__ import annotations

from functools import cache
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest

from homeward.apps.access.actors import actor_of_person
from homeward.apps.access.models import Person
from homeward.apps.access.tries import at_the_door, of_person, take_turn, went_well
from homeward.apps.access.writing import writing
from homeward.apps.audit.services import Nobody, record
from homeward.domain.problems import Problem, ProblemError, Where


class PersonBackend(BaseBackend):
    """An unknown address costs as much time as a wrong password, so that nobody learns who has an account."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: object
    ) -> Person | None:
        if username is None or password is None:
            return None
        person = Person.objects.filter(email=username.strip().lower()).first()
        if person is None:
            check_password(password, nobodys_password())
            return None
        return person if person.check_password(password) and person.is_active else None

    def get_user(self, user_id: UUID) -> Person | None:
        return Person.objects.filter(pk=user_id, is_active=True).first()


@cache
def nobodys_password() -> str:
    """Compared with where there is no account: the same work as for one that is there."""
    return make_password("compared with and never right")


def with_password(email: str, password: str, address: str) -> Person:
    """The person, whose second step comes next. One answer, and one trace, for an unknown address and a wrong password.

    Called outside any transaction: neither the count of tries nor the trace may be rolled back.
    """
    counters = at_the_door(email, address)
    take_turn(counters)
    person = PersonBackend().authenticate(None, email, password)
    if person is None:
        known = Person.objects.filter(email=email.strip().lower()).values_list("pk", flat=True).first()
        with writing():
            record(Nobody(), "sign_in", "person", known or "", allowed=False)
        raise ProblemError(_wrong())
    went_well(counters)
    return person


def confirm_password(person: Person, password: str) -> None:
    """Of somebody who is signed in. Raises where it is wrong, and counts it."""
    counters = of_person(person.pk)
    take_turn(counters)
    if not person.check_password(password):
        who = actor_of_person(person)
        record(who, "confirm", "person", person.pk, organisation_id=who.organisation_id, allowed=False)
        message, action = "This is not your present password.", "Type the password that you signed in with."
        raise ProblemError(Problem("password.current", message, action, Where(field="password"), status=422))
    went_well(counters)


def _wrong() -> Problem:
    return Problem(
        "signin.wrong",
        "This address and password do not belong together.",
        "Type both again, or ask your administrator.",
        status=422,
    )
