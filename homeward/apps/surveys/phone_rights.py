"""What a phone may send sealed, beside what its caseload says. Asked again when something is opened later."""

from __future__ import annotations

from homeward.apps.access.actors import Actor
from homeward.apps.surveys.body import Body
from homeward.apps.surveys.intake import refuse_other_forms
from homeward.apps.surveys.models import Channel
from homeward.domain.permissions import Role
from homeward.domain.problems import Problem, ProblemError
from homeward.formats import safe_xml
from homeward.formats.xform.submission import read_meta


def refuse_beyond(actor: Actor, came_by: str, body: Body, *, is_note: bool) -> None:
    """A phone that was enrolled for interviews sends no notes, whoever's caseload it carries; the app of a community
    monitor sends observations, and nothing else.
    """
    if actor.kind != "device" or Role.FIELD_APP in actor.roles:
        return
    if is_note:
        message, action = "This phone may send interviews, and nothing else.", "Tell your supervisor. Delete nothing."
        raise ProblemError(Problem("note.not_of_this_phone", message, action, status=403))
    if Role.COMMUNITY_MONITOR in actor.roles and came_by != Channel.COLLECT:
        refuse_other_forms(read_meta(safe_xml.parse(body.xml)))


def told_way(said: str, came_by: str) -> Channel:
    """What our own client sent is never as if it had come in clear, whatever it says of itself."""
    channel = Channel(said or came_by)
    return Channel(came_by) if channel == Channel.COLLECT else channel
