"""N12 on real rows: every time a rule was met, a meeting has looked at it or the child stands on the list until a day.

Histories are made up by hypothesis and written as rows; a slow, obvious referee reads the same histories without any
code of the product.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeward.apps.cases.models import Assignment, Child
from homeward.apps.monitoring.called import called_for, looked_at
from homeward.apps.monitoring.facts import watched
from homeward.apps.monitoring.models import ReviewMeeting
from homeward.apps.surveys.models import Score, Submission
from tests.monitoring.histories import rules_hold
from tests.world import World, day_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]
DIMENSIONS = ("economic", "social", "psychosocial")
FELL, TERM, SAYS_TERM, MISSED_TERM = Decimal("0.20"), 21, 7, 14


@dataclass(frozen=True)
class Held:
    """One interview: how many days ago, how many days later it came, who answered, and what it says."""

    ago: int
    delay: int
    respondent: str
    values: tuple[Decimal | None, ...]
    feels: str

    @property
    def arrived_ago(self) -> int:
        return max(0, self.ago - self.delay)


VALUES = st.sampled_from([None, Decimal("0"), Decimal("0.3"), Decimal("0.5"), Decimal("0.7"), Decimal("1")])
INTERVIEWS = st.lists(
    st.builds(
        Held,
        ago=st.integers(0, 190),
        delay=st.sampled_from([0, 0, 1, 20, 90]),
        respondent=st.sampled_from(["child", "caregiver"]),
        values=st.tuples(VALUES, VALUES, VALUES),
        feels=st.sampled_from(["", "good", "bad"]),
    ),
    max_size=6,
    unique_by=lambda each: each.ago,
)
MEETINGS = st.lists(st.integers(0, 190), max_size=3)


def write(world: World, held: list[Held], meetings: list[int], today: date) -> Child:
    house = world.amani
    assert house.child is not None
    child = Child.objects.get(pk=house.child.id)
    Child.objects.filter(pk=child.pk).update(return_date=today - timedelta(days=200))
    Assignment.objects.filter(child=child).update(since=today - timedelta(days=200))
    for each in held:
        _interview(child, house.forms["child-12-14"], each, today)
    for ago in meetings:
        now = datetime.now(UTC)
        day = today - timedelta(days=ago)
        known = {"child_heard": "not_yet", "took_part": ["child"], "outcome": "other"}
        ReviewMeeting(child=child, held_on=day, recorded_at=now, **known).save()
    return child


def _interview(child: Child, form_id: object, each: Held, today: date) -> None:
    key, came = uuid4(), today - timedelta(days=each.arrived_ago)
    Submission(
        id=key,
        root_id=key,
        organisation_id=child.organisation_id,
        form_version_id=form_id,
        instance_id=f"uuid:{key}",
        state="accepted",
        agreement="given",
        channel="browser",
        child=child,
        respondent=each.respondent,
        interviewed_on=today - timedelta(days=each.ago),
        age_years=13,
        coded={"answers": {"child_feel": each.feels} if each.feels else {}},
        raw=b"",
        raw_sha256=b"",
        raw_size=0,
        received_at=datetime.combine(came, time(9), UTC),  # noon in Nairobi
    ).save(force_insert=True)
    for dimension, value in zip(DIMENSIONS, each.values, strict=True):
        Score(
            submission_id=key,
            dimension=dimension,
            weight_set="equal",
            value=value,
            answered=9,
            applicable=9,
            enough=value is not None,
            instrument_id="child-12-14",
            instrument_version="1.0",
            scorer_version="1",
            scored_at=datetime.now(UTC),
        ).save(force_insert=True)


def referee(held: list[Held], today: date) -> list[tuple[int, int]]:
    """Every time a rule was met: how many days ago it was known, and until how many days ago to meet (negative: in the
    future). By looking at each pair of interviews anew.
    """
    found = []
    for each in held:
        if each.feels == "bad":
            found.append((each.arrived_ago, each.arrived_ago - SAYS_TERM))
        for at, value in enumerate(each.values):
            earlier = [
                one
                for one in held
                if one.respondent == each.respondent and one.ago > each.ago and one.values[at] is not None
            ]
            last = min(earlier, key=lambda one: one.ago, default=None)
            if last is not None and value is not None and last.values[at] - value >= FELL:  # type: ignore[operator]
                known = min(last.arrived_ago, each.arrived_ago)
                found.append((known, known - TERM))
    return found + [(ago, ago - MISSED_TERM) for ago in _missed(held, today)]


def _missed(held: list[Held], today: date) -> list[int]:
    """The child came back 200 days ago, so three rounds are over: two weeks, one month, three months. A round begins
    two weeks before its day and ends where the next begins.
    """
    returned = today - timedelta(days=200)
    begins = [returned, *(_months_later(returned, months) - timedelta(days=14) for months in (1, 3, 6))]
    days = [today - timedelta(days=each.ago) for each in held]
    empty = [not any(start <= day < end for day in days) for start, end in zip(begins, begins[1:], strict=False)]
    return [(today - begins[3]).days] if all(empty) else []


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last one, by trying."""
    year, month = day.year + (day.month + months - 1) // 12, (day.month + months - 1) % 12 + 1
    for number in range(day.day, 0, -1):
        with suppress(ValueError):
            return date(year, month, number)
    raise AssertionError("no day fits")


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(held=INTERVIEWS, meetings=MEETINGS)
def test_every_trigger_leads_to_a_meeting_or_to_a_day_on_the_list(
    world: World, held: list[Held], meetings: list[int]
) -> None:
    rules_hold(world.amani)
    today = day_of(world.amani.organisation_id)
    with transaction.atomic():
        child = write(world, held, meetings, today)
        actor = world.amani.actor("case_worker")
        found = called_for(actor, child.pk)
        (seen,) = watched(Child.objects.filter(pk=child.pk))
        looked = looked_at(actor, seen, [today - timedelta(days=ago) for ago in meetings], today)
        transaction.set_rollback(True)
    newest = min(meetings, default=None)
    left = [met for met in referee(held, today) if newest is None or met[0] < newest]
    assert (found is None) == (left == [])
    if found is not None:
        by = max(met[1] for met in left)
        assert found.by == today - timedelta(days=by)
        assert found.overdue == (by > 0)
        assert len(found.reasons) == len(left)
    dealt_with = sum(len(reasons) for reasons in looked.values())
    assert dealt_with + (len(found.reasons) if found else 0) == len(
        referee(held, today)
    )  # none is lost, none counts twice
