"""The safe-contact card of a child: how it and its family may be reached, when, how never; and times without any."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.visibility import NotVisible
from homeward.apps.access.volume import look_at_record
from homeward.apps.audit.services import record
from homeward.apps.cases.models import Child
from homeward.apps.cases.services import hold_child
from homeward.apps.visits import choices as of
from homeward.apps.visits.models import QuietTime, SafeContact
from homeward.apps.visits.scope import ATTEMPT, REACH, child_to_follow, child_to_read, one_of, short_enough
from homeward.apps.visits.sealing import CARD_IDENTITY, UNSAID, of_card, seal_for
from homeward.domain.problems import Problem, ProblemError, Where

LONGEST_QUIET = 366  # days


@dataclass(frozen=True, slots=True)
class CardFacts:
    channels: tuple[str, ...]
    safe_days: tuple[str, ...] = ()  # none: any day
    safe_parts: tuple[str, ...] = ()
    unsaid: str = ""
    how: str = ""
    second: str = ""
    not_with: str = ""
    code_word: str = ""


@dataclass(frozen=True, slots=True)
class Quiet:
    id: UUID
    since: date
    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class Card:
    """What everybody who works with the child sees before each contact; the rest opens on a tap."""

    version: int
    channels: tuple[str, ...]
    safe_days: tuple[str, ...]
    safe_parts: tuple[str, ...]
    unsaid: str
    has_second: bool
    has_not_with: bool
    set_at: datetime


@dataclass(frozen=True, slots=True)
class CardNames:
    how: str
    second: str
    not_with: str
    code_word: str


def set_card(actor: Actor, key: UUID | str, facts: CardFacts) -> int:
    """A new version; earlier ones stay."""
    child = child_to_follow(actor, key, ATTEMPT)
    if not facts.channels:
        message, action = "No way is chosen in which the child may be reached.", "Choose at least one."
        raise ProblemError(Problem("contact.no_way", message, action, Where(field="channels")))
    for each in facts.channels:
        one_of(each, [str(way) for way in of.ON_CARD], "channels")
    for field, known in (("safe_days", of.Days.values), ("safe_parts", of.DayPart.values)):
        for each in getattr(facts, field):
            one_of(each, known, field)
    row = SafeContact(
        child=child,
        channels=list(facts.channels),
        safe_days=list(facts.safe_days),
        safe_parts=list(facts.safe_parts),
        set_by_id=actor.person_id,
    )
    for name in CARD_IDENTITY:
        text = short_enough(getattr(facts, name), name)
        setattr(row, name, seal_for(child.pk, row.pk, f"visits.safecontact.{name}", text))
    row.unsaid = seal_for(child.pk, row.pk, UNSAID, short_enough(facts.unsaid, "unsaid"))
    with transaction.atomic():
        hold_child(child.pk)
        newest = _newest(child.pk)
        row.version = newest.version + 1 if newest else 1
        row.save(force_insert=True)
        record(actor, "set_safe_contact", "child", child.pk, organisation_id=child.organisation_id)
    return row.version


def set_quiet_time(actor: Actor, key: UUID | str, since: date, until: date, reason: str) -> UUID:
    child = child_to_follow(actor, key, ATTEMPT)
    one_of(reason, of.QuietReason.values, "reason")
    if until < since:
        message, action = "The last day lies before the first.", "Correct one of the two."
        raise ProblemError(Problem("contact.quiet_order", message, action, Where(field="until")))
    if (until - since).days > LONGEST_QUIET:
        message, action = "This is longer than a year.", "Set an earlier last day, and look again then."
        raise ProblemError(Problem("contact.quiet_long", message, action, Where(field="until")))
    row = QuietTime(child=child, since=since, until=until, reason=reason, set_by_id=actor.person_id)
    with transaction.atomic():
        row.save(force_insert=True)
        record(actor, "set_quiet_time", "child", child.pk, organisation_id=child.organisation_id)
    return row.pk


def lift_quiet_time(actor: Actor, key: UUID | str, quiet_id: UUID) -> None:
    child = child_to_follow(actor, key, ATTEMPT)
    rows = QuietTime.objects.filter(pk=quiet_id, child=child)
    if not rows.exists():
        raise NotVisible("quiet_time")
    with transaction.atomic():
        if rows.filter(lifted_at=None).update(lifted_at=timezone.now(), lifted_by=actor.person_id):
            record(actor, "lift_quiet_time", "child", child.pk, organisation_id=child.organisation_id)


def card_of(actor: Actor, key: UUID | str) -> Card | None:
    """The caller has written down that the record was looked at."""
    child = child_to_read(actor, key)
    row = _newest(child.pk)
    if row is None:
        return None
    return Card(
        row.version,
        tuple(row.channels),
        tuple(row.safe_days),
        tuple(row.safe_parts),
        of_card(row, "unsaid"),
        bool(row.second),
        bool(row.not_with),
        row.set_at,
    )


def open_card(actor: Actor, key: UUID | str, *, again: bool = False) -> CardNames:
    """Numbers and names, on a deliberate tap. The look is written down before they are returned. `again`: the page that
    follows the tap, whose look that was.
    """
    child = child_to_read(actor, key, REACH)
    if not again:
        look_at_record(actor, REACH, child.pk, child.organisation_id)
    row = _newest(child.pk)
    if row is None:
        raise NotVisible("contact_card")
    return CardNames(*(of_card(row, name) for name in CARD_IDENTITY))


def facts_for_card(actor: Actor, key: UUID | str) -> CardFacts:
    """What the form of a new version starts from; to show it is to open it."""
    child = child_to_follow(actor, key, ATTEMPT)
    look_at_record(actor, REACH, child.pk, child.organisation_id)
    row = _newest(child.pk)
    if row is None:
        return CardFacts(())
    texts = {name: of_card(row, name) for name in (*CARD_IDENTITY, "unsaid")}
    return CardFacts(tuple(row.channels), tuple(row.safe_days), tuple(row.safe_parts), **texts)


def quiet_times(actor: Actor, key: UUID | str) -> tuple[Quiet, ...]:
    """Those that run or are to come."""
    child = child_to_read(actor, key)
    return tuple(map(_quiet, _quiet_rows([child.pk], today_in(actor, child.organisation_id))))


def cards_of(child_ids: Iterable[UUID]) -> dict[UUID, SafeContact]:
    """The newest of each, for rules; who may see what is the caller's matter."""
    rows = SafeContact.objects.filter(child_id__in=list(child_ids)).order_by("version")
    return {row.child_id: row for row in rows}


def quiet_on(child_ids: Iterable[UUID], day: date) -> dict[UUID, Quiet]:
    return {row.child_id: _quiet(row) for row in _quiet_rows(child_ids, day).filter(since__lte=day)}


def quiet_ahead(child_ids: Iterable[UUID], day: date) -> dict[UUID, tuple[Quiet, ...]]:
    """Those that run or are to come, of each; who may see what is the caller's matter."""
    found: dict[UUID, tuple[Quiet, ...]] = {}
    for row in _quiet_rows(child_ids, day):
        found[row.child_id] = (*found.get(row.child_id, ()), _quiet(row))
    return found


def way_on_card(child: Child, channel: str) -> bool:
    """Whether the card allows it; without a card everything that is careful."""
    card = _newest(child.pk)
    return card is None or channel in card.channels


def has_second(child: Child) -> bool:
    card = _newest(child.pk)
    return card is not None and bool(card.second)


def card_since(child: Child, moment: datetime) -> bool:
    return SafeContact.objects.filter(child=child, set_at__gt=moment).exists()


def way_problem(field: str) -> Problem:
    message = "The safe-contact card does not allow this way."
    action = "Choose a way that stands on the card, or change the card first, with the child or the family."
    return Problem("contact.way", message, action, Where(field=field), status=409)


def _quiet_rows(child_ids: Iterable[UUID], day: date) -> QuerySet[QuietTime]:
    return QuietTime.objects.filter(child_id__in=list(child_ids), lifted_at=None, until__gte=day).order_by("since")


def _quiet(row: QuietTime) -> Quiet:
    return Quiet(row.pk, row.since, row.until, row.reason)


def _newest(child_id: UUID) -> SafeContact | None:
    return SafeContact.objects.filter(child_id=child_id).order_by("-version").first()
