"""People and their roles: what an organisation's administrator does. Rights begin and end by day; nobody is deleted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from homeward.apps.access.actors import Actor, permit, today_in
from homeward.apps.access.factors import factors_of
from homeward.apps.access.models import RoleChoices
from homeward.apps.access.queries import PersonRow, devices_of, people, teams
from homeward.apps.access.restoring import restorations_of
from homeward.apps.access.roles import confirm_role, end_role, grant_role, take_on
from homeward.apps.access.services import create_team
from homeward.apps.access.visibility import NotVisible
from homeward.domain.permissions import DEVICE_ROLES
from homeward.web.access.me import language_choices
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import DayInput, PlainForm, posted
from homeward.web.ui.paging import page_of


def person_roles() -> list[tuple[str, str]]:
    return [(code, str(label)) for code, label in RoleChoices.choices if code not in DEVICE_ROLES]


def team_choices(actor: Actor) -> list[tuple[str, str]]:
    return [("", _("No team: the whole organisation")), *((str(team.id), team.name) for team in teams(actor))]


class RoleForm(PlainForm):
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=person_roles,
        help_text=gettext_lazy(
            "A role that reads children or manages people is confirmed by another person who manages people. "
            "Where there is none, it begins after a full day at least, and supervisors and monitoring officers see it "
            "meanwhile."
        ),
    )
    team = forms.ChoiceField(
        label=gettext_lazy("Team"),
        required=False,
        help_text=gettext_lazy("Case workers and supervisors work in a team; officers and managers usually in none."),
    )
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=DayInput, help_text=gettext_lazy("Left empty: from today.")
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = team_choices(actor)  # type: ignore[attr-defined]

    def team_id(self) -> UUID | None:
        return UUID(self.cleaned_data["team"]) if self.cleaned_data["team"] else None


class PersonForm(RoleForm):
    display_name = forms.CharField(label=gettext_lazy("Name colleagues use"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("E-mail address"))
    password = forms.CharField(
        label=gettext_lazy("First password"),
        strip=False,
        help_text=gettext_lazy("At least 12 characters. Hand it over in person, never by mail."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the pages"), choices=language_choices)
    field_order = ("display_name", "email", "password", "language", "role", "team", "since")


@require_GET
def people_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    rows = people(actor)
    return render(
        request, "access/people.html", {"page": page_of(request, rows), "today": today_in(actor, actor.organisation_id)}
    )


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password")
def person_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "people.manage").require()
    form = PersonForm(posted(request), actor=actor)
    if request.method == "POST" and form.is_valid():
        person_id = attempt(form, lambda: _register(actor, form))
        if person_id is not None:
            messages.success(request, _("The account is ready. Hand over the first password in person."), "good")
            say_when(request, actor, person_id)
            return redirect("person", person_id)
    context = {"form": form}
    return render(request, "access/person_new.html", context, status=422 if form.errors else 200)


def _register(actor: Actor, form: PersonForm) -> UUID:
    given = form.cleaned_data
    return take_on(
        actor,
        given["email"],
        given["display_name"],
        given["password"],
        given["role"],
        language=given["language"],
        team_id=form.team_id(),
        since=given["since"],
    )


def say_when(request: HttpRequest, actor: Actor, person_id: UUID) -> None:
    """A role that takes two people is not there yet: say whom it waits for, or when it begins."""
    today = today_in(actor, actor.organisation_id)
    newest = max(find_person(actor, person_id).roles, key=lambda row: (row.granted_at is not None, row.granted_at))
    day = date_format(newest.since)
    if newest.waits:
        messages.warning(request, _("It waits until another person who manages people has confirmed it."), "warn")
    elif newest.since > today:
        messages.warning(request, _("It begins on %(day)s.") % {"day": day}, "warn")


def find_person(actor: Actor, person_id: UUID) -> PersonRow:
    person = next((each for each in people(actor) if each.id == person_id), None)
    if person is None:
        raise NotVisible("person")
    return person


@require_http_methods(["GET", "POST"])
def person_page(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """One person's roles, and another role."""
    actor = actor_of(request)
    person = find_person(actor, person_id)
    form = RoleForm(posted(request), actor=actor)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        granted = attempt(
            form,
            lambda: grant_role(actor, person.id, given["role"], team_id=form.team_id(), since=given["since"]),
        )
        if granted is not None:
            messages.success(request, _("The role is given."), "good")
            say_when(request, actor, person.id)
            return redirect("person", person.id)
    phones = devices_of(actor, person.id)
    context = {"person": person, "form": form, "today": today_in(actor, actor.organisation_id), "phones": phones}
    context["cut"] = any(phone.usable for phone in phones)
    context["restorations"], context["has_factor"] = restorations_of(actor, person.id), bool(factors_of(person.id))
    return render(request, "access/person.html", context, status=422 if form.errors else 200)


def _with_role(actor: Actor, person_id: UUID, membership_id: UUID) -> PersonRow:
    person = find_person(actor, person_id)
    if all(row.membership_id != membership_id for row in person.roles):
        raise NotVisible("membership")
    return person


@require_POST
def role_end(request: HttpRequest, person_id: UUID, membership_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    person = _with_role(actor, person_id, membership_id)
    end_role(actor, membership_id)
    messages.success(request, _("The role has ended; its rights are gone from now on."), "good")
    return redirect("person", person.id)


@require_POST
def role_confirm(request: HttpRequest, person_id: UUID, membership_id: UUID) -> HttpResponse:
    """The second person says yes. Whoever would say no ends the role."""
    actor = actor_of(request)
    person = _with_role(actor, person_id, membership_id)
    confirm_role(actor, membership_id)
    messages.success(request, _("The role is confirmed."), "good")
    return redirect("person", person.id)


class TeamForm(PlainForm):
    name = forms.CharField(label=gettext_lazy("Name of the new team"), max_length=120)


@require_http_methods(["GET", "POST"])
def team_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "people.manage").require()
    form = TeamForm(posted(request))
    made = request.method == "POST" and form.is_valid()
    if made and attempt(form, lambda: create_team(actor, form.cleaned_data["name"])) is not None:
        messages.success(request, _("The team exists now. Give people a role in it next."), "good")
        return redirect("teams")
    members: dict[str, int] = {}
    today = today_in(actor, actor.organisation_id)
    for person in people(actor):
        for name in {row.team for row in person.roles if row.until is None or row.until >= today}:
            members[name] = members.get(name, 0) + 1
    rows = [{"name": team.name, "members": members.get(team.name, 0)} for team in teams(actor)]
    context = {"page": page_of(request, rows), "form": form}
    return render(request, "access/teams.html", context, status=422 if form.errors else 200)
