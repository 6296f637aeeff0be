"""What is due is said on the phone of the app for the field as on the site."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from django.utils.formats import date_format
from django.utils.translation import override

from homeward.domain.protocol import State
from homeward.web.cases.rounds import STATES
from homeward.web.visits.promised import promised_words

WORDS = Path(__file__).parents[2] / "frontend" / "src" / "field" / "words"
SAYS = {"due": State.DUE, "dueSoon": State.COMING, "inTime": State.TOLERATED, "late": State.LATE}


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_the_states_of_what_is_due_have_the_words_of_the_site(language: str) -> None:
    said = dict(re.findall(r"^  (\w+): '(.*)',$", (WORDS / f"{language}.ts").read_text(encoding="utf-8"), re.MULTILINE))
    with override(language):
        for word, state in SAYS.items():
            assert said[word].split(" · ")[0] == str(STATES[state][0]), word


def test_what_was_promised_says_by_whom_to_whom_and_for_which_day() -> None:
    day = date(2026, 9, 20)
    by = f"by {date_format(day, 'DATE_FORMAT')}"
    assert promised_words("we", day) == ("We, to child and family", by)
    assert promised_words("school", day) == ("The school, to child and family", by)
    assert promised_words("caregiver", day) == ("Caregiver, agreed with us", by)
