"""Where help was sought for the child, what was told there, and what came of it: for the child's own copy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from homeward.apps.cases.models import Need, Sex, Urgency
from homeward.apps.communities.models import Sector
from homeward.apps.retention.copies import Copy, Received
from homeward.apps.retention.helped import Helped
from homeward.domain.codes import display_code
from homeward.web.cases import help_words as words
from homeward.web.retention.interviews import long_day
from homeward.web.ui import labels
from homeward.web.ui.words import apart, comma, language_name

HANDED: Mapping[str, Any] = {
    "send_referral": gettext_lazy("On {day} we asked {whom} for help and told them: {parts}."),
    "accept_transfer": gettext_lazy("On {day} your case was passed on to {whom}, with: {parts}."),
}
PARTS: Mapping[str, Any] = {**words.PASSED, **words.FIELDS}


def handed(row: Received) -> str:
    day = long_day(localtime(row.last).date())
    return str(HANDED[row.verb]).format(day=day, whom=apart(row.whom), parts=_parts(row.parts))


def helped(copy: Copy) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A part of the copy for each: its title, and its sentences."""
    for row in copy.referrals:
        title = _("What you needed: {need}").format(need=Need(row.values["need"]).label)
        yield title, tuple(_referral(row))
    for row in copy.transfers:
        yield _("Your case and another organisation"), tuple(_transfer(row))


def _referral(row: Helped) -> Iterator[str]:
    said = row.values
    dimension = labels.DIMENSIONS.get(said["dimension"], said["dimension"])
    known = {"day": long_day(said["made_on"]), "sector": Sector(said["sector"]).label, "dimension": dimension}
    yield _("We wrote this down on {day}, under {sector} and {dimension}.").format(**known)
    if row.to:
        asked = {"whom": apart(row.to), "code": display_code(said["code"]), "day": long_day(said["answer_by"])}
        yield _("We asked {whom}. They know you by the number {code}, and could answer until {day}.").format(**asked)
        yield _("How urgent it is: {urgency}. They are told: {parts}.").format(
            urgency=Urgency(said["urgency"]).label, parts=_parts(said["fields"])
        )
    if said["words"]:
        yield _("In your own words: {words}.").format(words=apart(said["words"]))
    yield from _agreed(said)
    for step in row.steps:
        told = words.step_words(step["step"], step["how"], step["reason"])
        yield _("{day}: {what}.").format(day=long_day(step["day"]), what=told)


def _transfer(row: Helped) -> Iterator[str]:
    said, sectors = row.values, dict(Sector.choices)
    offered = {"day": long_day(said["made_on"]), "whom": apart(row.to), "last": long_day(said["expires_on"])}
    yield _("On {day} we asked {whom} to go on with you. They could answer until {last}.").format(**offered)
    shown = [Sex(said["sex"]).label, said["age_band"], row.place, *(str(sectors[each]) for each in said["needs"])]
    yield _("First they read only: {parts}.").format(parts=comma().join(each for each in map(str, shown) if each))
    if said["passed"]:
        yield _("You agreed that they may then be told: {parts}.").format(parts=_parts(said["passed"]))
    yield from _agreed(said)
    answer = [words.PASSING[said["standing"]][0], words.RETURNS.get(said["reason"], "")]
    told = " · ".join(str(each) for each in answer if each)
    day = said["answered_on"] or said["made_on"]
    yield _("{day}: {what}.").format(day=long_day(day), what=told)


def _agreed(said: Mapping[str, Any]) -> Iterator[str]:
    if said["agreed_on"] is None:
        return
    known = {
        "day": long_day(said["agreed_on"]),
        "language": language_name(said["agreed_language"]),
        "child": words.CHILD_SAYS[said["child_says"]],
        "adult": words.ADULT_SAYS[said["adult_says"]],
    }
    yield _("On {day} you were asked, in {language}. You: {child}. Who looks after you: {adult}.").format(**known)


def _parts(parts: Iterable[str]) -> str:
    return comma().join(str(PARTS[part]) for part in parts)
