"""The journey of a child on one page: from departure to today on a line, then each moment, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from homeward.apps.access.actors import Actor
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.queries import ChildDetail
from homeward.apps.monitoring.episodes import Episode
from homeward.apps.monitoring.journey import Journey, Moment, journey_of
from homeward.apps.surveys.timeline import Timeline
from homeward.domain.protocol import Facts
from homeward.web.cases.frame import frame, may
from homeward.web.cases.help import may_refer
from homeward.web.monitoring.journey_strip import strip_of
from homeward.web.monitoring.journey_words import GROUPS, moment_words, returned
from homeward.web.ui.asking import actor_of
from homeward.web.ui.paging import page_of

ON_A_PAGE, NEWEST = 50, 5


@require_GET
def child_journey(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    child = open_child(actor, code, "journey")
    found = journey_of(actor, child.row.id)
    chosen = request.GET.get("of", "")
    chosen = chosen if chosen in found.groups else ""
    page = page_of(request, [each for each in found.moments if chosen in ("", each.group)], ON_A_PAGE)
    shared = frame(actor, child, "journey")
    context = {
        **shared,
        "page": page,
        "months": _months(page.rows, found, bool(shared["may"]["answers"])),
        "groups": [(name, GROUPS[name], name == chosen) for name in found.groups],
        "chosen": chosen,
        "strip": strip_of(found),
        "turns": bool(may(actor, "children.change", child)),
        "may_refer": bool(may_refer(actor, child)),
    }
    return render(request, "monitoring/journey.html", context)


def newest_moments(actor: Actor, child: ChildDetail, history: Timeline, followed: Facts) -> list[dict[str, Any]]:
    """For the first page of the record: what happened last, and nothing that is to come."""
    found = journey_of(actor, child.row.id, history, followed)
    past = [each for each in found.moments if each.day <= found.today]
    return [moment_words(each, False) for each in past[:NEWEST]]


def _months(rows: Sequence[Moment], found: Journey, answers: bool) -> list[dict[str, Any]]:
    """By month; where another episode begins, its heading comes first."""
    made: list[dict[str, Any]] = []
    before: object = None
    for (episode, month), moments in groupby(rows, key=lambda each: (_part(each, found), _month(each.day))):
        heading = "" if episode == before else _heading(episode, found.episodes)
        before = episode
        made.append(
            {"heading": heading, "month": month, "rows": [moment_words(each, answers) for each in moments]},
        )
    return made


def _month(day: date) -> date:
    return day.replace(day=1)


def _part(moment: Moment, found: Journey) -> int | None:
    """The place of the episode in which it was, -1 before the first of them; None for what is to come."""
    if moment.day > found.today:
        return None
    return sum(each.begins <= moment.day for each in found.episodes) - 1


def _heading(place: int | None, episodes: Sequence[Episode]) -> str:
    if place is None:
        return _("Still to come")
    if place < 0:
        return _("Before the return") if episodes else ""
    return episode_words(episodes[place])


def episode_words(episode: Episode) -> str:
    since = date_format(episode.begins, "DATE_FORMAT")
    title = _("Since the registration") if not episode.number else returned(str(episode.number))
    if episode.ends is not None:
        return _("{what}: {since} to {until}").format(
            what=title, since=since, until=date_format(episode.ends, "DATE_FORMAT")
        )
    return _("{what}: since {since}").format(what=title, since=since)
