"""Referrals in words that people understand. No reason puts blame on a child or a family."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from homeward.apps.cases.consent_models import Purpose, Speaker
from homeward.apps.cases.models import Need, RelationKind, Sex, Urgency
from homeward.apps.cases.taken_back import TakenBack
from homeward.apps.communities.models import Sector
from homeward.domain.consent import SERVICE
from homeward.domain.referring import NEEDS
from homeward.web.ui.words import language_name

STANDINGS: Mapping[str, tuple[Any, str]] = {
    "made": (_("Not handed over yet"), "warn"),
    "sent": (_("Waits for an answer"), ""),
    "unmet": (_("Nobody to refer to"), "warn"),
    "accepted": (_("Accepted"), "good"),
    "declined": (_("Not accepted"), "warn"),
    "no_answer": (_("No answer in time"), "warn"),
    "received": (_("Help was received"), "good"),
    "nothing": (_("Nothing was received"), "warn"),
    "closed": (_("Closed"), ""),
    "recalled": (_("Taken back"), ""),
}
REFUSALS = {"decline": "declined", "no_answer": "no_answer", "receive": "nothing"}  # by the step that says so
STEPS: Mapping[str, Any] = {
    "send": _("We handed it over"),
    "unmet": _("There is nobody to refer to"),
    "accept": _("They accepted"),
    "decline": _("They did not accept"),
    "no_answer": _("Nobody answered in time"),
    "receive": _("What the child received"),
    "close": _("Nothing more to do here"),
    "recall": _("We take it back"),
    "try_other": _("Another service is tried"),
    "leave": _("We leave it"),
    "known": _("A visit had told of it"),
    "correct": _("What was noted last was wrong"),
}
WHY_WRONG: Mapping[str, Any] = {
    "mistyped": _("Typed wrongly"),
    "mixed_up": _("Mixed up with another referral"),
    "learnt": _("We learnt more afterwards"),
}
WAYS: Mapping[str, Any] = {
    "family": _("The family took the slip along"),
    "in_person": _("We went there together"),
    "phone": _("By phone"),
    "post": _("By letter"),
    "meeting": _("At a meeting of services"),
}
RECEIVED: Mapping[str, Any] = {
    "fully": _("What was needed"),
    "partly": _("A part of it"),
    "not": _("Nothing"),
}
REASONS: Mapping[str, Any] = {
    "unavailable": _("There is no such service here"),
    "not_referred": _("Nobody was asked yet"),
    "no_answer": _("No answer in time"),
    "full": _("No room there now"),
    "conditions": _("Their conditions do not fit the child"),
    "papers": _("Papers are missing"),
    "turned_away": _("They turned the child away"),
    "service_closed": _("The service has closed"),
    "stopped": _("It began and stopped"),
    "too_far": _("Too far"),
    "too_costly": _("Too costly"),
    "unsafe": _("The way there, or the place, is not safe"),
    "refused_child": _("The child does not want it"),
    "refused_family": _("The family does not want it"),
    "helped_already": _("Help came from elsewhere"),
    "not_needed": _("It is not needed any more"),
    "none_left": _("There is nobody else to ask"),
    "no_means": _("There is no money or nobody for it"),  # of help that was promised
    "other": _("Another reason"),
    "not_coming": _("It was promised, and does not come"),
    "not_known": _("Not known why"),
}
FIELDS: Mapping[str, Any] = {
    "need": _("What is needed"),
    "urgency": _("How urgent it is"),
    "age_band": _("The age group"),
    "sex": _("Girl or boy"),
    "language": _("The language that is spoken"),
    "district": _("The district"),
    "caregiver": _("Who looks after the child (mother, aunt), no name"),
    "words": _("What the child says itself"),
}
PASSED: Mapping[str, Any] = {
    "name": _("The name"),
    "birth_date": _("The birth date"),
    "age": _("The age in years"),
    "caregivers": _("Who looks after the child, by name"),
    "return_date": _("The day of the return"),
    "sex": _("Girl or boy"),
    "language": _("The language that is spoken"),
}
PASSING: Mapping[str, tuple[Any, str]] = {
    "offered": (_("Waits for an answer"), ""),
    "accepted": (_("Accepted"), "good"),
    "returned": (_("Not accepted"), "warn"),
    "recalled": (_("Taken back"), ""),
    "handed_over": (_("Handed over"), "good"),
    "expired": (_("No answer in time"), "warn"),
}
RETURNS: Mapping[str, Any] = {
    "no_room": _("No room in our caseloads now"),
    "not_our_area": _("We do not work there"),
    "needs_beyond_us": _("We cannot give this help"),
    "known_here": _("The child may be known here already"),
    "other": _("Another reason"),
}
CHILD_SAYS: Mapping[str, Any] = {
    "yes": _("Yes, the child agrees"),
    "no": _("No"),
    "not_asked": _("Not asked (under 6 the child is told and not asked)"),
}
ADULT_SAYS: Mapping[str, Any] = {
    "yes": _("Yes, the caregiver agrees"),
    "trusted_adult": _("An adult whom the child trusts agrees: there is no caregiver, or asking is not safe"),
    "no": _("No"),
    "not_asked": _("Not asked"),
}


def step_words(step: str, how: str, reason: str) -> str:
    """One line of a referral's history."""
    parts = [
        STEPS.get(step, step),
        WAYS.get(how) or RECEIVED.get(how, ""),
        REASONS.get(reason) or WHY_WRONG.get(reason, ""),
    ]
    return " · ".join(str(part) for part in parts if part)


def value_words(field: str, value: str) -> str:
    """A value of the slip."""
    ways: Mapping[str, Any] = {"need": Need, "urgency": Urgency, "sex": Sex, "caregiver": RelationKind}
    if field == "language":
        return language_name(value)
    return str(ways[field](value).label) if field in ways else value


def needs_by_sector() -> list[tuple[Any, list[tuple[str, Any]]]]:
    """For a list to choose from, grouped as people look for help."""
    from_code = dict(Need.choices)
    return [(label, [(code, from_code[code]) for code in _needs_of(sector)]) for sector, label in Sector.choices]


def _needs_of(sector: str) -> list[str]:
    return [need for need, (_dimension, its) in NEEDS.items() if its == sector]


def taken_back_words(rows: Iterable[TakenBack]) -> dict[str, Any]:
    """Who took what back and when, for the page on which somebody would be told."""
    some = list(rows)
    said = [{"purpose": Purpose(each.purpose).label, "who": Speaker(each.who).label, "day": each.day} for each in some]
    return {"taken_back": said, "help_taken_back": any(each.purpose == SERVICE for each in some)}
