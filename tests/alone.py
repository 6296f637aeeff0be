"""A young person of 16 with a form for its age, and what somebody who answers alone sends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.services import assign_child, register_child
from homeward.apps.surveys.alone_words import words
from homeward.apps.surveys.body import Body
from homeward.apps.surveys.forms import load_from_library, propose_publication, publish
from homeward.apps.surveys.links import MadeLink, make_link, open_link
from homeward.domain.instruments import Instrument, Question
from tests.interviews import interview
from tests.world import House, agree

YOUNG = "child-15-17"


@dataclass(frozen=True)
class Young:
    id: UUID
    code: str
    form: UUID


def young_person(house: House, age: int = 16) -> Young:
    """Of the case worker, with a published form for 15 to 17."""
    form = load_from_library(house.system(), YOUNG)
    propose_publication(house.actor("me_officer"), form)
    publish(house.actor("programme_manager"), form)
    house.forms[YOUNG] = form
    today = date.today()
    facts = ChildFacts(
        sex="female",
        name="Zawadi Otieno",
        birth_date=today.replace(day=1) - timedelta(days=age * 365 + 100),
        return_date=today - timedelta(days=200),
        place_id=house.place_id,
        team_id=house.teams[0],
        language="ar",
    )
    made = register_child(house.system(), facts)
    assign_child(house.system(), made.id, person_id=house.people["case_worker"], since=today - timedelta(days=200))
    agree(house, made, today - timedelta(days=200))
    return Young(made.id, made.code, form)


def caregiver_link(house: House, hours: int = 24) -> MadeLink:
    assert house.child is not None
    return make_link(house.actor("case_worker"), house.child.code, house.forms["caregiver"], "caregiver", hours)


def opened(link: MadeLink) -> str:
    secret = open_link(link.token)
    assert secret
    return secret


def answers_of(house: House, **more: str) -> Body:
    assert house.child is not None
    return Body(interview("caregiver", house.child.code, respondent="caregiver", **more), ())  # type: ignore[arg-type]


def as_told_alone(instrument: Instrument) -> Instrument:
    """In the words that whoever answers alone reads."""
    said = words()[instrument.id]

    def told(question: Question) -> Question:
        return replace(question, labels={**question.labels, **said.get(f"{question.name}:label", {})})

    return replace(instrument, questions=tuple(told(each) for each in instrument.questions))
