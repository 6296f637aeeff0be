"""Two versions of one interview side by side, question by question, for the person who decides which counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from homeward.apps.access.actors import Actor
from homeward.apps.surveys.answers import SEE, AnswerRow, Answers, answers_behind
from homeward.apps.surveys.models import Agreement, State, Submission
from homeward.apps.surveys.scope import submissions_visible_to
from homeward.apps.surveys.timeline import SubmissionRow, submission_row
from homeward.apps.surveys.twins import first_id
from homeward.apps.surveys.versions import GONE, line


@dataclass(frozen=True, slots=True)
class AnswerDifference:
    """`here` is what counts or was there first; None where that version has no such question."""

    label: str
    repeat: str
    here: AnswerRow | None
    other: AnswerRow | None


@dataclass(frozen=True, slots=True)
class Compared:
    here: Answers
    differences: tuple[AnswerDifference, ...]
    same: int  # answers that are alike


def compared(here: Answers, other: Iterable[AnswerRow]) -> Compared:
    """In the order of the form; answers that are alike are only counted."""
    before = {(row.question, row.repeat): row for row in here.rows}
    after = {(row.question, row.repeat): row for row in other}
    found, same = [], 0
    for key in dict.fromkeys((*after, *before)):
        first, second = before.get(key), after.get(key)
        if first is not None and second is not None and first.mark == second.mark:
            same += 1
        elif (row := second or first) is not None:
            found.append(AnswerDifference(row.label, row.repeat, first, second))
    return Compared(here, tuple(found), same)


def compared_with_original(actor: Actor, edit: Answers) -> Compared | None:
    """An edit that waits, beside the newest version of what it corrects; None where nobody here may see that."""
    row = Submission.objects.only("organisation_id", "deprecated_id", "supersedes_id").get(pk=edit.submission.id)
    if not row.deprecated_id or row.supersedes_id is not None:
        return None
    original = newest_version(row.organisation_id, row.deprecated_id)
    if original is None or original.agreement == Agreement.MISSING:  # nobody reads that one
        return None
    if not submissions_visible_to(actor, SEE).filter(pk=original.pk).exists():
        return None
    return compared(answers_behind(actor, original.pk), edit.rows)


def first_of_twins(actor: Actor, answers: Answers) -> SubmissionRow | None:
    """The interview that came before one that is like it; None where nobody here may see that."""
    named = first_id(answers.submission.problems)
    if answers.submission.state != State.TWICE or not named:
        return None
    place = Submission.objects.values_list("organisation_id", flat=True).get(pk=answers.submission.id)
    row = newest_version(place, named)
    if row is None or not submissions_visible_to(actor, SEE).filter(pk=row.pk).exists():
        return None
    return submission_row(row)


def newest_version(organisation_id: UUID, instance_id: str) -> Submission | None:
    """Of the interview with this id: the one that counts or waits; where none does, the last."""
    return standing(versions_of(organisation_id, instance_id))


def standing(versions: Sequence[Submission]) -> Submission | None:
    """After an import was undone it is not the last one."""
    alive = [each for each in versions if each.state not in GONE]
    return next(reversed(alive or versions), None)


def versions_of(organisation_id: UUID, instance_id: str) -> list[Submission]:
    """From the first to the last of the interview with this id, which is that of any of them."""
    rows = Submission.objects.select_related("child", "form_version").defer(
        "raw", "text", "coded", "form_version__workbook", "form_version__xform", "form_version__report"
    )
    named = rows.filter(organisation_id=organisation_id, instance_id=instance_id).first()
    return [] if named is None else line(named.root_id, rows)
