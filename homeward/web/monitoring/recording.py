"""Recording a review meeting on a phone: four pages, each with one question; what was typed comes back on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from homeward.apps.access.actors import Actor, permit, today_in
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.queries import ChildDetail, find_child
from homeward.apps.monitoring.called import called_for
from homeward.apps.monitoring.meetings import (
    LONGEST_TEXT,
    NEEDS_CHECK,
    NEEDS_WORDS,
    RECORD,
    MeetingFacts,
    record_meeting,
)
from homeward.apps.monitoring.models import Heard, Outcome, Part
from homeward.domain.problems import ProblemError
from homeward.web.cases.frame import may_write
from homeward.web.monitoring.words import called_in_words
from homeward.web.ui.asking import actor_of
from homeward.web.ui.forms import DayInput, PlainForm

CHECK_AFTER = timedelta(days=30)  # proposed
MISSING = gettext_lazy("Choose one.")


class MeetingForm(PlainForm):
    held_on = forms.DateField(label=gettext_lazy("Day of the meeting"), widget=DayInput)
    took_part = forms.MultipleChoiceField(
        label=gettext_lazy("Who took part"),
        choices=Part.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one.")},
    )


class ChildForm(PlainForm):
    child_heard = forms.ChoiceField(
        label=gettext_lazy("Was the child heard?"),
        choices=Heard.choices,
        widget=forms.RadioSelect,
        error_messages={"required": MISSING},
    )
    child_view = forms.CharField(
        label=gettext_lazy("What the child thinks, in its own words"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONGEST_TEXT,
        required=False,
        help_text=gettext_lazy("No names. Nothing about harm or danger: that is passed on sealed."),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("child_heard") == Heard.SAID and not given.get("child_view"):
            self.add_error("child_view", _("What the child thinks is missing."))
        return given


class OutcomeForm(PlainForm):
    outcome = forms.ChoiceField(
        label=gettext_lazy("How did the meeting end?"),
        choices=Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": MISSING},
    )


class AgreedForm(PlainForm):
    """Asks what the outcome needs."""

    reason = forms.CharField(
        label=gettext_lazy("Why does the plan stay as it is?"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONGEST_TEXT,
    )
    decided = forms.CharField(
        label=gettext_lazy("What was decided?"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONGEST_TEXT,
        help_text=gettext_lazy("A few words. Nothing about harm or danger: that is passed on sealed."),
    )
    check_on = forms.DateField(
        label=gettext_lazy("On which day does somebody look whether it helped?"), widget=DayInput
    )

    def __init__(self, *args: Any, outcome: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["decided" if outcome == Outcome.STAYS else "reason"]
        if outcome == Outcome.TO_CLOSE:
            del self.fields["check_on"]
        elif outcome not in NEEDS_CHECK:
            self.fields["check_on"].required = False
        if outcome not in NEEDS_WORDS and "decided" in self.fields:
            self.fields["decided"].required = False


PAGES: tuple[type[PlainForm], ...] = (MeetingForm, ChildForm, OutcomeForm, AgreedForm)
NAMES = tuple(name for page in PAGES for name in page.base_fields)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def review_new(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, RECORD).require()
    asked = request.method == "GET"
    child = open_child(actor, code, "reviews") if asked else find_child(actor, code)
    may_write(actor, RECORD, child).require()
    if asked:
        first = MeetingForm(initial={"held_on": today_in(actor, child.organisation_id)})
        return _page(request, actor, child, 0, first, QueryDict())
    given, at = request.POST, _number(request.POST.get("page", ""))
    if "back" in given:
        return _page(request, actor, child, max(0, at - 1), _unchecked(given, max(0, at - 1)), given)
    form = _form(given, at)
    if not form.is_valid():
        return _page(request, actor, child, at, form, given)
    if at + 1 < len(PAGES):
        return _page(request, actor, child, at + 1, _unchecked(given, at + 1), given)
    return _record(request, actor, child, given)


def _record(request: HttpRequest, actor: Actor, child: ChildDetail, given: QueryDict) -> HttpResponse:
    checked = [_form(given, at) for at in range(len(PAGES))]
    for at, form in enumerate(checked):
        if not form.is_valid():
            return _page(request, actor, child, at, form, given)
    facts = MeetingFacts(**{**_defaults(), **{name: v for form in checked for name, v in form.cleaned_data.items()}})
    code = child.row.code
    for at, form in _refused(checked, lambda: record_meeting(actor, code, facts, _key(given))):
        return _page(request, actor, child, at, form, given)
    if facts.outcome == Outcome.PASSED_ON:
        messages.success(request, _("The meeting is recorded. Now pass it on."), extra_tags="good")
        return redirect("pass-on", code)
    said = _("The meeting is recorded.")
    if facts.outcome == Outcome.VARIED:
        said = _("The meeting is recorded. Now change the plan as you agreed.")
    messages.success(request, said, extra_tags="good")
    return redirect("child-reviews", code)


def _refused(checked: Sequence[PlainForm], action: Callable[[], UUID]) -> Iterator[tuple[int, PlainForm]]:
    """The page that a refusal of the service is about: that of the first field that it names, else the last."""
    try:
        action()
    except ProblemError as refusal:
        if refusal.first.status in (403, 404):
            raise
        places = [at for at, form in enumerate(checked) if refusal.first.where.field in form.fields]
        at = (places or [len(checked) - 1])[0]
        checked[at].take(refusal.problems)
        yield at, checked[at]


def _form(given: QueryDict, at: int) -> PlainForm:
    return AgreedForm(given, outcome=given.get("outcome", "")) if at == len(PAGES) - 1 else PAGES[at](given)


def _unchecked(given: QueryDict, at: int) -> PlainForm:
    """A page that is shown anew, with what was typed there before."""
    initial: dict[str, Any] = {
        name: given.getlist(name) if name == "took_part" else given[name] for name in NAMES if name in given
    }
    if at < len(PAGES) - 1:
        return PAGES[at](initial=initial)
    initial.setdefault("check_on", _proposed(given))
    return AgreedForm(initial=initial, outcome=given.get("outcome", ""))


def _proposed(given: QueryDict) -> date | None:
    if given.get("outcome") not in NEEDS_CHECK:
        return None
    try:
        return date.fromisoformat(given.get("held_on", "")) + CHECK_AFTER
    except (ValueError, OverflowError):
        return None


def _page(
    request: HttpRequest, actor: Actor, child: ChildDetail, at: int, form: PlainForm, given: QueryDict
) -> HttpResponse:
    carried = [(name, value) for name in NAMES if name not in form.fields for value in given.getlist(name)]
    called = called_for(actor, child.row.id) if at == 0 else None
    context = {
        "child": child.row,
        "form": form,
        "at": at,
        "number": at + 1,
        "pages": len(PAGES),
        "last": at == len(PAGES) - 1,
        "carried": carried,
        "entry": _key(given),
        "called": called_in_words(called) if called is not None else None,
        "passes_on": given.get("outcome") == Outcome.PASSED_ON,
    }
    return render(request, "monitoring/review_new.html", context, status=422 if form.errors else 200)


def _key(given: QueryDict) -> UUID:
    """Made with the first page, so that the last one sent twice records one meeting."""
    try:
        return UUID(given.get("entry", ""))
    except ValueError:
        return uuid4()


def _number(text: str) -> int:
    return int(text) if text in {str(at) for at in range(len(PAGES))} else 0


def _defaults() -> dict[str, Any]:
    return {"reason": "", "decided": "", "check_on": None}
