"""Wishes to be called back that nobody has come back to yet: of one child, and of a caseload. They follow from what was
answered and from what was recorded since; nothing is stored of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from homeward.apps.access.actors import Actor, permit
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Status
from homeward.apps.cases.same_child import records_of_each
from homeward.apps.cases.scope import assigned_to, children_visible_to
from homeward.apps.surveys.models import Channel, Flag, Submission
from homeward.apps.surveys.reading import day_of
from homeward.apps.surveys.scope import HELD
from homeward.apps.visits import choices as of
from homeward.apps.visits.cards import quiet_on
from homeward.apps.visits.models import ContactAttempt, Visit
from homeward.apps.visits.scope import SEE
from homeward.domain.consent import NO_HELP
from homeward.domain.protocol import SELF

CALL_BACK = "call_back"
ANSWERS = "answers.see"
LASTS = timedelta(days=90)
ZONES = timedelta(days=1)  # a day of the house may begin before that of the server


class Voice(StrEnum):
    CHILD = "child"  # or somebody who is grown up by now
    CAREGIVER = "caregiver"
    OTHER = "other"  # who looks on from beside: anybody who was reached can say it to them


BOTH = (Voice.CHILD, Voice.CAREGIVER)
SPOKEN: Mapping[of.Outcome, Collection[Voice]] = {
    of.Outcome.CHILD: (Voice.CHILD,),
    of.Outcome.CAREGIVER: (Voice.CAREGIVER,),
    of.Outcome.REFUSED: BOTH,  # nobody is pressed
}


@dataclass(frozen=True, slots=True)
class Wish:
    day: date
    at: datetime  # it arrived
    respondent: str


@dataclass(frozen=True, slots=True)
class ToCall:
    """`quiet_until`: nobody makes contact until then; `said_no`: to help, so that nobody may be tried."""

    code: str
    day: date
    respondent: str
    quiet_until: date | None
    said_no: bool


def to_call_back(actor: Actor) -> tuple[ToCall, ...]:
    """Of the own caseload, or of a supervisor's team; who waits longest first."""
    if not permit(actor, ANSWERS):  # whoever sees answers sees them of the same children as visits
        return ()
    children = children_visible_to(actor, SEE).filter(status=Status.OPEN)
    if "supervisor" not in actor.roles:
        children = children.filter(assigned_to(actor))
    today, wished = actor.today(), _wished_lately(actor.today())
    some = {row.pk: row for row in children.filter(pk__in=wished).only("code", "said_no")}
    open_now, quiet = open_wishes(some, today), quiet_on(some, today)
    found = [
        ToCall(
            some[key].code,
            each.day,
            each.respondent,
            quiet[key].until if key in quiet else None,
            some[key].said_no in NO_HELP,
        )
        for key, each in open_now.items()
    ]
    if found:
        record_look(actor, ANSWERS, "flags", detail={"rows": len(found)})
    return tuple(sorted(found, key=lambda each: (each.day, each.code)))


def open_wish(child_id: UUID, today: date, *, by_contacts: bool = True) -> Wish | None:
    """Of one child whose answers the caller may see. `by_contacts`: whoever sees no visits learns nothing from them."""
    return open_wishes([child_id], today, by_contacts=by_contacts).get(child_id)


def open_wishes(child_ids: Collection[UUID], today: date, *, by_contacts: bool = True) -> dict[UUID, Wish]:
    """Of each child one: the newest of whoever waits longest, child or caregiver. None once it is long ago, or the one
    who wished it was seen, spoken with or asked since: who reached the caregiver has not come back to the child. A
    fixed number of questions, however many children.
    """
    records = records_of_each(child_ids)
    first = {each: key for key in child_ids for each in records[key]}
    found: dict[tuple[UUID, Voice], Wish] = {}
    for record_id, wish in _wishes(first):
        key = first[record_id], voice_of(wish.respondent)
        if today - wish.day <= LASTS and (key not in found or _moment(found[key]) < _moment(wish)):
            found[key] = wish
    some = [each for key in {child_id for child_id, _voice in found} for each in records[key]]
    ended = [_asked(some), *((_tried(some), _seen(some)) if by_contacts else ())] if some else []
    for record_id, reached, day, noted in (each for rows in ended for each in rows):
        for voice in Voice:
            wish_of = found.get((first[record_id], voice))
            if wish_of is not None and (voice in reached or voice is Voice.OTHER) and _ends(wish_of, day, noted):
                del found[first[record_id], voice]
    waiting: dict[UUID, Wish] = {}
    for (child_id, _voice), wish in found.items():
        if child_id not in waiting or _moment(wish) < _moment(waiting[child_id]):
            waiting[child_id] = wish
    return waiting


def voice_of(respondent: str) -> Voice:
    return Voice.CHILD if respondent in SELF else Voice.CAREGIVER if respondent == "caregiver" else Voice.OTHER


def _moment(wish: Wish) -> tuple[date, datetime]:
    return wish.day, wish.at


def _ends(wish: Wish, day: date, noted: datetime | None) -> bool:
    return day > wish.day or (noted is not None and day == wish.day and noted > wish.at)


def _wished_lately(today: date) -> list[UUID]:
    """Records of whom a wish was raised within its time: few, as the index of the flags finds them."""
    since = datetime.combine(today - LASTS - ZONES, time.min, UTC)
    rows = Flag.objects.filter(kind=CALL_BACK, raised_at__gte=since, submission__state__in=HELD)
    keys = [key for key in rows.values_list("submission__child_id", flat=True).distinct() if key is not None]
    return [each for some in records_of_each(keys).values() for each in some]


def _wishes(records: Collection[UUID]) -> Iterator[tuple[UUID, Wish]]:
    rows = Flag.objects.filter(kind=CALL_BACK, submission__child__in=records, submission__state__in=HELD)
    names = ("child_id", "interviewed_on", "received_at", "problems", "respondent")
    for key, on, at, problems, respondent in rows.values_list(*(f"submission__{name}" for name in names)):
        yield key, Wish(day_of(on, at, problems) or timezone.localdate(at), at, respondent)


# What ends a wish: whose record, who was reached, on which day, and since when it is known where that counts on the day
# of the wish too.
Ends = Iterator[tuple[UUID, Collection[Voice], date, datetime | None]]


def _asked(records: Collection[UUID]) -> Ends:
    """By somebody: with a link that a family answers alone nobody spoke with them."""
    rows = Submission.objects.filter(child__in=records, state__in=HELD).exclude(channel=Channel.LINK)
    names = ("child_id", "respondent", "interviewed_on", "received_at", "problems")
    for key, respondent, on, at, problems in rows.values_list(*names):
        day = day_of(on, at, problems)
        if key is not None and day is not None:
            yield key, (voice_of(respondent),), day, None


def _tried(records: Collection[UUID]) -> Ends:
    rows = ContactAttempt.objects.filter(child__in=records, struck_at=None, outcome__in=SPOKEN)
    for key, outcome, day, noted in rows.values_list("child_id", "outcome", "on", "noted_at"):
        yield key, SPOKEN[of.Outcome(outcome)], day, noted


def _seen(records: Collection[UUID]) -> Ends:
    rows = Visit.objects.filter(Q(child_seen=True) | Q(caregiver_seen=True), child__in=records, taken_back="")
    for key, child, caregiver, day in rows.values_list("child_id", "child_seen", "caregiver_seen", "held_on"):
        if day is not None:
            yield key, [*([Voice.CHILD] if child else []), *([Voice.CAREGIVER] if caregiver else [])], day, None
