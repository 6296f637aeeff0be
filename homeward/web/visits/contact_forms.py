"""Forms of the safe-contact card and of attempts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from homeward.apps.cases.record_models import StruckReason
from homeward.apps.visits import choices as of
from homeward.apps.visits.cards import CardFacts
from homeward.apps.visits.scope import LONGEST
from homeward.web.ui.forms import CHOOSE, NOT_SAID, Chosen, DayInput, PlainForm
from homeward.web.visits.ways import WaysRadio, close

MANY = forms.CheckboxSelectMultiple


def words(label: Any, help_text: Any = "", *, rows: int = 2) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "dir": "auto"})
    return forms.CharField(label=label, required=False, max_length=LONGEST, widget=widget, help_text=help_text)


class CardForm(PlainForm):
    channels = forms.MultipleChoiceField(
        label=_("How may the child or the family be reached?"),
        choices=[(each.value, each.label) for each in of.ON_CARD],
        widget=MANY,
        required=False,
        help_text=_("What is not chosen is never done."),
    )
    safe_days = forms.MultipleChoiceField(
        label=_("On which days?"), choices=of.Days.choices, widget=MANY, required=False, help_text=_("None: any day.")
    )
    safe_parts = forms.MultipleChoiceField(
        label=_("At what time?"),
        choices=of.DayPart.choices,
        widget=MANY,
        required=False,
        help_text=_("None: any time."),
    )
    unsaid = words(
        _("What must not be said, shown or left?"),
        _("Everybody who works with the child sees this before each contact."),
    )
    how = words(_("Numbers and addresses"), _("Shown on a tap only, and each look is written down."))
    second = words(_("The second contact"), _("Somebody whom the child or the family named for this."))
    not_with = words(_("With whom nobody may speak"))
    code_word = forms.CharField(label=_("Code word"), required=False, max_length=80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channels"].mark = _("at least one")  # type: ignore[attr-defined]

    def facts(self) -> CardFacts:
        given: dict[str, Any] = self.cleaned_data
        lists = {name: tuple(given[name]) for name in ("channels", "safe_days", "safe_parts")}
        return CardFacts(**{**given, **lists})


class QuietForm(PlainForm):
    since = forms.DateField(label=_("First day"), widget=DayInput)
    until = forms.DateField(label=_("Last day"), widget=DayInput)
    reason = forms.ChoiceField(label=_("Reason"), choices=[CHOOSE, *of.QuietReason.choices])


class AttemptForm(PlainForm):
    """Two taps: the way, and what came of it. The outcome is the key that sends."""

    channel = forms.ChoiceField(label=_("How did you try?"), choices=of.Channels.choices, widget=WaysRadio)
    outcome = forms.ChoiceField(label=_("What came of it?"), choices=of.Outcome.choices)
    on = forms.DateField(label=_("Day"), required=False, widget=DayInput, help_text=_("Empty: today."))
    day_part = forms.ChoiceField(label=_("Time of day"), required=False, choices=[NOT_SAID, *of.DayPart.choices])
    next_step = forms.ChoiceField(label=_("What is next?"), required=False, choices=[NOT_SAID, *of.NextStep.choices])

    def __init__(self, *args: Any, shut: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shut = shut or {}
        close(self, "channel", self.shut)

    def clean_channel(self) -> str:
        channel: str = self.cleaned_data["channel"]
        if self.shut.get(channel) == "no_second":
            raise forms.ValidationError(_now("No second contact is recorded. Name one on the safe-contact card first."))
        return channel


class FoundForm(PlainForm):
    how = forms.ChoiceField(label=_("How was it found?"), choices=of.FoundHow.choices, widget=forms.RadioSelect)
    on = forms.DateField(label=_("Day"), required=False, widget=DayInput, help_text=_("Empty: today."))


class StrikeForm(PlainForm):
    reason = forms.ChoiceField(label=_("Reason"), choices=[CHOOSE, *StruckReason.choices], widget=Chosen)


class LostForm(PlainForm):
    reason = forms.ChoiceField(label=_("Reason"), choices=[CHOOSE, *of.LostReason.choices], widget=Chosen)
