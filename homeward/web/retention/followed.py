"""Who agreed to what, and how the child was followed, in a child's own copy, in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from homeward.apps.cases.consent_models import (
    Answer,
    Capacity,
    EntrySource,
    Explained,
    Purpose,
    Speaker,
    TeachBack,
    WithoutCaregiver,
)
from homeward.apps.cases.models import Risk, RiskReason
from homeward.apps.visits.clock_models import MissedReason, PauseReason
from homeward.domain.protocol import CONTACT
from homeward.web.retention.interviews import long_day
from homeward.web.ui.labels import RESPONDENTS
from homeward.web.ui.words import apart, comma, language_name

LISTS = (  # column, and the list that its code is from
    *(("explained", Explained), ("teach_back", TeachBack), ("capacity", Capacity)),
    *(("without_caregiver", WithoutCaregiver), ("source", EntrySource)),
)
ROUND = re.compile(r"([wm])(\d+)")


Told = Mapping[str, tuple[Mapping[str, Any], ...]]  # model -> rows by column; for nobody but the child


def agreements_aloud(told: Told) -> Iterator[str]:
    for values in told.get("cases.consententry", ()):
        who = _("you") if values["who"] == Speaker.CHILD else str(Speaker(values["who"]).label)
        words = {"day": long_day(values["day"]), "who": who, "purpose": Purpose(values["purpose"]).label}
        text = _("On {day}: “{purpose}”, {who}: {answer}.").format(answer=Answer(values["answer"]).label, **words)
        yield f"{text} {_beside(values)}".strip()
        if values["recipient"]:
            yield _("It was about telling: {words}").format(words=apart(values["recipient"]))
        if values["valid_until"]:
            yield _("It holds until {day}.").format(day=long_day(values["valid_until"]))
        if values["expects"]:
            yield _("What was hoped for: {words}").format(words=apart(values["expects"]))
        if values["reason"]:
            yield _("The reason: {words}").format(words=apart(values["reason"]))


def _beside(values: Mapping[str, Any]) -> str:
    """How it was asked, as far as anybody noted it."""
    said = [str(kind(values[name]).label) for name, kind in LISTS if values[name]]
    said += [language_name(values["language"])] if values["language"] else []
    said += [_("limits explained")] if values["limits_told"] else []
    said += [_("with a witness")] if values["witness"] else []
    return f"({comma().join(said)})" if said else ""


def followed_aloud(told: Told) -> Iterator[str]:
    yield from _risks(told.get("cases.risklevel", ()))
    yield from _pauses(told.get("visits.pause", ()))
    yield from _missed(told.get("visits.missed", ()))


def _risks(levels: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for values in levels:
        text = _("From {day} on your need for protection was set to: {level} ({reason}).")
        level, reason = Risk(values["level"]).label, RiskReason(values["reason"]).label
        yield text.format(day=long_day(values["since"]), level=level, reason=reason)
        if values["words"]:
            yield _("It was written: {words}").format(words=apart(values["words"]))


def _pauses(pauses: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for values in pauses:
        reason = PauseReason(values["reason"]).label
        text = _("From {day} on we did not ask or visit you, because: {reason}.")
        yield text.format(day=long_day(values["since"]), reason=reason)
        if values["until"]:
            yield _("We went on from {day}.").format(day=long_day(values["until"]))


def _missed(missed: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for values in missed:
        reason = MissedReason(values["reason"]).label
        if values["respondent"]:
            text = _("On {day} we noted who was not asked: {who}. {reason}.")
            yield text.format(day=long_day(values["on_day"]), who=RESPONDENTS[values["respondent"]], reason=reason)
            continue
        text = _("On {day} we noted why this did not take place: {round}. {reason}.")
        yield text.format(day=long_day(values["on_day"]), round=_round(values["point"]), reason=reason)


def _round(code: str) -> str:
    """A protocol of one's own may name its rounds as it likes; then the name is said."""
    if code == CONTACT:
        return _("a contact between rounds")
    known = ROUND.fullmatch(code)
    if known is None:
        return apart(code)
    count = int(known[2])
    if known[1] == "w":
        text = ngettext("%(count)d week after the return", "%(count)d weeks after the return", count)
    else:
        text = ngettext("%(count)d month after the return", "%(count)d months after the return", count)
    return text % {"count": count}
