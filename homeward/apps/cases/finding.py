"""A child by its name: within one's caseload, for whoever may see names, written down, and not without end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.vault import ErasedError, prefetch
from homeward.apps.audit.queries import how_often
from homeward.apps.audit.services import record, record_look
from homeward.apps.cases.models import Child, NameMark
from homeward.apps.cases.names import SOUND, SPELLING, in_sound, marks_for, readings_of
from homeward.apps.cases.queries import ChildRow, child_row
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.cases.sealing import name_of, other_names_by_child
from homeward.domain.likeness import all_heard
from homeward.domain.problems import Problem, ProblemError, Where

SEE = "names.see"
VERB = "find_by_name"
AN_HOUR, MOST_AN_HOUR = timedelta(hours=1), 120
MOST_SHOWN = 50
MOST_PARTS = 4
AT_ONCE = 125  # opened before it is asked whether these are enough: most common names end here


@dataclass(frozen=True, slots=True)
class FoundByName:
    rows: tuple[ChildRow, ...]
    exact: bool  # else they only sound like it
    more: bool = False  # than are shown


def may_find_by_name(actor: Actor) -> bool:
    return bool(permit(actor, SEE))


def find_by_name(actor: Actor, text: str) -> FoundByName:
    """Children whose name has every part of this one; where there are none, those that sound like it. By code."""
    permit(actor, SEE).require()
    require_patience(actor)
    ways = [parts[:MOST_PARTS] for parts in readings_of(text)]
    found, exact = _read_as(actor, SPELLING, ways), True
    if not found:
        found, exact = _read_as(actor, SOUND, [in_sound(parts) for parts in ways]), False
    whose = actor.person_id or ""
    record(actor, VERB, "person", whose, detail={"found": len(found), "exact": exact})  # never what was typed
    shown = Child.objects.select_related("team", "place").filter(pk__in=found[:MOST_SHOWN]).order_by("code")
    rows = tuple(child_row(child, actor.today()) for child in shown)
    return FoundByName(rows, exact, more=len(found) > MOST_SHOWN)


def found_again(actor: Actor, codes: Sequence[str]) -> tuple[ChildRow, ...]:
    """Rows of a search, on the page that follows it; as far as they are within reach. Written down as a list is."""
    shown = children_visible_to(actor, SEE).select_related("team", "place").filter(code__in=codes).order_by("code")
    rows = tuple(child_row(child, actor.today()) for child in shown)
    record_look(actor, "children.see", "children", detail={"rows": len(rows)})
    return rows


def require_patience(actor: Actor) -> None:
    """Who types one name after another reads a list that nobody would give out."""
    if how_often(VERB, "person", str(actor.person_id), since=timezone.now() - AN_HOUR) < MOST_AN_HOUR:
        return
    record(actor, VERB, "person", actor.person_id or "", allowed=False)
    message = "You have looked for {most} names within the hour."
    problem = Problem(
        "children.too_many_searches", message, "Go on later, or use codes.", Where(), {"most": MOST_AN_HOUR}, status=429
    )
    raise ProblemError(problem)


def _read_as(actor: Actor, kind: int, ways: Sequence[Sequence[str]]) -> list[UUID]:
    """Children who have the name in any of these readings."""
    return sorted({key for wanted in ways for key in _having(actor, kind, wanted)})


def _having(actor: Actor, kind: int, wanted: Sequence[str]) -> list[UUID]:
    """Marks say who may have them; the opened name decides. One more than are shown."""
    asked: Callable[[Sequence[str]], Iterable[str]] = set if kind == SPELLING else in_sound
    marked = _marked(actor, kind, wanted)
    found: list[UUID] = []
    for start in range(0, len(marked), AT_ONCE):
        here = children_visible_to(actor, SEE).filter(pk__in=marked[start : start + AT_ONCE])
        rows = list(here.order_by().only("id", "name"))  # in order, SQLite walks through all children instead
        prefetch(child.pk for child in rows)
        others = other_names_by_child([child.pk for child in rows])
        found += [
            row.pk for row in rows if all_heard(wanted, _all_of(names_opened(row, others.get(row.pk, ())), asked))
        ]
        if len(found) > MOST_SHOWN:
            break
    return found


def _all_of(names: Sequence[str], asked: Callable[[Sequence[str]], Iterable[str]]) -> set[str]:
    """Of all names of the child: somebody may give one with the family name in the other script."""
    return {each for name in names for parts in readings_of(name) for each in asked(parts)}


def names_opened(child: Child, others: tuple[str, ...]) -> tuple[str, ...]:
    """The first name, and those beside it."""
    try:
        return (name_of(child), *others)
    except ErasedError:
        return ()


def _marked(actor: Actor, kind: int, wanted: Sequence[str]) -> list[UUID]:
    """Children with a mark of each part. Read from the index alone and met here: as one statement with the children
    the database would rather walk through all of them.
    """
    found: set[UUID] = set()
    for organisation_id in {grant.organisation_id for grant, _ in actor.grants_for(SEE)}:
        here = NameMark.objects.filter(organisation_id=organisation_id)
        each = [
            set(here.filter(mark__in=marks_for(organisation_id, kind, text)).values_list("child_id", flat=True))
            for text in wanted
        ]
        found |= set.intersection(*each) if each else set()
    return sorted(found)
