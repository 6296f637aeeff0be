"""What is held about a child, handed over: a page to be read aloud or printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from homeward.apps.access.actors import Actor
from homeward.apps.retention.copies import Copy, hand_over
from homeward.apps.retention.guardians import HandingOver, handing_over
from homeward.apps.retention.holding import Part, Whom
from homeward.apps.retention.listing import keeping
from homeward.apps.retention.withheld import not_now
from homeward.domain.problems import Problem
from homeward.web.cases.frame import frame
from homeward.web.retention.guardian import relation_words
from homeward.web.retention.telling import told_aloud
from homeward.web.retention.widened import PARTS
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import PlainForm, posted
from homeward.web.ui.once import shown_once
from homeward.web.ui.words import comma, say

CHILD, GUARDIAN, WIDER = "child", "guardian", "wider"
USUAL = gettext_lazy("A guardian: nothing of interviews, and nothing told in confidence")


class WhomSelect(forms.RadioSelect):
    """Nobody can choose what is withheld; the words beside it say whom to ask."""

    withheld = False

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if self.withheld and str(value) == GUARDIAN:
            option["attrs"]["disabled"] = True
        return option


class CopyForm(PlainForm):
    whom = forms.ChoiceField(
        label=gettext_lazy("For whom"),
        widget=WhomSelect(attrs={"class": "form-check-input"}),
        error_messages={"required": gettext_lazy("Choose who will hear it. Nothing is shown before.")},
    )
    language = forms.ChoiceField(label=gettext_lazy("In which language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, found: HandingOver, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        whom = self.fields["whom"]
        if isinstance(whom, forms.ChoiceField) and isinstance(whom.widget, WhomSelect):
            whom.choices = list(_whoms(found))
            whom.widget.withheld = found.withheld


def _whoms(found: HandingOver) -> Iterator[tuple[str, Any]]:
    yield CHILD, gettext_lazy("The child itself, alone with you: everything, with its interviews")
    yield GUARDIAN, say_short(not_now()) if found.withheld else USUAL
    if found.wider and found.relation is not None:
        parts = comma().join(str(PARTS[Part(part)]) for part in found.wider)
        words = _("A guardian, once, as two people have decided: {who}. Besides: {parts}")
        yield WIDER, words.format(who=relation_words(found.relation), parts=parts)


def say_short(problem: Problem) -> str:
    found = say(problem)
    return f"{found.message} {found.action}"


@shown_once("child-copy", "code")
@sensitive_variables("found")
@require_http_methods(["GET", "POST"])
def copy(request: HttpRequest, code: str) -> HttpResponse:
    """Only the answer to a deliberate act shows it; the act is what is recorded."""
    actor = actor_of(request)
    about = keeping(actor, code)
    about.may["hand_over"].require()
    spoken = about.child.row.language if about.child.row.language in dict(settings.LANGUAGES) else actor.language
    form = CopyForm(posted(request), initial={"language": spoken}, found=handing_over(about.child.row.id))
    given = form.cleaned_data if request.method == "POST" and form.is_valid() else {}
    found = attempt(form, lambda: _handed_over(actor, about.child.row.code, given)) if given else None
    if found is not None:
        with translation.override(given["language"]):
            return render(request, "retention/copy.html", {"copy": told_aloud(found), "child": about.child.row})
    context = {**frame(actor, about.child, "copy"), "form": form}
    return render(request, "retention/copy_ask.html", context, status=422 if form.errors else 200)


def _handed_over(actor: Actor, code: str, given: dict[str, Any]) -> Copy:
    wider = given["whom"] == WIDER
    return hand_over(actor, code, Whom.GUARDIAN if wider else Whom(given["whom"]), given["language"], wider=wider)
