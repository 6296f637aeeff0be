"""What was promised at a visit: by whom, to whom, and for which day."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from homeward.apps.visits import choices as of

THEMSELVES = (of.Promiser.CHILD, of.Promiser.CAREGIVER)  # what they are to do was agreed with us


def promised_words(who: str, day: date) -> tuple[str, str]:
    label = str(of.Promiser(who).label)
    to = _("%(who)s, agreed with us") if who in THEMSELVES else _("%(who)s, to child and family")
    return to % {"who": label}, _("by %(day)s") % {"day": date_format(day, "DATE_FORMAT")}
