"""The page of a visit: prepare it, ask the four questions, record it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.cases.gaps import gaps_of_visits
from homeward.apps.communities.models import Sector
from homeward.apps.surveys.form_queries import published_forms
from homeward.apps.visits import choices as of
from homeward.apps.visits.planning import lift_block, miss_visit
from homeward.apps.visits.protocol import next_to_go
from homeward.apps.visits.queries import VisitDetail, look_at_visit
from homeward.apps.visits.recording import (
    hold_visit,
    next_together,
    recorded_together,
    settle_action,
    shut_on_day,
    skip_voice,
)
from homeward.apps.visits.safe_days import safe_days
from homeward.apps.visits.scope import visit_to_read
from homeward.apps.visits.voices import FAMILY
from homeward.apps.visits.waiting import soon_for
from homeward.domain.problems import ProblemError
from homeward.domain.visiting import INSTEAD_OF, advised, asks, next_safe
from homeward.web.cases.frame import frame, may, may_begin
from homeward.web.cases.help import gap_words, may_refer
from homeward.web.cases.help_words import REASONS
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import CHOOSE, Chosen, PlainForm
from homeward.web.ui.words import comma
from homeward.web.visits.child_tab import cards_together, contact_context, open_for
from homeward.web.visits.record_forms import RecordForm
from homeward.web.visits.ways import Hints, WaysSelect, close
from homeward.web.visits.words import (
    ADVICE,
    ASKED_FOR,
    INSTEAD,
    SHORT,
    SHUT,
    action_words,
    days_words,
    version_words,
    visit_words,
    ways_words,
)

ON_THE_FORM = ("contact.way", "contact.quiet")  # refusals that are told beside what was filled in


class NotHeldForm(PlainForm):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why did it not take place?"), choices=[CHOOSE, *of.NotHeld.choices], widget=Chosen
    )


class LiftForm(PlainForm):
    mode = forms.ChoiceField(label=gettext_lazy("In which way?"), widget=WaysSelect)
    why = forms.CharField(
        label=gettext_lazy("Why may it be made after all?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, modes: tuple[str, ...], shut: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        close(self, "mode", {mode: why for mode, why in shut.items() if why})
        field = self.fields["mode"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(mode, of.Ways(mode).label) for mode in modes]


@require_GET
def visit(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    return visit_page(request, actor, look_at_visit(actor, visit_id))


def visit_page(request: HttpRequest, actor: Actor, found: VisitDetail, lift: LiftForm | None = None) -> HttpResponse:
    held = found.row.state == "held"  # its note shows what was agreed at it, and nothing of other visits
    actions = [action_words(row) for row in found.actions if not held or row.visit_id == found.row.id]
    contact = contact_context(actor, found.child)
    context = {
        **frame(actor, found.child, "visits"),
        **contact,
        "by_contact": by_contact(found, contact),
        "cards_together": cards_together(actor, codes_together(found)) if found.row.state == "planned" else (),
        "visit": visit_words(found.row),
        "found": found,
        "check": [(SHORT[name], of.Likely(answer).label) for name, answer in found.check],
        "asked_for": dict(ASKED_FOR).get(found.asked_for, ""),
        "advice": advice(found, contact),
        "instead": instead(found),
        "facts": facts(found),
        "gaps": [gap_words(each) for each in gaps_of_visits(found.child.row.id, found.row.id)],
        "may_refer": may_refer(actor, found.child),
        "overdue": [each for each in actions if each["row"].overdue],
        "open_actions": [each for each in actions if each["row"].open and not (each["row"].overdue or held)],
        "voices": voices(actor, found),
        "skips": [CHOOSE, *of.Skipped.choices],
        "kept": of.Kept.choices,
        "others": [visit_words(row) for row in found.others],
        "not_held_form": NotHeldForm(),
        "lift_form": lift or LiftForm(found.modes_after_lift, found.ways),
        "ways": ways_words(found.ways),
        "any_way": any(not why for why in found.ways.values()),
        "versions": [version_words(each) for each in found.versions],
        "untold": [each for each in actions if each["row"].untold],
        "agreed_here": [each for each in actions if not (each["row"].overdue or each["row"].untold)] if held else (),
        "may_record": open_for(actor, "visits.record", found.child),
        "may_lift": may(actor, "visits.lift", found.child),
        "may_fill": may_begin(actor, found.child),
        "shut": SHUT.get(found.shut, ""),
        "asked_soon": asked_soon(actor, found),
    }
    return render(request, "visits/visit.html", context, status=422 if lift is not None else 200)


def asked_soon(actor: Actor, found: VisitDetail) -> date | None:
    """On the page of the visit that brought the word back."""
    asked = found.row.state == "held" and of.Observed.ASKS in found.observed
    return soon_for(found.child.row.id, today_in(actor, found.child.organisation_id)) if asked else None


def codes_together(found: VisitDetail) -> list[str]:
    return [row.child_code for row in found.others]


def advice(found: VisitDetail, contact: dict[str, Any]) -> list[Any]:
    on_card = contact["card"]["card"].channels if contact["card"] else None
    answered = [name for name, answer in found.check if answer != of.Likely.NO]
    return [ADVICE[advised(name, found.asked_for, on_card)] for name in answered]


def instead(found: VisitDetail) -> list[Any]:
    codes = dict.fromkeys(each for reason in found.row.blocked for each in INSTEAD_OF[reason])
    return [INSTEAD[each] for each in codes]


def by_contact(found: VisitDetail, contact: Mapping[str, Any]) -> str:
    """Ways on the card in which nobody visits, where no way of a visit is left: so an attempt may be made."""
    fits_none = found.shut == "card" or (found.row.state == "blocked" and found.row.blocked == ("nothing_fits",))
    if not fits_none or contact["card"] is None or contact["quiet_now"]:
        return ""
    ways = [of.OnCard(each) for each in contact["card"]["card"].channels if each not in of.Ways.values]
    return " · ".join(str(each.label) for each in ways)


def facts(found: VisitDetail) -> list[tuple[Any, Any]]:
    """Of a visit that took place."""
    if found.row.state != "held":
        return []
    seen = {True: _("Yes"), False: _("No"), None: ""}
    rows = [
        (_("Child seen in person"), seen[found.row.child_seen]),
        (_("Alone"), of.Alone(found.alone).label if found.alone and found.row.child_seen else ""),
        (_("Caregiver seen"), seen[found.caregiver_seen]),
        (_("Brought back"), comma().join(str(of.Observed(each).label) for each in found.observed)),
        (_("Plan on track"), of.OnTrack(found.on_track).label if found.on_track else ""),
        *((Sector(sector).label, REASONS[reason]) for sector, reason in found.gaps),
        (_("Next visit"), date_format(found.next_on, "DATE_FORMAT") if found.next_on else ""),
        (_("Note of the visit"), found.words),
    ]
    return [(label, value) for label, value in rows if value]


def voices(actor: Actor, found: VisitDetail) -> list[dict[str, Any]]:
    """The child first, each apart; the form with the four questions, where the organisation has published it."""
    known = {each.respondent: each for each in found.voices}
    if not asks(found.row.went or found.row.goes):  # nobody asks; what was asked all the same stays in sight
        known = {name: each for name, each in known.items() if each.submission_id is not None}
    asked = (each for each in published_forms(actor) if each.family == FAMILY and not each.encrypted)
    form = next(asked, None)  # one that phones encrypt is of the same family, and no page fills it in
    made = []
    for voice in (each for each in of.Voice if asks(found.row.went or found.row.goes) or each in known):
        row = known.get(voice)
        query = urlencode({"child": found.child.row.code, "visit": found.row.id, "respondent": voice.value})
        address = f"{reverse('interview', args=[form.id])}?{query}" if form else ""
        skipped = of.Skipped(row.skipped).label if row and row.skipped else ""
        made.append({"who": voice, "row": row, "address": address, "skipped": skipped})
    return made


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def visit_record(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = look_at_visit(actor, visit_id)
    open_for(actor, "visits.record", found.child).require()
    open_before = [row for row in found.actions if row.open]
    if request.method == "GET" and found.row.state != "planned":  # nothing is typed that could not be kept
        return redirect("visit", visit_id)
    days = days_words(safe_days(actor, [found.child.row.id]))
    hints: Hints = {"shut": shut_on_day(actor, visit_id), "days": days}
    if request.method == "GET":
        return record_page(request, actor, found, RecordForm(open_before, initial=start(actor, found), **hints))
    form = RecordForm(open_before, request.POST, today=today_in(actor, found.child.organisation_id), **hints)
    if form.is_valid() and attempt(form, lambda: hold_visit(actor, visit_id, form.held())) is not None:
        messages.success(request, _("The visit is recorded."), extra_tags="good")
        further = next_together(actor, visit_to_read(actor, visit_id))
        return redirect("visit-record", further.pk) if further is not None else redirect("visit", visit_id)
    return record_page(request, actor, found, form)


def start(actor: Actor, found: VisitDetail) -> dict[str, Any]:
    """Of brothers and sisters, what was typed for the first of them; else what was planned. After somebody who went in
    the place of a case worker no day is proposed yet: what they brought back says how soon.
    """
    before = recorded_together(actor, visit_to_read(actor, found.row.id))
    today = today_in(actor, found.child.organisation_id)
    day = before.held_on if before is not None and before.held_on is not None else min(found.row.planned_on, today)
    proposed = None if found.row.goes in of.IN_STEAD else next_to_go(actor, found.child.row.id, day)
    if proposed is not None and proposed >= today:
        proposed = next_safe(proposed, safe_days(actor, [found.child.row.id])) or proposed
    made: dict[str, Any] = {
        "on": day.isoformat(),
        "mode": found.row.mode,
        "went": found.row.goes,
        "next_on": proposed.isoformat() if proposed and proposed > day else "",
    }
    if before is not None:
        seen = "yes" if before.caregiver_seen else "no"
        made |= {"mode": before.held_mode, "caregiver_seen": seen}
    return made


def record_page(request: HttpRequest, actor: Actor, found: VisitDetail, form: RecordForm) -> HttpResponse:
    context = {
        **frame(actor, found.child, "visits"),
        "visit": visit_words(found.row),
        "form": form,
        "in_stead": found.row.goes in of.IN_STEAD,
        "others": [visit_words(row) for row in found.others],
    }
    return render(request, "visits/visit_record.html", context, status=422 if form.errors else 200)


@require_POST
def visit_not_held(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    miss_visit(actor_of(request), visit_id, request.POST.get("reason", ""))
    messages.success(request, _("It is recorded why the visit did not take place."), extra_tags="good")
    return redirect("visit", visit_id)


@sensitive_post_parameters()
@require_POST
def visit_lift(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    mode, why = (request.POST.get(name, "") for name in ("mode", "why"))
    try:
        lift_block(actor, visit_id, mode, why)
    except ProblemError as refusal:
        if refusal.first.status != 400 and refusal.first.code not in ON_THE_FORM:
            raise
        found = look_at_visit(actor, visit_id)
        form = LiftForm(found.modes_after_lift, found.ways, request.POST)
        if form.is_valid():
            form.take(refusal.problems)
        return visit_page(request, actor, found, form)
    messages.success(request, _("The visit may be made in this way."), extra_tags="good")
    return redirect("visit", visit_id)


@require_POST
def visit_skip(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    respondent, reason = (request.POST.get(name, "") for name in ("respondent", "reason"))
    skip_voice(actor_of(request), visit_id, respondent, reason)
    messages.success(request, _("Noted."), extra_tags="good")
    return redirect("visit", visit_id)


@require_POST
def visit_action(request: HttpRequest, visit_id: UUID, promise_id: UUID) -> HttpResponse:
    """Back to the visit on whose page it was tapped, else to the child."""
    actor = actor_of(request)
    settle_action(actor, visit_id, promise_id, request.POST.get("kept", ""))
    messages.success(request, _("Noted."), extra_tags="good")
    agreed_at = visit_to_read(actor, visit_id)
    try:
        return redirect("visit", UUID(request.POST.get("to", "")))
    except ValueError:
        return redirect("child-visits", agreed_at.child.code)
