"""Codes of ours in the reader's words. A code without words is shown as it is: an instrument may bring its own."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

DIMENSIONS = {
    "economic": _("Economic"),
    "social": _("Social"),
    "psychosocial": _("Psychosocial"),
    "composite": _("Composite"),
}
RESPONDENTS = {
    "child": _("Child"),
    "caregiver": _("Caregiver"),
    "adult": _("Adult"),
    "observer": _("Observer"),
    "": _("Not said"),
}
WORDING = {
    "draft": pgettext_lazy("wording", "draft"),
    "reviewed": pgettext_lazy("wording", "reviewed"),
    "piloted": pgettext_lazy("wording", "piloted"),
    "official": pgettext_lazy("wording", "official"),
    "own": pgettext_lazy("wording", "own wording"),
    "placeholder": pgettext_lazy("wording", "placeholder, never published"),
}
MISSING = {
    "dont_know": _("does not know"),
    "refused": _("prefers not to say"),
    "not_applicable": _("does not apply"),
    "not_asked": _("not asked"),
    "no_answer": _("no answer"),
}
NO_SCORE = {
    "not_enough_answers": _("not enough answers"),
    "needed_answer_missing": _("a needed answer is missing"),
    "nothing_to_score": _("nothing to score"),
    "": _("not enough answers"),
}
FLAGS = {
    "harm": _("Harm"),
    "no_caregiver": _("Nobody looks after the child"),
    "hunger": _("Hunger"),
    "dangerous_work": _("Dangerous work"),
    "self_harm": _("A wish to hurt oneself"),
    "call_back": _("Asks to be called back"),
}
SEVERITY = {"low": _("low"), "medium": _("medium"), "high": _("high")}
BREAKS = {
    "version": _("new version"),
    "instrument": _("other instrument"),
    "band": _("new age group"),
    "weights": _("other weights"),
    "scorer": _("scored by another method"),
}
FAMILIES = {
    "survey": _("Survey"),
    "visit": _("Visit"),
    "observation": _("Observation"),
    "fgd": _("Group discussion"),
    "kii": _("Key informant interview"),
    "case_study": _("Case study"),
}
ICONS = {"economic": "economic", "social": "social", "psychosocial": "psychosocial"}
