"""What comes within thirty days, and what a no, a withdrawal or a day more or less does to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from homeward.domain.ahead import GROWS, WITHIN, Kind, Mark, asked_besides, marks, turning
from homeward.domain.consent import (
    MONITORING,
    SERVICE,
    BandRule,
    Entry,
    PurposeRule,
    Rules,
    Source,
    State,
    to_ask,
)

TODAY = date(2026, 3, 10)
RULES = Rules(
    {
        "0-5": BandRule("0-5", "none", "consent"),
        "6-11": BandRule("6-11", "assent", "consent"),
        "12-14": BandRule("12-14", "assent", "consent"),
        "15-17": BandRule("15-17", "consent", "told"),
        "18+": BandRule("18+", "consent", "none"),
    },
    {SERVICE: PurposeRule(SERVICE, 24), MONITORING: PurposeRule(MONITORING, 12, each_round=True)},
)


def said(who: str, purpose: str, until: date | None, reply: str = "agrees", band: str = "12-14") -> Entry:
    return Entry(TODAY - timedelta(days=90), who, reply, purpose, band, valid_until=until)


def found(
    *entries: Entry, band: str = "12-14", changes: date | None = None, round_begins: date | None = None
) -> list[Mark]:
    return list(marks(band, changes, entries, TODAY, RULES, round_begins))


@pytest.mark.parametrize(("band", "years"), [("6-11", 12), ("12-14", 15), ("15-17", 18)])
def test_a_birthday_that_changes_what_is_asked_is_said_thirty_days_before(band: str, years: int) -> None:
    for days, there in ((1, True), (30, True), (31, False), (0, False)):
        day = TODAY + timedelta(days=days)
        expected = [Mark(day, Kind.TURNS, years)] if there else []
        assert found(band=band, changes=day) == expected, days


def test_turning_six_asks_for_nothing_of_this() -> None:
    assert found(band="0-5", changes=TODAY + timedelta(days=3)) == []
    assert set(GROWS.values()) == {12, 15, 18}


def test_an_agreement_is_said_before_its_last_day_for_whoever_is_needed() -> None:
    last = TODAY + WITHIN
    both = [said(who, SERVICE, last) for who in ("child", "caregiver")]
    assert found(*both) == [Mark(last, Kind.ENDS, 0, SERVICE, ("child", "adult"))]
    assert found(said("child", SERVICE, last + timedelta(days=1)), said("caregiver", SERVICE, None)) == []
    older = [said(who, SERVICE, last, band="15-17") for who in ("child", "caregiver")]
    assert found(*older, band="15-17") == [Mark(last, Kind.ENDS, 0, SERVICE, ("child",))]  # the caregiver is told


def test_what_has_ended_or_was_said_in_another_age_group_is_to_be_asked_now() -> None:
    ended = said("child", SERVICE, TODAY - timedelta(days=1))
    earlier = said("caregiver", SERVICE, None, band="6-11")
    assert found(ended, earlier) == [Mark(TODAY, Kind.ASK, 0, SERVICE, ("child", "adult"))]
    assert found(said("child", SERVICE, TODAY), said("caregiver", SERVICE, None))[0].kind is Kind.ENDS  # its last day


@pytest.mark.parametrize("reply", ["refuses", "withdraws"])
def test_a_no_is_an_answer(reply: str) -> None:
    last = TODAY + timedelta(days=5)
    assert found(said("child", SERVICE, last, reply), said("caregiver", SERVICE, last)) == []
    assert found(said("child", SERVICE, last), said("caregiver", SERVICE, last, reply)) == []
    asked = [said("child", SERVICE, last), said("caregiver", SERVICE, last, reply)]
    (kept,) = found(*asked, said("child", MONITORING, last))  # of what nobody said no to
    assert kept.purpose == MONITORING


def test_a_no_within_an_interview_is_an_answer_to_that_round() -> None:
    no = replace(said("child", SERVICE, None, "refuses"), source=Source.INTERVIEW)
    (mark,) = found(no, said("caregiver", SERVICE, TODAY))
    assert mark.voices == ("adult",)


def test_nobody_is_named_who_was_never_asked() -> None:
    assert found() == []


def test_the_next_round_asks_again_where_the_purpose_is_asked_each_round() -> None:
    good = [
        said(who, purpose, TODAY + timedelta(days=200)) for who in ("child", "caregiver") for purpose in RULES.purposes
    ]
    begins = TODAY + timedelta(days=20)
    assert found(*good, round_begins=begins) == [Mark(begins, Kind.ROUND, 0, MONITORING, ("child", "adult"))]
    assert found(*good, round_begins=TODAY + timedelta(days=31)) == []


def test_in_the_month_of_the_birthday_it_is_said_until_the_band_has_changed() -> None:
    first = TODAY.replace(day=1)
    assert list(turning(first, "6-11", "6-11", TODAY)) == [Mark(first, Kind.TURNS, 12)]
    assert list(turning(first, "6-11", "12-14", TODAY)) == []
    assert list(turning(TODAY + timedelta(days=1), "6-11", "6-11", TODAY)) == []
    assert list(turning(TODAY - timedelta(days=31), "6-11", "6-11", TODAY)) == []


def test_who_took_it_back_in_an_interview_is_named_by_no_mark() -> None:
    last = TODAY - timedelta(days=1)
    gone = replace(said("child", SERVICE, last), reply="withdraws", source=Source.INTERVIEW, day=TODAY, order=1)
    entries = [said("child", SERVICE, last), said("caregiver", SERVICE, last), gone]
    asks = to_ask(entries, "12-14", TODAY, RULES)
    back = {each.voice for each in asks if each.purpose == SERVICE and each.why == State.WITHDRAWN}
    named = {voice for mark in found(*entries) if mark.kind is Kind.ASK for voice in mark.voices}
    assert "child" in back
    assert not named & back


def test_whoever_was_never_asked_is_to_be_asked_beside_the_marks() -> None:
    entries = [said("child", SERVICE, TODAY - timedelta(days=1))]
    asks, some = to_ask(entries, "12-14", TODAY, RULES), found(*entries)
    besides = {(each.purpose, each.voice) for each in asked_besides(asks, some)}
    assert besides == {(SERVICE, "adult"), (MONITORING, "child"), (MONITORING, "adult")}
