"""What stands between a form and its publication: protection, media, placeholder wording."""

from __future__ import annotations

from homeward.domain.instruments import WordingStatus
from homeward.domain.privacy import Level
from homeward.domain.problems import ProblemError, Severity, errors
from homeward.formats.xlsform.checks.subject import Subject, holds_answer
from homeward.formats.xlsform.columns import ABOUT, SURVEY
from homeward.formats.xlsform.xform_building import located, to_xform
from homeward.formats.xlsform.xform_sheets import flagging

EXTERNAL_LIST = "instrument.external_list"
CASELOAD = "children.csv"  # made per device by the server


def check_protection(subject: Subject, *, focal_point_named: bool | None, for_publication: bool) -> None:
    levels = {question.privacy for question in subject.instrument.questions if holds_answer(question)}
    severity: Severity = "error" if for_publication else "warning"
    if Level.L4 in levels and levels - {Level.L4}:
        subject.report.add(
            "l4_mixed",
            "Questions of level L4 stand beside others.",
            "Put them into a form of their own, which is sealed to the focal points.",
            subject.report.where(SURVEY, None, "privacy"),
            severity=severity,
        )
    if for_publication and subject.instrument.about.wording_status == WordingStatus.PLACEHOLDER:
        subject.report.add(
            "placeholder",
            "The wording is a placeholder: this instrument is scored from files and never published.",
            "Load the approved wording as a new version first.",
            subject.report.where(ABOUT, None, "wording_status"),
        )
    _privacy_declared(subject)
    if focal_point_named is False:
        _flags_without_focal_point(subject)


def _privacy_declared(subject: Subject) -> None:
    for question in subject.instrument.questions if subject.own else ():
        if holds_answer(question) and not subject.cell(question, "privacy"):
            subject.report.add(
                "privacy_missing",
                "The question {name} does not say how well its answer is protected.",
                "Write L0 to L4 in the column privacy; most answers about a child are L3.",
                subject.at(question.where, "privacy"),
                {"name": question.name},
            )


def _flags_without_focal_point(subject: Subject) -> None:
    for marks in flagging(subject.instrument).values():
        for question, choice in marks:
            subject.report.add(
                "flag_without_focal_point",
                "The answer {code} to {name} raises a flag, and no focal point is named to receive it.",
                "Name a focal point for the programme before this instrument is used.",
                subject.at(choice.where, "flag"),
                {"code": choice.code, "name": question.name},
            )


def check_conversion(subject: Subject) -> None:
    """The form as a phone would get it, and the files it asks for."""
    try:
        xform = to_xform(subject.loaded)
    except ProblemError as error:
        found = errors((*subject.loaded.problems, *subject.report.problems))
        places = {(problem.where.sheet, problem.where.row) for problem in found}
        if not any(problem.code == EXTERNAL_LIST for problem in found):  # the converter misses a sheet and stops
            new = [problem for problem in error.problems if (problem.where.sheet, problem.where.row) not in places]
            subject.report.problems += new
        return
    for warning in xform.warnings:
        where, text = located(warning, subject.loaded.file)
        subject.report.add(
            "converter_warning", "The form converter says: {text}", "", where, {"text": text[:500]}, "warning"
        )
    for name in xform.media:
        if name != CASELOAD and name not in subject.loaded.media:
            subject.report.add(
                "media_missing",
                "The form asks for the file {name}, which is not here.",
                "Put it into the folder media beside the sheets, or add it when you publish.",
                subject.report.where(SURVEY),
                {"name": name},
                severity="error" if for_folder(subject) else "warning",
            )


def for_folder(subject: Subject) -> bool:
    """A workbook cannot carry files; a folder can."""
    return subject.own and bool(subject.loaded.media)
