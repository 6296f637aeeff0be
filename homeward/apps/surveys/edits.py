"""A corrected interview names the one it corrects. Its sender must be that one's sender; the first correction wins."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.prepared import Prepared
from homeward.apps.audit.services import record
from homeward.apps.surveys.models import FormVersion, State, Submission
from homeward.domain.problems import Problem, ProblemError
from homeward.formats.xform.submission import Meta

OUTDATED = Problem(
    "submission.outdated_edit",
    "The interview that this one corrects was corrected by somebody else before; this one was kept apart.",
    "Tell your supervisor, who can compare both.",
    status=409,
)
ORIGINAL_UNKNOWN = Problem(
    "edit.original_unknown",
    "The interview that this one corrects has not arrived.",
    "It is joined when that one arrives; otherwise set one of them aside.",
)
NOT_YOURS = Problem(
    "edit.not_yours",
    "The interview that this one corrects came from somebody else, or was made with another form.",
    "Compare both and set one of them aside.",
)
OUTSIDE_CASELOAD, ANOTHER_CHILD = "child.outside_caseload", "child.another"
CHILDLESS = frozenset({OUTSIDE_CASELOAD, ANOTHER_CHILD})  # why an interview waits for its child
WAITING = frozenset({ORIGINAL_UNKNOWN.code, NOT_YOURS.code})


class OutdatedEditError(Exception):
    """Somebody superseded the original between our look and our write."""


def objection(actor: Actor, version: FormVersion, original: Submission | None, *, corrected: bool) -> Problem | None:
    """Why an edit cannot replace its original at once. `corrected`: a person with that right has said so."""
    if original is None:
        return ORIGINAL_UNKNOWN
    form = FormVersion.objects.only("instrument_id").get(pk=original.form_version_id)
    same_sender = (original.device_id, original.person_id) == (actor.device_id, actor.person_id)
    if form.instrument_id != version.instrument_id or not (same_sender or corrected):
        return NOT_YOURS
    return None


def supersede(original: Submission) -> None:
    """In one statement: of two corrections at once, one changes the row and the other finds it changed."""
    changed = Submission.objects.filter(pk=original.pk).exclude(state=State.SUPERSEDED).update(state=State.SUPERSEDED)
    if not changed:
        raise OutdatedEditError


def join_waiting(actor: Actor, organisation_id: UUID, meta: Meta) -> None:
    """After the commit, so that of an edit and its original that arrive together at least one sees the other."""
    if not meta.deprecated_id and _WAITING.first(place=organisation_id, original=meta.instance_id) is None:
        return
    loose = Submission.objects.filter(organisation_id=organisation_id, supersedes__isnull=True)
    loose = loose.filter(state__in=(State.UNMATCHED, State.ACCEPTED))  # not what a person has set aside
    loose = loose.exclude(deprecated_id="").defer("raw", "text", "coded")
    edits = list(loose.filter(deprecated_id=meta.instance_id).order_by("received_at")[:1])
    if meta.deprecated_id:
        edits += loose.filter(instance_id=meta.instance_id)
    for edit in edits:
        with suppress(OutdatedEditError):  # whoever else joined them did the same
            _join(actor, edit)


def _join(actor: Actor, edit: Submission) -> None:
    """Only where sender and form agree; everything else stays with a person."""
    with transaction.atomic():
        original = (
            Submission.objects.select_related("form_version")
            .filter(organisation_id=edit.organisation_id, instance_id=edit.deprecated_id)
            .exclude(state=State.SUPERSEDED)
            .only("id", "root_id", "device_id", "person_id", "form_version__instrument_id", "state")
            .first()
        )
        if original is None or not _may_join(original, edit):
            return
        problems = [problem for problem in edit.problems if problem["code"] not in WAITING]
        state = State.UNMATCHED if any(problem["code"] in CHILDLESS for problem in problems) else ""
        if not state:
            invalid = any(problem["severity"] == "error" for problem in problems)
            state = State.INVALID if invalid and edit.state != State.ACCEPTED else State.ACCEPTED
        supersede(original)
        joined = Submission.objects.filter(pk=edit.pk, supersedes__isnull=True).update(
            supersedes=original, root_id=original.root_id, problems=problems, state=state, settled_at=timezone.now()
        )
        if not joined:
            raise OutdatedEditError
        record(actor, "join_edit", "submission", edit.pk, organisation_id=edit.organisation_id)


def replace_original(edit: Submission, reach: QuerySet[Submission]) -> None:
    """A person accepts an edit that waited. Of two versions of one interview only one may count."""
    originals = reach.filter(organisation_id=edit.organisation_id, instance_id=edit.deprecated_id)
    same = originals.filter(form_version__instrument_id=edit.form_version.instrument_id)
    same = same.filter(child__isnull=True) if edit.child_id is None else same.filter(child_id=edit.child_id)
    original = same.exclude(pk=edit.pk).only("id", "root_id", "state").first()
    if original is None:
        return
    try:
        if original.state != State.SET_ASIDE:
            supersede(original)
        with transaction.atomic():
            changed = Submission.objects.filter(pk=edit.pk)
            changed.update(supersedes=original, root_id=original.root_id)
    except (OutdatedEditError, IntegrityError):
        raise ProblemError(OUTDATED) from None


def _may_join(original: Submission, edit: Submission) -> bool:
    form = FormVersion.objects.only("instrument_id").get(pk=edit.form_version_id)
    return (
        original.form_version.instrument_id == form.instrument_id
        and (original.device_id, original.person_id) == (edit.device_id, edit.person_id)
        and original.pk != edit.pk
    )


def _waiting(place: UUID, original: str) -> QuerySet[Submission]:
    return Submission.objects.filter(organisation_id=place, deprecated_id=original).only("id").order_by()


_WAITING = Prepared(_waiting, place=UUID, original=str)
