"""Why a meeting is called for, in the words of the rule, with its numbers and days. No word blames anybody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from homeward.apps.monitoring.called import Called, Reason
from homeward.apps.monitoring.meetings import MeetingRow
from homeward.apps.monitoring.models import Heard, Outcome, Part
from homeward.apps.monitoring.rules import title_of
from homeward.web.ui import labels
from homeward.web.ui.words import spoken_now, two_decimals


@dataclass(frozen=True, slots=True)
class Said:
    title: str
    detail: str


def reasons_in_words(reasons: Iterable[Reason]) -> list[Said]:
    return [Said(title_of(each.rule, spoken_now()), _detail(each)) for each in reasons]


def _detail(reason: Reason) -> str:
    if reason.before is not None and reason.now is not None and reason.before_on is not None:
        text = _("{dimension}, {who}: {before} on {before_day}, {now} on {day}").format(
            dimension=labels.DIMENSIONS.get(reason.dimension, reason.dimension),
            who=labels.RESPONDENTS.get(reason.respondent, reason.respondent),
            before=_number(reason.before),
            before_day=_day(reason.before_on),
            now=_number(reason.now),
            day=_day(reason.day),
        )
    elif reason.count:
        text = ngettext("{count} in a row, up to {day}", "{count} in a row, up to {day}", reason.count).format(
            count=reason.count, day=_day(reason.day)
        )
    else:
        text = _("on {day}").format(day=_day(reason.day))
    if reason.known > reason.day:
        text = _("{what}; known here since {day}").format(what=text, day=_day(reason.known))
    return text


def called_in_words(called: Called) -> dict[str, Any]:
    return {
        "code": called.code,
        "by": called.by,
        "overdue": called.overdue,
        "check_on": called.check_on,
        "reasons": reasons_in_words(called.reasons),
    }


def meeting_in_words(row: MeetingRow) -> dict[str, Any]:
    return {
        "row": row,
        "took_part": [Part(each).label for each in row.took_part],
        "heard": Heard(row.child_heard).label,
        "outcome": Outcome(row.outcome).label,
        "reasons": reasons_in_words(row.reasons),
    }


def _number(value: Decimal) -> str:
    return two_decimals(value)


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")
