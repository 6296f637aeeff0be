"""Where everything that the field app sends is taken: interviews by the one intake, notes by what each is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from homeward.apps.access.actors import Actor
from homeward.apps.cases.newcomers import Newcomer, register_newcomer
from homeward.apps.surveys import transport
from homeward.apps.surveys.deliveries import Receipt
from homeward.apps.surveys.notes import Takers
from homeward.apps.surveys.transport import Letter
from homeward.apps.visits.not_asked import NotAsked, say_not_asked


def take_from_app(phone: Actor, letter: Letter) -> Receipt:
    return transport.take_sealed(phone, letter, TAKERS)


def open_sealed() -> int:
    """A job, once the server is open again."""
    return transport.open_waiting(TAKERS)


def _not_asked(actor: Actor, key: UUID, said: Mapping[str, Any], _arrived: datetime) -> str:
    say_not_asked(actor, key, NotAsked.read(said))
    return ""


def _new_child(actor: Actor, key: UUID, said: Mapping[str, Any], arrived: datetime) -> str:
    return register_newcomer(actor, key, Newcomer.read(said), arrived)


TAKERS: Takers = {"not_asked": _not_asked, "new_child": _new_child}
