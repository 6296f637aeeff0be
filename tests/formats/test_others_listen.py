"""Where others listen, the surveys of children ask nothing about home, care and safety, as their hint says."""

from __future__ import annotations

from datetime import date

import pytest

from homeward.formats.xform.evaluate import evaluate
from tests.interviews import AGREED, as_text, fill, library_form

ALWAYS = {"sleep_place", "knows_whom_to_tell", "caregiver_present", "safe_school", "safe_home"}
OLDER = ALWAYS | {"dwelling", "caregiver_warmth", "tension_home"}
LEFT_OUT = {"child-6-11": ALWAYS, "child-12-14": OLDER, "child-15-17": OLDER}
STILL = {"food_enough", "own_basics", "time_for_rest", "school_attending", "friends", "mood", "want_to_talk"}
GOES_TO_WORK = {"work_hours": "5", "dangerous_work": "dangerous"}


def shown(reference: str, in_private: str) -> set[str]:
    """Questions that the form asks; each was answered as if it were asked."""
    loaded, form = library_form(reference)
    answers = {name: as_text(answer) for name, answer in loaded.instrument.examples[0].answers.items()}
    given = {**AGREED, **answers, **GOES_TO_WORK, "respondent": "child", "in_private": in_private}
    interview = evaluate(form, fill(form, given), date(2026, 3, 15)).interview
    return {node.info.path.rpartition("/")[2] for node, seen in interview.shown.items() if seen}


@pytest.mark.parametrize("reference", LEFT_OUT)
def test_questions_about_home_care_and_safety_are_left_out_and_the_others_are_asked(reference: str) -> None:
    apart, overheard = shown(reference, "yes"), shown(reference, "no")
    assert apart - overheard >= LEFT_OUT[reference]
    assert overheard >= STILL
    assert {name for name in apart - overheard if not name.startswith("g_")} == LEFT_OUT[reference]
