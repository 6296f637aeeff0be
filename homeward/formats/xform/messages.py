"""What a form says itself when an answer breaks a question's rule."""

from __future__ import annotations

import re
from collections.abc import Mapping

from homeward.formats.xform.model import Form

REFERENCE = re.compile(r"jr:itext\(\s*['\"](.+)['\"]\s*\)")


def constraint_messages(form: Form, language: str) -> Mapping[str, str]:
    """Question name -> its own message, in this language where the form speaks it, else in the form's first."""
    spoken = sorted(form.itext, key=lambda name: (not _means(name, language), name != form.default_language))
    found: dict[str, str] = {}
    for item in form.items.values():
        text = item.constraint_message
        reference = REFERENCE.fullmatch(text)
        if reference:
            text = next((said for name in spoken if (said := form.itext[name].get(reference[1], ""))), "")
        if text:
            found.setdefault(item.name, text)
    return found


def _means(name: str, language: str) -> bool:
    """A form names a language `fr`, or `Français (fr)`."""
    return name == language or name.endswith(f"({language})")
