"""The rounds of follow-up beside what was done: computed from the day of return each time, never stored."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from homeward.apps.surveys.models import State
from homeward.apps.surveys.timeline import Timeline
from homeward.domain.rounds import Round, nearest_round
from homeward.web.ui import labels

SOON = timedelta(days=14)


def months_label(months: Decimal) -> str:
    if months < 1:
        return _("2 weeks after the return")
    count = int(months)
    return ngettext("%(count)d month after the return", "%(count)d months after the return", count) % {"count": count}


def done_by_round(history: Timeline) -> dict[int, list[str]]:
    """Who answered at which round; an interview belongs to the round whose day is nearest."""
    found: dict[int, list[str]] = {}
    for row in reversed(history.submissions):
        if history.return_date is None or row.state != State.ACCEPTED or row.family != "survey":
            continue
        nearest = nearest_round(history.return_date, row.interviewed_on)
        if nearest is not None and row.respondent not in found.setdefault(nearest.round.number, []):
            found[nearest.round.number].append(row.respondent)
    return found


def round_rows(history: Timeline, today: date) -> list[dict[str, Any]]:
    """Rounds up to the next one that is due; what lies further ahead is not news."""
    done = done_by_round(history)
    rows: list[dict[str, Any]] = []
    for each in history.rounds:
        who = done.get(each.number, [])
        rows.append({"label": months_label(each.months), "due": each.due, "tags": tags(each, who, today)})
        if each.due > today:
            break
    return list(reversed(rows))


def tags(each: Round, who: list[str], today: date) -> list[dict[str, Any]]:
    if who:
        return [{"text": labels.RESPONDENTS.get(name, name), "kind": "good", "icon": "check"} for name in who]
    if each.due > today:
        soon = each.due - today <= SOON
        return [{"text": _("due soon") if soon else _("next"), "kind": "warn" if soon else "", "icon": "clock"}]
    return [{"text": _("no interview"), "kind": "", "icon": "warning"}]
