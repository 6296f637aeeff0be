"""A child's scores as panels, one a dimension, and as one table of the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from homeward.apps.access.actors import Actor
from homeward.apps.surveys.form_queries import list_forms
from homeward.apps.surveys.timeline import Point as ScoredPoint
from homeward.apps.surveys.timeline import Timeline
from homeward.web.cases.drawing import Break, Mark, Plot, Point, draw, is_own
from homeward.web.ui import labels
from homeward.web.ui.words import comma, two_decimals

ORDER = ("economic", "social", "psychosocial")


def about_child(actor: Actor) -> Callable[[ScoredPoint], bool]:
    """What a caregiver says of the own situation stands on the other tab and is never mixed with the child's. Whoever
    is grown up meanwhile speaks of what is asked here.
    """
    subjects = {row.instrument_id: row.subject for row in list_forms(actor)}
    return lambda scored: scored.of_self or subjects.get(scored.instrument_id, "child") == "child"


def points_of(timeline: Timeline, which: Callable[[ScoredPoint], bool], with_addresses: bool) -> dict[str, list[Point]]:
    """By dimension; each point knows the answers behind it, for whoever may see answers."""
    found: dict[str, list[Point]] = {}
    for series in timeline.series:
        for scored in (each for each in series.points if which(each)):
            behind = f"{reverse('submission', args=[scored.submission_id])}?of={series.dimension}"
            point = drawn(scored, series.respondent, behind if with_addresses else "")
            found.setdefault(series.dimension, []).append(point)
    return found


def drawn(scored: ScoredPoint, respondent: str, address: str) -> Point:
    return Point(
        day=scored.on,
        respondent=respondent,
        value=scored.value,
        answered=scored.answered,
        applicable=scored.applicable,
        enough=scored.enough,
        reason=why_none(scored),
        instrument=scored.instrument_id,
        version=scored.version,
        band=scored.band,
        weight_set=scored.weight_set,
        scorer=scored.scorer_version,
        interview=str(scored.submission_id),
        address=address,
        overheard=scored.overheard,
    )


def why_none(scored: ScoredPoint) -> str:
    if not scored.applicable:
        return "nothing_to_score"
    return "not_enough_answers" if not scored.enough else "needed_answer_missing"


def panels(points: Mapping[str, list[Point]], start: date | None) -> list[dict[str, Any]]:
    known = [name for name in ORDER if name in points]
    rest = sorted(name for name in points if name not in ORDER)
    return [panel(name, draw(name, points[name], start)) for name in (*known, *rest)]


def panel(name: str, plot: Plot) -> dict[str, Any]:
    return {
        "name": name,
        "css": name if name in ORDER else "other",
        "icon": name if name in ORDER else "instruments",
        "label": labels.DIMENSIONS.get(name, name),
        "half": number_format("0.5"),
        "latest": [spoken(point) for point in plot.latest],
        "marks": [marked(mark) for mark in plot.marks],
        "lines": plot.lines,
        "breaks": [broken(each) for each in plot.breaks],
        "ticks": plot.ticks,
    }


def spoken(point: Point) -> dict[str, Any]:
    return {
        "respondent": point.respondent,
        "who": labels.RESPONDENTS.get(point.respondent, point.respondent),
        "shown": point.value,
        "answered": point.answered,
        "applicable": point.applicable,
        "marked": point.value is not None and not point.enough,
        "overheard": point.overheard,
        "day": point.day,
        "address": point.address,
        "reason_text": labels.NO_SCORE.get(point.reason, point.reason),
    }


def marked(mark: Mark) -> dict[str, Any]:
    """The words say everything the mark shows: who, when, how much, and how much of it rests on answers."""
    point = mark.point
    value = two_decimals(point.value) if point.value is not None else labels.NO_SCORE.get(point.reason, point.reason)
    words = _("%(who)s, %(day)s: %(value)s (%(answered)d of %(applicable)d answered)") % {
        "who": labels.RESPONDENTS.get(point.respondent, point.respondent),
        "day": date_format(point.day, "DATE_FORMAT"),
        "value": value,
        "answered": point.answered,
        "applicable": point.applicable,
    }
    if point.overheard:
        words = f"{words}{comma()}{_('others listened')}"
    shape = "none" if point.value is None else "child" if is_own(point) else "caregiver"
    return {"at": mark.at, "up": mark.up, "shape": shape, "words": words, "address": point.address}


def broken(each: Break) -> dict[str, Any]:
    return {"at": each.at, "late": each.late, "label": break_words(each.reasons)}


def break_words(reasons: Iterable[str]) -> str:
    """Why two scores are not compared."""
    known = ("band",) if "band" in reasons else tuple(reasons)  # a new band brings its own instrument
    return comma().join(str(labels.BREAKS[name]) for name in known)


def table(points: Mapping[str, list[Point]], shown: Iterable[str]) -> list[dict[str, Any]]:
    """One row an interview, the newest first, one column a dimension."""
    names = list(shown)
    rows: dict[tuple[date, str, str], dict[str, Any]] = {}
    for name in names:
        for point in points[name]:
            key = (point.day, point.respondent, point.interview)
            row = rows.setdefault(key, {"point": point, "cells": dict.fromkeys(names)})
            row["cells"][name] = spoken(point)
    ordered = sorted(rows.items(), key=lambda entry: entry[0], reverse=True)
    return [
        {
            **spoken(row["point"]),
            "point": row["point"],
            "cells": [(labels.DIMENSIONS.get(name, name), cell) for name, cell in row["cells"].items()],
        }
        for _key, row in ordered
    ]
