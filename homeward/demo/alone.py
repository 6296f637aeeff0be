"""Two links to answer alone: one that is open, and one with which a caregiver has answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from homeward.apps.access.actors import Actor, actor_of_person_id
from homeward.apps.cases.models import Status
from homeward.apps.cases.queries import find_child
from homeward.apps.surveys.body import Body
from homeward.apps.surveys.form_queries import published_forms
from homeward.apps.surveys.link_sending import send_alone
from homeward.apps.surveys.links import CAREGIVER, CHILD, any_link, make_link, open_link
from homeward.demo.building import FIRST, Builder
from homeward.demo.lives import Interview, Life, draw_life
from homeward.domain.ages import completed_years
from homeward.domain.consent import NO_INTERVIEWS

NUMBER = 97  # of the interview, which no round has


def answer_alone(builder: Builder, today: date) -> None:
    """Of the first case worker's children. An earlier start may have done it."""
    if any_link(builder.house.organisation_id):
        return
    worker = builder.house.teams[0].case_workers[0]
    actor, forms = actor_of_person_id(worker), _forms(actor_of_person_id(worker))
    for life in _lives(builder, today, 0, 14):
        link = make_link(actor, life.code, forms["caregiver"], CAREGIVER, 24)
        answers = builder.filled(life, Interview(NUMBER, today, CAREGIVER, "caregiver"))
        send_alone(link.id, open_link(link.token), Body(answers, ()))
        break
    for life in _lives(builder, today, 15, 17):
        make_link(actor, life.code, forms["child-15-17"], CHILD, 72)
        break


def _forms(actor: Actor) -> dict[str, UUID]:
    return {form.instrument_id: form.id for form in published_forms(actor)}


def _lives(builder: Builder, today: date, low: int, high: int) -> Iterator[Life]:
    """Open, within these ages, with a caregiver, and where nobody said no."""
    first = builder.house.teams[0], builder.house.teams[0].case_workers[0]
    for number in range(FIRST, builder.programme.children - FIRST):
        life = draw_life(builder.programme, number, today)
        fits = low <= completed_years(life.birth_date, today) <= high and life.has_caregiver
        if builder.who_works_with(number) != first or not fits:
            continue
        row = find_child(builder.system, life.code).row
        if row.status == Status.OPEN and row.said_no not in NO_INTERVIEWS and not row.erased:
            yield life
