"""The answers to the questions before a visit, while nothing is planned yet: sealed for the child, so that whatever
carries them from one page to the next holds nothing that can be read.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from homeward.apps.access import vault
from homeward.apps.access.actors import Actor
from homeward.apps.visits.scope import RECORD, child_to_follow
from homeward.apps.visits.sealing import WORDS, seal_for


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
