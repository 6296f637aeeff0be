"""After a visit: who was seen, what became of what was agreed, what is agreed now, and whether the visit did harm."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in, zone_of
from homeward.apps.audit.services import record
from homeward.apps.cases.gaps import Gap, drop_gaps, leave_gap
from homeward.apps.cases.models import Child
from homeward.apps.surveys.models import Submission
from homeward.apps.visits import choices as of
from homeward.apps.visits.cards import way_problem
from homeward.apps.visits.contacts import note_found, quiet_problem
from homeward.apps.visits.models import AgreedAction, QuietTime, SafeContact, Visit, VisitVoice
from homeward.apps.visits.planning import reached_together, together_with
from homeward.apps.visits.safe_days import refuse_unsafe
from homeward.apps.visits.scope import (
    RECORD,
    as_it_stands,
    day_that_was,
    moved,
    one_of,
    short_enough,
    visit_to_change,
    visits_visible_to,
)
from homeward.apps.visits.sealing import PROMISE, WORDS, seal_for
from homeward.apps.visits.settling import UNSAID, Became, became, note_outcome, settle_action
from homeward.apps.visits.voices import FAMILY, voices_of
from homeward.domain.gaps import AT_A_VISIT, Source
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.domain.sectors import SECTORS
from homeward.domain.visiting import Mode, asks, ways_left

MOST_ACTIONS = 10


@dataclass(frozen=True, slots=True)
class NewAction:
    who: str
    by_when: date
    promise: str


@dataclass(frozen=True, slots=True)
class Held:
    child_seen: bool
    caregiver_seen: bool
    on_track: str
    harm: tuple[str, ...]  # none: no sign of any
    on: date | None = None  # today
    mode: str = ""  # as planned
    alone: str = ""
    harm_done: str = ""
    next_on: date | None = None
    words: str = ""
    went: str = ""  # a kind of person; as planned
    observed: tuple[str, ...] = ()  # what somebody who went in our stead brought back
    kept: Mapping[UUID, str | Became] = field(default_factory=dict)  # what became of what was agreed before
    actions: tuple[NewAction, ...] = ()
    gaps: tuple[tuple[str, str], ...] = ()  # sector, reason


def hold_visit(actor: Actor, visit_id: UUID, held: Held) -> UUID:
    visit = visit_to_change(actor, visit_id)
    if visit.state != "planned":
        raise ProblemError(moved())
    child = visit.child
    day = day_that_was(held.on, today_in(actor, child.organisation_id), "on")
    check_held(held, day, held.went or visit.goes)
    refuse_next(visit, held, today_in(actor, child.organisation_id))
    now = timezone.now()  # before what was agreed there, which follows from it
    made = [new_action(actor, visit, day, each) for each in held.actions]
    with transaction.atomic():
        visit = as_it_stands(visit)
        if visit.state != "planned":
            raise ProblemError(moved())
        refuse_shut(visit, held, day)
        earlier = actions_now(child, held.kept)
        if held.child_seen or held.caregiver_seen:
            note_found(child, day, actor.person_id, visit)
        fill(visit, held, day)
        visit.closed_by_id, visit.closed_at = actor.person_id, now
        visit.save()
        for row in made:
            row.save(force_insert=True)
        for key, kept in held.kept.items():
            note_outcome(actor, child, earlier[key], became(kept), day, visit)
        leave_gaps(visit, held, day)
        record(actor, "hold_visit", "visit", visit.pk, organisation_id=child.organisation_id, child_id=child.pk)
    return visit.pk


def actions_now(child: Child, keys: Collection[UUID]) -> dict[UUID, AgreedAction]:
    """Of this child. Refused where one is struck by now; call it with the child held."""
    rows = {row.pk: row for row in AgreedAction.objects.filter(child=child, pk__in=list(keys), struck_at=None)}
    if any(key not in rows for key in keys):
        raise ProblemError(moved())
    return rows


def leave_gaps(visit: Visit, held: Held, day: date) -> None:
    """As the record says it now: one that it does not name any more was none."""
    drop_gaps(Source.VISIT, visit.pk, but=[sector for sector, _ in held.gaps])
    for sector, reason in held.gaps:
        leave_gap(visit.child, Gap(Source.VISIT, visit.pk, sector, reason), day)


def refuse_shut(visit: Visit, held: Held, day: date) -> None:
    """As an attempt is refused: in a time without contact, or in a way that the card does not allow. Only by what was
    set on an earlier day; nobody knew the rest.
    """
    quiet = QuietTime.objects.filter(child=visit.child_id, lifted_at=None, since__lte=day, until__gte=day)
    known = quiet.filter(set_at__lt=_began(visit, day)).order_by("since").first()
    if known is not None:
        raise ProblemError(quiet_problem(known.since, known.until))
    if (held.mode or visit.mode) in shut_on(visit, day):
        raise ProblemError(way_problem("mode"))


def refuse_next(visit: Visit, held: Held, today: date) -> None:
    """No visit is agreed for a day that the card does not allow."""
    if held.next_on is not None and held.next_on != visit.next_on:
        refuse_unsafe([visit.child_id], held.next_on, today, "next_on")


def shut_on(visit: Visit, day: date) -> dict[str, str]:
    """Ways that the card shut to a visit of this day, as far as anybody knew it then."""
    rows = SafeContact.objects.filter(child=visit.child_id, set_at__lt=_began(visit, day))
    card = rows.order_by("-version").first()
    left = ways_left([card.channels] if card is not None else [])
    return {str(mode): "card" for mode in Mode if left is not None and mode not in left}


def shut_on_day(actor: Actor, visit_id: UUID) -> dict[str, str]:
    """For a page on which a visit is recorded: of the day on which it was, or is to be, but not after today."""
    visit = visit_to_change(actor, visit_id)
    today = today_in(actor, visit.child.organisation_id)
    return shut_on(visit, min(visit.held_on or visit.planned_on, today))


def _began(visit: Visit, day: date) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone_of(visit.child.organisation_id)))


def check_held(held: Held, day: date, went: str, *, corrects: bool = False) -> None:
    one_of(held.mode, of.Ways.values, "mode", empty=True)
    one_of(held.on_track, of.OnTrack.values, "on_track", empty=not asks(went))
    one_of(held.alone, of.Alone.values, "alone", empty=not (held.child_seen and asks(went)))
    if held.child_seen and held.alone == of.Alone.NOT_SEEN and asks(went):
        message, action = "The child was seen, and was not seen.", "Correct one of the two answers."
        raise ProblemError(Problem("visit.seen_alone", message, action, Where(field="alone")))
    for each in held.harm:
        one_of(each, of.Harm.values, "harm")
    one_of(held.harm_done, of.HarmDone.values, "harm_done", empty=not held.harm)
    for kept in held.kept.values():
        one_of(became(kept).kept, [*of.Kept.values, *([UNSAID] if corrects else [])], "kept")
    one_of(held.went, of.Goes.values, "went", empty=True)
    for each in held.observed:
        one_of(each, of.Observed.values, "observed")
    for sector, reason in held.gaps:
        one_of(sector, list(SECTORS), "gap")
        one_of(reason, list(AT_A_VISIT), "gap")
    if held.next_on is not None and held.next_on <= day:
        message, action = "The next visit lies before this one.", "Choose a later day, or leave it empty."
        raise ProblemError(Problem("visit.next_before", message, action, Where(field="next_on")))
    if len(held.actions) > MOST_ACTIONS:
        message, params = "At most {most} things are agreed at one visit.", {"most": MOST_ACTIONS}
        raise ProblemError(Problem("visit.actions", message, "Agree on less: what is much is not kept.", params=params))


def fill(visit: Visit, held: Held, day: date) -> None:
    visit.held_on, visit.held_mode = day, held.mode or visit.mode
    visit.child_seen, visit.caregiver_seen = held.child_seen, held.caregiver_seen
    visit.went = held.went or visit.goes
    asked = asks(visit.went)
    visit.alone = (held.alone if asked else "") if held.child_seen else of.Alone.NOT_SEEN
    visit.on_track, visit.next_on = held.on_track if asked else "", held.next_on
    visit.harm, visit.harm_done = list(dict.fromkeys(held.harm)), held.harm_done if held.harm else ""
    visit.observed = list(dict.fromkeys(held.observed)) if visit.went in of.IN_STEAD else []
    visit.words = seal_for(visit.child_id, visit.pk, WORDS, short_enough(held.words, "words"))


def new_action(actor: Actor, visit: Visit, day: date, given: NewAction) -> AgreedAction:
    text = check_action(given, day)
    row = AgreedAction(
        child_id=visit.child_id,
        visit=visit,
        who=given.who,
        by_when=given.by_when,
        agreed_on=day,
        made_by_id=actor.person_id,
    )
    row.promise = seal_for(visit.child_id, row.pk, PROMISE, text)
    return row


def check_action(given: NewAction, day: date) -> str:
    one_of(given.who, of.Promiser.values, "who")
    text = short_enough(given.promise, "promise")
    if not text:
        message, action = "What was agreed is missing.", "Write it in a few words, or leave the line empty."
        raise ProblemError(Problem("visit.promise", message, action, Where(field="promise")))
    if given.by_when < day:
        message, action = "The day by which it is to be done lies before the visit.", "Correct the day."
        raise ProblemError(Problem("visit.by_when", message, action, Where(field="by_when")))
    return text


def skip_voice(actor: Actor, visit_id: UUID, respondent: str, reason: str) -> None:
    """The four questions were not asked, with why. What was asked meanwhile stands."""
    visit = visit_to_change(actor, visit_id)
    one_of(respondent, of.Voice.values, "respondent")
    one_of(reason, of.Skipped.values, "skipped")
    with transaction.atomic():
        visit = as_it_stands(visit)
        if any(each.respondent == respondent and each.submission_id for each in voices_of(visit)):
            raise ProblemError(moved())
        values = {"skipped": reason, "noted_at": timezone.now()}
        VisitVoice.objects.update_or_create(visit=visit, respondent=respondent, defaults=values)
        place = visit.child.organisation_id
        record(actor, "note_voice", "visit", visit.pk, organisation_id=place, child_id=visit.child_id)


def link_voice(actor: Actor, visit_id: UUID, submission_id: UUID) -> bool:
    """An interview that was begun from the page of the visit. False where it does not fit: it stays an interview."""
    visit = visit_to_change(actor, visit_id)
    rows = Submission.objects.filter(child=visit.child, form_version__family=FAMILY)
    row = rows.filter(pk=submission_id, respondent__in=of.Voice.values).only("id", "respondent").first()
    if row is None or visit.taken_back:
        return False
    with transaction.atomic():
        _link(as_it_stands(visit), row)
        place = visit.child.organisation_id
        record(actor, "note_voice", "visit", visit.pk, organisation_id=place, child_id=visit.child_id)
    return True


def _link(visit: Visit, row: Submission) -> None:
    values = {"submission_id": row.pk, "skipped": "", "noted_at": timezone.now()}
    VisitVoice.objects.update_or_create(visit=visit, respondent=row.respondent, defaults=values)


def next_together(actor: Actor, visit: Visit) -> Visit | None:
    """Of those made in one go, the next that nobody has recorded."""
    if visit.together is None:
        return None
    rows = [row.pk for row in together_with(visit) if row.state == "planned" and row.pk != visit.pk]
    return visits_visible_to(actor).filter(pk__in=rows).select_related("child").order_by("child__code").first()


def recorded_together(actor: Actor, visit: Visit) -> Visit | None:
    """What was typed of the household for the first of them within reach is not typed again."""
    rows = reached_together(actor, visit, RECORD) if visit.together is not None else []
    return next((row for row in rows if row.state == "held"), None)


__all__ = ["Child", "Held", "NewAction", "hold_visit", "link_voice", "settle_action", "skip_voice"]
