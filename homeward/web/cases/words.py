"""Coded facts of a child, and of what hangs on it, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from homeward.apps.cases.models import Population, RelationKind, ReturnBasis, Sex, Status
from homeward.apps.cases.queries import ChildRow
from homeward.apps.surveys.edits import CHILDLESS
from homeward.apps.surveys.models import State
from homeward.domain.codes import display_code
from homeward.web.ui.words import colon


def of_child(code: str, said: str) -> str:
    """A message that stands on a page of several children says of whom it is."""
    return f"{display_code(code)}{colon()}{said}"


def relation_label(kind: str) -> str:
    return str(RelationKind(kind).label)


def state_label(state: str, problems: Iterable[Mapping[str, Any]]) -> str:
    """An edit waits with those that match no child, but its child may well be known."""
    if state == State.UNMATCHED and CHILDLESS.isdisjoint(problem["code"] for problem in problems):
        return _("Waits for a person")
    return str(State(state).label)


def returned_words(row: ChildRow) -> str:
    """The day of the return, and how sure it is."""
    if row.return_date is None:
        return _("not known") if row.population == Population.RETURNEE else ""
    day = date_format(row.return_date, "DATE_FORMAT")
    return _("%(day)s (estimated)") % {"day": day} if row.return_date_basis == ReturnBasis.ESTIMATED else day


def headline(row: ChildRow) -> str:
    """What is said under the code, without a name; the band reads from left to right in every script."""
    parts = [f"\u2066{row.age_band}\u2069", str(Sex(row.sex).label), str(Population(row.population).label)]
    if row.return_date:
        parts.append(_("returned %(day)s") % {"day": returned_words(row)})
    if row.place:
        parts.append(row.place)
    if row.status != Status.OPEN:
        parts.append(str(Status(row.status).label))
    return " · ".join(parts)
