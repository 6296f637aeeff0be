"""What came from the app of the first case worker: a child registered in a village, one who may be known already, one
that could not be registered, and why somebody of a round was not asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from homeward.apps.access.actors import actor_of_device_id, actor_of_person_id
from homeward.apps.access.field_app import enrol_app
from homeward.apps.access.intake_keys import public_key, seal
from homeward.apps.surveys.models import Channel
from homeward.apps.surveys.notes import became
from homeward.apps.surveys.transport import Letter
from homeward.apps.visits.arriving import take_from_app
from homeward.apps.visits.field_children import A_MONTH, field_caseload
from homeward.demo.building import FIRST, Builder, that_evening
from homeward.demo.lives import draw_life
from homeward.domain.protocol import CONTACT, OPEN
from homeward.domain.transport import Kind

LABEL = "Phone 1, the app"
DAYS = 3  # ago
NEW = {
    "name": "Mariama Sanda",
    "sex": "female",
    "birth_date": "",
    "age": "9",
    "return_date_basis": "estimated",
    "caregiver": "grandparent",
    "caregiver_name": "Hauwa Sanda",
}
NOT_TAKEN = {**NEW, "name": "Sani Sanda", "sex": "male", "age": "12", "place": str(uuid5(NAMESPACE_URL, "no place"))}
TOLD = {"explained": "pictures", "teach_back": "understood", "limits_told": True, "recipient": ""}


def send_from_the_app(builder: Builder, today: date) -> None:
    """An earlier start may have done it: what is sent again under its delivery is there once."""
    house = builder.house
    worker = house.teams[0].case_workers[0]
    actor = actor_of_person_id(worker)
    if became(worker, house.organisation_id, that_evening(today) - A_MONTH):
        return
    phone = actor_of_device_id(enrol_app(actor, LABEL).device_id)
    notes = [*_newcomers(builder, today), *_not_asked(builder, today)]
    for number, (kind, said) in enumerate(notes):
        delivery = uuid5(NAMESPACE_URL, f"homeward-demo app {builder.programme.country} {number} {today}")
        content = json.dumps({"note": kind}).encode() + b"\n" + json.dumps(said, ensure_ascii=False).encode()
        envelope = seal(content, Kind.INTERVIEW, delivery, public_key())
        take_from_app(phone, Letter(envelope, seal(b"\0", Kind.FLAG, delivery, public_key()), Channel.BROWSER))


def _newcomers(builder: Builder, today: date) -> Iterator[tuple[str, Mapping[str, Any]]]:
    day = today - timedelta(days=DAYS)
    place = str(builder.house.place_ids[0])
    returned = (day - timedelta(days=20)).isoformat()
    for facts in (NEW, _known_already(builder, today), NOT_TAKEN):
        asked = {"answers": {"service": "agrees", "monitoring": "agrees"}, "language": "en", **TOLD}
        both = {"child": {**asked, "capacity": "with_help"}, "caregiver": {**asked, "capacity": "not_judged"}}
        more = {"return_date": returned, "language": builder.programme.language, "asked": both, "day": day.isoformat()}
        yield "new_child", {"place": place, **more, **facts}


def _known_already(builder: Builder, today: date) -> Mapping[str, str]:
    """As a child of the same case worker is called; written down by somebody who did not know it."""
    numbers = range(FIRST, builder.programme.children)
    first = builder.house.teams[0], builder.house.teams[0].case_workers[0]
    life = next(draw_life(builder.programme, each, today) for each in numbers if builder.who_works_with(each) == first)
    return {**NEW, "name": life.name, "sex": life.sex, "age": "", "birth_date": life.birth_date.isoformat()}


def _not_asked(builder: Builder, today: date) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Of the first two children of whom a round is open: somebody was not there, somebody said no."""
    reasons = iter(("not_here", "refused"))
    for child in field_caseload(actor_of_person_id(builder.house.teams[0].case_workers[0])).children:
        due = next((each for each in child.due if each.point != CONTACT and each.state in OPEN), None)
        if due is None or "child" not in due.respondents or child.why_not:
            continue
        reason = next(reasons, None)
        if reason is None:
            return
        said = {"child": child.row.name, "point": due.point, "respondent": "child", "reason": reason}
        yield "not_asked", {**said, "day": today.isoformat()}
