"""The answers to the questions before a visit, while nothing is planned yet: sealed for the child, so that whatever
carries them from one page to the next holds nothing that can be read.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from homeward.apps.access import vault
from homeward.apps.access.actors import Actor
from homeward.apps.cases.models import Child
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.visits.models import Visit
from homeward.apps.visits.scope import RECORD, child_to_follow
from homeward.apps.visits.sealing import WORDS, seal_for
from homeward.domain.problems import Problem, ProblemError


@dataclass(frozen=True, slots=True)
class Step:
    """The page to which the answers led. The first visit planned there gets its key, so there is no second."""

    key: UUID
    answered_at: datetime


def sealed_answers(actor: Actor, key: UUID | str, step: UUID, answers: Mapping[str, Sequence[str]]) -> str:
    """Of somebody who may plan a visit to this child. `step` is the one page for which they open, and stands for the
    visit that is to come: they are sealed as its words will be.
    """
    child = child_to_follow(actor, key, RECORD)
    text = json.dumps({name: list(values) for name, values in answers.items()})
    return b64encode(seal_for(child.pk, step, WORDS, text)).decode()


def opened_answers(actor: Actor, key: UUID | str, step: UUID, sealed: str) -> dict[str, list[str]] | None:
    """None where they do not open: of another child or step, or the child's key has ended."""
    child = child_to_follow(actor, key, RECORD)
    with suppress(vault.VaultError, ValueError):
        found: dict[str, list[str]] = json.loads(vault.open_text(child.pk, step, WORDS, b64decode(sealed)))
        return found
    return None


def has_led_to(actor: Actor, key: UUID | str, step: UUID) -> bool:
    """Whether a visit to this child was planned on that page; the visit has the key of the step."""
    return Visit.objects.filter(pk=step, child=child_to_follow(actor, key, RECORD)).exists()


def is_outdated(actor: Actor, codes: Sequence[str], since: datetime) -> bool:
    """Answers do not count any more once it was asked anew, by whomever, before a visit to one of these children."""
    near = children_visible_to(actor, RECORD).filter(code__in=codes)
    return Visit.objects.filter(child__in=near, checked_at__gt=since).exists()


def planned_already(children: Sequence[Child], step: Step) -> list[UUID]:
    """The visit to which this step has led; refuses one that is outdated. In the transaction that plans, the children
    held: of two who come at one moment, the second sees what the first did.
    """
    if Visit.objects.filter(pk=step.key, child=children[0]).exists():
        return [step.key]
    if Visit.objects.filter(child__in=children, checked_at__gt=step.answered_at).exists():
        message = "The questions were answered anew for this child meanwhile, and nothing was planned."
        raise ProblemError(Problem("visit.outdated", message, "Answer the questions again.", status=409))
    return []
