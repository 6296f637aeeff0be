"""Some rows of a file made into what one transaction writes. Nothing is written here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.vault import DataKey, identity_ended, new_data_key
from homeward.apps.audit.ids import time_ordered_id
from homeward.apps.cases.consents import entries_from, entries_of_each
from homeward.apps.cases.models import Child, ConsentEntry, Status
from homeward.apps.cases.queries import age_from
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.cases.sealing import birth_date_of
from homeward.apps.surveys import edits
from homeward.apps.surveys.agreeing import Held, entry_rows, judge, said_of_file, state_by_agreement
from homeward.apps.surveys.definitions import Definition
from homeward.apps.surveys.drafts import state_of
from homeward.apps.surveys.forms import problem_record
from homeward.apps.surveys.import_known import (
    FileRow,
    Known,
    Meetings,
    alive,
    further_names,
    here_already,
    known,
    learned_id,
    left_aside,
    no_longer_counting,
)
from homeward.apps.surveys.import_rows import RowReader, id_repeated
from homeward.apps.surveys.models import Channel, Flag, Import, RowId, Score, State, Submission
from homeward.apps.surveys.reading import Reading, impossible_day, other_ages, undated
from homeward.apps.surveys.scoring import flag_rows, score_rows
from homeward.apps.surveys.sealing import TYPED_CHILD, keep_keys, seal_note, seal_raw, seal_texts
from homeward.apps.surveys.tombstones import erased_among
from homeward.apps.surveys.versions import of_phone
from homeward.domain.codes import normalise_code
from homeward.domain.problems import Problem, ProblemError, Where


@dataclass
class Batch:
    """What one transaction will write, and what it relies on."""

    known: Known
    read: int
    submissions: list[Submission] = field(default_factory=list)
    superseded: list[UUID] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    names: list[RowId] = field(default_factory=list)
    entries: list[ConsentEntry] = field(default_factory=list)
    learned: list[tuple[UUID, str]] = field(default_factory=list)  # versions with the id that they get
    problems: list[dict[str, Any]] = field(default_factory=list)
    unchanged: int = 0
    failed: int = 0

    def changed(self) -> set[UUID]:
        """Of what was here before."""
        joined = [each.pk for versions in self.known.joined for each in versions]
        return {*self.superseded, *(pk for pk, _ in self.learned), *joined}

    def counts(self) -> dict[str, int]:
        states = [row.stood_as or row.state for row in self.submissions]
        return {
            "read": self.read,
            "new": len(states),
            "unchanged": self.unchanged,
            "unmatched": states.count(State.UNMATCHED),
            "invalid": states.count(State.INVALID),
            "failed": self.failed,
        }


@dataclass
class _Made:
    row: Submission
    reading: Reading
    problems: list[Problem]
    source: FileRow
    key: DataKey


class Batches:
    def __init__(self, job: Import, actor: Actor, definition: Definition, reader: RowReader) -> None:
        self.job, self.actor, self.definition, self.reader = job, actor, definition, reader

    def prepared(self, rows: Sequence[FileRow]) -> Batch:
        batch = Batch(known(self.job.organisation_id, rows), len(rows))
        erased = erased_among(self.job.organisation_id, (key for row in rows for key in (*row.ids, *row.names)))
        batch.unchanged += sum(not erased.isdisjoint((*row.ids, *row.names)) for row in rows)
        left = [row for row in rows if erased.isdisjoint((*row.ids, *row.names))]
        made = [each for row in left if (each := self._made(batch, row)) is not None]
        children = self._children(made)
        for each in made:
            self._place(each, children)
        self._agree(batch, made)
        keep_keys([(each.row, each.key) for each in made])
        meetings = Meetings(self.job.organisation_id, self.definition.instrument.id, [each.row for each in made])
        for each in made:
            self._settle(batch, each, meetings)
        return batch

    def _made(self, batch: Batch, source: FileRow) -> _Made | None:
        """None where there is nothing to write."""
        interview = source.interview
        if not interview.usable:
            self._fail(batch, interview.problems)
            return None
        before = batch.known.of(source)
        for each in no_longer_counting(before) if any(before is found for found in batch.known.joined) else ():
            _no_longer(batch, each)
        same = here_already(before, source.content, batch.known)
        if same is not None:
            batch.unchanged += 1
            batch.names += further_names(batch.known, source, same)
            _learn(batch, before, source)
            return None
        taken = any(each.instance_id == source.called for each in before)
        instance_id = f"{source.called}#{len(before)}" if taken else source.called
        xml, now = source.content.under(instance_id), timezone.now()
        try:
            reading = self.reader.reading(interview, source.left_out, xml, now)
        except ProblemError as error:
            self._fail(batch, error.problems)
            return None
        row, key = self._row(instance_id, xml, reading)
        problems = [*reading.problems, *_id_problems(batch, source), *_replace(batch, row, before)]
        batch.known.children[row.pk] = normalise_code(reading.typed_child)
        before.append(row)
        batch.submissions.append(row)
        batch.names += further_names(batch.known, source, row)
        return _Made(row, reading, problems, source, key)

    def _fail(self, batch: Batch, problems: Sequence[Problem]) -> None:
        batch.failed += 1
        batch.problems += [problem_record(problem) for problem in problems]

    def _row(self, instance_id: str, xml: bytes, reading: Reading) -> tuple[Submission, DataKey]:
        submission_id = time_ordered_id()
        key = new_data_key(submission_id)
        row = Submission(
            id=submission_id,
            organisation_id=self.job.organisation_id,
            form_version=self.job.form_version,
            instance_id=instance_id,
            root_id=submission_id,
            channel=Channel.IMPORT,
            person_id=self.actor.person_id,
            respondent=reading.respondent,
            interviewed_on=reading.interviewed_on or self.actor.today(),
            coded=reading.coded,
            text=seal_texts(key, reading.texts),
            raw=seal_raw(key, xml),
            raw_sha256=hashlib.sha256(xml).digest(),
            raw_size=len(xml),
            received_at=timezone.now(),
            imported_with=self.job,
        )
        return row, key

    def _children(self, made: Sequence[_Made]) -> dict[str, Child]:
        codes = {normalise_code(each.reading.typed_child) for each in made} - {""}
        rows = children_visible_to(self.actor, "answers.import")
        return {child.code: child for child in rows.filter(organisation_id=self.job.organisation_id, code__in=codes)}

    def _place(self, made: _Made, children: dict[str, Child]) -> None:
        row, about = made.row, self.definition.instrument.about
        if made.reading.needs_child:
            row.child = children.get(normalise_code(made.reading.typed_child))
            if row.child is not None and identity_ended(row.child.pk):  # for an erased record nothing can be sealed
                row.child = None
            if row.child is None:
                made.problems.append(_no_child(made.source.interview.row, about.child_question))
            elif row.child.status == Status.DUPLICATE:
                row.child = None
                made.problems.append(
                    edits.of_duplicate(Where(row=made.source.interview.row, field=about.child_question))
                )
        born = birth_date_of(row.child) if row.child is not None else None
        made.problems += impossible_day(about, made.reading.interviewed_on, born, row.received_at)
        if row.child is None:
            row.typed_child = seal_note(made.key, TYPED_CHILD, made.reading.typed_child)
        elif not _undated(made):
            row.age_years = age_from(born, row.interviewed_on)
        other = other_ages(about, row.age_years)
        made.problems += [other] if other is not None else []

    def _agree(self, batch: Batch, made: Sequence[_Made]) -> None:
        """What was said before is asked once for all children of these rows."""
        ledgers = entries_of_each({each.row.child.pk for each in made if each.row.child is not None})
        for each in made:
            row = each.row
            if row.child is None and each.reading.needs_child:
                continue
            held = Held(row.child, row.interviewed_on, row.age_years, row.respondent)
            before = ledgers.get(row.child.pk, []) if row.child is not None else []
            answers, now = each.reading.flagged, timezone.now()
            said = said_of_file(self.job, self.definition, row, held, now) if row.child is not None else []
            gate = judge(self.definition, held, answers, partial(list, [*before, *entries_from(said)]))
            asked = judge(self.definition, held, answers, partial(list, before))
            if not _undated(each):
                batch.entries += entry_rows(self.definition, row, held, answers, now)
                batch.entries += said if asked.waits and not gate.waits else []
            row.agreement = gate.agreement
            if gate.waits:
                kept = [problem for problem in each.problems if problem not in each.reading.problems]
                each.problems[:] = [*([gate.problem] if gate.problem is not None else []), *kept]
                row.coded, row.text = {}, b""

    def _settle(self, batch: Batch, made: _Made, meetings: Meetings) -> None:
        row, reading, now = made.row, made.reading, timezone.now()
        if not _undated(made) and meetings.another(row):
            made.problems.append(_same_meeting(made.source))
        state = state_by_agreement(row.agreement) or state_of(reading.needs_child, row.child is not None, made.problems)
        if row.state == State.SUPERSEDED:  # by a later row of these
            row.stood_as = state
        else:
            row.state = state
        row.problems = [problem_record(problem) for problem in made.problems]
        batch.problems += row.problems
        counts = state_by_agreement(row.agreement) is None
        if counts and not _undated(made) and not (reading.needs_child and row.child is None):
            batch.scores += score_rows(self.definition, row, reading.answers, now)
        batch.flags += flag_rows(self.definition, row, reading.flagged, now)


def _replace(batch: Batch, row: Submission, before: Sequence[Submission]) -> list[Problem]:
    """The row becomes the version that counts, unless a person has decided otherwise of the ones before it."""
    if not before:
        return []
    row.root_id, row.supersedes, row.correction_reason = before[0].root_id, before[-1], "source"
    if left_aside(before):
        return [edits.ORIGINAL_SET_ASIDE]
    waits: list[Problem] = []
    for each in alive(before):  # after an import was undone it is not the last one that counts
        if not of_phone(each):  # what a phone sent goes on waiting for a person
            waits += edits.inherited(each)
            _no_longer(batch, each)
    return waits


def _no_longer(batch: Batch, version: Submission) -> None:
    version.state, version.stood_as = State.SUPERSEDED, version.state
    batch.superseded.append(version.pk)


def _learn(batch: Batch, versions: Sequence[Submission], source: FileRow) -> None:
    """So that the constraint on ids keeps apart what a phone sends later; its bytes stay as they came."""
    version = learned_id(versions, source)
    if version is not None:
        batch.names.append(
            RowId(organisation_id=version.organisation_id, submission_id=version.pk, name=version.instance_id)
        )
        batch.known.called.setdefault(version.pk, []).append(version.instance_id)
        batch.learned.append((version.pk, source.called))
        version.instance_id = source.called


def _undated(made: _Made) -> bool:
    return undated(problem.code for problem in made.problems)


def _no_child(row: int, name: str) -> Problem:
    return Problem(
        edits.OUTSIDE_CASELOAD,
        "The code names no child of the organisation.",
        "Link the interview to the child it is about, or set it aside.",
        Where(row=row, field=name),
    )


def _id_problems(batch: Batch, source: FileRow) -> list[Problem]:
    told = list(id_repeated(source.interview))
    return [*told, _number_of_another(source)] if source.called in batch.known.apart else told


def _number_of_another(source: FileRow) -> Problem:
    return Problem(
        "import.number_of_another",
        "An interview of another child has the same number; by its other id this row is an interview of its own.",
        "If both are one interview, set one of them aside.",
        Where(row=source.interview.row, field="_id"),
        severity="warning",
    )


def _same_meeting(source: FileRow) -> Problem:
    """Where the file gives no id, this is perhaps the same interview, changed: a person says so before it counts."""
    return Problem(
        "import.same_meeting",
        "Another interview of this child on the same day and with the same respondent is here.",
        "If only one of them is right, set the other aside.",
        Where(row=source.interview.row),
        severity="warning" if source.ids else "error",
    )
