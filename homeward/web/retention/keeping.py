"""One child: how long what is kept, holding it, keeping it longer, erasing it, and what guardians are given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from homeward.apps.access.actors import Actor
from homeward.apps.retention.deciding import (
    REASONS_TO_ERASE,
    Wish,
    ask_erasure,
    let_end,
    lift_hold,
    place_hold,
    prolong,
)
from homeward.apps.retention.guardians import GuardianCopies, guardian_copies
from homeward.apps.retention.listing import Keeping, keeping
from homeward.apps.retention.models import HoldReason, Verdict
from homeward.web.cases.frame import frame
from homeward.web.retention.guardian import GUARDIAN_FORMS, bounded, guardian_acts, shown_guardian
from homeward.web.retention.words import ASKED_BY, CLOCKS, ENDS, REASONS
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import DayInput, PlainForm

WHY = gettext_lazy("Why")


class LongerForm(PlainForm):
    until = forms.DateField(label=gettext_lazy("Keep it until"), widget=DayInput)
    reason = forms.CharField(label=WHY, widget=forms.Textarea(attrs={"rows": 2}), max_length=500)


class HoldForm(PlainForm):
    reason_code = forms.ChoiceField(label=gettext_lazy("For what"), choices=HoldReason.choices)
    reason = forms.CharField(label=WHY, widget=forms.Textarea(attrs={"rows": 2}), max_length=500)
    review_on = forms.DateField(label=gettext_lazy("Look at it again on"), widget=DayInput)


class EraseForm(PlainForm):
    asked_for = forms.ChoiceField(label=gettext_lazy("Whose wish it is"), choices=list(ASKED_BY.items()))
    reason = forms.ChoiceField(label=WHY, choices=[(each, REASONS[each]) for each in REASONS_TO_ERASE])


class NoForm(PlainForm):
    """An act without anything to fill in."""


FORMS: dict[str, type[PlainForm]] = {"longer": LongerForm, "hold": HoldForm, "erase": EraseForm, **GUARDIAN_FORMS}


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def keep(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    found = keeping(actor, code)
    found.may["review"].require()
    copies = guardian_copies(actor, found.child)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    clock = request.POST.get("clock", "") if act else ""
    form = _made(act, clock, found, copies, request.POST) if act else None
    if form is not None and form.is_valid():
        said = attempt(form, lambda: _done(actor, found, act, clock, form.cleaned_data))
        if said is not None:
            messages.success(request, said, extra_tags="good")
            return redirect("child-keep", found.child.row.code)
    context = {**frame(actor, found.child, "keeping"), **_shown(found, copies, act, clock, form)}
    return render(request, "retention/keep.html", context, status=422 if request.method == "POST" else 200)


def _done(actor: Actor, found: Keeping, act: str, clock: str, given: dict[str, Any]) -> str | None:
    """What was done, in words; an act that nobody knows does nothing."""
    code = found.child.row.code
    acts: dict[str, tuple[Callable[[], object], str]] = {
        "end": (lambda: let_end(actor, code, clock), _("Recorded: it ends on its day.")),
        "longer": (
            lambda: prolong(actor, code, clock, given["until"], given["reason"]),
            _("Recorded: it is kept longer."),
        ),
        "hold": (
            lambda: place_hold(actor, code, given["reason_code"], given["reason"], given["review_on"]),
            _("The record is held. Nothing of it ends until the hold is lifted."),
        ),
        "lift": (lambda: lift_hold(actor, code), _("The hold is lifted.")),
        "erase": (
            lambda: ask_erasure(actor, code, Wish(given["reason"], given["asked_for"])),
            _("A focal point has to agree before anything is erased."),
        ),
    }
    acts |= guardian_acts(actor, code, given)
    if act not in acts:
        return None
    step, said = acts[act]
    step()
    return said


def _made(act: str, clock: str, found: Keeping, copies: GuardianCopies, given: QueryDict | None = None) -> PlainForm:
    """A limit is said before anybody runs into it, and the calendar of the browser keeps to it."""
    form = FORMS.get(act, NoForm)(given, auto_id=_id_of(act, clock))
    if act in GUARDIAN_FORMS:
        return bounded(form, copies)
    if isinstance(form, HoldForm):
        field, last = form.fields["review_on"], found.latest_look
        field.widget.attrs |= {"min": (localdate() + timedelta(days=1)).isoformat(), "max": last.isoformat()}
        day = date_format(last, "DATE_FORMAT")
        field.help_text = _("At the latest on {day}: nobody holds a record for longer without a look.").format(day=day)
    return form


def _id_of(act: str, clock: str = "") -> str:
    """Several forms stand on the page, with fields of the same names."""
    return f"{act}-{clock if clock in CLOCKS else 'one'}-%s"


def _shown(found: Keeping, copies: GuardianCopies, act: str, clock: str, form: PlainForm | None) -> dict[str, Any]:
    def shown(name: str, of: str = "") -> PlainForm:
        if form is not None and (name, of) == (act, clock):
            return form
        return _made(name, of, found, copies)

    about_guardians = {"withhold": "withhold", "again": "withhold-again", "widen": "widen"}
    return {
        "guardian": shown_guardian(copies, {key: shown(name) for key, name in about_guardians.items()}),
        "clocks": [
            {
                "row": row,
                "name": CLOCKS[row.clock],
                "ends": ENDS[row.clock],
                "verdict": _verdict(row.verdict),
                "longer": shown("longer", row.clock),
                "open": (act, clock) == ("longer", row.clock),
            }
            for row in found.clocks
        ],
        "hold": found.hold,
        "held": found.held,
        "hold_reason": HoldReason(found.hold.reason_code).label if found.hold else "",
        "asked": found.asked,
        "may_keep": found.may,
        "forms": {name: shown(name) for name in ("hold", "erase")},
        "open": act,
        "form": form,
    }


def _verdict(verdict: str) -> str:
    return str(Verdict(verdict).label) if verdict else ""
