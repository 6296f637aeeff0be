"""A link to answer alone is contact: in a time without contact none is handed over, and none opens."""

from __future__ import annotations

from uuid import UUID

from homeward.apps.access.actors import Actor, system_actor, today_in
from homeward.apps.cases.deciding import child_to_decide
from homeward.apps.cases.models import Child
from homeward.apps.surveys.link_makers import FILL
from homeward.apps.surveys.links import MadeLink, make_link, open_link
from homeward.apps.visits.cards import quiet_on
from homeward.domain.problems import Problem, ProblemError


def hand_out_link(actor: Actor, code: str, form_id: UUID, respondent: str, hours: int) -> MadeLink:
    child = child_to_decide(actor, code, FILL)
    if quiet_on([child.pk], today_in(actor, child.organisation_id)):
        message, action = "This is a time without contact.", "Make the link when it is over."
        raise ProblemError(Problem("contact.quiet", message, action, status=409))
    return make_link(actor, child.pk, form_id, respondent, hours)


def open_handed_out(token: str) -> str:
    """By whoever has it, of whom nobody knows who it is."""
    return open_link(token, _in_quiet_time)


def _in_quiet_time(child: Child) -> bool:
    return bool(quiet_on([child.pk], today_in(system_actor(child.organisation_id), child.organisation_id)))
