"""Visits and attempts of a child's own copy, to be read aloud. A guardian's copy has none: the guardian may be whom the
card is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from homeward.apps.cases.models import GapSource
from homeward.apps.cases.record_models import StruckReason
from homeward.apps.communities.models import Sector
from homeward.apps.retention.told_visits import ToldRow, ToldVisits
from homeward.apps.visits import choices as of
from homeward.apps.visits.versions import read_before
from homeward.web.cases.help_words import REASONS
from homeward.web.retention.interviews import long_day
from homeward.web.ui.words import apart, colon, comma
from homeward.web.visits.words import ASKED_FOR, BLOCKED, SHORT, because_words, before_words

NOT_OF_A_STEP = (GapSource.PROMISE, GapSource.PLAN)  # a visit names its own, and so does a referral


def how_to_reach(told: ToldVisits) -> Iterator[str]:
    for row in told.cards:
        day = long_day(localtime(row.values["set_at"]).date())
        yield _("On {day} we wrote down how you may be reached.").format(day=day)
        lists = (("channels", _("Only so"), of.OnCard), ("safe_days", _("When"), of.Days))
        for name, label, known in (*lists, ("safe_parts", _("When"), of.DayPart)):
            yield from _line(label, comma().join(str(known(each).label) for each in row.values[name]))
        for name, label in _card_labels().items():
            yield from _line(label, row.values[name])
    for row in told.quiet:
        words = _("From {since} until {until} nobody was to contact you: {reason}.")
        days = {name: long_day(row.values[name]) for name in ("since", "until")}
        yield words.format(**days, reason=of.QuietReason(row.values["reason"]).label)
    for row in told.attempts:
        yield from _attempt(row.values)
    for row in told.facts:
        kind = of.ContactKind(row.values["kind"]).label
        why = of.LostReason(row.values["reason"]).label if row.values["reason"] else ""
        how = of.FoundHow(row.values["how"]).label if row.values["how"] else ""
        yield from _line(long_day(row.values["on"]), comma().join(str(each) for each in (kind, why, how) if each))


def visits_in_words(told: ToldVisits) -> Iterator[str]:
    for row in told.visits:
        yield from _visit(row.values)
        for each in (one for one in told.voices if one.parent_id == row.id):
            who = of.Voice(each.values["respondent"]).label
            skipped = of.Skipped(each.values["skipped"]).label if each.values["skipped"] else _("asked")
            yield from _line(who, str(skipped))
        for each in (one for one in told.gaps if one.parent_id == row.id):
            yield from _line(Sector(each.values["sector"]).label, REASONS[each.values["reason"]])
        for each in (one for one in told.actions if one.parent_id == row.id):
            yield from _agreed(told, each)
        for each in (one for one in told.versions if one.parent_id == row.id):
            yield from _before(each.values)
    for each in (one for one in told.gaps if one.values["source"] in NOT_OF_A_STEP):
        sector, why = Sector(each.values["sector"]).label, REASONS[each.values["reason"]]
        words = _("On {day} we wrote down that help was missing: {sector}. {why}.")
        yield words.format(day=long_day(each.values["day"]), sector=sector, why=why)
        if each.values["met_on"]:
            yield _("On {day} it came after all.").format(day=long_day(each.values["met_on"]))


def _before(values: Mapping[str, Any]) -> Iterator[str]:
    """What was written down before it was corrected is held too, and so it is told."""
    day = long_day(localtime(values["replaced_at"]).date())
    why = comma().join(str(each) for each in (of.Corrected(values["reason"]).label, values["why"]) if each)
    yield _("On {day} this was corrected: {why}. Before, it said:").format(day=day, why=apart(why))
    for label, value in before_words(read_before(values["content"] or "")):
        yield from _line(label, value)


def _agreed(told: ToldVisits, row: ToldRow) -> Iterator[str]:
    values = row.values
    words = _("Agreed on {day}: {what} ({who}, by {by}).")
    yield words.format(
        day=long_day(values["agreed_on"]),
        what=apart(values["promise"]),
        who=of.Promiser(values["who"]).label,
        by=long_day(values["by_when"]),
    )
    if values["struck_at"]:
        yield _("This was struck out later: it had not been agreed.")
    for each in (one for one in told.outcomes if one.parent_id == row.id):
        yield from _line(long_day(each.values["on"]), _outcome(each.values))


def _outcome(values: Mapping[str, Any]) -> str:
    parts = [
        of.Kept(values["kept"]).label,
        long_day(values["new_day"]) if values["new_day"] else "",
        because_words(values["kept"], values["because"]),
        f"{_('Family told')}{colon()}{of.ToldBy(values['told']).label}" if values["told"] else "",
        _("struck out later") if values["struck_at"] else "",
    ]
    return comma().join(str(each) for each in parts if each)


def _visit(values: Mapping[str, Any]) -> Iterator[str]:
    day = long_day(values["held_on"] or values["planned_on"])
    if values["taken_back"]:
        why = str(of.Corrected(values["taken_back"]).label)
        yield _("For {day} a visit was written down and taken back: {why}.").format(day=day, why=why)
    elif values["held_on"]:
        yield _("On {day} we visited you.").format(day=day)
    elif values["not_held"]:
        why = str(of.NotHeld(values["not_held"]).label)
        yield _("On {day} a visit was planned and did not take place: {why}.").format(day=day, why=why)
    else:
        yield _("For {day} a visit was thought of.").format(day=day)
    for name, label in SHORT.items():
        yield from _line(label, of.Likely(values[name]).label)
    yield from _line(_("Asked for something else"), dict(ASKED_FOR).get(values["asked_for"], ""))
    for reason in values["blocked"]:
        yield str(BLOCKED[reason])
    mode, goes = values["held_mode"] or values["mode"], values["goes"]
    yield from _line(_("How was it made?"), of.Ways(mode).label if mode else "")
    yield from _line(_("Who goes?"), of.Goes(goes).label)
    yield from _line(_("Who went?"), of.Goes(values["went"]).label if values["went"] else "")
    yield from _line(_("Brought back"), comma().join(str(of.Observed(each).label) for each in values["observed"]))
    yield from _line(_("With an interpreter"), _("yes") if values["interpreter"] else "")
    yield from _line(_("Somebody of your own sex"), _("yes") if values["same_sex_asked"] else "")
    yield from _line(_("Allowed by a supervisor"), values["lifted_why"])
    if values["held_on"]:
        yield from _found(values)


def _found(values: Mapping[str, Any]) -> Iterator[str]:
    for name, label in (("child_seen", _("Child seen in person")), ("caregiver_seen", _("Caregiver seen"))):
        yield from _line(label, _("yes") if values[name] else _("no"))
    yield from _line(_("Alone"), of.Alone(values["alone"]).label if values["alone"] else "")
    yield from _line(_("Plan on track"), of.OnTrack(values["on_track"]).label if values["on_track"] else "")
    harm = comma().join(str(of.Harm(each).label) for each in values["harm"] or ())
    yield from _line(_("Harm, or a sign of any"), harm or _("no"))
    yield from _line(
        _("What was done about it?"), of.HarmDone(values["harm_done"]).label if values["harm_done"] else ""
    )
    yield from _line(_("Next visit"), long_day(values["next_on"]))
    yield from _line(_("Note of the visit"), values["words"])


def _attempt(values: Mapping[str, Any]) -> Iterator[str]:
    parts = [of.Channels(values["channel"]).label, of.Outcome(values["outcome"] or values["was"]).label]
    parts += [of.DayPart(values["day_part"]).label] if values["day_part"] else []
    parts += [of.NextStep(values["next_step"]).label] if values["next_step"] else []
    parts += [StruckReason(values["struck_why"]).label] if values["struck_why"] else []
    words = _("On {day} we tried to reach you: {how}.")
    yield words.format(day=long_day(values["on"]), how=comma().join(str(each) for each in parts))


def _line(label: Any, value: Any) -> Iterator[str]:
    if value:
        yield f"{label}{colon()}{apart(str(value))}"


def _card_labels() -> Mapping[str, str]:
    return {
        "how": _("Numbers and addresses"),
        "second": _("The second contact"),
        "not_with": _("With whom nobody may speak"),
        "code_word": _("Code word"),
        "unsaid": _("Not to be said or left"),
    }
