"""Run as a program: children in the database of the environment, and searches among them; see `name_search`."""

from __future__ import annotations

import random
import statistics
import sys
import time
from uuid import UUID

from homeward.cli.serve import start_django

start_django()

from benchmarks.many_children import Where, add_children, drawn  # noqa: E402 - tables exist once Django is set up
from homeward.apps.access.actors import Actor, Grant, system_actor  # noqa: E402
from homeward.apps.access.keys import store  # noqa: E402
from homeward.apps.access.services import found_organisation  # noqa: E402
from homeward.apps.cases import finding  # noqa: E402
from homeward.apps.cases.models import Child  # noqa: E402
from homeward.apps.cases.names import parts_of  # noqa: E402
from homeward.apps.cases.sealing import name_of  # noqa: E402
from homeward.apps.operations.statistics import take_statistics  # noqa: E402
from homeward.cli.unlocking import bring_up_to_date  # noqa: E402

GATE = 0.300


def main(name: str, children: int, searches: int) -> int:

    finding.MOST_AN_HOUR = 10**9
    actor, names = world(children)
    chosen = random.Random(7).sample(names, searches)
    wanted = [text for full in chosen for text in (full, parts_of(full)[0], f"{full.split()[0][:-1]}h")]
    took, busy, found = [], [], 0
    for text in wanted:
        store.forget()  # as for a search that comes an hour after the last
        start, before = time.perf_counter(), time.process_time()
        found += len(finding.find_by_name(actor, text).rows)
        took.append(time.perf_counter() - start)
        busy.append(time.process_time() - before)
    peer = [opened_all(text) for text in wanted[:3]]
    took.sort()
    p95 = took[int(len(took) * 0.95) - 1]
    middle, worked = statistics.median(took) * 1000, statistics.median(busy) * 1000
    print(f"{name:11} {children} children, {len(wanted)} searches: whole name, one part, misspelt")
    print(
        f"{name:11} median {middle:.0f} ms, of which processor {worked:.0f} ms; "
        f"{found / len(wanted):.0f} shown on average"
    )
    print(f"{name:11} 95 of 100 within {p95 * 1000:.0f} ms (gate {GATE * 1000:.0f}), slowest {took[-1] * 1000:.0f} ms")
    print(f"{name:11} opening every name instead, its keys in memory: {statistics.median(peer) * 1000:.0f} ms")
    return 0 if p95 <= GATE else 1


def world(children: int) -> tuple[Actor, list[str]]:
    bring_up_to_date()
    place, names = found_organisation(system_actor(), "Amani", "UTC", ("en",)), drawn(children)
    for _rows in add_children(Where(place), names):
        pass
    take_statistics()  # as the worker does every hour
    return Actor("person", UUID(int=1), "Focal point", place, (Grant("focal_point", place, None, "UTC"),)), names


def opened_all(text: str) -> float:

    store.MOST_REMEMBERED = 10**7
    store.prefetch(Child.objects.values_list("pk", flat=True))
    wanted = set(parts_of(text))
    start = time.perf_counter()
    for child in Child.objects.only("id", "code", "name").iterator(chunk_size=2_000):
        if wanted <= set(parts_of(name_of(child))):
            pass
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
