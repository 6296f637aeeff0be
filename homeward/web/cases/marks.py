"""What comes by itself within thirty days, in words, what has to be done then, and who is to be asked now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from homeward.apps.cases.ahead import Ahead
from homeward.apps.cases.consent_models import Purpose
from homeward.domain.ahead import Kind, Mark
from homeward.domain.consent import ADULT, CHILD, Ask, State
from homeward.web.ui.words import comma

WHO = {CHILD: gettext_lazy("the child"), ADULT: gettext_lazy("the caregiver")}
WHYS: Mapping[str, Any] = {
    State.MISSING: gettext_lazy("has not been asked"),
    State.EXPIRED: gettext_lazy("agreed too long ago"),
    State.NEW_BAND: gettext_lazy("has to be asked anew: the child is in another age group now"),
    State.WITHDRAWN: gettext_lazy("took the agreement back: ask only when they come back to it themselves"),
    "new_round": gettext_lazy("is asked anew, as a new round has begun"),
}
VOICES = {CHILD: gettext_lazy("Child"), ADULT: gettext_lazy("Caregiver")}
TURNS: Mapping[int, tuple[Any, ...]] = {
    12: (
        gettext_lazy("Ask the child and the caregiver again: from this age on the child agrees in writing."),
        gettext_lazy("Use the questions for 12 to 14 years. Scores before and after are not compared."),
    ),
    15: (
        gettext_lazy("Ask the child again: from this age on its own consent decides, and the caregiver is told."),
        gettext_lazy("Use the questions for 15 to 17 years. Scores before and after are not compared."),
    ),
    18: (
        gettext_lazy("Ask the young person alone: from this age on nobody else agrees for them."),
        gettext_lazy("Use the questions for adults. Scores before and after are not compared."),
    ),
}


def mark_words(mark: Mark) -> dict[str, Any]:
    """What comes, and what to do."""
    what, todo = _said(mark)
    kind = "warn" if mark.kind in (Kind.TURNS, Kind.ASK) else ""
    return {"what": what, "todo": todo, "kind": kind, "asks": mark.kind is not Kind.ROUND}


def marks_in_words(found: Iterable[Mark]) -> list[dict[str, Any]]:
    return [mark_words(each) for each in found]


def _said(mark: Mark) -> tuple[str, tuple[str, ...]]:
    day = date_format(mark.day, "DATE_FORMAT")
    if mark.kind is Kind.TURNS:
        said = _("Turns %(years)d in %(month)s") % {"years": mark.years, "month": date_format(mark.day, "F Y")}
        return said, tuple(str(each) for each in TURNS[mark.years])
    purpose, who = Purpose(mark.purpose).label, comma().join(str(WHO[each]) for each in mark.voices)
    if mark.kind is Kind.ROUND:
        said = _("The next round begins on %(day)s") % {"day": day}
        return said, (_("The interview asks again who agrees to it: %(who)s.") % {"who": who},)
    again = _("To be asked again: %(who)s.") % {"who": who}
    if mark.kind is Kind.ENDS:
        return _("Agreement ends on %(day)s: %(purpose)s") % {"day": day, "purpose": purpose}, (again,)
    younger = _("It was given in another age group: the child is older now, or the birth date was changed.")
    why = (younger,) if State.NEW_BAND in mark.why else ()
    return _("No agreement in force: %(purpose)s") % {"purpose": purpose}, (*why, again)


def ahead_in_words(found: Ahead) -> dict[str, Any]:
    """What comes, and who is to be asked. *Agreement* says the same of who is to be asked in one list."""
    return {"marks": marks_in_words(found.marks), "asks": asks_in_words(found.asks)}


def asks_in_words(asks: Iterable[Ask]) -> list[dict[str, Any]]:
    return [ask_words(each.voice, each.purpose, each.why) for each in asks]


def ask_words(voice: str, purpose: str, why: str) -> dict[str, Any]:
    return {"who": VOICES[voice], "purpose": Purpose(purpose).label, "why": WHYS.get(why, why)}
