"""How many children's records an account opens in a day. A valid account that opens one after the other is seen at once
by a focal point, and stopped the same day, until a second person says that there was a reason. Lists and downloads have
rights and rows of the trace of their own, and do not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.guard import guard
from homeward.apps.access.models import ManyOpened, OpenedRecord
from homeward.apps.access.reviewing import REVIEW, SHOWN_FOR, VERDICTS, places_to_review, review, reviewed_already
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record, record_look, record_refusal
from homeward.domain.problems import Problem, ProblemError
from homeward.domain.volume import budget_of

OPENED = "open_many"
KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class VolumeRow:
    id: UUID
    person: str
    person_id: UUID
    day: date
    records: int
    usual: int  # so many are told to nobody
    stopped: bool
    verdict: str
    reviewed_by: str
    mine: bool  # of whoever asks: somebody else reviews it


def look_at_record(actor: Actor, verb: str, child_id: UUID, organisation_id: UUID, **detail: str) -> None:
    """Counted, and written down, before anything of a child's record is shown."""
    count_record(actor, child_id, organisation_id)
    record_look(actor, verb, "child", child_id, organisation_id=organisation_id, detail=detail)


def count_record(actor: Actor, child_id: UUID, organisation_id: UUID) -> None:
    """Raises a 429 for one child more than a day allows. A child that was opened today already costs nothing, nor does
    one that is open in an emergency, for that is told and reviewed by itself.
    """
    if actor.person_id is None or child_id in actor.opened:
        return
    today = today_in(actor, organisation_id)
    where = {"person_id": actor.person_id, "organisation_id": organisation_id, "day": today}
    rows = OpenedRecord.objects.filter(**where)
    if rows.filter(child_id=child_id).exists():
        return
    budget, before = budget_of(actor.roles), rows.count()
    told = ManyOpened.objects.filter(**where).first() if before >= budget.told else None
    if before >= (told.allowed if told else budget.most):
        _tell(actor, organisation_id, today, before, stopped=True)
        record_refusal(actor, OPENED, "child", child_id, "volume.stopped")
        raise ProblemError(_too_many(before))
    try:
        with transaction.atomic():
            OpenedRecord.objects.create(**where, child_id=child_id)
    except IntegrityError:
        return  # another page of the same record, at the same moment
    if before >= budget.told:
        _tell(actor, organisation_id, today, before + 1, stopped=False)


def _tell(actor: Actor, organisation_id: UUID, day: date, records: int, *, stopped: bool) -> None:
    """One row for the day. Once it is stopped it waits for a review anew, whatever was said of it before."""
    where = {"person_id": actor.person_id, "organisation_id": organisation_id, "day": day}
    rows, budget = ManyOpened.objects.filter(**where), budget_of(actor.roles)
    anew = {"stopped": True, "verdict": "", "reviewed_by": None, "reviewed_at": None}
    if stopped and rows.filter(stopped=False).update(records=records, **anew):
        return
    if rows.update(records=records):
        return
    known = {"records": records, "usual": budget.told, "allowed": budget.most, "stopped": stopped}
    try:
        with transaction.atomic():
            ManyOpened.objects.create(**where, **known, told_at=timezone.now())
            detail = {"records": records}
            record(actor, OPENED, "person", actor.person_id or "", organisation_id=organisation_id, detail=detail)
    except IntegrityError:
        rows.update(records=records)


def _too_many(records: int) -> Problem:
    return Problem(
        "volume.stopped",
        "You have opened {records} children's records today, and that is the most that an account may in a day.",
        "Ask a focal point to look at it; the record opens again when the reason is clear, or tomorrow.",
        params={"records": records},
        status=429,
    )


def volumes(actor: Actor) -> list[VolumeRow]:
    """For the first page of whoever reviews: what nobody has reviewed yet."""
    return [_row(actor, row) for row in _within(actor).filter(verdict="").order_by("told_at")]


def volumes_to_review(actor: Actor) -> list[VolumeRow]:
    """For the page of the review: also what was reviewed lately."""
    guard(actor, REVIEW)
    since = timezone.now() - SHOWN_FOR
    done = _within(actor).filter(reviewed_at__gt=since).order_by("-reviewed_at")
    return [*volumes(actor), *(_row(actor, row) for row in done)]


def review_volume(actor: Actor, key: UUID, verdict: str) -> None:
    """By a second person; once."""
    row = _within(actor).filter(pk=key, verdict="").first()
    if row is None or verdict not in VERDICTS:
        raise NotVisible("review")
    verb, what, place = "review_volume", ("person", row.person_id), row.organisation_id
    done = review(actor, verb, what, row.person_id, verdict, place)
    if row.stopped and verdict == "justified":  # as many again; then somebody looks once more
        done |= {"stopped": False, "allowed": F("allowed") + row.usual}
    with transaction.atomic():
        if not ManyOpened.objects.filter(pk=key, verdict="", stopped=row.stopped).update(**done):
            raise reviewed_already()
        record(actor, verb, *what, organisation_id=place, detail={"verdict": verdict, "records": row.records})


def forget_opened() -> None:
    """Daily: who opened what stands in the trace; what was counted is needed for the day alone."""
    OpenedRecord.objects.filter(day__lt=timezone.now().date() - KEPT).delete()


def _within(actor: Actor) -> QuerySet[ManyOpened]:
    return ManyOpened.objects.filter(organisation_id__in=places_to_review(actor)).select_related(
        "person", "reviewed_by"
    )


def _row(actor: Actor, row: ManyOpened) -> VolumeRow:
    return VolumeRow(
        row.pk,
        str(row.person),
        row.person_id,
        row.day,
        row.records,
        row.usual,
        row.stopped,
        row.verdict,
        str(row.reviewed_by or ""),
        row.person_id == actor.person_id,
    )
