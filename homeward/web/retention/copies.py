"""What is held about a child, handed over: a page to be read aloud or printed."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from homeward.apps.retention.copies import hand_over
from homeward.apps.retention.holding import Whom
from homeward.apps.retention.listing import keeping
from homeward.web.cases.frame import frame
from homeward.web.retention.telling import told_aloud
from homeward.web.ui.asking import actor_of
from homeward.web.ui.forms import PlainForm, posted


class CopyForm(PlainForm):
    whom = forms.ChoiceField(
        label=gettext_lazy("For whom"),
        choices=[
            ("child", gettext_lazy("The child itself, alone with you: everything, with its interviews")),
            ("guardian", gettext_lazy("A guardian: nothing of interviews, and nothing told in confidence")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose who will hear it. Nothing is shown before.")},
    )
    language = forms.ChoiceField(label=gettext_lazy("In which language"), choices=settings.LANGUAGES)


@sensitive_variables("found")
@require_http_methods(["GET", "POST"])
def copy(request: HttpRequest, code: str) -> HttpResponse:
    """Only the answer to a deliberate act shows it; the act is what is recorded."""
    actor = actor_of(request)
    about = keeping(actor, code)
    about.may["hand_over"].require()
    spoken = about.child.row.language if about.child.row.language in dict(settings.LANGUAGES) else actor.language
    form = CopyForm(posted(request), initial={"language": spoken})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        found = hand_over(actor, about.child.row.code, Whom(given["whom"]), given["language"])
        with translation.override(given["language"]):
            return render(request, "retention/copy.html", {"copy": told_aloud(found), "child": about.child.row})
    context = {**frame(actor, about.child, "copy"), "form": form}
    return render(request, "retention/copy_ask.html", context, status=422 if form.errors else 200)
