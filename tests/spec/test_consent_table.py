"""The age table, worked out by hand: who said what, and whether an interview may be held. One line a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from homeward.apps.cases.consent_rules import rules, texts
from homeward.domain.ages import BAND_CODES
from homeward.domain.consent import ASKED_FOR, MONITORING, SHARING, Entry, Reply, Source, Who, Without, may

DAY = date(2026, 6, 1)
REPLIES = {"yes": Reply.AGREES, "no": Reply.REFUSES, "takes back": Reply.WITHDRAWS}
PEOPLE = {
    "child": (Who.CHILD, "", False),
    "mature child": (Who.CHILD, Without.NONE, True),
    "caregiver": (Who.CAREGIVER, "", False),
    "aunt": (Who.TRUSTED_ADULT, Without.NONE, False),
    "aunt, home unsafe": (Who.TRUSTED_ADULT, Without.UNSAFE, False),
    "case worker": (Who.CASE_WORKER, Without.NONE, False),
}
#  age group, what was said in this order, what follows
TABLE = [
    ("0-5", "", "missing"),
    ("0-5", "caregiver yes", "may"),
    ("0-5", "child no; caregiver yes", "may"),  # a simple explanation is owed; the adult decides
    ("0-5", "aunt yes", "may"),
    ("0-5", "case worker yes", "may"),
    ("0-5", "caregiver no", "refused"),
    ("6-11", "caregiver yes", "missing"),
    ("6-11", "child yes", "missing"),
    ("6-11", "child yes; caregiver yes", "may"),
    ("6-11", "child no; caregiver yes", "refused"),
    ("6-11", "child yes; caregiver no", "refused"),
    ("6-11", "child yes; case worker yes", "may"),
    ("6-11", "mature child yes", "missing"),
    ("6-11", "child yes; caregiver no; aunt yes", "refused"),
    ("6-11", "child yes; caregiver no; aunt, home unsafe yes", "may"),
    ("12-14", "child yes; caregiver yes", "may"),
    ("12-14", "child no; caregiver yes", "refused"),
    ("12-14", "child yes; aunt yes", "may"),
    ("12-14", "child yes; case worker yes", "missing"),
    ("12-14", "mature child yes", "may"),
    ("12-14", "mature child yes; caregiver no", "refused"),
    ("12-14", "child yes; caregiver yes; caregiver takes back", "withdrawn"),
    ("12-14", "child yes; caregiver yes; child takes back; child yes", "may"),
    ("12-14", "child yes; caregiver takes back; aunt yes", "withdrawn"),
    ("12-14", "child yes; caregiver takes back; caregiver yes", "may"),
    ("12-14", "child yes; caregiver takes back; aunt, home unsafe yes", "may"),
    ("12-14", "child yes; aunt takes back; caregiver yes", "may"),
    ("0-5", "caregiver yes; caregiver takes back; case worker yes", "withdrawn"),
    ("15-17", "caregiver yes", "missing"),
    ("15-17", "child yes", "may"),
    ("15-17", "child yes; caregiver no", "may"),
    ("15-17", "child yes; caregiver takes back", "may"),
    ("15-17", "child no; caregiver yes", "refused"),
    ("18+", "child yes", "may"),
    ("18+", "caregiver yes", "missing"),
]


def ledger(band: str, said: str) -> list[Entry]:
    found = []
    for order, part in enumerate(each.strip() for each in said.split(";") if each.strip()):
        reply = next(word for word in REPLIES if part.endswith(word))
        who, without, capable = PEOPLE[part.removesuffix(reply).strip()]
        day = DAY - timedelta(days=20 - order)
        found.append(Entry(day, who, REPLIES[reply], MONITORING, band, without=without, capable=capable, order=order))
    return found


@pytest.mark.parametrize(("band", "said", "follows"), TABLE)
def test_the_age_table(band: str, said: str, follows: str) -> None:
    decision = may(MONITORING, ledger(band, said), band, DAY, rules())
    problem = decision.problem
    assert ("may" if problem is None else problem.code.removeprefix("consent.")) == follows


def test_where_the_programme_says_so_a_caregivers_no_binds_from_fifteen() -> None:
    known = rules()
    older = replace(known.bands["15-17"], caregiver="binding")
    strict = replace(known, bands={**known.bands, "15-17": older})
    said = ledger("15-17", "child yes; caregiver no")
    assert may(MONITORING, said, "15-17", DAY, known)
    assert not may(MONITORING, said, "15-17", DAY, strict)
    assert may(MONITORING, ledger("15-17", "child yes"), "15-17", DAY, strict)


def test_sharing_is_agreed_to_with_one_recipient() -> None:
    said = [
        Entry(DAY, who, Reply.AGREES, SHARING, "12-14", "Red Lantern", source=Source.ASKED)
        for who in (Who.CHILD, Who.CAREGIVER)
    ]
    assert may(SHARING, said, "12-14", DAY, rules(), "red lantern")
    assert not may(SHARING, said, "12-14", DAY, rules(), "Blue Lantern")
    assert not may(SHARING, said, "12-14", DAY, rules())
    no_to_all = Entry(DAY, Who.CHILD, Reply.REFUSES, SHARING, "12-14", order=1)
    assert not may(SHARING, [*said, no_to_all], "12-14", DAY, rules(), "Red Lantern")


def test_the_table_and_the_texts_are_whole() -> None:
    assert set(rules().bands) == set(BAND_CODES)
    assert set(ASKED_FOR) < set(rules().purposes)
    for key in ("child", "caregiver", "limits", "promise", "teach_back", *ASKED_FOR):
        said = texts()[key]
        for language in ("en", "fr", "es", "ar"):
            assert 10 < len(said[language]) < 420, f"{key} {language}: short enough to read aloud"
        assert len(said["ar_girl"]) < 420, key
