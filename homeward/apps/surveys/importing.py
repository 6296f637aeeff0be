"""Exported data of another system as interviews: start, watch, cancel, go on, undo."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.jobs import enqueue
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.consenting import SHORTEST_REASON
from homeward.apps.surveys import versions
from homeward.apps.surveys.form_queries import find_version
from homeward.apps.surveys.inbox import state_of_row
from homeward.apps.surveys.intake import IN_USE
from homeward.apps.surveys.models import Import, ImportState, State, Submission
from homeward.apps.surveys.sealing import import_name_of, seal_import, seal_import_agreement
from homeward.domain.problems import Problem, ProblemError, Where

JOB = "surveys.import"
SILENT_FOR = timedelta(minutes=2)  # a worker that writes nothing for so long has gone
AT_ONCE = 500
RUNNING = (ImportState.QUEUED, ImportState.RUNNING)


@dataclass(frozen=True, slots=True)
class ImportRow:
    id: UUID
    file_name: str
    instrument_id: str
    titles: Mapping[str, str]
    version: str
    person: str
    state: str
    read: int
    total: int | None  # estimated while it runs
    new: int
    unchanged: int
    unmatched: int
    invalid: int
    failed: int
    problems: tuple[Mapping[str, Any], ...]
    created_at: datetime
    finished_at: datetime | None
    seconds_left: int | None
    stalled: bool  # its worker has gone; it can go on where it stopped


@dataclass(frozen=True, slots=True)
class Collected:
    """On what agreement the answers of a file were collected, where its rows do not say so themselves: since when, and
    where it is written.
    """

    since: date
    reason: str


def start_import(
    actor: Actor, form_id: UUID, file_name: str, content: bytes, collected: Collected | None = None
) -> UUID:
    """The file is kept sealed until it is read; rows are known by their own ids, so a file may come twice."""
    version = find_version(actor, form_id)
    guard(actor, "answers.import", version.organisation_id, what=("form_version", version.pk))
    if actor.person_id is None:
        raise NotVisible("person")
    if version.status not in IN_USE:
        raise ProblemError(
            Problem(
                "import.not_published",
                "Answers are imported for a published version only.",
                "Publish the version of the instrument that the file was collected with.",
                status=409,
            )
        )
    if not content or len(content) > settings.HOMEWARD_MAX_UPLOAD:
        raise ProblemError(
            Problem(
                "import.size",
                "The file is empty, or larger than {most} MB.",
                "Export it again, or in parts.",
                Where(file=file_name),
                {"most": settings.HOMEWARD_MAX_UPLOAD // 1_000_000},
                status=413,
            )
        )
    _refuse_unsaid(actor, collected)
    import_id = uuid4()
    name, sealed = seal_import(import_id, file_name, content)
    with transaction.atomic():
        row = Import(
            id=import_id,
            organisation_id=version.organisation_id,
            form_version=version,
            person_id=actor.person_id,
            file_name=name,
            content=sealed,
            sha256=hashlib.sha256(content).digest(),
            agreed_on=collected.since if collected else None,
            agreed_why=seal_import_agreement(import_id, collected.reason.strip() if collected else ""),
            created_at=timezone.now(),
        )
        row.save(force_insert=True)
        record(actor, "start_import", "import", row.pk, organisation_id=row.organisation_id)
        enqueue(JOB, import_id=str(row.pk))
    return row.pk


def _refuse_unsaid(actor: Actor, collected: Collected | None) -> None:
    if collected is None:
        return
    if len(collected.reason.strip()) < SHORTEST_REASON:
        action = "Say in a sentence who had agreed, and where it is written."
        problem = Problem("consent.reason", "The reason is missing or too short.", action, Where(field="reason"))
        raise ProblemError(problem)
    if collected.since > actor.today():
        action = "Give the day since which they had agreed."
        raise ProblemError(Problem("consent.future", "This day lies in the future.", action, Where(field="since")))


def imports_visible_to(actor: Actor) -> QuerySet[Import]:
    places = [grant.organisation_id for grant, _ in actor.grants_for("answers.import")]
    return Import.objects.filter(organisation_id__in=places)


def list_imports(actor: Actor) -> list[ImportRow]:
    guard(actor, "answers.import")
    rows = imports_visible_to(actor).select_related("form_version", "person")
    chosen = rows.defer("content", "form_version__workbook", "form_version__xform", "form_version__report")
    return [_row(row) for row in chosen[:50]]


def find_import(actor: Actor, import_id: UUID) -> ImportRow:
    return _row(_found(actor, import_id))


def cancel_import(actor: Actor, import_id: UUID) -> None:
    """What was read stays; the rest is left."""
    row = _found(actor, import_id)
    with transaction.atomic():
        Import.objects.filter(pk=row.pk, state__in=RUNNING).update(
            state=ImportState.CANCELLED, finished_at=timezone.now(), content=b""
        )
        record(actor, "cancel_import", "import", row.pk, organisation_id=row.organisation_id)


def resume_import(actor: Actor, import_id: UUID) -> None:
    """Go on where a lost worker stopped."""
    row = _found(actor, import_id)
    if not _stalled(row, timezone.now()):
        raise ProblemError(
            Problem(
                "import.not_stalled",
                "This import runs, or has ended.",
                "Wait a little and look again.",
                status=409,
            )
        )
    with transaction.atomic():
        Import.objects.filter(pk=row.pk).update(state=ImportState.QUEUED, beat_at=timezone.now())
        record(actor, "resume_import", "import", row.pk, organisation_id=row.organisation_id)
        enqueue(JOB, import_id=str(row.pk))


def undo_import(actor: Actor, import_id: UUID) -> int:
    """Everything it brought is set aside, without a reason of its own; what it had replaced counts again."""
    row = _found(actor, import_id)
    if row.state in RUNNING:
        raise ProblemError(
            Problem("import.running", "This import still runs.", "Cancel it first, then undo it.", status=409)
        )
    with transaction.atomic():
        versions.hold(row.organisation_id, row.form_version.instrument_id)
        brought = Submission.objects.filter(imported_with=row).exclude(state__in=versions.GONE)
        replaced = _replaced(brought)
        gone = {"state": State.SET_ASIDE, "settled_at": timezone.now(), "settled_by_id": actor.person_id, "reason": b""}
        count = brought.update(**gone)
        Submission.objects.filter(imported_with=row, state=State.SUPERSEDED).update(**gone)
        _bring_back(replaced)
        detail = {"interviews": count}
        record(actor, "undo_import", "import", row.pk, organisation_id=row.organisation_id, detail=detail)
    return count


def _replaced(brought: QuerySet[Submission]) -> list[Submission]:
    """What stood before each interview that this import brought; a row that came twice in it leads further back. Only
    rows of files: of what a phone sent a file replaces nothing.
    """
    found: list[Submission] = []
    later = list(brought.filter(supersedes__isnull=False).values_list("root_id", "imported_with"))
    for at in range(0, len(later), AT_ONCE):
        imports = dict(later[at : at + AT_ONCE])
        for root_id, line in versions.lines(imports).items():
            gone = [each for each in line if each.state == State.SUPERSEDED and not versions.of_phone(each)]
            found += [each for each in gone if each.imported_with_id != imports[root_id]][-1:]
    return found


def _bring_back(replaced: Sequence[Submission]) -> None:
    """Where nothing else of the interview counts by now."""
    for version in replaced:
        if not versions.counting([version.root_id]).exists():
            back = version.stood_as or state_of_row(version)
            Submission.objects.filter(pk=version.pk).update(state=back, stood_as="")


def _found(actor: Actor, import_id: UUID) -> Import:
    guard(actor, "answers.import", what=("import", import_id))
    row = imports_visible_to(actor).select_related("form_version", "person").filter(pk=import_id).first()
    if row is None:
        raise NotVisible("import")
    return row


def _stalled(row: Import, now: datetime) -> bool:
    return row.state in RUNNING and now - (row.beat_at or row.created_at) > SILENT_FOR


def _row(row: Import) -> ImportRow:
    now = timezone.now()
    left = None
    if row.state == ImportState.RUNNING and row.started_at and row.read and row.total:
        spent = (now - row.started_at).total_seconds()
        left = max(0, round(spent / row.read * (row.total - row.read)))
    return ImportRow(
        row.pk,
        import_name_of(row),
        row.form_version.instrument_id,
        row.form_version.titles,
        row.form_version.version,
        str(row.person),
        row.state,
        row.read,
        row.total,
        row.new,
        row.unchanged,
        row.unmatched,
        row.invalid,
        row.failed,
        tuple(row.problems),
        row.created_at,
        row.finished_at,
        left,
        _stalled(row, now),
    )
