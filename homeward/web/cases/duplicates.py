"""Records that may be of one child: by code with the reasons, and what a supervisor decides. Undone within 30 days."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from homeward.apps.access.actors import permit
from homeward.apps.cases.duplicates import find_duplicates, tell_apart
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.merging import merge_children, merges, undo_merge
from homeward.apps.cases.queries import find_child
from homeward.apps.cases.saying_same import said_of, say_same
from homeward.domain.codes import is_valid_code, normalise_code
from homeward.domain.problems import ProblemError
from homeward.web.cases.frame import may
from homeward.web.cases.record_words import reasons_words
from homeward.web.cases.words import headline
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import PlainForm, posted
from homeward.web.ui.words import say


@require_GET
def duplicates(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "duplicates.see").require()
    found = find_duplicates(actor)
    lines = []
    for pair in found.pairs:
        speaking, against = reasons_words(pair.reasons)
        rows = [(row, headline(row)) for row in (pair.one, pair.other)]
        lines.append({"pair": pair, "rows": rows, "speaking": speaking, "against": against})
    context = {"lines": lines, "whole": found.whole, "merges": merges(actor)}
    return render(request, "cases/duplicates.html", context)


@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """`keep`: the record that stays. Codes travel in the body of the request."""
    actor = actor_of(request)
    permit(actor, "duplicates.see").require()
    code, other = (normalise_code(request.POST.get(name, "")) for name in ("code", "other"))
    try:
        if "apart" in request.POST:
            tell_apart(actor, code, other)
            messages.success(request, _("These two are not shown together again."), extra_tags="good")
        else:
            keep = normalise_code(request.POST.get("keep", ""))
            merge_children(actor, other if keep == code else code, keep)
            words = _("Put together. Both codes lead to one child, and it can be undone for 30 days.")
            messages.success(request, words, extra_tags="good")
    except ProblemError as refusal:
        if refusal.first.status in (403, 404):
            raise
        said = say(refusal.first)
        messages.warning(request, f"{said.message} {said.action}".strip(), extra_tags="warn")
    return redirect("duplicates")


@require_POST
def undo(request: HttpRequest, merge_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "children.merge").require()
    undo_merge(actor, merge_id)
    messages.success(request, _("Taken apart again. Both records are as they were."), extra_tags="good")
    return redirect("duplicates")


class TwiceForm(PlainForm):
    other = forms.CharField(
        label=gettext_lazy("Code of the other record"),
        max_length=20,
        help_text=gettext_lazy("Nine digits. Nothing changes on either record until a supervisor has compared them."),
    )

    def clean_other(self) -> str:
        code = normalise_code(self.cleaned_data["other"])
        if not is_valid_code(code):
            raise forms.ValidationError(_("This is no code of a child. Look at the nine digits again."))
        return code


@require_http_methods(["GET", "POST"])
def child_twice(request: HttpRequest, code: str) -> HttpResponse:
    """By whoever works with the child. Who may compare records goes on to the page where it is decided."""
    actor = actor_of(request)
    asked = request.method == "GET"
    child = open_child(actor, code, "overview", counts=False) if asked else find_child(actor, code)
    may(actor, "children.change", child).require()
    form = TwiceForm(posted(request))
    if request.method == "POST" and form.is_valid():
        attempt(form, lambda: say_same(actor, child.row.code, form.cleaned_data["other"]))
        if not form.errors:
            if permit(actor, "duplicates.see"):
                return redirect("duplicates")
            messages.success(request, _("Your supervisor sees both records and compares them."), extra_tags="good")
            return redirect("child", child.row.code)
    context = {"form": form, "child": child.row, "waiting": said_of(child.row.id)}
    return render(request, "cases/child_twice.html", context, status=422 if form.errors else 200)
