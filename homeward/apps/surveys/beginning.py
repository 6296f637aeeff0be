"""What a client of ours is told of an instrument before it begins an interview: which questions it need not ask, in
which languages there are words, and which answers it has to seal.
"""

from __future__ import annotations

from homeward.domain.instruments import Instrument
from homeward.domain.privacy import Level

LISTED, KNOWN = "child_listed", "child_known"


def question_of_child(instrument: Instrument) -> str:
    """Where the code of the child goes that was chosen beforehand; empty where the form asks for none."""
    if LISTED in instrument.by_name:
        return LISTED
    asked = instrument.by_name.get(instrument.about.child_question)
    return asked.name if asked is not None and asked.type != "calculate" else ""


def question_of_respondent(instrument: Instrument) -> str:
    name = instrument.about.respondent_question
    return name if name in instrument.by_name else ""


def known_answers(instrument: Instrument) -> dict[str, str]:
    """Whoever the child is."""
    return {KNOWN: "yes"} if LISTED in instrument.by_name else {}


def ordered_languages(instrument: Instrument) -> list[str]:
    first = instrument.about.default_language
    return sorted(instrument.about.languages, key=lambda code: code != first) or [first]


def sealed_questions(instrument: Instrument) -> list[str]:
    """Their answers never reach the server but sealed."""
    return sorted(name for name, level in instrument.levels.items() if level is Level.L4)
