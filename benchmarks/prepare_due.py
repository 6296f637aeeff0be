"""Run as a program: a programme of children in the database of the environment, and who of them is due; see `due`."""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from homeward.cli.serve import start_django

start_django()

from django.db.models import Q, QuerySet  # noqa: E402 - Django is set up now

from homeward.apps.access.actors import system_actor  # noqa: E402 - tables exist once Django is set up
from homeward.apps.access.services import found_organisation  # noqa: E402
from homeward.apps.cases.models import Child, RiskLevel  # noqa: E402
from homeward.apps.operations.statistics import take_statistics  # noqa: E402
from homeward.apps.surveys.forms import load_from_library  # noqa: E402
from homeward.apps.surveys.models import Submission  # noqa: E402
from homeward.apps.visits.clock import clocks, with_a_clock  # noqa: E402
from homeward.apps.visits.clock_models import Pause  # noqa: E402
from homeward.apps.visits.due import due_among, due_list  # noqa: E402
from homeward.apps.visits.outlooks import Now, marked, refresh  # noqa: E402
from homeward.cli.unlocking import bring_up_to_date  # noqa: E402
from homeward.domain.codes import with_check_digits  # noqa: E402

GATE = 1.0
TODAY = datetime.now(UTC).date()
PORTION = 10_000
COMPARED = 5_000  # children: up to here the list is held against one that is counted from facts


def main(name: str, children: int) -> int:
    bring_up_to_date()
    place = found_organisation(system_actor(), "Amani", "UTC", ("en",))
    form = load_from_library(system_actor(place), "child-12-14")
    source = random.Random(1)
    for start in range(0, children, PORTION):
        add(place, form, source, range(start, min(start + PORTION, children)))
    take_statistics()
    rows = Child.objects.filter(organisation_id=place)
    print(f"{name:11} {children} children stand in their tables, load {os.getloadavg()[0]:.1f}", flush=True)
    made = Took(refresh)
    print(f"{name:11} {children} children, {Submission.objects.count()} interviews; outlooks {made}", flush=True)
    take_statistics()
    told(name, rows, children)
    changed = set_apart(place, form, children)
    listed = told(name, rows, children)
    print(f"{name:11} {changed} more interviews since: {Took(refresh)} to make their outlooks anew")
    if children <= COMPARED:
        fresh, counted = due_list(rows), due_among(clocks(with_a_clock(rows)))
        print(f"{name:11} the same list counted from facts alone: {fresh == counted}")
    return 0 if listed <= GATE else 1


def set_apart(place: UUID, form: UUID, children: int) -> int:
    """Interviews of one child in 200, of today: what is kept about them counts no more."""
    some = Child.objects.filter(code__in=[with_check_digits(1_000_000 + each) for each in range(7, children, 200)])
    made = [interview(place, form, child, "child", TODAY) for child in some]
    Submission.objects.bulk_create(made, batch_size=400)
    return len(made)


def told(name: str, rows: QuerySet[Child], children: int) -> float:
    """The median of five, and beside it what reading the children alone takes."""
    found = due_list(rows)
    whole = [Took(lambda: due_list(rows)) for _ in range(5)]
    bare = [Took(lambda: list(rows.values_list("pk", "code", "return_date"))) for _ in range(5)]
    wall, alone = (statistics.median(each.wall for each in took) for took in (whole, bare))
    processor = statistics.median(each.processor for each in whole)
    print(
        f"{name:11} {len(found)} due, {stale(rows)} to count: the list {wall * 1000:.0f} ms (gate {GATE * 1000:.0f}),"
        f" of which processor here {processor * 1000:.0f} ms, load {os.getloadavg()[0]:.1f}"
    )
    print(f"{name:11} id, code and day of return of each child, and nothing else: {alone * 1000:.0f} ms")
    return wall


def stale(rows: QuerySet[Child]) -> int:
    return marked(with_a_clock(rows), Now()).filter(Q(fresh=False)).count()


class Took:
    """Seconds by the clock on the wall, and of this process's processor."""

    def __init__(self, work: Callable[[], Any]) -> None:
        wall, processor = time.perf_counter(), time.process_time()
        work()
        self.wall, self.processor = time.perf_counter() - wall, time.process_time() - processor

    def __str__(self) -> str:
        return f"{self.wall:.1f} s, of which processor here {self.processor:.1f} s"


def add(place: UUID, form: UUID, source: random.Random, numbers: range) -> None:
    """Returned within two and a half years; most were interviewed lately, in both voices."""
    rows, heard, risks, pauses = [], [], [], []
    for number in numbers:
        returned = TODAY - timedelta(days=source.randrange(900))
        child = Child(
            id=uuid4(),
            code=with_check_digits(1_000_000 + number),
            organisation_id=place,
            population="returnee",
            return_date=returned,
            sex="unknown",
            age_band=source.choice(("6-11", "12-14", "15-17")),
            age_changes_on=date(TODAY.year + 1, 1, 1),
        )
        rows.append(child)
        day = max(returned, TODAY - timedelta(days=source.randrange(260)))
        heard += [interview(place, form, child, who, day) for who in ("child", "caregiver")]
        if number % 10 == 0:
            risks.append(
                RiskLevel(child=child, level="high", since=returned, reason="visit", said_at=datetime.now(UTC))
            )
        if number % 100 == 0:
            pauses.append(Pause(child=child, since=TODAY - timedelta(days=9), reason="away", said_at=datetime.now(UTC)))
    Child.objects.bulk_create(rows, batch_size=500)
    Submission.objects.bulk_create(heard, batch_size=400)
    RiskLevel.objects.bulk_create(risks, batch_size=500)
    Pause.objects.bulk_create(pauses, batch_size=500)


def interview(place: UUID, form: UUID, child: Child, who: str, day: date) -> Submission:
    key = uuid4()
    return Submission(
        id=key,
        root_id=key,
        organisation_id=place,
        form_version_id=form,
        child=child,
        state="accepted",
        agreement="given",
        respondent=who,
        interviewed_on=day,
        received_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        instance_id=f"uuid:{key}",
        raw_size=0,
        coded={},
        problems=[],
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
