"""Today: whose round is late, due or near, and what waits for a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.emergency import emergencies
from homeward.apps.access.field_app import grant_of_work
from homeward.apps.access.queries import colleagues, new_readers, people
from homeward.apps.access.restoring import watched_restorations
from homeward.apps.access.volume import volumes
from homeward.apps.cases.conflicts import needing_somebody
from homeward.apps.cases.referrals import referrals_waiting
from homeward.apps.cases.transfers import offers_waiting
from homeward.apps.cases.waiting import how_many_approvals, overdue_checks
from homeward.apps.monitoring.called import count_called
from homeward.apps.monitoring.note_words import unseen_words
from homeward.apps.retention.guardians import overrides_waiting
from homeward.apps.retention.listing import how_many_wait
from homeward.apps.safeguarding.programme_keys import announced_pairs
from homeward.apps.safeguarding.queries import notices
from homeward.apps.safeguarding.recipients import announced
from homeward.apps.surveys.form_queries import list_forms
from homeward.apps.surveys.models import FormStatus
from homeward.apps.surveys.recent_flags import RECENT, recent_flags
from homeward.apps.visits import choices as of
from homeward.apps.visits.queries import planned_on
from homeward.apps.visits.today import PAGE, By, DueRow, Today, Wanted
from homeward.apps.visits.today import today as todays
from homeward.domain.protocol import CONTACT, State
from homeward.web.cases.emergency import in_words
from homeward.web.cases.rounds import NOT_ASKED, STATES, round_label, state_tag
from homeward.web.surveys.today_parts import HIGH, PARTS, TOP, section, sections, within
from homeward.web.ui import labels
from homeward.web.ui.asking import actor_of
from homeward.web.ui.paging import Page, page_number, page_of
from homeward.web.visits.follow_up import REASONS, said_now
from homeward.web.visits.sheets import rows_of

FIRST = 5  # of a list of what waits; the others are one tap away
MOST = 30  # rows of the page, the due children first
GROUPS = (State.LATE, State.TOLERATED, State.DUE, State.COMING)  # what is late stands on top
ORDERS = {
    By.URGENCY: _("What is late first"),
    By.DAY: _("By day"),
    By.PLACE: _("By place"),
    By.WAY: _("By the way of contact"),
}
WAYS = {each.value: each.label for each in of.ON_CARD}


@require_GET
def today(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    wanted = chosen(request, actor)
    found = todays(actor, wanted, page=page_number(request))
    context = {
        "found": found,
        "groups": groups(found, wanted.by),
        "interviews": permit(actor, "interviews.fill"),
        "in_the_field": grant_of_work(actor) is not None,
        **filters(actor, wanted),
        "reasons": REASONS,
        "said": said_now(request),
        "page": Page(list(found.rows), found.page, found.due, PAGE),
        "flags": flags(actor),
        "flag_days": RECENT.days,
        "links": links(actor, found),
        "readers": new_readers(actor),
        "emergencies": in_words(emergencies(actor)),
        "volumes": volumes(actor),
        "approvals": how_many_approvals(actor),
        "checks": overdue_checks(actor)[:FIRST],
        "alone": needing_somebody(actor)[:FIRST],
        "restorations": watched_restorations(actor),
        "waiting": [(row, labels.SEVERITY.get(row.severity, row.severity)) for row in notices(actor)[:FIRST]],
        "new_keys": announced(actor),
        "new_pairs": announced_pairs(actor),
        "roles": actor.roles,
        "to_keep_or_end": how_many_wait(actor),
        "for_guardians": overrides_waiting(actor)[:FIRST],
        "visits": rows_of(planned_on(actor, actor.today())),
        "words": unseen_words(actor),
        "referrals": referrals_waiting(actor),
        "offers": offers_waiting(actor),
        "first": FIRST,
        "reviews": dict(zip(("called", "overdue"), count_called(actor) or (0, 0), strict=True)),
    }
    shown = within(sections(actor), MOST - rows_shown(context))
    context["top"] = [each for each in shown if each[0].name in TOP]
    context["high"] = [each for each in shown if each[0].name in HIGH]
    context["low"] = [each for each in shown if each[0].name not in HIGH | TOP]
    context["parts"] = shown
    return render(request, "surveys/today.html", context)


@require_GET
def today_part(request: HttpRequest, part: str) -> HttpResponse:
    """All rows of one section."""
    actor = actor_of(request)
    if part not in PARTS:
        raise Http404
    found = section(actor, part)
    return render(request, "surveys/today_part.html", {"found": found, "page": page_of(request, found.rows)})


def rows_shown(context: dict[str, Any]) -> int:
    """Of all lists besides the counted sections, as the page shows them."""
    lists = ("checks", "alone", "waiting", "for_guardians", *WHOLE)
    referrals = context["referrals"]
    return (
        len(context["found"].rows)
        + sum(min(SHOWN, len(context[name])) for name in ("flags", "visits"))
        + (min(FIRST, len(referrals.codes)) if referrals.overdue else 0)
        + sum(len(context[name]) for name in lists)
    )


WHOLE = ("emergencies", "volumes", "readers", "new_keys", "new_pairs", "restorations")
SHOWN = 3  # flags and visits; the others fold out, or stand on a page of their own


def chosen(request: HttpRequest, actor: Actor) -> Wanted:
    """What cannot be understood filters nothing."""
    asked = request.GET
    worker = as_id(asked.get("worker", ""))
    return Wanted(
        as_id(asked.get("place", "")),
        worker if worker in colleagues(actor, "interviews.fill") else None,
        asked.get("way", "") if asked.get("way", "") in WAYS else "",
        late="late" in asked,
        day=as_day(asked.get("day", "")),
        by=By(asked["by"]) if asked.get("by", "") in tuple(By) else By.URGENCY,
    )


def filters(actor: Actor, wanted: Wanted) -> dict[str, Any]:
    narrowed = any((wanted.place_id, wanted.worker_id, wanted.way, wanted.late, wanted.day))
    return {
        "place": wanted.place_id,
        "wanted": wanted,
        "narrowed": narrowed,
        "chosen": narrowed or wanted.by is not By.URGENCY,
        "workers": colleagues(actor, "interviews.fill") if "supervisor" in actor.roles else {},
        "ways": WAYS,
        "orders": ORDERS,
    }


def as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def as_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def groups(found: Today, by: By = By.URGENCY) -> list[dict[str, Any]]:
    """By how late it is, and in each group by place; or by what was asked for."""
    if by is not By.URGENCY:
        return [
            {"name": f"{by}-{at}", "label": label, "kind": "", "icon": ICONS[by], "rows": due_rows(list(rows))}
            for at, (label, rows) in enumerate(groupby(found.rows, KEYS[by]))
        ]
    made = []
    for state in GROUPS:
        rows = due_rows([row for row in found.rows if row.due.state is state])
        label, kind, icon = STATES[state]
        if rows:
            made.append({"name": str(state), "label": label, "kind": kind, "icon": icon, "rows": rows})
    return made


ICONS = {By.DAY: "clock", By.PLACE: "place", By.WAY: "people"}
KEYS: dict[By, Callable[[DueRow], str]] = {
    By.DAY: lambda row: date_format(row.due.due, "DATE_FORMAT"),
    By.PLACE: lambda row: row.child.place or gettext("No place"),
    By.WAY: lambda row: str(WAYS.get(row.way, gettext("No way said yet"))),
}


def due_rows(rows: Sequence[DueRow]) -> list[dict[str, Any]]:
    """Of those of one trip the first says how many they are."""
    made, told = [], set()
    for row in rows:
        trip = (row.due.due, row.due.place_id)
        first = row.trip > 1 and trip not in told
        told.add(trip)
        made.append({**due_words(row), "trip": row.trip if first else 0})
    return made


def due_words(row: DueRow) -> dict[str, Any]:
    due = row.due
    return {
        "child": row.child,
        "what": _("Contact between the rounds") if due.rule is None else round_label(due.rule),
        "point": due.round or CONTACT,
        "due": due.due,
        "last": due.last,
        "state": STATES[due.state],
        "workers": row.workers,
        "lost": row.lost,
        "way": WAYS.get(row.way, ""),
        "place_id": due.place_id,
        "undated": due.undated,
        "missing": [NOT_ASKED.get(name, name) for name in due.missing] if due.answered else [],
        "contact": state_tag(due.contact) if due.contact is not None else None,
        "may_explain": due.state is not State.COMING,
        "unexplained": [(each.round.code, round_label(each.round.rule)) for each in row.unexplained],
    }


def flags(actor: Actor) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "words": labels.FLAGS.get(row.kind, row.kind),
            "degree": labels.SEVERITY.get(row.severity, row.severity),
            "who": labels.RESPONDENTS.get(row.respondent, row.respondent),
        }
        for row in recent_flags(actor)
    ]


def to_publish(actor: Actor) -> int | None:
    """Instruments that wait for a second person, where this one may publish."""
    if not permit(actor, "instruments.publish"):
        return None
    return sum(row.status == FormStatus.PROPOSED for row in list_forms(actor))


def to_confirm(actor: Actor) -> int | None:
    """Roles that wait for this person as the second one."""
    if not permit(actor, "people.manage"):
        return None
    return sum(role.may_confirm for person in people(actor) for role in person.roles) or None


def links(actor: Actor, found: Today) -> list[dict[str, Any]]:
    """For those who do not interview: where their work is."""
    offers = (
        ("inbox.see", "inbox", "inbox", _("Inbox")),
        ("children.see", "children", "children", _("Children")),
        ("instruments.see", "instruments", "instruments", _("Instruments")),
        ("scores.download", "downloads", "download", _("Downloads")),
        ("people.manage", "people", "people", _("People")),
        ("devices.manage", "devices", "devices", _("Devices")),
        ("places.manage", "places", "place", _("Places")),
        ("protocols.set", "protocols", "clock", _("Protocols")),
    )
    counts = {"inbox": found.waiting, "instruments": to_publish(actor), "people": to_confirm(actor)}
    return [
        {"url": name, "icon": icon, "label": label, "count": counts.get(name)}
        for permission, name, icon, label in offers
        if permit(actor, permission)
    ]
