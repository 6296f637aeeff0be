"""What became of something that was agreed: on its own page, and within the form of a visit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from homeward.apps.visits import choices as of
from homeward.apps.visits.queries import ActionRow
from homeward.apps.visits.settling import Became
from homeward.domain.promising import leaves_gap
from homeward.web.cases.help_words import needs_by_sector
from homeward.web.ui.forms import CHOOSE, DayInput, PlainForm

BELONGS = _("This belongs to it. Fill it in.")


def need_choices() -> list[Any]:
    return [CHOOSE, *needs_by_sector()]


class MoveForm(PlainForm):
    new_day = forms.DateField(label=_("By when is it to be there now?"), widget=DayInput)
    because = forms.ChoiceField(label=_("Why is it moved?"), choices=[CHOOSE, *of.MovedReason.choices])

    def became(self) -> Became:
        return Became(of.Kept.MOVED, **self.cleaned_data)


class EndForm(PlainForm):
    because = forms.ChoiceField(label=_("Why does it not come?"), choices=[CHOOSE, *of.NotComing.choices])
    need = forms.ChoiceField(
        label=_("What does the child lack now?"),
        help_text=_(
            "Counted as a gap in services, unless they said no to being counted: what is missing, where and why."
        ),
        choices=need_choices,
    )
    told = forms.ChoiceField(
        label=_("Who told the family?"),
        choices=[CHOOSE, *of.ToldBy.choices],
        help_text=_("“Nobody yet”: it stays on top of the child's visits until somebody did."),
    )

    def __init__(self, who: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not leaves_gap(who):
            del self.fields["need"]

    def became(self) -> Became:
        return Became(of.Kept.NOT_COMING, **self.cleaned_data)


def fields_for(row: ActionRow) -> dict[str, forms.Field]:
    """Beside the answer itself: what a move, or an end, needs besides."""
    key = row.id
    made: dict[str, forms.Field] = {
        f"new_day_{key}": forms.DateField(label=_("The new day, if it is moved"), widget=DayInput),
        f"moved_{key}": forms.ChoiceField(label=_("Why is it moved?"), choices=[CHOOSE, *of.MovedReason.choices]),
        f"ended_{key}": forms.ChoiceField(label=_("Why does it not come?"), choices=[CHOOSE, *of.NotComing.choices]),
        f"told_{key}": forms.ChoiceField(label=_("Who told the family?"), choices=[CHOOSE, *of.ToldBy.choices]),
    }
    if leaves_gap(row.who):
        made[f"need_{key}"] = forms.ChoiceField(label=_("What does the child lack now?"), choices=need_choices)
    for field in made.values():
        field.required = False
    return made


def parts_of(kept: str, row: ActionRow) -> tuple[str, ...]:
    """Names of the fields that this answer needs."""
    if kept == of.Kept.MOVED:
        return ("new_day", "moved")
    if kept == of.Kept.NOT_COMING:
        return ("ended", "told", *(("need",) if leaves_gap(row.who) else ()))
    return ()


def missing_in(given: dict[str, Any], row: ActionRow) -> list[str]:
    kept = given.get(f"kept_{row.id}", "")
    return [f"{name}_{row.id}" for name in parts_of(kept, row) if not given.get(f"{name}_{row.id}")]


def became_of(given: dict[str, Any], key: UUID) -> Became:
    kept = given[f"kept_{key}"]
    if kept == of.Kept.MOVED:
        return Became(kept, given[f"new_day_{key}"], given[f"moved_{key}"])
    if kept == of.Kept.NOT_COMING:
        told = {"told": given[f"told_{key}"], "need": given.get(f"need_{key}", "")}
        return Became(kept, None, given[f"ended_{key}"], **told)
    return Became(kept)
