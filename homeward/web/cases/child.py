"""The child is the page: three dimensions over time, both voices side by side, what is due, what is recorded."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.cases.ahead import ahead_of
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.models import Population, RelationKind, Sex
from homeward.apps.cases.queries import ChildDetail, ChildNames, find_child, names_of, refuse_ended
from homeward.apps.cases.record_models import NameKind
from homeward.apps.monitoring.called import called_for
from homeward.apps.surveys.form_queries import PublishedForm, instrument_of, published_forms
from homeward.apps.surveys.grown_up import adult_survey, is_too_old_for
from homeward.apps.surveys.models import Channel, State
from homeward.apps.surveys.scope import HELD
from homeward.apps.surveys.timeline import SubmissionRow, Timeline, timeline
from homeward.apps.visits.calling_back import CALL_BACK, open_wish
from homeward.apps.visits.cards import quiet_times
from homeward.apps.visits.clock import facts_within, follow_up_of
from homeward.apps.visits.not_asked import said_by
from homeward.apps.visits.waiting import lost_among
from homeward.domain.ages import ADULT
from homeward.web.cases.frame import frame, may
from homeward.web.cases.marks import ahead_in_words
from homeward.web.cases.rounds import clock_words, newest_rounds
from homeward.web.cases.scores import about_child, panels, points_of, table
from homeward.web.cases.words import returned_words, state_label
from homeward.web.monitoring.journey import newest_moments
from homeward.web.monitoring.words import called_in_words
from homeward.web.surveys.links import link_rows
from homeward.web.ui import labels
from homeward.web.ui.asking import actor_of
from homeward.web.ui.once import show_next, to_show
from homeward.web.ui.paging import page_of
from homeward.web.ui.words import in_language, language_name

STATE_KINDS = {State.ACCEPTED: "good", State.UNMATCHED: "warn", State.INVALID: "warn", State.NO_CONSENT: "warn"}
STATE_KINDS[State.TWICE] = "warn"
NAME = "name"


@require_GET
def child(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    detail = open_child(actor, code, "overview")
    named = to_show(request, NAME) == str(detail.row.id)
    return overview(request, actor, detail, names_of(actor, detail.row.id, again=True) if named else None)


@require_POST
def child_name(request: HttpRequest, code: str) -> HttpResponse:
    """The name, on a deliberate tap: shown once, on the page that follows the tap, never in an address."""
    actor = actor_of(request)
    detail = find_child(actor, code)
    names_of(actor, detail.row.id)
    show_next(request, NAME, str(detail.row.id))
    return redirect("child", detail.row.code)


def overview(request: HttpRequest, actor: Actor, detail: ChildDetail, names: ChildNames | None) -> HttpResponse:
    history, followed = timeline(actor, detail.row.id), facts_within(actor, detail.row.id)
    shared, clock = frame(actor, detail, "overview"), follow_up_of(actor, detail.row.id, followed)
    points = points_of(history, about_child(actor), with_addresses=bool(shared["may"]["answers"]))
    drawn = panels(points, history.return_date)
    called, today = called_for(actor, detail.row.id), today_in(actor, detail.organisation_id)
    context = {
        **shared,
        "called": called_in_words(called) if called is not None else None,
        "name": names.name if names else "",
        "panels": drawn,
        "earlier": history.earlier,
        "table": table(points, [each["name"] for each in drawn]),
        **flagged(actor, detail, history if shared["may"]["answers"] else None),
        "rounds": newest_rounds(clock, detail.row, today, said_by(actor, detail.row.id)),
        "clock": clock_words(detail.row, clock),
        "lost": bool(may(actor, "visits.see", detail)) and bool(lost_among([detail.row.id])),
        **ahead_in_words(ahead_of(actor, detail)),
        "may_agree": bool(may(actor, "consents.see", detail)),
        "undated": undated(history) if shared["may"]["answers"] else [],
        "facts": facts(detail, names),
        "newest": newest_moments(actor, detail, history, followed),
        "turns": bool(may(actor, "children.change", detail)),
    }
    return render(request, "cases/child.html", context)


def flagged(actor: Actor, detail: ChildDetail, history: Timeline | None) -> dict[str, Any]:
    """The flags; and where somebody asks to be called back, what goes before that wish and what comes after it."""
    if history is None:
        return {"flags": []}
    kinds = {kind for row in history.submissions if row.state in HELD for kind, _degree in row.flags}
    found: dict[str, Any] = {"flags": flags(history), "told_more": bool(kinds - {CALL_BACK})}
    today, sees = today_in(actor, detail.organisation_id), bool(may(actor, "visits.see", detail))
    wish = open_wish(detail.row.id, today, by_contacts=sees)
    if wish is None:
        return found
    quiet = [each.until for each in quiet_times(actor, detail.row.id) if each.since <= today] if sees else []
    return found | {"wished": wish.day, "sees_visits": sees, "quiet_until": max(quiet, default=None)}


def flags(history: Timeline) -> list[dict[str, Any]]:
    """By interview, the newest first; a flag stands whatever the scores say."""
    return [
        {
            "marks": [
                (labels.FLAGS.get(kind, kind), labels.SEVERITY.get(degree, degree)) for kind, degree in row.flags
            ],
            "day": row.day,
            "who": labels.RESPONDENTS.get(row.respondent, row.respondent),
            "url": reverse("submission", args=[row.id]),
        }
        for row in history.submissions
        if row.state in HELD and row.flags
    ]


def undated(history: Timeline) -> list[dict[str, Any]]:
    """Interviews that count for no round and have no score, until somebody finds out when they took place."""
    return [
        {"received": row.received_at, "url": reverse("submission", args=[row.id])}
        for row in history.submissions
        if row.state in HELD and row.day is None
    ]


def facts(detail: ChildDetail, names: ChildNames | None) -> list[tuple[str, Any]]:
    row = detail.row
    age = "" if detail.age is None else str(detail.age)
    found: list[tuple[str, Any]] = [
        (_("Initials"), row.initials),
        (_("Age"), _("%(age)s (estimated)") % {"age": age} if detail.birth_estimated else age),
        (_("Sex"), Sex(row.sex).label),
        (_("Group"), Population(row.population).label),
        (_("Day of the return"), returned_words(row)),
        (_("Place"), row.place),
        (_("Team"), row.team),
        (_("Language of the interviews"), language_name(row.language)),
    ]
    for kind, name in names.others if names else ():
        found.append((str(NameKind(kind).label), name))
    for kind, name in names.relations if names else ():
        found.append((str(RelationKind(kind).label), name))
    return [(label, value) for label, value in found if value]


@require_GET
def child_interviews(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    detail = open_child(actor, code, "interviews")
    rows = [interview_row(row, actor.language) for row in timeline(actor, detail.row.id).submissions]
    return render(
        request, "cases/child_interviews.html", {**frame(actor, detail, "interviews"), "page": page_of(request, rows)}
    )


def interview_row(row: SubmissionRow, language: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "readable": row.state != State.NO_CONSENT,
        "day": row.day,
        "late_days": row.late_days,
        "received": row.received_at,
        "title": in_language(row.titles, language) or row.instrument_id,
        "version": row.version,
        "respondent": row.respondent,
        "channel": Channel(row.channel).label,
        "state": state_label(row.state, row.problems),
        "kind": STATE_KINDS.get(State(row.state), ""),
    }


@require_GET
def child_interview(request: HttpRequest, code: str) -> HttpResponse:
    """Two taps: the child's page, then the form; those for this age first."""
    actor = actor_of(request)
    detail = open_child(actor, code, "forms")
    shared = frame(actor, detail, "overview")
    shared["may"]["fill"].require()
    refuse_ended(detail)
    forms = [form for form in published_forms(actor) if form.subject != "group" and not form.encrypted]
    offers = [offer(actor, detail, form) for form in forms]
    context = {
        **shared,
        "fitting": sorted((each for each in offers if each["fits"]), key=lambda each: each["rank"]),
        "others": [each for each in offers if not each["fits"]],
        "links": link_rows(actor, detail.row.id),
        "adult_survey": adult_survey(actor) if detail.age is not None and detail.age >= ADULT else "",
    }
    return render(request, "cases/child_interview.html", context)


def offer(actor: Actor, detail: ChildDetail, form: PublishedForm) -> dict[str, Any]:
    about = instrument_of(actor, form.id).about
    age = detail.age
    fits = age is None or ((about.min_age or 0) <= age and (about.max_age is None or age <= about.max_age))
    spoken = detail.row.language
    words = [str(labels.RESPONDENTS.get(name, name)) for name in about.respondents]
    words += [str(labels.FAMILIES.get(form.family, form.family))]
    words += [
        _("in %(language)s")
        % {"language": language_name(spoken if spoken in form.languages else about.default_language)}
    ]
    address = f"{reverse('interview', args=[form.id])}?child={detail.row.code}"
    return {
        "title": in_language(form.titles, actor.language) or form.instrument_id,
        "words": " · ".join(words),
        "fits": fits,
        "over": is_too_old_for(about, age),  # only what was held before the birthday is keyed in
        "rank": (form.family != "survey", "child" not in about.respondents, form.instrument_id),
        "address": address,
        "paper_address": f"{address}&mode=paper",
    }
