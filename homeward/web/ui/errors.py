"""Refusals as pages. What one may not see and what is not there give the same answer."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from homeward.domain.problems import ProblemError
from homeward.web.ui.words import Said, say_all


def error_page(request: HttpRequest, status: int, heading: str, problems: list[Said]) -> HttpResponse:
    context = {"heading": heading, "said": problems, "way_on": reverse("today"), "way_on_label": _("To the start")}
    return render(request, "ui/error.html", context, status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    said = Said(
        _("There is nothing at this address, or it is not yours to see."), _("Check the code, or go back to your list.")
    )
    return error_page(request, 404, _("Not found"), [said])


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    said = Said(
        _("This page was open too long, or its address came from elsewhere."),
        _("Go back, load the page again and repeat the step."),
    )
    return error_page(request, 403, _("Not accepted"), [said])


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    said = Said(_("The server could not read what was sent."), _("Go back, load the page again and repeat the step."))
    return error_page(request, 400, _("Not accepted"), [said])


def not_a_page(request: HttpRequest) -> HttpResponse:
    """A step typed as an address, or repeated by "reload" after signing in again."""
    said = Said(_("A step is taken at this address; there is no page to look at."), _("Go back and use the key there."))
    return error_page(request, 405, _("Nothing to see here"), [said])


def server_error(request: HttpRequest) -> HttpResponse:
    said = Said(
        _("Something went wrong on our side; nothing you sent was half saved."),
        _("Try again; if it happens twice, tell your administrator the time."),
    )
    return error_page(request, 500, _("That did not work"), [said])


class ProblemMiddleware:
    """A service's refusal that no view has caught becomes a page with the same words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or response.content or not request.accepts("text/html"):
            return response
        page = not_a_page(request)
        page.headers["Allow"] = response.headers["Allow"]
        return page

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, ProblemError):
            return None
        if exception.first.status == 404:
            return not_found(request)
        heading = _("Not allowed") if exception.first.status == 403 else _("That did not work")
        return error_page(request, exception.first.status, heading, say_all(exception.problems))
