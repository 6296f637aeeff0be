"""A programme of a few children, as the demo builds it before anything is planted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from homeward.demo.building import Builder, enrol_phones, publish_library, surveys
from homeward.demo.cast import House, set_up_house
from homeward.demo.tables import Programme, programmes
from tests.demo.test_building import TODAY


def small_programme(children: int, whole: Programme | None = None, today: date = TODAY) -> tuple[House, Builder]:
    programme = replace(whole or programmes()[0], children=children)
    house = set_up_house(programme, today)
    publish_library(house)
    phones = {worker: phone.device_id for worker, phone in enrol_phones(house).items()}
    builder = Builder(programme, house, phones, surveys(), today)
    builder.build(lambda done: None)
    return house, builder
