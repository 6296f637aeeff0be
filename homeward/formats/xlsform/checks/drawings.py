"""A form that has a child draw asks at once what the drawing says and who may see it; else it is never shown."""

from __future__ import annotations

from homeward.domain.drawings import LIFELINE, PEOPLE, SCOPES, Lack, beside, is_drawn, lacks
from homeward.domain.instruments import Question
from homeward.domain.privacy import Level
from homeward.domain.problems import Severity
from homeward.formats.xlsform.checks.subject import Subject

TEXTS = {
    "drawing_without_words": (
        "{name} asks for a drawing, and nothing asks the child what it says: it could never be shown.",
        "Add a question {beside} of type text (or {voice} of type audio) after it, in the same group.",
    ),
    "drawing_without_scope": (
        "{name} asks for a drawing, and nothing asks the child who may see it: it could never be shown.",
        "Add a select_one or select_multiple {beside} after it, in the same group, with codes among {codes}.",
    ),
    "drawing_scope_unknown": (
        "The option {code} says who may see the drawing {name}, and nobody knows whom it means.",
        "Use codes among {codes}, or declare it a kind of no answer in the column missing.",
    ),
}


def check_drawings(subject: Subject, *, for_publication: bool) -> None:
    severity: Severity = "error" if for_publication else "warning"
    for lack in lacks(subject.instrument):
        _report(subject, lack, severity)
    for question in subject.instrument.questions:
        _prepared_sheet(subject, question)
        if is_drawn(question) and question.privacy in (Level.L0, Level.L1):
            subject.report.add(
                "drawing_in_clear",
                "{name} is a drawing by a child and declared as open to everybody ({level}).",
                "Write L3, or L2 where it may show who the child is.",
                subject.at(question.where, "privacy"),
                {"name": question.name, "level": str(question.privacy.name)},
                severity,
            )


def _report(subject: Subject, lack: Lack, severity: Severity) -> None:
    message, action = TEXTS[lack.code]
    name = lack.drawing.name
    params = {"name": name, "codes": ", ".join(SCOPES), "beside": beside(name, lack.part)}
    params |= {"voice": beside(name, "own_voice"), "code": lack.choice.code if lack.choice else ""}
    where = subject.at(lack.choice.where if lack.choice else lack.at.where, lack.field)
    subject.report.add(lack.code, message, action, where, params, severity)


def _prepared_sheet(subject: Subject, question: Question) -> None:
    """Our own words alone would open a camera on another app."""
    words = set(question.appearance.split())
    if question.type == "image" and words & {LIFELINE, PEOPLE} and "draw" not in words:
        subject.report.add(
            "drawing_not_drawn",
            "{name} asks for a sheet to draw on by a word that only the browser knows.",
            "Write draw before it in the column appearance: other apps then show an empty sheet.",
            subject.at(question.where, "appearance"),
            {"name": question.name},
            "warning",
        )
