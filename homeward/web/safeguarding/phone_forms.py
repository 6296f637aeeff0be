"""A form that a phone encrypted, as the page hands it to the browser: closed, with its questions' words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from homeward.apps.access.actors import Actor
from homeward.apps.safeguarding.from_phones import HandedForm
from homeward.apps.surveys.form_queries import instrument_of, list_forms
from homeward.domain.instruments import Instrument, Text
from homeward.web.safeguarding.sealed import written


def form_in_json(actor: Actor, form: HandedForm) -> dict[str, Any]:
    instrument = _instrument(actor, form)
    return {
        "manifest": written(form.manifest),
        "files": [{"name": name, "content": written(content)} for name, content in form.files],
        "keys": [written(each) for each in form.private_halves],
        **(_words(instrument) if instrument is not None else {"questions": {}, "choices": {}}),
    }


def _instrument(actor: Actor, form: HandedForm) -> Instrument | None:
    """The version that the phone held; where that is not here, the newest, which words most of it the same."""
    rows = [row for row in list_forms(actor) if row.instrument_id == form.instrument_id and row.encrypted]
    found = next((row for row in rows if row.version == form.version), rows[0] if rows else None)
    return instrument_of(actor, found.id) if found is not None else None


def _words(instrument: Instrument) -> dict[str, Any]:
    default = instrument.about.default_language
    chosen = {each.name: instrument.choice_lists.get(each.list_name) for each in instrument.questions if each.list_name}
    return {
        "questions": {each.name: _in_reach(each.labels, default) or each.name for each in instrument.questions},
        "choices": {
            name: {choice.code: _in_reach(choice.labels, default) or choice.code for choice in choices.choices}
            for name, choices in chosen.items()
            if choices is not None
        },
    }


def _in_reach(texts: Text, default: str) -> str:
    return texts.get(get_language() or "") or texts.get(default) or next(iter(texts.values()), "")
