"""Interviews that arrive sealed to the intake key: opened at once and handed to the one intake; or, while the server is
locked, kept as they are, acknowledged when they are on the disk, and opened in their order once somebody has unlocked.

What a phone of another kind sends in clear while the server is locked is sealed to the same key as it arrives. The
content of an envelope is a line of JSON that says what the request would have said, then the body of that request.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from homeward.apps.access.actors import Actor, actor_of_device_id, actor_of_person_id
from homeward.apps.access.devices import is_its_phone_id
from homeward.apps.access.guard import guard
from homeward.apps.access.intake_keys import open_sealed, public_while_locked, ready_for_lock, seal
from homeward.apps.access.keys import custody
from homeward.apps.access.keys.faults import LockedError
from homeward.apps.access.visibility import NotVisible
from homeward.apps.access.writing import writing
from homeward.apps.audit.services import record
from homeward.apps.cases.queries import find_of
from homeward.apps.safeguarding.passing_on import keep_apart
from homeward.apps.safeguarding.raising import Sealed, filler
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.body import Body, body_of
from homeward.apps.surveys.deliveries import Delivery, Receipt
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Channel, FormVersion, SealedArrival
from homeward.apps.surveys.note_rows import open_note, take_note
from homeward.apps.surveys.notes import NO_TAKERS, OPEN, OPENED, REFUSED, WAITING, Note, Takers
from homeward.apps.surveys.phone_rights import refuse_beyond, told_way
from homeward.domain import envelope as inner
from homeward.domain.problems import Problem, ProblemError
from homeward.domain.transport import Kind, header_of
from homeward.formats import safe_xml
from homeward.formats.xform.submission import read_meta

logger = logging.getLogger("homeward")
TRY_AGAIN = timedelta(hours=1)  # each try leaves a refusal in the audit
SEALED = "sealed"  # what a sender is told of its state
RIGHTS = {"device": "submissions.send", "person": "interviews.fill"}


@dataclass(frozen=True, slots=True)
class Letter:
    """What came: an envelope and its flag, which came from a client of ours or were made on arrival."""

    envelope: bytes
    flag: bytes = b""
    channel: str = Channel.COLLECT
    equal: bytes = b""  # of what must be the same when it comes again: by the XML, or by the whole envelope


@dataclass(frozen=True, slots=True)
class Content:
    """Out of its envelope. `note`: it is no interview."""

    body: Body
    channel: str
    form_id: UUID | None = None
    child: str = ""
    phone: str = ""
    note: Note | None = None


def take_sealed(actor: Actor, letter: Letter, takers: Takers = NO_TAKERS) -> Receipt:
    """Raises a ProblemError as `receive` does, and 400 for what is no envelope or does not open. `takers`: of
    what comes sealed and is no interview.
    """
    guard(actor, RIGHTS.get(actor.kind, "interviews.fill"))
    header_of(letter.envelope, Kind.INTERVIEW)
    if letter.flag:
        header_of(letter.flag, Kind.FLAG)
    if not custody.is_open():
        return _keep(actor, letter)
    content = content_of(letter)
    refuse_beyond(actor, letter.channel, content.body, is_note=content.note is not None)
    if content.note is not None:
        return take_note(actor, _arrival(actor, letter), content.note, takers)
    return _take(actor, content, severity_of(letter.flag))


def take_while_locked(actor: Actor, raw: bytes, content_type: str, phone: str) -> Receipt:
    """The body of a phone as it came, once it is known to be whole. Nothing of it is kept that is not sealed."""
    guard(actor, "submissions.send")
    public, place = public_while_locked(), actor.organisation_id
    if public is None or place is None:
        raise LockedError("it cannot take anything in.")
    xml = body_of(raw, content_type).xml
    meta = read_meta(safe_xml.parse(xml))
    head = json.dumps({"type": content_type, "phone": phone, "channel": Channel.COLLECT}).encode()
    envelope = seal(head + b"\n" + raw, Kind.INTERVIEW, uuid5(place, meta.instance_id), public)
    return _keep(actor, Letter(envelope, equal=hashlib.sha256(xml).digest()))


def _keep(actor: Actor, letter: Letter) -> Receipt:
    row = _arrival(actor, letter)
    receipt = Receipt(202, SEALED, str(row.delivery), None)
    try:
        with writing(), transaction.atomic():
            row.save(force_insert=True)
            record(actor, "receive_sealed", "sealed_arrival", row.pk)
    except IntegrityError:
        receipt = replace(receipt, repeated=True)
    same = SealedArrival.objects.filter(organisation_id=row.organisation_id, delivery=row.delivery)
    first = same.order_by("id").values_list("equal", flat=True).first()
    if first is not None and bytes(first) != row.equal:
        raise ProblemError(_other_bytes())
    return receipt


def _arrival(actor: Actor, letter: Letter) -> SealedArrival:
    if actor.organisation_id is None:
        raise NotVisible("organisation")
    header, digest = header_of(letter.envelope, Kind.INTERVIEW), hashlib.sha256(letter.envelope).digest()
    return SealedArrival(
        organisation_id=actor.organisation_id,
        delivery=header.delivery,
        equal=letter.equal or digest,
        sha256=digest,
        channel=letter.channel,
        person_id=actor.person_id,
        device_id=actor.device_id,
        envelope=letter.envelope,
        flag=letter.flag,
        state=WAITING,
        received_at=timezone.now(),
    )


def content_of(letter: Letter) -> Content:
    """What the sender says of itself counts for nothing that its rights do not allow."""
    head, found, raw = open_sealed(letter.envelope, Kind.INTERVIEW).partition(b"\n")
    try:
        said: dict[str, Any] = json.loads(head) if found else {}
        if "note" in said:
            return Content(Body(b"", ()), letter.channel, note=Note(str(said["note"]), raw))
        form = UUID(said["form"]) if said.get("form") else None
        body = body_of(raw, str(said["type"]))
        channel = told_way(said.get("channel") or "", letter.channel)
        return Content(body, channel, form, str(said.get("child") or ""), str(said.get("phone") or ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProblemError(_unreadable()) from error


def severity_of(flag: bytes) -> str:
    return inner.severity_of_flag(open_sealed(flag, Kind.FLAG).ljust(inner.FLAG_LENGTH, b"\0")) if flag else ""


def told_in(body: Body, severity: str) -> Sealed:
    """An interview never comes without: where a client sent none, something of the same size takes its place."""
    if not body.sealed:
        return Sealed(filler(), severity)
    return Sealed(inner.check_envelope(body.sealed, inner.Kind.DISCLOSURE), severity)


def _take(actor: Actor, content: Content, severity: str, at: datetime | None = None) -> Receipt:
    body = content.body
    if actor.device_id is not None and not is_its_phone_id(actor.device_id, content.phone):
        raise ProblemError(_other_phone())
    if content.form_id is not None:
        actor = replace(actor, organisation_id=_place_of(actor, content.form_id))
    child_id = _child_meant(actor, content.child)
    told = None if content.channel == Channel.COLLECT else told_in(body, severity)
    uploads = [Upload(part.name, part.content_type, part.data) for part in body.files]
    lost = content.child if child_id is None else ""
    delivery = Delivery(body.xml, uploads, content.channel, child_id=child_id, child_code=lost, sealed=told)
    return receive(actor, replace(delivery, received_at=at))


def _child_meant(actor: Actor, code: str) -> UUID | None:
    """Of a child that its phone does not carry any more the interview is taken all the same, and a person looks at it:
    who cannot send it could only delete it.
    """
    if not code or actor.organisation_id is None:
        return None
    try:
        return find_of(actor, code, RIGHTS[actor.kind], actor.organisation_id).pk
    except NotVisible:
        if actor.kind != "device":
            raise
        return None


def _place_of(actor: Actor, form_id: UUID) -> UUID:
    place = FormVersion.objects.filter(pk=form_id).values_list("organisation_id", flat=True).first()
    if place is None:
        raise NotVisible("instrument")
    return guard(actor, RIGHTS[actor.kind], place)


def open_waiting(takers: Takers = NO_TAKERS) -> int:
    """In the order in which they came; one that cannot be taken stays, sealed, and holds up no other."""
    if not custody.is_open():
        return 0
    ready_for_lock()
    done = 0
    due = Q(state=WAITING) | Q(state=REFUSED, settled_at__lte=timezone.now() - TRY_AGAIN)
    for key in list(SealedArrival.objects.filter(due).order_by("id").values_list("pk", flat=True)):
        done += _open_one(SealedArrival.objects.get(pk=key), takers)
    return done


def _open_one(row: SealedArrival, takers: Takers) -> bool:
    letter = Letter(bytes(row.envelope), bytes(row.flag), row.channel)
    problem = ""
    try:
        content = content_of(letter)
        refuse_beyond(_sender(row), letter.channel, content.body, is_note=content.note is not None)
        if content.note is not None:
            state = open_note(row, content.note, takers, _sender(row))
            if state == REFUSED:
                _tell_apart(row, letter)
            return state == OPENED
        receipt = _take(_sender(row), content, severity_of(letter.flag), row.received_at)
        problem = "" if receipt.submission_id else "quarantined"
    except (LockedError, DatabaseError):
        raise  # all of them wait
    except ProblemError as error:
        problem = error.first.code
        if error.first.status != 409 or problem.startswith("transport."):
            _refuse(row, letter, problem)
            return False
    except Exception as error:  # noqa: BLE001 - whatever one of them does, the others are taken
        logger.error("a sealed interview could not be taken: %s", type(error).__name__)
        _refuse(row, letter, type(error).__name__)
        return False
    SealedArrival.objects.filter(pk=row.pk).update(
        state=OPENED, problem=problem, settled_at=timezone.now(), envelope=b"", flag=b""
    )
    return True


def _refuse(row: SealedArrival, letter: Letter, problem: str) -> None:
    """Unless a person has dealt with it meanwhile."""
    rows = SealedArrival.objects.filter(pk=row.pk, state__in=OPEN)
    if rows.update(state=REFUSED, problem=problem[:40], settled_at=timezone.now()):
        _tell_apart(row, letter)


def _tell_apart(row: SealedArrival, letter: Letter) -> None:
    """That something grave was told does not wait for the interview beside it."""
    try:
        severity = severity_of(letter.flag)
    except ProblemError:
        severity = "high" if letter.flag else ""  # nobody knows what it said
    if severity:
        keep_apart(_sender(row), row.organisation_id, row.pk, Sealed(filler(), severity))


def _sender(row: SealedArrival) -> Actor:
    if row.device_id is not None:
        return actor_of_device_id(row.device_id)
    if row.person_id is None:
        raise NotVisible("person")
    return actor_of_person_id(row.person_id)


def arrivals() -> tuple[int, int, datetime | None]:
    """How many wait, how many could not be taken, and since when the first of either."""
    rows = SealedArrival.objects.filter(state__in=(WAITING, REFUSED)).order_by("id")
    states = list(rows.values_list("state", "received_at"))
    waiting = sum(state == WAITING for state, _ in states)
    return waiting, len(states) - waiting, states[0][1] if states else None


def _other_bytes() -> Problem:
    return Problem(
        "submission.other_bytes",
        "Another interview with this id is here already; this one was kept apart for a person to compare.",
        "Tell your supervisor. Do not fill in the form again.",
        status=409,
    )


def _unreadable() -> Problem:
    return Problem(
        "transport.unreadable",
        "What was sealed is no interview.",
        "Update the app, and tell whoever runs the server. Delete nothing on the device.",
    )


def _other_phone() -> Problem:
    return Problem(
        "transport.other_phone",
        "This code belongs to another phone. Delete no interview; ask for a new code.",
        status=403,
    )
