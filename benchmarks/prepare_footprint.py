"""The world of `benchmarks.footprint`, made with the settings of its folder. Prints the token of a phone."""

from __future__ import annotations

import json
import secrets
import sys
from dataclasses import replace
from datetime import date
from itertools import islice

import django

django.setup()

from homeward.apps.surveys.deliveries import Delivery  # noqa: E402 - tables exist once Django is set up
from homeward.apps.surveys.intake import receive  # noqa: E402 - tables exist once Django is set up
from homeward.cli.unlocking import bring_up_to_date  # noqa: E402
from homeward.demo.building import Builder, enrol_phones, publish_library, surveys  # noqa: E402
from homeward.demo.cast import set_up_house  # noqa: E402
from homeward.demo.lives import draw_life, interviews  # noqa: E402
from homeward.demo.tables import programmes  # noqa: E402
from homeward.domain.codes import random_code  # noqa: E402

INTERVIEWS = 4  # two rounds of two respondents


def build(children: int) -> str:
    bring_up_to_date()
    today = date.today()
    programme = replace(programmes()[0], children=children)
    house = set_up_house(programme, today)
    publish_library(house)
    phones = enrol_phones(house)
    devices = {worker: phone.device_id for worker, phone in phones.items()}
    builder = Builder(programme, house, devices, surveys(), today)
    codes: set[str] = set()
    for number in range(children):
        life = draw_life(programme, number, today)
        while life.code in codes:  # among thousands two lives draw the same
            life = replace(life, code=random_code(secrets.randbelow))
        codes.add(life.code)
        builder.register(life)
        for interview in islice(interviews(programme, life, today), INTERVIEWS):
            receive(builder.phone_of(number), Delivery(builder.filled(life, interview)))
    return next(iter(phones.values())).token


if __name__ == "__main__":
    print(json.dumps({"token": build(int(sys.argv[1]))}))
