"""What came from the app of a community monitor: a teacher looks in on three children, and one observation is here."""

from __future__ import annotations

import json
from datetime import date, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from homeward.apps.access.actors import actor_of_device_id, actor_of_person_id
from homeward.apps.access.intake_keys import public_key, seal
from homeward.apps.access.queries import devices
from homeward.apps.access.services import enrol_device
from homeward.apps.cases.queries import find_child
from homeward.apps.cases.services import assign_child
from homeward.apps.surveys.field_forms import observation_forms, observation_xml
from homeward.apps.surveys.models import Channel
from homeward.apps.surveys.transport import Letter
from homeward.apps.visits.arriving import take_from_app
from homeward.apps.visits.monitor_children import monitor_list
from homeward.demo.building import FIRST, Builder
from homeward.demo.lives import draw_life
from homeward.domain.permissions import Role
from homeward.domain.transport import Kind
from homeward.formats.xform.filling import filled
from homeward.formats.xform.reading import read_form

LABEL = "Phone of the teacher, the app"
CHILDREN, DAYS = 3, 2  # how many, and how long ago
SEEN = {"respondent": "observer", "caregiver_consent": "yes", "seen_since": "yes", "like_others": "yes"}
SEEN |= {"well_cared_for": "dont_know", "changes": "new_caregiver", "call_back": "yes"}
BOUNDARY = "homeward-demo"


def observe_from_the_app(builder: Builder, today: date) -> None:
    """An earlier start may have done it."""
    house = builder.house
    team, worker = house.teams[0], house.teams[0].case_workers[0]
    if any(each.label == LABEL for each in devices(actor_of_person_id(team.supervisor or house.manager))):
        return
    given = enrol_device(builder.system, LABEL, Role.COMMUNITY_MONITOR, team_id=team.id)
    day = today - timedelta(days=DAYS)
    for code in _codes(builder, worker, today):
        assign_child(builder.system, find_child(builder.system, code).row.id, device_id=given.device_id, since=day)
    _send(given.device_id, day)


def _codes(builder: Builder, worker: UUID, today: date) -> list[str]:
    """The last of one caseload: those before have more to show."""
    numbers = [each for each in range(FIRST, builder.programme.children) if builder.who_works_with(each)[1] == worker]
    return [draw_life(builder.programme, each, today).code for each in numbers[-CHILDREN:]]


def _send(phone: UUID, day: date) -> None:
    """Of the first on the list of that phone, where there is anybody on it."""
    actor = actor_of_device_id(phone)
    listed, published = monitor_list(actor).children, observation_forms(actor)
    if not listed or not published:
        return
    form_id, code = published[0].published.id, listed[0].code
    delivery = uuid5(NAMESPACE_URL, f"homeward-demo observation {code} {day}")
    form = read_form(observation_xml(actor, form_id, ""))
    said = {**SEEN, "child_listed": code, "child_code": code, "interview_date": day.isoformat()}
    xml = filled(form, {item.path: said.get(item.name, "") for item in form.questions}, f"uuid:{delivery}")
    disposition = 'Content-Disposition: form-data; name="xml_submission_file"; filename="submission.xml"'
    part = f"--{BOUNDARY}\r\n{disposition}\r\nContent-Type: text/xml\r\n\r\n".encode()
    body = part + xml + f"\r\n--{BOUNDARY}--\r\n".encode()
    head = {"type": f"multipart/form-data; boundary={BOUNDARY}", "channel": "browser", "form": str(form_id)}
    content = json.dumps({**head, "child": code}).encode() + b"\n" + body
    envelope = seal(content, Kind.INTERVIEW, delivery, public_key())
    take_from_app(actor, Letter(envelope, seal(b"\0", Kind.FLAG, delivery, public_key()), Channel.BROWSER))
