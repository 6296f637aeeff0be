"""One thing that was agreed: all that was said of it since; that it comes on another day, or not at all."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from homeward.apps.access.actors import Actor
from homeward.apps.access.visibility import NotVisible
from homeward.apps.visits import choices as of
from homeward.apps.visits.queries import ActionRow, VisitDetail, look_at_visit
from homeward.apps.visits.settling import settle_action
from homeward.web.cases.frame import frame
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.visits.child_tab import open_for
from homeward.web.visits.promise_forms import EndForm, MoveForm
from homeward.web.visits.words import action_words


@require_GET
def promise(request: HttpRequest, visit_id: UUID, promise_id: UUID) -> HttpResponse:
    """`to`: the visit from whose page somebody came; else the child's visits."""
    actor = actor_of(request)
    found = look_at_visit(actor, visit_id)
    row = _row(found, promise_id)
    return _page(
        request, actor, found, row, MoveForm(prefix="move"), EndForm(row.who, prefix="end", initial=_said(row))
    )


@require_POST
def promise_say(request: HttpRequest, visit_id: UUID, promise_id: UUID) -> HttpResponse:
    """Moved, or not coming; what was typed stays on the page where something is missing."""
    actor = actor_of(request)
    found = look_at_visit(actor, visit_id)
    open_for(actor, "visits.record", found.child).require()
    row, moves = _row(found, promise_id), request.POST.get("what") == of.Kept.MOVED
    move = MoveForm(request.POST if moves else None, prefix="move")
    end = EndForm(row.who, None if moves else request.POST, prefix="end", initial=_said(row))
    form = move if moves else end
    if form.is_valid() and attempt(form, lambda: _settle(actor, visit_id, promise_id, form)):
        messages.success(request, _("Noted."), extra_tags="good")
        return redirect(_back(request, found))
    return _page(request, actor, found, row, move, end)


def _row(found: VisitDetail, promise_id: UUID) -> ActionRow:
    row = next((each for each in found.actions if each.id == promise_id), None)
    if row is None:
        raise NotVisible("agreed_action")
    return row


def _settle(actor: Actor, visit_id: UUID, promise_id: UUID, form: MoveForm | EndForm) -> bool:
    settle_action(actor, visit_id, promise_id, form.became())
    return True


def _said(row: ActionRow) -> dict[str, str]:
    """What was said of its end before: who tells the family later types nothing twice."""
    last = next((each for each in reversed(row.ledger) if each.kept == of.Kept.NOT_COMING), None)
    return {"because": last.because, "need": last.need} if last else {}


def _back(request: HttpRequest, found: VisitDetail) -> str:
    try:
        return reverse("visit", args=[UUID((request.POST or request.GET).get("to", ""))])
    except ValueError:
        return reverse("child-visits", args=[found.child.row.code])


def _page(
    request: HttpRequest, actor: Actor, found: VisitDetail, row: ActionRow, move: MoveForm, end: EndForm
) -> HttpResponse:
    context = {
        **frame(actor, found.child, "visits"),
        "each": action_words(row),
        "visit_id": found.row.id,
        "move": move,
        "end": end,
        "to": (request.POST or request.GET).get("to", ""),
        "back": _back(request, found),
        "may_record": open_for(actor, "visits.record", found.child),
        "may_move": row.open or row.kept == of.Kept.NOT_COMING,
    }
    wrong = move.errors or end.errors
    return render(request, "visits/promise.html", context, status=422 if wrong else 200)
