"""The page for whoever runs the house, and one word for a watchdog."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from homeward.apps.operations.findings import Grade
from homeward.apps.operations.health import see_health, worst
from homeward.web.ui.asking import actor_of
from homeward.web.ui.words import say

NAMES = {
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
    }
    return render(request, "operations/health.html", context)


@login_not_required
@never_cache
@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """For a watchdog, which is told whether the server answers and reaches its database, and nothing more."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("down\n", status=503, content_type="text/plain")
    return HttpResponse("up\n", content_type="text/plain")
