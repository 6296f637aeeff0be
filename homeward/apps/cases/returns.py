"""Returns as episodes, when the child left again, and the day of return on the record kept in step with the latest."""

from __future__ import annotations

from datetime import date

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.audit.services import record
from homeward.apps.cases.models import Child, Population, Return, ReturnBasis
from homeward.domain.problems import Problem, ProblemError, Where


def first_return(child: Child, today: date) -> None:
    """In the caller's transaction: a return of which only the day was recorded, before another one is added."""
    if child.return_date is not None and not Return.objects.filter(child=child, struck_on=None).exists():
        Return.objects.create(
            child=child,
            number=1,
            returned_on=child.return_date,
            basis=child.return_date_basis,
            told_on=min(child.return_date, today),
        )


def give_way(child: Child, day: date) -> bool:
    """In the caller's transaction, before details of this return are added: a row that says nothing but the day makes
    place for them. False where somebody has said more.
    """
    for row in Return.objects.filter(child=child, returned_on=day, struck_on=None):
        if row.left_on is not None or row.from_country or row.months_away is not None or row.born_abroad is not None:
            return False
        if {row.kind, row.came_with, row.notice, row.family_traced, row.said_by} != {"unknown"}:
            return False
        row.delete()
    return True


def keep_in_step(child: Child) -> None:
    """Numbers follow the days, and the record holds the day of the latest, and how it is known. An episode whose day
    nobody knows keeps its place by when it was recorded, and leaves the day that the record has.
    """
    rows = list(Return.objects.filter(child=child, struck_on=None))
    rows.sort(key=lambda row: (row.returned_on or row.told_on, row.recorded_at))
    for number, row in enumerate(rows, 1):
        if row.number != number:
            Return.objects.filter(pk=row.pk).update(number=number)
    if rows and rows[-1].returned_on is not None:
        latest = {"return_date": rows[-1].returned_on, "return_date_basis": rows[-1].basis}
        if latest != {name: getattr(child, name) for name in latest}:
            Child.objects.filter(pk=child.pk).update(**latest)
            child.return_date, child.return_date_basis = rows[-1].returned_on, rows[-1].basis


def follow(child: Child, before: date | None) -> None:
    """In the caller's transaction: the day was corrected on the record itself."""
    if before is not None and child.return_date is not None and before != child.return_date:
        rows = Return.objects.filter(child=child, returned_on=before, struck_on=None)
        if rows.update(returned_on=child.return_date, basis=child.return_date_basis):
            keep_in_step(child)


def last_return(child: Child) -> Return | None:
    """The episode that runs, or ran last."""
    return Return.objects.filter(child=child, struck_on=None).order_by("number").last()


def end_episode(actor: Actor, child: Child, day: date) -> None:
    """In the caller's transaction, with the child held: it left again on this day. Said again with another day it is
    corrected, with the same day nothing changes. A peer of the host community has no episode to end.
    """
    today = today_in(actor, child.organisation_id)
    if child.population != Population.RETURNEE:
        return
    first_return(child, today)
    row = last_return(child)
    if row is None:
        row = Return.objects.create(child=child, number=1, basis=ReturnBasis.UNKNOWN, told_on=today)
    if day > today:
        raise _wrong("record.future", "This day is in the future.", "Correct the date.")
    if row.returned_on is not None and day < row.returned_on:
        raise _wrong("record.left_before", "This day lies before the return.", "Correct one of both.")
    if row.left_on != day:
        Return.objects.filter(pk=row.pk).update(left_on=day)
        place, detail = child.organisation_id, {"topic": "returns"}
        record(actor, "add_to_record", "child", child.pk, organisation_id=place, detail=detail)


def _wrong(code: str, message: str, action: str) -> ProblemError:
    return ProblemError(Problem(code, message, action, Where(field="left_on")))
