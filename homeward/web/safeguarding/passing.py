"""Passing something on: from the page of a child, and from a page that needs no account."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from homeward.apps.access.actors import permit
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.queries import find_child
from homeward.apps.safeguarding.channel import door, tell
from homeward.apps.safeguarding.models import Group
from homeward.apps.safeguarding.passing_on import pass_on
from homeward.web.cases.words import headline
from homeward.web.safeguarding.sealed import SealedForm, keys_in_page, written
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import posted


@never_cache
@require_http_methods(["GET", "POST"])
def pass_on_page(request: HttpRequest, code: str) -> HttpResponse:
    """Looks the same whatever was passed on before, and leads back to the same page."""
    actor = actor_of(request)
    # One look, whether somebody writes or goes back: who reads the list of looks learns nothing more.
    asked = request.method == "GET"
    child = open_child(actor, code, "overview", counts=False) if asked else find_child(actor, code)
    permit(actor, "sealed.write", organisation_id=child.organisation_id, team_id=child.team_id).require()
    form = SealedForm(posted(request))
    if request.method == "POST" and form.is_valid():
        attempt(form, lambda: pass_on(actor, child.row.id, form.marked()))
        if not form.errors:
            messages.success(request, _("It was sealed and passed on to the people named to protect children."), "good")
            return redirect("child", child.row.code)
    keys = keys_in_page(child.organisation_id, Group.FOCAL)
    context = {"child": child.row, "headline": headline(child.row), "form": form, "keys": keys}
    return render(request, "safeguarding/pass_on.html", context, status=422 if form.errors else 200)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def tell_page(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """Says neither whose page it is nor what it is for in so many words; leaves nothing in the browser."""
    found = door(organisation_id)
    form, sent = SealedForm(posted(request)), False
    if request.method == "POST" and form.is_valid():
        attempt(form, lambda: tell(organisation_id, form.envelope(), address_of(request)))
        sent = not form.errors
    context = {
        "form": form,
        "sent": sent,
        "contact": found.contact,
        "keys": " ".join(written(key) for key in found.keys),
    }
    return render(request, "safeguarding/tell.html", context, status=422 if form.errors else 200)


def address_of(request: HttpRequest) -> str:
    """Behind a proxy the last entry is the proxy's own word; what stands before it anybody may have written."""
    if settings.SECURE_PROXY_SSL_HEADER is not None:
        return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
