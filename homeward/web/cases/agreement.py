"""What was agreed to for a child, asking for it, and taking it back. One person is asked on one page, apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from homeward.apps.access.actors import Actor
from homeward.apps.cases.ahead import ahead_of
from homeward.apps.cases.consent_models import (
    MARKS,
    Answer,
    Capacity,
    EntrySource,
    Explained,
    Purpose,
    Speaker,
    TeachBack,
    WithoutCaregiver,
)
from homeward.apps.cases.consent_rules import LANGUAGES, texts
from homeward.apps.cases.consenting import Asked, record_agreement, withdraw
from homeward.apps.cases.consents import EntryRow, PurposeState, consent_of
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.models import Sex, Status
from homeward.apps.cases.queries import ChildDetail, find_child
from homeward.apps.cases.tellings import over_since
from homeward.domain.ahead import GROWS, Kind
from homeward.domain.consent import ADULT, ASKED_FOR, CHILD, Reply, Standing, State, Who, same_name
from homeward.domain.lifecycle import not_open
from homeward.domain.problems import Decision
from homeward.web.cases.frame import frame, may
from homeward.web.cases.marks import asks_in_words, marks_in_words
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import DayInput, PlainForm, posted

STANDS: Mapping[str, tuple[Any, str]] = {
    State.AGREED: (gettext_lazy("agrees"), "good"),
    State.REFUSED: (gettext_lazy("said no"), "bad"),
    State.WITHDRAWN: (gettext_lazy("taken back"), "bad"),
    State.EXPIRED: (gettext_lazy("too long ago"), "warn"),
    State.NEW_BAND: (gettext_lazy("in an earlier age group"), "warn"),
    State.MISSING: (gettext_lazy("not asked"), "warn"),
}
NOT_ASKED = "not_asked"
IN_WRITING = gettext_lazy("From 12 on the child agrees in writing where that is safe. What was not written counts too.")
EVERYTHING = "everything"
FIRST = ("explained", "limits_told", "teach_back")


@require_GET
def child_agreement(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    child = open_child(actor, code, "agreement")
    return agreement_page(request, actor, child, WithdrawForm(None))


def agreement_page(request: HttpRequest, actor: Actor, child: ChildDetail, form: WithdrawForm) -> HttpResponse:
    state = consent_of(actor, child.row.code)
    over = over_since(actor, state)
    context = {
        **frame(actor, child, "agreement"),
        "purposes": [purpose_words(each, over.get(same_name(each.recipient))) for each in state.current],
        "marks": marks_in_words(each for each in ahead_of(actor, child).marks if each.kind is not Kind.ASK),
        "asks": asks_in_words(state.asks) if child.row.status == Status.OPEN else [],
        "history": [entry_words(each) for each in state.history],
        "stopped": state.not_counted_since,
        "may_ask": may_ask(actor, child),
        "may_withdraw": may(actor, "consents.record", child),
        "withdraw": form,
    }
    return render(request, "cases/agreement.html", context, status=422 if form.errors else 200)


def may_ask(actor: Actor, child: ChildDetail) -> Decision:
    allowed = may(actor, "consents.record", child)
    if allowed and child.row.status != Status.OPEN:
        return Decision.no(not_open(child.row.status, "consent.ended"))
    return allowed


def purpose_words(each: PurposeState, over: date | None = None) -> dict[str, Any]:
    """`over`: since when nobody there is told any more; what was agreed for it stands as something of before."""
    said = {CHILD: each.child, ADULT: each.caregiver}
    cells = {voice: standing_words(how, needed=voice in each.needed) for voice, how in said.items()}
    if over is not None:
        before = {"words": gettext_lazy("agreed then"), "kind": "", "until": None}
        cells = {voice: {**cell, **(before if said[voice].agreed else {})} for voice, cell in cells.items()}
    return {
        "label": Purpose(each.purpose).label,
        "recipient": each.recipient,
        "child": cells[CHILD],
        "caregiver": cells[ADULT],
        "allowed": bool(each.allowed) and over is None,
        "over": over,
    }


def standing_words(each: Standing, *, needed: bool) -> dict[str, Any]:
    """Where nobody has to be asked, silence is no lack."""
    words, kind = STANDS[each.state]
    if each.entry is None and not needed:
        words, kind = gettext_lazy("need not be asked"), ""
    instead = each.entry is not None and each.voice == ADULT and each.entry.who != Who.CAREGIVER
    who = Speaker(each.entry.who).label if each.entry is not None and instead else ""
    day, until = (each.entry.day, each.entry.valid_until) if each.entry is not None else (None, None)
    return {"words": words, "kind": kind if needed or each.entry else "", "who": who, "day": day, "until": until}


def entry_words(row: EntryRow) -> dict[str, Any]:
    told = [
        (_("Explained"), Explained(row.explained).label if row.explained else ""),
        (_("Told it back"), TeachBack(row.teach_back).label if row.teach_back else ""),
        (_("Limits and what nobody can promise"), _("told") if row.limits_told else ""),
        (_("Capacity"), Capacity(row.capacity).label if row.capacity else ""),
        (_("Witness"), _("yes") if row.witness else ""),
        (_("Instead of a caregiver"), WithoutCaregiver(row.without_caregiver).label if row.without_caregiver else ""),
        (_("What they hope for"), row.expects),
        (_("Reason"), row.reason),
        (_("Text"), row.text_version),
    ]
    return {
        "row": row,
        "who": Speaker(row.who).label,
        "answer": Answer(row.answer).label,
        "purpose": Purpose(row.purpose).label,
        "source": EntrySource(row.source).label,
        "kind": "" if row.answer in MARKS else "good" if row.answer == Answer.AGREES else "bad",
        "told": [(label, value) for label, value in told if value],
    }


class WithdrawForm(PlainForm):
    who = forms.ChoiceField(
        label=gettext_lazy("Who takes it back?"),
        choices=[(each, Speaker(each).label) for each in (Who.CHILD, Who.CAREGIVER, Who.TRUSTED_ADULT)],
        widget=forms.RadioSelect,
    )
    purpose = forms.ChoiceField(
        label=gettext_lazy("What for?"),
        choices=[
            (EVERYTHING, gettext_lazy("Everything")),
            *((each, Purpose(each).label) for each in ASKED_FOR),
        ],
    )
    reason = forms.CharField(
        label=gettext_lazy("Why, if they want to say it"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Nobody has to give a reason."),
    )


@sensitive_post_parameters()
@require_POST
def agreement_withdraw(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    child = find_child(actor, code)
    may(actor, "consents.record", child).require()
    form = WithdrawForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        purposes = ASKED_FOR if given["purpose"] == EVERYTHING else (given["purpose"],)
        if attempt(form, lambda: withdraw(actor, code, given["who"], purposes, given["reason"])) is not None:
            messages.success(request, _("Taken back, from this moment. Thank them for saying so."), extra_tags="good")
            return redirect("child-agreement", child.row.code)
    return agreement_page(request, actor, open_child(actor, code, "agreement"), form)


class AskForm(PlainForm):
    """What one person was told and answered. `later`: with a day and a reason, for whoever decides about agreement."""

    explained = forms.ChoiceField(label=gettext_lazy("How was it explained?"), choices=Explained.choices)
    limits_told = forms.BooleanField(
        label=gettext_lazy("I read out what we cannot keep to ourselves and cannot promise"), required=False
    )
    teach_back = forms.ChoiceField(
        label=gettext_lazy("Told it back in own words?"), choices=TeachBack.choices, initial=TeachBack.NOT_ASKED
    )
    recipient = forms.CharField(label=gettext_lazy("Which organisation?"), required=False, max_length=120)
    capacity = forms.ChoiceField(
        label=gettext_lazy("Can the child decide this?"), choices=Capacity.choices, initial=Capacity.NOT_JUDGED
    )
    without_caregiver = forms.ChoiceField(
        label=gettext_lazy("Why is no caregiver asked?"),
        choices=[("", gettext_lazy("A caregiver is asked too")), *WithoutCaregiver.choices],
        required=False,
    )
    witness = forms.BooleanField(label=gettext_lazy("Somebody else was there as a witness"), required=False)
    expects = forms.CharField(
        label=gettext_lazy("What do they hope for, in their words?"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("So that nobody is disappointed by a promise that was never made."),
    )
    day = forms.DateField(label=gettext_lazy("On which day, if not today?"), required=False, widget=DayInput)
    reason = forms.CharField(
        label=gettext_lazy("Why, in a sentence"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Needed for an earlier day, and where asking the caregiver would be unsafe."),
    )

    def __init__(self, data: QueryDict | None, who: str, said: Mapping[str, str], *, decides: bool) -> None:
        super().__init__(data)
        choices = [(Reply.AGREES, _("Yes")), (Reply.REFUSES, _("No")), (NOT_ASKED, _("Not asked"))]
        asked: dict[str, forms.Field] = {
            purpose: forms.ChoiceField(
                label=said[purpose], choices=choices, initial=NOT_ASKED, widget=forms.RadioSelect, required=False
            )
            for purpose in ASKED_FOR
        }
        self.asked = list(asked)
        left_out = [name for name, shown in self._shown(who, decides).items() if not shown]
        first = {name: self.fields[name] for name in ("explained", "limits_told", "teach_back")}
        rest = {name: field for name, field in self.fields.items() if name not in first and name not in left_out}
        self.fields = {**first, **asked, **rest}
        for field in asked.values():
            field.widget.attrs.setdefault("class", "form-check-input")

    @staticmethod
    def _shown(who: str, decides: bool) -> dict[str, bool]:
        return {
            "capacity": who == Who.CHILD,
            "without_caregiver": who != Who.CAREGIVER,
            "day": decides,
            "reason": decides or who == Who.CASE_WORKER,
        }

    def given(self, who: str, language: str) -> Asked:
        found = dict(self.cleaned_data)
        answers = {name: found.pop(name) for name in self.asked}
        kept = {name: value for name, value in answers.items() if value in (Reply.AGREES, Reply.REFUSES)}
        return Asked(who, kept, language=language, **{name: value for name, value in found.items() if value})


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def agreement_ask(request: HttpRequest, code: str) -> HttpResponse:
    """`who` and `language` stand in the address: neither says anything about the child."""
    actor = actor_of(request)
    child = open_child(actor, code, "agreement", counts=False)
    may_ask(actor, child).require()
    who = request.GET.get("who", Who.CHILD)
    who = who if who in Speaker.values else Who.CHILD.value
    language = spoken_in(request.GET.get("language", ""), child.row.language)
    said = read_out(who, language, girl=child.row.sex == Sex.FEMALE)
    form = AskForm(posted(request), who, said, decides=bool(may(actor, "consents.decide", child)))
    writes = who == Who.CHILD and child.row.age_band in GROWS
    form.fields["explained"].help_text = IN_WRITING if writes else ""
    if request.method == "POST" and form.is_valid():
        asked = form.given(who, language)
        if attempt(form, lambda: record_agreement(actor, code, asked)) is not None:
            messages.success(request, _("Recorded. What was said stands under Agreement."), extra_tags="good")
            if writes and Reply.AGREES in asked.answers.values() and asked.explained != Explained.WRITTEN:
                messages.warning(request, IN_WRITING, extra_tags="warn")
            return redirect("child-agreement", child.row.code)
    context = {
        "child": child.row,
        "who": who,
        "who_label": Speaker(who).label,
        "said": said,
        "language": language,
        "rtl": get_language_info(language)["bidi"],
        "languages": [(each, get_language_info(each)["name_local"]) for each in LANGUAGES],
        "form": form,
        "questions": [form[name] for name in form.asked],
        "before": [form[name] for name in ("explained", "limits_told")],
        "after": [form[name] for name in form.fields if name not in (*form.asked, *FIRST)],
    }
    return render(request, "cases/agreement_ask.html", context, status=422 if form.errors else 200)


def spoken_in(asked: str, childs: str) -> str:
    return next((each for each in (asked, childs[:2]) if each in LANGUAGES), "en")


def read_out(who: str, language: str, *, girl: bool) -> dict[str, str]:
    """The text for this person: a caregiver is spoken to as one, and a girl, or of a girl, as of one."""
    young, kept = who == Who.CHILD, texts()
    keys = {"intro": "child" if young else "caregiver"}
    keys |= {key: key if young else f"adult_{key}" for key in ("limits", "promise", "teach_back", *ASKED_FOR)}
    of_girl = f"{language}_girl" if girl else language
    return {name: kept[key].get(of_girl) or kept[key][language] for name, key in keys.items()}
