"""The clock of a child in words: each round beside what was done. Computed each time, never stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from homeward.apps.cases.models import Population, Risk, Status
from homeward.apps.cases.queries import ChildRow
from homeward.apps.visits.clock_models import MissedReason
from homeward.domain.protocol import OPEN, Contact, FollowUp, Missed, Point, State
from homeward.domain.rounds import RoundRule
from homeward.web.ui import labels
from homeward.web.ui.words import colon

STATES: dict[str, tuple[Any, str, str]] = {  # word, kind, icon
    State.NOT_YET: (gettext_lazy("To come"), "", "clock"),
    State.COMING: (gettext_lazy("Due soon"), "", "clock"),
    State.DUE: (gettext_lazy("Due"), "warn", "clock"),
    State.TOLERATED: (gettext_lazy("Late, still in time"), "warn", "clock"),
    State.LATE: (gettext_lazy("Late"), "bad", "warning"),
    State.DONE: (gettext_lazy("Done"), "good", "check"),
    State.PARTLY: (gettext_lazy("In part"), "warn", "check"),
    State.MISSED: (gettext_lazy("Missed"), "", "warning"),
    State.PAUSED: (gettext_lazy("Paused"), "", "clock"),
    State.ENDED: (gettext_lazy("Not asked any more"), "", "clock"),
}
NOT_ASKED = {
    "child": gettext_lazy("child not yet asked"),
    "caregiver": gettext_lazy("caregiver not yet asked"),
    "adult": gettext_lazy("grown up, not yet asked"),
}
NEVER_ASKED = {
    "child": gettext_lazy("child not asked"),
    "caregiver": gettext_lazy("caregiver not asked"),
    "adult": gettext_lazy("grown up, not asked"),
}


def round_label(rule: RoundRule) -> str:
    if not rule.months:
        return ngettext("%(count)d week after the return", "%(count)d weeks after the return", rule.weeks) % {
            "count": rule.weeks
        }
    months = ngettext("%(count)d month after the return", "%(count)d months after the return", rule.months) % {
        "count": rule.months
    }
    if not rule.weeks:
        return months
    weeks = ngettext("and %(count)d week", "and %(count)d weeks", rule.weeks) % {"count": rule.weeks}
    return f"{months} {weeks}"


By = Mapping[tuple[str, str], str]  # point and respondent -> who said that this one was not asked


def newest_rounds(found: FollowUp, child: ChildRow, today: date, by: By) -> list[dict[str, Any]]:
    """Up to the next one that is to come, the newest first."""
    rows = []
    for each in found.points:
        rows.append(round_row(each, child, today, by))
        if each.state is State.NOT_YET:
            break
    return list(reversed(rows))


def round_row(point: Point, child: ChildRow, today: date, by: By) -> dict[str, Any]:
    return {
        "code": point.round.code,
        "label": round_label(point.round.rule),
        "due": point.round.due,
        "moved": point.due if point.due != point.round.due else None,
        "state": str(point.state),
        "tags": tags(point),
        "open": point.state in (State.COMING, State.DUE, State.TOLERATED, State.LATE),
        "explain": point.unexplained,
        "may_take_back": bool(point.reason or point.not_asked),
        "not_asked": [not_asked_words(point, each, by) for each in point.not_asked],
        "days": days_words(point),
        "still_open": open_words(point, today, running=child.status == Status.OPEN),
    }


def is_open(point: Point, today: date, *, running: bool) -> bool:
    """It can be done, or done better: where everybody was asked, but somebody while others listened."""
    if point.state is State.DONE and point.overheard:
        return running and (point.round.closes is None or today <= point.round.closes)
    return point.state in OPEN


def open_words(point: Point, today: date, *, running: bool) -> str:
    """That a round is open, and until when; empty for one that was held, is over or has not begun."""
    if not is_open(point, today, running=running):
        return ""
    if point.round.closes is None:
        return _("Open as long as the case is open")
    return _("Open until {day}").format(day=date_format(point.round.closes, "DATE_FORMAT"))


def tags(point: Point) -> list[dict[str, Any]]:
    """The state, who has answered, and who has not."""
    found = [] if point.state is State.DONE else [state_tag(point.state)]
    found += [_answered(name, name in point.overheard) for name, _day in point.answered]
    over = point.state in (State.PARTLY, State.MISSED, State.ENDED)
    said = {each.respondent for each in point.not_asked}  # of these a line says more
    if point.answered:
        words = NEVER_ASKED if over else NOT_ASKED
        missing = [name for name in point.missing if name not in said]
        found += [_tag(words.get(name, labels.RESPONDENTS.get(name, name)), "", "clock") for name in missing]
    if point.state is State.DONE:
        found += [_tag(NOT_ASKED.get(name, name), "", "clock") for name in point.optional if name not in said]
    if point.reason:
        found.append(_tag(MissedReason(point.reason).label, "", "edit"))
    elif point.state is State.MISSED:
        found.append(_tag(_("nobody has said why"), "warn", "edit"))
    return found


def not_asked_words(point: Point, said: Missed, by: By) -> dict[str, Any]:
    """Why, on which day, and who said so."""
    who = labels.RESPONDENTS.get(said.respondent, said.respondent)
    text = _("{who}, not asked{colon}{reason}").format(who=who, colon=colon(), reason=MissedReason(said.reason).label)
    return {"text": text, "day": said.on, "by": by.get((point.round.code, said.respondent), "")}


def _answered(name: str, overheard: bool) -> dict[str, Any]:
    """Somebody who was asked while others listened is not simply done."""
    who = labels.RESPONDENTS.get(name, name)
    return _tag(f"{who} · {_('others listened')}", "warn", "people") if overheard else _tag(who, "good", "check")


def state_tag(state: State) -> dict[str, Any]:
    return _tag(*STATES[state])


def _tag(text: Any, kind: str, icon: str) -> dict[str, Any]:
    return {"text": text, "kind": kind, "icon": icon}


def days_words(point: Point) -> str:
    """How far from its day a round was done, or how late it is."""
    off = point.days_off if point.state is State.DONE else point.days_late or None
    if off is None:
        return ""
    if off == 0:
        return _("on its day")
    words = (
        ngettext("%(count)d day after its day", "%(count)d days after its day", off)
        if off > 0
        else ngettext("%(count)d day before its day", "%(count)d days before its day", -off)
    )
    return words % {"count": abs(off)}


def clock_words(child: ChildRow, found: FollowUp) -> dict[str, Any]:
    """What stands above the rounds: level of risk, pause, the next contact, and from which day all is counted."""
    return {
        "runs": bool(found.points),
        "from_registration": child.return_date is None and bool(found.points),
        "estimated": child.return_date is not None and child.return_date_basis == "estimated",
        "risk": Risk(found.risk).label if found.risk else "",
        "risk_kind": {"high": "bad", "medium": "warn"}.get(found.risk, ""),
        "paused_since": found.paused_since if child.status == Status.OPEN else None,
        "contact": contact_words(found.contact),
        "peer": child.population == Population.HOST_PEER,
        "next_due": found.next_due,
    }


def contact_words(contact: Contact | None) -> dict[str, Any] | None:
    if contact is None:
        return None
    day = date_format(contact.due, "DATE_FORMAT") if contact.due else ""
    return {
        "tag": state_tag(contact.state),
        "day": day,
        "due": contact.due,
        "last": contact.last,
        "state": str(contact.state),
        "now": contact.state in (State.DUE, State.TOLERATED, State.LATE),
    }
