"""The checker: everything that is wrong with an instrument, each with sheet, row, field and what to do."""

from __future__ import annotations

from homeward.domain.problems import Problem
from homeward.formats.xlsform.checks import (
    drawings,
    examples,
    headers,
    logic,
    publication,
    refusals,
    scoring,
    types,
    wording,
)
from homeward.formats.xlsform.checks.subject import Subject, shortened
from homeward.formats.xlsform.loading import Loaded


def check(
    loaded: Loaded, *, focal_point_named: bool | None = None, for_publication: bool = False
) -> tuple[Problem, ...]:
    """`focal_point_named`: None where it is not known. `for_publication` turns on what only publishing forbids."""
    subject = Subject(loaded)
    headers.check_headers(subject)
    headers.check_formulas(subject)
    headers.check_settings(subject)
    headers.check_names(subject)
    types.check_types(subject)
    headers.check_codes(subject)
    headers.check_about(subject)
    wording.check_translations(subject)
    wording.check_child_wording(subject)
    refusals.check_refusals(subject)
    logic.check_expressions(subject)
    logic.check_skips(subject)
    scoring.check_scores(subject)
    examples.check_examples(subject)
    publication.check_protection(subject, focal_point_named=focal_point_named, for_publication=for_publication)
    drawings.check_drawings(subject, for_publication=for_publication)
    publication.check_conversion(subject)
    return shortened([*loaded.problems, *subject.report.problems])
