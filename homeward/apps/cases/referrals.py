"""Reading referrals: of a child, of whoever is waiting for an answer, and as events for the child's timeline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from homeward.apps.access.actors import Actor, permit, today_in
from homeward.apps.access.vault import prefetch
from homeward.apps.access.visibility import NotVisible
from homeward.apps.access.volume import look_at_record
from homeward.apps.audit.services import record_look
from homeward.apps.cases.gaps import district_of
from homeward.apps.cases.models import Child, Referral, Relation, Status
from homeward.apps.cases.queries import current_band
from homeward.apps.cases.referring import MAKE, SEE
from homeward.apps.cases.scope import about_children_visible_to, permit_for, without_deaths
from homeward.apps.cases.sealing import child_words_of
from homeward.apps.cases.sharing import handing_out, referred_to
from homeward.domain.mending import CORRECT, KNOWN, may_correct, that_hold
from homeward.domain.problems import Decision
from homeward.domain.referring import (
    WAITING,
    Standing,
    Step,
    Taken,
    is_failure,
    is_need_open,
    is_overdue,
    offered_steps,
)
from homeward.domain.sharing import WORDS
from homeward.domain.written import as_written

MOST = 300


ANSWERS = (Step.ACCEPT, Step.DECLINE, Step.NO_ANSWER, Step.RECEIVE)  # of those to whom it went


@dataclass(frozen=True, slots=True)
class StepRow:
    step: str
    day: date
    how: str
    reason: str
    who: str
    holds: bool = True  # it was not corrected


@dataclass(frozen=True, slots=True)
class ReferralRow:
    id: UUID
    code: str  # its own, by which it is known outside
    child_code: str
    sector: str
    need: str
    dimension: str
    urgency: str
    to: str  # empty for whoever reads coded things alone
    to_is_ours: bool
    made_on: date
    answer_by: date
    standing: str
    overdue: bool
    is_open: bool
    fields: tuple[str, ...]
    words: str
    steps: tuple[StepRow, ...]  # all that was noted, what was corrected as well
    may_correct: bool
    next_steps: tuple[Step, ...]
    child_says: str
    adult_says: str
    agreed_on: date | None
    service_id: UUID | None = None  # of the list of services

    @property
    def refusal(self) -> StepRow | None:
        """What was said last of it, where it led nowhere with those to whom it went."""
        said = [each for each in self.steps if each.holds and each.step in ANSWERS]
        last = said[-1] if said else None
        return last if last is not None and is_failure(Taken(Step(last.step), last.day, last.how)) else None


@dataclass(frozen=True, slots=True)
class Event:
    """For the child's timeline: a day and codes, no words of anybody."""

    day: date
    kind: str
    codes: tuple[str, ...]
    at: datetime | None = None  # when it was written down, by which those of one day follow each other


@dataclass(frozen=True, slots=True)
class Slip:
    """The least fields of one referral, as the family takes them along."""

    code: str
    made_on: date
    answer_by: date
    values: tuple[tuple[str, str], ...]  # field, coded value or name of a district
    words: str


@dataclass(frozen=True, slots=True)
class Waiting:
    waiting: int
    overdue: int
    codes: tuple[str, ...]  # of children with something overdue, the longest first


def referrals_of(actor: Actor, child_id: UUID) -> list[ReferralRow]:
    """The open ones first, the newest of each on top. The look at the child was written down by its page."""
    rows = _visible(actor).filter(child_id=child_id).order_by("-made_on", "-made_at")
    prefetch([child_id])
    some = list(rows.prefetch_related("steps__person"))
    reads = bool(some) and _reads(actor, some[0].child)
    found = [_row(actor, row, reads=reads) for row in some]
    return sorted(found, key=lambda row: not row.is_open)


def open_referral(actor: Actor, referral_id: UUID) -> tuple[ReferralRow, Decision]:
    """One of them, and whether this actor may say what happened to it. The look is written down first."""
    row = _found(actor, referral_id)
    look_at_record(actor, SEE, row.child_id, row.child.organisation_id)
    return _row(actor, row, reads=_reads(actor, row.child)), _may_make(actor, row.child)


def slip_of(actor: Actor, referral_id: UUID) -> Slip:
    """For whoever may make one, while what was agreed holds: what is handed over leaves the house on this paper."""
    row = _found(actor, referral_id)
    _may_make(actor, row.child).require()
    with handing_out(actor, row.child, "service", referred_to(row)):
        look_at_record(actor, SEE, row.child_id, row.child.organisation_id)
    today = today_in(actor, row.child.organisation_id)
    values = tuple((name, value) for name in row.fields if (value := _value(row, name, today)))
    return Slip(row.code, row.made_on, row.answer_by, values, child_words_of(row) if WORDS in row.fields else "")


def referral_events(actor: Actor, child_id: UUID) -> list[Event]:
    return sorted(_events(actor, child_id), key=as_written)


def referrals_waiting(actor: Actor) -> Waiting:
    """For the first page: how many wait for an answer, and in how many nobody answered in time."""
    if not permit(actor, MAKE):
        return Waiting(0, 0, ())
    rows = _visible(actor, MAKE).filter(standing__in=WAITING, child__status=Status.OPEN).order_by("answer_by")
    rows = without_deaths(rows, "child_id")
    found = list(rows.values_list("answer_by", "standing", "child__code")[:MOST])
    late = [code for day, standing, code in found if is_overdue(standing, day, actor.today())]
    if late:
        record_look(actor, SEE, "due", detail={"rows": len(late)})
    return Waiting(len(found), len(late), tuple(dict.fromkeys(late)))


def _visible(actor: Actor, permission: str = SEE) -> QuerySet[Referral]:
    rows = Referral.objects.filter(about_children_visible_to(actor, permission))
    return rows.select_related("child__place__parent", "service")


def _found(actor: Actor, referral_id: UUID) -> Referral:
    row = _visible(actor).prefetch_related("steps__person").filter(pk=referral_id).first()
    if row is None:
        raise NotVisible("referral")
    return row


def _may_make(actor: Actor, child: Child) -> Decision:
    return permit_for(actor, MAKE, child.pk, organisation_id=child.organisation_id, team_id=child.team_id)


def _reads(actor: Actor, child: Child) -> bool:
    """To whom it went, and what was asked for in whose words."""
    place, team = child.organisation_id, child.team_id
    return bool(permit_for(actor, "names.see", child.pk, organisation_id=place, team_id=team))


def _row(actor: Actor, row: Referral, *, reads: bool) -> ReferralRow:
    child = row.child
    today, standing = today_in(actor, child.organisation_id), Standing(row.standing)
    going_on = child.status == Status.OPEN
    to = referred_to(row) if reads else ""
    return ReferralRow(
        row.pk,
        row.code,
        child.code,
        row.sector,
        row.need,
        row.dimension,
        row.urgency,
        to,
        bool(row.service and row.service.is_ours),
        row.made_on,
        row.answer_by,
        standing,
        is_overdue(standing, row.answer_by, today),
        is_need_open(standing, _received(row)),
        tuple(row.fields),
        child_words_of(row) if reads else "",
        tuple(_steps(row)),
        going_on and bool(may_correct(list(row.steps.all()), agreed=row.agreed_on is not None)),
        offered_steps(standing, _received(row), today, row.answer_by) if going_on else (),
        row.child_says,
        row.adult_says,
        row.agreed_on,
        row.service_id,
    )


def _received(row: Referral) -> str:
    """What the last word about it says; empty where nobody has said anything."""
    return next((each.how for each in reversed(that_hold(row.steps.all())) if each.step == Step.RECEIVE), "")


def _steps(row: Referral) -> Iterator[StepRow]:
    held = {each.pk for each in that_hold(row.steps.all())}
    for each in row.steps.all():
        holds = each.pk in held or each.step in (CORRECT, KNOWN)
        yield StepRow(each.step, each.day, each.how, each.reason, str(each.person or ""), holds)


def _events(actor: Actor, child_id: UUID) -> Iterator[Event]:
    for row in _visible(actor).filter(child_id=child_id).prefetch_related("steps"):
        yield Event(row.made_on, "referral_made", (row.sector, row.need), row.made_at)
        for each in that_hold(row.steps.all()):
            yield Event(each.day, f"referral_{each.step}", (row.sector, each.how or each.reason), each.at)


def _value(row: Referral, name: str, today: date) -> str:
    """As it is today: a slip that is printed again says what is true now."""
    child = row.child
    if name == "caregiver":
        cares = Relation.objects.current().filter(child=child, is_caregiver=True).longest_first().first()
        return cares.kind if cares else ""
    if name == "district":
        district = district_of(child.place)
        return district.name if district else ""
    known = {"need": row.need, "urgency": row.urgency, "sex": child.sex, "language": child.language}
    return current_band(child, today) if name == "age_band" else known.get(name, "")
