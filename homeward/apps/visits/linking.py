"""A link to answer alone is contact: none is handed over in a time without contact."""

from __future__ import annotations

from uuid import UUID

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.cases.deciding import child_to_decide
from homeward.apps.surveys.links import FILL, MadeLink, make_link
from homeward.apps.visits.cards import quiet_on
from homeward.domain.problems import Problem, ProblemError


def hand_out_link(actor: Actor, code: str, form_id: UUID, respondent: str, hours: int) -> MadeLink:
    child = child_to_decide(actor, code, FILL)
    if quiet_on([child.pk], today_in(actor, child.organisation_id)):
        message, action = "This is a time without contact.", "Make the link when it is over."
        raise ProblemError(Problem("contact.quiet", message, action, status=409))
    return make_link(actor, child.pk, form_id, respondent, hours)
