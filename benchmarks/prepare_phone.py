"""Run as a program beside a running server: gives the case worker this many children, with all that a phone holds.

python -m benchmarks.prepare_phone CODE CHILDREN
"""

from __future__ import annotations

import sys
from datetime import date, timedelta

from homeward.cli.serve import start_django

start_django()

from homeward.apps.access.actors import Actor, actor_of_person, system_actor  # noqa: E402
from homeward.apps.access.models import Person  # noqa: E402
from homeward.apps.cases.facts import ChildFacts  # noqa: E402
from homeward.apps.cases.models import Assignment, Child  # noqa: E402
from homeward.apps.cases.services import assign_child, register_child  # noqa: E402
from homeward.apps.surveys.deliveries import Delivery  # noqa: E402
from homeward.apps.surveys.intake import receive  # noqa: E402
from tests.interviews import interview  # noqa: E402

SINCE = timedelta(days=80)


def main(code: str, children: int) -> None:
    person = Person.objects.get(email="case_worker@amani.example.org")
    first = Child.objects.get(code=code)
    actor, have = actor_of_person(person), Assignment.objects.filter(person=person).count()
    for number in range(have, children):
        add(actor, first, number)


def add(actor: Actor, first: Child, number: int) -> None:
    """Back for eighty days, and asked once, with its caregiver."""
    assert actor.person_id is not None
    system, back = system_actor(first.organisation_id), date.today() - SINCE
    facts = ChildFacts(
        name=f"Asha Number{number}",
        sex="female",
        age=13,
        return_date=back,
        team_id=first.team_id,
        place_id=first.place_id,
    )
    made = register_child(system, facts)
    assign_child(system, made.id, person_id=actor.person_id, since=back)
    asked = date.today() - timedelta(days=40)
    receive(actor, Delivery(interview("child-12-14", made.code, on=asked)))
    receive(actor, Delivery(interview("caregiver", made.code, on=asked, respondent="caregiver", example=6)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
