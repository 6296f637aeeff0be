"""The next point of the follow-up, where somebody plans a visit: when, from when until when, and whom it asks what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from homeward.apps.access.actors import Actor
from homeward.apps.cases.queries import ChildDetail
from homeward.apps.surveys.form_queries import PublishedForm, instrument_of, published_forms
from homeward.apps.visits.clock import follow_up_of
from homeward.apps.visits.protocol import asked_at
from homeward.domain.fitting import is_asked_with
from homeward.domain.protocol import OPEN, FollowUp, Point, State
from homeward.domain.rounds import Voice
from homeward.web.cases.rounds import contact_words, round_label, tags
from homeward.web.ui import labels
from homeward.web.ui.words import in_language

TO_DO = (*OPEN, State.NOT_YET, State.PAUSED)


def next_point_words(actor: Actor, child: ChildDetail) -> dict[str, Any] | None:
    """None for whoever has no clock: nothing is asked of a peer of the host community, or after an end."""
    clock = follow_up_of(actor, child.row.id)
    point = _next(clock)
    contact = contact_words(clock.contact)
    if point is None:
        return {"contact": contact} if contact else None
    due = point.due
    until = due + timedelta(days=point.round.rule.tolerance(clock.risk)) if due is not None else None
    return {
        "label": round_label(point.round.rule),
        "due": due,
        "opens": point.round.opens,
        "until": until,
        "tags": tags(point),
        "paused": point.state is State.PAUSED,
        "asks": list(_asks(actor, child, point)),
        "contact": contact,
    }


def _next(clock: FollowUp) -> Point | None:
    """The one that is open, else the first that is still to come."""
    return next((each for each in clock.points if each.state in TO_DO), None)


def _asks(actor: Actor, child: ChildDetail, point: Point) -> list[dict[str, Any]]:
    """Each who is asked, and with which of the published forms; who has answered already is said so."""
    due = point.due or point.round.due
    band, voices = asked_at(actor, child.row.id, point.round, due)
    done = {who for who, _day in point.answered}
    forms = [form for form in published_forms(actor) if not form.encrypted]
    return [
        {
            "who": labels.RESPONDENTS.get(voice.respondent, voice.respondent),
            "forms": _titles(actor, forms, voice, band),
            "required": voice.required,
            "done": voice.respondent in done,
            "overheard": voice.respondent in point.overheard,
        }
        for voice in voices
    ]


def _titles(actor: Actor, forms: list[PublishedForm], voice: Voice, band: str) -> list[str]:
    """Of this respondent and family, for a child of this age group."""
    asked = (form for form in forms if is_asked_with(instrument_of(actor, form.id).about, voice, band))
    return [in_language(form.titles, actor.language) or form.instrument_id for form in asked]
