"""Questions that only focal points may read: the browser seals their answers, so nothing else may use them."""

from __future__ import annotations

from collections.abc import Iterator

from homeward.domain.instruments import Question
from homeward.domain.privacy import Level
from homeward.domain.problems import ProblemError, Severity
from homeward.formats.xform.expressions import references
from homeward.formats.xlsform.checks.logic import EXPRESSION_COLUMNS, MAYBE_EXPRESSIONS, NAMED_IN_TEXT
from homeward.formats.xlsform.checks.subject import Subject, holds_answer
from homeward.formats.xlsform.xform_sheets import flagging

SEALABLE = frozenset({"text", "integer", "decimal", "date", "select_one", "select_multiple", "range"})


def check_sealed_questions(subject: Subject, *, for_publication: bool) -> None:
    severity: Severity = "error" if for_publication else "warning"
    sealed = [each for each in subject.instrument.questions if each.privacy is Level.L4 and holds_answer(each)]
    names = {each.name for each in sealed}
    flagged = {question.name for marks in flagging(subject.instrument).values() for question, _ in marks}
    if subject.instrument.about.encrypted:
        _nothing_else(subject, severity)
    for question in sealed:
        _refused_for_collect(subject, question, severity)
        _nothing_made_of_it(subject, question, flagged, severity)
    for question in subject.instrument.questions:
        for name in sorted(names & set(_named_by(subject, question)) - {question.name}):
            subject.report.add(
                "l4_referenced",
                "{other} names {name}, which is sealed to focal points (L4): its rule would show what was answered.",
                "Take the name out of the rule, or declare both L4.",
                subject.at(question.where, "relevant"),
                {"name": name, "other": question.name},
                severity,
            )


def _refused_for_collect(subject: Subject, question: Question, severity: Severity) -> None:
    """ODK's own encryption takes a whole form, so on such a phone these answers would lie in clear."""
    if subject.instrument.about.collect and not subject.instrument.about.encrypted:
        subject.report.add(
            "l4_collect",
            "{name} is sealed to focal points (L4), which ODK Collect cannot do beside other questions.",
            "Write collect and no in the sheet about: the form then stands in the browser interview alone.",
            subject.at(question.where, "privacy"),
            {"name": question.name},
            severity,
        )


def _nothing_else(subject: Subject, severity: Severity) -> None:
    """Of a form that the phone encrypts the server reads no answer: what others must know would be lost in it."""
    for question in subject.instrument.questions:
        if holds_answer(question) and question.privacy is not Level.L4:
            subject.report.add(
                "l4_mixed",
                "{name} is not sealed to focal points (L4), and the form is encrypted as a whole: nobody else would "
                "ever read this answer.",
                "Declare every question L4, or ask this one in a form of its own.",
                subject.at(question.where, "privacy"),
                {"name": question.name},
                severity,
            )


def _nothing_made_of_it(subject: Subject, question: Question, flagged: set[str], severity: Severity) -> None:
    if question.type not in SEALABLE and not subject.instrument.about.encrypted:
        message = "{name} is sealed to focal points (L4), and answers of this type cannot be sealed in the page."
        action = "Ask for text, a number, a day or a choice."
        subject.report.add(
            "l4_type", message, action, subject.at(question.where, "type"), {"name": question.name}, severity
        )
    if question.name in subject.instrument.scored_names or question.name in flagged:
        subject.report.add(
            "l4_scored",
            "{name} is sealed to focal points (L4), so nothing can be scored or flagged from it.",
            "Take it out of the scoring and take the flag off its choices: an answer reaches them in any case.",
            subject.at(question.where, "privacy"),
            {"name": question.name},
            severity,
        )
    if question.required:
        subject.report.add(
            "l4_required",
            "{name} is sealed to focal points (L4), so nobody sees whether it was answered, and it cannot be required.",
            "Leave required empty.",
            subject.at(question.where, "required"),
            {"name": question.name},
            severity,
        )


def _named_by(subject: Subject, question: Question) -> Iterator[str]:
    if question.privacy is Level.L4:
        return
    for column in (*EXPRESSION_COLUMNS, *MAYBE_EXPRESSIONS):
        text = subject.cell(question, column)
        try:
            yield from references(text) if text and "${" in text else ()
        except ProblemError:
            continue  # said already where expressions are looked at
    for texts in (question.labels, question.hints):
        for text in texts.values():
            yield from NAMED_IN_TEXT.findall(text)
