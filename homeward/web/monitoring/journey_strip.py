"""From departure to today on one line: episodes, rounds and steps, each on a lane of its own. Places are whole per
cents, because the page allows no style attributes; the same stands in a table for whoever does not see the drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from homeward.apps.monitoring.episodes import Episode
from homeward.apps.monitoring.journey import Journey, Moment
from homeward.domain.lifecycle import STATUS_OF
from homeward.domain.protocol import OPEN, Point, State
from homeward.web.cases.drawing import Axis
from homeward.web.cases.plan_words import STEPS, reason_words
from homeward.web.cases.rounds import open_words, round_label, state_tag
from homeward.web.monitoring.journey_words import joined, returned
from homeward.web.ui.words import comma

SHAPES = {State.DONE: "done", State.PARTLY: "partly", State.MISSED: "missed", State.PAUSED: "later"}
LEAST = 1  # per cent that a bar is wide, however short the time


@dataclass(frozen=True, slots=True)
class Bar:
    """From a day until a day; `css` says what it is."""

    start: int
    width: int
    css: str
    words: str


def strip_of(found: Journey) -> dict[str, Any] | None:
    """None where nothing has a day yet."""
    past = [each for each in found.moments if each.day <= found.today]
    if not past or found.first >= found.today:
        return None
    axis = Axis(found.first, found.today)
    episodes, steps = list(_episodes(found, axis)), list(_steps(found, axis))
    points = [point for episode in found.episodes for point in episode.points if _drawn(point, episode, found.today)]
    marks = [_mark(point, axis, found) for point in points]
    now = next((each for each in found.moments if each.kind == "step" and each.day <= found.today), None)
    return {
        "ticks": axis.ticks(),
        "episodes": episodes,
        "marks": marks,
        "steps": steps,
        "open_now": [words for point in _open(found) if (words := _open_aloud(point, found))],
        "step_now": STEPS[now.codes[0]] if now is not None else "",
        "alone": _aloud(found, points),
        "table": list(_table(found, points)),
    }


def _open(found: Journey) -> list[Point]:
    """Those that have begun, though their day may be to come."""
    return [point for episode in found.episodes for point in episode.points if point.round.opens <= found.today]


def _open_aloud(point: Point, found: Journey) -> str:
    words = _still_open(point, found)
    return joined(round_label(point.round.rule), words) if words else ""


def _still_open(point: Point, found: Journey) -> str:
    moves = _moves(found)
    return open_words(point, found.today, running=not moves or STATUS_OF.get(moves[-1].codes[0]) == "open")


def _drawn(point: Point, episode: Episode, today: date) -> bool:
    """What lies between the first day and today: a round that is to come is no part of the journey yet."""
    return point.round.due <= today and point.state not in (State.NOT_YET, State.ENDED)


def _bar(axis: Axis, since: date, until: date, css: str, words: str) -> Bar:
    start = axis.at(max(since, axis.first))
    return Bar(start, max(axis.at(min(until, axis.last)) - start, LEAST), css, words)


def _episodes(found: Journey, axis: Axis) -> Iterator[Bar]:
    """Where the child was here; what lies between is the time away."""
    last = next(iter(reversed(_moves(found))), None)
    died = last.day if last is not None and last.codes[1] == "death" else None
    for each in found.episodes:
        until = each.ends or died
        words = joined(_episode(each), _until(each.begins, until))
        yield _bar(axis, each.begins, until or axis.last, "here", words)


def _episode(each: Episode) -> str:
    return returned(str(each.number)) if each.number else _("Since the registration")


def _until(since: date, until: date | None) -> str:
    first = date_format(since, "DATE_FORMAT")
    return f"{first} – {date_format(until, 'DATE_FORMAT')}" if until else first


def _moves(found: Journey) -> list[Moment]:
    moves = [each for each in reversed(found.moments) if each.kind == "step" and each.day <= found.today]
    return sorted(moves, key=lambda each: each.day)


def _steps(found: Journey, axis: Axis) -> Iterator[Bar]:
    moves = _moves(found)
    for place, each in enumerate(moves):
        until = moves[place + 1].day if place + 1 < len(moves) else axis.last
        ended = STATUS_OF.get(each.codes[0]) != "open"
        css = "over" if ended else "odd" if place % 2 else "even"
        yield _bar(axis, each.day, until, css, joined(STEPS[each.codes[0]], _until(each.day, None)))


def _mark(point: Point, axis: Axis, found: Journey) -> dict[str, Any]:
    words = joined(round_label(point.round.rule), _standing(point, found), _until(point.round.due, None))
    shape = "partly" if point.overheard and point.state not in OPEN else SHAPES.get(point.state, "open")
    return {"at": axis.at(max(point.round.due, axis.first)), "shape": shape, "words": words}


def _standing(point: Point, found: Journey) -> str:
    listened = _("others listened") if point.overheard else ""
    return joined(state_tag(point.state)["text"], listened, _still_open(point, found))


def _aloud(found: Journey, points: Iterable[Point]) -> str:
    """The drawing in one sentence."""
    rounds = list(points)
    done = sum(point.state is State.DONE and not point.overheard for point in rounds)
    count = len(found.episodes)
    parts = [
        _("From {first} to {last}").format(
            first=date_format(found.first, "DATE_FORMAT"), last=date_format(found.today, "DATE_FORMAT")
        ),
        ngettext("{count} return", "{count} returns", count).format(count=count) if count else "",
        ngettext("{count} round, {done} done", "{count} rounds, {done} done", len(rounds)).format(
            count=len(rounds), done=done
        )
        if rounds
        else "",
    ]
    return comma().join(part for part in parts if part)


def _table(found: Journey, points: Iterable[Point]) -> Iterator[dict[str, Any]]:
    """What the drawing shows, by day."""
    rows = [(each.begins, _("Return"), _until(each.begins, each.ends)) for each in found.episodes]
    rows += [(each.round.due, round_label(each.round.rule), _standing(each, found)) for each in points]
    rows += [
        (each.day, str(STEPS[each.codes[0]]), reason_words(each.codes[1]) if each.codes[1] else "")
        for each in _moves(found)
    ]
    for day, what, more in sorted(rows, key=lambda row: row[0]):
        yield {"day": day, "what": what, "more": more}
