"""Today: whose round is late, due or near, and what waits for a person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.emergency import emergencies
from homeward.apps.access.queries import new_readers, people
from homeward.apps.access.restoring import watched_restorations
from homeward.apps.access.volume import volumes
from homeward.apps.cases.conflicts import needing_somebody
from homeward.apps.cases.referrals import referrals_waiting
from homeward.apps.cases.transfers import offers_waiting
from homeward.apps.cases.waiting import how_many_approvals, overdue_checks
from homeward.apps.monitoring.called import count_called
from homeward.apps.retention.guardians import overrides_waiting
from homeward.apps.retention.listing import how_many_wait
from homeward.apps.safeguarding.programme_keys import announced_pairs
from homeward.apps.safeguarding.queries import notices
from homeward.apps.safeguarding.recipients import announced
from homeward.apps.surveys.form_queries import list_forms
from homeward.apps.surveys.models import FormStatus
from homeward.apps.surveys.recent_flags import RECENT, recent_flags
from homeward.apps.visits.queries import planned_on
from homeward.apps.visits.today import DueRow, Today
from homeward.apps.visits.today import today as todays
from homeward.domain.protocol import CONTACT, State
from homeward.web.cases.emergency import in_words
from homeward.web.cases.rounds import NOT_ASKED, STATES, round_label, state_tag
from homeward.web.ui import labels
from homeward.web.ui.asking import actor_of
from homeward.web.ui.paging import Page, page_number
from homeward.web.visits.follow_up import REASONS, said_now
from homeward.web.visits.sheets import rows_of

FIRST = 8  # of a list of what waits; the others are one tap away
GROUPS = (State.LATE, State.TOLERATED, State.DUE, State.COMING)  # what is late stands on top


@require_GET
def today(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    place = chosen_place(request)
    found = todays(actor, place_id=place, page=page_number(request))
    context = {
        "found": found,
        "groups": groups(found),
        "interviews": permit(actor, "interviews.fill"),
        "place": place,
        "reasons": REASONS,
        "said": said_now(request),
        "page": Page(list(found.rows), found.page, found.due),
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
        "referrals": referrals_waiting(actor),
        "offers": offers_waiting(actor),
        "first": FIRST,
        "reviews": dict(zip(("called", "overdue"), count_called(actor) or (0, 0), strict=True)),
    }
    return render(request, "surveys/today.html", context)


def chosen_place(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("place", ""))
    except ValueError:
        return None


def groups(found: Today) -> list[dict[str, Any]]:
    """By how late it is, and in each group by place."""
    made = []
    for state in GROUPS:
        rows = [due_words(row) for row in found.rows if row.due.state is state]
        label, kind, icon = STATES[state]
        if rows:
            made.append({"name": str(state), "label": label, "kind": kind, "icon": icon, "rows": rows})
    return made


def due_words(row: DueRow) -> dict[str, Any]:
    due = row.due
    return {
        "child": row.child,
        "what": _("Contact between the rounds") if due.rule is None else round_label(due.rule),
        "point": due.round or CONTACT,
        "due": due.due,
        "last": due.last,
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
