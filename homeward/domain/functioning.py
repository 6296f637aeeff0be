"""The Child Functioning Module (Washington Group and UNICEF): what follows from results by domain. No question of it is
shipped: an agency that may use the questions asks them on its own form, and enters what each domain came to.

A domain is a difficulty where the answer that decides is at its cut-off; the rules stand in `docs/register.md`. The
module divides data by disability and starts support; it neither diagnoses nor decides who gets help.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DIFFICULTY, NO_DIFFICULTY, NOT_DETERMINED = "difficulty", "none", "not_determined"
RESULTS = (DIFFICULTY, NO_DIFFICULTY, NOT_DETERMINED)
YOUNG, OLDER = "2-4", "5-17"
FORMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        YOUNG: (
            *("seeing", "hearing", "walking", "fine_motor", "communication", "learning", "playing"),
            "controlling_behaviour",
        ),
        OLDER: (
            *("seeing", "hearing", "walking", "self_care", "communication", "learning", "remembering"),
            *("concentrating", "accepting_change", "controlling_behaviour", "making_friends", "anxiety", "depression"),
        ),
    }
)


def form_at(years: int) -> str:
    """By the age on the day of asking; empty below two, and from 18, when adults' questions take over."""
    if 2 <= years <= 4:
        return YOUNG
    return OLDER if 5 <= years <= 17 else ""


def overall(form: str, results: Mapping[str, str]) -> str:
    """One domain at its cut-off is a difficulty; none, but one not determined, is not determined."""
    found = [results.get(domain, NOT_DETERMINED) for domain in FORMS[form]]
    if DIFFICULTY in found:
        return DIFFICULTY
    return NOT_DETERMINED if NOT_DETERMINED in found else NO_DIFFICULTY
