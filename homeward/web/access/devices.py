"""Phones that collect: enrolled with a code to scan, cut off with one key."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import segno
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.models import RoleChoices
from homeward.apps.access.queries import case_workers, devices, find_device, teams
from homeward.apps.access.services import LONGEST_DEVICE_LIFE, EnrolledDevice, enrol_device, revoke_device
from homeward.domain.permissions import COLLECTING_ROLES, Role
from homeward.formats.collect import collect_settings
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import PlainForm, posted
from homeward.web.ui.once import shown_once
from homeward.web.ui.paging import page_of


class DeviceForm(PlainForm):
    label = forms.CharField(
        label=gettext_lazy("Label"),
        max_length=80,
        help_text=gettext_lazy("What is written on the back of the phone. No name of a child."),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("What it is used for"),
        widget=forms.RadioSelect,
        choices=lambda: [(code, str(label)) for code, label in RoleChoices.choices if code in COLLECTING_ROLES],
    )
    team = forms.ChoiceField(label=gettext_lazy("Team"), required=False)
    person = forms.ChoiceField(
        label=gettext_lazy("Whose caseload it carries"),
        required=False,
        help_text=gettext_lazy("The phone lists these children by code, initials and age group, and nothing else."),
    )
    days = forms.IntegerField(
        label=gettext_lazy("Days until it expires"), min_value=1, max_value=LONGEST_DEVICE_LIFE, initial=365
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = [("", _("None")), *((str(team.id), team.name) for team in teams(actor))]
        workers = {str(person.id): person.display_name for person in case_workers(actor)}
        self.fields["team"].choices = groups  # type: ignore[attr-defined]
        self.fields["person"].choices = [("", _("Only children assigned to the phone itself")), *workers.items()]  # type: ignore[attr-defined]


@require_GET
def device_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    page = page_of(request, devices(actor))
    return render(request, "access/devices.html", {"page": page, "labels": dict(RoleChoices.choices)})


@shown_once("devices")
@require_http_methods(["GET", "POST"])
def device_new(request: HttpRequest) -> HttpResponse:
    """The answer to the form shows the secret, once; it is kept nowhere else and not even in the history."""
    actor = actor_of(request)
    permit(actor, "devices.manage").require()
    form = DeviceForm(posted(request), actor=actor)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        enrolled = attempt(
            form,
            lambda: enrol_device(
                actor,
                given["label"],
                given["role"],
                team_id=UUID(given["team"]) if given["team"] else None,
                person_id=UUID(given["person"]) if given["person"] else None,
                days=given["days"],
            ),
        )
        if enrolled is not None:
            return enrolled_page(request, enrolled)
    return render(request, "access/device_new.html", {"form": form}, status=422 if form.errors else 200)


def enrolled_page(request: HttpRequest, enrolled: EnrolledDevice) -> HttpResponse:
    base = settings.HOMEWARD_BASE_URL or request.build_absolute_uri("/").rstrip("/")
    address = f"{base}/key/{enrolled.token}"
    context = {"device": enrolled, "address": address, "qr": collect_code(address, "Homeward"), "base": base}
    if enrolled.role == Role.COMMUNITY_MONITOR:
        link = app_link(base, enrolled.token)
        context |= {"app_link": link, "app_qr": drawn(link)}
    return render(request, "access/device_enrolled.html", context)


def app_link(base: str, token: str) -> str:
    """Opens our own app. What stands after the sign is for the browser alone: it goes to no server."""
    return f"{base}/app/#{token}"


def collect_code(address: str, project: str) -> SafeString:
    """What ODK Collect scans, as a drawing."""
    return drawn(collect_settings(address, project))


def drawn(text: str) -> SafeString:
    code = segno.make(text, error="l", micro=False)
    svg = code.svg_inline(scale=4, border=4, dark="#000", light="#fff", svgclass="qr", omitsize=True, lineclass=None)
    return mark_safe(svg)  # noqa: S308 - drawn by our library from text that it encodes # nosec


@require_http_methods(["GET"])
def device_page(request: HttpRequest, device_id: UUID) -> HttpResponse:
    device = find_device(actor_of(request), device_id)
    return render(request, "access/device.html", {"device": device, "labels": dict(RoleChoices.choices)})


@require_POST
def device_revoke(request: HttpRequest, device_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    find_device(actor, device_id)
    revoke_device(actor, device_id)
    messages.success(request, _("The phone is cut off from now on. What it has sent stays."), "good")
    return redirect("device", device_id)
