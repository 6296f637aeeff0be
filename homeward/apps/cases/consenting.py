"""Asking for agreement, and taking it back. Each answer is an entry of the ledger; nothing is ever changed there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.vault import ErasedError, identity_ended
from homeward.apps.audit.ids import time_ordered_id
from homeward.apps.audit.services import record
from homeward.apps.cases.consent_models import Answer, Capacity, Explained, Speaker, TeachBack, WithoutCaregiver
from homeward.apps.cases.consent_rules import TEXT_VERSION, rules
from homeward.apps.cases.consents import band_on, entries_of
from homeward.apps.cases.deciding import child_to_decide, require_for
from homeward.apps.cases.models import Child, ConsentEntry, Relation, Status
from homeward.apps.cases.recalls import recall_offers
from homeward.apps.cases.same_child import records_of
from homeward.apps.cases.sealing import CONSENT_REASON, EXPECTS, RECIPIENT, seal_of_consent
from homeward.apps.cases.services import hold_child
from homeward.domain.consent import (
    ASKED_FOR,
    MONITORING,
    SHARING,
    Reply,
    Source,
    Who,
    Without,
    said_about,
    said_no,
    standing_stop,
    stop_of_counting,
)
from homeward.domain.lifecycle import not_open
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.domain.rounds import add_months

RECORD, DECIDE = "consents.record", "consents.decide"
SHORTEST_REASON = 10  # characters


@dataclass(frozen=True, slots=True)
class Asked:
    """One person was asked, on one day. `answers`: purpose -> agrees or refuses; what was not asked is not there."""

    who: str
    answers: Mapping[str, str] = field(default_factory=dict)
    day: date | None = None  # today
    relation_id: UUID | None = None
    recipient: str = ""
    language: str = ""
    explained: str = Explained.SPOKEN
    teach_back: str = TeachBack.NOT_ASKED
    limits_told: bool | None = None
    capacity: str = Capacity.NOT_JUDGED
    witness: bool | None = None
    without_caregiver: str = ""
    expects: str = ""
    reason: str = ""
    came_back: bool = False  # to what they had taken back, without being asked


def record_agreement(actor: Actor, code: str, asked: Asked) -> list[UUID]:
    """The answers of one person. An entry of an earlier day, or in the place of a caregiver whom it would be unsafe to
    ask or who has answered before, is for whoever decides about agreement, with a reason.
    """
    child = child_to_decide(actor, code, RECORD)
    today = today_in(actor, child.organisation_id)
    deciding = decides(child, asked, today)
    if deciding:
        require_for(actor, DECIDE, child)
    _refuse_ended(child)
    check(child, asked, today, deciding=deciding)
    return write(actor, child, asked, today)


def check(child: Child, asked: Asked, today: date, *, deciding: bool) -> None:
    """Before anything is written; also of what is said while something is handed over."""
    problems = list(_wrong(child, asked, today, deciding=deciding))
    if problems:
        raise ProblemError(problems)


def decides(child: Child, asked: Asked, today: date) -> bool:
    if (asked.day or today) < today or asked.without_caregiver == Without.UNSAFE:
        return True
    spoke = ConsentEntry.objects.filter(child=child, who=Who.CAREGIVER)
    return asked.without_caregiver == Without.NONE and spoke.exists()


def withdraw(actor: Actor, code: str, who: str, purposes: Sequence[str] = ASKED_FOR, reason: str = "") -> list[UUID]:
    """At once, and also where the case has been closed. Nobody has to say why."""
    child = child_to_decide(actor, code, RECORD)
    if identity_ended(child.pk):
        raise ErasedError("name")
    unknown = [each for each in purposes if each not in rules().purposes]
    if who not in (Who.CHILD, Who.CAREGIVER, Who.TRUSTED_ADULT) or unknown or not purposes:
        message, action = "Say who takes the agreement back, and for what.", "Choose from the lists."
        raise ProblemError(Problem("consent.withdraw", message, action, Where(field="who")))
    answers = dict.fromkeys(purposes, Reply.WITHDRAWS.value)
    asked = Asked(who, answers, reason=reason.strip(), explained="", teach_back="", capacity="")
    return write(actor, child, asked, today_in(actor, child.organisation_id))


def write(actor: Actor, child: Child, asked: Asked, today: date) -> list[UUID]:
    """The entries, what follows from them for counting, and the trace, in one transaction."""
    day, now = asked.day or today, timezone.now()
    rows = [entry_row(child, asked, purpose, answer, day, now) for purpose, answer in asked.answers.items()]
    gone = any(row.answer == Answer.WITHDRAWS for row in rows)
    stops = gone or asked.answers.get(SHARING, Reply.AGREES) != Reply.AGREES
    for row in rows:
        row.source = Source.LATER if day < today else Source.CAME_BACK if asked.came_back else Source.ASKED
        row.recorded_by_id, row.device_id = actor.person_id, actor.device_id
        row.text_version = "" if gone else TEXT_VERSION
    verb = "withdraw_agreement" if gone else "record_agreement"
    detail: dict[str, str | int | bool | None] = {
        "who": asked.who,
        "purposes": " ".join(asked.answers),
        "later": day < today,
        **({"came_back": True} if asked.came_back else {}),
    }
    with transaction.atomic():
        hold_child(child.pk)
        ConsentEntry.objects.bulk_create(rows)
        count_again(child.pk, today)
        if stops:
            recall_offers(actor, child, today)
        record(actor, verb, "child", child.pk, organisation_id=child.organisation_id, detail=detail)
    return [row.pk for row in rows]


def entry_row(child: Child, asked: Asked, purpose: str, answer: str, day: date, now: datetime) -> ConsentEntry:
    key = time_ordered_id()
    row = ConsentEntry(
        id=key,
        child_id=child.pk,
        who=asked.who,
        relation_id=asked.relation_id,
        answer=answer,
        purpose=purpose,
        day=day,
        valid_until=valid_until(purpose, answer, day),
        band=band_on(child, day),
        without_caregiver=asked.without_caregiver,
        language=asked.language,
        explained=asked.explained,
        teach_back=asked.teach_back,
        limits_told=asked.limits_told,
        capacity=asked.capacity,
        witness=asked.witness,
        recorded_at=now,
    )
    words = {RECIPIENT: asked.recipient if purpose == SHARING else "", EXPECTS: asked.expects}
    words[CONSENT_REASON] = asked.reason
    sealed = {name: seal_of_consent(child.pk, key, name, text) if text else b"" for name, text in words.items()}
    row.recipient, row.expects, row.reason = sealed[RECIPIENT], sealed[EXPECTS], sealed[CONSENT_REASON]
    return row


def valid_until(purpose: str, answer: str, day: date) -> date | None:
    return add_months(day, rules().purposes[purpose].months) if answer == Answer.AGREES else None


def count_again(child_id: UUID, today: date) -> None:
    """Inside the transaction that added to the ledger, with the child held: downloads go by what stands here."""
    entries = entries_of(child_id)
    stop = stop_of_counting(entries, today, rules())
    once = any(each.reply == Reply.WITHDRAWS and each.purpose == MONITORING for each in entries)
    now = standing_stop(said_about(MONITORING, entries, today, rules()), rules()) is not None
    for child in Child.objects.filter(pk__in=records_of(child_id)):
        Child.objects.filter(pk=child.pk).update(
            not_counted_since=stop.day if stop is not None else None,
            withdrew=now if once else None,
            said_no=said_no(entries, band_on(child, today), today, rules()),
        )


def _refuse_ended(child: Child) -> None:
    if identity_ended(child.pk):
        raise ErasedError("name")
    if child.status != Status.OPEN:
        raise ProblemError(not_open(child.status, "consent.ended"))


def _wrong(child: Child, asked: Asked, today: date, *, deciding: bool) -> Iterator[Problem]:
    yield from _wrong_lists(asked)
    yield from _wrong_day(asked, today, deciding=deciding)
    yield from _uninformed(asked)
    yield from _wrong_stand_in(asked)
    if asked.without_caregiver == Without.NONE and _has_caregiver(child):
        action = "Ask that person; who is there no longer is ended first, under Family and team."
        yield _problem("consent.has_caregiver", "A caregiver is recorded with the child.", action, "without_caregiver")
    known = Relation.objects.filter(pk=asked.relation_id, child=child) if asked.relation_id else None
    if known is not None and not known.exists():
        yield _problem("consent.relation", "This person is not recorded with the child.", "Choose again.", "relation")


def _wrong_lists(asked: Asked) -> Iterator[Problem]:
    if not asked.answers or not set(asked.answers) <= set(rules().purposes):
        yield _problem("consent.nothing", "No answer is given.", "Say what was answered to one question at least.")
    if not set(asked.answers.values()) <= {Reply.AGREES, Reply.REFUSES}:
        yield _problem("consent.answer", "An answer is yes or no.", "Choose one; leave out what was not asked.")
    lists = (
        ("who", asked.who, Speaker.values),
        ("explained", asked.explained, Explained.values),
        ("teach_back", asked.teach_back, TeachBack.values),
        ("capacity", asked.capacity, Capacity.values),
        ("without_caregiver", asked.without_caregiver, ["", *WithoutCaregiver.values]),
    )
    for name, value, known in lists:
        if value not in known:
            yield _problem("consent.not_listed", "This is not on the list.", "Choose from the list.", name)
    if asked.answers.get(SHARING) == Reply.AGREES and not asked.recipient.strip():
        action = "Write which organisation; an agreement to tell just anybody is none."
        yield _problem("consent.recipient", "The organisation is missing.", action, "recipient")


def _has_caregiver(child: Child) -> bool:
    return Relation.objects.current().filter(child=child, is_caregiver=True).exists()


def _wrong_day(asked: Asked, today: date, *, deciding: bool) -> Iterator[Problem]:
    if asked.day is not None and asked.day > today:
        yield _problem("consent.future", "This day lies in the future.", "Give the day on which they answered.", "day")
    if deciding and len(asked.reason.strip()) < SHORTEST_REASON:
        action = "Say in a sentence why, and where it is written."
        yield _problem("consent.reason", "The reason is missing or too short.", action, "reason")


def _uninformed(asked: Asked) -> Iterator[Problem]:
    """A yes of somebody who was not told, or did not understand, is none."""
    if Reply.AGREES not in asked.answers.values():
        return
    if not asked.limits_told:
        action = "Read the text about it aloud first, then ask."
        yield _problem(
            "consent.limits", "What we cannot keep to ourselves and cannot promise was not told.", action, "limits_told"
        )
    if asked.teach_back == TeachBack.NOT:
        action = "Explain it in another way, and ask on another day."
        yield _problem("consent.not_understood", "Who did not understand it cannot agree.", action, "teach_back")


def _wrong_stand_in(asked: Asked) -> Iterator[Problem]:
    instead = asked.who in (Who.TRUSTED_ADULT, Who.CASE_WORKER)
    if instead and not asked.without_caregiver:
        action = "Say why no caregiver is asked; where there is one, ask that person."
        yield _problem("consent.stand_in", "Somebody answers in the place of a caregiver.", action, "without_caregiver")
    if asked.who == Who.CAREGIVER and asked.without_caregiver:
        action = "Leave this empty, or say who answered instead."
        yield _problem("consent.caregiver", "The caregiver answered.", action, "without_caregiver")


def _problem(code: str, message: str, action: str, name: str = "") -> Problem:
    return Problem(code, message, action, Where(field=name))
