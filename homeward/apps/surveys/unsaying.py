"""What interviews have said in the ledger of agreements, once it turns out that they do not hold: about another child,
or set aside. Nothing is taken out of the ledger; a mark stands beside it, by the interview that said it.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.prepared import filled
from homeward.apps.audit.ids import time_ordered_id
from homeward.apps.cases.consent_models import Answer
from homeward.apps.cases.consenting import count_again
from homeward.apps.cases.models import ConsentEntry
from homeward.apps.cases.services import hold_child
from homeward.apps.surveys import versions
from homeward.apps.surveys.models import State, Submission
from homeward.domain.consent import MONITORING, Source, Who


def unsay(actor: Actor, child_id: UUID, rows: Iterable[Submission]) -> None:
    """In the transaction that gives the interview to another child: whatever any version of it had said of this one."""
    _mark(actor, child_id, [row for row in rows if row.child_id == child_id], Answer.MISTAKEN)


def set_aside_too(actor: Actor, row: Submission) -> None:
    """In the transaction that sets the interview aside: its yes goes with it, and that of the versions that it had
    replaced. A no stays: nobody is asked again because a paper was put away.
    """
    if row.child_id is not None:
        gone = [each for each in versions.line(row.root_id) if each.pk == row.pk or each.state == State.SUPERSEDED]
        _mark(actor, row.child_id, gone, Answer.SET_ASIDE)


def take_up_again(actor: Actor, row: Submission) -> None:
    """In the transaction that undoes it."""
    if row.child_id is not None:
        _mark(actor, row.child_id, versions.line(row.root_id), Answer.STANDS)


def _mark(actor: Actor, child_id: UUID, rows: list[Submission], mark: Answer) -> None:
    hold_child(child_id)
    said = ConsentEntry.objects.filter(child=child_id, source=Source.INTERVIEW, source_id__in=[row.pk for row in rows])
    now: dict[UUID | None, ConsentEntry] = {row.source_id: row for row in said.order_by("recorded_at", "pk")}
    changed = [row for row in now.values() if _changes(row, mark)]
    ConsentEntry.objects.bulk_create([_marked(row, mark) for row in changed])
    if changed and rows:
        count_again(child_id, today_in(actor, rows[0].organisation_id))


def _changes(last: ConsentEntry, mark: Answer) -> bool:
    if mark is Answer.STANDS:
        return last.answer == Answer.SET_ASIDE
    return last.answer not in (mark, Answer.MISTAKEN)


def _marked(said: ConsentEntry, mark: Answer) -> ConsentEntry:
    return filled(
        ConsentEntry,
        id=time_ordered_id(),
        child_id=said.child_id,
        who=Who.CASE_WORKER,
        answer=mark,
        purpose=MONITORING,
        day=said.day,
        band=said.band,
        source=Source.INTERVIEW,
        source_id=said.source_id,
        recorded_at=timezone.now(),
    )
