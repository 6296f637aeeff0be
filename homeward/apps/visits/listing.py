"""The list of due children at the command line, for whoever runs the house: codes alone, and a look like any other."""

from __future__ import annotations

from datetime import date

from homeward.apps.access.actors import system_actor
from homeward.apps.access.models import Organisation, Team
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Child
from homeward.apps.visits.due import Due, due_list
from homeward.domain.problems import Problem, ProblemError, Where


def list_due(organisation: str, team: str, on: date | None) -> list[tuple[str, ...]]:
    """It is written down before a row is returned."""
    place = _organisation(organisation)
    children = Child.objects.filter(organisation=place)
    if team:
        children = children.filter(team=_team(place, team))
    rows = due_list(children, on)
    detail: dict[str, str | int] = {"rows": len(rows)} | ({"on": on.isoformat()} if on is not None else {})
    record_look(system_actor(place.pk), "list_due", "due", organisation_id=place.pk, detail=detail)
    return [row_of(each) for each in rows]


def row_of(due: Due) -> tuple[str, ...]:
    missing = " ".join(due.missing)
    return due.code, due.kind, due.round, due.due.isoformat(), str(due.state), str(due.days_late), missing


def _organisation(name: str) -> Organisation:
    rows = list(Organisation.objects.filter(name=name) if name else Organisation.objects.order_by("name")[:2])
    if len(rows) != 1:
        known = ", ".join(Organisation.objects.order_by("name").values_list("name", flat=True))
        message, action = (
            "It is not clear which organisation is meant.",
            "Name one of these: {known}.",
        )
        raise ProblemError(
            Problem("due.organisation", message, action, Where(field="--organisation"), {"known": known})
        )
    return rows[0]


def _team(place: Organisation, name: str) -> Team:
    row = Team.objects.filter(organisation=place, name=name).first()
    if row is None:
        known = ", ".join(Team.objects.filter(organisation=place).order_by("name").values_list("name", flat=True))
        message, action = "There is no such team.", "Known are: {known}."
        raise ProblemError(Problem("due.team", message, action, Where(field="--team"), {"known": known}))
    return row
