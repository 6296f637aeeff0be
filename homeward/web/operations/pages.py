"""The page for whoever runs the house, and one word for a watchdog."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from homeward.apps.access.actors import permit
from homeward.apps.operations.findings import Grade
from homeward.apps.operations.health import see_health, worst
from homeward.apps.operations.locking import LOCK, confirm_presence, lock_server, locks_at
from homeward.web.ui.asking import actor_of
from homeward.web.ui.locked import locked_page
from homeward.web.ui.words import say

NAMES = {
    "arrivals": _("Sealed interviews"),
    "backup": _("Backup of the data"),
    "certificate": _("Certificate"),
    "chain": _("Record of who did what"),
    "clock": _("Clock"),
    "clocks": _("Escalations"),
    "database": _("Database"),
    "disk": _("Disk"),
    "drill": _("Backup brought back as a trial"),
    "jobs": _("Jobs"),
    "key_backup": _("Backup of the keys"),
    "keys": _("Keys"),
    "lock": _("Lock"),
    "witness": _("Witness of the audit"),
    "worker": _("Worker"),
}


@require_GET
def health_page(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    findings = see_health(actor)
    rows = [{"name": NAMES[each.name], "grade": each.grade.name, "said": say(each.said)} for each in findings]
    context = {
        "pressing": [row for row in rows if row["grade"] != Grade.WELL.name],
        "well": [row for row in rows if row["grade"] == Grade.WELL.name],
        "worst": worst(findings).name,
        "may_lock": permit(actor, LOCK),
        "locks_at": locks_at(),
    }
    return render(request, "operations/health.html", context)


@require_http_methods(["GET", "POST"])
def lock(request: HttpRequest) -> HttpResponse:
    """Asks once, as one slip would send everybody home; and no more, as whoever has to press this key has no time."""
    actor = actor_of(request)
    if request.method == "POST":
        lock_server(actor, "page")
        return locked_page(settings.HOMEWARD_LOCK_WORDS)
    permit(actor, LOCK).require()
    return render(request, "operations/lock.html")


@require_POST
def here(request: HttpRequest) -> HttpResponse:
    confirm_presence(actor_of(request))
    return redirect("health-page")


@login_not_required
@never_cache
@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """For a watchdog, which is told whether the server answers and reaches its database, and nothing more."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("down\n", status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse("up\n", content_type="text/plain; charset=utf-8")
