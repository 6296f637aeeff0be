"""Names of a form that are longer than what a database keeps of them, told before one of the databases refuses them."""

from __future__ import annotations

from collections.abc import Iterator

from homeward.apps.surveys.models import Flag, FormMedia, FormVersion, Score
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.xlsform.loading import Loaded

Name = tuple[str, str, int, str]  # the sheet, its column, how many letters are kept, the name


def refuse_too_long(loaded: Loaded) -> None:
    problems = [
        Problem(
            "form.name_too_long",
            "The {column} {name} … has more than {most} letters.",
            "Give it a shorter name.",
            Where(loaded.file, sheet, field=column),
            {"column": column, "name": name[:30], "most": most},
        )
        for sheet, column, most, name in _names(loaded)
        if len(name) > most
    ]
    if problems:
        raise ProblemError(problems)


def _names(loaded: Loaded) -> Iterator[Name]:
    instrument = loaded.instrument
    yield "settings", "form_id", _kept(FormVersion, "instrument_id"), instrument.id
    yield "settings", "version", _kept(FormVersion, "version"), instrument.version
    for question in instrument.questions:
        yield "survey", "name", _kept(Flag, "question"), question.name
    for component in instrument.components:
        yield "scoring", "dimension", _kept(Score, "dimension"), component.dimension
    for name in loaded.media:
        yield "", "file", _kept(FormMedia, "name"), name


def _kept(model: type[Flag | FormMedia | FormVersion | Score], field: str) -> int:
    return int(getattr(model._meta.get_field(field), "max_length", 0) or 0)
