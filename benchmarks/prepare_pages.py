"""Run as a program: children with interviews in the database of the environment, and pages opened; see `pages`.

Prints for each page the median and the time that 95 of 100 looks stay within, in ms.
"""

from __future__ import annotations

import copy
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice
from uuid import UUID, uuid4

from django.conf import settings

from homeward.cli.serve import start_django

start_django()

from django.db import connection  # noqa: E402 - tables exist once Django is set up
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.many_children import Where, add_children, drawn  # noqa: E402
from homeward.apps.access.models import Person  # noqa: E402
from homeward.apps.access.services import create_team  # noqa: E402
from homeward.apps.audit.ids import time_ordered_id  # noqa: E402
from homeward.apps.cases.models import Assignment, Child  # noqa: E402
from homeward.apps.operations.statistics import take_statistics  # noqa: E402
from homeward.apps.surveys.deliveries import Delivery  # noqa: E402
from homeward.apps.surveys.intake import receive  # noqa: E402
from homeward.apps.surveys.models import Flag, Score, Submission  # noqa: E402
from homeward.apps.visits.outlooks import refresh  # noqa: E402
from homeward.cli.unlocking import bring_up_to_date  # noqa: E402
from homeward.domain.codes import display_code  # noqa: E402
from tests.interviews import interview  # noqa: E402
from tests.world import House, build  # noqa: E402

TEAM, CASELOAD, EVENTS = 250, 25, 500
FORM = "child-12-14"


def main(children: int, looks: int) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ALLOWED_HOSTS = ["*"]
    bring_up_to_date()
    house = build().amani
    fill(house, children)
    refresh()  # as the worker does every minute
    take_statistics()  # as it does every hour
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as its own workers do
    sys.stdout.write(json.dumps({name: timed(look, looks) for name, look in pages(house)}))


def fill(house: House, children: int) -> None:
    teams = list(house.teams) + [create_team(house.system(), f"Team {n}") for n in range(children // TEAM - 2)]
    assert house.child is not None
    receipt = receive(house.actor("case_worker"), Delivery(interview(FORM, house.child.code)))
    model = Submission.objects.get(pk=receipt.submission_id)
    scores = list(Score.objects.filter(submission=model))
    where, left = Where(house.organisation_id, teams, house.place_id), CASELOAD
    for rows in add_children(where, drawn(children)):
        interviewed(model, scores, rows)
        mine = [child for child in rows if child.team_id == house.teams[0]][:left]
        left -= len(mine)
        Assignment.objects.bulk_create(
            Assignment(child=child, person_id=house.people["case_worker"], since=date(2025, 1, 1)) for child in mine
        )
    for number in range(EVENTS - 1):
        day = date.today() - timedelta(days=number % 190)
        receive(house.actor("case_worker"), Delivery(interview(FORM, house.child.code, on=day)))


def interviewed(model: Submission, scores: list[Score], children: list[Child]) -> None:
    """One interview a child, as the first of them arrived; what lies sealed in it is not looked at here.

    Held on one of the last 300 days; one in twenty says something that must not wait.
    """
    rows, points, flags = [], list[Score](), list[Flag]()
    for number, child in enumerate(children):
        row = copy.copy(model)
        row.pk = row.root_id = time_ordered_id()
        row.alike = None  # another interview is not the same one
        row.child_id, row.instance_id = child.pk, f"uuid:{uuid4()}"
        row.interviewed_on = date.today() - timedelta(days=number % 300)
        row.received_at = timezone.now() - timedelta(days=number % 300)
        rows.append(row)
        if number % 20 == 0:
            known = {"kind": "harm", "severity": "high", "question": "safe", "raised_at": row.received_at}
            flags.append(Flag(submission_id=row.pk, **known))
        for score in scores:
            point = copy.copy(score)
            point.pk, point.submission_id = time_ordered_id(), row.pk
            points.append(point)
    Submission.objects.bulk_create(rows, batch_size=200)
    Score.objects.bulk_create(points, batch_size=500)
    Flag.objects.bulk_create(flags, batch_size=500)


def pages(house: House) -> Iterator[tuple[str, Callable[[int], None]]]:
    worker, focal, supervisor = (signed_in(house.people[each]) for each in ("case_worker", "focal_point", "supervisor"))
    some = list(islice(Child.objects.values_list("code", flat=True).order_by("pk"), 500))
    last = Child.objects.filter(organisation_id=house.organisation_id).count() // 30
    assert house.child is not None
    busy = display_code(house.child.code).replace(" ", "")
    yield "list, all", opened(focal, lambda at: "/children")
    yield "list, all, any page", opened(focal, lambda at: f"/children?page={1 + at * 7919 % last}")
    yield "list, one team", opened(supervisor, lambda at: "/children")
    yield "list, own caseload", opened(worker, lambda at: "/children")
    yield "search by code", searched(focal, lambda at: some[at * 37 % len(some)])
    yield "search by part of a code", opened(focal, lambda at: f"/children?text={some[at * 37 % len(some)][:4]}")
    yield "Today, case worker", opened(worker, lambda at: "/")
    yield "Today, supervisor", opened(supervisor, lambda at: "/")
    yield "Today, focal point", opened(focal, lambda at: "/")
    yield f"child with {EVENTS} interviews", opened(worker, lambda at: f"/children/{busy}")
    yield "its list of interviews", opened(worker, lambda at: f"/children/{busy}/interviews")


def signed_in(person_id: UUID) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=person_id))
    return client


def opened(client: Client, address: Callable[[int], str]) -> Callable[[int], None]:
    def look(at: int) -> None:
        answer = client.get(address(at), follow=True)
        assert answer.status_code == 200, (address(at), answer.status_code)
        assert len(answer.content) > 2_000, address(at)

    return look


def searched(client: Client, text: Callable[[int], str]) -> Callable[[int], None]:
    def look(at: int) -> None:
        assert client.post("/children/find", {"text": text(at)}).status_code == 302

    return look


def timed(look: Callable[[int], None], looks: int) -> tuple[float, float]:
    gc.collect()  # what the building left behind is not the server's
    gc.freeze()
    gc.set_threshold(10_000)  # as homeward.config.wsgi does
    for at in range(3):
        look(at)
    took = []
    for at in range(looks):
        start = time.perf_counter()
        look(at)
        took.append((time.perf_counter() - start) * 1000)
    took.sort()
    return statistics.median(took), took[max(0, int(len(took) * 0.95) - 1)]


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
