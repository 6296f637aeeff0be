"""Two connections at once: a fact that is committed while an outlook is made, and a child whose row somebody has."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from homeward.apps.cases.models import Child, RiskLevel
from homeward.apps.visits import outlooks
from homeward.apps.visits.clock import clocks, with_a_clock
from homeward.apps.visits.due import due_among, due_list
from homeward.apps.visits.outlook_models import ChangedFact, Outlook
from homeward.apps.visits.outlooks import Now, marked, refresh
from tests.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def elsewhere(work: Callable[[], Any]) -> None:
    """On a connection of its own, to its end."""
    problems: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001
            problems.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    assert problems == []


def fresh(child: Any) -> bool:
    return bool(marked(Child.objects.filter(pk=child), Now()).values_list("fresh", flat=True).get())


def right() -> bool:
    return due_list(Child.objects.all()) == due_among(clocks(with_a_clock(Child.objects.all())))


def raised(child: Any) -> None:
    since = date.today() - timedelta(days=30)
    RiskLevel.objects.create(child_id=child, level="high", since=since, reason="visit", said_at=timezone.now())


def test_facts_that_others_commit_while_outlooks_are_made(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first row of a child is made, after one was there, and between the facts and the writing."""
    assert world.amani.child is not None
    child, read = world.amani.child.id, outlooks.clocks

    def then_committed(*args: Any, **options: Any) -> Any:
        found = read(*args, **options)
        elsewhere(lambda: raised(child))
        return found

    with monkeypatch.context() as patched:
        patched.setattr(outlooks, "clocks", then_committed)
        for rows in (1, 2):
            refresh()
            assert (Outlook.objects.filter(pk=child).exists(), fresh(child)) == (True, False)
            assert ChangedFact.objects.filter(about=child).count() == 1
            assert RiskLevel.objects.count() == rows
            assert right()
    refresh()
    assert fresh(child)
    assert right()
    _nobody_is_waited_for(child)


def _nobody_is_waited_for(child: Any) -> None:
    """PostgreSQL: an open transaction that has the child's row; two that tell of the same two children crosswise."""
    if connection.vendor != "postgresql":
        return
    ChangedFact.objects.create(about=child)
    with transaction.atomic():
        Child.objects.filter(pk=child).update(age_band="15-17")
        elsewhere(refresh)
    assert not fresh(child)
    assert right()
    refresh()
    assert fresh(child)
    other = Child.objects.filter(population="returnee").exclude(pk=child)[0].pk
    with transaction.atomic():
        raised(child)
        with_the_other_first = [lambda: raised(other), lambda: raised(child)]
        for work in with_the_other_first:
            elsewhere(work)
        raised(other)
    assert not fresh(child)
    assert right()
