"""One row of what the app sent and could not be taken: what was written in the village, why it waits, and its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from homeward.apps.access.actors import Actor, permit
from homeward.apps.cases.consent_models import Answer, Capacity, Explained, Purpose, TeachBack
from homeward.apps.cases.models import RelationKind, ReturnBasis, Sex
from homeward.apps.surveys.unopened import RECORDED
from homeward.apps.visits.clock_models import MissedReason
from homeward.apps.visits.not_taken import (
    NEW_CHILD,
    NOT_ASKED,
    NotTaken,
    Told,
    WrittenChild,
    WrittenWord,
    not_taken,
    settle,
)
from homeward.domain.codes import display_code
from homeward.domain.protocol import CONTACT
from homeward.web.cases.rounds import round_label
from homeward.web.surveys.not_taken_words import why
from homeward.web.ui import labels
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import CHOOSE, PlainForm, posted
from homeward.web.ui.words import language_name

TITLES = {
    NEW_CHILD: gettext_lazy("A new child, not taken"),
    NOT_ASKED: gettext_lazy("Who was not asked: a note, not taken"),
}
NOT_NEEDED = [
    CHOOSE,
    ("twice", gettext_lazy("It was written twice")),
    ("mistake", gettext_lazy("It was a mistake, or a trial")),
    ("not_wanted", gettext_lazy("The child or the family does not want it")),
    ("over", gettext_lazy("It is out of date")),
]
SETTLED = gettext_lazy(
    "Settled. What lay here sealed is gone, and the phone is told that the office has dealt with it."
)
MEANWHILE = gettext_lazy("This was taken or settled meanwhile.")
Line = tuple[Any, str]


class NotNeededForm(PlainForm):
    why = forms.ChoiceField(label=gettext_lazy("Why it is not needed"), choices=NOT_NEEDED)

    def __init__(self, *args: Any, recorded: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].required = not recorded


@require_http_methods(["GET", "POST"])
def not_taken_entry(request: HttpRequest, arrival_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    recorded = request.POST.get("step", "") == RECORDED
    form = NotNeededForm(posted(request), recorded=recorded)
    if request.method == "POST" and form.is_valid():
        how = RECORDED if recorded else form.cleaned_data["why"]
        if attempt(form, lambda: done(actor, arrival_id, how)):
            messages.success(request, str(SETTLED), extra_tags="good")
            return way_back(actor)
    found = not_taken(actor, arrival_id)
    if not found.waits:
        messages.info(request, str(MEANWHILE))
        return way_back(actor)
    context = {**words_of(found), "row": found.row, "found": found, "settle": form, "up": up_of(actor)}
    return render(request, "surveys/not_taken.html", context, status=422 if form.errors else 200)


def done(actor: Actor, arrival_id: UUID, how: str) -> bool:
    settle(actor, arrival_id, how)
    return True


def up_of(actor: Actor) -> str:
    """Whoever sent it has no inbox."""
    return "inbox" if permit(actor, "inbox.see") else "today"


def way_back(actor: Actor) -> HttpResponse:
    return redirect(up_of(actor))


def words_of(found: NotTaken) -> dict[str, Any]:
    reason, helps = why(found.shut or found.row.reason)
    return {
        "title": TITLES.get(found.kind) or _("Sent by the app, not taken"),
        "reason": reason,
        "helps": helps if found.known or found.shut or found.kind else "",
        "lines": [line for line in lines_of(found) if line[1]],
        "told": [told_words(each, found.child.day) for each in found.child.asked] if found.child else [],
        "day": found.child.day if found.child else None,
        "may_register": found.kind == NEW_CHILD,
    }


def lines_of(found: NotTaken) -> list[Line]:
    if found.child is not None:
        return [*child_lines(found.child)]
    return [*word_lines(found.word)] if found.word is not None else []


def child_lines(child: WrittenChild) -> Iterator[Line]:
    gone = _("The place that was chosen is not there any more.") if child.place_gone else ""
    yield _("Name"), child.name
    yield _("Sex"), label_of(Sex, child.sex)
    yield _("Birth date"), day_words(child.birth_date)
    yield _("Age in years"), child.age if child.birth_date is None else ""
    yield _("Day of the return"), day_words(child.return_date)
    yield _("How sure is the day of the return?"), label_of(ReturnBasis, child.return_date_basis)
    yield _("Place"), child.place or gone or _("Not recorded")
    yield _("Language of the interviews"), language_name(child.language) if child.language else ""
    yield _("Who looks after the child now"), label_of(RelationKind, child.caregiver) or _("Not recorded")
    yield _("Name of the caregiver"), child.caregiver_name
    yield _("Written down on"), day_words(child.day)


def word_lines(word: WrittenWord) -> Iterator[Line]:
    contact = _("Contact between the rounds") if word.point == CONTACT else word.point
    yield _("Child"), display_code(word.code) if word.code else _("A child that you do not work with")
    yield _("Round"), round_label(word.rule) if word.rule is not None else contact
    yield _("Who was not asked"), str(labels.RESPONDENTS.get(word.respondent, word.respondent))
    yield _("Why"), label_of(MissedReason, word.reason)
    yield _("Written down on"), day_words(word.day)


def told_words(told: Told, day: Any) -> dict[str, Any]:
    rows = [(label_of(Purpose, purpose), label_of(Answer, answer)) for purpose, answer in told.answers]
    lines = [
        (_("How was it explained?"), label_of(Explained, told.explained)),
        (_("Told it back in own words?"), label_of(TeachBack, told.teach_back)),
        (_("What we cannot keep to ourselves was told"), _("Yes") if told.limits_told else _("No")),
        (_("Which organisation?"), told.recipient),
        (_("Can the child decide this?"), label_of(Capacity, told.capacity) if told.who == "child" else ""),
        (_("Asked on"), day_words(day)),
    ]
    return {
        "who": labels.RESPONDENTS.get(told.who, told.who),
        "rows": rows,
        "lines": [line for line in lines if line[1]],
    }


def label_of(choices: Any, value: str) -> str:
    """What is on no list stands as it was written."""
    return str(choices(value).label) if value in choices.values else value


def day_words(day: Any) -> str:
    return date_format(day, "DATE_FORMAT") if day is not None else ""
