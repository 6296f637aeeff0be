"""What left the house with a referral or with the case, told to the child."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy

from homeward.apps.retention.copies import Received
from homeward.web.cases.help_words import FIELDS, PASSED
from homeward.web.retention.interviews import long_day
from homeward.web.ui.words import apart, comma

HANDED: Mapping[str, Any] = {
    "send_referral": gettext_lazy("On {day} we asked {whom} for help and told them: {parts}."),
    "accept_transfer": gettext_lazy("On {day} your case was passed on to {whom}, with: {parts}."),
}
PARTS: Mapping[str, Any] = {**PASSED, **FIELDS}


def handed(row: Received) -> str:
    parts = comma().join(str(PARTS.get(part, part)) for part in row.parts)
    return str(HANDED[row.verb]).format(day=long_day(localtime(row.last).date()), whom=apart(row.whom), parts=parts)
