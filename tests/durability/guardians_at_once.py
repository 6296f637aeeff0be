"""Run as a program with HOMEWARD_DATABASE set: what people decide about guardians' copies, by threads that begin
together, each with a connection of its own. Prints what went wrong and how often each was tried.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

from django.conf import settings

from homeward.cli.serve import start_django

start_django()

from django.db import connections  # noqa: E402 - models exist now

from homeward.apps.access.roles import grant_role  # noqa: E402 - models exist now
from homeward.apps.access.services import register_person  # noqa: E402 - models exist now
from homeward.apps.audit.models import Event  # noqa: E402 - models exist now
from homeward.apps.cases.facts import ChildFacts  # noqa: E402 - models exist now
from homeward.apps.cases.models import Relation  # noqa: E402 - models exist now
from homeward.apps.cases.services import add_relation, assign_child, register_child  # noqa: E402 - models exist now
from homeward.apps.retention.copies import hand_over  # noqa: E402 - models exist now
from homeward.apps.retention.holding import Whom  # noqa: E402 - models exist now
from homeward.apps.retention.models import Override  # noqa: E402 - models exist now
from homeward.apps.retention.overriding import (  # noqa: E402 - models exist now
    Widening,
    Withholding,
    ask_wider_copy,
    ask_withholding,
    check_override,
)
from homeward.cli.unlocking import bring_up_to_date  # noqa: E402 - models exist now
from homeward.domain.permissions import Role  # noqa: E402 - models exist now
from homeward.domain.problems import ProblemError  # noqa: E402 - models exist now
from tests.world import PASSWORD, House, build  # noqa: E402 - models exist now

AT_ONCE = 6
ROUNDS_OF_ONE = 25  # with three children each
SOON = date.today() + timedelta(days=30)
FAULTS: list[str] = []


def together(acts: list[Callable[[], object]]) -> list[tuple[str, float, float]]:
    """How each ended, when it began, and when it was over."""
    ready = threading.Barrier(len(acts))

    def one(act: Callable[[], object]) -> tuple[str, float, float]:
        ready.wait()
        began, said = time.monotonic(), "done"
        try:
            act()
        except ProblemError as error:
            said = error.first.code
        finally:
            connections.close_all()
        return said, began, time.monotonic()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def next_worker(house: House, number: int) -> None:
    """Somebody else works from here on: one account opens only so many records in a day."""
    name = f"worker-{number}"
    made = register_person(house.system(), f"{name}@example.org", name, PASSWORD)
    grant_role(house.system(), made, Role.CASE_WORKER, team_id=house.teams[0])
    house.people["case_worker"] = made


def child_of(house: House) -> tuple[Any, str]:
    made = register_child(house.system(), ChildFacts(name="Asha", age=13, return_date=SOON - timedelta(days=300)))
    assign_child(house.system(), made.id, person_id=house.people["case_worker"])
    add_relation(house.system(), made.id, "mother", "Neema", is_caregiver=True)
    return made.id, made.code


def expect(what: bool, words: str) -> None:
    if not what:
        FAULTS.append(words)


def two_confirmations(house: House) -> None:
    key, code = child_of(house)
    row = ask_withholding(house.actor("focal_point"), code, Withholding("danger", SOON))
    second = house.actor("second_focal_point")
    answers = [True, False] * (AT_ONCE // 2)
    found = together([lambda agreed=agreed: check_override(second, row, agreed=agreed) for agreed in answers])  # type: ignore[misc]
    said = Counter(each for each, _, _ in found)
    expect(said == {"done": 1, "erasure.moved": AT_ONCE - 1}, f"confirmed: {said}")
    won = answers[[each for each, _, _ in found].index("done")] if said["done"] else None
    state = Override.objects.get(pk=row).state
    expect(state == ("agreed" if won else "refused"), f"{won} and {state}")
    expect(Event.objects.filter(child_id=key, verb="check_override").count() == 1, "rows of the trace")


def two_hand_overs(house: House) -> None:
    key, code = child_of(house)
    wish = Widening(Relation.objects.get(child=key).pk, ("scores",), "court", "agrees")
    row = ask_wider_copy(house.actor("focal_point"), code, wish)
    check_override(house.actor("second_focal_point"), row, agreed=True)
    worker = house.actor("case_worker")
    found = together([lambda: hand_over(worker, code, Whom.GUARDIAN, wider=True)] * AT_ONCE)
    said = Counter(each for each, _, _ in found)
    expect(said == {"done": 1, "copies.no_wider": AT_ONCE - 1}, f"handed over: {said}")
    expect(Event.objects.filter(child_id=key, verb="use_wider_copy").count() == 1, "rows of the trace")


def while_it_is_asked(house: House) -> int:
    """Whoever begins after the ask has come back gets nothing, and what was shown before stands in the trace."""
    key, code = child_of(house)
    worker, focal = house.actor("case_worker"), house.actor("focal_point")
    asked: list[float] = []

    def ask() -> None:
        time.sleep(0.02)
        ask_withholding(focal, code, Withholding("danger", SOON))
        asked.append(time.monotonic())

    results: list[tuple[str, float]] = []

    def try_often() -> None:
        until = time.monotonic() + 30
        began = 0.0
        while began < min(until, (asked[0] if asked else until) + 0.2):  # each begins one after the ask at least
            began, said = time.monotonic(), "done"
            try:
                hand_over(worker, code, Whom.GUARDIAN)
            except ProblemError as error:
                said = error.first.code
            results.append((said, began))

    together([ask, *[try_often] * (AT_ONCE - 2)])
    expect({said for said, _ in results} <= {"done", "copies.withheld"}, f"{Counter(results)}")
    late = [said for said, began in results if began > asked[0]]
    expect(bool(late) and set(late) == {"copies.withheld"}, f"after the ask: {Counter(late)}")
    here = Event.objects.filter(child_id=key)
    written = here.filter(verb="hand_over_copy", allowed=True)
    expect(written.count() >= sum(said == "done" for said, _ in results), "a copy that is in no trace")
    return len(results)


def main() -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    bring_up_to_date()
    house, rounds, tried = build().amani, int(sys.argv[1]), 0
    for number in range(rounds):
        if number and number % ROUNDS_OF_ONE == 0:
            next_worker(house, number)
        two_confirmations(house)
        two_hand_overs(house)
        tried += while_it_is_asked(house)
    sys.stdout.write(json.dumps({"faults": FAULTS, "tried": tried}))


if __name__ == "__main__":
    main()
