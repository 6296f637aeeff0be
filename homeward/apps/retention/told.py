"""The interviews in a copy: to the child each of them, to a guardian the named parts of those that the child answered.

No part of a guardian's copy may say that something was told. So a question that can raise a flag is in none, whatever
was answered, nor one that is asked only after such an answer; nor what is sealed, names people or was noted by some.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from homeward.apps.access import vault
from homeward.apps.access.registry import Field, field_named
from homeward.apps.cases.models import Child
from homeward.apps.retention.holding import Part
from homeward.apps.surveys.answers import AnswerRow, answer_rows
from homeward.apps.surveys.definitions import Definition, definition_of
from homeward.apps.surveys.models import Attachment, Flag, Quarantined, Score, State, Submission
from homeward.apps.surveys.scoring import COMPOSITE
from homeward.apps.surveys.sealing import key_of, reason_of, texts_of, typed_child_of
from homeward.apps.surveys.timeline import SubmissionRow, submission_row
from homeward.domain.instruments import Instrument, Missing, Question
from homeward.domain.privacy import IN_CLEAR, Level, Storage

OWN_RESPONDENT = "child"
LEVELS = IN_CLEAR | {Level.L2}
NAMED = re.compile(r"\$\{\s*([^}\s]+)\s*\}|/([A-Za-z_][\w.-]*)")  # questions in a condition of a form


@dataclass(frozen=True, slots=True)
class Told:
    """One interview: in full where the child answered it."""

    row: SubmissionRow
    own: bool
    instrument: Instrument
    age_years: int | None
    language: str
    answers: tuple[AnswerRow, ...]
    reason: str
    scores: tuple[Score, ...]
    flags: tuple[tuple[str, str, str], ...]  # kind, severity, the question that raised it
    files: int
    remarks: tuple[Mapping[str, Any], ...]
    typed_child: str
    apart: tuple[str, ...]  # why something beside it was kept apart, and then settled


def told_interviews(child: Child, language: str) -> Iterator[Told]:
    rows = Submission.objects.filter(child=child).select_related("form_version", "person", "device")
    for row in rows.prefetch_related("flags").order_by("interviewed_on", "received_at", "pk"):
        own = row.respondent == OWN_RESPONDENT
        definition = definition_of(row.form_version)
        yield Told(
            submission_row(row),
            own,
            definition.instrument,
            row.age_years,
            row.language,
            _answers(row, definition, language) if own else (),
            words_of(reason_of, row) if own else "",
            tuple(Score.objects.filter(submission=row).order_by("dimension", "pk")),
            tuple(Flag.objects.filter(submission=row).values_list("kind", "severity", "question")),
            Attachment.objects.filter(submission=row).count(),
            tuple(row.problems) if own else (),
            words_of(typed_child_of, row) if own else "",
            tuple(_settled(row)),
        )


def widened_interviews(child: Child, parts: Collection[Part], language: str) -> Iterator[Told]:
    """For a guardian: exactly these parts of what the child itself answered and what counts now."""
    rows = Submission.objects.filter(child=child, respondent=OWN_RESPONDENT, state=State.ACCEPTED)
    for row in rows.select_related("form_version", "person", "device").order_by("interviewed_on", "received_at", "pk"):
        definition = definition_of(row.form_version)
        found = submission_row(row)
        scores = Score.objects.filter(submission=row, current=True).order_by("dimension", "pk")
        made = Told(
            replace(found, correction_reason=found.correction_reason if Part.CORRECTIONS in parts else ""),
            True,
            definition.instrument,
            None,
            "",
            tuple(_for_a_guardian(row, definition, parts, language)),
            "",
            tuple(_numbers(scores, definition.instrument)) if Part.SCORES in parts else (),
            (),
            0,
            (),
            "",
            (),
        )
        if made.answers or made.scores or made.row.correction_reason:
            yield made


def _for_a_guardian(
    row: Submission, definition: Definition, parts: Collection[Part], language: str
) -> Iterator[AnswerRow]:
    kept_back = telling_questions(definition.instrument)
    for each in _answers(row, definition, language, IN_CLEAR):
        part = Part.WORDS if each.kind == "text" else Part.ANSWERS
        shown = each.kind not in ("withheld", "media") and each.missing != Missing.NOT_ASKED
        if part in parts and shown and each.question.rsplit("/", 1)[-1] not in kept_back:
            yield each


def _numbers(scores: Iterable[Score], instrument: Instrument) -> Iterator[Score]:
    """Of dimensions in which no telling question counts: from a number and the other answers it could be worked out.
    A composite counts them all.
    """
    telling = telling_dimensions(instrument)
    return (each for each in scores if each.dimension not in telling and (each.dimension != COMPOSITE or not telling))


def telling_dimensions(instrument: Instrument) -> frozenset[str]:
    touched = set(telling_questions(instrument))
    rows = instrument.components
    while more := {each.name for each in rows if touched & {*each.of, *(one.question for one in each.when)}} - touched:
        touched |= more
    return frozenset(each.dimension for each in rows if each.dimension and each.name in touched)


def telling_questions(instrument: Instrument) -> frozenset[str]:
    """Whose answers would tell that something was told: those that can raise a flag or lie sealed, and all that stand
    behind a condition on one of them.
    """
    found = {each.name for each in instrument.questions if _can_tell(instrument, each)}
    while more := {each.name for each in instrument.questions if _behind(instrument, each, found)} - found:
        found |= more
    return frozenset(found)


def _can_tell(instrument: Instrument, question: Question) -> bool:
    options = instrument.choices_of(question)
    flags = options is not None and any(choice.flag is not None for choice in options.choices)
    return flags or instrument.level_of(question.name) == Level.L4


def _behind(instrument: Instrument, question: Question, telling: Collection[str]) -> bool:
    around = [instrument.by_name[name] for name in question.path if name in instrument.by_name]
    conditions = [each for one in (question, *around) for each in (one.relevant, one.calculation)]
    names = {a or b for each in conditions for a, b in NAMED.findall(each)}
    return bool(names & {*telling}) or any(one.name in telling for one in around)


def _settled(row: Submission) -> Iterator[str]:
    field = field_named("surveys.quarantined.settled_reason")
    for apart in Quarantined.objects.filter(taken_as=row).order_by("received_at"):
        words = value_of(apart, field)
        if words:
            yield str(words)


def _answers(
    row: Submission, definition: Definition, language: str, levels: frozenset[Level] = LEVELS
) -> tuple[AnswerRow, ...]:
    try:
        texts = texts_of(row)
    except vault.ErasedError:
        texts = {}
    return tuple(answer_rows(definition, row.coded, texts, language, levels))


def words_of(open_words: Any, row: Submission) -> str:
    with suppress(vault.ErasedError):
        return str(open_words(row))
    return ""


def value_of(row: Any, field: Field) -> Any:
    """Opened where it is sealed; empty once it was erased."""
    value = getattr(row, field.column.name)
    if field.privacy.storage is not Storage.SEALED:
        return value
    with suppress(vault.ErasedError):
        return vault.open_text(_owner(row, field), row.pk, field.name, value)
    return ""


def _owner(row: Any, field: Field) -> vault.Owner:
    under = field.sealed_under
    owner = under.owner if under is not None else ""
    if owner == "child":
        found: UUID = row.pk if isinstance(row, Child) else row.child_id
        return found
    if owner == "submission":
        return key_of(row if isinstance(row, Submission) else row.submission)
    own: UUID = row.pk
    return own
