"""A copy of what is held about one child, for the child or for a guardian. Handing it over is written down first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Min, Model, Q
from django.db.models.aggregates import Count

from homeward.apps.access import vault
from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.models import Organisation
from homeward.apps.access.registry import Field
from homeward.apps.access.volume import count_record
from homeward.apps.audit.models import Event
from homeward.apps.audit.services import record, record_look
from homeward.apps.audit.verbs import TAKEN
from homeward.apps.cases.deciding import child_to_decide
from homeward.apps.cases.models import (
    Assignment,
    Child,
    ConsentEntry,
    Merge,
    RecipientCode,
    ReferralStep,
    Relation,
    RelationKind,
    RelationRows,
    RiskLevel,
    Transfer,
)
from homeward.apps.cases.record_queries import EntryRow, entries_to_tell
from homeward.apps.cases.sealing import provider_of, transfer_recipient_of
from homeward.apps.cases.topics import TOPICS
from homeward.apps.monitoring.models import ReviewMeeting
from homeward.apps.retention.clocks import Periods, Running, clocks_of, is_over, lock_child
from homeward.apps.retention.helped import Helped, referrals_told, transfers_told
from homeward.apps.retention.holding import LeftOut, Part, Whom, path_to_child, reasons, told
from homeward.apps.retention.models import Override
from homeward.apps.retention.planned import SPOKEN_PLAN, CaseTold, case_told
from homeward.apps.retention.scope import HAND_OVER
from homeward.apps.retention.told import OWN_RESPONDENT, Told, told_interviews, value_of, widened_interviews, words_of
from homeward.apps.retention.told_visits import SPOKEN_OF_VISITS, ToldVisits, told_visits
from homeward.apps.retention.withheld import Overridden, is_withheld, not_now, told_to_the_child, use_up, wider_copy_for
from homeward.apps.safeguarding.models import Outcome
from homeward.apps.safeguarding.scope import escalations_visible_to
from homeward.apps.surveys.models import Submission
from homeward.apps.surveys.sealing import typed_child_of
from homeward.apps.visits.clock_models import Missed, Pause
from homeward.domain.problems import ProblemError
from homeward.domain.referring import Step
from homeward.domain.transferring import ALWAYS_PASSED, Passing

COPY = "hand_over_copy"
# Told in sentences. What nobody has made a sentence for yet stands behind them, as it is stored.
SPOKEN_MODELS = ("cases.child", "cases.relation")
ENTRIES = frozenset(model._meta.label_lower for model in TOPICS.values())  # told to the child, in sentences too
FOLLOWED = (ConsentEntry, RiskLevel, Pause, Missed)
TOLD_MODELS = frozenset(
    {
        *(*SPOKEN_MODELS, *ENTRIES, "cases.merge", "cases.recipientcode"),
        *(model._meta.label_lower for model in FOLLOWED),
    }
)
AGREEMENT = ("child_says", "adult_says", "agreed_on", "agreed_language")
SPOKEN = SPOKEN_PLAN | frozenset(
    (
        *(f"surveys.submission.{name}" for name in ["interviewed_on", "respondent", "coded", "text", "reason"]),
        *(f"surveys.submission.{name}" for name in ["channel", "age_years", "language", "problems", "typed_child"]),
        "surveys.submission.correction_reason",
        *(f"surveys.score.{name}" for name in ["dimension", "value", "answered", "applicable", "numerator"]),
        *(f"surveys.score.{name}" for name in ["denominator", "enough", "weight_set", "components", "language"]),
        *(f"surveys.score.{name}" for name in ["instrument_id", "instrument_version", "scorer_version"]),
        *(f"surveys.flag.{name}" for name in ["kind", "severity", "question"]),
        "surveys.quarantined.settled_reason",
        *SPOKEN_OF_VISITS,
        *(f"monitoring.reviewmeeting.{name}" for name in ["held_on", "took_part", "child_heard", "check_on"]),
        *(f"monitoring.reviewmeeting.{name}" for name in ["child_view", "reason", "decided"]),
        *(f"cases.referral.{name}" for name in ["code", "sector", "need", "dimension", "urgency", "service", "fields"]),
        *(f"cases.referral.{name}" for name in ["made_on", "answer_by", "provider", "words"]),
        *(f"cases.referralstep.{name}" for name in ["step", "day", "how", "reason"]),
        *(f"cases.transfer.{name}" for name in ["standing", "age_band", "sex", "place", "needs", "passed", "made_on"]),
        *(f"cases.transfer.{name}" for name in ["expires_on", "reason", "answered_on", "recipient"]),
        *(f"cases.{model}.{name}" for model in ["referral", "transfer"] for name in AGREEMENT),
    )
)
HELD_BACK = frozenset({"coded", "text", "problems", "reason", "typed_child"})  # words of somebody else


@dataclass(frozen=True, slots=True)
class Received:
    """Who took something with them: how often, first and last."""

    verb: str
    times: int
    first: datetime
    last: datetime
    whom: str = ""
    parts: tuple[str, ...] = ()  # codes of what was handed over, where it is known


@dataclass(frozen=True, slots=True)
class StoredValue:
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Copy:
    whom: Whom
    child: Mapping[str, Any]  # by column
    relations: tuple[Mapping[str, Any], ...]
    interviews: tuple[Told, ...]
    people: tuple[tuple[str, date, date | None], ...]
    received: tuple[Received, ...]
    clocks: tuple[Running, ...]
    held: bool
    stored: tuple[StoredValue, ...]
    left_out: Mapping[LeftOut, int]
    organisation: str
    language: str
    overridden: tuple[Overridden, ...] = ()  # told to the child alone
    parts: tuple[Part, ...] = ()  # of a guardian's copy: what two people have added to it
    guardian: Mapping[str, Any] | None = None  # for whom they did
    case: CaseTold | None = None  # told to the child alone
    visits: ToldVisits = field(default_factory=ToldVisits)  # told to the child alone
    meetings: tuple[Mapping[str, Any], ...] = ()  # to the child alone: by column
    referrals: tuple[Helped, ...] = ()  # told to the child alone
    transfers: tuple[Helped, ...] = ()
    followed: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)  # by model: `FOLLOWED`
    entries: tuple[tuple[EntryRow, str], ...] = ()  # of the record, with a name where one is in it
    merged: int = 0  # records that were put together with this one
    codes: tuple[tuple[str, str], ...] = ()  # recipient, the code it knows the child by


def hand_over(actor: Actor, code: str, whom: Whom, language: str = "", *, wider: bool = False) -> Copy:
    """All of it, or nothing. The trace says for whom; whoever holds the copy is answerable for the paper. `wider`: the
    guardian's copy to which two people have agreed, once.
    """
    child = child_to_decide(actor, code, HAND_OVER)
    count_record(actor, child.pk, child.organisation_id)
    language = language or child.language
    if whom is Whom.CHILD:
        _record(actor, child, whom)
        return _copy(actor, child, whom, language)
    if is_withheld(child.pk):
        raise _withheld(actor, child)
    used = wider_copy_for(child) if wider else None
    made = _copy(actor, child, whom, language, used)
    with transaction.atomic():  # whoever asks to withhold has the row of the child too, before this or after it
        lock_child(child.pk)
        withheld = is_withheld(child.pk)
        if not withheld:
            if used is not None:
                use_up(used, actor.person_id)
            _record(actor, child, whom, used)
    if withheld:
        raise _withheld(actor, child)
    return made


def _record(actor: Actor, child: Child, whom: Whom, used: Override | None = None) -> None:
    detail = {"for": str(whom)} | ({"parts": " ".join(used.parts)} if used is not None else {})
    record_look(actor, COPY, "child", child.pk, organisation_id=child.organisation_id, detail=detail)
    if used is not None:
        place, what = child.organisation_id, ("override", used.pk)
        record_look(actor, "use_wider_copy", *what, organisation_id=place, child_id=child.pk)


def _withheld(actor: Actor, child: Child) -> ProblemError:
    record(actor, "refuse_withheld_copy", "child", child.pk, organisation_id=child.organisation_id, allowed=False)
    return ProblemError(not_now())


def _followed(child: Child, columns: Sequence[Field]) -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    """Of each of these models what there is about the child, by column, the oldest first."""
    return {
        model._meta.label_lower: tuple(
            _values(row, columns) for row in model._default_manager.filter(child=child).order_by(order, "pk")
        )
        for model, order in zip(FOLLOWED, ("recorded_at", "since", "since", "on_day"), strict=True)
    }


def _copy(actor: Actor, child: Child, whom: Whom, language: str, used: Override | None = None) -> Copy:
    vault.prefetch([child.pk])
    columns, parts = told(whom), tuple(Part(each) for each in used.parts) if used is not None else ()
    organisation = Organisation.objects.get(pk=child.organisation_id)
    clocks, today = clocks_of(Periods(organisation), child), today_in(actor, organisation.pk)
    own = whom is Whom.CHILD
    if not own:  # a day that is past says that something stops the end
        clocks = [each for each in clocks if not is_over([each], today)]
    relations = _relations(child, whom).longest_first()
    return Copy(
        whom,
        _values(child, columns),
        tuple(_values(each, columns) for each in relations),
        tuple(told_interviews(child, language) if own else widened_interviews(child, parts, language)),
        tuple(_people(child)),
        tuple(_received(actor, child, whom)),
        tuple(clocks),
        own and (is_over(clocks, today) or any(each.hold is not None for each in clocks)),
        tuple(_stored(child, columns)),
        reasons(whom, parts),
        organisation.name,
        language,
        tuple(told_to_the_child(child.pk)) if own else (),
        parts,
        _values(used.relation, columns) if used is not None and used.relation is not None else None,
        case_told(actor, child) if own else None,
        told_visits(child.pk) if own else ToldVisits(),
        tuple(_values(each, columns) for each in ReviewMeeting.objects.filter(child=child)) if own else (),
        tuple(referrals_told(child, columns)) if own else (),
        tuple(transfers_told(child, columns)) if own else (),
        _followed(child, columns) if own else {},
        entries_to_tell(child) if own else (),
        Merge.objects.filter(Q(child=child) | Q(into=child), undone_at=None).count() if own else 0,
        tuple(RecipientCode.objects.filter(child=child).values_list("recipient", "code")) if own else (),
    )


def _relations(child: Child, whom: Whom) -> RelationRows:
    """A guardian hears of nobody who was written down by mistake (that person belongs to another child), nor who has
    taken the child in: from there it could be fetched.
    """
    if whom is Whom.CHILD:
        return Relation.objects.filter(child=child)
    return Relation.objects.true().filter(child=child).exclude(kind=RelationKind.FOSTER)


def _values(row: Model, columns: Iterable[Field]) -> dict[str, Any]:
    return {each.column.name: value_of(row, each) for each in columns if each.model is type(row)}


def _people(child: Child) -> Iterator[tuple[str, date, date | None]]:
    for row in Assignment.objects.filter(child=child).select_related("person", "device").order_by("since"):
        yield str(row.person) if row.person is not None else "", row.since, row.until


def _received(actor: Actor, child: Child, whom: Whom) -> Iterator[Received]:
    """Lists that left the house while the child was in it, copies like this one, and, to the child alone from somebody
    who may know of it, what was passed on to protect it. A guardian hears of no copy that was made for the child.
    """
    here = Event.objects.filter(organisation_id=child.organisation_id, at__gte=child.created_at, allowed=True)
    lists = here.filter(verb__in=TAKEN - {"audit.download"}).values("verb").order_by("verb")
    for each in lists.annotate(times=Count("pk"), first=Min("at"), last=Max("at")):
        yield Received(each["verb"], each["times"], each["first"], each["last"])
    for event in Event.objects.filter(child_id=child.pk, verb=COPY).order_by("at"):
        made_for = str(event.detail.get("for", ""))
        if whom is Whom.CHILD or made_for == Whom.GUARDIAN:
            yield Received(COPY, 1, event.at, event.at, made_for)
    if whom is Whom.CHILD:
        yield from _handed_to_services(child)
        yield from _passed_on(child)
    if whom is Whom.CHILD and actor.kind == "person":
        passed = escalations_visible_to(actor).filter(child=child, outcome__in=(Outcome.REFERRED, Outcome.REPORTED))
        for row in passed.filter(closed_at__isnull=False).order_by("closed_at"):
            if row.closed_at is not None:
                yield Received(str(row.outcome), 1, row.closed_at, row.closed_at)


def _handed_to_services(child: Child) -> Iterator[Received]:
    """What left the house with a referral, and to whom. A guardian hears it from the child."""
    sent = ReferralStep.objects.filter(referral__child=child, step=Step.SEND).select_related("referral__service")
    for step in sent.order_by("day", "at"):
        row = step.referral
        to = row.service.name if row.service else provider_of(row)
        yield Received("send_referral", 1, step.at, step.at, to, tuple(row.fields))


def _passed_on(child: Child) -> Iterator[Received]:
    """To whom the case went, and what was handed over with it."""
    rows = Transfer.objects.filter(child=child, standing__in=(Passing.ACCEPTED, Passing.HANDED_OVER))
    for row in rows.select_related("to_organisation").order_by("made_at"):
        to = row.to_organisation.name if row.to_organisation else transfer_recipient_of(row)
        at = row.made_at if row.answered_at is None else row.answered_at
        yield Received("accept_transfer", 1, at, at, to, (*ALWAYS_PASSED, *row.passed))


def _stored(child: Child, columns: Iterable[Field]) -> Iterator[StoredValue]:
    """What no sentence says."""
    left: dict[type[Model], list[Field]] = {}
    for each in columns:
        if each.name not in SPOKEN and each.name.rpartition(".")[0] not in TOLD_MODELS:
            left.setdefault(each.model, []).append(each)
    for model, some in left.items():
        for row in model._default_manager.filter(**{path_to_child(model): child.pk}).order_by("pk"):
            for each in some:
                if not _of_somebody_else(row, each):
                    yield StoredValue(each.name, _plain(_opened(row, each)))


def _opened(row: Any, field: Field) -> Any:
    if field.name == "surveys.submission.typed_child":
        return words_of(typed_child_of, row)
    return value_of(row, field)


def _of_somebody_else(row: Any, field: Field) -> bool:
    """What another person answered is that person's too."""
    return isinstance(row, Submission) and row.respondent != OWN_RESPONDENT and field.column.name in HELD_BACK


def _plain(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""
    return "" if value is None else str(value)


__all__ = ["COPY", "Copy", "Received", "StoredValue", "Told", "Whom", "hand_over"]
