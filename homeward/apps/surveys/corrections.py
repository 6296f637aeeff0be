"""Correcting an interview: a new version with a reason. The one before stays as it came and is no longer counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from django.utils import timezone
from django.utils.translation import gettext_noop

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.guard import guard
from homeward.apps.cases.queries import find_of
from homeward.apps.surveys.answers import levels_of, waits_for_agreement
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.definitions import Definition, definition_of
from homeward.apps.surveys.deliveries import Correction, Delivery, Receipt
from homeward.apps.surveys.form_queries import find_version
from homeward.apps.surveys.inbox import CAME_TWICE, settled_already
from homeward.apps.surveys.intake import take
from homeward.apps.surveys.models import Agreement, Channel, State, Submission
from homeward.apps.surveys.reading import read
from homeward.apps.surveys.scope import found, submissions_visible_to
from homeward.apps.surveys.sealing import raw_of
from homeward.domain.problems import Decision, Problem, ProblemError, Where, errors
from homeward.formats import safe_xml
from homeward.formats.xform import messages
from homeward.formats.xform.editing import corrected
from homeward.formats.xform.submission import read_meta

REASONS = {
    "typing_error": gettext_noop("A typing error"),
    "respondent": gettext_noop("The respondent corrected it"),
    "wrong_child": gettext_noop("It was about another child"),
    "wrong_date": gettext_noop("The date was wrong"),
    "paper": gettext_noop("The paper form says otherwise"),
    CAME_TWICE: gettext_noop("It came twice"),
    "other_version": gettext_noop("Another version of it is right"),
    "other": gettext_noop("Another reason"),
}
REASONS_TO_CORRECT = tuple(code for code in REASONS if code != CAME_TWICE)  # an answer is not why
IMPORTED = Problem(
    "correction.imported",
    "This interview came with an import, so it cannot be corrected here.",
    "Correct it in the file and import it again: the new row replaces this one.",
    status=409,
)


def correct_submission(
    actor: Actor,
    submission_id: UUID,
    xml: bytes,
    attachments: Sequence[Upload],
    reason_code: str,
    reason: str,
    child_key: UUID | str | None = None,
    *,
    came_by: str = "",
) -> Receipt:
    """A new version as the browser interview sends it: its `deprecatedID` is the interview that it corrects. `came_by`:
    the channel of what its interviewer sent, which takes the place of an imported row too.
    """
    row = _correctable(actor, submission_id, reason_code, reason, imported=bool(came_by))
    meta = read_meta(safe_xml.parse(xml))
    if meta.deprecated_id != row.instance_id:
        raise ProblemError(
            Problem(
                "correction.other_interview",
                "This correction names another interview.",
                "Open the interview again and correct it from there.",
                status=409,
            )
        )
    correction = Correction(reason_code, reason.strip(), _child_id(actor, row, child_key))
    return _take(actor, row, xml, attachments, correction, came_by)


def correct_answers(
    actor: Actor,
    submission_id: UUID,
    changes: Mapping[str, str],
    reason_code: str,
    reason: str,
    child_key: UUID | str | None = None,
) -> Receipt:
    """A few answers by question name, and what the form computes from them; everything else stays as it is."""
    row = _correctable(actor, submission_id, reason_code, reason)
    definition = definition_of(row.form_version)
    _refuse_unseen(actor, definition, row, changes)
    xml = corrected(definition.form, raw_of(row), changes, f"uuid:{uuid4()}", row.interviewed_on)
    _refuse_impossible(definition, row, xml)
    return _take(actor, row, xml, (), Correction(reason_code, reason.strip(), _child_id(actor, row, child_key)))


def may_correct(actor: Actor, channel: str) -> Decision:
    """What a page asks before it shows the button. An imported row is corrected where it came from."""
    allowed = permit(actor, "submissions.correct")
    return Decision.no(IMPORTED) if allowed and channel == Channel.IMPORT else allowed


def _correctable(
    actor: Actor, submission_id: UUID, reason_code: str, reason: str, *, imported: bool = False
) -> Submission:
    guard(actor, "submissions.correct", what=("submission", submission_id))
    row = found(submissions_visible_to(actor, "submissions.correct"), submission_id)
    if not imported:
        may_correct(actor, row.channel).require()
    if reason_code not in REASONS_TO_CORRECT or not reason.strip():
        raise ProblemError(
            Problem(
                "reason.missing", "The reason is missing.", "Choose one and add a few words.", Where(field="reason")
            )
        )
    if row.agreement == Agreement.MISSING:
        raise ProblemError(waits_for_agreement())
    if row.state == State.SET_ASIDE:  # by somebody who may settle; a correction would count again
        raise ProblemError(settled_already())
    if row.state == State.SUPERSEDED:
        raise ProblemError(
            Problem(
                "correction.outdated",
                "This version was corrected before.",
                "Correct the newest version.",
                status=409,
            )
        )
    return row


def _refuse_unseen(actor: Actor, definition: Definition, row: Submission, changes: Iterable[str]) -> None:
    """Nobody writes over an answer without being shown it."""
    levels = levels_of(actor, row)
    unseen = [name for name in changes if definition.instrument.level_of(name) not in levels]
    if unseen:
        raise ProblemError(
            Problem(
                "correction.not_shown",
                "This answer is not shown to your role, so you cannot change it.",
                "Ask somebody who may see names to correct it.",
                Where(field=name),
                status=403,
            )
            for name in unseen
        )


def _refuse_impossible(definition: Definition, row: Submission, xml: bytes) -> None:
    """A correction makes nothing worse: what broke a rule before may stay, another answer that breaks one may not."""
    before = {(problem["code"], problem["field"]) for problem in row.problems}
    told = read(definition, safe_xml.parse(xml), timezone.now()).problems
    wrong = tuple(each for each in errors(told) if each.code.startswith("answer."))
    new = tuple(each for each in wrong if (each.code, each.where.field) not in before)
    if new:
        raise ProblemError(new)


def constraint_messages(actor: Actor, form_id: UUID) -> Mapping[str, str]:
    """Question name -> what the form itself says of an answer that breaks its rule, in the reader's language."""
    return messages.constraint_messages(definition_of(find_version(actor, form_id)).form, actor.language)


def _child_id(actor: Actor, row: Submission, child_key: UUID | str | None) -> UUID | None:
    """The child stays the same unless somebody says otherwise; a code that came wrong may be corrected by answers."""
    if child_key is None:
        return row.child_id
    return find_of(actor, child_key, "submissions.correct", row.organisation_id).pk


def _take(
    actor: Actor, row: Submission, xml: bytes, uploads: Sequence[Upload], correction: Correction, channel: str = ""
) -> Receipt:
    """In the organisation of the interview. Files that are not sent again stay with the version before, which the new
    one shows as long as an answer names them.
    """
    here = replace(actor, organisation_id=row.organisation_id)
    return take(here, Delivery(xml, uploads, channel or row.channel, correction))
