"""Who is around the child: caregivers and siblings, and who works with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.queries import case_workers
from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases.handing_over import loads_of
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.models import RelationKind
from homeward.apps.cases.queries import ChildDetail, find_child
from homeward.apps.cases.services import add_relation, assign_child, end_assignment
from homeward.apps.surveys.timeline import timeline
from homeward.web.cases.family import UNSAID, family_context
from homeward.web.cases.frame import frame, may
from homeward.web.cases.handing_over import loaded
from homeward.web.cases.record_forms import day
from homeward.web.cases.scores import about_child, panels, points_of
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import CHOOSE, PlainForm, posted


class RelationForm(PlainForm):
    kind = forms.ChoiceField(label=gettext_lazy("Relation to the child"), choices=[CHOOSE, *RelationKind.choices])
    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=120)
    is_caregiver = forms.BooleanField(label=gettext_lazy("Looks after the child now"), required=False)
    since = day(gettext_lazy("Since"), help_text=UNSAID)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def child_people(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    child = open_child(actor, code, "people")
    if request.method == "POST":
        may(actor, "children.change", child).require()
    form = RelationForm(posted(request))
    filled = request.method == "POST" and form.is_valid()
    if filled and attempt(form, lambda: add_relation(actor, child.row.id, **given(form))) is not None:
        messages.success(request, _("The person is recorded."), extra_tags="good")
        return redirect("child-people", child.row.code)
    context = {
        **frame(actor, child, "people"),
        "form": form,
        **family_context(actor, child),
        "panels": caregiver_panels(actor, child),
        **assigning(actor, child),
    }
    return render(request, "cases/child_people.html", context, status=422 if form.errors else 200)


def caregiver_panels(actor: Actor, child: ChildDetail) -> list[dict[str, Any]]:
    """What instruments about the caregiver's own situation say; it is never mixed with the child's."""
    history = timeline(actor, child.row.id)
    of_child = about_child(actor)
    shown = bool(may(actor, "answers.see", child))
    return panels(points_of(history, lambda scored: not of_child(scored), shown), history.return_date)


def given(form: RelationForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("kind", "name", "is_caregiver", "since")}


def assigning(actor: Actor, child: ChildDetail) -> dict[str, Any]:
    decision = may(actor, "children.assign", child)
    today = today_in(actor, child.organisation_id)
    return {
        "assignments": [each for each in child.assignments if each.until is None or each.until >= today],
        "earlier": [each for each in child.assignments if each.until is not None and each.until < today],
        "may_assign": decision,
        "may_relate": may(actor, "children.change", child),
        "workers": _workers(actor) if decision else {},
    }


def _workers(actor: Actor) -> dict[UUID, str]:
    loads = loads_of(actor)
    return {each.id: loaded(each.display_name, loads[each.id]) for each in case_workers(actor)}


@require_POST
def assign(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    child = find_child(actor, code)
    may(actor, "children.assign", child).require()
    wanted = request.POST.get("person", "")
    person = next((each for each in case_workers(actor) if str(each.id) == wanted), None)
    if person is None:
        messages.warning(request, _("Choose a case worker of the list."), extra_tags="warn")
        return redirect("child-people", child.row.code)
    assign_child(actor, child.row.id, person_id=person.id)
    messages.success(request, _("Assigned from today."), extra_tags="good")
    return redirect("child-people", child.row.code)


@require_POST
def unassign(request: HttpRequest, code: str, assignment_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    child = find_child(actor, code)
    if all(each.id != assignment_id for each in child.assignments):
        raise NotVisible("assignment")
    end_assignment(actor, assignment_id)
    messages.success(request, _("The assignment has ended."), extra_tags="good")
    return redirect("child-people", child.row.code)
