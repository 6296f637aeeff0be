"""A supervisor's team: how much work each case worker has, what is late, what waits for a meeting, what to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from homeward.apps.access.actors import Actor, in_force_on, running_on, today_in
from homeward.apps.access.guard import guard
from homeward.apps.access.models import Membership
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Assignment, Status
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.cases.waiting import how_many_approvals
from homeward.apps.monitoring.called import Called, standings
from homeward.apps.monitoring.facts import AT_ONCE
from homeward.apps.monitoring.sample import SEE, Note, drawn_for, mark_read
from homeward.apps.monitoring.staff_notes import StaffNoteRow, notes_for
from homeward.apps.visits.due import due_list
from homeward.apps.visits.waiting import lost_to_decide, shut_visits
from homeward.domain.permissions import Role
from homeward.domain.protocol import State

MOST_CASES = 25  # minimum standard 18 for child protection in humanitarian action, 2019: at most 25 for a case worker


@dataclass(frozen=True, slots=True)
class WorkerRow:
    person_id: UUID
    name: str
    cases: int  # open, assigned today
    late: int  # of them, as *Today* says it
    called: int  # of them, with a meeting that is called for
    overdue: int
    notes: tuple[Note, ...]  # drawn for reading together

    @property
    def too_many(self) -> int:
        """How many cases more than one person can do well."""
        return max(0, self.cases - MOST_CASES)


@dataclass(frozen=True, slots=True)
class TeamPage:
    workers: tuple[WorkerRow, ...]
    children: int  # open, in the team
    alone: int  # of them, assigned to nobody
    called: int
    overdue: int
    staff_notes: tuple[StaffNoteRow, ...]
    approvals: int = 0  # that wait for this supervisor
    lost: int = 0  # children of whom this supervisor decides whether they are lost
    shut: int = 0  # visits that this supervisor may allow


def team_page(actor: Actor) -> TeamPage:
    """The same number of questions whatever the number of children."""
    place = guard(actor, SEE)
    workers = _workers(actor, place)
    rows = children_visible_to(actor, SEE).filter(status=Status.OPEN, organisation_id=place)
    found = standings(actor, rows)
    late = {each.child_id for each in due_list(rows) if each.state is State.LATE}
    theirs = _assigned(actor, place, found)
    notes: dict[UUID, list[Note]] = {}
    for note in drawn_for(actor, place, workers):
        notes.setdefault(note.writer, []).append(note)
    detail = {"rows": len(found)}
    record_look(actor, "children.see", "team", organisation_id=place, detail=detail)
    called = [each for each in found.values() if each is not None]
    return TeamPage(
        tuple(
            _row(key, name, {child: found[child] for child in theirs.get(key, ())}, late, notes.get(key, []))
            for key, name in workers.items()
        ),
        len(found),
        len(found.keys() - {child for some in theirs.values() for child in some}),
        len(called),
        sum(each.overdue for each in called),
        notes_for(actor),
        how_many_approvals(actor),
        len(lost_to_decide(actor)),
        len(shut_visits(actor)),
    )


def read_with_worker(actor: Actor, note_id: UUID, words: str = "") -> None:
    """`words`: to the case worker who wrote the note, and nobody else."""
    place = guard(actor, SEE, what=("submission", note_id))
    mark_read(actor, note_id, _workers(actor, place), place, words)


def _row(
    person_id: UUID, name: str, children: Mapping[UUID, Called | None], late: set[UUID], notes: list[Note]
) -> WorkerRow:
    called = [each for each in children.values() if each is not None]
    overdue = sum(each.overdue for each in called)
    return WorkerRow(person_id, name, len(children), len(late & children.keys()), len(called), overdue, tuple(notes))


def _workers(actor: Actor, organisation_id: UUID) -> dict[UUID, str]:
    """Case workers of the teams that this actor supervises, by their names."""
    teams = [grant.team_id for grant, _ in actor.grants_for(SEE) if grant.organisation_id == organisation_id]
    rows = Membership.objects.filter(
        in_force_on(today_in(actor, organisation_id)),
        organisation_id=organisation_id,
        team__in=[team for team in teams if team is not None],
        role=Role.CASE_WORKER,
        person__is_active=True,
    )
    return dict(rows.order_by("person__display_name", "person_id").values_list("person_id", "person__display_name"))


def _assigned(actor: Actor, organisation_id: UUID, children: Mapping[UUID, object]) -> dict[UUID, set[UUID]]:
    """By person, also where the phone of that person is what the child is assigned to."""
    found: dict[UUID, set[UUID]] = {}
    keys, today = list(children), today_in(actor, organisation_id)
    for start in range(0, len(keys), AT_ONCE):
        rows = Assignment.objects.filter(running_on(today), child__in=keys[start : start + AT_ONCE])
        for child_id, person_id, owner_id in rows.values_list("child_id", "person_id", "device__person_id"):
            who = person_id or owner_id
            if who is not None:
                found.setdefault(who, set()).add(child_id)
    return found
