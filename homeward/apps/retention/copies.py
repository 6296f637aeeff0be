"""A copy of what is held about one child, for the child or for a guardian. Handing it over is written down first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Min, Model
from django.db.models.aggregates import Count

from homeward.apps.access import vault
from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.guard import guard
from homeward.apps.access.models import Organisation
from homeward.apps.access.registry import Field, field_named
from homeward.apps.access.volume import look_at_record
from homeward.apps.audit.models import Event
from homeward.apps.audit.services import record
from homeward.apps.audit.verbs import TAKEN
from homeward.apps.cases.models import Assignment, Child, Relation
from homeward.apps.cases.queries import find_within
from homeward.apps.cases.scope import permit_for
from homeward.apps.retention.clocks import Periods, Running, clocks_of, is_over
from homeward.apps.retention.holding import LeftOut, Whom, path_to_child, reasons, told
from homeward.apps.retention.scope import HAND_OVER
from homeward.apps.safeguarding.models import Outcome
from homeward.apps.safeguarding.scope import escalations_visible_to
from homeward.apps.surveys.answers import AnswerRow, answer_rows
from homeward.apps.surveys.definitions import Definition, definition_of
from homeward.apps.surveys.models import Attachment, Flag, Quarantined, Score, Submission
from homeward.apps.surveys.sealing import key_of, reason_of, texts_of, typed_child_of
from homeward.apps.surveys.timeline import SubmissionRow, submission_row
from homeward.domain.instruments import Instrument
from homeward.domain.privacy import IN_CLEAR, Level, Storage

COPY = "hand_over_copy"
OWN_RESPONDENT = "child"
LEVELS = IN_CLEAR | {Level.L2}
# Told in sentences. What nobody has made a sentence for yet stands behind them, as it is stored.
SPOKEN_MODELS = ("cases.child", "cases.relation")
SPOKEN = frozenset(
    (
        *(f"surveys.submission.{name}" for name in ["interviewed_on", "respondent", "coded", "text", "reason"]),
        *(f"surveys.submission.{name}" for name in ["channel", "age_years", "language", "problems", "typed_child"]),
        "surveys.submission.correction_reason",
        *(f"surveys.score.{name}" for name in ["dimension", "value", "answered", "applicable", "numerator"]),
        *(f"surveys.score.{name}" for name in ["denominator", "enough", "weight_set", "components", "language"]),
        *(f"surveys.score.{name}" for name in ["instrument_id", "instrument_version", "scorer_version"]),
        *(f"surveys.flag.{name}" for name in ["kind", "severity", "question"]),
        "surveys.quarantined.settled_reason",
    )
)
HELD_BACK = frozenset({"coded", "text", "problems", "reason", "typed_child"})  # words of somebody else


@dataclass(frozen=True, slots=True)
class Told:
    """One interview: in full where the child answered it."""

    row: SubmissionRow
    own: bool
    instrument: Instrument
    age_years: int | None
    language: str
    answers: tuple[AnswerRow, ...]
    reason: str
    scores: tuple[Score, ...]
    flags: tuple[tuple[str, str, str], ...]  # kind, severity, the question that raised it
    files: int
    remarks: tuple[Mapping[str, Any], ...]
    typed_child: str
    apart: tuple[str, ...]  # why something beside it was kept apart, and then settled


@dataclass(frozen=True, slots=True)
class Received:
    """Who took something with them: how often, first and last."""

    verb: str
    times: int
    first: datetime
    last: datetime
    whom: str = ""


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


def hand_over(actor: Actor, code: str, whom: Whom, language: str = "") -> Copy:
    """All of it, or nothing. The trace says for whom; whoever holds the copy is answerable for the paper."""
    child = find_within(actor, code, "children.see")
    place, team = child.organisation_id, child.team_id
    guard(actor, HAND_OVER, place, team_id=team, what=("child", child.pk))
    if child.pk in actor.opened:
        record(actor, HAND_OVER, "child", child.pk, organisation_id=place, allowed=False)
        permit_for(actor, HAND_OVER, child.pk, organisation_id=place, team_id=team).require()
    look_at_record(actor, COPY, child.pk, place, **{"for": str(whom)})
    return _copy(actor, child, whom, language or child.language)


def _copy(actor: Actor, child: Child, whom: Whom, language: str) -> Copy:
    vault.prefetch([child.pk])
    columns = told(whom)
    organisation = Organisation.objects.get(pk=child.organisation_id)
    clocks, today = clocks_of(Periods(organisation), child), today_in(actor, organisation.pk)
    own = whom is Whom.CHILD
    if not own:  # a day that is past says that something stops the end
        clocks = [each for each in clocks if not is_over([each], today)]
    relations = Relation.objects.filter(child=child).order_by("since", "pk")
    return Copy(
        whom,
        _values(child, columns),
        tuple(_values(each, columns) for each in relations),
        tuple(_interviews(child, language)) if own else (),
        tuple(_people(child)),
        tuple(_received(actor, child, whom)),
        tuple(clocks),
        own and (is_over(clocks, today) or any(each.hold is not None for each in clocks)),
        tuple(_stored(child, columns)),
        reasons(whom),
        organisation.name,
        language,
    )


def _values(row: Model, columns: Iterable[Field]) -> dict[str, Any]:
    return {each.column.name: value_of(row, each) for each in columns if each.model is type(row)}


def value_of(row: Any, field: Field) -> Any:
    """Opened where it is sealed; empty once it was erased."""
    value = getattr(row, field.column.name)
    if field.privacy.storage is not Storage.SEALED:
        return value
    with suppress(vault.ErasedError):
        return vault.open_text(_owner(row, field), row.pk, field.name, value)
    return ""


def _owner(row: Any, field: Field) -> vault.Owner:
    under = field.sealed_under
    owner = under.owner if under is not None else ""
    if owner == "child":
        found: UUID = row.pk if isinstance(row, Child) else row.child_id
        return found
    if owner == "submission":
        return key_of(row if isinstance(row, Submission) else row.submission)
    own: UUID = row.pk
    return own


def _interviews(child: Child, language: str) -> Iterator[Told]:
    rows = Submission.objects.filter(child=child).select_related("form_version", "person", "device")
    for row in rows.prefetch_related("flags").order_by("interviewed_on", "received_at", "pk"):
        own = row.respondent == OWN_RESPONDENT
        definition = definition_of(row.form_version)
        yield Told(
            submission_row(row),
            own,
            definition.instrument,
            row.age_years,
            row.language,
            _answers(row, definition, language) if own else (),
            _words(reason_of, row) if own else "",
            tuple(Score.objects.filter(submission=row).order_by("dimension", "pk")),
            tuple(Flag.objects.filter(submission=row).values_list("kind", "severity", "question")),
            Attachment.objects.filter(submission=row).count(),
            tuple(row.problems) if own else (),
            _words(typed_child_of, row) if own else "",
            tuple(_settled(row)),
        )


def _settled(row: Submission) -> Iterator[str]:
    field = field_named("surveys.quarantined.settled_reason")
    for apart in Quarantined.objects.filter(taken_as=row).order_by("received_at"):
        words = value_of(apart, field)
        if words:
            yield str(words)


def _answers(row: Submission, definition: Definition, language: str) -> tuple[AnswerRow, ...]:
    try:
        texts = texts_of(row)
    except vault.ErasedError:
        texts = {}
    return tuple(answer_rows(definition, row.coded, texts, language, LEVELS))


def _words(open_words: Any, row: Submission) -> str:
    with suppress(vault.ErasedError):
        return str(open_words(row))
    return ""


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
    if whom is Whom.CHILD and actor.kind == "person":
        passed = escalations_visible_to(actor).filter(child=child, outcome__in=(Outcome.REFERRED, Outcome.REPORTED))
        for row in passed.filter(closed_at__isnull=False).order_by("closed_at"):
            if row.closed_at is not None:
                yield Received(str(row.outcome), 1, row.closed_at, row.closed_at)


def _stored(child: Child, columns: Iterable[Field]) -> Iterator[StoredValue]:
    """What no sentence says."""
    left: dict[type[Model], list[Field]] = {}
    for each in columns:
        if each.name not in SPOKEN and each.name.rpartition(".")[0] not in SPOKEN_MODELS:
            left.setdefault(each.model, []).append(each)
    for model, some in left.items():
        for row in model._default_manager.filter(**{path_to_child(model): child.pk}).order_by("pk"):
            for each in some:
                if not _of_somebody_else(row, each):
                    yield StoredValue(each.name, _plain(_opened(row, each)))


def _opened(row: Any, field: Field) -> Any:
    if field.name == "surveys.submission.typed_child":
        return _words(typed_child_of, row)
    return value_of(row, field)


def _of_somebody_else(row: Any, field: Field) -> bool:
    """What another person answered is that person's too."""
    return isinstance(row, Submission) and row.respondent != OWN_RESPONDENT and field.column.name in HELD_BACK


def _plain(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""
    return "" if value is None else str(value)


__all__ = ["COPY", "Copy", "Received", "StoredValue", "Told", "Whom", "hand_over"]
