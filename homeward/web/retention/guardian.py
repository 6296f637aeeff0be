"""On the child's page: whether guardians are given a copy at all, and one that holds more; each takes two people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from homeward.apps.access.actors import Actor
from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases.models import RelationKind
from homeward.apps.retention.guardians import GuardianCopies, OverrideRow, RelationRow
from homeward.apps.retention.holding import Part
from homeward.apps.retention.models import ChildSays, OverrideKind, WidenReason, WithholdReason
from homeward.apps.retention.overriding import (
    Widening,
    Withholding,
    ask_lifting,
    ask_wider_copy,
    ask_withholding,
    check_override,
    keep_withholding,
)
from homeward.web.retention.widened import PARTS
from homeward.web.ui.forms import DayInput, PlainForm
from homeward.web.ui.words import comma

WHY = gettext_lazy("Why")
REVIEW_ON = gettext_lazy("Look at it again on")


class WithholdForm(PlainForm):
    why = forms.ChoiceField(label=WHY, choices=WithholdReason.choices)
    words = forms.CharField(
        label=gettext_lazy("In words"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Needed for another reason. Only focal points read it."),
    )
    review_on = forms.DateField(label=REVIEW_ON, widget=DayInput)


class AgainForm(PlainForm):
    review_on = forms.DateField(label=REVIEW_ON, widget=DayInput)


class WidenForm(PlainForm):
    relation = forms.ChoiceField(label=gettext_lazy("For which guardian"))
    parts = forms.MultipleChoiceField(
        label=gettext_lazy("What it holds besides"),
        choices=[(str(part), PARTS[part]) for part in Part],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "Questions that can raise a flag, numbers in which they count, names, and all that was told in confidence"
            " are never in it."
            " Read the words first: a child may tell of harm in any of them."
        ),
    )
    why = forms.ChoiceField(label=WHY, choices=WidenReason.choices)
    says = forms.ChoiceField(label=gettext_lazy("What the child said about it"), choices=ChildSays.choices)
    words = forms.CharField(
        label=gettext_lazy("In words"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "Needed where the child was not asked: why not. The second person reads it,"
            " so write nothing of what was told in confidence."
        ),
    )


class OneForm(PlainForm):
    """What is decided about; its id stands in the page."""

    override = forms.UUIDField(widget=forms.HiddenInput)


GUARDIAN_FORMS: Mapping[str, type[PlainForm]] = {
    "withhold": WithholdForm,
    "withhold-again": AgainForm,
    "widen": WidenForm,
    "override-agree": OneForm,
    "override-refuse": OneForm,
}


def guardian_acts(actor: Actor, code: str, given: dict[str, Any]) -> dict[str, tuple[Callable[[], object], str]]:
    """Each with what is said when it is done."""
    words = given.get("words", "")
    return {
        "withhold": (
            lambda: ask_withholding(actor, code, Withholding(given["why"], given["review_on"], words)),
            _("From now on no guardian is given a copy. A second person has to confirm it within 14 days."),
        ),
        "withhold-again": (
            lambda: keep_withholding(actor, code, given["review_on"]),
            _("Recorded: still no copy for a guardian."),
        ),
        "lift-withholding": (
            lambda: ask_lifting(actor, code),
            _("A second person has to agree. Until then no guardian is given a copy."),
        ),
        "widen": (
            lambda: ask_wider_copy(actor, code, _widening(given)),
            _("A second person has to confirm it within 14 days."),
        ),
        "override-agree": (lambda: check_override(actor, _id(given), agreed=True), _("Confirmed.")),
        "override-refuse": (lambda: check_override(actor, _id(given), agreed=False), _("Refused.")),
    }


def _id(given: dict[str, Any]) -> UUID:
    found = given.get("override")
    if not isinstance(found, UUID):
        raise NotVisible("override")
    return found


def _widening(given: dict[str, Any]) -> Widening:
    return Widening(UUID(given["relation"]), tuple(given["parts"]), given["why"], given["says"], given["words"])


def bounded(form: PlainForm, found: GuardianCopies) -> PlainForm:
    if "review_on" in form.fields:
        field, last = form.fields["review_on"], found.latest_review
        field.widget.attrs |= {"min": (localdate() + timedelta(days=1)).isoformat(), "max": last.isoformat()}
        day = date_format(last, "DATE_FORMAT")
        field.help_text = _("At the latest on {day}. It holds beyond that day, until two people lift it.").format(
            day=day
        )
    relation = form.fields.get("relation")
    if isinstance(relation, forms.ChoiceField):
        relation.choices = [(str(each.id), relation_words(each)) for each in found.relations]
    return form


def relation_words(row: RelationRow) -> str:
    kind = RelationKind(row.kind).label
    if row.since is None:
        return f"{kind}{comma()}{_('beginning not said')}"
    return _("{kind}, since {day}").format(kind=kind, day=date_format(row.since, "DATE_FORMAT"))


def in_words(row: OverrideRow) -> dict[str, Any]:
    reasons = {OverrideKind.WITHHOLD: WithholdReason, OverrideKind.WIDEN: WidenReason}
    choices = reasons.get(OverrideKind(row.kind))
    return {
        "row": row,
        "kind": OverrideKind(row.kind).label,
        "why": choices(row.why).label if choices is not None and row.why else "",
        "parts": comma().join(str(PARTS[Part(part)]) for part in row.parts),
        "says": ChildSays(row.says).label if row.says else "",
        "whom": relation_words(row.relation) if row.relation is not None else "",
    }


def shown_guardian(found: GuardianCopies, forms_by_name: Mapping[str, PlainForm]) -> dict[str, Any]:
    rows = {kind: in_words(row) for kind, row in found.standing.items()}
    return {
        "withheld": rows.get(OverrideKind.WITHHOLD),
        "lifting": rows.get(OverrideKind.LIFT),
        "wider": rows.get(OverrideKind.WIDEN),
        "own_no": found.own_no,
        "may_ask": found.may_ask,
        "may_widen": found.may_widen,
        "forms": forms_by_name,
    }
