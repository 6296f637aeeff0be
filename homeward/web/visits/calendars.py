"""A person's days for a calendar outside, and the wish for a mail in the morning."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods

from homeward.apps.access.actors import permit
from homeward.apps.visits.calendars import Calendar, calendar_of, end_feed, feed_since, make_feed
from homeward.apps.visits.reminding import wish_for_mail, wishes_mail
from homeward.web.ui.asking import actor_of
from homeward.web.ui.once import shown_once

KIND = "text/calendar; charset=utf-8"


@shown_once("my-calendar")
@never_cache
@sensitive_variables("token", "address")
@require_http_methods(["GET", "POST"])
def my_calendar(request: HttpRequest) -> HttpResponse:
    """The address is shown once, in the answer to the tap that made it."""
    actor = actor_of(request)
    permit(actor, "interviews.fill").require()
    address = ""
    if request.method == "POST":
        step = request.POST.get("step", "")
        if step == "make":
            token = make_feed(actor)
            address = request.build_absolute_uri(reverse("calendar", args=[token]))
        else:
            _other_step(request, step)
            return redirect("my-calendar")
    context = {"address": address, "since": feed_since(actor), "mail": wishes_mail(actor)}
    return render(request, "visits/my_calendar.html", context)


def _other_step(request: HttpRequest, step: str) -> None:
    actor = actor_of(request)
    if step == "end":
        end_feed(actor)
        messages.success(request, _("The address opens nothing any more."), extra_tags="good")
    elif step in ("mail", "no-mail"):
        wish_for_mail(actor, step == "mail")
        messages.success(request, _("Your settings are saved."), extra_tags="good")


@never_cache
@sensitive_variables("token")
@login_not_required
@require_GET
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Asked for by a calendar, which signs in nowhere. An address that is no more is one that never was."""
    found = calendar_of(token)
    with translation.override(found.language):
        return HttpResponse(_text(found), content_type=KIND)


def _text(found: Calendar) -> str:
    """RFC 5545, days alone: no place, no name, no word of what it is about."""
    now = timezone.now().strftime("%Y%m%dT%H%M%SZ")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//calendar//EN", "METHOD:PUBLISH"]
    for each in found.days:
        for number in range(1, each.count + 1):
            title = _("Appointment %(number)d") % {"number": number}
            day = each.day.strftime("%Y%m%d")
            lines += [
                *("BEGIN:VEVENT", f"UID:{found.key}-{day}-{number}", f"DTSTAMP:{now}"),
                *(f"DTSTART;VALUE=DATE:{day}", f"SUMMARY:{title}", "TRANSP:TRANSPARENT", "END:VEVENT"),
            ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])
