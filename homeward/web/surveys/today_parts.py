"""What *Today* shows below the children who are due: short counted sections, each with a page of its own.

A section opens only what it shows of each row, and every row leads to where it is dealt with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from homeward.apps.access.actors import Actor
from homeward.apps.cases.ahead import ChildMarks, marks_ahead
from homeward.apps.cases.answered import Answered, given_back_by_others
from homeward.apps.cases.newly_given import new_to
from homeward.apps.cases.waiting import GivenBack, given_back
from homeward.apps.surveys.late import RECENT as LATELY
from homeward.apps.surveys.late import LateRow, arrived_late, arrived_late_of_own
from homeward.apps.surveys.models import State
from homeward.apps.surveys.recent_flags import FlagRow, recent_flags
from homeward.apps.visits import choices as of
from homeward.apps.visits.agreed import AgreedVisit, agreed_visits
from homeward.apps.visits.apart import ToAskApart, to_ask_apart
from homeward.apps.visits.calling_back import ToCall, to_call_back
from homeward.apps.visits.promises import BrokenPromise, broken_promises
from homeward.apps.visits.waiting import Shut, ToDecide, Word, brought_word, lost_to_decide, shut_visits
from homeward.web.cases import help_words, plan_words
from homeward.web.cases.marks import mark_words
from homeward.web.cases.rounds import round_label
from homeward.web.ui import labels
from homeward.web.ui.words import in_language
from homeward.web.visits.promised import promised_words
from homeward.web.visits.words import BLOCKED, STEPS

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
    key: tuple[str, str] | None = None  # what it says, and where it leads: the row itself leads to the child then


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    title: Any
    icon: str
    rows: tuple[Row, ...]  # the first of them, or all
    count: int
    all_url: str
    kind: str = ""  # of the count: bad, warn

    @property
    def left(self) -> int:
        """Those that are not among `rows`."""
        return self.count - len(self.rows)


@dataclass(frozen=True, slots=True)
class Part:
    title: Any
    icon: str
    found: Callable[[Actor], Sequence[Any]]
    row: Callable[[Actor, Any], Row]  # in words, for those that are shown
    kind: str = ""
    elsewhere: str = ""  # where all of them stand anyway


def sections(actor: Actor) -> list[Section]:
    """Those in which there is something."""
    found = (section(actor, name, FIRST) for name in PARTS if name not in APART)
    return [each for each in found if each.count]


def section(actor: Actor, name: str, most: int | None = None) -> Section:
    """`most`: how many of its rows are wanted; all."""
    part = PARTS[name]
    found = part.found(actor)
    if most is not None and name in COUNTED and "supervisor" in actor.roles:
        most = 0
    address = part.elsewhere and _address(part.elsewhere) or reverse("today-part", args=[name])
    rows = tuple(part.row(actor, each) for each in found[:most])
    return Section(name, part.title, part.icon, rows, len(found), address, part.kind)


def within(found: Sequence[Section], most: int) -> list[tuple[Section, tuple[Row, ...]]]:
    """With the rows that are shown of each: the first sections have theirs, and at last a count stands alone."""
    shown = []
    for each in found:
        rows = each.rows[: max(0, min(FIRST, most))]
        most -= len(rows)
        shown.append((replace(each, rows=rows), rows))
    return shown


def _address(name: str) -> str:
    page, _mark, query = name.partition("?")
    return reverse(page) + (f"?{query}" if query else "")


def flag(_actor: Actor, each: FlagRow) -> Row:
    who = str(labels.RESPONDENTS.get(each.respondent, each.respondent))
    day = _day(each.day) if each.day is not None else ""
    said = f"{labels.FLAGS.get(each.kind, each.kind)} · {labels.SEVERITY.get(each.severity, each.severity)}"
    return Row(reverse("submission", args=[each.submission_id]), each.child_code, _there((who, day)), said, "bad")


def call(_actor: Actor, each: ToCall) -> Row:
    """The key leads to where it is recorded that somebody was reached, which ends the wish; not in a quiet time."""
    who, page = str(labels.RESPONDENTS.get(each.respondent, each.respondent)), reverse("child", args=[each.code])
    if each.quiet_until is not None:
        quiet = _("No contact until %(until)s") % {"until": _day(each.quiet_until)}
        return Row(page, each.code, (who, _day(each.day)), str(quiet), "bad")
    if each.said_no:
        return Row(page, each.code, (who, _day(each.day)), str(_("said no to help")), "warn")
    key = (str(_("Record the call back")), reverse("child-visits", args=[each.code]) + "#attempt")
    return Row(page, each.code, (who, _day(each.day)), key=key)


def promise(_actor: Actor, each: BrokenPromise) -> Row:
    late = ngettext("%(days)d day late", "%(days)d days late", each.days_late) % {"days": each.days_late}
    late = str(_("It will not come, and nobody has told the family")) if each.untold else late
    words = promised_words(each.who, each.by_when)
    return Row(reverse("child-visits", args=[each.child.code]), each.child.code, words, late, "bad")


def lost(_actor: Actor, each: ToDecide) -> Row:
    tried = ngettext("%(attempts)s attempt in vain.", "%(attempts)s attempts in vain.", each.attempts)
    words = (_day(each.since) if each.since else "", tried % {"attempts": each.attempts})
    return Row(reverse("child-visits", args=[each.code]) + "#reach", each.code, _there(words))


def shut(_actor: Actor, each: Shut) -> Row:
    words = (_day(each.on), *(str(BLOCKED[reason]) for reason in each.reasons))
    return Row(reverse("visit", args=[each.visit_id]), each.code, words)


def word(_actor: Actor, each: Word) -> Row:
    asks = (str(of.Observed.ASKS.label),) if each.asks else ()
    harm = tuple(str(of.Harm(kind).label) for kind in each.harm)
    return Row(reverse("visit", args=[each.visit_id]), each.code, (_day(each.on), *asks, *harm))


def apart(actor: Actor, each: ToAskApart) -> Row:
    """The key begins it: with the interview of the round, or with the check before a visit. Day, who and form say which
    interview it was.
    """
    page, label = "visit-new", _("Plan a visit")
    said: tuple[str, ...] = (_day(each.on), str(_("at the visit the child could not be spoken with alone")))
    if each.rule is not None:
        page, label = "child-interview", _("Ask apart now")
        held = _("Interview of %(day)s, child") % {"day": _day(each.on)}
        form = in_language(dict(each.titles), actor.language) if each.titles else ""
        said = _there((str(held), form, str(round_label(each.rule)), str(_("others listened"))))
    return Row(reverse("child", args=[each.code]), each.code, said, key=(str(label), reverse(page, args=[each.code])))


def back(_actor: Actor, each: GivenBack) -> Row:
    words = (str(plan_words.KINDS[each.kind]), _day(each.day))
    if each.kind == "plan":
        return Row(reverse("child-plan", args=[each.child_code]), each.child_code, words)
    return Row(reverse("child-assessment", args=[each.child_code, each.id]), each.child_code, words)


def answered(_actor: Actor, each: Answered) -> Row:
    if each.kind == "transfer":
        words = (str(_("Offer of the case")), _day(each.day), str(help_words.RETURNS.get(each.reason, "")))
        return Row(reverse("child-help", args=[each.child_code]) + "#passing", each.child_code, _there(words))
    words = (str(_("Referral")), _day(each.day), str(help_words.REASONS.get(each.reason, "")))
    return Row(reverse("referral", args=[each.id]), each.child_code, _there(words))


def agreed_soon(actor: Actor) -> Sequence[AgreedVisit]:
    """Those that are past their day too: nobody has made the check yet."""
    last = actor.today() + COMING
    return [each for each in agreed_visits(actor) if each.on <= last]


def agreed(_actor: Actor, each: AgreedVisit) -> Row:
    words = (_day(each.on), each.child.place)
    late = (str(_("Late")), "bad") if each.late else ("", "")
    return Row(reverse("child-visits", args=[each.child.code]), each.child.code, _there(words), *late)


def marks(_actor: Actor, each: ChildMarks) -> Row:
    said = [mark_words(mark) for mark in each.marks]
    words = tuple(dict.fromkeys(str(one["what"]) for one in said))
    return Row(reverse("child-agreement", args=[each.child.code]), each.child.code, words)


def new(_actor: Actor, code: str) -> Row:
    return Row(reverse("child", args=[code]), code)


def late_ones(actor: Actor) -> Sequence[LateRow]:
    return arrived_late(actor, timezone.now() - LATELY)


def late_of_own(actor: Actor) -> Sequence[LateRow]:
    return arrived_late_of_own(actor, timezone.now() - LATELY)


def late(actor: Actor, each: LateRow) -> Row:
    return _late(actor, each, PAGES.get(each.state, "inbox-entry"))


def own_late(actor: Actor, each: LateRow) -> Row:
    """Whoever has no inbox opens the interview on the child's record."""
    return _late(actor, each, "submission")


def _late(actor: Actor, each: LateRow, page: str) -> Row:
    title = in_language(each.titles, actor.language)
    tag = ngettext("arrived %(days)s day later", "arrived %(days)s days later", each.days) % {"days": each.days}
    return Row(reverse(page, args=[each.submission_id]), each.child_code, _there((title, _day(each.day))), tag)


def _there(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(each for each in words if each)


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


APART = frozenset({"flags"})  # has more words where it stands
COUNTED = frozenset({"called", "apart"})  # for a supervisor a number: whoever works with the child asks
TOP = frozenset({"called"})  # before everything else on the page
HIGH = frozenset({"word", "apart"})  # above the children who are due
PARTS: Mapping[str, Part] = {  # in the order in which they stand
    "flags": Part(_("Flags"), "flag", recent_flags, flag, "bad"),
    "called": Part(_("Asks to be called back"), "flag", to_call_back, call, "bad"),
    "word": Part(_("Somebody who went in your stead brought word"), "people", brought_word, word, "warn"),
    "apart": Part(_("To be asked apart"), "people", to_ask_apart, apart, "warn"),
    "promises": Part(_("Promised, and not there"), "warning", broken_promises, promise, "bad"),
    "lost": Part(STEPS["supervisor"], "stop", lost_to_decide, lost, "warn"),
    "shut": Part(_("Visits that you may allow after all"), "stop", shut_visits, shut, "warn"),
    "back": Part(_("Given back"), "back", given_back, back, "warn"),
    "answered": Part(_("Not taken on by others"), "back", given_back_by_others, answered, "warn"),
    "agreed": Part(_("Agreed visits, next seven days"), "clock", agreed_soon, agreed),
    "ages": Part(_("Ages and agreements, next thirty days"), "child", marks_ahead, marks),
    "new": Part(_("New to you"), "people", lambda actor: new_to(actor).codes, new),
    "late": Part(_("Interviews that arrived late"), "inbox", late_ones, late, "", "inbox?state=late"),
    "own-late": Part(_("Interviews that arrived late"), "inbox", late_of_own, own_late),
}
