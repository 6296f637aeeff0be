"""Whoever came back as a child and is grown up: which survey asks the person, and which no longer does.

The protocol asks an adult with a survey; which one that is follows from what the organisation has published.
"""

from __future__ import annotations

from enum import StrEnum

from homeward.apps.access.actors import Actor
from homeward.apps.surveys.definitions import definition_of
from homeward.apps.surveys.form_queries import forms_visible_to
from homeward.apps.surveys.models import FormStatus
from homeward.domain.ages import ADULT
from homeward.domain.instruments import About, WordingStatus
from homeward.domain.problems import Problem, ProblemError

RESPONDENT, FAMILY = "adult", "survey"


class AdultSurvey(StrEnum):
    IN_USE = "in_use"
    NOT_PUBLISHED = "not_published"  # loaded, and two people have not published it yet
    PLACEHOLDER = "placeholder"  # loaded as topics without wording, which is never published
    MISSING = "missing"


def asks_grown_ups(about: About) -> bool:
    """About their own situation; the other surveys are about a child."""
    fits = (about.min_age or 0) <= ADULT and (about.max_age is None or about.max_age >= ADULT)
    return about.family == FAMILY and RESPONDENT in about.respondents and about.subject != "group" and fits


def adult_survey(actor: Actor) -> AdultSurvey:
    """How far the organisation has come with one."""
    rows = forms_visible_to(actor).filter(family=FAMILY).exclude(status=FormStatus.RETIRED).defer("report")
    found = [row for row in rows if asks_grown_ups(definition_of(row).instrument.about)]
    if any(row.status == FormStatus.PUBLISHED for row in found):
        return AdultSurvey.IN_USE
    if any(row.wording_status != WordingStatus.PLACEHOLDER for row in found):
        return AdultSurvey.NOT_PUBLISHED
    return AdultSurvey.PLACEHOLDER if found else AdultSurvey.MISSING


def is_too_old_for(about: About, age: int | None) -> bool:
    """A grown-up is not asked the questions for children any more."""
    return age is not None and age >= ADULT and about.max_age is not None and about.max_age < ADULT


def refuse_questions_for_children(about: About, age: int | None) -> None:
    if is_too_old_for(about, age):
        message = "This person is grown up: the questions for children are not asked any more."
        action = (
            "Ask with the survey for grown-ups. An interview held before the birthday is keyed in from its paper form."
        )
        raise ProblemError(Problem("interview.grown_up", message, action, status=409))
