"""What every page knows: the name of the house, the sections its reader may open, whether this is a training copy."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from homeward.apps.access.actors import Actor
from homeward.apps.cases.waiting import how_many_approvals
from homeward.domain.permissions import Scope, scope_of
from homeward.web.ui.language import two_languages

logger = logging.getLogger("homeward")

# name of the page, first part of its address, icon, label, one of these permissions opens it (none: everybody); what
# waits for a person stands high enough to be seen on a phone without scrolling
SECTIONS = (
    ("today", "", "today", _("Today"), ()),
    ("children", "children", "children", _("Children"), ("children.see",)),
    ("approvals", "approvals", "check", _("Approvals"), ("plans.approve",)),
    ("team", "team", "people", _("Team"), ("team.see",)),
    (
        "escalations",
        "protection",
        "flag",
        _("Protection"),
        ("escalations.see", "staff_reports.see", "escalations.take_over"),
    ),
    ("inbox", "inbox", "inbox", _("Inbox"), ("inbox.see",)),
    (
        "violations",
        "violations",
        "warning",
        _("Violations of rights"),
        ("violations.see", "violations.count", "violations.record"),
    ),
    ("instruments", "instruments", "instruments", _("Instruments"), ("instruments.see",)),
    ("imports", "imports", "import", _("Import of answers"), ("answers.import",)),
    (
        "downloads",
        "downloads",
        "download",
        _("Downloads"),
        ("children.download", "scores.download", "answers.download"),
    ),
    ("people", "people", "people", _("People"), ("people.manage",)),
    ("teams", "teams", "teams", _("Teams"), ("people.manage",)),
    ("places", "places", "place", _("Places"), ("places.manage",)),
    ("transfers", "transfers", "inbox", _("Cases offered to us"), ("transfers.accept",)),
    ("services", "services", "teams", _("Services"), ("services.see",)),
    ("service-gaps", "gaps", "warning", _("Gaps in services"), ("gaps.see",)),
    ("devices", "devices", "devices", _("Devices"), ("devices.manage",)),
    ("emergencies", "emergencies", "warning", _("Emergencies"), ("emergencies.review",)),
    ("conflicts", "conflicts", "people", _("Conflicts of interest"), ("conflicts.manage",)),
    ("retention", "retention", "clock", _("Keep or end"), ("retention.review",)),
    ("retention-times", "retention", "clock", _("How long records stay"), ("retention.set",)),
    ("audit", "audit", "eye", _("Who did what"), ("audit.see",)),
    ("health-page", "house", "check", _("Health"), ("health.see",)),
    ("staff-note-new", "how-i-am", "caregiver", _("How I am"), ("staff_notes.write",)),
    ("me", "me", "settings", _("My settings"), ()),
)

# Sections that say how much waits there for whoever is signed in; asked for on every page, so each has to be cheap.
WAITING: Mapping[str, Callable[[Actor], int]] = {"approvals": how_many_approvals}
MOST_TOLD = 99


def page(request: HttpRequest) -> dict[str, Any]:
    return {
        "site_name": "Homeward",
        "training": settings.HOMEWARD_PROFILE == "demo",
        "sections": SimpleLazyObject(lambda: sections(request)),
        "two_languages": two_languages(request) if hasattr(request, "user") else None,
    }


def sections(request: HttpRequest) -> list[dict[str, Any]]:
    actor = getattr(request, "actor", None)
    if actor is None:
        return []
    here = request.path.strip("/").split("/")[0]
    return [
        {"url": reverse(name), "icon": icon, "label": label, "current": here == start, "waits": waits(actor, name)}
        for name, start, icon, label, permissions in SECTIONS
        if not permissions or any(opens(actor, permission) for permission in permissions)
    ]


def waits(actor: Actor, section: str) -> str:
    """Empty where nothing does. A page that tells of a fault is shown even where nothing can be counted."""
    number = 0
    if section in WAITING:
        try:
            number = WAITING[section](actor)
        except DatabaseError as error:
            logger.error("what waits under %s could not be counted: %s", section, type(error).__name__)
    return f"{MOST_TOLD}+" if number > MOST_TOLD else str(number or "")


def opens(actor: Any, permission: str) -> bool:
    return any(scope_of(role, permission) > Scope.NONE for role in actor.roles)
