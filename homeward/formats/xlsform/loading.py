"""One loader for the folder of CSV sheets, the workbook, and any agency's own XLSForm."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from homeward.domain.instruments import Instrument
from homeward.domain.problems import Problem, ProblemError, Severity, Where
from homeward.formats.tables.csv_reading import MAX_BYTES, read_csv
from homeward.formats.tables.sheets import Sheet
from homeward.formats.tables.workbook_reading import read_workbook
from homeward.formats.xlsform.about_sheet import default_language, read_about, settings_values
from homeward.formats.xlsform.cells import Report
from homeward.formats.xlsform.columns import (
    ABOUT,
    CHOICES,
    EXAMPLES,
    SCORING,
    SETTINGS,
    SHEETS,
    SURVEY,
    TEXT_COLUMNS,
)
from homeward.formats.xlsform.examples_sheet import read_examples
from homeward.formats.xlsform.form_sheets import (
    choice_columns,
    read_choice_lists,
    read_questions,
    survey_columns,
    with_other_option,
)
from homeward.formats.xlsform.scoring_sheet import read_components
from homeward.formats.xlsform.undeclared import with_levels

MEDIA_FOLDER = "media"
ZIP_MARK = b"PK"


@dataclass(frozen=True)
class Loaded:
    """An instrument, the sheets it came from, and what is wrong with them so far."""

    instrument: Instrument
    sheets: Mapping[str, Sheet]
    problems: tuple[Problem, ...] = ()
    media: Mapping[str, bytes] = field(default_factory=dict)  # file name -> content, where a folder holds them
    file: str = ""


def load(source: str | Path | bytes, name: str = "") -> Loaded:
    """Read a folder, a workbook or the bytes of one. Raises ProblemError only where nothing can be read at all."""
    if isinstance(source, bytes):
        return _load_workbook(source, name or "form.xlsx")
    path = Path(source)
    if path.is_dir():
        return _load_folder(path, name or _folder_name(path))
    if not path.is_file():
        raise ProblemError(
            Problem(
                "instrument.not_found",
                "There is no file or folder here.",
                "Check the path.",
                Where(file=str(path)),
                status=404,
            )
        )
    if path.suffix.lower() in (".md", ".csv", ".xml", ".json"):
        raise ProblemError(_wrong_kind(path.name))
    return _load_workbook(path.read_bytes(), name or path.name)


def _folder_name(path: Path) -> str:
    resolved = path.resolve()
    return f"{resolved.parent.name}/{resolved.name}"


def _load_workbook(data: bytes, file: str) -> Loaded:
    if not data.startswith(ZIP_MARK) and not data.startswith(b"\xd0\xcf\x11\xe0"):
        raise ProblemError(_wrong_kind(file))
    book = read_workbook(data, file=file, wanted=lambda name: name in SHEETS)
    skipped = [
        Problem(
            "instrument.sheet_ignored",
            "The sheet “{name}” is not part of an instrument and is left out.",
            "",
            Where(file=file, sheet=name),
            {"name": name},
            severity="warning",
        )
        for name in book.skipped
    ]
    return load_sheets(book.sheets, file=file, problems=(*book.problems, *skipped))


def _load_folder(path: Path, file: str) -> Loaded:
    sheets: dict[str, Sheet] = {}
    for name in SHEETS:
        if (path / f"{name}.csv").is_file():
            sheets[name] = read_csv((path / f"{name}.csv").read_bytes(), name, file=file, delimiter=",")
    folder = path / MEDIA_FOLDER
    files = sorted(entry for entry in folder.iterdir() if entry.is_file()) if folder.is_dir() else []
    if sum(entry.stat().st_size for entry in files) > MAX_BYTES:
        raise ProblemError(
            Problem(
                "instrument.media_too_large",
                "The media files are too large.",
                "Make them smaller.",
                Where(file=file),
                status=413,
            )
        )
    return load_sheets(sheets, file=file, media={entry.name: entry.read_bytes() for entry in files})


def load_sheets(
    sheets: Mapping[str, Sheet],
    *,
    file: str = "",
    problems: tuple[Problem, ...] = (),
    media: Mapping[str, bytes] | None = None,
) -> Loaded:
    """Sheets already read -> instrument."""
    survey = sheets.get(SURVEY)
    if survey is None or not survey.rows:
        raise ProblemError(
            Problem(
                "instrument.no_survey",
                "There is no sheet named survey with questions in it.",
                "An XLSForm needs a survey sheet with the columns type, name and label.",
                Where(file=file, sheet=SURVEY),
            )
        )
    report = Report(file, list(problems))
    ordered = {name: sheets[name] for name in SHEETS if name in sheets}
    instrument = _instrument(ordered, survey, report)
    return Loaded(instrument, ordered, tuple(report.problems), dict(media or {}), file)


def _instrument(sheets: Mapping[str, Sheet], survey: Sheet, report: Report) -> Instrument:
    settings = settings_values(sheets.get(SETTINGS))
    language = default_language(sheets.get(ABOUT), settings)
    columns = survey_columns(survey, language)
    about = read_about(sheets.get(ABOUT), settings, columns.languages(TEXT_COLUMNS), Path(report.file).stem, report)
    components = read_components(sheets.get(SCORING), about.dimension_weights, report)
    questions = with_levels(read_questions(survey, columns, report), about, components)
    choices = sheets.get(CHOICES)
    left_out: Severity = "error" if ABOUT in sheets else "warning"
    lists = read_choice_lists(choices, choice_columns(choices, language) if choices else None, report, left_out)
    return Instrument(
        about=about,
        questions=questions,
        choice_lists=with_other_option(lists, questions),
        components=components,
        examples=read_examples(sheets.get(EXAMPLES), {question.name: question for question in questions}, report),
        checksum=checksum(sheets),
    )


def checksum(sheets: Mapping[str, Sheet]) -> str:
    """SHA-256 over headers and cells in order: the same for a folder, its workbook, and any way to quote a CSV."""
    content = [
        [name, list(sheets[name].header), [[row.get(header) for header in sheets[name].header] for row in sheets[name]]]
        for name in SHEETS
        if name in sheets
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _wrong_kind(file: str) -> Problem:
    return Problem(
        "instrument.wrong_kind",
        "This is neither an Excel workbook (.xlsx) nor a folder of CSV sheets.",
        "Choose the XLSForm as .xlsx, or the folder that holds survey.csv.",
        Where(file=file),
    )
