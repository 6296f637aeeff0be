"""Registering a child and changing what is recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.queries import teams
from homeward.apps.cases.facts import OLDEST, BirthReason, ChildFacts
from homeward.apps.cases.matching import Matches, Sought, possible_matches
from homeward.apps.cases.merging import is_merged
from homeward.apps.cases.models import Population, RelationKind, ReturnBasis, Sex, Status
from homeward.apps.cases.queries import facts_for_change, find_child
from homeward.apps.cases.services import add_relation, change_child, register_child
from homeward.apps.communities.queries import places
from homeward.domain.ages import birth_from_age
from homeward.web.cases.record_words import reasons_words
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import DayInput, PlainForm, posted
from homeward.web.ui.words import language_name

SHOWN = "homeward.register.shown"


def interview_languages() -> list[tuple[str, str]]:
    return [(code, language_name(code)) for code, _name in settings.LANGUAGES]


MARKS = {  # may stay empty, but not all of them
    "birth_date": gettext_lazy("one of both"),
    "age": gettext_lazy("one of both"),
    "return_date": gettext_lazy("the day, or below that it is not known"),
}


class ChildForm(PlainForm):
    population = forms.ChoiceField(
        label=gettext_lazy("Group"), widget=forms.RadioSelect, choices=Population.choices, initial=Population.RETURNEE
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("In any script. Kept sealed; lists and phones show the code and the initials."),
    )
    initials = forms.CharField(
        label=gettext_lazy("Initials"),
        required=False,
        max_length=6,
        help_text=gettext_lazy("Left empty: made from the name."),
    )
    sex = forms.ChoiceField(label=gettext_lazy("Sex"), widget=forms.RadioSelect, choices=Sex.choices)
    birth_date = forms.DateField(label=gettext_lazy("Birth date"), required=False, widget=DayInput)
    age = forms.IntegerField(
        label=gettext_lazy("Or the age in years"),
        required=False,
        min_value=0,
        max_value=OLDEST,
        help_text=gettext_lazy("Where the birth date is not known. It is marked as an estimate."),
    )
    return_date = forms.DateField(
        label=gettext_lazy("Day of the return"),
        required=False,
        widget=DayInput,
        help_text=gettext_lazy("The rounds of follow-up are counted from it. An estimate will do."),
    )
    return_date_basis = forms.ChoiceField(
        label=gettext_lazy("How sure is the day of the return?"),
        required=False,
        choices=ReturnBasis.choices,
        help_text=gettext_lazy("Where it is not known, the rounds are counted from the day of registration."),
    )
    place = forms.ChoiceField(label=gettext_lazy("Place"), required=False)
    team = forms.ChoiceField(label=gettext_lazy("Team"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language of the interviews"), choices=interview_languages)
    external_id = forms.CharField(
        label=gettext_lazy("Number in your case system"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("Finds the same child again when a caseload is imported."),
    )

    def __init__(self, *args: Any, actor: Actor, organisation_id: UUID | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, mark in MARKS.items():
            self.fields[name].mark = mark  # type: ignore[attr-defined]
        offered_places = [(str(place.id), place.path) for place in places(actor, organisation_id)]
        self.fields["place"].choices = [("", _("Not recorded")), *offered_places]  # type: ignore[attr-defined]
        mine = {grant.team_id for grant in actor.grants if grant.team_id}
        offered = [team for team in teams(actor) if not mine or team.id in mine]
        chosen = [("", _("My team"))] if mine else [("", _("No team yet"))]
        self.fields["team"].choices = chosen + [(str(team.id), team.name) for team in offered]  # type: ignore[attr-defined]

    def facts(self, status: str = Status.OPEN) -> ChildFacts:
        given = self.cleaned_data
        texts = {name: given[name] for name in ("population", "sex", "name", "initials", "language", "external_id")}
        return ChildFacts(
            **texts,
            birth_date=given["birth_date"],
            age=given["age"],
            return_date=given["return_date"],
            return_date_basis=given["return_date_basis"] or ReturnBasis.KNOWN,
            place_id=UUID(given["place"]) if given["place"] else None,
            team_id=UUID(given["team"]) if given["team"] else None,
            status=status,
        )


class NewChildForm(ChildForm):
    """The essentials first; the rest is folded, and can be added on the child's page later."""

    essential = ("name", "sex", "birth_date", "age", "return_date", "return_date_basis", "place")

    looked = forms.CharField(required=False, widget=forms.HiddenInput)  # which possible matches were shown, signed
    none_of_these = forms.BooleanField(
        label=gettext_lazy("It is none of these, and I have asked where it says so"), required=False
    )
    caregiver = forms.ChoiceField(
        label=gettext_lazy("Who looks after the child now"),
        required=False,
        choices=lambda: [("", _("Not recorded")), *((code, str(label)) for code, label in RelationKind.choices)],
    )
    caregiver_name = forms.CharField(label=gettext_lazy("Name of the caregiver"), required=False, max_length=120)

    def first(self) -> list[forms.BoundField]:
        return [self[name] for name in self.essential]

    def further(self) -> list[forms.BoundField]:
        apart = (*self.essential, "none_of_these")
        return [bound for bound in self.visible_fields() if bound.name not in apart]

    def compare(self, request: HttpRequest, matches: Matches | None) -> None:
        """A tick counts for the matches that this page has shown to this person, and for no others."""
        shown, now = shown_before(request, self.data.get("looked", "")), keys_of(matches)
        ticked = bool(self.data.get("none_of_these"))
        data = QueryDict(mutable=True)
        data.update(self.data)
        data["looked"] = signed(request, now | shown)
        if not now <= shown:
            data.pop("none_of_these", None)
        self.data = data
        if now and not (ticked and now <= shown):
            message = _("Look at the possible matches above first, then tick that it is none of them.")
            self.add_error("none_of_these", message)

    def wrong_further(self) -> bool:
        """Then what is folded stands open."""
        return any(bound.errors for bound in self.further())


class LookForm(PlainForm):
    """The first step. The name is looked for and kept nowhere."""

    name = forms.CharField(
        label=gettext_lazy("Name of the child"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("In any script, as the family writes it. We look first whether the child is known."),
    )


class ChangeForm(ChildForm):
    """A case is closed and opened again on the page of its plan; two records are put together on that of such pairs."""

    version = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    of_its_own = forms.BooleanField(
        label=gettext_lazy("This is the record of a child of its own: open it again"), required=False
    )

    birth_reason = forms.ChoiceField(
        label=gettext_lazy("Why is the birth date another one?"),
        required=False,
        choices=[("", gettext_lazy("Not changed by more than a year")), *BirthReason.choices],
    )

    def __init__(self, *args: Any, set_aside: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [name for name in self.fields if name != "birth_reason"]
        names.insert(names.index("age") + 1, "birth_reason")
        self.order_fields(names)
        if not set_aside:
            del self.fields["of_its_own"]

    def status_after(self, before: str) -> str:
        return Status.OPEN if self.cleaned_data.get("of_its_own") else before


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def child_new(request: HttpRequest) -> HttpResponse:
    """First the name alone, then whoever may be the same child, with the form. They stay through every error, and the
    child is registered once somebody has said that it is none of them.
    """
    actor = actor_of(request)
    permit(actor, "children.register").require()
    if request.method == "GET":
        return render(request, "cases/child_look.html", {"form": LookForm()})
    own = getattr(request.user, "language", "")  # not one that somebody chose at this computer's door
    offered: dict[str, Any] = {"actor": actor, "organisation_id": actor.organisation_id}
    initial = {"language": own, "population": Population.RETURNEE}
    if "look" in request.POST:
        return _looked(request, actor, {**offered, "initial": initial})
    form = NewChildForm(request.POST, **offered, initial=initial)
    matches = _matches(actor, form)
    form.compare(request, matches)
    if form.is_valid():
        child = attempt(form, lambda: register_child(actor, form.facts()))
        if child is not None:
            if form.cleaned_data["caregiver"]:
                kind, name = form.cleaned_data["caregiver"], form.cleaned_data["caregiver_name"]
                add_relation(actor, child.id, kind, name, is_caregiver=True)
            messages.success(request, _("Registered. Write the code on the child's paper file."), extra_tags="good")
            return redirect("child", child.code)
    return _page(request, form, matches, 422)


def _looked(request: HttpRequest, actor: Actor, offered: dict[str, Any]) -> HttpResponse:
    look = LookForm(request.POST)
    if not look.is_valid():
        return render(request, "cases/child_look.html", {"form": look}, status=422)
    name = look.cleaned_data["name"].strip()
    matches = _sought(actor, Sought(name)) if name else None
    offered["initial"] |= {"name": name, "looked": signed(request, keys_of(matches))}
    return _page(request, NewChildForm(**offered), matches, 200)


def _matches(actor: Actor, form: NewChildForm) -> Matches | None:
    """By what of the form can be read: what is wrong elsewhere hides nobody."""
    form.is_valid()
    given = form.cleaned_data
    birth, age = given.get("birth_date"), given.get("age")
    guess = birth_from_age(age, actor.today()) if birth is None and age is not None else None
    sought = Sought(
        given.get("name", ""),
        given.get("sex", ""),
        birth or guess,
        birth_estimated=birth is None,
        place_id=UUID(given["place"]) if given.get("place") else None,
        returned=given.get("return_date"),
    )
    return _sought(actor, sought)


def _sought(actor: Actor, sought: Sought) -> Matches | None:
    if actor.organisation_id is None or not sought.name.strip():
        return None
    return possible_matches(actor, actor.organisation_id, sought) or None


def keys_of(matches: Matches | None) -> frozenset[str]:
    if matches is None:
        return frozenset()
    return frozenset((*(each.row.code for each in matches.here), *(f"team {each.team}" for each in matches.elsewhere)))


def signed(request: HttpRequest, keys: frozenset[str]) -> str:
    return signing.dumps([str(actor_of(request).person_id), *sorted(keys)], salt=SHOWN) if keys else ""


def shown_before(request: HttpRequest, text: str) -> frozenset[str]:
    try:
        whose, *keys = signing.loads(text, salt=SHOWN)
    except (signing.BadSignature, ValueError, TypeError):
        return frozenset()
    return frozenset(map(str, keys)) if whose == str(actor_of(request).person_id) else frozenset()


def _page(request: HttpRequest, form: NewChildForm, matches: Matches | None, status: int) -> HttpResponse:
    here = [
        {"row": match.row, "likely": match.verdict == "likely", "why": reasons_words(match.reasons)[0]}
        for match in (matches.here if matches else ())
    ]
    beside, more = (matches.elsewhere, matches.more) if matches else ((), False)
    context = {"form": form, "here": here, "more": more, "elsewhere": beside}
    return render(request, "cases/child_new.html", context, status=status)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def child_change(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    child = find_child(actor, code)
    facts, version = facts_for_change(actor, child.row.id)
    initial: dict[str, Any] = {name: getattr(facts, name) for name in ChildFacts.__slots__}
    initial |= {"version": version, "place": str(facts.place_id or ""), "team": str(facts.team_id or "")}
    offered: dict[str, Any] = {"actor": actor, "organisation_id": child.organisation_id, "initial": initial}
    aside = facts.status == Status.DUPLICATE and not is_merged(child.row.id)
    form = ChangeForm(posted(request), set_aside=aside, **offered)
    if request.method == "POST" and form.is_valid():
        given = form.facts(form.status_after(facts.status))
        if given.birth_date == facts.birth_date:  # an estimate stays one until another date is given
            given = replace(given, birth_estimated=facts.birth_estimated, age=None)
        seen, why = form.cleaned_data["version"], form.cleaned_data["birth_reason"]
        attempt(form, lambda: change_child(actor, child.row.id, given, seen=seen, why=why))
        if not form.errors:
            messages.success(request, _("The change is saved."), extra_tags="good")
            return redirect("child", child.row.code)
    context = {"form": form, "child": child.row, "twice": facts.status != Status.DUPLICATE}
    return render(request, "cases/child_change.html", context, status=422 if form.errors else 200)
