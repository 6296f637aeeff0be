"""Counting tries at what could be guessed, in the database, so that several processes count together.

A turn is taken before anything is compared: of a thousand tries at once only as many are answered as the limit says.
An account that does not exist is counted like one that does. A quarter of an hour after the first of its tries a
counter begins anew, and refused tries do not prolong it: nobody is shut out for longer.

Whoever signs in meets three counters: the account from this address, the account from anywhere, and the address. The
first is low, and locks nobody out who sits elsewhere; the last is high, because an office shares one address.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from homeward.apps.access.models import Tries
from homeward.apps.access.vault import keyed_hash
from homeward.apps.access.writing import writing
from homeward.domain.problems import Problem, ProblemError

SHUT = timedelta(minutes=15)
FROM_HERE, OF_ACCOUNT, OF_ADDRESS = 5, 20, 100
OF_FACTOR = 5
NOWHERE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Counter:
    """`limit` tries in a quarter of an hour; `kept` ones are given back after success, others begin anew."""

    purpose: str
    value: str
    limit: int
    kept: bool = False

    @property
    def key(self) -> bytes:
        return keyed_hash(f"tries:{self.purpose}", NOWHERE, self.value)


def at_the_door(email: str, address: str) -> tuple[Counter, ...]:
    """Without an address (behind a proxy that names none) the account alone is counted: better than one for all."""
    account, here = email.strip().lower(), network_of(address)
    counters = (Counter("account", account, OF_ACCOUNT, kept=True),)
    if not here:
        return counters
    return (Counter("here", f"{here} {account}", FROM_HERE), *counters, Counter("address", here, OF_ADDRESS, kept=True))


def of_person(person_id: UUID) -> tuple[Counter, ...]:
    """Behind the password: codes of a second factor, and the password of somebody who is signed in already."""
    return (Counter("person", str(person_id), OF_FACTOR),)


def network_of(address: str) -> str:
    """Of an IPv6 address the network, since its owner has all of it."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def take_turn(counters: tuple[Counter, ...]) -> None:
    """Counts this try with all of them, or refuses it and counts none. Call it outside any transaction: rolled back
    with another's work it would not have been counted. In one transaction of its own, and in this order everywhere.
    """
    with writing():
        if not all(_counted(counter) for counter in counters):
            raise ProblemError(_too_many())


def went_well(counters: tuple[Counter, ...]) -> None:
    """The try was right: it counts no more. A counter that others share loses this one try, not theirs."""
    with writing():
        for counter in counters:
            rows = Tries.objects.filter(key=counter.key)
            if counter.kept:
                rows.filter(count__gt=0).update(count=F("count") - 1)
            else:
                rows.delete()
        Tries.objects.filter(until__lt=timezone.now() - timedelta(days=1)).delete()


def _counted(counter: Counter) -> bool:
    """Each step is one statement, so that no two processes take the last turn."""
    now, key = timezone.now(), counter.key
    rows = Tries.objects.filter(key=key)
    for _ in range(2):
        if rows.filter(until__gt=now, count__lt=counter.limit).update(count=F("count") + 1):
            return True
        if rows.filter(until__lte=now).update(count=1, until=now + SHUT):
            return True
        try:
            with transaction.atomic():
                Tries.objects.create(key=key, count=1, until=now + SHUT)
        except IntegrityError:
            continue  # it is there: at its limit, or made by another process this moment
        return True
    return False


def _too_many() -> Problem:
    return Problem(
        "signin.too_many",
        "This was tried too often.",
        "Wait a quarter of an hour, then try again. If it was not you who tried, tell your administrator.",
        status=429,
    )
