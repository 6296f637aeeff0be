"""What comes in at once, and what its sender is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from homeward.apps.safeguarding.raising import Sealed
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.models import Channel, State, Submission
from homeward.domain.problems import Problem


@dataclass(frozen=True, slots=True)
class Correction:
    """Why a new version of an interview was made; `child_id` where a person has said whose it is."""

    reason_code: str
    reason: str
    child_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    xml: bytes
    attachments: Sequence[Upload] = ()
    channel: str = Channel.COLLECT
    correction: Correction | None = None
    child_id: UUID | None = None  # whom it was started for, in the browser or from paper
    child_code: str = ""  # the same, where its phone does not carry that child any more
    received_at: datetime | None = None  # where it came before it could be read
    sealed: Sealed | None = None  # what the browser sends beside each interview, with something in it or not


@dataclass(frozen=True, slots=True)
class Receipt:
    """`status` 201: stored. 202: stored, and a person looks at it."""

    status: int
    state: str
    instance_id: str
    submission_id: UUID | None
    repeated: bool = False  # it was here already
    problems: tuple[Problem, ...] = ()


def existing(organisation_id: UUID, instance_id: str) -> Submission | None:
    return (
        Submission.objects.filter(organisation_id=organisation_id, instance_id=instance_id)
        .defer("raw", "text", "coded")
        .first()
    )


def status_of(state: str) -> int:
    return 202 if state in (State.UNMATCHED, State.INVALID, State.NO_CONSENT, State.TWICE) else 201
