"""The follow-up of a child on one page: every round, the level of risk, pauses, and the steps that change them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.models import Risk, RiskReason
from homeward.apps.cases.queries import ChildDetail, find_child
from homeward.apps.cases.risk import LONGEST_NOTE, risk_of, set_risk
from homeward.apps.surveys.grown_up import adult_survey
from homeward.apps.visits.clock import follow_up_of
from homeward.apps.visits.clock_models import OF_A_ROUND, PAUSES_TO_CHOOSE, MissedReason, PauseReason
from homeward.apps.visits.follow_up_facts import contact_said_of, pauses_of
from homeward.apps.visits.not_asked import said_by
from homeward.apps.visits.services import pause_child, resume_child, say_missed
from homeward.domain.protocol import CONTACT, TAKEN_BACK
from homeward.web.cases.frame import frame, may
from homeward.web.cases.rounds import clock_words, round_row
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import CHOOSE, DayInput, PlainForm, posted

SAID = "reason_said"  # in the session, until the next page has shown it
REASONS = list(OF_A_ROUND)


class RiskForm(PlainForm):
    level = forms.ChoiceField(label=gettext_lazy("Level of risk"), widget=forms.RadioSelect, choices=Risk.choices)
    reason = forms.ChoiceField(label=gettext_lazy("Why"), choices=[CHOOSE, *RiskReason.choices])
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Kept sealed. Nothing about violence or abuse: that is passed on instead."),
    )


class PauseForm(PlainForm):
    reason = forms.ChoiceField(label=gettext_lazy("Why"), choices=[CHOOSE, *PAUSES_TO_CHOOSE])
    until = forms.DateField(
        label=gettext_lazy("Goes on"),
        required=False,
        widget=DayInput,
        help_text=gettext_lazy("Left empty: until somebody lets it go on."),
    )


@sensitive_post_parameters("note")
@require_http_methods(["GET", "POST"])
def child_follow_up(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    step = request.POST.get("step", "")
    forms_of = {"risk": RiskForm, "pause": PauseForm}
    shown = {name: form(posted(request) if name == step else None) for name, form in forms_of.items()}
    if request.method == "POST":
        child = find_child(actor, code)
        done = STEPS.get(step, _unknown)(request, actor, child, shown.get(step))
        if done is not None:
            return done
    detail = open_child(actor, code, "follow_up")
    return page(request, actor, detail, shown)


def page(request: HttpRequest, actor: Actor, detail: ChildDetail, shown: dict[str, PlainForm]) -> HttpResponse:
    found = follow_up_of(actor, detail.row.id)
    risks, today = risk_of(actor, detail.row.id), today_in(actor, detail.organisation_id)
    by = said_by(actor, detail.row.id)
    context = {
        **frame(actor, detail, "follow_up"),
        "points": [round_row(each, detail.row, today, by) for each in found.points],
        "clock": clock_words(detail.row, found),
        "risks": [
            {"row": row, "level": Risk(row.level).label, "reason": RiskReason(row.reason).label} for row in risks
        ],
        "pauses": [{"row": row, "reason": PauseReason(row.reason).label} for row in pauses_of(actor, detail.row.id)],
        "adult_survey": adult_survey(actor) if found.current and "adult" in found.current.missing else "",
        "reasons": REASONS,
        "said": said_now(request),
        "contact_said": contact_words_said(actor, detail),
        "risk_form": shown["risk"],
        "pause_form": shown["pause"],
        "may_set": may(actor, "risk.set", detail) if detail.row.status == "open" else None,
        "may_follow": bool(may(actor, "follow_up.change", detail)) and detail.row.status == "open",
    }
    wrong = any(form.errors for form in shown.values())
    return render(request, "visits/follow_up.html", context, status=422 if wrong else 200)


def _risk(request: HttpRequest, actor: Actor, child: ChildDetail, form: PlainForm | None) -> HttpResponse | None:
    may(actor, "risk.set", child).require()
    if form is None or not form.is_valid():
        return None
    given = form.cleaned_data
    key = attempt(form, lambda: set_risk(actor, child.row.code, given["level"], given["reason"], note=given["note"]))
    return _back(request, child, _("The level of risk is set.")) if key is not None else None


def _pause(request: HttpRequest, actor: Actor, child: ChildDetail, form: PlainForm | None) -> HttpResponse | None:
    may(actor, "follow_up.change", child).require()
    if form is None or not form.is_valid():
        return None
    given = form.cleaned_data
    key = attempt(form, lambda: pause_child(actor, child.row.code, given["reason"], until=given["until"]))
    return _back(request, child, _("The clock stands still.")) if key is not None else None


def _resume(request: HttpRequest, actor: Actor, child: ChildDetail, _form: PlainForm | None) -> HttpResponse:
    may(actor, "follow_up.change", child).require()
    resume_child(actor, child.row.code)
    return _back(request, child, _("The clock goes on from today."))


def _missed(request: HttpRequest, actor: Actor, child: ChildDetail, _form: PlainForm | None) -> HttpResponse:
    """One tap saves it, so the next page says of whom and what, and one tap takes it back."""
    may(actor, "follow_up.change", child).require()
    point, reason = request.POST.get("point", ""), request.POST.get("reason", "")
    say_missed(actor, child.row.code, point, reason)
    if reason == TAKEN_BACK:
        return _back(request, child, _("Taken back: the reason holds no more."))
    request.session[SAID] = {"code": child.row.code, "point": point, "reason": reason}
    if (point, reason) == (CONTACT, MissedReason.MOVED):  # who has moved is looked for
        return redirect(f"{reverse('child-visits', args=[child.row.code])}#reach")
    return _to(request, child)


def said_now(request: HttpRequest) -> dict[str, Any] | None:
    """The reason that was given on the page before, once."""
    said = request.session.pop(SAID, None)
    return said and {**said, "label": MissedReason(said["reason"]).label}


def contact_words_said(actor: Actor, child: ChildDetail) -> dict[str, Any] | None:
    said = contact_said_of(actor, child.row.id)
    return {"day": said[0], "label": MissedReason(said[1]).label} if said else None


def _unknown(request: HttpRequest, actor: Actor, child: ChildDetail, _form: PlainForm | None) -> HttpResponse:
    may(actor, "follow_up.change", child).require()
    return redirect("child-follow-up", child.row.code)


def _back(request: HttpRequest, child: ChildDetail, word: str) -> HttpResponse:
    messages.success(request, word, extra_tags="good")
    return _to(request, child)


def _to(request: HttpRequest, child: ChildDetail) -> HttpResponse:
    return redirect("today") if request.POST.get("to") == "today" else redirect("child-follow-up", child.row.code)


Step = Callable[[HttpRequest, Actor, ChildDetail, "PlainForm | None"], "HttpResponse | None"]
STEPS: dict[str, Step] = {"risk": _risk, "pause": _pause, "resume": _resume, "missed": _missed}
