"""A lost second factor, on the page of a person: proposed, confirmed by another, handed over as a code."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from homeward.apps.access.restoring import (
    confirm_restoration,
    propose_restoration,
    restorations_of,
    withdraw_restoration,
)
from homeward.web.access.entering import confirmed_lately
from homeward.web.access.people import find_person
from homeward.web.ui.asking import actor_of
from homeward.web.ui.once import shown_once


@confirmed_lately
@require_POST
def restoration_new(request: HttpRequest, person_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    propose_restoration(actor, person_id)
    waits = all(row.begins_at is None for row in restorations_of(actor, person_id))
    said = (
        _("It waits until another person who manages people has confirmed it.")
        if waits
        else _(
            "Nobody else manages people here: the code can be made after a full day, and supervisors see it meanwhile."
        )
    )
    messages.warning(request, said, "warn")
    return redirect("person", person_id)


@shown_once("person", "person_id")
@confirmed_lately
@require_POST
@sensitive_variables("code")
def restoration_confirm(request: HttpRequest, person_id: UUID, restoration_id: UUID) -> HttpResponse:
    """The answer shows the code, once; it is kept nowhere else and not even in the history."""
    actor = actor_of(request)
    code = confirm_restoration(actor, person_id, restoration_id)
    context = {"person": find_person(actor, person_id), "code": code, "restored": True}
    return render(request, "access/person_code.html", context)


@require_POST
def restoration_withdraw(request: HttpRequest, person_id: UUID, restoration_id: UUID) -> HttpResponse:
    withdraw_restoration(actor_of(request), person_id, restoration_id)
    messages.success(request, _("Withdrawn."), "good")
    return redirect("person", person_id)
