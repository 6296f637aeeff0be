"""Bytes that were kept apart: what they say beside what is here, and what a person decides about them.

Three ways out, each with a reason: what is here stays; the version kept apart takes its place as a correction; or it is
taken in as an interview of its own, as if its sender sent it now. The bytes themselves stay as they came.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from mimetypes import guess_type
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, actor_of_device_id, actor_of_person_id, permit
from homeward.apps.access.guard import guard
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record, record_look
from homeward.apps.surveys.answers import (
    SEE,
    AnswerRow,
    AttachmentContent,
    answer_rows,
    answers_behind,
    withheld,
)
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.comparing import Compared, compared, standing, versions_of
from homeward.apps.surveys.corrections import correct_submission, may_correct
from homeward.apps.surveys.definitions import definition_of
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.drawings import Version, may_open_apart
from homeward.apps.surveys.inbox import SETTLE, QuarantinedRow, quarantined_rows, settled_already
from homeward.apps.surveys.intake import IN_USE, take
from homeward.apps.surveys.models import Channel, FormVersion, Quarantined, State, Submission
from homeward.apps.surveys.reading import Reading, read
from homeward.apps.surveys.scope import quarantined_visible_to, submissions_visible_to
from homeward.apps.surveys.sealing import quarantined_name_of, quarantined_of, raw_of, seal_settled_reason, texts_of
from homeward.apps.surveys.versions import hold, join
from homeward.domain.codes import normalise_code
from homeward.domain.privacy import IN_CLEAR, Level
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats import safe_xml
from homeward.formats.safe_xml import Element
from homeward.formats.xform.editing import reissued
from homeward.formats.xform.submission import read_meta

KEEP, CORRECT, OWN = "keep", "correct", "own"
OTHER_BYTES, OTHER_FILE, OUTDATED, UNKNOWN = "other_bytes", "other_attachment", "outdated_edit", "unknown_version"


@dataclass(frozen=True, slots=True)
class KeptFile:
    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Kept:
    row: QuarantinedRow
    out_of_reach: bool  # it is about an interview that this reader may not see: neither is shown
    compared: Compared | None
    rows: tuple[AnswerRow, ...]  # what it says, where there is nothing to compare with
    files: tuple[KeptFile, ...]
    here_submission: UUID | None
    here_file: UUID | None  # the file of the same name that came first
    steps: tuple[str, ...]


def kept(actor: Actor, row_id: UUID) -> Kept:
    """The look is written down before anything is shown."""
    row = _opened(actor, row_id)
    versions, (told,) = _versions(row), quarantined_rows([row])
    here = standing(versions)
    if here is not None and not _sees(actor, here):
        return Kept(told, True, None, (), (), None, None, ())
    rows, comparable = _rows(actor, row)
    beside = compared(answers_behind(actor, here.pk), rows) if here is not None and comparable else None
    files = [row] if row.kind == "attachment" else _files(row, _texts(row))
    files = [each for each in files if _may_open(actor, row, here, quarantined_name_of(each))]
    return Kept(
        told,
        False,
        beside,
        () if beside else tuple(rows),
        tuple(KeptFile(each.pk, quarantined_name_of(each)) for each in files),
        here.pk if here is not None else None,
        _file_here(actor, row, here),
        _steps(actor, row, versions),
    )


def kept_file(actor: Actor, row_id: UUID) -> AttachmentContent:
    row = _opened(actor, row_id)
    here = standing(_versions(row))
    if row.kind != "attachment" or (here is not None and not _sees(actor, here)):
        raise NotVisible("file")
    upload = _upload(row)
    if not _may_open(actor, row, here, upload.name):
        raise NotVisible("file")
    return AttachmentContent(upload.name, upload.content_type, upload.content)


def decide(actor: Actor, row_id: UUID, step: str, reason: str) -> UUID | None:
    """`KEEP`, `CORRECT` or `OWN`. Returns the interview that came of it."""
    guard(actor, SETTLE, what=("quarantined", row_id))
    row = _found(actor, row_id, SETTLE)
    if not reason.strip():
        message, action = "The reason is missing.", "Say in a few words why."
        raise ProblemError(Problem("reason.missing", message, action, Where(field="reason")))
    files = [] if row.kind == "attachment" else _files(row, _texts(row))
    with transaction.atomic():
        seen = standing(_versions(row))
        hold(row.organisation_id, row.instrument_id if seen is None else seen.form_version.instrument_id)
        versions = _versions(row)
        here = standing(versions)
        hidden = here is not None and not _sees(actor, here)
        if row.settled_at is not None or hidden or step not in _steps(actor, row, versions):
            raise ProblemError(settled_already())
        doing: dict[str, Callable[[], UUID | None]] = {
            KEEP: lambda: None,
            CORRECT: lambda: _correct(actor, row, here, files, reason),
            OWN: lambda: _take_in(row, versions, files),
        }
        taken = doing[step]()
        _settle(actor, row, files, reason, taken)
    return taken


def _settle(actor: Actor, row: Quarantined, files: list[Quarantined], reason: str, taken: UUID | None) -> None:
    """In one statement, so that of two people who decide at once only one succeeds, and nothing of the other stays."""
    gone = {"settled_at": timezone.now(), "settled_by_id": actor.person_id, "taken_as_id": taken}
    if not Quarantined.objects.filter(pk=row.pk, settled_at=None).update(**gone):
        raise ProblemError(settled_already())
    row.settled_reason = seal_settled_reason(row.pk, reason)
    row.save(update_fields=["settled_reason"])
    Quarantined.objects.filter(pk__in=[each.pk for each in files], settled_at=None).update(**gone)
    detail = {"taken_as": str(taken) if taken else ""}
    record(actor, "settle_quarantined", "quarantined", row.pk, organisation_id=row.organisation_id, detail=detail)


def _correct(
    actor: Actor, row: Quarantined, here: Submission | None, files: list[Quarantined], reason: str
) -> UUID | None:
    """What was kept apart takes the place of the newest version; a file takes that of the one with its name."""
    if here is None:
        raise ProblemError(settled_already())
    if row.kind == "attachment":
        full = Submission.objects.only("raw", "data_key", "child").get(pk=here.pk)
        xml, uploads, child = raw_of(full), [_upload(row)], None
    else:
        xml, uploads, child = quarantined_of(row), [_upload(each) for each in files], _other_child(row, here)
    xml = reissued(xml, f"uuid:{uuid4()}", here.instance_id)
    came_by = "" if row.kind == "attachment" else _channel(row)
    try:
        receipt = correct_submission(actor, here.pk, xml, uploads, "other_version", reason, child, came_by=came_by)
        return receipt.submission_id
    except NotVisible as error:
        raise ProblemError(_child_out_of_reach()) from error


def _take_in(row: Quarantined, versions: Sequence[Submission], files: list[Quarantined]) -> UUID | None:
    """From its sender, with the caseload of today; a version that was unknown keeps its own id and bytes. Where an
    import brought the same interview, which somebody has set aside, it follows that one: only one of them may count.
    """
    if row.device_id is not None:
        sender = actor_of_device_id(row.device_id)
    elif row.person_id is not None:
        sender = replace(actor_of_person_id(row.person_id), organisation_id=row.organisation_id)
    else:
        raise ProblemError(settled_already())
    xml = quarantined_of(row)
    if row.reason != UNKNOWN or versions:
        xml = reissued(xml, f"uuid:{uuid4()}")
    taken = take(sender, Delivery(xml, [_upload(each) for each in files], _channel(row))).submission_id
    if taken is not None and _imported(versions):
        join(versions[0].pk, taken)
    return taken


def _channel(row: Quarantined) -> str:
    return Channel.COLLECT if row.device_id is not None else Channel.BROWSER


def _imported(versions: Sequence[Submission]) -> bool:
    return any(each.channel == Channel.IMPORT for each in versions)


def _steps(actor: Actor, row: Quarantined, versions: Sequence[Submission]) -> tuple[str, ...]:
    """What can be decided about it now. By itself it cannot count where an import has brought the same interview."""
    if row.settled_at is not None:
        return ()
    here, imported = standing(versions), _imported(versions)
    found = [KEEP]
    if here is not None and here.state != State.SET_ASIDE and _replaces(actor, row, here, imported=imported):
        found.append(CORRECT)
    own = row.kind == "submission" and row.reason in (OTHER_BYTES, UNKNOWN) and _version(row) is not None
    gone = here is None or here.state in (State.SET_ASIDE, State.SUPERSEDED)
    return (*found, OWN) if own and (gone or not imported) else tuple(found)


def _replaces(actor: Actor, row: Quarantined, here: Submission, *, imported: bool) -> bool:
    """What its interviewer sent takes the place of an imported row too; a file belongs to what a phone sent."""
    if not submissions_visible_to(actor, "submissions.correct").filter(pk=here.pk).exists():
        return False
    if row.kind == "attachment":
        return row.reason == OTHER_FILE and bool(may_correct(actor, here.channel))
    version = _version(row)
    reasons = (OTHER_BYTES, OUTDATED, UNKNOWN) if imported else (OTHER_BYTES, OUTDATED)
    fits = version is not None and version.instrument_id == here.form_version.instrument_id
    return fits and row.reason in reasons and bool(permit(actor, "submissions.correct"))


def _found(actor: Actor, row_id: UUID, permission: str) -> Quarantined:
    rows = quarantined_visible_to(actor, permission).filter(pk__in=quarantined_visible_to(actor, SEE))
    row = rows.select_related("person", "device").filter(pk=row_id).first()
    if row is None:
        raise NotVisible("quarantined")
    return row


def _opened(actor: Actor, row_id: UUID) -> Quarantined:
    for permission in ("inbox.see", SEE):
        guard(actor, permission, what=("quarantined", row_id))
    row = _found(actor, row_id, "inbox.see")
    record_look(actor, SEE, "quarantined", row.pk, organisation_id=row.organisation_id)
    return row


def _sees(actor: Actor, here: Submission) -> bool:
    return bool(permit(actor, SEE)) and submissions_visible_to(actor, SEE).filter(pk=here.pk).exists()


def _versions(row: Quarantined) -> list[Submission]:
    """Of the interview that it would have changed."""
    instance = row.instance_id
    if row.reason == OUTDATED:  # a file of it names no original by itself
        rows = Quarantined.objects.filter(organisation_id=row.organisation_id, instance_id=row.instance_id)
        whole = row if row.kind == "submission" else rows.filter(kind="submission", reason=OUTDATED).first()
        instance = read_meta(safe_xml.parse(quarantined_of(whole))).deprecated_id if whole else instance
    return versions_of(row.organisation_id, instance)


def _version(row: Quarantined) -> FormVersion | None:
    rows = FormVersion.objects.filter(organisation_id=row.organisation_id, status__in=IN_USE)
    chosen = rows.filter(instrument_id=row.instrument_id, version=row.version)
    return chosen.only("id", "instrument_id", "version", "checksum").first()


def _reading(row: Quarantined, version: FormVersion) -> Reading:
    return read(definition_of(version), safe_xml.parse(quarantined_of(row)), row.received_at)


def _rows(actor: Actor, row: Quarantined) -> tuple[list[AnswerRow], bool]:
    """In the words of its form where that is known; else as the app wrote it, which compares with nothing."""
    if row.kind == "attachment":
        return [], False
    version, levels = _version(row), _levels(actor, row)
    if version is None:  # nobody knows here what its questions declare, so they count as personal
        plain = [_plain(element) for element in _leaves(row)]
        return plain if Level.L2 in levels else [withheld(each) for each in plain], False
    reading = _reading(row, version)
    return answer_rows(definition_of(version), reading.coded, reading.texts, actor.language, levels), True


def _levels(actor: Actor, row: Quarantined) -> frozenset[Level]:
    names = quarantined_visible_to(actor, "names.see").filter(pk=row.pk).exists()
    return IN_CLEAR | {Level.L2} if names else IN_CLEAR


def _may_open(actor: Actor, row: Quarantined, here: Submission | None, name: str) -> bool:
    """By the question that names the file in what is here and in what it came with; else it counts as personal."""
    levels, wholes = _levels(actor, row), _wholes(row, name)
    known = [(whole, version) for whole in wholes if (version := _version(whole)) is not None]
    judged = [] if here is None else [Version(definition_of(here.form_version), here.coded, texts_of(here))]
    for whole, version in known:
        reading = _reading(whole, version)
        judged.append(Version(definition_of(version), reading.coded, reading.texts))
    if (len(known) < len(wholes) or not judged) and (guess_type(name)[0] or "").startswith(("image/", "audio/")):
        return False  # nobody knows here whether a child drew or said it
    return may_open_apart(name, judged, levels)


def _wholes(row: Quarantined, name: str) -> list[Quarantined]:
    """What was kept apart with a file and names it."""
    if row.kind == "submission":
        return [row]
    rows = Quarantined.objects.filter(organisation_id=row.organisation_id, instance_id=row.instance_id)
    came = rows.filter(kind="submission", reason=row.reason, device=row.device_id, person=row.person_id)
    return [each for each in came if name in _texts(each)]


def _leaves(row: Quarantined) -> list[Element]:
    root = safe_xml.parse(quarantined_of(row))
    return [each for each in root.iter() if isinstance(each.tag, str) and not len(each) and (each.text or "").strip()]


def _plain(element: Element) -> AnswerRow:
    name = element.tag.rsplit("}", 1)[-1]
    return AnswerRow(name, name, "", (element.text or "").strip(), (), "", "text", (), "", "")


def _texts(row: Quarantined) -> frozenset[str]:
    return frozenset((each.text or "").strip() for each in _leaves(row))


def _files(row: Quarantined, named: frozenset[str]) -> list[Quarantined]:
    """Files that came with it: its answers name them."""
    rows = Quarantined.objects.filter(organisation_id=row.organisation_id, instance_id=row.instance_id)
    came = rows.filter(kind="attachment", reason=row.reason, device=row.device_id, person=row.person_id)
    return [each for each in came.order_by("received_at") if quarantined_name_of(each) in named]


def _file_here(actor: Actor, row: Quarantined, here: Submission | None) -> UUID | None:
    if row.reason != OTHER_FILE or here is None:
        return None
    name = quarantined_name_of(row)
    return next((each.id for each in answers_behind(actor, here.pk).attachments if each.name == name), None)


def _upload(row: Quarantined) -> Upload:
    name = quarantined_name_of(row)
    return Upload(name, guess_type(name)[0] or "application/octet-stream", quarantined_of(row))


def _other_child(row: Quarantined, here: Submission) -> str | None:
    """The code that the version kept apart names, where it is another child's than the interview's."""
    version = _version(row)
    code = _reading(row, version).typed_child if version is not None else ""
    same = here.child is not None and normalise_code(code) == here.child.code
    return code if code and not same else None


def _child_out_of_reach() -> Problem:
    return Problem(
        "kept.child",
        "The version kept apart names a child that you do not work with.",
        "Take it in as an interview of its own, or leave what is here as it is.",
        status=409,
    )
