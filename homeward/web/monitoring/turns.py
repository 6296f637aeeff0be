"""Something changed in the child's life: a guide to what follows, and the turns that are told in one form each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from homeward.apps.access.actors import Actor
from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases.documents import MOST_WORDS
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.queries import ChildDetail
from homeward.apps.cases.record_models import CameWith, ReturnBasis, ReturnKind, SaidBy
from homeward.apps.monitoring.turns import CHANGE, Coming, come_back, leave_again, record_death, turns_of
from homeward.web.cases.frame import frame, may
from homeward.web.cases.marks import ask_words
from homeward.web.cases.plan_words import TOLD, choices, reason_words
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import DayInput, PlainForm, posted

SURE = [(code, label) for code, label in ReturnBasis.choices if code != ReturnBasis.UNKNOWN]
TO_END = [
    ("no", gettext_lazy("The child may come back: the case stays open, and nothing is due meanwhile")),
    ("yes", gettext_lazy("The child stays away: ask for the end of the case")),
]


def day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=DayInput)


def words(label: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, required=False, max_length=MOST_WORDS, widget=widget)


class LeftForm(PlainForm):
    left_on = day(gettext_lazy("Since when is the child away?"))
    end = forms.ChoiceField(
        label=gettext_lazy("What is to follow?"), widget=forms.RadioSelect, choices=TO_END, initial="no"
    )
    told = forms.ChoiceField(
        label=gettext_lazy("Was the child told that the case ends?"),
        widget=forms.RadioSelect,
        choices=choices(TOLD),
        initial="not_possible",
        help_text=gettext_lazy("Only where the end of the case is asked for."),
    )
    words = words(gettext_lazy("What do you know of it, and why does the case end now?"))


class DiedForm(PlainForm):
    died_on = day(gettext_lazy("On which day?"))
    words = words(gettext_lazy("What should a colleague know who reads this later?"))
    certain = forms.BooleanField(label=gettext_lazy("I have this from somebody who knows it"))


class BackForm(PlainForm):
    returned_on = day(gettext_lazy("Day of the return"))
    basis = forms.ChoiceField(
        label=gettext_lazy("How sure is the day?"), widget=forms.RadioSelect, choices=SURE, initial=ReturnBasis.KNOWN
    )
    from_country = forms.CharField(
        label=gettext_lazy("From which country"),
        required=False,
        max_length=2,
        help_text=gettext_lazy("Its two letters, such as LY for Libya or DE for Germany."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of return"), choices=ReturnKind.choices, initial=ReturnKind.UNKNOWN
    )
    came_with = forms.ChoiceField(
        label=gettext_lazy("The child came"), choices=CameWith.choices, initial=CameWith.UNKNOWN
    )
    said_by = forms.ChoiceField(label=gettext_lazy("Who said it"), choices=SaidBy.choices, initial=SaidBy.UNKNOWN)


def _left(actor: Actor, code: str, given: dict[str, Any]) -> None:
    end = given["end"] == "yes"
    leave_again(actor, code, given["left_on"], end=end, told=given["told"], words=given["words"])


def _died(actor: Actor, code: str, given: dict[str, Any]) -> None:
    record_death(actor, code, given["died_on"], given["words"])


def _back(actor: Actor, code: str, given: dict[str, Any]) -> None:
    come_back(actor, code, Coming(**{**given, "from_country": given["from_country"].strip().upper()}))


@dataclass(frozen=True, slots=True)
class Turn:
    form: type[PlainForm]
    step: Callable[[Actor, str, dict[str, Any]], None]
    title: Any
    lede: Any
    label: Any
    done: Any


TURNS: Mapping[str, Turn] = {
    "left": Turn(
        LeftForm,
        _left,
        gettext_lazy("The child left again"),
        gettext_lazy(
            "The time since the return ends on that day. From then on nothing is due, and planned visits fall."
        ),
        gettext_lazy("Record it"),
        gettext_lazy("Recorded. Nothing is due for this child now."),
    ),
    "back": Turn(
        BackForm,
        _back,
        gettext_lazy("The child came back again"),
        gettext_lazy("A new time begins, with its own rounds. A case that was closed is open again."),
        gettext_lazy("Record the return"),
        gettext_lazy("Recorded. The rounds are counted from this return now."),
    ),
    "died": Turn(
        DiedForm,
        _died,
        gettext_lazy("The child has died"),
        gettext_lazy("From now on nothing is due, and nobody makes contact. A second person agrees to the end."),
        gettext_lazy("Record it"),
        gettext_lazy("Recorded. It waits for a second person. Look after the family, and after yourself."),
    ),
}


def _opened(request: HttpRequest, code: str) -> tuple[Actor, ChildDetail]:
    actor = actor_of(request)
    child = open_child(actor, code, "turns")
    may(actor, CHANGE, child).require()
    return actor, child


@require_GET
def child_turns(request: HttpRequest, code: str) -> HttpResponse:
    actor, child = _opened(request, code)
    found = turns_of(actor, child.row.id)
    context = {
        **frame(actor, child, "turns"),
        "found": found,
        "end_reason": reason_words(found.end_reason) if found.end_reason else "",
        "asks": [ask_words(each.voice, each.purpose, each.why) for each in found.grown.asks] if found.grown else [],
        "may_assign": bool(may(actor, "children.assign", child)),
    }
    return render(request, "monitoring/turns.html", context)


@sensitive_post_parameters("words")
@require_http_methods(["GET", "POST"])
def child_turn(request: HttpRequest, code: str, turn: str) -> HttpResponse:
    if turn not in TURNS:
        raise NotVisible("turn")
    actor, child = _opened(request, code)
    told = TURNS[turn]
    form = told.form(posted(request))
    if request.method == "POST" and form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if name != "certain"}
        attempt(form, lambda: told.step(actor, child.row.code, given))
        if not form.errors:
            messages.success(request, told.done, extra_tags="good")
            return redirect("child-turns", child.row.code)
    context = {"child": child.row, "form": form, "turn": turn, "told": told}
    return render(request, "monitoring/turn.html", context, status=422 if form.errors else 200)
