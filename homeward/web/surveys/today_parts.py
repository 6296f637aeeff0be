"""What *Today* shows below the children who are due: short counted sections, each with a page of its own.

A section opens only what it shows of each row, and every row leads to where it is dealt with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from homeward.apps.access.actors import Actor
from homeward.apps.cases.ahead import marks_ahead
from homeward.apps.cases.newly_given import new_to
from homeward.apps.surveys.late import RECENT as LATELY
from homeward.apps.surveys.late import arrived_late
from homeward.apps.surveys.models import State
from homeward.apps.surveys.recent_flags import recent_flags
from homeward.apps.visits import choices as of
from homeward.apps.visits.agreed import agreed_visits
from homeward.apps.visits.promises import broken_promises
from homeward.web.cases.marks import mark_words
from homeward.web.ui import labels
from homeward.web.ui.words import in_language

COMING = timedelta(days=7)  # days of agreed visits that are shown
PAGES = {State.ACCEPTED.value: "submission", State.NO_CONSENT.value: "inbox-agreement"}  # of a late interview
FIRST = 3  # rows of a section; the others are one tap away


@dataclass(frozen=True, slots=True)
class Row:
    url: str
    code: str  # of the child; empty where none is known
    words: tuple[str, ...] = ()
    tag: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    title: Any
    icon: str
    rows: tuple[Row, ...]
    all_url: str
    kind: str = ""  # of the count: bad, warn

    @property
    def count(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Part:
    title: Any
    icon: str
    rows: Callable[[Actor], Iterator[Row]]
    kind: str = ""
    elsewhere: str = ""  # where all of them stand anyway


def sections(actor: Actor) -> list[Section]:
    """Those in which there is something."""
    found = (section(actor, name) for name in PARTS if name not in APART)
    return [each for each in found if each.rows]


def section(actor: Actor, name: str) -> Section:
    part = PARTS[name]
    address = part.elsewhere and _address(part.elsewhere) or reverse("today-part", args=[name])
    return Section(name, part.title, part.icon, tuple(part.rows(actor)), address, part.kind)


def within(found: Sequence[Section], most: int) -> list[tuple[Section, tuple[Row, ...]]]:
    """With the rows that are shown of each: the first sections have theirs, and at last a count stands alone."""
    shown = []
    for each in found:
        rows = each.rows[: max(0, min(FIRST, most))]
        most -= len(rows)
        shown.append((each, rows))
    return shown


def _address(name: str) -> str:
    page, _mark, query = name.partition("?")
    return reverse(page) + (f"?{query}" if query else "")


def flags(actor: Actor) -> Iterator[Row]:
    for each in recent_flags(actor):
        who = str(labels.RESPONDENTS.get(each.respondent, each.respondent))
        day = _day(each.day) if each.day is not None else ""
        said = f"{labels.FLAGS.get(each.kind, each.kind)} · {labels.SEVERITY.get(each.severity, each.severity)}"
        yield Row(reverse("submission", args=[each.submission_id]), each.child_code, _there((who, day)), said, "bad")


def promises(actor: Actor) -> Iterator[Row]:
    for each in broken_promises(actor):
        late = ngettext("%(days)d day late", "%(days)d days late", each.days_late) % {"days": each.days_late}
        words = (str(of.Promiser(each.who).label), _day(each.by_when))
        yield Row(reverse("child-visits", args=[each.child.code]), each.child.code, words, late, "bad")


def agreed(actor: Actor) -> Iterator[Row]:
    """Those that are past their day too: nobody has made the check yet."""
    last = actor.today() + COMING
    for each in agreed_visits(actor):
        if each.on <= last:
            words = (_day(each.on), each.child.place)
            late = (str(_("Late")), "bad") if each.late else ("", "")
            yield Row(reverse("child-visits", args=[each.child.code]), each.child.code, _there(words), *late)


def marks(actor: Actor) -> Iterator[Row]:
    for each in marks_ahead(actor):
        said = [mark_words(mark) for mark in each.marks]
        words = tuple(dict.fromkeys(str(one["what"]) for one in said))
        yield Row(reverse("child-agreement", args=[each.child.code]), each.child.code, words)


def new(actor: Actor) -> Iterator[Row]:
    for code in new_to(actor).codes:
        yield Row(reverse("child", args=[code]), code)


def late(actor: Actor) -> Iterator[Row]:
    for each in arrived_late(actor, timezone.now() - LATELY):
        page = PAGES.get(each.state, "inbox-entry")
        title = in_language(each.titles, actor.language)
        tag = ngettext("arrived %(days)s day later", "arrived %(days)s days later", each.days) % {"days": each.days}
        yield Row(reverse(page, args=[each.submission_id]), each.child_code, _there((title, _day(each.day))), tag)


def _there(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(each for each in words if each)


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


APART = frozenset({"flags"})  # has more words where it stands
PARTS: Mapping[str, Part] = {  # in the order in which they stand
    "flags": Part(_("Flags"), "flag", flags, "bad"),
    "promises": Part(_("Promised, and not there"), "warning", promises, "bad"),
    "agreed": Part(_("Agreed visits, next seven days"), "clock", agreed),
    "ages": Part(_("Ages and agreements, next thirty days"), "child", marks),
    "new": Part(_("New to you"), "people", new),
    "late": Part(_("Interviews that arrived late"), "inbox", late, "", "inbox?state=late"),
}
