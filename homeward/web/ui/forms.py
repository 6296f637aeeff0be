"""Forms look alike: Bootstrap's classes, large targets, no browser memory of answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from homeward.domain.problems import Problem, ProblemError
from homeward.web.ui.words import say

NOT_SAID = ("", _("Not said"))  # a choice that may be left out
CHOOSE = ("", _("Please choose"))  # where an answer is needed


class Chosen(forms.Select):
    """On a small form of one choice, whose refusal would be a page of its own: the browser asks for it first."""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__({"required": True, "class": "form-select", **(attrs or {})}, choices)


_CLASSES: dict[type[forms.Widget], str] = {
    forms.CheckboxInput: "form-check-input",
    forms.CheckboxSelectMultiple: "form-check-input",
    forms.RadioSelect: "form-check-input",
    forms.Select: "form-select",
    forms.SelectMultiple: "form-select",
}


def dress(widget: forms.Widget) -> None:
    wanted = next((classes for kind, classes in _CLASSES.items() if type(widget) is kind), "form-control")
    if not isinstance(widget, forms.HiddenInput):
        widget.attrs.setdefault("class", wanted)
    if not isinstance(widget, forms.PasswordInput):
        widget.attrs.setdefault("autocomplete", "off")


class PlainForm(forms.Form):
    """Errors are said at the field and again on top of the page; what was typed stays."""

    use_required_attribute = False  # the server's message names the reason in the reader's language

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            dress(field.widget)
            if field.required and field.widget.attrs.get("class") != "form-check-input":
                field.widget.attrs["aria-required"] = "true"

    def take(self, problems: tuple[Problem, ...]) -> None:
        """Puts a service's refusal where it belongs: at the field it names, else on top."""
        for problem in problems:
            said = say(problem)
            name = problem.where.field if problem.where.field in self.fields else None
            where = f"{said.where}: " if name is None and problem.where.sheet else ""  # a place in a workbook
            self.add_error(name, f"{where}{said.message} {said.action}".strip())


def password_field(label: Any, kept: str, **options: Any) -> forms.CharField:
    """`kept` tells the browser which password of its store it is: the present one, or a new one."""
    widget = forms.PasswordInput(attrs={"autocomplete": kept})
    return forms.CharField(label=label, strip=False, widget=widget, max_length=1024, **options)


class NewPassword(PlainForm):
    new = password_field(
        _("New password"), "new-password", help_text=_("At least 12 characters; a sentence is easy to remember.")
    )
    again = password_field(_("New password again"), "new-password")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("new") and cleaned.get("again") and cleaned["new"] != cleaned["again"]:
            self.add_error("again", _("This is not the same as above. Type it again."))
        return cleaned


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, even if nothing is in it; None for a page that is only looked at."""
    return request.POST if request.method == "POST" else None


def posted_with_files(request: HttpRequest) -> tuple[QueryDict | None, Any]:
    """Files of a body above the limit are dropped on the way in without a word; here it is said."""
    most = settings.HOMEWARD_MAX_UPLOAD
    if request.method == "POST" and int(request.META.get("CONTENT_LENGTH") or 0) > most:
        message, action = "The file is larger than {most} MB.", "Split it, and send the parts one after the other."
        raise ProblemError(Problem("upload.too_large", message, action, params={"most": most >> 20}, status=413))
    return posted(request), request.FILES if request.method == "POST" else None
