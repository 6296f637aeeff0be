"""What was agreed to for a child: read from the ledger, as plain values. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.audit.services import record
from homeward.apps.cases.consent_models import MARKS, Answer
from homeward.apps.cases.consent_rules import rules
from homeward.apps.cases.models import Child, ConsentEntry, Status
from homeward.apps.cases.protocols import schedule_of
from homeward.apps.cases.queries import find_within
from homeward.apps.cases.same_child import records_of_each
from homeward.apps.cases.scope import permit_for
from homeward.apps.cases.sealing import birth_date_of, consent_reason_of, expects_of, recipient_of
from homeward.domain.ages import band_at
from homeward.domain.consent import (
    ADULT,
    ASKED_FOR,
    CHILD,
    PROTECTION,
    SERVICE,
    SHARING,
    Ask,
    Entry,
    Reply,
    Source,
    Standing,
    may,
    not_agreed,
    said_about,
    same_name,
    standing,
    to_ask,
)
from homeward.domain.problems import Decision, Problem
from homeward.domain.rounds import round_asked

SEE = "consents.see"


@dataclass(frozen=True, slots=True)
class PurposeState:
    """How things stand for one purpose and, of sharing, one recipient."""

    purpose: str
    recipient: str
    child: Standing
    caregiver: Standing
    needed: tuple[str, ...]  # voices
    allowed: Decision


@dataclass(frozen=True, slots=True)
class EntryRow:
    id: UUID
    who: str
    relation_id: UUID | None
    answer: str
    purpose: str
    recipient: str
    day: date
    valid_until: date | None
    band: str
    without_caregiver: str
    language: str
    text_version: str
    explained: str
    teach_back: str
    limits_told: bool | None
    capacity: str
    witness: bool | None
    expects: str
    reason: str
    source: str
    source_id: UUID | None
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """For the child's journey: a day, and codes without words."""

    day: date
    kind: str
    codes: tuple[str, ...]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConsentState:
    child_id: UUID
    band: str
    current: tuple[PurposeState, ...]
    asks: tuple[Ask, ...]
    history: tuple[EntryRow, ...]  # the newest first
    not_counted_since: date | None


def consent_of(actor: Actor, key: UUID | str) -> ConsentState:
    """Whoever may record sees the words too; who sees codes alone, neither recipients nor reasons."""
    child = find_within(actor, key, SEE)
    place, team = child.organisation_id, child.team_id
    permit_for(actor, SEE, child.pk, organisation_id=place, team_id=team).require()
    words = bool(permit_for(actor, "consents.record", child.pk, organisation_id=place, team_id=team))
    rows, today = _rows([child.pk]), today_in(actor, place)
    entries, band = entries_of(child.pk), band_on(child, today)
    shown = reversed(list(rows.select_related("recorded_by", "device")))
    return ConsentState(
        child.pk,
        band,
        tuple(_states(entries, band, today, words=words)),
        to_ask(entries, band, today, rules(), round_began(child, today)),
        tuple(_row(each, words=words) for each in shown),
        child.not_counted_since,
    )


def events_of(actor: Actor, key: UUID) -> tuple[Event, ...]:
    """For the child's journey, the newest first: what somebody said, without what an interview had said here that was
    about another child, and without the yes of one set aside. Codes alone, so nothing is opened.
    """
    child = find_within(actor, key, SEE)
    permit_for(actor, SEE, child.pk, organisation_id=child.organisation_id, team_id=child.team_id).require()
    rows = list(_rows([child.pk]).only("day", "who", "answer", "purpose", "source", "source_id", "recorded_at"))
    return tuple(
        Event(row.day, "consent", (row.who, row.answer, row.purpose), row.recorded_at)
        for row in reversed(_that_count(rows))
    )


def round_began(child: Child, today: date) -> date | None:
    """The round that is to be done now; host peers are asked without one."""
    if child.return_date is None:
        return None
    asked = round_asked(schedule_of(child.organisation_id), child.return_date, today)
    return asked.opens if asked is not None else None


def band_on(child: Child, day: date) -> str:
    """By the birth date, and by the coded band where that has ended."""
    birth = birth_date_of(child)
    return band_at(birth, day).code if birth is not None else child.age_band


def entries_of(child_id: UUID) -> list[Entry]:
    """What was said about this child, under any record of it."""
    return entries_of_each([child_id])[child_id]


def entries_of_each(child_ids: Iterable[UUID]) -> Mapping[UUID, list[Entry]]:
    """The same for many children, with two questions."""
    records = records_of_each(child_ids)
    of_record: dict[UUID, list[ConsentEntry]] = {each: [] for some in records.values() for each in some}
    for row in _rows(of_record):
        of_record[row.child_id].append(row)
    return {key: entries_from(_in_order(of_record[each] for each in some)) for key, some in records.items()}


def _in_order(some: Iterable[list[ConsentEntry]]) -> list[ConsentEntry]:
    return sorted((row for rows in some for row in rows), key=lambda row: (row.recorded_at, row.pk))


def entries_from(rows: Iterable[ConsentEntry]) -> list[Entry]:
    """Without what an interview had said here that was about another child, and without the yes of one set aside."""
    return [_entry(row, order) for order, row in enumerate(_that_count(list(rows)))]


def _that_count(rows: Sequence[ConsentEntry]) -> list[ConsentEntry]:
    """Of rows as they were written down, what somebody said and what still counts."""
    marks = {row.source_id: row.answer for row in rows if row.answer in (Answer.SET_ASIDE, Answer.STANDS)}
    marks |= {row.source_id: row.answer for row in rows if row.answer == Answer.MISTAKEN}
    return [row for row in rows if row.answer not in MARKS and not _void(row, marks.get(row.source_id, ""))]


def _void(row: ConsentEntry, mark: str) -> bool:
    if row.source != Source.INTERVIEW:
        return False
    return mark == Answer.MISTAKEN or (mark == Answer.SET_ASIDE and row.answer == Answer.AGREES)


def _entry(row: ConsentEntry, order: int) -> Entry:
    return Entry(
        row.day,
        row.who,
        row.answer,
        row.purpose,
        row.band,
        recipient_of(row),
        row.valid_until,
        row.source,
        row.without_caregiver,
        row.capacity == "able",
        order,
    )


def _rows(child_ids: Iterable[UUID]) -> QuerySet[ConsentEntry]:
    return ConsentEntry.objects.filter(child__in=list(child_ids)).order_by("recorded_at", "pk")


def may_now(child: Child, purpose: str, today: date, recipient: str | None = None) -> Decision:
    """Asked of the ledger at this moment: what was taken back a second ago holds."""
    if purpose == PROTECTION:
        return Decision.yes()
    return may(purpose, entries_of(child.pk), band_on(child, today), today, rules(), recipient)


def lacking_for_help(actor: Actor, key: UUID) -> tuple[Problem, ...]:
    """Whose agreement to help and case work is not there, and what to do: for the pages on which help is planned. It
    stops nobody from writing. The look was written down by the page.
    """
    child = find_within(actor, key, "children.see")
    seen = permit_for(actor, SEE, child.pk, organisation_id=child.organisation_id, team_id=child.team_id)
    if not seen or child.status != Status.OPEN:
        return ()
    today = today_in(actor, child.organisation_id)
    said = said_about(SERVICE, entries_of(child.pk), today, rules())
    return not_agreed(SERVICE, said, band_on(child, today), today, rules())


def require_consent(actor: Actor, child_id: UUID, purpose: str, recipient: str | None = None) -> None:
    """The gate of whatever reminds, shares or hands a child over. A refusal is written down, then raised. What protects
    a child (`PROTECTION`) passes.
    """
    child = find_within(actor, child_id, "children.see")
    decision = may_now(child, purpose, today_in(actor, child.organisation_id), recipient)
    if decision.problem is not None:
        detail = {"purpose": purpose, "code": decision.problem.code}
        place = child.organisation_id
        record(actor, "need_agreement", "child", child.pk, organisation_id=place, allowed=False, detail=detail)
    decision.require()


def _states(entries: Sequence[Entry], band: str, today: date, *, words: bool) -> Iterator[PurposeState]:
    for purpose in ASKED_FOR:
        for recipient in _recipients(entries) if purpose == SHARING else ("",):
            said = said_about(purpose, entries, today, rules(), recipient)
            yield PurposeState(
                purpose,
                recipient if words else "",
                standing(said, CHILD, band, today, rules()),
                standing(said, ADULT, band, today, rules()),
                rules().needed(purpose, band),
                may(purpose, entries, band, today, rules(), recipient),
            )


def _recipients(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Each once, as it was written last; one line without a name where nobody was asked."""
    named = {same_name(each.recipient): each.recipient for each in entries if each.purpose == SHARING}
    return tuple(name for key, name in sorted(named.items()) if key) or ("",)


def _row(row: ConsentEntry, *, words: bool) -> EntryRow:
    return EntryRow(
        row.pk,
        row.who,
        row.relation_id,
        row.answer,
        row.purpose,
        recipient_of(row) if words else "",
        row.day,
        row.valid_until,
        row.band,
        row.without_caregiver,
        row.language,
        row.text_version,
        row.explained,
        row.teach_back,
        row.limits_told,
        row.capacity,
        row.witness,
        expects_of(row) if words else "",
        consent_reason_of(row) if words else "",
        row.source,
        row.source_id,
        str(row.recorded_by or row.device or ""),
        row.recorded_at,
    )


__all__ = ["ConsentState", "Event", "Reply", "consent_of", "entries_of", "may_now", "require_consent"]
