"""What waits for a person: interviews that match no child or cannot be right, and bytes kept apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.vault import ErasedError, identity_ended, keep_beside
from homeward.apps.audit.services import record, record_look
from homeward.apps.cases.models import Child, ConsentEntry, Status
from homeward.apps.cases.queries import age_from, age_on, find_of
from homeward.apps.cases.sealing import birth_date_of
from homeward.apps.surveys import edits, twins, versions
from homeward.apps.surveys.agreeing import Gate, Held, entry_rows, judge, state_by_agreement
from homeward.apps.surveys.definitions import Definition, definition_of
from homeward.apps.surveys.form_queries import titles_by_version
from homeward.apps.surveys.forms import problem_record
from homeward.apps.surveys.models import Quarantined, Score, State, Submission
from homeward.apps.surveys.reading import date_missing, day_of, impossible_day, other_ages, undated
from homeward.apps.surveys.records import stored_answers, typed_child_shown
from homeward.apps.surveys.scope import found, inbox_visible_to, quarantined_visible_to
from homeward.apps.surveys.scoring import score_rows
from homeward.apps.surveys.sealing import REASON, join_key, key_of, seal_note, texts_of
from homeward.apps.surveys.unsaying import set_aside_too, take_up_again
from homeward.domain.instruments import About
from homeward.domain.problems import Decision, Problem, ProblemError, Where

PAGE_SIZE = 30
MOST_KEPT = 200
SETTLE = "inbox.settle"
SETTLED = (
    *("child", "data_key", "age_years", "problems", "typed_child", "reason", "settled_at", "settled_by"),
    *("agreement", "coded", "text", "correction_reason"),
)
UNLIKELY_CHILD = "link.unlikely_child"
WAITS = (State.UNMATCHED, State.INVALID, State.NO_CONSENT, State.TWICE)
CAME_TWICE = "came_twice"


@dataclass(frozen=True, slots=True)
class InboxRow:
    id: UUID
    state: str
    instrument_id: str
    titles: Mapping[str, str]
    version: str
    child_code: str
    typed_child: str
    interviewed_on: date
    received_at: datetime
    sender: str
    channel: str
    problems: tuple[Mapping[str, Any], ...]
    form_id: UUID

    @property
    def day(self) -> date | None:
        return day_of(self.interviewed_on, self.received_at, self.problems)


@dataclass(frozen=True, slots=True)
class InboxPage:
    rows: tuple[InboxRow, ...]
    page: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    id: UUID
    instance_id: str
    kind: str
    reason: str
    instrument_id: str
    titles: Mapping[str, str]  # none where nobody here knows the instrument
    version: str
    sender: str
    received_at: datetime


def list_inbox(actor: Actor, page: int = 1, state: str = "") -> InboxPage:
    """A page of it, for somebody who looks."""
    organisation_id = guard(actor, "inbox.see")
    found = inbox_page(actor, page, state)
    detail = {"page": found.page, "rows": len(found.rows)}
    record_look(actor, "inbox.see", "organisation", organisation_id, organisation_id=organisation_id, detail=detail)
    return found


def inbox_page(actor: Actor, page: int = 1, state: str = "") -> InboxPage:
    """Oldest first: what waits longest stands on top."""
    states = [state] if state in WAITS else list(WAITS)
    rows = _waiting(actor, states)
    total = rows.count()
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(page, 1), pages)
    chosen = rows.select_related("form_version", "child", "person", "device").order_by("received_at", "pk")
    chosen = chosen.defer("raw", "text", "coded", "form_version__workbook", "form_version__xform")
    start = (page - 1) * PAGE_SIZE
    shown = list(chosen[start : start + PAGE_SIZE])
    named = inbox_visible_to(actor, "names.see").filter(pk__in=[row.pk for row in shown]).values_list("pk", flat=True)
    names = frozenset(named)
    return InboxPage(tuple(inbox_row(row, names=row.pk in names) for row in shown), page, pages, total)


def inbox_row(row: Submission, *, names: bool) -> InboxRow:
    return InboxRow(
        row.pk,
        row.state,
        row.form_version.instrument_id,
        row.form_version.titles,
        row.form_version.version,
        row.child.code if row.child else "",
        typed_child_shown(row, names=names),
        row.interviewed_on,
        row.received_at,
        str(row.device or row.person or ""),
        row.channel,
        tuple(row.problems),
        row.form_version_id,
    )


def waiting(actor: Actor) -> int:
    """How many interviews and sets of bytes wait within reach."""
    rows = _waiting(actor, WAITS)
    return rows.count() + quarantined_visible_to(actor).filter(settled_at__isnull=True).count()


def _waiting(actor: Actor, states: Iterable[str]) -> QuerySet[Submission]:
    """By organisation and state first, which narrows nothing and finds them by an index: an interview lies with the
    organisation of its child.
    """
    places = {grant.organisation_id for grant in actor.grants}
    if actor.organisation_id is not None:
        places.add(actor.organisation_id)
    return inbox_visible_to(actor).filter(organisation_id__in=places, state__in=states)


def link_submission(
    actor: Actor, submission_id: UUID, child_key: UUID | str, reason: str, *, all_the_same: bool = False
) -> None:
    """Say whose interview this is. Only now is the age known, so only now is it scored; never without its day.

    A child of another age than the form's, or not yet born on the day, is most often another child, so that has to be
    said twice. A duplicate never takes one.
    """
    with _settling(actor, submission_id, reason) as row:
        _link(actor, row, child_key, reason, all_the_same=all_the_same)
    if row.child_id is not None:
        keep_beside(submission_id, row.child_id)


def _link(actor: Actor, row: Submission, child_key: UUID | str, reason: str, *, all_the_same: bool) -> None:
    if row.state != State.UNMATCHED or row.child_id is not None:
        raise ProblemError(settled_already())
    now, definition = timezone.now(), definition_of(row.form_version)
    child = find_of(actor, child_key, SETTLE, row.organisation_id)
    if identity_ended(child.pk):  # nothing more is added to a child that nobody can name
        raise ErasedError("name")
    join_key(row, child.pk)
    row.child = child
    if row.child.status == Status.DUPLICATE:
        raise ProblemError(edits.of_duplicate(Where(field="child")))
    doubts = _doubts(definition.instrument.about, row, row.child)
    if doubts and not all_the_same:
        raise ProblemError(
            *(replace(each, code=UNLIKELY_CHILD, severity="error", where=Where(field="child")) for each in doubts)
        )
    stay = [problem for problem in row.problems if problem["code"] not in edits.CHILDLESS]
    row.problems = [*stay, *(problem_record(each) for each in doubts)]
    dated = not undated(problem["code"] for problem in row.problems)
    row.age_years = age_on(row.child, row.interviewed_on) if dated else None
    gate, entries = _agreement(definition, row, now, dated=dated)
    scores = score_rows(definition, row, stored_answers(definition, row), now) if dated and gate.state is None else []
    if gate.waits:
        withhold(row, gate.problem)
    row.typed_child, row.agreement = b"", gate.agreement
    after = gate.state or state_by_records(row.problems)
    if dated and gate.state is None and not twins.claim(row, likeness_of(row)):
        after = State.TWICE
    _settle(actor, row, (State.UNMATCHED,), after, reason)
    Score.objects.bulk_create(scores)
    ConsentEntry.objects.bulk_create(entries)
    record(actor, "link_submission", "submission", row.pk, organisation_id=row.organisation_id)


def _agreement(
    definition: Definition, row: Submission, now: datetime, *, dated: bool
) -> tuple[Gate, list[ConsentEntry]]:
    """Asked once it is known whose interview this is, as when one arrives."""
    held = Held(row.child, row.interviewed_on, row.age_years, row.respondent)
    answers = stored_answers(definition, row)
    return judge(definition, held, answers), entry_rows(definition, row, held, answers, now) if dated else []


def withhold(row: Submission, problem: Problem | None) -> None:
    """What was readable while nobody knew whose it was lies sealed in its bytes alone. Not yet saved."""
    row.coded, row.text = {}, b""
    row.problems = [problem_record(problem)] if problem is not None else []


def _doubts(about: About, row: Submission, child: Child) -> list[Problem]:
    """Why this is hardly the interview of this child; by the rules that hold when one arrives."""
    if undated(problem["code"] for problem in row.problems):
        return []
    born = birth_date_of(child)
    other = other_ages(about, age_from(born, row.interviewed_on))
    return [*impossible_day(about, row.interviewed_on, born), *([other] if other is not None else [])]


def likeness_of(row: Submission) -> bytes:
    """Of one that has its child."""
    child_id = cast("UUID", row.child_id)
    return twins.likeness(child_id, row.form_version_id, row.respondent, row.interviewed_on, row.coded, texts_of(row))


def set_aside(actor: Actor, submission_id: UUID, reason: str, *, came_twice: bool = False) -> None:
    """Kept, counted nowhere; nor does its yes hold any more. `came_twice`: it is the same as one that
    counts."""
    with _settling(actor, submission_id, reason) as row:
        if came_twice:
            row.correction_reason = CAME_TWICE
        _settle(actor, row, (*WAITS, State.ACCEPTED, State.REFUSED), State.SET_ASIDE, reason)
        set_aside_too(actor, row)
        record(actor, "set_aside", "submission", row.pk, organisation_id=row.organisation_id)


def take_back(actor: Actor, submission_id: UUID, reason: str) -> None:
    """Undo `set_aside`: the interview waits, or counts, as before."""
    with _settling(actor, submission_id, reason) as row:
        after, others = state_of_row(row), _live_versions(row)
        if row.correction_reason == CAME_TWICE:
            row.correction_reason = ""
        if after != State.ACCEPTED:  # it waits again beside an imported row, and what counts goes on counting
            others = [each for each in others if versions.of_phone(each) or not versions.of_phone(row)]
        if any(each.received_at > row.received_at for each in others):
            raise ProblemError(settled_already())  # a later version counts, and only one may
        if after == State.ACCEPTED:  # an edit, while whose original came
            edits.replace_original(row, inbox_visible_to(actor, SETTLE))
        gone = [each.pk for each in others if after == State.ACCEPTED or each.state != State.ACCEPTED]
        Submission.objects.filter(pk__in=gone).update(state=State.SUPERSEDED)
        _settle(actor, row, (State.SET_ASIDE,), after, reason)
        take_up_again(actor, row)
        record(actor, "take_back", "submission", row.pk, organisation_id=row.organisation_id)


def accept_submission(actor: Actor, submission_id: UUID, reason: str) -> None:
    """It counts, although some of its answers cannot be right; those stay out of the scores. An edit that waited
    replaces what it corrects, where that is here, about the same child and within reach; else it counts by itself.
    """
    with _settling(actor, submission_id, reason) as row:
        acceptable(row.state, row.child_id is not None, row.problems).require()
        if row.state == State.UNMATCHED:
            edits.replace_original(row, inbox_visible_to(actor, SETTLE))
        row.problems = [problem for problem in row.problems if problem["code"] not in edits.WAITING]
        _settle(actor, row, (State.INVALID, State.UNMATCHED), State.ACCEPTED, reason)
        record(actor, "accept_submission", "submission", row.pk, organisation_id=row.organisation_id)


def keep_both(actor: Actor, submission_id: UUID, reason: str) -> None:
    """There were two interviews that are alike. This one goes on as it would have without the other."""
    with _settling(actor, submission_id, reason) as row:
        row.problems = twins.without_twice(row.problems)
        _settle(actor, row, (State.TWICE,), state_by_records(row.problems), reason)
        record(actor, "accept_submission", "submission", row.pk, organisation_id=row.organisation_id)


def acceptable(state: str, has_child: bool, problems: Sequence[Mapping[str, Any]]) -> Decision:
    """Whether it can count as it is: an edit that waits may, what has no child or no day may not."""
    codes = {problem["code"] for problem in problems}
    waits_for_child = not has_child and any(code.startswith("child.") for code in codes)
    if state not in (State.INVALID, State.UNMATCHED) or waits_for_child:
        return Decision.no(settled_already())
    if undated(codes):
        return Decision.no(date_missing(Where()))
    return Decision.yes()


def list_quarantined(actor: Actor) -> list[QuarantinedRow]:
    """Files stand with the interview they came with, as long as that waits too."""
    guard(actor, "inbox.see")
    rows = quarantined_visible_to(actor).filter(settled_at__isnull=True).select_related("person", "device").defer("raw")
    waiting = quarantined_rows(list(rows.order_by("received_at")[:MOST_KEPT]))
    whole = {(row.instance_id, row.reason, row.sender) for row in waiting if row.kind == "submission"}
    return [
        row for row in waiting if row.kind == "submission" or (row.instance_id, row.reason, row.sender) not in whole
    ]


def quarantined_rows(rows: Sequence[Quarantined]) -> list[QuarantinedRow]:
    """The titles of a version that is unknown here are those of the newest that is known."""
    known = titles_by_version({row.organisation_id for row in rows}, {row.instrument_id for row in rows})
    return [
        _quarantined_row(
            row,
            known.get((row.organisation_id, row.instrument_id, row.version))
            or known.get((row.organisation_id, row.instrument_id, ""), {}),
        )
        for row in rows
    ]


def _quarantined_row(row: Quarantined, titles: Mapping[str, str]) -> QuarantinedRow:
    return QuarantinedRow(
        row.pk,
        row.instance_id,
        row.kind,
        row.reason,
        row.instrument_id,
        titles,
        row.version,
        str(row.device or row.person or ""),
        row.received_at,
    )


def _live_versions(row: Submission) -> list[Submission]:
    """Other versions of this interview that count or wait."""
    return [each for each in versions.line(row.root_id) if each.pk != row.pk and each.state not in versions.GONE]


def state_of_row(row: Submission) -> State:
    """Where an interview stands by what is known of it, whatever was decided in between."""
    needs_child = any(problem["code"] in edits.CHILDLESS for problem in row.problems)
    if (state := state_by_agreement(row.agreement)) is not None:
        return state
    if any(problem["code"] == twins.TWICE for problem in row.problems):
        return State.TWICE
    return State.UNMATCHED if needs_child and row.child_id is None else state_by_records(row.problems)


def state_by_records(problems: list[Mapping[str, Any]]) -> State:
    if any(problem["code"] in edits.WAITING for problem in problems):
        return State.UNMATCHED
    return State.INVALID if any(problem["severity"] == "error" for problem in problems) else State.ACCEPTED


@contextmanager
def _settling(actor: Actor, submission_id: UUID, reason: str) -> Iterator[Submission]:
    """As it stands once nobody else changes what is here of its form."""
    guard(actor, SETTLE, what=("submission", submission_id))
    row = found(inbox_visible_to(actor, SETTLE), submission_id)
    if not reason.strip():
        raise ProblemError(
            Problem("reason.missing", "The reason is missing.", "Say in a few words why.", Where(field="reason"))
        )
    with transaction.atomic():
        versions.hold(row.organisation_id, row.form_version.instrument_id)
        yield found(inbox_visible_to(actor, SETTLE), submission_id)


def _settle(actor: Actor, row: Submission, before: tuple[State, ...], after: State, reason: str) -> None:
    """The state changes in one statement, so that of two people who settle at once only one succeeds."""
    if after == State.ACCEPTED:
        versions.make_way(row)
    if not Submission.objects.filter(pk=row.pk, state__in=before, state=row.state).update(
        state=after, agreement=row.agreement
    ):
        raise ProblemError(settled_already())
    row.state = after
    row.reason = seal_note(key_of(row), REASON, reason)
    row.settled_at, row.settled_by_id = timezone.now(), actor.person_id
    row.save(update_fields=SETTLED)


def settled_already() -> Problem:
    return Problem(
        "inbox.settled",
        "This interview was settled by somebody else, or this step does not fit its state.",
        "Look at it again.",
        status=409,
    )
