"""A corrected interview names the one it corrects. The first correction wins. Its sender must be that one's sender and
still care for its child, and nobody may have set that one aside: otherwise it is taken and waits for a person.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.prepared import Prepared
from homeward.apps.access.writing import wait_for_writers
from homeward.apps.audit.services import record
from homeward.apps.cases.queries import in_caseload
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.surveys import versions
from homeward.apps.surveys.agreeing import state_by_agreement
from homeward.apps.surveys.forms import problem_record
from homeward.apps.surveys.models import Channel, FormVersion, State, Submission
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


def join_waiting(actor: Actor, version: FormVersion, meta: Meta, *, alone: bool) -> None:
    """After the commit. Of an edit and its original that arrive together one sees the other: the original looks for
    edits while it is written, and an edit that found none looks again once everybody who was writing by then is done.
    """
    if alone:
        wait_for_writers(Submission._meta.db_table)
    loose = _loose(version.organisation_id)
    with transaction.atomic():
        versions.hold(version.organisation_id, version.instrument_id)
        found = list(loose.filter(deprecated_id=meta.instance_id).order_by("received_at"))
        counts = set(versions.counting(each.pk for each in found).values_list("root_id", flat=True))
        found.sort(key=lambda edit: edit.pk not in counts)  # what a person has accepted comes before what waits
        if meta.deprecated_id:
            found += loose.filter(instance_id=meta.instance_id)
        for edit in found:
            _join(actor, edit)


def _loose(organisation_id: UUID) -> QuerySet[Submission]:
    """Edits whose original is not here, or was not when they came; later versions of one stand in line behind it."""
    loose = Submission.objects.filter(organisation_id=organisation_id, supersedes__isnull=True)
    return loose.filter(deprecated_id__isnull=False).defer("raw", "text", "coded")


def _join(actor: Actor, edit: Submission) -> None:
    """Only where nothing speaks against it; everything else stays with a person, who is told what."""
    places = Submission.objects.filter(organisation_id=edit.organisation_id, instance_id=edit.deprecated_id)
    original = places.exclude(root_id=edit.root_id).select_related("form_version").defer("raw", "text", "coded").first()
    live = versions.live(versions.line(edit.pk))
    if original is None or live is None:  # not what a person has set aside
        return
    if live.state == State.ACCEPTED:
        if not _same_interview(original, edit, live):
            return
        _take_out(original)
        versions.join(original.root_id, edit.pk)
    elif original.state == State.SUPERSEDED:
        return
    elif (problem := _against(actor, original, edit, live)) is not None:
        _wait_for(live, problem)
        return
    else:
        _replace(original, edit, live)
    record(actor, "join_edit", "submission", edit.pk, organisation_id=edit.organisation_id)


def _replace(original: Submission, edit: Submission, live: Submission) -> None:
    """As if the edit had come after its original: what it waited for is here."""
    live.problems = [problem for problem in live.problems if problem["code"] not in WAITING]
    live.state = state_by_agreement(live.agreement) or State.ACCEPTED
    if live.state != State.ACCEPTED:
        pass
    elif any(problem["code"] in CHILDLESS for problem in live.problems):
        live.state = State.UNMATCHED
    elif any(problem["severity"] == "error" for problem in live.problems):
        live.state = State.INVALID
    _take_out(original)
    versions.join(original.root_id, edit.pk)
    live.root_id, live.settled_at = original.root_id, timezone.now()
    if live.state == State.ACCEPTED:
        versions.make_way(live)
    live.save(update_fields=["problems", "state", "settled_at"])


def _take_out(original: Submission) -> None:
    """It counts and waits no longer; what a person has set aside stays so."""
    Submission.objects.filter(pk=original.pk).exclude(state__in=versions.GONE).update(state=State.SUPERSEDED)


def replace_original(edit: Submission, reach: QuerySet[Submission]) -> None:
    """A person accepts an edit that waited. Of two versions of one interview only one may count: where the edit was
    edited before, the first of them names the original, and so on. Another child only where the sender has said so.
    """
    reach = reach.filter(
        organisation_id=edit.organisation_id, form_version__instrument_id=edit.form_version.instrument_id
    )
    if CHILD_MOVED.code not in {problem["code"] for problem in edit.problems}:
        reach = reach.filter(child__isnull=True) if edit.child_id is None else reach.filter(child_id=edit.child_id)
    while name := Submission.objects.values_list("deprecated_id", flat=True).get(pk=edit.root_id):
        original = reach.filter(instance_id=name).exclude(root_id=edit.root_id).only("id", "root_id").first()
        if _another_counts(edit, name, original):
            raise ProblemError(ANOTHER_EDIT)
        if original is None:
            return
        _take_out(original)
        versions.join(original.root_id, edit.root_id)
        edit.root_id = original.root_id


def _another_counts(edit: Submission, name: str, original: Submission | None) -> bool:
    """Another edit of the same original was accepted before, whether that original is here or not. What a file said of
    it makes way.
    """
    if original is not None:
        others = versions.counting([original.root_id]).exclude(pk=original.pk)
        return others.exclude(channel=Channel.IMPORT).exists()
    edits = Submission.objects.filter(organisation_id=edit.organisation_id, deprecated_id=name)
    return versions.counting(edits.exclude(root_id=edit.root_id).values_list("root_id", flat=True)).exists()


def _same_interview(original: Submission, edit: Submission, accepted: Submission) -> bool:
    """By the rules of `replace_original`: a person has accepted the edit, and only then its original came."""
    same_form = original.form_version.instrument_id == _instrument_of(edit)
    return same_form and (_same_sender(original, edit) or original.child_id == accepted.child_id)


def _against(actor: Actor, original: Submission, edit: Submission, live: Submission) -> Problem | None:
    """As at intake; the code that the edit named is known by now."""
    version = FormVersion.objects.only("instrument_id").get(pk=edit.form_version_id)
    if not _same_sender(original, edit):
        return NOT_YOURS
    problem = objection(actor, version, original, corrected=False, code=None)
    lost = original.child_id is not None and live.child_id is None
    lost = lost and any(each["code"] in CHILDLESS for each in live.problems)
    return problem or (CHILD_MOVED if lost else None)


def _same_sender(original: Submission, edit: Submission) -> bool:
    return (edit.device_id, edit.person_id) == (original.device_id, original.person_id)


def _instrument_of(edit: Submission) -> str:
    return FormVersion.objects.values_list("instrument_id", flat=True).get(pk=edit.form_version_id)


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
