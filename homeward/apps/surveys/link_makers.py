"""Whoever made a link, with the rights of today: it opens only while they may still interview this child."""

from __future__ import annotations

from dataclasses import replace

from homeward.apps.access.actors import Actor, actor_of_person_id
from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases.models import Child
from homeward.apps.cases.queries import find_of
from homeward.apps.surveys.link_models import AnswerLink

FILL = "interviews.fill"


def maker_of(link: AnswerLink) -> Actor:
    return replace(actor_of_person_id(link.made_by_id), organisation_id=link.organisation_id)


def child_within_reach(link: AnswerLink) -> Child | None:
    """None once its maker has no account or no right to interview this child any more."""
    try:
        return find_of(maker_of(link), link.child_id, FILL, link.organisation_id)
    except NotVisible:
        return None
