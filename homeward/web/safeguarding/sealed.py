"""What pages seal arrives as base64 in hidden fields; without the page's script it is empty, and that is said."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _

from homeward.apps.safeguarding.from_phones import HandedForm
from homeward.apps.safeguarding.opening import Handed
from homeward.apps.safeguarding.raising import Sealed
from homeward.apps.safeguarding.recipients import keys_for
from homeward.domain.envelope import Kind, severity_of_flag
from homeward.domain.problems import Problem, ProblemError
from homeward.web.ui.forms import PlainForm

FormInJson = Callable[[HandedForm], dict[str, Any]]
KIND_NAMES = {
    Kind.DISCLOSURE: "disclosure",
    Kind.REASONING: "reasoning",
    Kind.VIOLATION: "violation",
    Kind.STAFF_REPORT: "message",
    Kind.PROGRAMME_KEY: "programme",
}


class SealedForm(PlainForm):
    sealed = forms.CharField(required=False, widget=forms.HiddenInput)
    sealed_flag = forms.CharField(required=False, widget=forms.HiddenInput)

    def envelope(self) -> bytes:
        return decoded(self.cleaned_data["sealed"])

    def marked(self) -> Sealed:
        return Sealed(self.envelope(), severity_of_flag(decoded(self.cleaned_data["sealed_flag"])))


def decoded(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data:
        raise ProblemError(
            Problem(
                "sealed.missing",
                "Nothing arrived sealed: the page's script did not run, or the browser is too old.",
                "Allow scripts for this address, or tell a focal point in person.",
            )
        )
    return data


def written(data: bytes) -> str:
    return base64.b64encode(data).decode()


def keys_in_page(organisation_id: UUID | None, group: str) -> str:
    """As the page's script reads them; empty where nobody can receive."""
    return " ".join(written(key) for key in keys_for(organisation_id, group)) if organisation_id else ""


def notes_in_json(
    handed: Iterable[Handed], headings: dict[str, str], first: str, form_in_json: FormInJson | None = None
) -> dict[str, list[dict[str, Any]]]:
    """`first`: the kind of what was told; what follows is reasoning."""
    return {
        "notes": [
            {
                "id": str(note.note_id),
                "kind": "reasoning" if note.what else first,
                "heading": _("{what} (written by {person})").format(what=headings[note.what], person=note.person)
                if note.person
                else headings[note.what],
                "sealed": written(note.envelope),
                **({"form": form_in_json(note.form)} if note.form is not None and form_in_json is not None else {}),
            }
            for note in handed
        ]
    }
