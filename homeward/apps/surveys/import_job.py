"""The work of an import: batches of rows, each with its progress in one transaction, so that it can go on anywhere."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, actor_of_person, permit
from homeward.apps.audit.ids import time_ordered_id
from homeward.apps.audit.services import record
from homeward.apps.cases.models import Child
from homeward.apps.cases.queries import age_on
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.surveys.definitions import Definition, definition_of
from homeward.apps.surveys.forms import problem_record
from homeward.apps.surveys.intake import state_of
from homeward.apps.surveys.models import Channel, Flag, Import, ImportState, Score, State, Submission
from homeward.apps.surveys.reading import GROUP_FAMILIES, date_missing, encode
from homeward.apps.surveys.scoring import flag_rows, score_rows
from homeward.apps.surveys.sealing import (
    TYPED_CHILD,
    import_content_of,
    import_name_of,
    seal_note,
    seal_raw,
    seal_texts,
)
from homeward.domain.codes import normalise_code
from homeward.domain.instruments import Answer, Missing, Question
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.exports.interviews import Interview, Interviews
from homeward.formats.exports.opening import open_export

BATCH = 50
MOST_PROBLEMS = 300
LONGEST_BASE = 200  # with the number of a version behind it, shorter than the column


def run_import(import_id: str) -> None:
    """Called by the worker. With the rights that whoever started it has now."""
    row = Import.objects.select_related("form_version", "person").get(pk=UUID(import_id))
    started = Import.objects.filter(pk=row.pk, state=ImportState.QUEUED).update(
        state=ImportState.RUNNING, started_at=timezone.now(), beat_at=timezone.now()
    )
    if not started:
        return
    actor = actor_of_person(row.person)
    try:
        permit(actor, "answers.import", organisation_id=row.organisation_id).require()
        with _opened(row) as path:
            _Work(row, actor, path).run()
    except ProblemError as error:
        _finish(row, ImportState.FAILED, [problem_record(problem) for problem in error.problems])
    except Exception:  # whatever else: the page must say that it stopped, and the worker writes why
        _finish(row, ImportState.FAILED, [problem_record(STOPPED)])
        raise


STOPPED = Problem(
    "import.stopped",
    "The import stopped at an error of the program.",
    "What was read is kept. Tell whoever runs the server, and import the file again afterwards.",
)


@contextmanager
def _opened(row: Import) -> Iterator[str]:
    """The file in memory, under a path: nothing is written to a disk in clear."""
    handle = os.memfd_create("import")
    try:
        with os.fdopen(os.dup(handle), "wb") as out:
            out.write(import_content_of(row))
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)


def _finish(row: Import, state: str, problems: list[dict[str, Any]]) -> None:
    current = Import.objects.get(pk=row.pk)
    if current.state != ImportState.RUNNING:
        return
    current.state, current.finished_at, current.content = state, timezone.now(), b""
    current.problems = [*current.problems, *problems][:MOST_PROBLEMS]
    current.save(update_fields=["state", "finished_at", "content", "problems"])


@dataclass
class _Batch:
    """What one transaction will write."""

    submissions: list[Submission] = field(default_factory=list)
    superseded: list[UUID] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    read: int = 0
    new: int = 0
    unchanged: int = 0
    unmatched: int = 0
    invalid: int = 0
    failed: int = 0


class _Work:
    def __init__(self, row: Import, actor: Actor, path: str) -> None:
        self.row, self.actor = row, actor
        self.definition: Definition = definition_of(row.form_version)
        self.export = open_export(path, import_name_of(row))
        self.interviews = Interviews(self.export, self.definition.instrument, today=actor.today())
        about = self.definition.instrument.about
        self.needs_child = about.family not in GROUP_FAMILIES and about.subject != "group"
        self.position = row.read

    def run(self) -> None:
        rows = islice(self.interviews, self.position, None)
        while batch := list(islice(rows, BATCH)):
            if not self.position:
                self._require_fit()
            if not self._write(batch):
                return
        remarks = [problem_record(problem) for problem in self.interviews.remarks]
        Import.objects.filter(pk=self.row.pk).update(total=self._progress().read)
        _finish(self.row, ImportState.DONE, remarks)
        record(self.actor, "finish_import", "import", self.row.pk, organisation_id=self.row.organisation_id)

    def _require_fit(self) -> None:
        """Nothing is written of a file that was collected with another instrument."""
        problem = self.interviews.fit.problem()
        if problem is not None:
            raise ProblemError(replace(problem, severity="error"))

    def _progress(self) -> Import:
        return Import.objects.defer("content").get(pk=self.row.pk)

    def _write(self, interviews: list[Interview]) -> bool:
        batch = self._prepared(interviews)
        with transaction.atomic():
            progress = Import.objects.select_for_update().defer("content").get(pk=self.row.pk)
            if progress.state != ImportState.RUNNING or progress.read != self.position:
                return False  # cancelled, or taken over by a worker that thought this one lost
            Submission.objects.filter(pk__in=batch.superseded).update(state=State.SUPERSEDED)
            Submission.objects.bulk_create(batch.submissions)
            Score.objects.bulk_create(batch.scores)
            Flag.objects.bulk_create(batch.flags)
            for name in ("read", "new", "unchanged", "unmatched", "invalid", "failed"):
                setattr(progress, name, getattr(progress, name) + getattr(batch, name))
            progress.problems = [*progress.problems, *batch.problems][:MOST_PROBLEMS]
            progress.beat_at = timezone.now()
            progress.total = self._estimate(progress.read)
            progress.save()
            record(
                self.actor,
                "import_rows",
                "import",
                self.row.pk,
                organisation_id=self.row.organisation_id,
                detail={"rows": batch.read, "new": batch.new},
            )
        self.position += batch.read
        return True

    def _estimate(self, read: int) -> int | None:
        seen = self.export.seen_bytes()
        return max(read, round(read * self.export.size / seen)) if seen and self.export.size else None

    def _prepared(self, interviews: list[Interview]) -> _Batch:
        batch = _Batch(read=len(interviews))
        bases = {interview.row: self._base(interview) for interview in interviews}
        known = self._known({bases[interview.row]: self._row_id(interview) for interview in interviews})
        children = self._children(interviews)
        for interview in interviews:
            if not interview.usable:
                batch.failed += 1
                batch.problems += [problem_record(problem) for problem in interview.problems]
                continue
            self._add(batch, interview, bases[interview.row], known, children)
        return batch

    def _row_id(self, interview: Interview) -> str:
        """The row's own id; where the file has none, its line in this very file."""
        if self.interviews.columns.ids:
            return interview.row_id
        return f"{bytes(self.row.sha256).hex()[:16]}:{interview.row}"

    def _base(self, interview: Interview) -> str:
        """What the row is known by here. A long id is hashed, because two of them may differ at their ends only."""
        row_id = self._row_id(interview)
        start = f"import:{self.definition.instrument.id}:"
        if len(start) + len(row_id) > LONGEST_BASE:
            row_id = hashlib.sha256(row_id.encode()).hexdigest()
        return start + row_id

    def _known(self, bases: Mapping[str, str]) -> dict[str, list[Submission]]:
        """Versions of these rows that are here, in the order they came; an interview sent by phone counts too.

        `bases`: what a row is known by here -> its own id.
        """
        direct = {row_id: base for base, row_id in bases.items()}
        rows = Submission.objects.filter(
            organisation_id=self.row.organisation_id, instance_id__in=[*direct, *bases]
        ).defer("raw", "text", "coded")
        found: dict[str, list[Submission]] = {}
        roots = {}
        for each in rows:
            base = direct.get(each.instance_id, each.instance_id)
            roots[each.root_id] = base
        later = Submission.objects.filter(organisation_id=self.row.organisation_id, root_id__in=roots)
        for each in later.defer("raw", "text", "coded").order_by("received_at", "instance_id"):
            found.setdefault(roots[each.root_id], []).append(each)
        return found

    def _children(self, interviews: Iterable[Interview]) -> dict[str, Child]:
        name = self.definition.instrument.about.child_question
        codes = {normalise_code(_text(interview.answers.get(name))) for interview in interviews}
        rows = children_visible_to(self.actor, "answers.import").filter(
            organisation_id=self.row.organisation_id, code__in=codes - {""}
        )
        return {child.code: child for child in rows}

    def _add(
        self,
        batch: _Batch,
        interview: Interview,
        base: str,
        known: dict[str, list[Submission]],
        children: dict[str, Child],
    ) -> None:
        before = known.get(base, [])
        raw = _canonical(interview)
        digest = hashlib.sha256(raw).digest()
        if any(_stands_for(each, digest) for each in before):
            batch.unchanged += 1
            return
        row = self._submission(interview, raw, children)
        row.instance_id = f"{base}#{len(before)}" if before else base
        if before:  # it may stand in this very batch, not yet written
            row.root_id, row.supersedes, row.correction_reason = before[0].root_id, before[-1], "source"
            for each in before:  # after an import was undone it is not the last one that counts
                if each.state != State.SET_ASIDE:
                    each.state = State.SUPERSEDED
                    batch.superseded.append(each.pk)
        self._collect(batch, row, interview)
        known.setdefault(base, []).append(row)

    def _submission(self, interview: Interview, raw: bytes, children: dict[str, Child]) -> Submission:
        problems = [*interview.problems]
        coded, texts = self._sorted(interview, problems)
        about = self.definition.instrument.about
        code = normalise_code(_text(interview.answers.get(about.child_question)))
        child = children.get(code) if self.needs_child else None
        if self.needs_child and child is None:
            problems.append(_no_child(interview, about.child_question))
        if interview.date is None:  # the day of an import says nothing about the interview
            problems.append(date_missing(Where(row=interview.row, field=about.date_question)))
        submission_id = time_ordered_id()
        day = interview.date or self.actor.today()
        return Submission(
            id=submission_id,
            organisation_id=self.row.organisation_id,
            form_version=self.row.form_version,
            root_id=submission_id,
            state=state_of(self.needs_child, child is not None, problems),
            channel=Channel.IMPORT,
            child=child,
            typed_child=b"" if child else seal_note(submission_id, TYPED_CHILD, code),
            person_id=self.actor.person_id,
            respondent=_code(coded, about.respondent_question)[:16],
            interviewed_on=day,
            age_years=_age(interview, child),
            coded=coded,
            text=seal_texts(submission_id, texts),
            raw=seal_raw(submission_id, raw),
            raw_sha256=hashlib.sha256(raw).digest(),
            raw_size=len(raw),
            problems=[problem_record(problem) for problem in problems],
            received_at=timezone.now(),
            imported_with=self.row,
        )

    def _collect(self, batch: _Batch, row: Submission, interview: Interview) -> None:
        now = timezone.now()
        batch.submissions.append(row)
        batch.new += 1
        batch.unmatched += row.state == State.UNMATCHED
        batch.invalid += row.state == State.INVALID
        batch.problems += row.problems
        broken = {problem["field"] for problem in row.problems if problem["severity"] == "error"}
        answers: dict[str, Answer] = {
            name: Missing.NO_ANSWER if name in broken else answer for name, answer in interview.answers.items()
        }
        if row.state != State.UNMATCHED and interview.date is not None:
            batch.scores += score_rows(self.definition, row, answers, now)
        batch.flags += flag_rows(self.definition, row, interview.answers, now)

    def _sorted(self, interview: Interview, problems: list[Problem]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Codes, numbers and dates apart from what somebody wrote; an option the form does not have is a text."""
        coded: dict[str, Any] = {}
        texts: dict[str, str] = {}
        for name, answer in interview.answers.items():
            question = self.definition.instrument.by_name.get(name)
            if isinstance(answer, (Missing, Decimal)) or question is not None and self._is_coded(question, answer):
                coded[name] = encode(answer)
            else:
                texts[name] = _text(answer)
                if question is not None and (question.list_name in self.definition.instrument.choice_lists):
                    coded[name] = encode(Missing.NO_ANSWER)
                    problems.append(_unknown_option(interview, name))
        return {"answers": coded}, {"texts": texts}

    def _is_coded(self, question: Question, answer: Answer) -> bool:
        choices = self.definition.instrument.choices_of(question)
        if choices is not None and not question.type.endswith("_from_file"):
            codes = answer if isinstance(answer, tuple) else (answer,)
            return all(isinstance(code, str) and choices.get(code) is not None for code in codes)
        return question.type in ("date", "today") and len(_text(answer)) == 10


def _stands_for(known: Submission, digest: bytes) -> bool:
    """Whether the row is here already. What left with its import, and not by somebody's reason, may come again."""
    if known.channel != Channel.IMPORT:
        return True
    undone = known.state == State.SET_ASIDE and not known.reason
    return bytes(known.raw_sha256) == digest and not undone


def _age(interview: Interview, child: Child | None) -> int | None:
    """By the record and the day; what the file says only where there is no record."""
    if child is None:
        return interview.age
    return age_on(child, interview.date) if interview.date else None


def _canonical(interview: Interview) -> bytes:
    """The row as it was understood, independent of its place in the file."""
    content = {
        "row_id": interview.row_id,
        "date": interview.date.isoformat() if interview.date else None,
        "answers": {name: encode(answer) for name, answer in sorted(interview.answers.items())},
        "left_out": {name: encode(answer) for name, answer in sorted(interview.left_out.items())},
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _code(coded: dict[str, Any], name: str) -> str:
    """An option of the form; what somebody wrote instead of one lies with the texts, sealed."""
    code = coded.get(name)
    return code if isinstance(code, str) else ""


def _text(answer: Answer | None) -> str:
    if answer is None or isinstance(answer, Missing):
        return ""
    return " ".join(answer) if isinstance(answer, tuple) else str(answer)


def _no_child(interview: Interview, name: str) -> Problem:
    return Problem(
        "child.outside_caseload",
        "The code names no child of the organisation.",
        "Link the interview to the child it is about, or set it aside.",
        Where(row=interview.row, field=name),
    )


def _unknown_option(interview: Interview, name: str) -> Problem:
    return Problem(
        "answer.option",
        "The answer is not one of the choices.",
        "Look at the answer, and correct it in the file or leave it with a note.",
        Where(row=interview.row, field=name),
    )
