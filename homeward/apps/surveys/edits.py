"""A corrected interview names the one it corrects. The first correction wins. Its sender must be that one's sender and
still care for its child, and nobody may have set that one aside: otherwise it is taken and waits for a person.
"""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.prepared import Prepared
from homeward.apps.access.writing import wait_for_writers
from homeward.apps.audit.services import record
from homeward.apps.cases.queries import in_caseload
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.surveys.forms import problem_record
from homeward.apps.surveys.models import FormVersion, State, Submission
from homeward.domain.codes import normalise_code
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.xform.submission import Meta

OUTDATED = Problem(
    "submission.outdated_edit",
    "The interview that this one corrects was corrected by somebody else before; this one was kept apart.",
    "Tell your supervisor, who can compare both.",
    status=409,
)
ANOTHER_EDIT = Problem(
    "submission.another_edit",
    "Another correction of the same interview counts already.",
    "Set one of them aside first.",
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
ORIGINAL_SET_ASIDE = Problem(
    "edit.original_set_aside",
    "Somebody has set aside the interview that this one corrects.",
    "Accept this one if the interview counts after all; otherwise set it aside too.",
)
CHILD_LEFT = Problem(
    "edit.child_left",
    "The child whose interview this one corrects is no longer in the sender's caseload.",
    "Compare both; accept this one if it is right, or set it aside.",
)
CHILD_MOVED = Problem(
    "edit.child_moved",
    "This correction says that the interview was about another child, who is not in the sender's caseload.",
    "Compare both; link this one to its child and accept it, or set it aside.",
)
OUTSIDE_CASELOAD, ANOTHER_CHILD, DUPLICATE_CHILD = "child.outside_caseload", "child.another", "child.duplicate"
CHILDLESS = frozenset({OUTSIDE_CASELOAD, ANOTHER_CHILD, DUPLICATE_CHILD})  # why an interview waits for its child
REASONS_TO_WAIT = (ORIGINAL_UNKNOWN, NOT_YOURS, ORIGINAL_SET_ASIDE, CHILD_LEFT, CHILD_MOVED)
WAITING = frozenset(each.code for each in REASONS_TO_WAIT)


def of_duplicate(where: Where) -> Problem:
    """The interview names a record that somebody has marked as a duplicate."""
    return Problem(
        DUPLICATE_CHILD,
        "This record is marked as a duplicate of another record of the same child.",
        "Link the interview to the record that goes on, or set it aside.",
        where,
    )


class OutdatedEditError(Exception):
    """Somebody superseded the original, or set it aside, between our look and our write."""


def objection(
    actor: Actor, version: FormVersion, original: Submission | None, *, corrected: bool, code: str | None
) -> Problem | None:
    """Why an edit cannot replace its original at once. `corrected`: a person with that right has said so. `code`: of
    the child that the edit names, where its form asks for one.
    """
    if original is None:
        return ORIGINAL_UNKNOWN
    form = FormVersion.objects.only("instrument_id").get(pk=original.form_version_id)
    same_sender = (original.device_id, original.person_id) == (actor.device_id, actor.person_id)
    if form.instrument_id != version.instrument_id or not (same_sender or corrected):
        return NOT_YOURS
    if original.state == State.SET_ASIDE:
        return ORIGINAL_SET_ASIDE
    if corrected or original.child is None or original.state == State.SUPERSEDED:
        return None
    if not children_visible_to(actor, "interviews.fill").filter(pk=original.child.pk).exists():
        return CHILD_LEFT
    moved = code is not None and normalise_code(code) != original.child.code
    return CHILD_MOVED if moved and in_caseload(actor, code or "") is None else None


def inherited(original: Submission) -> list[Problem]:
    """An edit of an edit that waits has to wait for the same reason."""
    codes = {problem["code"] for problem in original.problems}
    return [problem for problem in REASONS_TO_WAIT if problem.code in codes]


def supersede(original: Submission) -> None:
    """In one statement: of two corrections at once, one changes the row and the other finds it changed."""
    live = Submission.objects.filter(pk=original.pk).exclude(state__in=(State.SUPERSEDED, State.SET_ASIDE))
    if not live.update(state=State.SUPERSEDED):
        raise OutdatedEditError


def counts_alone(row: Submission) -> None:
    """What counts takes the place of another version that counted while this one, or what it corrects, waited."""
    same = Submission.objects.filter(organisation_id=row.organisation_id, root_id=row.root_id, state=State.ACCEPTED)
    same.exclude(pk=row.pk).update(state=State.SUPERSEDED)


def join_waiting(actor: Actor, organisation_id: UUID, meta: Meta, *, alone: bool) -> None:
    """After the commit. Of an edit and its original that arrive together one sees the other: the original looks for
    edits while it is written, and an edit that found none looks again once everybody who was writing by then is done.
    """
    if alone:
        wait_for_writers(Submission._meta.db_table)
    loose = Submission.objects.filter(organisation_id=organisation_id, supersedes__isnull=True)
    loose = loose.filter(state__in=(State.UNMATCHED, State.ACCEPTED))  # not what a person has set aside
    loose = loose.filter(deprecated_id__isnull=False).defer("raw", "text", "coded")
    edits = list(loose.filter(deprecated_id=meta.instance_id).order_by("received_at")[:1])
    if meta.deprecated_id:
        edits += loose.filter(instance_id=meta.instance_id)
    for edit in edits:
        with suppress(OutdatedEditError):  # whoever else joined them did the same
            _join(actor, edit)


def _join(actor: Actor, edit: Submission) -> None:
    """Only where nothing speaks against it; everything else stays with a person, who is told what."""
    with transaction.atomic():
        original = (
            Submission.objects.select_related("form_version")
            .filter(organisation_id=edit.organisation_id, instance_id=edit.deprecated_id)
            .exclude(state=State.SUPERSEDED)
            .exclude(pk=edit.pk)
            .defer("raw", "text", "coded")
            .first()
        )
        if original is None:
            return
        if (problem := _against(actor, original, edit)) is not None:
            _wait_for(edit, problem)
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
        if state == State.ACCEPTED and original.state != State.ACCEPTED:
            edit.root_id = original.root_id
            counts_alone(edit)
        record(actor, "join_edit", "submission", edit.pk, organisation_id=edit.organisation_id)


def replace_original(edit: Submission, reach: QuerySet[Submission]) -> None:
    """A person accepts an edit that waited. Of two versions of one interview only one may count: where the edit was
    edited before that, the first of them names the original. Another child only where the sender has said so.
    """
    first = edit if edit.supersedes_id is None else Submission.objects.only("deprecated_id").get(pk=edit.root_id)
    originals = reach.filter(organisation_id=edit.organisation_id, instance_id=first.deprecated_id)
    same = originals.filter(form_version__instrument_id=edit.form_version.instrument_id)
    if CHILD_MOVED.code not in {problem["code"] for problem in edit.problems}:
        same = same.filter(child__isnull=True) if edit.child_id is None else same.filter(child_id=edit.child_id)
    original = same.exclude(pk=first.pk).only("id", "root_id", "state").first()
    if original is None and _another_counts(edit, first.deprecated_id):
        raise ProblemError(ANOTHER_EDIT)
    if original is None or original.root_id == edit.root_id:
        return
    try:
        if original.state != State.SET_ASIDE:
            supersede(original)
        with transaction.atomic():
            Submission.objects.filter(pk=first.pk).update(supersedes=original)
            versions = Submission.objects.filter(organisation_id=edit.organisation_id, root_id=edit.root_id)
            versions.update(root_id=original.root_id)
    except (OutdatedEditError, IntegrityError):
        raise ProblemError(OUTDATED) from None


def _another_counts(edit: Submission, original: str | None) -> bool:
    """Another edit of the same original, which is not here, was accepted before."""
    if not original:
        return False
    rows = Submission.objects.filter(organisation_id=edit.organisation_id)
    others = rows.filter(deprecated_id=original).exclude(root_id=edit.root_id).values("root_id")
    return rows.filter(root_id__in=others, state=State.ACCEPTED).exists()


def _against(actor: Actor, original: Submission, edit: Submission) -> Problem | None:
    """As at intake; the code that the edit named is known by now. What a person has accepted counts already."""
    version = FormVersion.objects.only("instrument_id").get(pk=edit.form_version_id)
    decided = edit.state == State.ACCEPTED
    if (edit.device_id, edit.person_id) != (original.device_id, original.person_id):
        return NOT_YOURS
    problem = objection(actor, version, original, corrected=decided, code=None)
    lost = original.child_id is not None and edit.child_id is None and not decided
    lost = lost and any(each["code"] in CHILDLESS for each in edit.problems)
    return problem or (CHILD_MOVED if lost else None)


def _wait_for(edit: Submission, problem: Problem) -> None:
    """It waited for its original to arrive; now it waits for a person."""
    if edit.state != State.UNMATCHED or not any(each["code"] == ORIGINAL_UNKNOWN.code for each in edit.problems):
        return
    told = [each for each in edit.problems if each["code"] != ORIGINAL_UNKNOWN.code]
    rows = Submission.objects.filter(pk=edit.pk, state=State.UNMATCHED)
    rows.update(problems=[*told, problem_record(problem)])


def _waiting(place: UUID, original: str) -> QuerySet[Submission]:
    return Submission.objects.filter(organisation_id=place, deprecated_id=original).only("id").order_by()


WAITING_FOR = Prepared(_waiting, place=UUID, original=str)
