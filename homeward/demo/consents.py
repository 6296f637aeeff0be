"""Who agreed to what in the synthetic programme: at registration, and what came afterwards of a few children."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from homeward.apps.access.actors import Actor, actor_of_person_id, system_actor
from homeward.apps.cases.consenting import Asked, record_agreement, withdraw
from homeward.apps.cases.consents import entries_of
from homeward.apps.cases.models import Status
from homeward.apps.cases.queries import find_child
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.demo.building import Builder
from homeward.demo.lives import Interview, Life, child_instrument, draw_life
from homeward.domain.ages import completed_years
from homeward.domain.consent import MONITORING, PHOTO, REPORTING, SERVICE, SHARING, Reply, Who

FROM_PAPER = "Asked when the child was registered; keyed in from the paper form."
FIRST = 5  # before them others are planted
PLANTED = ("withdrawn", "refusing", "shared", "waiting")
HOPES = ("A school bag", "That my brother may come home too", "Work for my mother", "To learn to sew")


def agree(builder: Builder, life: Life) -> None:
    """Child and caregiver apart, on the day of the return. Most told it back; some in part."""
    if entries_of(find_child(builder.system, life.code).row.id):  # an earlier start came this far
        return
    random = Random(f"consent {builder.programme.country} {life.number}")  # noqa: S311 - a synthetic world is repeatable
    young = completed_years(life.birth_date, life.anchor) < 6
    people = [*([] if young else [Who.CHILD]), *([Who.CAREGIVER] if life.has_caregiver else [])]
    for who in people:
        answers = dict.fromkeys((SERVICE, MONITORING, REPORTING), Reply.AGREES.value)
        answers |= {PHOTO: random.choice((Reply.AGREES.value, Reply.REFUSES.value))} if who == Who.CHILD else {}
        record_agreement(
            builder.system,
            life.code,
            Asked(
                who,
                answers,
                life.anchor,
                language=builder.programme.language,
                explained=random.choice(("spoken", "spoken", "pictures", "interpreter")),
                teach_back=random.choices(("understood", "partly", "not_asked"), (7, 2, 1))[0],
                limits_told=True,
                capacity="able" if who == Who.CHILD else "not_judged",
                expects=random.choice(HOPES) if random.random() < 0.3 else "",
                reason=FROM_PAPER,
            ),
        )


def plant_consents(builder: Builder, today: date) -> None:
    """A withdrawal, a no in an interview, a named recipient, and an interview that waits for agreement."""
    lives = dict(zip(PLANTED, _between(builder, today, 8, 14), strict=False))
    if len(lives) < len(PLANTED):  # a programme too small to show it all
        return
    gone = lives["withdrawn"]
    withdraw(_worker_of(builder, gone), gone.code, Who.CAREGIVER, reason="The neighbours began to ask.")
    _answer_no(builder, lives["refusing"], today - timedelta(days=1))
    shared = Asked(Who.CHILD, {SHARING: "agrees"}, recipient="Red Lantern", limits_told=True, teach_back="understood")
    record_agreement(system_actor(builder.house.organisation_id), lives["shared"].code, shared)
    _without_agreement(builder, lives["waiting"], today)


def _between(builder: Builder, today: date, low: int, high: int) -> Iterator[Life]:
    """Children in care of these ages, whose caregiver can be asked too."""
    for number in range(FIRST, builder.programme.children - FIRST):
        life = draw_life(builder.programme, number, today)
        fits = low <= completed_years(life.birth_date, today) <= high and life.has_caregiver
        if fits and find_child(builder.system, life.code).row.status == Status.OPEN:
            yield life


def _worker_of(builder: Builder, life: Life) -> Actor:
    return actor_of_person_id(builder.who_works_with(life.number)[1])


def _answer_no(builder: Builder, life: Life, day: date) -> None:
    """Asked, and the answer was no: the interview holds that and nothing else."""
    instrument = child_instrument(completed_years(life.birth_date, day))
    if instrument:
        agreed = builder.filled(life, Interview(99, day, "child", instrument), {"child_assent": "no"})
        receive(builder.phone_of(life.number), Delivery(agreed))


def _without_agreement(builder: Builder, life: Life, today: date) -> None:
    """Held some days after the family had taken its agreement back, and sent all the same."""
    withdraw(_worker_of(builder, life), life.code, Who.CAREGIVER, (MONITORING,))
    late = Interview(98, today, "caregiver", "caregiver")
    receive(builder.phone_of(life.number), Delivery(builder.filled(life, late)))
