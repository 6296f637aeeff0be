"""The form of a visit that took place. What was agreed last time comes first, then who was seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from homeward.apps.communities.models import Sector
from homeward.apps.visits import choices as of
from homeward.apps.visits.queries import ActionRow
from homeward.apps.visits.recording import Held, NewAction
from homeward.apps.visits.scope import LONGEST
from homeward.domain.gaps import AT_A_VISIT
from homeward.domain.visiting import asks
from homeward.web.cases.help_words import REASONS
from homeward.web.ui.forms import NOT_SAID, DayInput, PlainForm, dress
from homeward.web.visits.contact_forms import words
from homeward.web.visits.promise_forms import BELONGS, became_of, fields_for, missing_in
from homeward.web.visits.ways import WaysSelect, close

RADIO = forms.RadioSelect
YES_NO = [("yes", _("Yes")), ("no", _("No"))]
LINES = ("1", "2", "3")
NEEDED: Mapping[str, Any] = {  # what may stay empty, but not always
    "alone": _("when the child was seen"),
    "on_track": _("if a case worker went"),
    "harm": _("if there was harm"),
    "harm_done": _("if there was harm"),
}
NOTHING_SHUT: Mapping[str, str] = {}


class RecordForm(PlainForm):
    on = forms.DateField(label=_("On which day was it?"), widget=DayInput)
    mode = forms.ChoiceField(label=_("How was it made?"), choices=of.Ways.choices, widget=WaysSelect)
    went = forms.ChoiceField(
        label=_("Who went?"), choices=of.Goes.choices, required=False, help_text=_("What kind of person; no name.")
    )
    observed = forms.MultipleChoiceField(
        label=_("What did a volunteer or community monitor bring back?"),
        choices=of.Observed.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("As ticked on the sheet. If a case worker went, leave it empty."),
    )
    child_seen = forms.ChoiceField(label=_("Was the child seen in person?"), choices=YES_NO, widget=RADIO)
    alone = forms.ChoiceField(
        label=_("Did you speak with the child alone?"), choices=of.Alone.choices, widget=RADIO, required=False
    )
    caregiver_seen = forms.ChoiceField(label=_("Was the caregiver seen?"), choices=YES_NO, widget=RADIO)
    on_track = forms.ChoiceField(
        label=_("Is the plan on track?"), choices=of.OnTrack.choices, widget=RADIO, required=False
    )
    any_harm = forms.ChoiceField(
        label=_("Did the visit do harm, or is there a sign of any?"), choices=YES_NO, widget=RADIO
    )
    harm = forms.MultipleChoiceField(
        label=_("What was it?"), choices=of.Harm.choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    harm_done = forms.ChoiceField(
        label=_("What was done about it?"), choices=[NOT_SAID, *of.HarmDone.choices], required=False
    )
    next_on = forms.DateField(label=_("Next visit"), required=False, widget=DayInput)
    words = words(
        _("Note of the visit"),
        _("Nothing that a child told of harm: that is passed on, and stands in no note."),
        rows=4,
    )

    def __init__(
        self,
        earlier: Sequence[ActionRow],
        *args: Any,
        today: date | None = None,
        shut: Mapping[str, str] = NOTHING_SHUT,
        days: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.earlier, self.today = earlier, today
        close(self, "mode", shut)
        self.fields["next_on"].help_text = days
        for name, mark in NEEDED.items():
            self.fields[name].mark = mark  # type: ignore[attr-defined]
        made: dict[str, forms.Field] = {}
        for row in earlier:
            label = f"{of.Promiser(row.who).label}: {row.promise}" if row.promise else of.Promiser(row.who).label
            made[f"kept_{row.id}"] = forms.ChoiceField(
                label=label, choices=of.Kept.choices, widget=RADIO, required=False
            )
            made |= fields_for(row)
        for line in LINES:
            made[f"promise_{line}"] = forms.CharField(label=_("What is agreed?"), required=False, max_length=LONGEST)
            made[f"who_{line}"] = forms.ChoiceField(
                label=_("Who does it?"), choices=[NOT_SAID, *of.Promiser.choices], required=False
            )
            made[f"by_{line}"] = forms.DateField(label=_("By when?"), required=False, widget=DayInput)
        for line in LINES[:2]:
            made[f"sector_{line}"] = forms.ChoiceField(
                label=_("A service that is missing"), choices=[NOT_SAID, *Sector.choices], required=False
            )
            made[f"gap_{line}"] = forms.ChoiceField(
                label=_("Why?"), choices=[NOT_SAID, *((code, REASONS[code]) for code in AT_A_VISIT)], required=False
            )
        for name, field in made.items():
            dress(field.widget)
            self.fields[name] = field

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        self._agree(given)
        self._days(given)
        for line in LINES:
            parts = [f"{name}_{line}" for name in ("promise", "who", "by")]
            if any(given.get(each) for each in parts):
                self._all_of(parts, given)
        for line in LINES[:2]:
            if given.get(f"sector_{line}"):
                self._all_of([f"gap_{line}"], given)
        for row in self.earlier:
            for name in missing_in(given, row):
                if name not in self.errors:
                    self.add_error(name, BELONGS)
        if given.get("observed") and given.get("went") not in ("", *of.IN_STEAD):
            self.add_error("observed", _now("This is for a volunteer or a community monitor. Correct one of the two."))
        return given

    def _agree(self, given: dict[str, Any]) -> None:
        """What two answers say of one thing is the same; nothing that was ticked is dropped."""
        missing = _now("An answer is missing. Choose one.")
        seen, alone = given.get("child_seen"), given.get("alone")
        asked = asks(given.get("went", ""))
        if asked and not given.get("on_track"):
            self.add_error("on_track", missing)
        if asked and seen == "yes" and not alone:
            self.add_error("alone", missing)
        unlike = (seen == "yes" and alone == of.Alone.NOT_SEEN) or (
            seen == "no" and alone not in ("", of.Alone.NOT_SEEN)
        )
        if asked and unlike:
            self.add_error("alone", _now("This does not fit to whether the child was seen. Correct one of the two."))
        if given.get("any_harm") == "yes":
            for name in ("harm", "harm_done"):
                if not given.get(name):
                    self.add_error(name, missing)
        elif given.get("any_harm") == "no" and (given.get("harm") or given.get("harm_done")):
            self.add_error("any_harm", _now("“No” does not fit to what is chosen below. Choose “Yes”, or undo that."))

    def _days(self, given: dict[str, Any]) -> None:
        day, nearest = given.get("on"), given.get("next_on")
        if day is None:
            return
        if self.today is not None and day > self.today:
            self.add_error("on", _now("This day is still to come. Enter the day on which it took place."))
        if nearest is not None and nearest <= day:
            self.add_error(
                "next_on", _now("The next visit lies before this one. Choose a later day, or leave it empty.")
            )
        for line in LINES:
            by = given.get(f"by_{line}")
            if by is not None and by < day:
                self.add_error(f"by_{line}", _now("This day lies before the visit. Correct it."))

    def _all_of(self, names: list[str], given: dict[str, Any]) -> None:
        for name in names:
            if not given.get(name) and name not in self.errors:
                self.add_error(name, _now("This belongs to it. Fill it in, or empty the line."))

    def held(self) -> Held:
        given = self.cleaned_data
        harm = given["any_harm"] == "yes"
        lines = [line for line in LINES if given[f"promise_{line}"]]
        return Held(
            child_seen=given["child_seen"] == "yes",
            caregiver_seen=given["caregiver_seen"] == "yes",
            on_track=given["on_track"],
            harm=tuple(given["harm"]) if harm else (),
            on=given["on"],
            mode=given["mode"],
            alone=given["alone"],
            harm_done=given["harm_done"] if harm else "",
            next_on=given["next_on"],
            words=given["words"],
            went=given["went"],
            observed=tuple(given["observed"]),
            kept={row.id: became_of(given, row.id) for row in self.earlier if given[f"kept_{row.id}"]},
            actions=tuple(
                NewAction(given[f"who_{line}"], given[f"by_{line}"], given[f"promise_{line}"]) for line in lines
            ),
            gaps=tuple(
                (given[f"sector_{line}"], given[f"gap_{line}"]) for line in LINES[:2] if given[f"sector_{line}"]
            ),
        )

    @property
    def kept_fields(self) -> Iterator[dict[str, Any]]:
        """The answer, and what a move or an end needs besides: shown open where something of it is there or wrong."""
        for row in self.earlier:
            more = [self[name] for name in fields_for(row)]
            shown = any(each.errors or each.value() for each in more)
            yield {"kept": self[f"kept_{row.id}"], "more": more, "open": shown}

    @property
    def lines(self) -> Iterator[list[BoundField]]:
        for line in LINES:
            yield [self[f"{name}_{line}"] for name in ("promise", "who", "by")]

    @property
    def gap_lines(self) -> Iterator[list[BoundField]]:
        for line in LINES[:2]:
            yield [self[f"{name}_{line}"] for name in ("sector", "gap")]
