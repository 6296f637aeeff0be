"""What is read for a team is less than everything, and says the same: made-up histories, read both ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeward.apps.cases.models import Child
from homeward.apps.monitoring import facts
from homeward.apps.monitoring.called import standings
from homeward.apps.monitoring.clock import follow_ups
from homeward.apps.surveys.models import Submission
from homeward.apps.visits import clock
from homeward.apps.visits.due import due_list
from homeward.domain.protocol import State
from tests.monitoring.histories import rules_hold
from tests.monitoring.test_every_trigger import INTERVIEWS, MEETINGS, Held, write
from tests.world import World, day_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]
FAULTS = st.lists(st.sampled_from(["", "", "undated", "ahead", "twin", "other question"]), min_size=6, max_size=6)


class _TakenBackError(Exception):
    """So that each history leaves nothing behind."""


def spoilt(faults: list[str]) -> None:
    """Some interviews have no day, are dated after their arrival, come twice on a day, or ask something else."""
    for row, fault in zip(Submission.objects.order_by("received_at", "pk"), faults, strict=False):
        if fault == "undated":
            row.problems = [{"code": "interview.date_missing", "severity": "error", "field": "interview_date"}]
        elif fault == "ahead":
            row.interviewed_on = row.received_at.date() + timedelta(days=40)
        elif fault == "twin":
            row.interviewed_on = date.today() - timedelta(days=100)
        elif fault == "other question":
            row.coded = {"answers": {"feel_bad": "child_feel", "mood": ["bad", "no"]}}
        row.save()


def read(children: Any, actor: Any) -> tuple[object, ...]:
    found = standings(actor, children)
    late = {each.child_id for each in due_list(children) if each.kind == "round" and each.state is State.LATE}
    return dict(found), late


def everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each interview is looked at by itself, and of each child all that was said and scored."""

    def each(among: Any) -> clock.Heard:
        heard: clock.Heard = {}
        clock._look(clock._interviews(among), heard)
        return heard

    def all_of_them(some: Mapping[UUID, object], *_: object) -> Iterator[UUID]:
        yield from some

    monkeypatch.setattr(clock, "_each", each)
    monkeypatch.setattr(facts, "_with_falls", all_of_them)
    monkeypatch.setattr(facts, "_with_answers", all_of_them)


@given(held=INTERVIEWS, meetings=MEETINGS, faults=FAULTS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_quick_way_says_what_reading_everything_says(
    world: World, held: list[Held], meetings: list[int], faults: list[str]
) -> None:
    house, actor = world.amani, world.amani.actor("supervisor")
    rules_hold(house)
    try:
        with transaction.atomic():
            child = write(world, held, meetings, day_of(house.organisation_id))
            spoilt(faults)
            children = Child.objects.filter(pk=child.pk)
            quick = read(children, actor)
            with pytest.MonkeyPatch.context() as patched:
                everything(patched)
                assert read(children, actor) == quick
                whole = follow_ups([child.pk])
            assert late_by(whole) == quick[1]
            raise _TakenBackError
    except _TakenBackError:
        pass


def late_by(found: Mapping[UUID, Any]) -> set[UUID]:
    """As the whole clock of each child says it."""
    return {key for key, each in found.items() if each.current is not None and each.current.state is State.LATE}
