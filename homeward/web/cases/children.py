"""The list of children: found by code, number, name or filter; thirty at a time; codes, no names."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.queries import colleagues, teams
from homeward.apps.cases.finding import FoundByName, find_by_name, found_again, may_find_by_name
from homeward.apps.cases.looking import look_at_children
from homeward.apps.cases.models import Population, Status
from homeward.apps.cases.newly_given import new_to
from homeward.apps.cases.queries import ChildFilter, running_assignments
from homeward.apps.communities.queries import places
from homeward.domain.ages import BAND_CODES
from homeward.domain.codes import is_valid_code, normalise_code
from homeward.domain.permissions import Role, Scope
from homeward.web.ui.asking import actor_of
from homeward.web.ui.forms import PlainForm
from homeward.web.ui.once import show_next, to_show
from homeward.web.ui.paging import Page, page_number

FOUND = "found by name"
NOBODY = "nobody"  # in the place of whoever works with a child


class FilterForm(PlainForm):
    """All in the address, because nothing here points to a child."""

    status = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    age_band = forms.ChoiceField(label=gettext_lazy("Age"), required=False)
    population = forms.ChoiceField(label=gettext_lazy("Group"), required=False)
    team = forms.ChoiceField(label=gettext_lazy("Team"), required=False)
    place = forms.ChoiceField(label=gettext_lazy("Place"), required=False)
    worker = forms.ChoiceField(label=gettext_lazy("Works with"), required=False)
    mine = forms.BooleanField(label=gettext_lazy("Only my own caseload"), required=False)

    def __init__(self, data: QueryDict, actor: Actor) -> None:
        super().__init__(data)
        every, workers = ("", _("All")), colleagues(actor)
        offers: dict[str, list[tuple[str, str]]] = {
            "status": [("open", str(Status.OPEN.label)), ("all", _("All"))]
            + [(code, str(label)) for code, label in Status.choices if code != Status.OPEN],
            "age_band": [every, *((code, code) for code in BAND_CODES)],
            "population": [every, *((code, str(label)) for code, label in Population.choices)],
            "team": [every, *((str(team.id), team.name) for team in teams(actor))],
            "place": [every, *((str(place.id), place.path) for place in places(actor))],
            "worker": [every, (NOBODY, _("nobody yet")), *((str(key), name) for key, name in workers.items())],
        }
        for name, choices in offers.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        if Role.CASE_WORKER not in actor.roles:
            del self.fields["mine"]
        if not workers and all(scope is Scope.OWN for _grant, scope in actor.grants_for("children.see")):
            del self.fields["worker"]  # a team without a case worker has children with whom nobody works

    def wanted(self) -> ChildFilter:
        """What cannot be understood filters nothing."""
        self.is_valid()
        given: dict[str, Any] = self.cleaned_data
        status, worker = given.get("status") or "open", given.get("worker")
        return ChildFilter(
            text=self.data.get("code", ""),
            team_id=UUID(given["team"]) if given.get("team") else None,
            place_id=UUID(given["place"]) if given.get("place") else None,
            population=given.get("population", ""),
            age_band=given.get("age_band", ""),
            status="" if status == "all" else status,
            mine=given.get("mine", False),
            worker_id=UUID(worker) if worker and worker != NOBODY else None,
            nobodys=worker == NOBODY,
        )


@require_GET
def children(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "children.see").require()
    form = FilterForm(request.GET, actor)
    found, new = look_at_children(actor, form.wanted(), page_number(request)), new_to(actor)
    workers = running_assignments(actor, [row.id for row in found.rows])
    rows = [{"child": row, "workers": workers.get(row.id, [])} for row in found.rows]
    context = {
        "form": form,
        "page": Page(rows, found.page, found.total),
        "code": request.GET.get("code", ""),
        "filtered": any(request.GET.get(name) for name in (*form.fields, "code")),
        "may_name": may_find_by_name(actor),
        "may_register": permit(actor, "children.register"),
        "may_open": permit(actor, "children.emergency"),
        "may_hand_over": permit(actor, "children.assign"),
        "may_import": permit(actor, "caseload.import"),
        "may_compare": permit(actor, "duplicates.see"),
        "may_download": permit(actor, "children.download"),
        "population": dict(Population.choices),
        "status": dict(Status.choices),
        "new": new,
        "new_today": new.since == actor.today(),
    }
    return render(request, "cases/children.html", context)


@sensitive_post_parameters()
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """A code may stand in an address; a number of another system or a name may not, so it is looked up here."""
    actor = actor_of(request)
    permit(actor, "children.see").require()
    text = request.POST.get("text", "").strip()[:80]
    if not text:
        return redirect("children")
    found = look_at_children(actor, ChildFilter(text=text, status=""), size=2)
    if len(found.rows) == 1:
        return redirect("child", found.rows[0].code)
    digits = normalise_code(text)
    if found.rows:
        return redirect(f"{reverse('children')}?status=all&code={digits}")
    if any(letter.isalpha() for letter in text) and may_find_by_name(actor):
        return _by_name(request, actor, text)
    return _none()


def _by_name(request: HttpRequest, actor: Actor, text: str) -> HttpResponse:
    """Shown on the page that follows: a name stands in no address, nor is it kept."""
    found = find_by_name(actor, text)
    if found.exact and len(found.rows) == 1:
        return redirect("child", found.rows[0].code)
    if not found.rows:
        return _none()
    show_next(request, FOUND, [[row.code for row in found.rows], found.exact, found.more])
    return redirect("children-named")


def _none() -> HttpResponse:
    """The browser itself takes what was typed on to the next page: it is kept nowhere, and stands in no address."""
    return HttpResponseRedirect(reverse("children-none"), preserve_request=True)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def children_none(request: HttpRequest) -> HttpResponse:
    """Nothing was found: without a list, which would look like a result, and with what was typed in the box."""
    actor = actor_of(request)
    permit(actor, "children.see").require()
    text = request.POST.get("text", "").strip()[:80]
    if not text:
        return redirect("children")
    context = {"typed": text, "why": not_found_words(normalise_code(text)), "may_name": may_find_by_name(actor)}
    return render(request, "cases/children_none.html", context, status=422)


@require_GET
def children_named(request: HttpRequest) -> HttpResponse:
    """What a search by name has found; once, and then the list."""
    actor = actor_of(request)
    permit(actor, "children.see").require()
    kept = to_show(request, FOUND)
    if kept is None:
        return redirect("children")
    codes, exact, more = kept
    context = {
        "found": FoundByName(found_again(actor, codes), exact, more),
        "population": dict(Population.choices),
        "status": dict(Status.choices),
    }
    return render(request, "cases/children_named.html", context)


def not_found_words(digits: str) -> str:
    """A slip is told from a child of somebody else's, as far as the check digits can tell."""
    if re.fullmatch("[0-9]{9}", digits) and not is_valid_code(digits):
        return _("This is no child's code: one of its digits is wrong. Compare them one by one.")
    return _(
        "No child of yours has this code, number or name. Names are found by whole words: compare how it is written, "
        "or ask who works with the child."
    )
