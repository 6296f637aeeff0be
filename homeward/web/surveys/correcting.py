"""Correcting answers in a plain form. Only what differs is changed; the version before stays as it came."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.visibility import NotVisible
from homeward.apps.surveys.answers import AnswerRow, Answers, answers_behind
from homeward.apps.surveys.corrections import (
    REASONS,
    REASONS_TO_CORRECT,
    constraint_messages,
    correct_answers,
    may_correct,
)
from homeward.apps.surveys.form_queries import instrument_of
from homeward.apps.surveys.models import State
from homeward.domain.instruments import Instrument, Question
from homeward.domain.privacy import Level
from homeward.domain.problems import Problem, ProblemError
from homeward.web.surveys.instrument_pages import CONTAINERS
from homeward.web.surveys.submissions import form_of, head
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import NOT_SAID, DayInput, PlainForm, posted
from homeward.web.ui.words import in_language, say

LEFT_ALONE = frozenset({"child_known", "child_listed", "child_typed", "child_code"})
LONGEST_TEXT = 100_000
TYPES = frozenset({"select_one", "select_multiple", "integer", "decimal", "text", "date", "range"})


@dataclass(slots=True)
class Section:
    """A part of the form; one with an error stands open."""

    heading: str
    fields: list[BoundField] = dataclass_field(default_factory=list)

    @property
    def wrong(self) -> bool:
        return any(bound.errors for bound in self.fields)


def headings(instrument: Instrument, language: str) -> dict[str, str]:
    groups = [each for each in instrument.questions if each.type in CONTAINERS]
    return {each.name: in_language(each.labels, language) for each in groups}


class CorrectionForm(PlainForm):
    """Made from the instrument: one field a question that can be corrected, then the reason."""

    reason_code = forms.ChoiceField(
        label=gettext_lazy("Reason"), choices=lambda: [(code, _(REASONS[code])) for code in REASONS_TO_CORRECT]
    )
    reason = forms.CharField(
        label=gettext_lazy("In a few words"), widget=forms.Textarea(attrs={"rows": 2}), max_length=500
    )
    child_code = forms.CharField(
        label=gettext_lazy("It is about another child: that child's code"), required=False, max_length=20
    )

    def __init__(
        self,
        instrument: Instrument,
        answers: Answers,
        language: str,
        data: Any = None,
        rules: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data)
        self.rules = rules or {}  # what the form says of an answer that breaks the question's rule
        self.before = {row.question: row for row in answers.rows if not row.repeat}
        hidden = {row.question for row in answers.rows if row.kind == "withheld"}
        self.questions = [each for each in instrument.questions if correctable(each, instrument, hidden)]
        for question in self.questions:
            field = field_for(question, instrument, language, self.before.get(question.name))
            self.fields[f"q_{question.name}"] = field
        for field in self.fields.values():
            field.widget.attrs.setdefault("autocomplete", "off")
        self.headings = headings(instrument, language)

    @property
    def sections(self) -> list[Section]:
        """In the parts and the order of the form, so that an answer is found where it was given."""
        found: list[Section] = []
        for question in self.questions:
            heading = self.headings.get(question.path[-1], "") if question.path else ""
            if not found or found[-1].heading != heading:
                found.append(Section(heading))
            found[-1].fields.append(self[f"q_{question.name}"])
        return found

    def take(self, problems: tuple[Problem, ...]) -> None:
        """What is wrong with an answer stands at its question, in the form's own words where it has some."""
        for problem in problems:
            name = f"q_{problem.where.field}"
            if name not in self.fields:
                super().take((problem,))
                continue
            own = self.rules.get(problem.where.field, "") if problem.code == "answer.constraint" else ""
            self.add_error(name, own or say(problem).message)

    def changes(self) -> dict[str, str]:
        """Question name -> new answer as the form stores it; an emptied field removes the answer."""
        found = {}
        for question in self.questions:
            given = self.cleaned_data[f"q_{question.name}"]
            new = (
                " ".join(given)
                if isinstance(given, list)
                else given.isoformat()
                if hasattr(given, "isoformat")
                else str(given or "")
            )
            if not same(question, new, stored(self.before.get(question.name))):
                found[question.name] = new
        return found


def same(question: Question, new: str, before: str) -> bool:
    """Ticked codes have no order; a browser writes the ends of lines in its own way."""
    if question.type == "select_multiple":
        return set(new.split()) == set(before.split())
    return new.replace("\r\n", "\n") == before.replace("\r\n", "\n")


def correctable(question: Question, instrument: Instrument, hidden: Collection[str]) -> bool:
    """Nobody writes over an answer without being shown it."""
    if question.privacy is Level.L4:  # nothing of it is here to correct
        return False
    if question.type not in TYPES or question.repeat or question.name in LEFT_ALONE or question.name in hidden:
        return False
    return question.type.startswith("select") is False or instrument.choices_of(question) is not None


def stored(row: AnswerRow | None) -> str:
    """An answer as the form stores it."""
    if row is None:
        return ""
    return " ".join(row.codes) if row.codes else row.answer


def field_for(question: Question, instrument: Instrument, language: str, row: AnswerRow | None) -> forms.Field:
    label = in_language(question.labels, language) or question.name
    listed = instrument.choices_of(question)
    choices = (
        [(each.code, in_language(each.labels, language) or each.code) for each in listed.choices] if listed else []
    )
    before = stored(row)
    if listed:  # what came and is not offered is offered here, or saving anything else would take it away
        known = {code for code, _label in choices}
        kept = before.split() if question.type == "select_multiple" else [before] if before else []
        choices += [(code, code) for code in kept if code not in known]
    field: forms.Field
    if question.type == "select_one":
        field = forms.ChoiceField(choices=[NOT_SAID, *choices], widget=forms.Select(attrs={"class": "form-select"}))
    elif question.type == "select_multiple":
        box = forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
        field = forms.MultipleChoiceField(choices=choices, widget=box)
    elif question.type == "date":
        field = forms.DateField(widget=DayInput(attrs={"class": "form-control"}))
    elif question.type == "text":
        lines = forms.Textarea(attrs={"class": "form-control", "rows": min(8, 1 + len(before) // 60)})
        field = forms.CharField(max_length=LONGEST_TEXT, strip=False, widget=lines)
    else:
        kind = {"integer": "numeric"}.get(question.type, "decimal")
        field = forms.CharField(
            max_length=100, widget=forms.TextInput(attrs={"class": "form-control", "inputmode": kind, "dir": "ltr"})
        )
    field.label, field.required = label, False
    field.initial = before.split() if question.type == "select_multiple" else before
    return field


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "submissions.correct").require()
    answers = answers_behind(actor, submission_id)
    version = form_of(actor, answers.submission)
    if version is None or answers.submission.state == State.SUPERSEDED:
        raise NotVisible("interview")
    may_correct(actor, answers.submission.channel).require()
    language = (
        answers.child.language if answers.child and answers.child.language in version.languages else actor.language
    )
    rules = constraint_messages(actor, version.id)
    form = CorrectionForm(instrument_of(actor, version.id), answers, language, posted(request), rules)
    if request.method == "POST" and form.is_valid():
        receipt = attempt(form, lambda: corrected(actor, submission_id, form))
        if receipt is not None:
            messages.success(
                request, _("Corrected. The version before stays as it came and no longer counts."), extra_tags="good"
            )
            return redirect("submission", receipt)
    context = {**head(actor, answers), "correction": form, "form": version}
    return render(request, "surveys/correct.html", context, status=422 if form.errors else 200)


def corrected(actor: Actor, submission_id: UUID, form: CorrectionForm) -> UUID:
    given: Mapping[str, Any] = form.cleaned_data
    changes = form.changes()
    if not changes and not given["child_code"]:
        raise ProblemError(
            Problem("correction.nothing", "Nothing is different.", "Change an answer, or go back without saving.")
        )
    receipt = correct_answers(
        actor, submission_id, changes, given["reason_code"], given["reason"], given["child_code"] or None
    )
    if receipt.submission_id is None:
        raise NotVisible("interview")
    return receipt.submission_id
