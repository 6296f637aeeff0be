"""What the record of a visit said before it was corrected, or taken back: sealed as a whole, and read as rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.db.models import Max, Q
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.cases.gaps import gaps_from
from homeward.apps.visits.models import ActionOutcome, AgreedAction, Visit, VisitVersion
from homeward.apps.visits.sealing import BEFORE, WHY, content_of, promise_of, seal_for, why_of, words_of
from homeward.apps.visits.voices import voices_of
from homeward.domain.gaps import Source


@dataclass(frozen=True, slots=True)
class SaidBefore:
    """What had become of something agreed: said at the visit, or of what was agreed there."""

    who: str
    what: str
    kept: str
    on: date | None = None
    new_day: date | None = None
    because: str = ""
    told: str = ""
    need: str = ""


@dataclass(frozen=True, slots=True)
class Before:
    """Codes and words, as they stood. Days are days."""

    held_on: date
    held_mode: str
    child_seen: bool | None
    caregiver_seen: bool | None
    alone: str
    on_track: str
    harm: tuple[str, ...]
    harm_done: str
    next_on: date | None
    went: str
    observed: tuple[str, ...]
    words: str
    gaps: tuple[tuple[str, str], ...]  # sector, reason
    agreed: tuple[tuple[str, date, str], ...]  # who, by when, what
    kept: tuple[SaidBefore, ...]
    voices: tuple[tuple[str, str, str], ...]  # respondent, why nobody asked, and the key of the interview


@dataclass(frozen=True, slots=True)
class VersionRow:
    number: int
    reason: str
    why: str
    written_by: str
    written_at: datetime | None
    replaced_by: str
    replaced_at: datetime
    before: Before | None  # None once what people wrote has ended


def keep_version(actor: Actor, visit: Visit, reason: str, why: str) -> VisitVersion:
    """In the caller's transaction, with the child held, before anything of the visit is changed."""
    last = VisitVersion.objects.filter(visit=visit).order_by("number").last()
    row = VisitVersion(
        child_id=visit.child_id,
        visit=visit,
        number=last.number + 1 if last else 1,
        reason=reason,
        written_by_id=last.replaced_by_id if last else visit.closed_by_id,
        written_at=last.replaced_at if last else visit.closed_at,
        replaced_by_id=actor.person_id,
        replaced_at=timezone.now(),
    )
    row.why = seal_for(visit.child_id, row.pk, WHY, why)
    row.content = seal_for(visit.child_id, row.pk, BEFORE, json.dumps(_content(visit), ensure_ascii=False))
    row.save(force_insert=True)
    return row


def versions_seen(visit: Visit) -> int:
    return VisitVersion.objects.filter(visit=visit).aggregate(last=Max("number"))["last"] or 0


def versions_of(visit: Visit) -> tuple[VersionRow, ...]:
    """The newest first. Who may read it, and that it was read, is the caller's matter."""
    rows = VisitVersion.objects.filter(visit=visit).select_related("written_by", "replaced_by").order_by("-number")
    return tuple(
        VersionRow(
            row.number,
            row.reason,
            why_of(row),
            str(row.written_by or ""),
            row.written_at,
            str(row.replaced_by or ""),
            row.replaced_at,
            read_before(content_of(row)),
        )
        for row in rows
    )


def read_before(text: str) -> Before | None:
    if not text:
        return None
    told: dict[str, Any] = json.loads(text)
    given: dict[str, Any] = {each.name: told.get(each.name) for each in fields(Before)}
    given["held_on"] = date.fromisoformat(told["held_on"])
    given["next_on"] = date.fromisoformat(told["next_on"]) if told.get("next_on") else None
    for name in ("harm", "observed"):
        given[name] = tuple(told.get(name) or ())
    given["gaps"] = tuple(tuple(each) for each in told.get("gaps") or ())
    given["voices"] = tuple((*each, "")[:3] for each in told.get("voices") or ())
    given["kept"] = tuple(_said_before(*each) for each in told.get("kept") or ())
    given["agreed"] = tuple((who, date.fromisoformat(day), what) for who, day, what in told.get("agreed") or ())
    return Before(**given)


def _said_before(who: str, what: str, kept: str, on: str = "", new_day: str = "", *rest: str) -> SaidBefore:
    said_on, moved_to = (date.fromisoformat(day) if day else None for day in (on, new_day))
    return SaidBefore(who, what, kept, said_on, moved_to, *rest)


def _content(visit: Visit) -> dict[str, Any]:
    plain = ("held_mode", "child_seen", "caregiver_seen", "alone", "on_track", "harm", "harm_done", "went", "observed")
    agreed = AgreedAction.objects.filter(visit=visit, struck_at=None).order_by("made_at")
    said = ActionOutcome.objects.filter(Q(visit=visit) | Q(action__visit=visit), struck_at=None, action__struck_at=None)
    return {
        **{name: getattr(visit, name) for name in plain},
        "held_on": visit.held_on.isoformat() if visit.held_on else "",
        "next_on": visit.next_on.isoformat() if visit.next_on else "",
        "words": words_of(visit),
        "gaps": _pairs(gaps_from(Source.VISIT, visit.pk)),
        "agreed": [(row.who, row.by_when.isoformat(), promise_of(row)) for row in agreed],
        "kept": [_said(row) for row in said.select_related("action").order_by("on", "noted_at")],
        "voices": [(row.respondent, row.skipped, str(row.submission_id or "")) for row in voices_of(visit)],
    }


def _said(row: ActionOutcome) -> tuple[str, ...]:
    new_day = row.new_day.isoformat() if row.new_day else ""
    which = (row.action.who, promise_of(row.action), row.kept, row.on.isoformat())
    return (*which, new_day, row.because, row.told, row.need)


def _pairs(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(each) for each in rows]
