"""Review meetings in a child's own copy, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from homeward.apps.monitoring.models import Heard, Part
from homeward.web.retention.interviews import long_day
from homeward.web.ui.words import apart, comma

HEARD: Mapping[str, Any] = {
    Heard.NOT_WANTED: gettext_lazy("You did not want to say anything there."),
    Heard.NOT_YET: gettext_lazy("You could not be asked before it."),
}


def meetings_aloud(meetings: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """How a meeting ended is not here: that is said in person."""
    for values in meetings:
        who = comma().join(str(Part(each).label) for each in values["took_part"])
        text = _("On {day} people met to look at your plan: {who}.")
        yield text.format(day=long_day(values["held_on"]), who=apart(who))
        if values["child_heard"] in HEARD:
            yield str(HEARD[values["child_heard"]])
        if values["child_view"]:
            yield _("You said: {words}").format(words=apart(values["child_view"]))
        if values["reason"]:
            yield _("The plan stayed as it was, because: {words}").format(words=apart(values["reason"]))
        if values["decided"]:
            yield _("It was decided: {words}").format(words=apart(values["decided"]))
        if values["check_on"]:
            yield _("On {day} somebody looks whether it helped.").format(day=long_day(values["check_on"]))
