"""Ways that are offered: those that are closed are shown off, with the reason, and nobody can choose them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from django import forms
from django.utils.translation import gettext as _

from homeward.web.visits.words import SHUT_BECAUSE


class Hints(TypedDict):
    """What a form says of the card: ways that are shut, and safe days beside a day that is chosen."""

    shut: Mapping[str, str]
    days: str


class _Closing:
    """By value, the code of what shuts it."""

    shut: Mapping[str, str] = {}

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        made: dict[str, Any] = super().create_option(name, value, label, *args, **kwargs)  # type: ignore[misc]
        why = self.shut.get(str(value), "")
        if why:
            made["label"] = _("{way} – closed: {why}").format(way=label, why=SHUT_BECAUSE[why])
            made["attrs"]["disabled"] = True
            made["attrs"].pop("checked", None)
            made["attrs"].pop("selected", None)
            made["selected"] = False
        return made


class WaysRadio(_Closing, forms.RadioSelect):
    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__({"class": "form-check-input", **(attrs or {})}, choices)


class WaysSelect(_Closing, forms.Select):
    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__({"class": "form-select", **(attrs or {})}, choices)


def close(form: forms.Form, name: str, shut: Mapping[str, str]) -> None:
    """Of this form alone: its widgets are copies."""
    widget = form.fields[name].widget
    if isinstance(widget, _Closing):
        widget.shut = shut
