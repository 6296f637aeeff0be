"""Short forms for referrals, each of a few fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy

from homeward.apps.cases.consent_models import WithoutCaregiver
from homeward.apps.cases.models import Need, Urgency
from homeward.apps.communities.directory import ServiceRow
from homeward.apps.communities.models import Sector
from homeward.domain.mending import WHY_WRONG
from homeward.domain.referring import NEEDS, REASONS, Step, Taken
from homeward.domain.sharing import Agreement
from homeward.web.cases import help_words as words
from homeward.web.cases.register import interview_languages
from homeward.web.ui.forms import CHOOSE, NOT_SAID, DayInput, PlainForm


def choices(labels: Any, names: Iterable[str], empty: Any = None) -> list[tuple[str, Any]]:
    found = [(name, labels[name]) for name in names]
    return found if empty is None else [("", empty), *found]


class ToWhomForm(PlainForm):
    """One of the three answers to: to whom?"""

    need = forms.ChoiceField(label=gettext_lazy("What is needed"), choices=lambda: [CHOOSE, *words.needs_by_sector()])
    service = forms.ChoiceField(label=gettext_lazy("To whom"), required=False)
    provider = forms.CharField(
        label=gettext_lazy("Or somebody who is not on the list"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("A school, a clinic, a person who helps. Kept sealed."),
    )
    nobody = forms.ChoiceField(
        label=gettext_lazy("Or nobody"),
        required=False,
        choices=lambda: choices(words.REASONS, REASONS[Step.UNMET], NOT_SAID[1]),
        help_text=gettext_lazy("Then the need is written down as a gap in services, and nothing is handed over."),
    )

    def __init__(
        self,
        *args: Any,
        services: Sequence[ServiceRow],
        refused: Mapping[UUID, str] | None = None,
        of: str = "",
        **kwargs: Any,
    ) -> None:
        """`of`: a sector, where it is about a gap in that one. `refused`: who did not take this child on, with what was
        said when; they stand last.
        """
        super().__init__(*args, **kwargs)
        if of:
            needs = [(name, Need(name).label) for name, (_dimension, sector) in NEEDS.items() if sector == of]
            self.fields["need"].choices = [CHOOSE, *needs] if len(needs) > 1 else needs  # type: ignore[attr-defined]
        said = refused or {}
        groups: list[tuple[Any, list[tuple[str, str]]]] = [
            (
                label,
                [
                    (str(each.id), _service_words(each))
                    for each in services
                    if each.sector == sector and each.id not in said
                ],
            )
            for sector, label in Sector.choices
        ]
        asked = [(str(each.id), f"{_service_words(each)} · {said[each.id]}") for each in services if each.id in said]
        groups.append((gettext_lazy("Asked for this child before"), asked))
        offered: list[Any] = [NOT_SAID, *(group for group in groups if group[1])]
        self.fields["service"].choices = offered  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given["provider"] = given.get("provider", "").strip()
        said = [name for name in ("service", "provider", "nobody") if given.get(name)]
        if not self.errors and not said:
            self.add_error("service", gettext_lazy("Choose a service, write who it is, or say why it is nobody."))
        if len(said) > 1:
            self.add_error(said[1], gettext_lazy("Only one of these three. Leave the others open."))
        return given


def _service_words(row: ServiceRow) -> str:
    return " · ".join(part for part in (row.name, row.place) if part)


class AgreedForm(PlainForm):
    """Who agreed to what is handed over, by the rules of every agreement."""

    limits_told = forms.BooleanField(
        label=gettext_lazy("I read out what we cannot keep to ourselves and cannot promise"), required=False
    )
    child = forms.ChoiceField(
        label=gettext_lazy("Does the child agree?"),
        widget=forms.RadioSelect,
        choices=lambda: list(words.CHILD_SAYS.items()),
    )
    adult = forms.ChoiceField(
        label=gettext_lazy("Does the caregiver agree?"),
        widget=forms.RadioSelect,
        choices=lambda: list(words.ADULT_SAYS.items()),
    )
    without_caregiver = forms.ChoiceField(
        label=gettext_lazy("Why is no caregiver asked?"),
        choices=[("", gettext_lazy("A caregiver is asked too")), *WithoutCaregiver.choices],
        required=False,
    )
    agreed_on = forms.DateField(label=gettext_lazy("Day on which they agreed"), widget=DayInput)
    language = forms.ChoiceField(label=gettext_lazy("Language in which it was explained"), choices=interview_languages)
    reason = forms.CharField(
        label=gettext_lazy("Why, in a sentence"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Needed for an earlier day, and where asking the caregiver would be unsafe."),
    )

    came_back = forms.BooleanField(
        label=gettext_lazy("They came back to it themselves; nobody asked them"), required=False
    )

    def __init__(self, *args: Any, taken_back: bool, **kwargs: Any) -> None:
        """`taken_back`: that another organisation is told, and it stands."""
        super().__init__(*args, **kwargs)
        self.taken_back = taken_back
        if not taken_back:
            del self.fields["came_back"]

    def agreement(self) -> Agreement:
        given = self.cleaned_data
        return Agreement(
            given["child"],
            given["adult"],
            given["agreed_on"],
            given["language"],
            given["limits_told"],
            given["without_caregiver"],
            given["reason"],
            given.get("came_back", False),
        )


class HandOverForm(AgreedForm):
    """What goes along, until when they can answer, and who agreed."""

    urgency = forms.ChoiceField(
        label=gettext_lazy("How urgent it is"), widget=forms.RadioSelect, choices=Urgency.choices
    )
    answer_by = forms.DateField(
        label=gettext_lazy("They answer until"),
        required=False,
        widget=DayInput,
        help_text=gettext_lazy("Left open: by how urgent it is."),
    )
    fields_chosen = forms.MultipleChoiceField(
        label=gettext_lazy("Tick only what they need besides"), required=False, widget=forms.CheckboxSelectMultiple
    )
    words = forms.CharField(
        label=gettext_lazy("What the child says itself"),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Only if the child wants it told, and it is ticked above. No names."),
    )

    def __init__(self, *args: Any, chosen: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fields_chosen"].choices = choices(words.FIELDS, chosen)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given["fields"] = given.get("fields_chosen", [])
        if given.get("words", "").strip() and "words" not in given["fields"]:
            self.add_error("words", gettext_lazy("Tick above that it is handed over, or leave it out."))
        return given


class StepForm(PlainForm):
    """Only what this step asks."""

    day = forms.DateField(label=gettext_lazy("Day"), widget=DayInput)
    how = forms.ChoiceField(label=gettext_lazy("How"), widget=forms.RadioSelect)
    reason = forms.ChoiceField(label=gettext_lazy("Why"), required=False)

    def __init__(self, data: Any, *, step: Step, today: Any = None) -> None:
        super().__init__(data, initial={"day": today}, auto_id=f"id_{step}_%s")
        self.step = step
        ways = {Step.SEND: words.WAYS, Step.RECEIVE: words.RECEIVED}.get(step)
        if ways is None:
            del self.fields["how"]
        else:
            self.fields["how"].choices = list(ways.items())  # type: ignore[attr-defined]
        reasons = REASONS.get(step, ())
        if len(reasons) < 2:
            del self.fields["reason"]
        else:
            empty = NOT_SAID if step is Step.RECEIVE else CHOOSE
            self.fields["reason"].choices = choices(words.REASONS, reasons, empty[1])  # type: ignore[attr-defined]
            if step is Step.RECEIVE:
                self.fields["reason"].help_text = gettext_lazy("Only where the child received nothing.")

    def taken(self) -> Taken:
        given = self.cleaned_data
        reasons = REASONS.get(self.step, ())
        reason = given.get("reason", "") or (reasons[0] if len(reasons) == 1 else "")
        return Taken(self.step, given["day"], given.get("how", ""), reason)


class CorrectForm(PlainForm):
    """What was noted last is wrong."""

    reason = forms.ChoiceField(
        label=gettext_lazy("What was wrong?"),
        widget=forms.RadioSelect,
        choices=lambda: choices(words.WHY_WRONG, WHY_WRONG),
    )
    known = forms.IntegerField(widget=forms.HiddenInput)  # how many steps stood on the page
