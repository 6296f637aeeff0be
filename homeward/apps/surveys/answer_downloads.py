"""The answers of one instrument to take away: one row an interview, a further table for each repeat of the form.

What was accepted counts; what waits may come along, marked; what was replaced or set aside never does. The table
scores as the server does: `homeward score FILE --instrument ID` gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.audit.services import record_look
from homeward.apps.cases.protocols import Schedules
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.surveys.answer_columns import Layout, Style, layouts
from homeward.apps.surveys.answer_dictionary import ANSWERS, dictionary_table
from homeward.apps.surveys.counting import counted, leave_out
from homeward.apps.surveys.definitions import definition_of
from homeward.apps.surveys.form_queries import find_version, forms_visible_to
from homeward.apps.surveys.models import FormStatus, FormVersion, State, Submission
from homeward.apps.surveys.portions import chosen, read_in_portions
from homeward.apps.surveys.reading import day_of
from homeward.apps.surveys.same_child import same_child
from homeward.apps.surveys.scope import submissions_visible_to
from homeward.domain.instruments import Instrument
from homeward.formats.exports.columns import OWN_AGE, OWN_DATE, OWN_LEFT_OUT
from homeward.formats.tables.workbook_writing import Table
from homeward.formats.tables.writing import Cell
from homeward.formats.xlsform.library import version_key

DOWNLOAD = "answers.download"
KEY, PARENT = "KEY", "PARENT_KEY"  # as ODK Central calls what joins a repeat to its interview
ABOUT_INTERVIEW = (
    "_instrument",
    "_instrument_version",
    "_language",
    OWN_DATE,
    "_round_months",
    "_respondent",
    "_population",
    "_sex",
    OWN_AGE,
    "_team",
    "_place",
    "_channel",
    "_received_at",
    "_corrected",
    "_state",
    "_same_child",  # code of the record that stays, of one that was put together with another; else its own
    OWN_LEFT_OUT,
)
ABOUT_REPEAT = ("_repeat_row", "_repeat_place")
ABOUT_CHILD = ("code", "population", "sex", "return_date", "team__name", "place__name")
FIELDS = (
    "child__organisation",
    "id",
    "instance_id",
    "form_version_id",
    "state",
    "channel",
    "respondent",
    "interviewed_on",
    "age_years",
    "language",
    "coded",
    "problems",
    "received_at",
    "supersedes_id",
    *(f"child__{name}" for name in ABOUT_CHILD),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """`language`: labels in it instead of codes. `waiting`: also what waits in the inbox, marked in its state."""

    form_id: UUID
    every_version: bool = False
    waiting: bool = False
    style: Style = Style()

    @property
    def described(self) -> str:
        """For the name of a file: what it holds, so that two of one form are told apart in a folder."""
        parts = [f"labels-{self.style.language}" if self.style.language else "codes"]
        parts += ["split"] if self.style.split else []
        parts += ["with-waiting"] if self.waiting else []
        return "-".join(parts)


@dataclass(frozen=True)
class _Work:
    """What every table of one download is made from."""

    keys: bytes  # of the interviews
    layouts: list[Layout]
    versions: Mapping[UUID, FormVersion]
    zone: ZoneInfo
    same: Mapping[UUID, str]
    schedules: Schedules = field(default_factory=Schedules)


def answer_tables(actor: Actor, wish: Wish) -> list[Table]:
    """The interviews, the repeats, and the dictionary of their columns. Written down before the first row leaves."""
    form = find_version(actor, wish.form_id)
    organisation_id = guard(actor, DOWNLOAD, form.organisation_id, what=("form_version", form.pk))
    versions = _versions(actor, form) if wish.every_version else {form.pk: form}
    detail: dict[str, str | int] = {
        "form": str(form),
        "versions": len(versions),
        "waiting": wish.waiting,
        "labels": wish.style.language,
        "left_out": leave_out(actor, DOWNLOAD),
    }
    record_look(actor, DOWNLOAD, "form_version", form.pk, organisation_id=organisation_id, detail=detail)
    instruments = {key: definition_of(version).instrument for key, version in versions.items()}
    made = layouts(instruments, wish.style)
    same = same_child(children_visible_to(actor, DOWNLOAD).filter(counted("")))
    work = _Work(chosen(_interviews(actor, wish, versions)), made, versions, ZoneInfo(actor.time_zone), same)
    child = child_column(instruments)
    own = (KEY, child, *ABOUT_INTERVIEW)
    return [
        Table(ANSWERS, [*own, *made[0].header(frozenset(own))], _main(work)),
        *(_repeat_table(work, layout) for layout in made[1:]),
        dictionary_table(instruments, own, wish.style.language or actor.language),
    ]


def child_column(instruments: Mapping[UUID, Instrument]) -> str:
    """As the newest version calls the question for the child, so that whoever reads the table finds it."""
    return next(iter(instruments.values())).about.child_question


def _versions(actor: Actor, chosen: FormVersion) -> dict[UUID, FormVersion]:
    """Every version that was ever in use, the newest first."""
    rows = forms_visible_to(actor).filter(
        organisation_id=chosen.organisation_id,
        instrument_id=chosen.instrument_id,
        status__in=(FormStatus.PUBLISHED, FormStatus.RETIRED),
    )
    ordered = sorted(rows.defer("workbook", "xform"), key=lambda row: version_key(row.version), reverse=True)
    return {row.pk: row for row in ordered} or {chosen.pk: chosen}


def _interviews(actor: Actor, wish: Wish, versions: Mapping[UUID, FormVersion]) -> QuerySet[Submission]:
    """A second look for the repeats must not find others."""
    states = [State.ACCEPTED, *((State.UNMATCHED, State.INVALID) if wish.waiting else ())]
    rows = submissions_visible_to(actor, DOWNLOAD).filter(form_version_id__in=list(versions), state__in=states)
    return rows.filter(counted()).order_by("pk")


def _read(keys: bytes) -> Iterator[Submission]:
    rows = Submission.objects.select_related("child", "child__team", "child__place").only(*FIELDS)
    return chain.from_iterable(read_in_portions(rows, keys))


def _main(work: _Work) -> Iterator[list[Cell]]:
    layout = work.layouts[0]
    for row in _read(work.keys):
        answers = dict(row.coded.get("answers", {}))
        left_out = [name for name in _broken(row) if isinstance(answers.get(name), str | list | dict)]
        left_out = [name for name in left_out if "missing" not in answers[name]]
        for name in left_out:
            del answers[name]
        own = [*_about(row, work), " ".join(left_out)]
        yield [*own, *layout.cells(row.form_version_id, answers)]


def _broken(row: Submission) -> list[str]:
    """Questions whose answers cannot be right; the scores were computed without them."""
    return sorted({problem["field"] for problem in row.problems if problem.get("severity") == "error"})


def _about(row: Submission, work: _Work) -> list[Cell]:
    child, version = row.child, work.versions[row.form_version_id]
    day = day_of(row.interviewed_on, row.received_at, row.problems)
    answered = work.schedules.answered(child, day)
    return [
        row.instance_id,
        child.code if child else "",
        version.instrument_id,
        version.version,
        row.language,
        day,
        answered.round.months if answered else None,
        row.respondent,
        child.population if child else "",
        child.sex if child else "",
        row.age_years,
        child.team.name if child and child.team else "",
        child.place.name if child and child.place else "",
        row.channel,
        _clock(row.received_at, work.zone),
        row.supersedes_id is not None,
        row.state,
        work.same.get(child.pk, child.code) if child else "",
    ]


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")


def _repeat_table(work: _Work, layout: Layout) -> Table:
    own = (PARENT, *ABOUT_REPEAT)
    return Table(layout.repeat, [*own, *layout.header(frozenset(own))], _Repeated(partial(_repeated, work, layout)))


class _Repeated:
    """Rows that are looked for when their turn comes."""

    def __init__(self, rows: partial[Iterator[list[Cell]]]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[list[Cell]]:
        return self._rows()


def _repeated(work: _Work, layout: Layout) -> Iterator[list[Cell]]:
    for row in _read(work.keys):
        found: list[dict[str, Any]] = [each for each in row.coded.get("repeats", []) if each["repeat"] == layout.repeat]
        for number, each in enumerate(found, start=1):
            yield [row.instance_id, number, each["path"], *layout.cells(row.form_version_id, each["answers"])]
