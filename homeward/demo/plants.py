"""Things that go wrong, planted so that the Inbox and the check report have something to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from io import BytesIO
from random import Random
from uuid import UUID

import xlsxwriter

from homeward.apps.access.actors import actor_of_device_id, actor_of_person_id
from homeward.apps.surveys.forms import load_workbook
from homeward.apps.surveys.intake import Delivery, receive
from homeward.demo.building import Builder
from homeward.demo.cast import House
from homeward.demo.lives import Interview, Life, draw_life, interviews
from homeward.domain.codes import random_code
from homeward.domain.problems import ProblemError

STRAY_CHILDREN = 3


def plant(builder: Builder, house: House, device_id: UUID, today: date) -> None:
    """Codes outside the caseload, an interview in the future, a repeat with other bytes, a draft with mistakes."""
    device = actor_of_device_id(device_id)
    lives = [draw_life(builder.programme, number, today) for number in range(STRAY_CHILDREN + 2)]
    for number, life in enumerate(lives[:STRAY_CHILDREN]):
        stray = random_code(Random(f"stray {number}").randrange)  # noqa: S311 - a synthetic world is repeatable
        xml = builder.filled(life, _late(life, today, number)).replace(life.code.encode(), stray.encode())
        receive(device, Delivery(xml))
    life = lives[STRAY_CHILDREN]
    future = _late(life, today, 9)
    late = builder.filled(life, future)
    receive(device, Delivery(late.replace(future.day.isoformat().encode(), b"2031-01-15")))
    _conflict(builder, device_id, lives[-1], today)
    load_workbook(actor_of_person_id(house.me_officer), _workbook(SCHOOL_VISIT), "school-visit.xlsx")


def _late(life: Life, today: date, number: int) -> Interview:
    return Interview(30 + number, today - timedelta(days=1 + number % 3), "caregiver", "caregiver")


def _conflict(builder: Builder, device_id: UUID, life: Life, today: date) -> None:
    """The phone says 409 here; both versions are kept."""
    first = next(interviews(builder.programme, life, today), None)
    if first is None:
        return
    xml = builder.filled(life, first)
    try:
        receive(actor_of_device_id(device_id), Delivery(xml.replace(b"</", b" </", 1)))
    except ProblemError:
        return


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
