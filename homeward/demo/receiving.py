"""Keys for those of the cast who receive what is told in confidence, under a passphrase that the sign-in page shows."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings

from homeward.apps.access.actors import actor_of_person_id
from homeward.apps.safeguarding.models import Group
from homeward.apps.safeguarding.recipients import enrol_recipient
from homeward.demo.envelopes import make_key


def give_keys(focal_points: Sequence[UUID], staff_channel: Sequence[UUID]) -> None:
    for group, people in ((Group.FOCAL, focal_points), (Group.STAFF, staff_channel)):
        for person in people:
            enrol_recipient(actor_of_person_id(person), group, *make_key(settings.HOMEWARD_DEMO_PASSPHRASE))
