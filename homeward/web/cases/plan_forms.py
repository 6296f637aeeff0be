"""Short forms about a case: one page, one question. What is typed stays when something is missing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from homeward.apps.cases.documents import MOST_WORDS
from homeward.domain.lifecycle import REASONS_TO_ASSESS_AGAIN, REASONS_TO_REOPEN
from homeward.domain.planning import DIMENSIONS, NOT_DONE_BECAUSE
from homeward.web.cases import plan_words as known
from homeward.web.ui.forms import CHOOSE, DayInput, PlainForm
from homeward.web.ui.labels import DIMENSIONS as DIMENSION_LABELS

NOTHING = CHOOSE[1]


def one_of(label: Any, choices: list[tuple[str, Any]], *, radio: bool = False, **options: Any) -> forms.ChoiceField:
    widget = forms.RadioSelect if radio else forms.Select
    return forms.ChoiceField(label=label, choices=choices, widget=widget, **options)


def some_of(label: Any, choices: list[tuple[str, Any]], **options: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple, **options
    )


def text(label: Any, rows: int = 3, **options: Any) -> forms.CharField:
    options.setdefault("required", False)
    return forms.CharField(label=label, max_length=MOST_WORDS, widget=forms.Textarea({"rows": rows}), **options)


def day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=DayInput, **options)


def dimension_choices() -> list[tuple[str, Any]]:
    return known.choices(DIMENSION_LABELS, DIMENSIONS)


class GoalForm(PlainForm):
    whose = one_of(_("Whose goal is it?"), known.choices(known.WHOSE), radio=True)
    dimension = one_of(_("Part of life"), dimension_choices(), radio=True)
    words = text(
        _("The goal"),
        required=True,
        help_text=_("A goal of the child or the caregiver stands in their own words."),
    )


class ActionForm(PlainForm):
    words = text(_("What is to be done?"), required=True)
    dimension = one_of(_("Part of life"), dimension_choices(), radio=True)
    who = one_of(_("Who does it?"), known.choices(known.WHO_DOES, empty=NOTHING))
    helper = forms.CharField(
        label=_("Name of that person"),
        required=False,
        max_length=120,
        help_text=_("Kept sealed; it opens on the page of this action alone."),
    )
    service = one_of(_("Kind of help"), known.choices(known.SERVICES, empty=NOTHING))
    due = day(_("Until when?"), required=False)


class SendForm(PlainForm):
    child_view = one_of(_("What does the child think of this plan?"), known.choices(known.VIEWS), radio=True)
    child_words = text(
        _("In the child's words"), help_text=_("Where the child was not asked, say why: it is needed then.")
    )
    caregiver_view = one_of(_("What does the caregiver think of it?"), known.choices(known.VIEWS), radio=True)
    caregiver_words = text(_("In the caregiver's words"))


class VaryForm(PlainForm):
    trigger = one_of(_("What is the cause?"), known.choices(known.TRIGGERS), radio=True)
    submission = one_of(_("Which interview was it?"), [], required=False)
    reason = text(_("What has changed, and why does the plan not fit any more?"), required=True)
    child_view = one_of(_("What does the child think of the change?"), known.choices(known.VIEWS), radio=True)
    child_words = text(
        _("In the child's words"), help_text=_("Where the child was not asked, say why: it is needed then.")
    )
    dimension = one_of(_("Where is it to become better?"), dimension_choices(), radio=True)
    expected = text(_("What do you expect?"), required=True, help_text=_("So that somebody can see whether it came."))
    check_on = day(_("When do you look whether it helped?"))


class OutcomeForm(PlainForm):
    outcome = one_of(_("What became of it?"), known.choices(known.OUTCOMES), radio=True)
    because = one_of(
        _("Why did it not come about?"),
        known.choices(known.BECAUSE, NOT_DONE_BECAUSE, _("Does not apply")),
        required=False,
    )
    words = text(_("In words"))
    on = day(_("Day"), required=False, help_text=_("Left empty: today."))


class CheckForm(PlainForm):
    found = one_of(_("What did you find?"), known.choices(known.FOUND), radio=True)
    words = text(_("In words"))


class StepForm(PlainForm):
    note = text(_("A note"))


class AgainForm(PlainForm):
    reason = one_of(_("Why?"), known.choices(known.REASONS, REASONS_TO_ASSESS_AGAIN), radio=True)
    note = text(_("A note"))


class ReopenForm(PlainForm):
    reason = one_of(_("Why?"), known.choices(known.REASONS, REASONS_TO_REOPEN), radio=True)
    note = text(_("A note"))


class CloseForm(PlainForm):
    reason = one_of(_("Why does the case end?"), known.choices(known.ENDS, empty=NOTHING))
    planned = forms.BooleanField(label=_("The end was prepared with child and family"), required=False)
    told = one_of(_("Was the child told?"), known.choices(known.TOLD), radio=True)
    reviewed_on = day(_("When did you last go through the plan with the child and the family?"), required=False)
    early = text(_("Why before two years have passed?"))
    words = text(_("What should a colleague know who reads this later?"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["early"].mark = _("needed until two years have passed")  # type: ignore[attr-defined]


class DecideForm(PlainForm):
    answer = text(_("Your answer"), help_text=_("Needed where you give it back: what is missing, and what was good."))


class NeedsForm(PlainForm):
    occasion = one_of(_("Why now?"), known.choices(known.OCCASIONS))
    level_economic = one_of(_("Economic need"), known.choices(known.LEVELS), radio=True, required=False)
    economic = text(known.TOPICS["economic"])
    level_social = one_of(_("Social need"), known.choices(known.LEVELS), radio=True, required=False)
    social = text(known.TOPICS["social"])
    level_psychosocial = one_of(_("Psychosocial need"), known.choices(known.LEVELS), radio=True, required=False)
    psychosocial = text(known.TOPICS["psychosocial"])
    protective = some_of(_("What protects the child"), known.choices(known.PROTECTIVE))
    protective_words = text(known.TOPICS["protective"])
    risks = some_of(_("What endangers the child"), known.choices(known.RISKS))
    risks_words = text(known.TOPICS["risks"])
    vulnerability = one_of(
        _("How vulnerable is the child, all in all?"), known.choices(known.VULNERABLE), radio=True, required=False
    )


class InterestsForm(PlainForm):
    occasion = one_of(_("Why now?"), known.choices(known.OCCASIONS))
    child_view = text(known.TOPICS["child_view"])
    caregiver_view = text(known.TOPICS["caregiver_view"])
    options = text(known.TOPICS["options"], 5)
    recommendation = text(known.TOPICS["recommendation"])


class DeterminationForm(PlainForm):
    occasion = one_of(_("Why now?"), known.choices(known.OCCASIONS))
    panel = some_of(_("Who decided together?"), known.choices(known.PANEL))
    child_view = text(known.TOPICS["child_view"])
    options = text(known.TOPICS["options"], 5)
    decision = text(known.TOPICS["decision"])
    reasons = text(known.TOPICS["reasons"])
