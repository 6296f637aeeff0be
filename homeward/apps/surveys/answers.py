"""The answers behind a score. Opening them is written down before they are returned.

Who may not read the level of a question is told that it was asked, and never what was answered.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.visibility import NotVisible
from homeward.apps.access.volume import count_record
from homeward.apps.audit.services import record_look
from homeward.apps.cases.queries import ChildRow, child_row
from homeward.apps.surveys.attachments import content_of, files_of
from homeward.apps.surveys.definitions import Definition, definition_of
from homeward.apps.surveys.drawings import Drawing, by_every_version, drawings_in, eyes_of, not_shown, unnamed_open
from homeward.apps.surveys.models import Agreement, Score, Submission
from homeward.apps.surveys.reading import decode
from homeward.apps.surveys.records import KeptAnswer, kept_answers, named_files, typed_child_shown
from homeward.apps.surveys.scope import found, inbox_visible_to, submissions_visible_to
from homeward.apps.surveys.sealing import reason_of, texts_of
from homeward.apps.surveys.timeline import SubmissionRow, submission_row
from homeward.domain.instruments import Instrument, Missing, Question, Text
from homeward.domain.privacy import IN_CLEAR, Level
from homeward.domain.problems import Problem, ProblemError
from homeward.domain.scoring.result import share_of

SEE = "answers.see"
_KEY = secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class AnswerRow:
    question: str
    label: str
    group: str
    answer: str  # in words, in the language asked for
    codes: tuple[str, ...]
    missing: str  # why there is none, or which kind of "no answer" was given
    kind: str  # choice, number, date, text, media, withheld
    components: tuple[str, ...]  # of the score that read this question
    dimension: str
    value: str  # of that component, 0 to 1
    repeat: str = ""  # path of the repeat's row
    mark: bytes = field(default=b"", repr=False)  # alike for like answers, also where they are withheld


@dataclass(frozen=True, slots=True)
class ScoreRow:
    dimension: str
    value: Decimal | None
    exact: str  # as a fraction
    answered: int
    applicable: int
    share: Decimal | None
    enough: bool
    weight_set: str
    instrument_id: str
    version: str
    language: str
    scorer_version: str
    components: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    id: UUID
    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class AttachmentContent:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Answers:
    submission: SubmissionRow
    child: ChildRow | None
    typed_child: str
    reason: str  # of the correction, or of how it was settled
    age_years: int | None
    rows: tuple[AnswerRow, ...]
    scores: tuple[ScoreRow, ...]
    attachments: tuple[AttachmentRow, ...]  # that this reader may open
    drawings: tuple[Drawing, ...]  # that have arrived, shown or not
    missing_files: tuple[str, ...]  # named by answers and not arrived


def answers_behind(actor: Actor, submission_id: UUID, language: str = "") -> Answers:
    row = _opened(actor, submission_id)
    definition, levels = definition_of(row.form_version), levels_of(actor, row)
    texts = texts_of(row)
    scores = list(Score.objects.filter(submission=row, current=True).order_by("dimension"))
    reader = _Reader(definition, language or actor.language, scores, levels)
    named = named_files(definition, row.coded, texts, levels)
    files = [
        AttachmentRow(each.pk, name, each.content_type, each.size)
        for name, each in files_of(row, named)
        if named.get(name, unnamed_open(definition, levels))
    ]
    names = {file.name for file in files}
    eyes = eyes_of(actor, row, levels)
    drawings = by_every_version(drawings_in(definition, row.coded, texts, names, eyes), row, eyes)
    kept_back = not_shown(drawings)
    return Answers(
        submission=submission_row(row),
        child=child_row(row.child, actor.today()) if row.child else None,
        typed_child=typed_child_shown(row, names=Level.L2 in levels),
        reason=reason_of(row),
        age_years=row.age_years,
        rows=tuple(reader.rows(row.coded, texts)),
        scores=tuple(_score(score) for score in scores),
        attachments=tuple(file for file in files if file.name not in kept_back),
        drawings=tuple(each for each in drawings if each.file in names),
        missing_files=tuple(name for name, shown in named.items() if shown and name not in names),
    )


def answer_rows(
    definition: Definition, coded: Mapping[str, Any], texts: Mapping[str, Any], language: str, levels: frozenset[Level]
) -> list[AnswerRow]:
    """In words, of what is no interview yet."""
    return list(_Reader(definition, language, [], levels).rows(coded, texts))


def attachment(actor: Actor, submission_id: UUID, attachment_id: UUID) -> AttachmentContent:
    row = _opened(actor, submission_id)
    levels = levels_of(actor, row)
    definition, texts = definition_of(row.form_version), texts_of(row)
    named = named_files(definition, row.coded, texts, levels)
    files = files_of(row, named)
    here = {name for name, _ in files}
    eyes = eyes_of(actor, row, levels)
    kept_back = not_shown(by_every_version(drawings_in(definition, row.coded, texts, here, eyes), row, eyes))
    unnamed = unnamed_open(definition, levels)
    for name, file in files:
        if file.pk == attachment_id and name not in kept_back and named.get(name, unnamed):
            return AttachmentContent(name, file.content_type, content_of(file))
    raise NotVisible("file")


def levels_of(actor: Actor, row: Submission) -> frozenset[Level]:
    """What this reader may see of it: names are for fewer than answers, and L4 is for nobody who comes this way."""
    names = inbox_visible_to(actor, "names.see").filter(pk=row.pk).exists()
    return IN_CLEAR | {Level.L2} if names else IN_CLEAR


def _opened(actor: Actor, submission_id: UUID) -> Submission:
    guard(actor, SEE, what=("submission", submission_id))
    row = found(submissions_visible_to(actor, SEE), submission_id)
    if row.agreement == Agreement.MISSING:
        raise ProblemError(waits_for_agreement())
    detail = {"child": row.child.code if row.child else ""}
    place, child = row.organisation_id, row.child_id
    if child is not None:
        count_record(actor, child, place)
    record_look(actor, SEE, "submission", row.pk, organisation_id=place, child_id=child, detail=detail)
    return row


def waits_for_agreement() -> Problem:
    return Problem(
        "consent.waiting",
        "This interview waits for agreement. Until that is there nobody reads it.",
        "Ask the supervisor, who finds it in the inbox.",
        status=409,
    )


def _score(row: Score) -> ScoreRow:
    return ScoreRow(
        row.dimension,
        row.value,
        f"{row.numerator}/{row.denominator}" if row.numerator else "",
        row.answered,
        row.applicable,
        share_of(row.answered, row.applicable),
        row.enough,
        row.weight_set,
        row.instrument_id,
        row.instrument_version,
        row.language,
        row.scorer_version,
        tuple(row.components),
    )


def in_language(texts: Text, language: str, default: str) -> str:
    return texts.get(language) or texts.get(default) or next(iter(texts.values()), "")


def mark_of(row: AnswerRow) -> bytes:
    """Two versions of an interview are compared by who may not read them too. It leaves neither page nor process."""
    said = "\0".join((row.answer, row.missing, *row.codes))
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), key=_KEY).digest()


def withheld(row: AnswerRow) -> AnswerRow:
    return replace(row, answer="", codes=(), missing="", kind="withheld", value="", mark=mark_of(row))


class _Reader:
    """Answers in the order of the form, with the components that read them."""

    def __init__(self, definition: Definition, language: str, scores: list[Score], levels: frozenset[Level]) -> None:
        self.instrument: Instrument = definition.instrument
        self.levels = levels
        self.places = {question.name: place for place, question in enumerate(self.instrument.questions)}
        self.language = language
        self.default = self.instrument.about.default_language
        values = {each["name"]: each for score in scores for each in score.components}
        self.read_by: dict[str, list[tuple[str, str, str]]] = {}
        for component in self.instrument.components:
            shown = values.get(component.name, {})
            for question in component.of:
                entry = (component.name, component.dimension, str(shown.get("value", "")))
                if entry not in self.read_by.setdefault(question, []):
                    self.read_by[question].append(entry)

    def rows(self, coded: Mapping[str, Any], texts: Mapping[str, Any]) -> Iterator[AnswerRow]:
        """One a question and repeat row. Of an option that the form does not have, what was written is shown."""
        found: dict[str, dict[str, KeptAnswer]] = {"": {}}
        for each in kept_answers(self.instrument, coded, texts):
            if each.kind != "calculated":
                found.setdefault(each.path, {})[each.name] = each
        for answers in found.values():
            for each in sorted(answers.values(), key=self._place):
                row = self._answer(each)
                yield replace(row, mark=mark_of(row)) if each.level in self.levels else withheld(row)

    def _place(self, each: KeptAnswer) -> tuple[int, str]:
        return self.places.get(each.name, len(self.places)), each.name

    def _answer(self, each: KeptAnswer) -> AnswerRow:
        if each.kind == "coded":
            return self._coded(each.name, each.path, each.value)
        return self._row(each.name, each.path, str(each.value), "media" if each.kind == "media" else "text")

    def _coded(self, name: str, repeat: str, value: Any) -> AnswerRow:
        answer = decode(value)
        if isinstance(answer, Missing):
            return self._row(name, repeat, "", "choice", missing=str(answer))
        if isinstance(answer, Decimal):
            return self._row(name, repeat, f"{answer:f}", "number")
        codes = answer if isinstance(answer, tuple) else (answer,)
        question = self.instrument.by_name.get(name.rsplit("/", 1)[-1])
        choices = self.instrument.choices_of(question) if question else None
        if choices is None:
            return self._row(name, repeat, " ".join(codes), "date")
        chosen = [(code, choices.get(code)) for code in codes]
        labels = [in_language(each.labels, self.language, self.default) if each else code for code, each in chosen]
        missing = next((str(each.missing) for _, each in chosen if each and each.missing), "")
        return self._row(name, repeat, " · ".join(labels), "choice", missing, codes)

    def _row(
        self, name: str, repeat: str, answer: str, kind: str, missing: str = "", codes: tuple[str, ...] = ()
    ) -> AnswerRow:
        question: Question | None = self.instrument.by_name.get(name.rsplit("/", 1)[-1])
        read_by = self.read_by.get(name, [])
        return AnswerRow(
            question=name,
            label=in_language(question.labels, self.language, self.default) if question else name,
            group=question.path[-1] if question and question.path else "",
            answer=answer,
            codes=codes,
            missing=missing,
            kind=kind,
            components=tuple(dict.fromkeys(component for component, _, _ in read_by)),
            dimension=next((dimension for _, dimension, _ in read_by if dimension), ""),
            value=next((value for _, _, value in read_by if value), ""),
            repeat=repeat,
        )
