"""The work of an import: batches of rows, each with its progress in one transaction, so that it can go on anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any, BinaryIO
from uuid import UUID

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from homeward.apps.access.actors import Actor, actor_of_person, permit
from homeward.apps.audit.services import record, record_refusal
from homeward.apps.cases.models import ConsentEntry
from homeward.apps.surveys import versions
from homeward.apps.surveys.definitions import Definition, definition_of
from homeward.apps.surveys.escalating import raise_flags
from homeward.apps.surveys.forms import problem_record
from homeward.apps.surveys.import_batch import Batch, Batches
from homeward.apps.surveys.import_known import FileRow, FileRows, Passing, known
from homeward.apps.surveys.import_rows import RowReader
from homeward.apps.surveys.models import Flag, Import, ImportState, RowId, Score, State, Submission
from homeward.apps.surveys.sealing import import_content_of, import_name_of
from homeward.domain.problems import Problem, ProblemError
from homeward.formats.exports.apart import open_apart
from homeward.formats.exports.interviews import Interviews

BATCH = 50
MOST_PROBLEMS = 300
ATTEMPTS = 5
WAITED_IN_A_CIRCLE = ("40P01", "40001")  # of PostgreSQL: deadlock, no order to be found


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
        with _opened(row) as file:
            _Work(row, actor, file).run()
    except ProblemError as error:
        record_refusal(actor, "refuse_import", "import", row.pk, error.first.code)
        _finish(row, ImportState.FAILED, [problem_record(problem) for problem in error.problems])
    except Exception:  # whatever else: the page must say that it stopped, and the worker writes why
        _finish(row, ImportState.FAILED, [problem_record(STOPPED)])
        raise


STOPPED = Problem(
    "import.stopped",
    "The import stopped at an error of the program.",
    "What was read is kept. Tell whoever runs the server, and import the file again afterwards.",
)


NO_IDS = Problem(
    "import.no_ids",
    "Rows of the file have no id: a row that was changed cannot be told from a new interview.",
    "Export the data with its ids where you can. What may be here already waits in the inbox.",
    severity="warning",
)


@contextmanager
def _opened(row: Import) -> Iterator[BinaryIO]:
    """The file in memory: nothing is written to a disk in clear."""
    with os.fdopen(os.memfd_create("import"), "w+b") as file:
        file.write(import_content_of(row))
        file.flush()
        yield file


def _passes(error: DatabaseError) -> bool:
    return isinstance(error, IntegrityError) or getattr(error.__cause__, "sqlstate", "") in WAITED_IN_A_CIRCLE


def _finish(row: Import, state: str, problems: list[dict[str, Any]]) -> None:
    current = Import.objects.get(pk=row.pk)
    if current.state != ImportState.RUNNING:
        return
    current.state, current.finished_at, current.content = state, timezone.now(), b""
    current.problems = _told(current.problems, problems)
    current.save(update_fields=["state", "finished_at", "content", "problems"])


def _told(before: list[dict[str, Any]], more: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where not all can be told: what is wrong, and what is said of the whole file, before remarks about rows. The name
    of the file may name a child, and lies sealed beside them.
    """
    found = [*before, *({**each, "file": ""} for each in more)]
    if len(found) <= MOST_PROBLEMS:
        return found
    weighed = sorted(range(len(found)), key=lambda at: found[at]["severity"] != "error" and bool(found[at]["row"]))
    return [found[at] for at in sorted(weighed[:MOST_PROBLEMS])]


class _Work:
    def __init__(self, row: Import, actor: Actor, file: BinaryIO) -> None:
        self.row, self.actor = row, actor
        self.definition: Definition = definition_of(row.form_version)
        self.export = open_apart(file, import_name_of(row))
        passing = Passing(self.export)
        self.interviews = Interviews(self.export, self.definition.instrument, today=actor.today())
        reader = RowReader(self.definition, self.interviews)
        self.rows = FileRows(passing, self.interviews, reader)
        self.batches = Batches(row, actor, self.definition, reader)
        self.position = row.read

    def run(self) -> None:
        rows = islice(self.rows, self.position, None)
        while batch := list(islice(rows, BATCH)):
            if not self.position:
                self._require_fit()
            if not self._write(batch):
                return
        remarks = [*self.interviews.remarks, *([NO_IDS] if self.rows.without_ids else [])]
        Import.objects.filter(pk=self.row.pk).update(total=self._progress().read)
        _finish(self.row, ImportState.DONE, [problem_record(problem) for problem in remarks])
        record(self.actor, "finish_import", "import", self.row.pk, organisation_id=self.row.organisation_id)

    def _require_fit(self) -> None:
        """Nothing is written of a file that was collected with another instrument."""
        problem = self.interviews.fit.problem()
        if problem is not None:
            raise ProblemError(replace(problem, severity="error"))

    def _progress(self) -> Import:
        return Import.objects.defer("content").get(pk=self.row.pk)

    def _prepared(self, rows: list[FileRow]) -> Batch:
        return self.batches.prepared(rows)

    def _write(self, rows: list[FileRow]) -> bool:
        """Once more where a phone sent one of these interviews at the same moment: now it is known. Also where this
        one and somebody else waited for each other, and the database ended this one.
        """
        for _attempt in range(ATTEMPTS):
            try:
                return self._written(rows)
            except DatabaseError as error:
                if not _passes(error):
                    raise
        return self._written(rows)

    def _written(self, rows: list[FileRow]) -> bool:
        batch = self._prepared(rows)  # most of the work, and before the lock
        with transaction.atomic():
            progress = Import.objects.select_for_update().defer("content").get(pk=self.row.pk)
            if progress.state != ImportState.RUNNING or progress.read != self.position:
                return False  # cancelled, or taken over by a worker that thought this one lost
            batch = self._as_it_stands(rows, batch)
            self._put(batch)
            for name, count in batch.counts().items():
                setattr(progress, name, getattr(progress, name) + count)
            progress.problems = _told(progress.problems, batch.problems)
            progress.beat_at = timezone.now()
            progress.total = self._estimate(progress.read)
            progress.save()
            record(
                self.actor,
                "import_rows",
                "import",
                self.row.pk,
                organisation_id=self.row.organisation_id,
                detail={"rows": batch.read, "new": len(batch.submissions)},
            )
        self.position += batch.read
        return True

    def _as_it_stands(self, rows: list[FileRow], batch: Batch) -> Batch:
        """A person's decision, and what another import or a phone brought, come before what was prepared without it.
        One import of a form writes at a time; what it is about to replace nobody else touches until it has.
        """
        place = self.row.organisation_id
        versions.hold(place, self.definition.instrument.id)
        while True:
            changed = Submission.objects.filter(pk__in=batch.changed()).order_by("pk")
            list(changed.select_for_update(no_key=True).values_list("pk"))
            if known(place, rows).stand == batch.known.stand:
                return batch
            batch = self._prepared(rows)

    def _put(self, batch: Batch) -> None:
        replaced = Submission.objects.filter(pk__in=batch.superseded)
        replaced.update(stood_as=F("state"), state=State.SUPERSEDED)
        Submission.objects.bulk_create(batch.submissions)
        Score.objects.bulk_create(batch.scores)
        Flag.objects.bulk_create(batch.flags)
        ConsentEntry.objects.bulk_create(batch.entries)
        self._put_ids(batch)
        raise_flags(batch.submissions, batch.flags)

    def _put_ids(self, batch: Batch) -> None:
        """A phone that sent the interview under this id meanwhile makes the whole batch look again."""
        place = self.row.organisation_id
        for pk, instance_id in batch.learned:
            Submission.objects.filter(pk=pk).update(instance_id=instance_id)
            record(self.actor, "learn_id", "submission", pk, organisation_id=place)
        RowId.objects.bulk_create(batch.names)
        for joined in batch.known.joined:
            first, *others = dict.fromkeys(each.root_id for each in joined)
            for root_id in others:
                versions.join(first, root_id)
                record(self.actor, "join_imported", "submission", root_id, organisation_id=place)

    def _estimate(self, read: int) -> int | None:
        seen = self.export.seen_bytes()
        return max(read, round(read * self.export.size / seen)) if seen and self.export.size else None
