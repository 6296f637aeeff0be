"""What waits for a person: link it, correct it, accept it, set it aside; each with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.visibility import NotVisible
from homeward.apps.surveys.answers import Answers, answers_behind
from homeward.apps.surveys.comparing import compared_with_original, first_of_twins
from homeward.apps.surveys.form_queries import instrument_of
from homeward.apps.surveys.inbox import (
    UNLIKELY_CHILD,
    InboxRow,
    accept_submission,
    acceptable,
    keep_both,
    link_submission,
    list_inbox,
    list_quarantined,
    set_aside,
    take_back,
)
from homeward.apps.surveys.late import RECENT, LateRow, arrived_late
from homeward.apps.surveys.models import Channel, State
from homeward.apps.surveys.reading import undated
from homeward.apps.surveys.unopened import list_unopened
from homeward.domain.instruments import Instrument
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.web.cases.words import state_label
from homeward.web.surveys.not_taken_words import why
from homeward.web.surveys.remarks import for_people, said_about
from homeward.web.surveys.submissions import head, said_of
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import PlainForm, posted
from homeward.web.ui.paging import Page, page_number
from homeward.web.ui.words import in_language

QUARANTINE_WORDS = {
    "other_bytes": gettext_lazy("Another interview with the same id is here already."),
    "other_attachment": gettext_lazy("A file of the same name is here already."),
    "unknown_version": gettext_lazy("This version of the form is not known here."),
    "outdated_edit": gettext_lazy("Somebody else corrected the same interview first."),
}


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    state = request.GET.get("state", "")
    found = list_inbox(actor, page_number(request), state)
    late = arrived_late(actor, timezone.now() - RECENT)
    kept = list_quarantined(actor)
    context = {
        "page": Page(list(rows_in_words(actor, found.rows)), found.page, found.total),
        "kept": [(row, QUARANTINE_WORDS.get(row.reason, row.reason)) for row in kept],
        "unopened": [(row, why(row.reason)[0]) for row in list_unopened(actor)],
        "state": state,
        "late": late,
        "late_rows": [late_words(row, actor.language) for row in late] if state == "late" else [],
        "late_days": RECENT.days,
    }
    return render(request, "surveys/inbox.html", context)


def late_words(row: LateRow, language: str) -> dict[str, Any]:
    waits = row.state in (State.UNMATCHED, State.INVALID, State.TWICE)
    page = "inbox-agreement" if row.state == State.NO_CONSENT else "inbox-entry" if waits else "submission"
    return {
        "row": row,
        "title": in_language(row.titles, language),
        "state": str(State(row.state).label),
        "address": reverse(page, args=[row.submission_id]),
    }


def rows_in_words(actor: Actor, rows: Iterable[InboxRow]) -> Iterator[dict[str, Any]]:
    """Each form is read once, however many of its interviews wait."""
    instruments: dict[UUID, Instrument] = {}
    for row in rows:
        if row.form_id not in instruments:
            instruments[row.form_id] = instrument_of(actor, row.form_id)
        yield row_words(row, instruments[row.form_id], actor.language)


def row_words(row: InboxRow, instrument: Instrument, language: str) -> dict[str, Any]:
    told = sorted(for_people(row.problems), key=grave)
    first = said_about(told[0], instrument, language) if told else None
    return {
        "row": row,
        "address": reverse("inbox-agreement" if row.state == State.NO_CONSENT else "inbox-entry", args=[row.id]),
        "title": in_language(row.titles, language) or row.instrument_id,
        "state": state_label(row.state, row.problems),
        "unmatched": row.state == State.UNMATCHED,
        "channel": Channel(row.channel).label,
        "why": first.message if first else "",
        "where": first.where if first else "",
        "more": max(0, len(told) - 1),
    }


def grave(record: Mapping[str, Any]) -> tuple[bool, bool]:
    """No child, or an edit without its original, comes first; then what else is an error."""
    stops = str(record["code"]).startswith(("child.", "edit."))
    return (not stops, record.get("severity") != "error")


class SettleForm(PlainForm):
    """One reason for whichever step; the code only where the interview is linked to a child."""

    child = forms.CharField(label=gettext_lazy("Code of the child it is about"), required=False, max_length=20)
    reason = forms.CharField(label=gettext_lazy("Why, in a few words"), max_length=500)
    asks_again = False  # the child is of another age than the form's, or was not born yet

    def take(self, problems: tuple[Problem, ...]) -> None:
        super().take(problems)
        self.asks_again = any(problem.code == UNLIKELY_CHILD for problem in problems)


LINK_ALL_THE_SAME = "link_all_the_same"
STEPS: dict[str, tuple[str, Any]] = {
    "link": ("submission", gettext_lazy("Linked and scored.")),
    LINK_ALL_THE_SAME: ("submission", gettext_lazy("Linked and scored.")),
    "accept": ("submission", gettext_lazy("Accepted. The answers that cannot be right stay out of the scores.")),
    "keep_both": ("submission", gettext_lazy("Both are kept, and this one counts too.")),
    "same_twice": ("inbox", gettext_lazy("Set aside: it is the same interview, which counts once.")),
    "set_aside": ("inbox", gettext_lazy("Set aside. It is kept and counted nowhere; it can be taken back.")),
    "take_back": ("inbox-entry", gettext_lazy("It waits again, or counts again, as before.")),
}


@require_http_methods(["GET", "POST"])
def inbox_entry(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "inbox.see").require()
    answers = answers_behind(actor, submission_id)
    form = SettleForm(posted(request), initial={"child": answers.typed_child})
    step = request.POST.get("step", "")
    filled = request.method == "POST" and step in STEPS and form.is_valid()
    if filled and attempt(form, lambda: settle(actor, submission_id, step, form)):
        page, words = STEPS[step]
        messages.success(request, str(words), extra_tags="good")
        return redirect(page) if page == "inbox" else redirect(page, submission_id)
    context = {
        **head(actor, answers),
        "answers": answers,
        "settle": form,
        "said": said_of(actor, answers, sorted(for_people(answers.submission.problems), key=grave)),
        "steps": open_steps(answers),
        "ask_day": undated(record["code"] for record in answers.submission.problems),
        "ask_again": form.asks_again,
        "may_settle": permit(actor, "inbox.settle"),
        "first": first_of_twins(actor, answers),
        "beside": compared_with_original(actor, answers) if steps_wait(answers) else None,
    }
    return render(request, "surveys/inbox_entry.html", context, status=422 if form.errors else 200)


def steps_wait(answers: Answers) -> bool:
    """An edit that waits for a person: what it corrects stands beside it."""
    return any(str(record["code"]).startswith("edit.") for record in answers.submission.problems)


def open_steps(answers: Answers) -> list[str]:
    row = answers.submission
    if row.state == State.TWICE:
        return ["same_twice", "keep_both", "set_aside"]
    if row.state not in (State.UNMATCHED, State.INVALID):
        return ["take_back"] if row.state == State.SET_ASIDE else []
    link = row.state == State.UNMATCHED and answers.child is None
    accept = acceptable(row.state, answers.child is not None, row.problems)
    return [*(["link"] if link else []), *(["accept"] if accept else []), "set_aside"]


def settle(actor: Actor, submission_id: UUID, step: str, form: SettleForm) -> bool:
    reason = form.cleaned_data["reason"]
    if step in ("link", LINK_ALL_THE_SAME):
        link(actor, submission_id, form.cleaned_data["child"], reason, all_the_same=step == LINK_ALL_THE_SAME)
    elif step == "accept":
        accept_submission(actor, submission_id, reason)
    elif step == "keep_both":
        keep_both(actor, submission_id, reason)
    elif step in ("set_aside", "same_twice"):
        set_aside(actor, submission_id, reason, came_twice=step == "same_twice")
    else:
        take_back(actor, submission_id, reason)
    return True


def link(actor: Actor, submission_id: UUID, code: str, reason: str, *, all_the_same: bool) -> None:
    """A code that names nobody within reach is a mistake in the form, not a page that does not exist."""
    try:
        link_submission(actor, submission_id, code, reason, all_the_same=all_the_same)
    except NotVisible as error:
        where = Where(field="child")
        said = Problem("child.not_found", error.first.message, error.first.action, where, error.first.params)
        raise ProblemError(said) from error
