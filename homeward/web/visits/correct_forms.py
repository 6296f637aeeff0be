"""Forms that correct the record of a visit, or take it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from homeward.apps.visits import choices as of
from homeward.apps.visits.correcting import Correction
from homeward.apps.visits.queries import ActionRow, VisitDetail
from homeward.apps.visits.recording import NewAction
from homeward.apps.visits.scope import LONGEST
from homeward.apps.visits.settling import UNSAID
from homeward.web.ui.forms import CHOOSE, NOT_SAID, DayInput, PlainForm, dress
from homeward.web.visits.contact_forms import words
from homeward.web.visits.record_forms import RecordForm

LINE = ("was_promise", "was_who", "was_by", "was_not")
WHY = _("In a few words; needed for “Another reason”. Nothing that a child told of harm.")


class CorrectForm(RecordForm):
    """As the visit was recorded, each answer filled in; and what is corrected, and why."""

    reason = forms.ChoiceField(
        label=_("Why is it corrected?"), choices=[CHOOSE, *((each.value, each.label) for each in of.CORRECTIONS)]
    )
    why = words(_("What was wrong?"), WHY)
    known = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, earlier: Sequence[ActionRow], agreed: Sequence[ActionRow], *args: Any, **kwargs: Any) -> None:
        super().__init__(earlier, *args, **kwargs)
        self.agreed = agreed
        for row in earlier:
            kept = self.fields[f"kept_{row.id}"]
            if isinstance(kept, forms.ChoiceField):  # not ticked, it stays; only this takes it away
                kept.choices = [*of.Kept.choices, (UNSAID, NOT_SAID[1])]
        for row in agreed:
            made: dict[str, forms.Field] = {
                f"was_promise_{row.id}": forms.CharField(
                    label=_("What was agreed?"), max_length=LONGEST, required=False
                ),
                f"was_who_{row.id}": forms.ChoiceField(label=_("Who does it?"), choices=of.Promiser.choices),
                f"was_by_{row.id}": forms.DateField(label=_("By when?"), widget=DayInput),
                f"was_not_{row.id}": forms.BooleanField(label=_("This was not agreed"), required=False),
            }
            for name, field in made.items():
                dress(field.widget)
                self.fields[name] = field

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        day = given.get("on")
        for row in self.agreed:
            by = given.get(f"was_by_{row.id}")
            if given.get(f"was_not_{row.id}"):
                continue
            if not given.get(f"was_promise_{row.id}"):
                self.add_error(f"was_promise_{row.id}", _now("Fill it in, or tick that it was not agreed."))
            if by is not None and day is not None and by < day:
                self.add_error(f"was_by_{row.id}", _now("This day lies before the visit. Correct it."))
        if given.get("reason") == of.Corrected.OTHER and not given.get("why"):
            self.add_error("why", _now("Say in a few words what was wrong."))
        return given

    def correction(self) -> Correction:
        given = self.cleaned_data
        return Correction(
            given["reason"], given["why"], given["known"], {row.id: self._line(row.id) for row in self.agreed}
        )

    def _line(self, key: UUID) -> NewAction | None:
        given = self.cleaned_data
        if given[f"was_not_{key}"]:
            return None
        return NewAction(given[f"was_who_{key}"], given[f"was_by_{key}"], given[f"was_promise_{key}"])

    @property
    def agreed_lines(self) -> list[list[BoundField]]:
        return [[self[f"{name}_{row.id}"] for name in LINE] for row in self.agreed]


class TakeBackForm(PlainForm):
    reason = forms.ChoiceField(
        label=_("Why is it taken back?"), choices=[CHOOSE, *((each.value, each.label) for each in of.TAKEN_BACK)]
    )
    why = words(_("What was wrong?"), WHY)
    known = forms.IntegerField(widget=forms.HiddenInput)


def earlier_for(found: VisitDetail) -> list[ActionRow]:
    """What was agreed before this visit, and was open then or is said of at it."""
    said = {row.id for row in found.actions for each in row.ledger if each.visit_id == found.row.id}
    day = found.row.held_on or date.max
    rows = (row for row in found.actions if row.visit_id != found.row.id)
    return [row for row in rows if row.id in said or (row.open and row.agreed_on <= day)]


def agreed_at(found: VisitDetail) -> list[ActionRow]:
    return [row for row in found.actions if row.visit_id == found.row.id]


def as_recorded(found: VisitDetail) -> dict[str, Any]:
    """What the form starts from."""
    row, yes_no = found.row, {True: "yes", False: "no", None: ""}
    made: dict[str, Any] = {
        "on": row.held_on.isoformat() if row.held_on else "",
        "mode": row.mode,
        "went": row.went or row.goes,
        "observed": list(found.observed),
        "child_seen": yes_no[row.child_seen],
        "alone": found.alone,
        "caregiver_seen": yes_no[found.caregiver_seen],
        "on_track": found.on_track,
        "any_harm": "" if row.harm is None else "yes" if row.harm else "no",
        "harm": list(row.harm or ()),
        "harm_done": found.harm_done,
        "next_on": found.next_on.isoformat() if found.next_on else "",
        "words": found.words,
        "known": found.versions[0].number if found.versions else 0,
    }
    for line, (sector, reason) in enumerate(found.gaps, 1):
        made |= {f"sector_{line}": sector, f"gap_{line}": reason}
    for each in agreed_at(found):
        made |= {f"was_promise_{each.id}": each.promise, f"was_who_{each.id}": each.who}
        made[f"was_by_{each.id}"] = each.by_when.isoformat()
    for each in earlier_for(found):
        made |= _said_at(each, found.row.id)
    return made


def _said_at(action: ActionRow, visit_id: UUID) -> dict[str, Any]:
    said = next((each for each in action.ledger if each.visit_id == visit_id), None)
    if said is None:
        return {}
    key = action.id
    made: dict[str, Any] = {f"kept_{key}": said.kept}
    if said.kept == of.Kept.MOVED:
        made |= {f"new_day_{key}": said.new_day, f"moved_{key}": said.because}
    elif said.kept == of.Kept.NOT_COMING:
        made |= {f"ended_{key}": said.because, f"told_{key}": said.told, f"need_{key}": said.need}
    return made
