"""Things that go wrong, planted so that the Inbox and the check report have something to show."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from io import BytesIO
from random import Random
from uuid import UUID, uuid5

import xlsxwriter

from homeward.apps.access.actors import actor_of_person_id, system_actor
from homeward.apps.cases.conflicts import declare_own
from homeward.apps.cases.consenting import Asked, record_agreement
from homeward.apps.cases.emergency import open_in_emergency
from homeward.apps.cases.ending import IDENTITY, destroy_keys
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.queries import names_of
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.forms import load_workbook
from homeward.apps.surveys.intake import receive
from homeward.demo.building import Builder
from homeward.demo.cast import House
from homeward.demo.lives import Interview, draw_life, interviews
from homeward.domain.codes import random_code
from homeward.domain.instruments import Instrument
from homeward.domain.problems import ProblemError
from homeward.domain.volume import budget_of

STRAY_CHILDREN = 3
KEPT_APART = 5  # the last of a programme, whose records end
AHEAD = timedelta(days=45)  # a wrong clock
CANNOT_WAIT = "A neighbour called: the child has not come home since yesterday, and its case worker is away."


def plant(builder: Builder, house: House, today: date) -> None:
    """Codes outside the caseload, an interview in the future, a repeat with other bytes, an ended name, a bad draft;
    looks at a few records, one of them refused, and a case worker who lives beside a child.
    """
    for number in range(STRAY_CHILDREN):
        life = draw_life(builder.programme, number, today)
        stray = random_code(Random(f"stray {number}").randrange)  # noqa: S311 - a synthetic world is repeatable
        xml = builder.filled(life, _late(today, number)).replace(life.code.encode(), stray.encode())
        receive(builder.phone_of(number), Delivery(xml))
    _from_the_future(builder, STRAY_CHILDREN, today)
    _conflict(builder, STRAY_CHILDREN + 1, today)
    _twice_and_late(builder, STRAY_CHILDREN + 1, today)
    _erased(builder, today)
    load_workbook(actor_of_person_id(house.me_officer), _workbook(SCHOOL_VISIT), "school-visit.xlsx")
    _looks(builder, house, today)


def _looks(builder: Builder, house: House, today: date) -> None:
    """As people leave them by working: who works with the child opens its name; who may not is refused."""
    for number in range(STRAY_CHILDREN):
        code = draw_life(builder.programme, number, today).code
        worker = actor_of_person_id(builder.who_works_with(number)[1])
        child = open_child(worker, code, "overview").row.id
        names_of(worker, child)
        with suppress(ProblemError):
            names_of(actor_of_person_id(house.me_officer), child)
    reader = actor_of_person_id(house.me_officer)
    for number in range(min(budget_of(reader.roles).told + 1, builder.programme.children - KEPT_APART)):
        open_child(reader, draw_life(builder.programme, number, today).code, "overview")  # more than usual in a day
    if len(house.teams) > 1:  # a colleague of the other team, and a review that waits
        code = draw_life(builder.programme, 1, today).code
        open_in_emergency(actor_of_person_id(house.teams[0].case_workers[0]), code, CANNOT_WAIT)
    _neighbour(builder, STRAY_CHILDREN - 1, today)


def _neighbour(builder: Builder, number: int, today: date) -> None:
    """The case worker is shown the child no more, and Today tells who finds somebody else."""
    worker = actor_of_person_id(builder.who_works_with(number)[1])
    declare_own(worker, draw_life(builder.programme, number, today).code, "neighbour")


def _from_the_future(builder: Builder, number: int, today: date) -> None:
    life, interview = draw_life(builder.programme, number, today), _late(today, 9)
    xml = builder.filled(life, interview)
    for who in ("child", "caregiver"):
        record_agreement(builder.system, life.code, Asked(who, {"monitoring": "agrees"}, limits_told=True))
    ahead = (today + AHEAD).isoformat().encode()
    receive(builder.phone_of(number), Delivery(xml.replace(interview.day.isoformat().encode(), ahead)))


def _erased(builder: Builder, today: date) -> None:
    """One child whose two years are over: its scores stay under the code, and nobody can say who it is."""
    life = draw_life(builder.programme, builder.programme.children - 1, today)
    destroy_keys(system_actor(), life.code, IDENTITY, "retention_ended")


def _late(today: date, number: int) -> Interview:
    return Interview(30 + number, today - timedelta(days=1 + number % 3), "caregiver", "caregiver")


def _conflict(builder: Builder, number: int, today: date) -> None:
    """One interview comes a second time with another answer: the phone says 409 here, and both versions are kept."""
    life = draw_life(builder.programme, number, today)
    first = next(interviews(builder.programme, life, today))
    instrument = builder.surveys[first.instrument_id].instrument
    try:
        receive(builder.phone_of(number), Delivery(_another_answer(instrument, builder.filled(life, first))))
    except ProblemError as error:
        if error.first.status == 409:
            return
        raise
    raise AssertionError("the interview was not there before")


def _twice_and_late(builder: Builder, number: int, today: date) -> None:
    """The same interview comes once more under another id, long after it was held: a sheet that was keyed in again."""
    life = draw_life(builder.programme, number, today)
    first = next(interviews(builder.programme, life, today))
    xml = builder.filled(life, first)
    (known,) = set(re.findall(rb"uuid:[0-9a-f-]{36}", xml))
    again = uuid5(UUID(known.decode().removeprefix("uuid:")), "again")
    receive(builder.phone_of(number), Delivery(xml.replace(known, f"uuid:{again}".encode())))


def _another_answer(instrument: Instrument, xml: bytes) -> bytes:
    """The first scored choice of an interview, answered with another option of its list."""
    scored = {name for component in instrument.components for name in component.of}
    for question in instrument.questions:
        listed = instrument.choices_of(question) if question.name in scored else None
        choices = listed.choices if listed is not None else ()
        for choice in choices:
            given = re.search(rf"(?<=:{question.name}>){choice.code}(?=</)".encode(), xml)
            if given:
                other = next(each.code for each in choices if each.code != choice.code)
                return xml[: given.start()] + other.encode() + xml[given.end() :]
    raise AssertionError(f"no choice of {instrument.about.id} was answered")


def _workbook(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    target = BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return target.getvalue()


SCHOOL_VISIT: dict[str, list[list[str]]] = {
    "survey": [
        ["type", "name", "label::English (en)", "label::Español (es)", "relevant"],
        ["text", "school", "Name of the school", "Nombre de la escuela", ""],
        ["select_one likert", "welcome", "Is the child welcome at school?", "", ""],
        ["select_one likert", "catching_up", "Is the child catching up?", "¿Se pone al día?", "${welcome} = 'yess'"],
    ],
    "choices": [
        ["list_name", "name", "label::English (en)", "label::Español (es)", "score"],
        ["likert", "yes", "Yes", "Sí", "1"],
        ["likert", "partly", "Partly", "", "0.5"],
        ["likert", "no", "No", "No", ""],
    ],
    "settings": [["form_title", "form_id", "version"], ["School visit", "school-visit", "1"]],
    "scoring": [
        ["component", "how", "of", "dimension"],
        ["welcome", "item", "welcome", "social"],
        ["catching_up", "item", "catching_up", "social"],
    ],
}
