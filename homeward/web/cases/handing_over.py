"""Handing over a caseload: who, to whom, from when; then the children one by one, before anything happens."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.queries import case_workers
from homeward.apps.cases.handing_over import (
    MANY,
    Plan,
    Wish,
    hand_caseload_over,
    loads_of,
    may_leave,
    recent_hand_overs,
    shown_plan,
    undo_hand_over,
)
from homeward.apps.cases.models import Risk
from homeward.domain.codes import display_code
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import CHOOSE, DayInput, PlainForm, posted

ASSIGN = "children.assign"
SECOND = "2"


def loaded(name: str, children: int) -> str:
    """A name with how many children the person works with, of how many that are a full caseload."""
    said = _("%(children)s of %(most)s") % {"children": children, "most": MANY}
    return f"{name}: {said}"


class HandOverForm(PlainForm):
    leaves = forms.ChoiceField(label=gettext_lazy("Whose children"))
    to = forms.MultipleChoiceField(
        label=gettext_lazy("To whom"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("To several: each child goes to whoever has fewest."),
    )
    day = forms.DateField(label=gettext_lazy("From"), widget=DayInput)
    until = forms.DateField(
        label=gettext_lazy("Until"),
        required=False,
        widget=DayInput,
        help_text=gettext_lazy("The last day of a leave. Left open: for good."),
    )
    pauses = forms.BooleanField(
        label=gettext_lazy("During the leave the colleague does not see the children"), required=False
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["leaves"].choices = [CHOOSE, *((str(key), name) for key, name in may_leave(actor))]  # type: ignore[attr-defined]
        loads = loads_of(actor)
        workers = {str(each.id): loaded(each.display_name, loads[each.id]) for each in case_workers(actor)}
        self.fields["to"].choices = list(workers.items())  # type: ignore[attr-defined]

    def wish(self, codes: tuple[str, ...] | None = None) -> Wish:
        given = self.cleaned_data
        to = tuple(UUID(key) for key in given["to"])
        return Wish(UUID(given["leaves"]), to, given["day"], given["until"], given["pauses"], codes)


@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, ASSIGN).require()
    form = HandOverForm(posted(request), actor=actor, initial={"day": actor.today()})
    if request.method == "POST" and form.is_valid():
        if request.POST.get("stage") == SECOND:
            codes = tuple(request.POST.getlist("code"))
            done = attempt(form, lambda: hand_caseload_over(actor, form.wish(codes)))
            if done is not None:
                _tell(request, done[1])
                return redirect("hand-over")
        plan = attempt(form, lambda: shown_plan(actor, form.wish())) if not form.errors else None
        if plan is not None:
            return render(request, "cases/hand_over_plan.html", _planned(form, plan))
    context = {"form": form, "recent": recent_hand_overs(actor)}
    return render(request, "cases/hand_over.html", context, status=422 if form.errors else 200)


def _planned(form: HandOverForm, plan: Plan) -> dict[str, Any]:
    given = form.cleaned_data
    kept = [("leaves", given["leaves"]), *(("to", key) for key in given["to"]), ("day", given["day"].isoformat())]
    kept += [("until", given["until"].isoformat())] if given["until"] else []
    kept += [("pauses", "on")] if given["pauses"] else []
    names = dict(form.fields["leaves"].choices)  # type: ignore[attr-defined]
    shared = {"day": given["day"], "until": given["until"], "who": names[given["leaves"]], "most": MANY}
    loads = [loaded(each.name, each.before) for each in plan.loads]
    return {"form": form, "plan": plan, "kept": kept, "risks": dict(Risk.choices), "loads": loads, **shared}


def _tell(request: HttpRequest, plan: Plan) -> None:
    moved = len(plan.moving)
    words = ngettext("%(moved)d child is handed over.", "%(moved)d children are handed over.", moved) % {"moved": moved}
    messages.success(request, words, extra_tags="good")
    if plan.staying:
        codes = " · ".join(display_code(each.code) for each in plan.staying)
        said = _("Not handed over, because a conflict of interest is declared: %(codes)s")
        messages.warning(request, said % {"codes": codes}, extra_tags="warn")


@require_POST
def hand_over_undo(request: HttpRequest, hand_over_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, ASSIGN).require()
    back = undo_hand_over(actor, hand_over_id)
    words = ngettext("%(back)d child is back where it was.", "%(back)d children are back where they were.", back)
    messages.success(request, words % {"back": back}, extra_tags="good")
    return redirect("hand-over")
