"""What became of something that was agreed: it came, in part, not yet, on another day, not at all. Words are added; the
newest holds, and how often it was moved stays in sight.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.audit.services import record
from homeward.apps.cases.gaps import Gap, drop_gaps, leave_gap, meet_gap
from homeward.apps.cases.models import Child, Need
from homeward.apps.visits import choices as of
from homeward.apps.visits.models import ActionOutcome, AgreedAction, Visit
from homeward.apps.visits.scope import as_it_stands, moved, one_of, visit_to_change
from homeward.domain.gaps import Source
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.domain.promising import NOT_COMING, THERE, Said, Stands, leaves_gap, may_end, may_move, stands
from homeward.domain.referring import NEEDS

UNSAID = "unsaid"  # in a correction: nothing was said of it at this visit after all
VERBS = {of.Kept.MOVED: "move_promise", of.Kept.NOT_COMING: "end_promise"}


@dataclass(frozen=True, slots=True)
class Became:
    kept: str
    new_day: date | None = None  # where it is moved
    because: str = ""  # why it is moved, or does not come
    told: str = ""  # who told the family that it does not come
    need: str = ""  # what is missing then, where a service was to give it


def became(given: str | Became) -> Became:
    return given if isinstance(given, Became) else Became(given)


def said_of(rows: Iterable[ActionOutcome]) -> list[Said]:
    """Of one action, in the order in which it was said."""
    return [Said(row.kept, row.new_day) for row in rows if row.struck_at is None]


def outcomes_of(action_ids: Iterable[UUID]) -> dict[UUID, list[ActionOutcome]]:
    """Those that count, the oldest first; who may see what is the caller's matter."""
    found: dict[UUID, list[ActionOutcome]] = {key: [] for key in action_ids}
    rows = ActionOutcome.objects.filter(action__in=list(found), struck_at=None)
    for row in rows.select_related("noted_by").order_by("on", "noted_at"):
        found[row.action_id].append(row)
    return found


def outcomes_noted_at(visit: Visit) -> list[ActionOutcome]:
    """What was said at the recording of this visit, and counts."""
    rows = ActionOutcome.objects.filter(visit=visit, struck_at=None).select_related("action")
    return list(rows.order_by("noted_at"))


def settle_action(actor: Actor, visit_id: UUID, action_id: UUID, kept: str | Became) -> None:
    """Between two visits, on the page of one that is planned or was held."""
    visit, given = visit_to_change(actor, visit_id), became(kept)
    day = today_in(actor, visit.child.organisation_id)
    with transaction.atomic():
        visit = as_it_stands(visit)
        row = AgreedAction.objects.filter(child=visit.child, pk=action_id, struck_at=None).first()
        if row is None:
            raise ProblemError(moved())
        note_outcome(actor, visit.child, row, given, day)
        place, verb = visit.child.organisation_id, VERBS.get(of.Kept(given.kept), "hold_visit")
        record(actor, verb, "agreed_action", row.pk, organisation_id=place, child_id=visit.child_id)


def check_outcome(agreed: AgreedAction, now: Stands, given: Became, on: date) -> None:
    one_of(given.kept, of.Kept.values, "kept")
    if given.kept == of.Kept.MOVED:
        may_move(now, given.new_day, on).require()
        one_of(given.because, of.MovedReason.values, "because")
    elif given.kept == of.Kept.NOT_COMING:
        may_end(now).require()
        one_of(given.because, of.NotComing.values, "because")
        one_of(given.told, of.ToldBy.values, "told")
        if leaves_gap(agreed.who) and given.need not in Need.values:
            message, action = "It is not said what the child lacks now.", "Choose what comes closest."
            raise ProblemError(Problem("promise.need", message, action, Where(field="need")))


def note_outcome(
    actor: Actor,
    child: Child,
    action: AgreedAction,
    given: Became,
    on: date,
    visit: Visit | None = None,
    at: datetime | None = None,
) -> None:
    """In the caller's transaction, with the child held. `visit`: at whose recording it is said; `at`: when it was said
    first, of a word that is corrected.
    """
    at = at or timezone.now()
    known = [row for row in outcomes_of([action.pk])[action.pk] if (row.on, row.noted_at) < (on, at)]
    check_outcome(action, stands(action.by_when, said_of(known), on), given, on)
    is_move, ends = given.kept == of.Kept.MOVED, given.kept == of.Kept.NOT_COMING
    ActionOutcome.objects.create(
        action=action,
        kept=given.kept,
        on=on,
        new_day=given.new_day if is_move else None,
        because=given.because if is_move or ends else "",
        told=given.told if ends else "",
        visit=visit,
        need=given.need if ends and leaves_gap(action.who) else "",
        noted_by_id=actor.person_id,
        noted_at=at,
    )
    let_gap_follow(action)


def strike_outcomes(rows: Iterable[ActionOutcome]) -> None:
    """In the caller's transaction: they count no more, and a gap that they alone had left is gone."""
    struck = list(rows)
    now = timezone.now()
    for row in struck:
        row.struck_at = now
        row.save(update_fields=["struck_at"])
    for action in {row.action_id: row.action for row in struck}.values():
        let_gap_follow(action)


def strike_actions(rows: Iterable[AgreedAction]) -> None:
    """In the caller's transaction: they were never agreed, and what was said of them counts no more."""
    for row in rows:
        row.struck_at = timezone.now()
        row.save(update_fields=["struck_at"])
        strike_outcomes(ActionOutcome.objects.filter(action=row, struck_at=None).select_related("action"))


def let_gap_follow(action: AgreedAction) -> None:
    """In the caller's transaction. A gap is there while the newest word is that nothing comes, from the day on which
    that was said first; what came after it meets the need. Any other word, or that the family does it, takes it away.
    """
    rows = outcomes_of([action.pk])[action.pk]
    came = list(takewhile(lambda row: row.kept in THERE, reversed(rows)))
    ends = list(takewhile(lambda row: row.kept == NOT_COMING, reversed(rows[: len(rows) - len(came)])))
    if not ends or not ends[0].need or not leaves_gap(action.who):
        drop_gaps(Source.PROMISE, action.pk)
        return
    left, since = ends[0], ends[-1].on
    sector = NEEDS[left.need][1]
    drop_gaps(Source.PROMISE, action.pk, but=[sector])
    leave_gap(action.child, Gap(Source.PROMISE, action.pk, sector, left.because, since, left.need), since)
    if came:
        meet_gap(Source.PROMISE, action.pk, came[-1].on)
