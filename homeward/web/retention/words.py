"""Clocks, endings and reasons in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

CLOCKS: Mapping[str, Any] = {
    "monitoring": _("Who the child is, after the end of the case"),
    "silence": _("Who the child is, when nothing was heard for long"),
    "record": _("What people wrote, after the end of the case"),
    "unsettled": _("Interviews that match no child"),
    "refused": _("What arrived sealed and could not be taken"),
    "told": _("What was told in confidence and names no child, after it was closed"),
    "kept_apart": _("What was kept apart, after the decision"),
}
ENDS: Mapping[str, Any] = {
    "monitoring": _("Name, birth date and contacts go for ever. Coded answers and scores stay under the code."),
    "silence": _("Name, birth date and contacts go for ever. Coded answers and scores stay under the code."),
    "record": _("Every text, file and sealed note goes for ever. Coded answers and scores stay under the code."),
}
REASONS: Mapping[str, Any] = {
    "retention_ended": _("The time to keep it is over"),
    "erasure_asked": _("Somebody asked for the erasure"),
    "consent_withdrawn": _("Consent or assent was withdrawn"),
    "registered_by_mistake": _("The child was registered by mistake"),
}
ASKED_BY: Mapping[str, Any] = {
    "child": _("The child"),
    "guardian": _("A caregiver or guardian"),
    "authority": _("A court or an authority"),
    "organisation": _("We ourselves"),
}
REPORT: Mapping[str, Any] = {
    "interviews": _("interviews"),
    "files": _("files"),
    "kept_apart": _("kept apart"),
    "sealed_notes": _("sealed notes"),
    "visits": _("visits"),
    "attempts": _("attempts to reach the child"),
    "review_meetings": _("review meetings"),
    "relations": _("people of the family"),
    "referrals": _("referrals to services"),
    "record": _("entries of the record"),
    "marks": _("entries by which its name could be searched"),
    "tombstones": _("interviews refused if they are ever sent again"),
    "without_names": _("interviews from which names went"),
    "groups_to_read": _("group discussions of that time: read whether the child can be known from one"),
}


def report_words(report: Mapping[str, int]) -> list[tuple[Any, int]]:
    return [(REPORT[name], count) for name, count in report.items() if name in REPORT and count]
