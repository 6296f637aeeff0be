"""The rounds of follow-up beside what was done: computed from the day of return each time, never stored."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from homeward.apps.surveys.models import State
from homeward.apps.surveys.timeline import Timeline
from homeward.apps.surveys.today import HELD, LATE, ROUND_FAMILY
from homeward.domain.rounds import Round, round_answered, round_asked
from homeward.web.ui import labels

SAID_NO = [{"text": gettext_lazy("said no"), "kind": "", "icon": "stop"}]
MISSING = {  # the other voice of the round that is to be done
    "child": {"text": gettext_lazy("caregiver not yet asked"), "kind": "", "icon": "clock"},
    "caregiver": {"text": gettext_lazy("child not yet asked"), "kind": "", "icon": "clock"},
}


def months_label(months: Decimal) -> str:
    if months < 1:
        return _("2 weeks after the return")
    count = int(months)
    return ngettext("%(count)d month after the return", "%(count)d months after the return", count) % {"count": count}


def done_by_round(history: Timeline) -> dict[int, list[str]]:
    """Who answered at which round; an interview belongs to the round that was to be done on its day."""
    found: dict[int, list[str]] = {}
    for row in reversed(history.submissions):
        if history.return_date is None or row.state not in HELD or row.family != ROUND_FAMILY:
            continue
        answered = round_answered(history.return_date, row.day) if row.day else None
        if answered is not None and row.respondent not in found.setdefault(answered.round.number, []):
            found[answered.round.number].append(row.respondent)
    return found


def refused_rounds(history: Timeline) -> set[int]:
    """Rounds in which somebody was asked and said no. That is an answer."""
    days = [row.day for row in history.submissions if row.state == State.REFUSED and row.family == ROUND_FAMILY]
    if history.return_date is None:
        return set()
    found = [round_answered(history.return_date, day) for day in days if day is not None]
    return {each.round.number for each in found if each is not None}


def round_rows(history: Timeline, today: date, *, two_voices: bool) -> list[dict[str, Any]]:
    """Rounds up to the next one that is due. `two_voices`: the child answers too."""
    done, refused = done_by_round(history), refused_rounds(history)
    asked = round_asked(history.return_date, today) if history.return_date else None
    rows: list[dict[str, Any]] = []
    for each in history.rounds:
        who, current = done.get(each.number, []), asked is not None and each.number == asked.number
        said_no = each.number in refused and not who
        rows.append(
            {
                "label": months_label(each.months),
                "due": each.due,
                "tags": SAID_NO if said_no else tags(each, who, today, current, two_voices),
            }
        )
        if each.due > today:
            break
    return list(reversed(rows))


def tags(each: Round, who: list[str], today: date, current: bool, two_voices: bool) -> list[dict[str, Any]]:
    """In the same words as on Today: the newest round that has begun is still to be done, those before were missed."""
    if who:
        done = [{"text": labels.RESPONDENTS.get(name, name), "kind": "good", "icon": "check"} for name in who]
        return done + ([MISSING[who[0]]] if current and two_voices and len(who) == 1 and who[0] in MISSING else [])
    if each.due > today:
        return [{"text": _("due soon") if current else _("next"), "kind": "warn" if current else "", "icon": "clock"}]
    if not current:
        return [{"text": _("no interview"), "kind": "", "icon": "warning"}]
    if today > each.due + LATE:
        return [{"text": _("Late"), "kind": "bad", "icon": "warning"}]
    return [{"text": _("Due"), "kind": "warn", "icon": "clock"}]
