"""One form for each topic of a child's record: one question, short answers, who said it and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from homeward.apps.cases.family_models import Arrangement, ChangeReason
from homeward.apps.cases.record_models import (
    Attending,
    Basis,
    CameWith,
    DocumentKind,
    DocumentState,
    LeftReason,
    Level,
    NameKind,
    Notice,
    ReturnBasis,
    ReturnKind,
    SaidBy,
    StruckReason,
    Traced,
)
from homeward.domain.functioning import FORMS, RESULTS, form_at
from homeward.web.cases import record_words as words
from homeward.web.ui.forms import DayInput, PlainForm

NOT_SAID = ("", gettext_lazy("Not recorded"))


def radio(label: Any, choices: Any, **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, widget=forms.RadioSelect, choices=choices, **options)


def day(label: Any, *, required: bool = False, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=DayInput, **options)


class StrikeForm(PlainForm):
    reason = radio(gettext_lazy("Why is it wrong?"), StruckReason.choices)


class EntryForm(PlainForm):
    """`age` is that of the child today, `caregivers` its relations by id."""

    field_order: tuple[str, ...] = ()

    said_by = forms.ChoiceField(label=gettext_lazy("Who said it"), choices=SaidBy.choices, initial=SaidBy.UNKNOWN)
    told_on = day(gettext_lazy("For which day it holds"), help_text=gettext_lazy("Left empty: today."))

    def __init__(self, *args: Any, age: int | None, caregivers: Mapping[UUID, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last = ("said_by", "told_on")
        self.order_fields([*(name for name in self.fields if name not in last), *last])

    def values(self) -> dict[str, Any]:
        given = {name: value for name, value in self.cleaned_data.items() if name not in ("said_by", "told_on")}
        return {name: "" if value is None and name in self.texts else value for name, value in given.items()}

    @property
    def texts(self) -> frozenset[str]:
        return frozenset(name for name, field in self.fields.items() if isinstance(field, forms.ChoiceField))


class NameForm(EntryForm):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("In any script. It is sealed, and found when somebody looks for it."),
    )
    kind = radio(gettext_lazy("What it is"), NameKind.choices, initial=NameKind.SPELLING)


class BirthForm(EntryForm):
    basis = radio(gettext_lazy("The age is known from"), Basis.choices)


class LanguageForm(EntryForm):
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=[NOT_SAID, *words.SPOKEN.items()])


class DocumentForm(EntryForm):
    kind = radio(gettext_lazy("Document"), DocumentKind.choices)
    state = radio(gettext_lazy("Does the child have it?"), DocumentState.choices)


class SchoolForm(EntryForm):
    level = radio(gettext_lazy("School"), Level.choices)
    attending = radio(gettext_lazy("Attendance"), Attending.choices, initial=Attending.UNKNOWN)
    since = day(gettext_lazy("Since"), required=True, help_text=gettext_lazy("The first of the month will do."))
    until = day(gettext_lazy("Until"), help_text=gettext_lazy("Only for what is over."))
    left_reason = forms.ChoiceField(
        label=gettext_lazy("Why the child left"), required=False, choices=[NOT_SAID, *LeftReason.choices]
    )


class FunctioningForm(EntryForm):
    """A choice for each domain of the form for the child's age; nothing of the questions themselves."""

    def __init__(self, *args: Any, age: int | None, **kwargs: Any) -> None:
        super().__init__(*args, age=age, **kwargs)
        self.form = form_at(age) if age is not None else ""
        self.fields["said_by"].initial = SaidBy.CAREGIVER
        for domain in FORMS.get(self.form, ()):
            choices = [(result, str(words.RESULTS[result])) for result in RESULTS]
            self.fields[domain] = radio(words.DOMAINS[domain], choices, required=False)
            self.fields[domain].widget.attrs = {"class": "form-check-input", "autocomplete": "off"}
        last = ("said_by", "told_on")
        self.order_fields([*FORMS.get(self.form, ()), *last])

    def values(self) -> dict[str, Any]:
        given = {domain: self.cleaned_data[domain] for domain in FORMS.get(self.form, ()) if self.cleaned_data[domain]}
        return {"form": self.form, "results": given}


class ReturnForm(EntryForm):
    returned_on = day(gettext_lazy("Day of the return"))
    basis = radio(gettext_lazy("How sure is the day?"), ReturnBasis.choices, initial=ReturnBasis.KNOWN)
    from_country = forms.CharField(
        label=gettext_lazy("From which country"),
        required=False,
        max_length=2,
        help_text=gettext_lazy("Its two letters, such as LY for Libya or DE for Germany."),
    )
    kind = radio(gettext_lazy("Kind of return"), ReturnKind.choices, initial=ReturnKind.UNKNOWN)
    came_with = radio(gettext_lazy("The child came"), CameWith.choices, initial=CameWith.UNKNOWN)
    months_away = forms.IntegerField(label=gettext_lazy("Months away from the country"), required=False, min_value=0)
    born_abroad = radio(
        gettext_lazy("Was the child born abroad?"),
        [("", gettext_lazy("Not known")), ("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))],
        required=False,
    )
    notice = radio(gettext_lazy("How long before did the child know?"), Notice.choices, initial=Notice.UNKNOWN)
    family_traced = radio(gettext_lazy("Was the family found?"), Traced.choices, initial=Traced.UNKNOWN)

    def values(self) -> dict[str, Any]:
        given = super().values()
        born = {"yes": True, "no": False}.get(given["born_abroad"])
        return {**given, "born_abroad": born, "from_country": given["from_country"].strip().upper()}


class CareForm(EntryForm):
    arrangement = radio(gettext_lazy("The child lives with"), Arrangement.choices)
    since = day(gettext_lazy("Since"), required=True, help_text=gettext_lazy("What was before ends on the day before."))
    until = day(gettext_lazy("Until"), help_text=gettext_lazy("Only for what is over."))
    reason = forms.ChoiceField(
        label=gettext_lazy("Why it changed"), required=False, choices=[NOT_SAID, *ChangeReason.choices]
    )
    caregiver = forms.ChoiceField(label=gettext_lazy("Which person of the family"), required=False)

    def __init__(self, *args: Any, caregivers: Mapping[UUID, str], **kwargs: Any) -> None:
        super().__init__(*args, caregivers=caregivers, **kwargs)
        offered = [("", _("Not recorded")), *((str(key), name) for key, name in caregivers.items())]
        self.fields["caregiver"].choices = offered  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        given = super().values()
        caregiver = given.pop("caregiver")
        return {**given, "caregiver_id": UUID(caregiver) if caregiver else None}


class HouseholdForm(EntryForm):
    since = day(gettext_lazy("Since"), required=True, help_text=gettext_lazy("What was before ends on the day before."))
    with_code = forms.CharField(
        label=gettext_lazy("Together with this child"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("The code of a brother, sister or other child of ours in the same household."),
    )
    members = forms.IntegerField(label=gettext_lazy("How many people live there"), required=False, min_value=1)
    children = forms.IntegerField(label=gettext_lazy("How many of them are children"), required=False, min_value=0)


FORM_OF: Mapping[str, type[EntryForm]] = {
    "returns": ReturnForm,
    "names": NameForm,
    "birth": BirthForm,
    "languages": LanguageForm,
    "documents": DocumentForm,
    "schooling": SchoolForm,
    "functioning": FunctioningForm,
    "care": CareForm,
    "household": HouseholdForm,
}
