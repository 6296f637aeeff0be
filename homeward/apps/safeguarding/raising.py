"""From a flag or a sealed note to an escalation: rows that are written in the transaction of what raised them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.db.models import Model

from homeward.apps.access.jobs import enqueue
from homeward.apps.cases.models import Child
from homeward.apps.communities.models import Place
from homeward.apps.safeguarding.models import Escalation, Group, Notice, SealedNote, Source
from homeward.apps.safeguarding.rules import clock_rules
from homeward.apps.safeguarding.sealing import seal_envelope
from homeward.domain.envelope import ENVELOPE, HEADER, MAGIC, SLOTS, VERSION, Kind
from homeward.domain.escalations import rule_for, worst

SEND = "safeguarding.send_notices"
DISCLOSURE = "disclosure"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a page sends beside an interview: an envelope, empty or not, and how grave it is; empty: nothing marked."""

    envelope: bytes
    severity: str = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """Where a flag or a note comes from."""

    organisation_id: UUID
    source: str
    source_id: UUID
    thread_id: UUID
    child: Child | None = None
    person_id: UUID | None = None
    group: str = Group.FOCAL


@dataclass(frozen=True, slots=True)
class Rows:
    """To be inserted in this order."""

    notes: list[SealedNote] = field(default_factory=list)
    escalations: list[Escalation] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    @property
    def lists(self) -> tuple[Sequence[Model], Sequence[Model], Sequence[Model]]:
        return self.notes, self.escalations, self.notices

    def write(self) -> None:
        """Inside the caller's transaction."""
        for rows in self.lists:
            for row in rows:
                row.save(force_insert=True)
        if self.escalations:
            enqueue(SEND)


def rows_for(
    raised: Raised, flags: Iterable[tuple[str, str]], sealed: Sealed | None, now: datetime, known: Iterable[str] = ()
) -> Rows:
    """`flags`: kind and severity; `known`: kinds that an earlier version of the same interview has raised."""
    rows = Rows()
    marks = [(kind, severity) for kind, severity in flags if kind not in set(known)]
    note = None
    if sealed is not None:
        note = _note(raised, sealed, now)
        rows.notes.append(note)
        if sealed.severity:
            marks.append((DISCLOSURE, sealed.severity))
    if marks:
        escalation = _escalation(raised, marks, note if sealed and sealed.severity else None, now)
        rows.escalations.append(escalation)
        rows.notices.append(Notice(escalation_id=escalation.pk, created_at=now))
    return rows


def _note(raised: Raised, sealed: Sealed, now: datetime) -> SealedNote:
    note_id = uuid4()
    return SealedNote(
        id=note_id,
        organisation_id=raised.organisation_id,
        group=raised.group,
        source=raised.source,
        source_id=raised.source_id,
        child_id=raised.child.pk if raised.child else None,
        person_id=raised.person_id,
        envelope=seal_envelope(note_id, sealed.envelope),
        received_at=now,
    )


def _escalation(raised: Raised, marks: Sequence[tuple[str, str]], note: SealedNote | None, now: datetime) -> Escalation:
    severity = worst(degree for _, degree in marks)
    rule = rule_for(clock_rules(), _country(raised), severity)
    return Escalation(
        id=uuid4(),
        organisation_id=raised.organisation_id,
        group=raised.group,
        source=raised.source,
        source_id=raised.source_id,
        thread_id=raised.thread_id,
        note_id=note.pk if note else None,
        child_id=raised.child.pk if raised.child else None,
        severity=severity,
        kinds=list(dict.fromkeys(kind for kind, _ in marks)),
        rule=rule.country,
        raised_at=now,
        due_at=rule.due(now),
        second_due_at=rule.second_due(now),
    )


def _country(raised: Raised) -> str:
    """Of the place where the child lives; without one, of the only country in which the organisation has places."""
    if raised.child is not None and raised.child.place_id is not None:
        return Place.objects.values_list("country_code", flat=True).get(pk=raised.child.place_id)
    found = Place.objects.filter(organisation_id=raised.organisation_id).order_by().values_list("country_code")
    codes = set(found.distinct()[:2])
    return codes.pop()[0] if len(codes) == 1 else ""


def known_kinds(thread_id: UUID) -> list[str]:
    """Of an interview that was corrected: what it has raised before."""
    return [
        kind
        for kinds in Escalation.objects.filter(thread_id=thread_id).values_list("kinds", flat=True)
        for kind in kinds
    ]


def filler(kind: Kind = Kind.DISCLOSURE) -> bytes:
    """Of the shape of an envelope, with nothing inside, sealed to nobody: where a page sent none."""
    return MAGIC + bytes((VERSION, kind, SLOTS, 0, 0, 4)) + os.urandom(ENVELOPE - HEADER - 1)


__all__ = ["SEND", "Raised", "Rows", "Sealed", "Source", "filler", "known_kinds", "rows_for"]
