"""Before a visit: four questions and one, then the ways that are left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.cases.family import lives
from homeward.apps.cases.queries import ChildDetail, ChildRow
from homeward.apps.visits import choices as of
from homeward.apps.visits.agreed import agreed_day
from homeward.apps.visits.begun import has_led_to
from homeward.apps.visits.planning import ANSWERS, Plan, household_of, judge, plan_visit, shut_ways
from homeward.apps.visits.queries import VisitRow, planned_in_week, visits_of
from homeward.apps.visits.safe_days import refuse_unsafe_day, safe_days
from homeward.apps.visits.waiting import soon_for
from homeward.domain.codes import display_code
from homeward.domain.visiting import Answer, Check, Verdict, may_go, next_safe
from homeward.web.cases.frame import frame
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import DayInput, PlainForm, posted
from homeward.web.visits.begun import TOGETHER, forget, keep, kept
from homeward.web.visits.child_tab import cards_together, contact_context, open_for, proposed, seen
from homeward.web.visits.ways import Hints, WaysRadio, WaysSelect, close
from homeward.web.visits.words import ADVICE, ASKED_FOR, QUESTIONS, days_words, visit_words

RADIO = forms.RadioSelect
NO_WORRY = Check(Answer.NO, Answer.NO, Answer.NO, Answer.NO)

GONE = gettext_lazy(
    "The answers before this visit are no longer here, and nothing was planned. Answer the questions again."
)
CHANGED = gettext_lazy(
    "Something about the child has changed since you answered, and nothing was planned. Look once more."
)

LIVES: Mapping[bool | None, Any] = {
    True: gettext_lazy("same household"),
    False: gettext_lazy("another household"),
    None: gettext_lazy("which household is not recorded"),
}


class CheckForm(PlainForm):
    on = forms.DateField(label=gettext_lazy("On which day?"), widget=DayInput)
    attention = forms.ChoiceField(label=QUESTIONS["attention"], choices=of.Likely.choices, widget=RADIO)
    resentment = forms.ChoiceField(label=QUESTIONS["resentment"], choices=of.Likely.choices, widget=RADIO)
    danger = forms.ChoiceField(label=QUESTIONS["danger"], choices=of.Likely.choices, widget=RADIO)
    undermines = forms.ChoiceField(label=QUESTIONS["undermines"], choices=of.Likely.choices, widget=RADIO)
    asked_for = forms.ChoiceField(
        label=gettext_lazy("Has the child or the family asked for something else?"),
        choices=ASKED_FOR,
        required=False,
        widget=WaysSelect,
    )
    others = forms.MultipleChoiceField(
        label=gettext_lazy("Brothers and sisters who are visited in one go"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("Day, way and who goes are typed once; what each child says stays apart."),
    )
    elsewhere = forms.MultipleChoiceField(
        label=gettext_lazy("Brothers and sisters who live in another household"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("Only if they are at the same place on that day."),
    )

    def __init__(
        self,
        household: list[ChildRow],
        same: Mapping[UUID, bool | None],
        *args: Any,
        shut: Mapping[str, str] | None = None,
        days: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].help_text = days
        close(self, "asked_for", shut or {})
        near = sorted((row for row in household if same[row.id] is not False), key=lambda row: same[row.id] is None)
        self._offer("others", near, same)
        self._offer("elsewhere", [row for row in household if same[row.id] is False], same)

    def _offer(self, name: str, rows: list[ChildRow], same: Mapping[UUID, bool | None]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [
                (row.code, f"{display_code(row.code)} · {row.age_band} · {LIVES[same[row.id]]}") for row in rows
            ]
        if not rows:
            del self.fields[name]

    def together(self) -> list[str]:
        """Codes of all who are visited in one go besides."""
        return [code for name in TOGETHER for code in self.cleaned_data.get(name, ())]

    def check(self) -> Check:
        given = self.cleaned_data
        answers = {name: ANSWERS[of.Likely(given[name])] for name in QUESTIONS}
        return Check(**answers, asked_for=given["asked_for"])


class PlanForm(PlainForm):
    mode = forms.ChoiceField(label=gettext_lazy("How is the visit made?"), widget=WaysRadio)
    goes = forms.ChoiceField(
        label=gettext_lazy("Who goes?"),
        choices=of.Goes.choices,
        initial=of.Goes.STAFF,
        widget=WaysSelect,
        help_text=gettext_lazy("A volunteer or community monitor gets a sheet of its own, and asks nothing."),
    )
    interpreter = forms.BooleanField(label=gettext_lazy("With an interpreter"), required=False)
    same_sex_asked = forms.BooleanField(
        label=gettext_lazy("The child wants to speak with somebody of its own sex"), required=False
    )

    again = forms.BooleanField(
        label=gettext_lazy("Plan one more visit to the same child on this day"),
        error_messages={"required": gettext_lazy("A visit is planned for this day. Tick this if one more is meant.")},
    )

    def __init__(
        self,
        modes: tuple[str, ...],
        *args: Any,
        again: bool = False,
        shut: Mapping[str, str] | None = None,
        shut_goes: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        """`modes`: those that are open, the best first; those of `shut` follow, off."""
        super().__init__(*args, **kwargs)
        closed = shut or {}
        close(self, "mode", closed)
        close(self, "goes", shut_goes or {})
        if not again:
            del self.fields["again"]
        field = self.fields["mode"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(mode, of.Ways(mode).label) for mode in (*modes, *closed)]


@require_http_methods(["GET", "POST"])
def visit_new(request: HttpRequest, code: str) -> HttpResponse:
    """First the check. What it forbids is kept as a visit that is not made; else the plan follows, on the next page."""
    actor = actor_of(request)
    child = seen(actor, code)
    open_for(actor, "visits.record", child).require()
    code = child.row.code
    if request.method == "GET":
        last = kept(request, actor, code)
        before = last.answers if last is not None and not last.outdated else None
        form = check_form(actor, child, initial={"on": first_day(actor, child), **as_initial(before)})
        return check_page(request, actor, child, form, again=before is not None)
    check = check_form(actor, child, request.POST)
    found = judged(actor, check, code)
    if found is None:
        return check_page(request, actor, child, check)
    if not found.blocked:
        answers = {name: request.POST.getlist(name) for name in check.fields}
        return redirect("visit-plan", code, keep(request, actor, code, answers))
    keys, day = [code, *check.together()], check.cleaned_data["on"]
    made = attempt(check, lambda: plan_visit(actor, keys, check.check(), Plan(day)))
    if made is None:
        return check_page(request, actor, child, check)
    forget(request, keys)
    return redirect("visit", made[0])


@require_http_methods(["GET", "POST"])
def visit_plan(request: HttpRequest, code: str, step: UUID) -> HttpResponse:
    """The answers are judged anew each time: the card, or what is known of the child, may have changed meanwhile."""
    actor = actor_of(request)
    child = seen(actor, code)
    open_for(actor, "visits.record", child).require()
    code = child.row.code
    before = kept(request, actor, code, step)
    if has_led_to(actor, code, step):
        messages.warning(request, _("This visit is planned already."), extra_tags="warn")
        return redirect("visit", step)
    check = check_form(actor, child, before.answers) if before is not None and not before.outdated else None
    found = judged(actor, check, code) if check is not None else None
    if before is None or check is None or found is None or found.blocked:
        messages.warning(request, GONE if before is None else CHANGED, extra_tags="warn")
        return redirect("visit-new", code)
    keys, day = [code, *check.together()], check.cleaned_data["on"]
    near = planned_in_week(actor, keys, day)
    closed = {"shut": shut_ways(actor, keys, check.check()), "shut_goes": closed_to(check.check())}
    plan = PlanForm(tuple(found.modes), posted(request), again=any(row.planned_on == day for row in near), **closed)
    if request.method == "POST" and plan.is_valid():
        given = {name: plan.cleaned_data[name] for name in plan.fields if name != "again"}
        made = attempt(plan, lambda: plan_visit(actor, keys, check.check(), Plan(day, **given), before.step))
        if made is not None:
            forget(request, keys)
            messages.success(request, _("The visit is planned."), extra_tags="good")
            return redirect("visit", made[0])
    return plan_page(request, actor, child, check, plan, found, near)


def check_form(
    actor: Actor, child: ChildDetail, data: Any = None, initial: Mapping[str, Any] | None = None
) -> CheckForm:
    household, code = household_of(actor, child.row.id), child.row.code
    same = lives(child.row.id, [row.id for row in household])
    hints: Hints = {"shut": shut_ways(actor, [code], NO_WORRY), "days": days_words(safe_days(actor, [code]))}
    return CheckForm(household, same, data, initial=initial, **hints)


def judged(actor: Actor, check: CheckForm, code: str) -> Verdict | None:
    """None where the answers cannot be judged: why stands in the form."""
    if not check.is_valid():
        return None
    keys, day = [code, *check.together()], check.cleaned_data["on"]
    if attempt(check, lambda: refuse_unsafe_day(actor, keys, day)) is None:
        return None
    return judge(actor, keys, check.check(), day)


def as_initial(before: MultiValueDict[str, str] | None) -> dict[str, Any]:
    return {name: before.getlist(name) if name in TOGETHER else before[name] for name in before} if before else {}


def closed_to(check: Check) -> dict[str, str]:
    return {str(each): "in_stead" for each in of.IN_STEAD if not may_go(each, check)}


def first_day(actor: Actor, child: ChildDetail) -> str:
    """The day that was agreed, else the point of the protocol or the contact where it is near; else today, for most
    visits are planned on the way; sooner where they ask for the case worker. From there on the next that the card
    allows.
    """
    today, day = today_in(actor, child.organisation_id), agreed_day(actor, child.row.id)
    if day is None or day < today:
        day, _by = proposed(actor, child, visits_of(actor, child.row.id))
        day = day if day is not None and 0 <= (day - today).days <= 14 else today
    day = min(day, soon_for(child.row.id, today) or day)
    return (next_safe(day, safe_days(actor, [child.row.code])) or day).isoformat()


def check_page(
    request: HttpRequest, actor: Actor, child: ChildDetail, form: CheckForm, *, again: bool = False
) -> HttpResponse:
    """`again`: with what was answered a moment ago."""
    context = {**frame(actor, child, "visits"), **contact_context(actor, child), "form": form, "again": again}
    return render(request, "visits/visit_check.html", context, status=422 if form.errors else 200)


def plan_page(
    request: HttpRequest,
    actor: Actor,
    child: ChildDetail,
    check: CheckForm,
    form: PlanForm,
    found: Verdict,
    near: tuple[VisitRow, ...],
) -> HttpResponse:
    others = check.together()
    context = {
        **frame(actor, child, "visits"),
        "form": form,
        "advice": [ADVICE[each] for each in found.advice],
        "cards_together": [{"code": child.row.code, **contact_context(actor, child)}, *cards_together(actor, others)],
        "others": others,
        "on": check.cleaned_data["on"],
        "near": [visit_words(row) for row in near],
    }
    return render(request, "visits/visit_plan.html", context, status=422 if form.errors else 200)
