"""What is told in confidence in the demo: keys under a passphrase that everybody knows, matters in several states, and
a few entries in the register. Everybody and everything in it is invented.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import uuid4

from django.db import transaction

from homeward.apps.access.actors import Actor, actor_of_person_id
from homeward.apps.safeguarding.channel import change_contact, tell
from homeward.apps.safeguarding.escalations import take_step
from homeward.apps.safeguarding.models import Group
from homeward.apps.safeguarding.passing_on import pass_on
from homeward.apps.safeguarding.programme_keys import confirm_programme_key, make_programme_key
from homeward.apps.safeguarding.queries import EscalationRow, list_escalations
from homeward.apps.safeguarding.raising import Sealed
from homeward.apps.safeguarding.recipients import keys_for
from homeward.apps.safeguarding.violations import ViolationFacts, record_violation
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.demo.building import Builder
from homeward.demo.cast import House
from homeward.demo.encrypting import encrypt
from homeward.demo.envelopes import make_pair, note, seal
from homeward.demo.lives import draw_life
from homeward.domain.envelope import Kind
from homeward.domain.escalations import Step
from homeward.formats.xform.filling import filled
from homeward.formats.xform.reading import read_form
from homeward.formats.xlsform.library import Library
from homeward.formats.xlsform.xform_building import to_xform

TOLD = (
    "My uncle hits me when he has been drinking. Please do not tell him that I said so.",
    "A man from the workshop follows me home. I am afraid to walk there.",
)
FROM_A_PHONE = "At the shop where I sleep the owner locks the door at night and keeps the key."
WHY = "She named her aunt as somebody she trusts. Staying there until Monday keeps her safe and in school."
RUN = (Step.START, Step.NOTE, Step.PROPOSE, Step.CLOSE)
VIOLATIONS = (
    *(("detained", 20 + 9 * number) for number in range(6)),
    ("family", 35),
    ("unsafe_handover", 60),
    ("belongings", 64),
    ("not_heard", 12),
)


def tell_in_confidence(builder: Builder, house: House, today: date) -> None:
    """All or nothing: a start that breaks off here begins it anew."""
    with transaction.atomic():
        _tell(builder, house, today)


def _tell(builder: Builder, house: House, today: date) -> None:
    first, second = (actor_of_person_id(person) for person in house.focal_points)
    keys = keys_for(house.organisation_id, Group.FOCAL)
    worker = actor_of_person_id(house.teams[0].case_workers[0])
    for at, words in enumerate(TOLD):
        code = draw_life(builder.programme, at * len(house.teams) * len(house.teams[0].case_workers), today).code
        pass_on(worker, code, Sealed(seal(note(words, code), Kind.DISCLOSURE, keys), ("high", "medium")[at]))
    rows = [row for row in list_escalations(first) if "disclosure" not in row.kinds]
    for at, row in enumerate(rows):  # one in each state on the way; where there are more, most are settled
        _work_on(first, second, row, keys, RUN[: len(RUN) - at] if at <= len(RUN) else RUN)
    _register(first, house, keys, today)
    _report_on_staff(house)
    _from_a_phone(builder, house, keys)


def _work_on(first: Actor, second: Actor, row: EscalationRow, keys: Sequence[bytes], steps: Sequence[Step]) -> None:
    for step in steps:
        why = seal(note(WHY, row.child_code), Kind.REASONING, keys)
        take_step(second if step is Step.CLOSE else first, row.id, step, why, "support")


def _register(actor: Actor, house: House, keys: Sequence[bytes], today: date) -> None:
    for at, (kind, days) in enumerate(VIOLATIONS):
        place = house.place_ids[at % len(house.place_ids)]
        facts = ViolationFacts(kind, today - timedelta(days=days), ("child", "caregiver", "monitor")[at % 3], place)
        record_violation(actor, facts, seal(note("As the child told it."), Kind.VIOLATION, keys))


def _report_on_staff(house: House) -> None:
    change_contact(actor_of_person_id(house.staff_channel[0]), "Room 4, Tuesdays, or a closed letter to that room")
    keys = keys_for(house.organisation_id, Group.STAFF)
    text = note("A colleague asks families for money before he fills in their forms.")
    tell(house.organisation_id, seal(text, Kind.STAFF_REPORT, keys), "127.0.0.1")


def _from_a_phone(builder: Builder, house: House, keys: Sequence[bytes]) -> None:
    """The programme's key, as a focal point's browser makes it and another confirms it, and one form that a phone has
    encrypted to it.
    """
    public, private = make_pair()
    sealed = seal(base64.b64encode(private).decode(), Kind.PROGRAMME_KEY, keys)
    first, second = (actor_of_person_id(person) for person in house.focal_points)
    confirm_programme_key(second, make_programme_key(first, public, sealed))
    form, instance_id = read_form(to_xform(Library().load("disclosure")).xml), f"uuid:{uuid4()}"
    answers = {"respondent": "child", "what_told": FROM_A_PHONE, "act_today": "unsure"}
    xml = filled(form, {item.path: answers.get(item.name, "") for item in form.questions}, instance_id)
    made = encrypt(xml, public, (form.id, form.version), instance_id)
    files = [Upload(name, "application/octet-stream", content) for name, content in made.files]
    receive(builder.phone_of(0), Delivery(made.manifest, files))
