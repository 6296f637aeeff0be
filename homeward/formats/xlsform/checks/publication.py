"""What stands between a form and its publication: protection, media, placeholder wording."""

from __future__ import annotations

from homeward.domain.instruments import WordingStatus
from homeward.domain.privacy import Level
from homeward.domain.problems import ProblemError, errors
from homeward.formats.xlsform.checks.sealed_questions import check_sealed_questions
from homeward.formats.xlsform.checks.subject import Subject, holds_answer
from homeward.formats.xlsform.columns import ABOUT, SURVEY
from homeward.formats.xlsform.xform_building import located, to_xform
from homeward.formats.xlsform.xform_sheets import flagging

EXTERNAL_LIST = "instrument.external_list"
CASELOAD = "children.csv"  # made per device by the server


def check_protection(subject: Subject, *, focal_point_named: bool | None, for_publication: bool) -> None:
    check_sealed_questions(subject, for_publication=for_publication)
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
    if not subject.own:
        _taken_for_personal(subject)
        return
    for question in subject.instrument.questions:
        if holds_answer(question) and not subject.cell(question, "privacy"):
            subject.report.add(
                "privacy_missing",
                "The question {name} does not say how well its answer is protected.",
                "Write L0 to L4 in the column privacy; most answers about a child are L3.",
                subject.at(question.where, "privacy"),
                {"name": question.name},
            )


def _taken_for_personal(subject: Subject) -> None:
    """An agency's form declares nothing as a rule: said once, with a question to begin with."""
    rows = [each for each in subject.instrument.questions if holds_answer(each) and not each.privacy_declared]
    personal = [each for each in rows if each.privacy is Level.L2]
    if personal:
        subject.report.add(
            "privacy_assumed",
            "{count} questions, {name} first, do not say how well their answers are protected; they are treated as "
            "personal (L2): sealed, shown only to those who may see names, in no table to take away.",
            "Add the column privacy and write L3 where an answer names nobody.",
            subject.at(personal[0].where, "privacy"),
            {"count": len(personal), "name": personal[0].name},
            "warning",
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
