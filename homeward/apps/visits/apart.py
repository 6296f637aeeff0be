"""Children who are still to be asked apart: others listened to the interview of the round that is open, or at a visit
the child could not be spoken with alone. It follows from what was recorded, and ends with it; nothing is stored of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from homeward.apps.access.actors import Actor
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Child
from homeward.apps.cases.protocols import Schedules
from homeward.apps.cases.same_child import records_of_each, stays_of_merged
from homeward.apps.surveys.models import Submission
from homeward.apps.surveys.scope import HELD
from homeward.apps.visits import choices as of
from homeward.apps.visits.agreed import caseload_to_visit
from homeward.apps.visits.clock import IN_PRIVATE, LISTENED, ROUND_FAMILY, clocks, with_a_clock
from homeward.apps.visits.models import Visit, VisitVoice
from homeward.apps.visits.today import children_to_see
from homeward.domain.protocol import SELF, Point, follow_up
from homeward.domain.rounds import RoundRule

ALONE = (of.Alone.YES, of.Alone.IN_SIGHT)


@dataclass(frozen=True, slots=True)
class ToAskApart:
    """`rule`: of the round to whose interview others listened; None where it was a visit. `titles`: of the form of that
    interview, by language, where one of that day is still here.
    """

    child_id: UUID
    code: str
    on: date
    rule: RoundRule | None = None
    titles: Mapping[str, str] | None = None


def to_ask_apart(actor: Actor) -> tuple[ToAskApart, ...]:
    """Of the own caseload, or of a supervisor's team; of each child one, and who waits longest first."""
    found = apart_by_child(actor)
    if found:
        record_look(actor, "children.see", "due", detail={"rows": len(found)})
    return tuple(sorted(found.values(), key=lambda each: (each.on, each.code)))


def apart_by_child(actor: Actor) -> dict[UUID, ToAskApart]:
    """For a list that is a look itself."""
    found = {each.child_id: each for each in _at_visits(caseload_to_visit(actor))}
    return found | {each.child_id: each for each in _at_rounds(children_to_see(actor))}


def _at_rounds(children: QuerySet[Child]) -> Iterator[ToAskApart]:
    """While the round is open and its clock runs. An interview with nobody listening, on any day of it, ends it."""
    clocked, twins = with_a_clock(children), stays_of_merged()
    keys = set(_overheard(Q(child__in=clocked.values("pk"))))
    if twins:  # asked apart from the others: one question for both would read every interview of the house
        keys |= {twins[key] for key in _overheard(Q(child__in=list(twins)))}
    few, schedules = list(keys), Schedules()
    found = []
    for row in clocks(clocked.filter(pk__in=few), newest=False, few=few) if few else ():
        clock = follow_up(schedules.of(row.organisation_id), row.facts, row.day)
        point = clock.current
        if point is not None and clock.paused_since is None and (day := listened_on(point)) is not None:
            found.append(ToAskApart(row.child_id, row.code, day, point.round.rule))
    titles = _titles(found)
    yield from (replace(each, titles=titles.get(each.child_id)) for each in found)


def _titles(found: Sequence[ToAskApart]) -> Mapping[UUID, Mapping[str, str]]:
    """Of the first interview of that day to which others listened: the same two questions for one child and for all."""
    if not found:
        return {}
    whose = {key: each for each, keys in records_of_each(each.child_id for each in found).items() for key in keys}
    wanted = {each.child_id: each.on for each in found}
    rows = Submission.objects.filter(
        child__in=list(whose), state__in=HELD, respondent__in=SELF, form_version__family=ROUND_FAMILY
    )
    rows = rows.filter(interviewed_on__in=set(wanted.values())).annotate(in_private=IN_PRIVATE)
    named: dict[UUID, Mapping[str, str]] = {}
    of_each = rows.filter(in_private=LISTENED).order_by("received_at")
    for child_id, day, titles in of_each.values_list("child_id", "interviewed_on", "form_version__titles"):
        if child_id is not None and wanted[whose[child_id]] == day:
            named.setdefault(whose[child_id], titles)
    return named


def _overheard(among: Q) -> Iterator[UUID]:
    """Children of whom an interview of some round was heard by others."""
    rows = Submission.objects.filter(
        among, state__in=HELD, respondent__in=SELF, form_version__family=ROUND_FAMILY, child__isnull=False
    )
    listened = rows.annotate(in_private=IN_PRIVATE).filter(in_private=LISTENED).order_by()
    yield from (key for key in listened.values_list("child_id", flat=True).distinct() if key is not None)


def listened_on(point: Point) -> date | None:
    """The first day on which the child answered at this round, where others listened each time."""
    return next((day for name, day in point.answered if name in SELF and name in point.overheard), None)


def _at_visits(children: QuerySet[Child]) -> Iterator[ToAskApart]:
    """Until a visit at which the child was spoken with alone, or an interview with nobody listening. Who goes in the
    place of a case worker speaks with no child alone, and none is missed there.
    """
    held = Visit.objects.filter(held_on__isnull=False, taken_back="").exclude(went__in=of.IN_STEAD)
    unasked = VisitVoice.objects.filter(
        visit=OuterRef("pk"), respondent=of.Voice.CHILD, skipped=of.Skipped.NOT_ALONE, submission=None
    )
    after = Q(held_on__gt=OuterRef("held_on")) | Q(held_on=OuterRef("held_on"), closed_at__gt=OuterRef("closed_at"))
    since = held.filter(after, child=OuterRef("child"), alone__in=ALONE)
    asked = Submission.objects.filter(
        child=OuterRef("child"), state__in=HELD, respondent__in=SELF, interviewed_on__gte=OuterRef("held_on")
    )
    apart = asked.annotate(in_private=IN_PRIVATE).filter(in_private="yes")
    rows = held.filter(Q(alone=of.Alone.NO) | Exists(unasked), child__in=children.values("pk"))
    rows = rows.filter(~Exists(since), ~Exists(apart)).order_by("held_on")
    for child_id, code, day in rows.values_list("child_id", "child__code", "held_on"):
        if day is not None:
            yield ToAskApart(child_id, code, day)
