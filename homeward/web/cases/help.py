"""The tab *Help* of a child's record: what was needed, to whom it was taken, and what came of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.cases.gaps import VisitGap, counts_now, gaps_of_visits
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.mending import correct_step
from homeward.apps.cases.models import Need, Status, Urgency
from homeward.apps.cases.queries import ChildDetail
from homeward.apps.cases.referrals import ReferralRow, open_referral, referrals_of, slip_of
from homeward.apps.cases.referring import Wanted, make_referral, note_unmet_need, take_step
from homeward.apps.cases.sharing import field_rules
from homeward.apps.cases.taken_back import taken_back_of
from homeward.apps.cases.transfers import transfers_of
from homeward.apps.communities.directory import ServiceRow, services
from homeward.apps.communities.models import Sector
from homeward.domain.consent import SHARING
from homeward.domain.lifecycle import not_open
from homeward.domain.mending import CORRECT
from homeward.domain.problems import Decision
from homeward.domain.referring import NEEDS, Standing, Step
from homeward.domain.sharing import ALWAYS, CHOSEN, fields_for
from homeward.web.cases import help_words as words
from homeward.web.cases.frame import frame, may
from homeward.web.cases.help_forms import CorrectForm, HandOverForm, StepForm, ToWhomForm
from homeward.web.cases.help_words import taken_back_words
from homeward.web.cases.passing_on import may_pass_on, transfer_words
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import posted

FIRST, SECOND = "1", "2"
KNOWN = frozenset(str(step) for step in Step if step is not Step.TRY_OTHER)  # that one is a referral of its own


def may_refer(actor: Actor, child: ChildDetail) -> Decision:
    allowed = may(actor, "referrals.make", child)
    if allowed and child.row.status != Status.OPEN:
        return Decision.no(not_open(child.row.status, "child.not_open"))
    return allowed


@require_GET
def child_help(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    child = open_child(actor, code, "help")
    may(actor, "referrals.see", child).require()
    rows = [in_words(row) for row in referrals_of(actor, child.row.id)]
    context = {
        **frame(actor, child, "help"),
        "may_refer": may_refer(actor, child),
        "open": [row for row in rows if row["row"].is_open],
        "past": [row for row in rows if not row["row"].is_open],
        "gaps": [gap_words(each) for each in gaps_of_visits(child.row.id)],
        "transfers": [transfer_words(row) for row in transfers_of(actor, child.row.id)],
        "may_pass_on": may_pass_on(actor, child),
    }
    return render(request, "cases/child_help.html", context)


def gap_words(row: VisitGap) -> dict[str, Any]:
    return {"row": row, "sector": Sector(row.sector).label, "why": words.REASONS[row.reason]}


def in_words(row: ReferralRow) -> dict[str, Any]:
    held = [each for each in row.steps if each.holds and each.step != CORRECT]
    got = next((each.how for each in reversed(held) if each.step == Step.RECEIVE), "")
    label, kind = words.STANDINGS["nothing" if row.standing == Standing.RECEIVED and got == "not" else row.standing]
    steps = [(each.day, words.step_words(each.step, each.how, each.reason), each.who, each.holds) for each in row.steps]
    return {
        "row": row,
        "need": Need(row.need).label,
        "sector": Sector(row.sector).label,
        "standing": label,
        "kind": "bad" if row.overdue else kind,
        "why": words.REASONS.get(held[-1].reason, "") if held else "",
        "steps": steps,
    }


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def referral_new(request: HttpRequest, code: str) -> HttpResponse:
    """First what and to whom, then what is handed over and who agreed. What was typed travels in the page."""
    actor = actor_of(request)
    child = open_child(actor, code, "refer")
    may_refer(actor, child).require()
    offered = services(actor, only_open=True, organisation_id=child.organisation_id)
    before = referrals_of(actor, child.row.id)
    failed, refused = _failed(request, before), refusals(before)
    asked = request.GET.get("need", "")  # of the page that led here
    initial = {"need": failed.need if failed else asked if asked in NEEDS else ""}
    gap = _gap(request, child)
    whence = {
        "failed": failed,
        "refused": refusal_words(failed),
        "gap": gap,
        **taken_back_words(taken_back_of(actor, child.row.id)),
    }
    sector = gap.sector if gap else ""
    first = ToWhomForm(posted(request), services=offered, refused=refused, initial=initial, of=sector)
    if request.method == "GET" or not first.is_valid():
        return _page(request, child, {"form": first, "stage": FIRST, **whence})
    if first.cleaned_data["nobody"]:
        return _unmet(request, actor, child, first, gap)
    second = _second(request, actor, child, first, failed, _to(first, offered))
    if request.POST.get("stage") != SECOND or not second.is_valid():
        return _page(request, child, {**_second_page(first, second, offered), **whence})
    origin = {"instead_of": failed.id if failed else None, "gap_id": gap.id if gap else None}
    made = attempt(second, lambda: make_referral(actor, child.row.code, _wanted(first, second), **origin))
    if made is None:
        return _page(request, child, {**_second_page(first, second, offered), **whence})
    messages.success(
        request,
        _("Written down. Nothing is sent by itself: hand it over, or give the family the slip, then note it here."),
        extra_tags="good",
    )
    return redirect("referral", made)


def _failed(request: HttpRequest, before: list[ReferralRow]) -> ReferralRow | None:
    """The one that led nowhere, with which this one goes on; its need and what was agreed to stand there already."""
    text = (request.POST if request.method == "POST" else request.GET).get("again", "")
    return next((row for row in before if str(row.id) == text and Step.TRY_OTHER in row.next_steps), None)


def refusals(before: list[ReferralRow]) -> dict[UUID, str]:
    """Services of the list that did not take this child on when they were asked last, and what came of it when."""
    newest = {row.service_id: row for row in sorted(before, key=lambda row: row.made_on) if row.service_id is not None}
    return {key: said for key, row in newest.items() if (said := refusal_words(row))}


def refusal_words(row: ReferralRow | None) -> str:
    said = row.refusal if row is not None else None
    if said is None:
        return ""
    label, _kind = words.STANDINGS[words.REFUSALS[said.step]]
    return f"{label}, {date_format(said.day, 'DATE_FORMAT')}"


def _gap(request: HttpRequest, child: ChildDetail) -> VisitGap | None:
    """Known from a visit, which this one takes further."""
    text = (request.POST if request.method == "POST" else request.GET).get("gap", "")
    rows = gaps_of_visits(child.row.id) if text else ()
    return next((row for row in rows if str(row.id) == text), None)


def _page(request: HttpRequest, child: ChildDetail, context: dict[str, Any]) -> HttpResponse:
    wrong = context["form"].errors
    return render(request, "cases/referral_new.html", {"child": child.row, **context}, status=422 if wrong else 200)


def _unmet(
    request: HttpRequest, actor: Actor, child: ChildDetail, form: ToWhomForm, gap: VisitGap | None
) -> HttpResponse:
    given, key = form.cleaned_data, gap.id if gap else None
    made = attempt(form, lambda: note_unmet_need(actor, child.row.code, given["need"], given["nobody"], gap_id=key))
    if made is None:
        back = taken_back_words(taken_back_of(actor, child.row.id))
        return _page(request, child, {"form": form, "stage": FIRST, "gap": gap, **back})
    if counts_now(child.row.id):
        said = _("Written down. It counts as a gap in services.")
    else:
        said = _("Written down. It is counted nowhere, as somebody said no to being counted, or took it back.")
    messages.success(request, said, extra_tags="good")
    return redirect("child-help", child.row.code)


def _second(
    request: HttpRequest, actor: Actor, child: ChildDetail, first: ToWhomForm, failed: ReferralRow | None, to: str
) -> HandOverForm:
    sector = NEEDS[first.cleaned_data["need"]][1]
    chosen = [name for name, given in fields_for(field_rules(), sector).items() if given == CHOSEN]
    sent = posted(request) if request.POST.get("stage") == SECOND else None
    initial = {"agreed_on": today_in(actor, child.organisation_id), "language": child.row.language, "urgency": "weeks"}
    if failed and failed.agreed_on:
        told = {"child": failed.child_says, "adult": failed.adult_says, "agreed_on": failed.agreed_on}
        passed = [name for name in failed.fields if name in chosen]
        initial |= {**told, "urgency": failed.urgency, "fields_chosen": passed, "words": failed.words}
    back = any(each.purpose == SHARING for each in taken_back_of(actor, child.row.id, to))
    return HandOverForm(sent, chosen=chosen, initial=initial, taken_back=back)


def _to(first: ToWhomForm, offered: list[ServiceRow]) -> str:
    given = first.cleaned_data
    service = next((each for each in offered if str(each.id) == given["service"]), None)
    return service.name if service else given["provider"]


def _second_page(first: ToWhomForm, second: HandOverForm, offered: list[ServiceRow]) -> dict[str, Any]:
    given = first.cleaned_data
    rules = fields_for(field_rules(), NEEDS[given["need"]][1])
    return {
        "form": second,
        "stage": SECOND,
        "kept": [(name, given[name]) for name in ("need", "service", "provider")],
        "need": Need(given["need"]).label,
        "to": _to(first, offered),
        "always": [words.FIELDS[name] for name, rule in rules.items() if rule == ALWAYS],
    }


def _wanted(first: ToWhomForm, second: HandOverForm) -> Wanted:
    to, given = first.cleaned_data, second.cleaned_data
    return Wanted(
        need=to["need"],
        urgency=given["urgency"],
        agreement=second.agreement(),
        service_id=UUID(to["service"]) if to["service"] else None,
        provider=to["provider"],
        chosen=tuple(given["fields"]),
        words=given["words"],
        answer_by=given["answer_by"],
    )


@require_http_methods(["GET", "POST"])
def referral(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """One referral: its history, and what can be said next, each a short form of its own."""
    actor = actor_of(request)
    row, allowed = open_referral(actor, referral_id)
    wrong: StepForm | CorrectForm | None = None
    if request.method == "POST":
        allowed.require()
        wrong = (_corrected if "known" in request.POST else _taken)(request, actor, referral_id)
        if wrong is None:
            messages.success(request, _("Noted."), extra_tags="good")
            return redirect("referral", referral_id)
    open_now = [step for step in (row.next_steps if allowed else ()) if step is not Step.TRY_OTHER]
    forms = {step: StepForm(None, step=step, today=actor.today()) for step in open_now}
    if isinstance(wrong, StepForm) and wrong.step in forms:
        forms[wrong.step] = wrong
    context = {
        **in_words(row),
        "urgency": Urgency(row.urgency).label,
        "fields": [words.FIELDS[name] for name in row.fields],
        "says": (words.CHILD_SAYS.get(row.child_says, ""), words.ADULT_SAYS.get(row.adult_says, "")),
        "forms": [(step, words.STEPS[step], form) for step, form in forms.items()],
        "wrong": wrong,
        "correct": _correct_form(wrong) if allowed and row.may_correct else None,
        "try_other": allowed and Step.TRY_OTHER in row.next_steps,
        "may_print": allowed and row.standing in (Standing.MADE, Standing.SENT, Standing.ACCEPTED),
    }
    return render(request, "cases/referral.html", context, status=422 if wrong is not None else 200)


def _taken(request: HttpRequest, actor: Actor, referral_id: UUID) -> StepForm | None:
    """The form, where something about it is wrong."""
    wanted = request.POST.get("step", "")
    form = StepForm(request.POST, step=Step(wanted) if wanted in KNOWN else Step.CLOSE)
    if form.is_valid():
        attempt(form, lambda: take_step(actor, referral_id, form.taken()))
    return form if form.errors else None


def _correct_form(wrong: StepForm | CorrectForm | None) -> CorrectForm:
    return wrong if isinstance(wrong, CorrectForm) else CorrectForm(None)


def _corrected(request: HttpRequest, actor: Actor, referral_id: UUID) -> CorrectForm | None:
    form = CorrectForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        attempt(form, lambda: correct_step(actor, referral_id, given["known"], given["reason"]))
    return form if form.errors else None


@require_GET
def referral_slip(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """For the family to take along: a code of its own, the least fields, words that give nothing away."""
    slip = slip_of(actor_of(request), referral_id)
    lines = [(words.FIELDS[name], words.value_words(name, value)) for name, value in slip.values]
    return render(request, "cases/referral_slip.html", {"slip": slip, "lines": lines, "referral_id": referral_id})
