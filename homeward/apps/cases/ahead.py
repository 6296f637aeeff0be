"""What comes by itself within thirty days, of one child and of a caseload; see `homeward/domain/ahead.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.vault import prefetch
from homeward.apps.audit.services import record_look
from homeward.apps.cases.consent_models import MARKS
from homeward.apps.cases.consent_rules import rules
from homeward.apps.cases.consents import entries_of, entries_of_each, round_began
from homeward.apps.cases.models import Child, ConsentEntry, Population, Status
from homeward.apps.cases.protocols import Schedules
from homeward.apps.cases.queries import ChildDetail, ChildRow, child_row, current_band
from homeward.apps.cases.same_child import stays_of_merged
from homeward.apps.cases.scope import assigned_to, children_visible_to, permit_for, without_deaths
from homeward.domain.ages import BAND_CODES
from homeward.domain.ahead import WATCHED, WITHIN, Kind, Mark, asked_besides, marks, turning, turns
from homeward.domain.consent import CHILD, Ask, Reply, Who, to_ask
from homeward.domain.rounds import rounds_of

SEE, RECORD = "consents.see", "consents.record"


@dataclass(frozen=True, slots=True)
class ChildMarks:
    child: ChildRow
    marks: tuple[Mark, ...]  # at least one, in the order of their days


@dataclass(frozen=True, slots=True)
class Ahead:
    """Of one child, for each page that says it: what comes, and who is to be asked now beside what the marks name."""

    marks: tuple[Mark, ...] = ()
    asks: tuple[Ask, ...] = ()


def ahead_of(actor: Actor, child: ChildDetail) -> Ahead:
    """The page has written down that it was looked at. Without agreements to whoever may not see them."""
    row = Child.objects.get(pk=child.row.id)
    if row.status != Status.OPEN or row.identity_ended_on is not None:
        return Ahead()
    today, place = today_in(actor, child.organisation_id), child.organisation_id
    band = current_band(row, today)
    if not permit_for(actor, SEE, row.pk, organisation_id=place, team_id=child.team_id):
        birthday = turning(row.age_changes_on, row.age_band, band, today)
        return Ahead((*birthday, *turns(row.age_band, row.age_changes_on, today)))
    found = _marks([row], today).get(row.pk, ())
    asks = to_ask(entries_of(row.pk), band, today, rules(), round_began(row, today))
    return Ahead(found, asked_besides(asks, found))


def marks_of(actor: Actor, child: ChildDetail) -> tuple[Mark, ...]:
    return ahead_of(actor, child).marks


def marks_ahead(actor: Actor) -> tuple[ChildMarks, ...]:
    """Of the own caseload, or of a supervisor's team: birthdays and agreements that end, the nearest first. A round
    alone puts no child here: *Today* has its day, and the interview asks. Written down where there are any.
    """
    children = children_visible_to(actor, RECORD).filter(status=Status.OPEN, identity_ended_on=None)
    if "supervisor" not in actor.roles:
        children = children.filter(assigned_to(actor))
    today = actor.today()
    some = list(without_deaths(children).filter(_perhaps(today)).order_by().select_related("team", "place"))
    by_child = _marks(some, today)
    found = [
        ChildMarks(child_row(each, today), kept)
        for each in some
        if (kept := tuple(mark for mark in by_child.get(each.pk, ()) if mark.kind is not Kind.ROUND))
    ]
    if found:
        record_look(actor, SEE, "marks", detail={"rows": len(found)})
    return tuple(sorted(found, key=lambda each: (each.marks[0].day, each.child.code)))


def _perhaps(today: date) -> Q:
    """Children of whom something may come: more than there are, and none that is missing. Who agreed last for longer
    than the thirty days, in this age group, to all that is asked, needs no second look.
    """
    last, told = today + WITHIN, rules()
    mine = ConsentEntry.objects.filter(child=OuterRef("pk"))
    # A band that has passed and nobody has written down yet; two records of one child; a stand-in; an interview undone.
    wanted = Q(age_changes_on__lte=last) | Q(pk__in=list(stays_of_merged().values()))
    wanted |= Q(Exists(mine.exclude(without_caregiver=""))) | Q(Exists(mine.filter(answer__in=MARKS)))
    old = ~Q(band=F("child__age_band")) | Q(valid_until__lte=last)
    later = {name: OuterRef(name) for name in ("child", "purpose", "who")} | {"day__gt": OuterRef("day")}
    good = ConsentEntry.objects.filter(answer=Reply.AGREES, day__lte=today, **later).exclude(old)
    ends = mine.filter(old, ~Exists(good), answer=Reply.AGREES)
    for purpose in WATCHED:
        for voice in {voice for band in BAND_CODES for voice in told.needed(purpose, band)}:
            bands = [band for band in BAND_CODES if voice in told.needed(purpose, band)]
            who = Who.CHILD if voice == CHILD else Who.CAREGIVER
            wanted |= Q(age_band__in=bands) & Q(Exists(ends.filter(purpose=purpose, who=who)))
    return wanted


def _marks(children: Iterable[Child], today: date) -> dict[UUID, tuple[Mark, ...]]:
    some, schedules = list(children), Schedules()
    entries = entries_of_each([child.pk for child in some]) if some else {}
    prefetch(each.pk for each in some if each.age_changes_on is not None and each.age_changes_on <= today)
    found: dict[UUID, tuple[Mark, ...]] = {}
    for child in some:
        band, begins = current_band(child, today), _round_begins(child, schedules, today)
        birthday = turning(child.age_changes_on, child.age_band, band, today)
        found[child.pk] = (*birthday, *marks(band, child.age_changes_on, entries[child.pk], today, rules(), begins))
    return found


def _round_begins(child: Child, schedules: Schedules, today: date) -> date | None:
    if child.return_date is None or child.population != Population.RETURNEE:
        return None
    rounds = rounds_of(schedules.of(child.organisation_id), child.return_date)
    return next((each.opens for each in rounds if each.opens > today), None)
