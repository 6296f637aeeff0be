"""A caseload from a spreadsheet: first a preview of what would change, then the change. Children are matched by the
number that the sending case system gives them; one without such a number is refused, or each import would add it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.db import transaction

from homeward.apps.access.actors import Actor, in_force_on, teams_within, today_in
from homeward.apps.access.guard import guard
from homeward.apps.access.models import Conflict, Membership, Team
from homeward.apps.access.vault import create_child_keys, prefetch
from homeward.apps.audit.services import record, record_look, recorded_refusal
from homeward.apps.cases.caseload_record import COLUMNS as RECORD_COLUMNS
from homeward.apps.cases.caseload_record import Entries, entries_of, write_entries
from homeward.apps.cases.ended_numbers import ended_among, number_ended
from homeward.apps.cases.facts import ChildFacts, checked, facts_of
from homeward.apps.cases.models import Child, Merge, ReturnBasis, Status
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.cases.sealing import external_id_hash
from homeward.apps.cases.services import (
    assign_child,
    change_child,
    in_conflict,
    leaving_with_team,
    put_together,
    register_child,
)
from homeward.apps.cases.steps import by_its_pair
from homeward.apps.communities.queries import places_of
from homeward.domain.permissions import Role
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.primero import looks_like_json, read_cases
from homeward.formats.tables.isolation import first_sheet, read_apart
from homeward.formats.tables.sheets import Row, Sheet

LONGEST_AGE = 3  # digits; Python refuses to read thousands of them
COLUMNS = (
    "external_id",
    "name",
    "initials",
    "sex",
    "birth_date",
    "age",
    "population",
    "return_date",
    "return_date_basis",
    "place",
    "team",
    "language",
    "status",
    "case_worker",
    *RECORD_COLUMNS,
)
LARGEST = 20_000  # rows of one file
MOST_NAMED = 20  # names of a list in one message
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PreviewRow:
    number: int  # row of the file, header included
    kind: str  # new, changed, unchanged, error
    external_id: str
    code: str = ""
    changes: tuple[str, ...] = ()  # names of the fields
    problems: tuple[Problem, ...] = ()
    facts: ChildFacts | None = None
    child_id: UUID | None = None
    case_worker_id: UUID | None = None
    entries: Entries = ()  # of the record beyond the facts, that would be added


@dataclass(frozen=True, slots=True)
class CaseloadPreview:
    rows: tuple[PreviewRow, ...]
    organisation_id: UUID
    unknown: tuple[tuple[int, tuple[str, ...]], ...] = ()  # of another system's file: record, fields left out

    def count(self, kind: str) -> int:
        return sum(row.kind == kind for row in self.rows)

    @property
    def new(self) -> int:
        return self.count("new")

    @property
    def changed(self) -> int:
        return self.count("changed")

    @property
    def unchanged(self) -> int:
        return self.count("unchanged")

    @property
    def failed(self) -> int:
        return self.count("error")


@dataclass(frozen=True, slots=True)
class CaseloadResult:
    new: int
    changed: int
    unchanged: int
    failed: int
    codes: tuple[str, ...] = ()  # of the new children


class _Books:
    """What names in the file may mean, read once."""

    def __init__(self, actor: Actor, organisation_id: UUID, hashes: list[bytes]) -> None:
        self.actor = actor
        self.organisation_id = organisation_id
        self.today = actor.today()
        teams = list(Team.objects.filter(organisation_id=organisation_id))
        self.teams = {team.name.casefold(): team.pk for team in teams}
        self.team_names = [team.name for team in teams]
        places = list(places_of(organisation_id).values_list("name", "pk"))
        self.places, self.place_names = _unique_names(places), [name for name, _ in places]
        workers = Membership.objects.filter(
            in_force_on(today_in(actor, organisation_id)), organisation_id=organisation_id, role=Role.CASE_WORKER
        )
        self.workers = {row.person.email: row.person_id for row in workers.select_related("person")}
        found = list(Child.objects.filter(organisation_id=organisation_id, external_id_hash__in=hashes))
        prefetch(child.pk for child in found)
        self.ended = ended_among(organisation_id, hashes)
        tied = Conflict.objects.filter(child_id__in=[child.pk for child in found], ended_at=None)
        self.tied = set(tied.values_list("child_id", "person_id"))
        self.children = {bytes(child.external_id_hash or b""): child for child in found}
        together = Merge.objects.filter(child_id__in=[child.pk for child in found], undone_at=None)
        self.merged = set(together.values_list("child_id", flat=True))
        reachable = children_visible_to(actor, "caseload.import").filter(organisation_id=organisation_id)
        self.visible = set(reachable.filter(external_id_hash__in=hashes).values_list("pk", flat=True))
        self.own_teams = teams_within(actor, "caseload.import", organisation_id)  # None: any of the organisation


def _unique_names(rows: Iterable[tuple[str, UUID]]) -> dict[str, UUID | None]:
    """A name that two places share means neither."""
    found: dict[str, UUID | None] = {}
    for name, pk in rows:
        key = name.casefold()
        found[key] = None if key in found else pk
    return found


def preview_upload(actor: Actor, content: bytes, file_name: str) -> tuple[Sheet, CaseloadPreview]:
    """A CSV file or the first sheet of a workbook, opened in a process of its own, and what would change by it."""
    place = guard(actor, "caseload.import")
    with recorded_refusal(actor, "refuse_caseload", "organisation", place):
        if looks_like_json(content):
            return _of_primero(actor, content, file_name)
        sheet = first_sheet(content, file_name, LARGEST + 1)
        if sheet is None or not sheet.rows:
            raise ProblemError(
                Problem(
                    "caseload.empty",
                    "The file holds a header at most, and no row below it.",
                    "Put one child in each row.",
                    Where(field="file"),
                )
            )
        return sheet, preview_caseload(actor, [dict(row.cells) for row in sheet])


def _of_primero(actor: Actor, content: bytes, file_name: str) -> tuple[Sheet, CaseloadPreview]:
    """Cases of another case system, as it gives them over its interface; matched by that system's own id."""
    found = read_apart(content, file_name, read_cases, str(LARGEST))
    rows: list[dict[str, str]] = found["rows"]
    unknown = tuple((int(number), tuple(fields)) for number, fields in found["unknown"])
    sheet = Sheet("", tuple(COLUMNS), tuple(Row(number, cells) for number, cells in enumerate(rows, 1)))
    return sheet, replace(preview_caseload(actor, rows), unknown=unknown)


def preview_caseload(
    actor: Actor, rows: Iterable[Mapping[str, str]], organisation_id: UUID | None = None
) -> CaseloadPreview:
    """Read the whole file, change nothing."""
    target = guard(actor, "caseload.import", organisation_id)
    given = [{key.strip().lower(): (value or "").strip() for key, value in row.items()} for row in rows]
    _check_file(given)
    ids = [row.get("external_id", "") for row in given]
    books = _Books(actor, target, [h for each in ids if (h := external_id_hash(target, each))])
    seen: set[str] = set()
    found: list[PreviewRow] = []
    for number, row in enumerate(given, start=2):
        found.append(_preview(books, number, row, seen))
        seen.add(row.get("external_id", ""))
    record_look(actor, "caseload.import", "organisation", target, organisation_id=target, detail={"rows": len(found)})
    return CaseloadPreview(tuple(found), target)


def _check_file(rows: list[dict[str, str]]) -> None:
    if len(rows) > LARGEST:
        raise ProblemError(
            Problem("caseload.too_long", "The file has more than {most} rows.", "Split it.", params={"most": LARGEST})
        )
    unknown = sorted({key for row in rows[:1] for key in row if key not in COLUMNS})
    if unknown:
        params = {"unknown": ", ".join(unknown), "known": ", ".join(COLUMNS)}
        raise ProblemError(
            Problem(
                "caseload.columns",
                "These columns are not known: {unknown}.",
                "Use these names: {known}.",
                Where(row=1),
                params,
            )
        )


def _preview(books: _Books, number: int, row: Mapping[str, str], seen: set[str]) -> PreviewRow:
    external_id = row.get("external_id", "")
    child = books.children.get(external_id_hash(books.organisation_id, external_id) or b"")
    told, facts, worker = _Told(), None, None
    entries: Entries = ()
    told.of(lambda: _check_number(books, external_id, child, seen))
    if child is None or child.pk in books.visible:  # nothing is compared with a child out of reach
        given = _facts(books, row, facts_of(child) if child else None, told)
        facts = told.of(lambda: checked(given, books.today))
        told.of(lambda: _check_team(books, given.team_id))
        told.of(lambda: _check_pair(books, child, given.status))
        worker = told.of(lambda: _worker(books, row.get("case_worker", ""), child))
        entries = _entries(books, row, child, given, told)
    if told.problems or facts is None:
        problems = tuple(replace(each, where=replace(each.where, row=number)) for each in told.problems)
        return PreviewRow(number, "error", external_id, problems=problems)
    if child is None:
        return PreviewRow(number, "new", external_id, facts=facts, case_worker_id=worker, entries=entries)
    changes = (*_changes(facts_of(child), facts), *dict.fromkeys(topic for topic, _ in entries))
    if leaving_with_team(child, facts.team_id):  # said before it happens
        changes = (*changes, "case_worker")
    kind = "changed" if changes else "unchanged"
    return PreviewRow(number, kind, external_id, child.code, changes, (), facts, child.pk, worker, entries)


def _entries(books: _Books, row: Mapping[str, str], child: Child | None, facts: ChildFacts, told: _Told) -> Entries:
    """A record that is not open takes no more."""
    if facts.status != Status.OPEN:
        return ()
    return entries_of(row, child, facts.return_date, books.today, told.take)


class _Told:
    """All that is wrong with a row, the first fault of each field."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def of(self, step: Callable[[], T]) -> T | None:
        try:
            return step()
        except ProblemError as error:
            self.take(error)
            return None

    def take(self, error: ProblemError) -> None:
        known = {_SAME.get(each.where.field, each.where.field) for each in self.problems}
        self.problems += [each for each in error.problems if each.where.field not in known]


_SAME = {"age": "birth_date"}  # two ways to give one fact


def _check_number(books: _Books, external_id: str, child: Child | None, seen: set[str]) -> None:
    if external_id in seen:
        raise _refused("external_id", "caseload.repeated", "This number stands in an earlier row.", "Keep one.")
    if not external_id:
        message, action = "The number of the case system is missing.", "Add it: children are matched by it."
        raise _refused("external_id", "caseload.no_number", message, action)
    if child is None and external_id_hash(books.organisation_id, external_id) in books.ended:
        raise ProblemError(number_ended())
    if child is not None and child.pk not in books.visible:
        message, action = "This child belongs to another team.", "Ask that team's supervisor."
        raise _refused("external_id", "caseload.other_team", message, action)


def _facts(books: _Books, row: Mapping[str, str], before: ChildFacts | None, told: _Told) -> ChildFacts:
    """An empty cell, or an absent column, keeps what is recorded; so does one that cannot be read, which is told."""
    facts = before or ChildFacts()
    texts: dict[str, Any] = {key: row[key] for key in ("name", "initials", "language", "external_id") if row.get(key)}
    codes: dict[str, Any] = {key: row[key].lower() for key in ("sex", "population", "status") if row.get(key)}
    facts = replace(facts, **texts, **codes)
    if row.get("birth_date"):
        born = told.of(lambda: _date(row, "birth_date"))
        facts = replace(facts, birth_date=born or facts.birth_date, birth_estimated=False)
    elif row.get("age") and before is None:
        facts = replace(facts, age=told.of(lambda: _age(row["age"])), birth_date=None)
    facts = _returned(row, facts, told)
    if row.get("team"):
        facts = replace(facts, team_id=told.of(lambda: _named(books.teams, row, "team", books.team_names)))
    if row.get("place"):
        facts = replace(facts, place_id=told.of(lambda: _named(books.places, row, "place", books.place_names)))
    return facts


def _returned(row: Mapping[str, str], facts: ChildFacts, told: _Told) -> ChildFacts:
    """A day that is given ends that it was not known; `unknown` in its basis takes the day away."""
    basis = row.get("return_date_basis", "").lower()
    if row.get("return_date"):
        day = told.of(lambda: _date(row, "return_date")) or facts.return_date
        known = ReturnBasis.KNOWN if facts.return_date_basis == ReturnBasis.UNKNOWN else facts.return_date_basis
        facts = replace(facts, return_date=day, return_date_basis=basis or known)
    elif basis:
        facts = replace(facts, return_date_basis=basis)
        facts = replace(facts, return_date=None) if basis == ReturnBasis.UNKNOWN else facts
    return facts


def _changes(before: ChildFacts, after: ChildFacts) -> tuple[str, ...]:
    names = (field.name for field in fields(ChildFacts))
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def _date(row: Mapping[str, str], field: str) -> date:
    try:
        return date.fromisoformat(row[field][:10])
    except ValueError as error:
        raise _refused(field, "caseload.date", "This is not a date.", "Write it as 2025-03-31.") from error


def _age(text: str) -> int:
    if not text.isdecimal() or len(text) > LONGEST_AGE:
        raise _refused("age", "caseload.age", "The age is not a whole number.", "Give completed years.")
    return int(text)


def _named(known: Mapping[str, UUID | None], row: Mapping[str, str], field: str, names: list[str]) -> UUID:
    found = known.get(row[field].casefold())
    if found is None:
        message = "This name is not in the list, or more than one has it."
        params = {"known": ", ".join(sorted(names)[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")}
        raise ProblemError(
            Problem(f"caseload.{field}", message, "Use one of these: {known}.", Where(field=field), params)
        )
    return found


def _worker(books: _Books, email: str, child: Child | None) -> UUID | None:
    if not email:
        return None
    if email.lower() not in books.workers:
        message = "No case worker of the organisation has this e-mail address."
        raise _refused("case_worker", "caseload.case_worker", message, "Correct it, or leave the cell empty.")
    found = books.workers[email.lower()]
    if child is not None and (child.pk, found) in books.tied:
        raise ProblemError(in_conflict())
    return found


def _check_team(books: _Books, team_id: UUID | None) -> None:
    if books.own_teams is not None and team_id not in books.own_teams:
        raise _refused("team", "caseload.foreign_team", "This is not your team.", "Name your own team in this column.")


def _check_pair(books: _Books, child: Child | None, status: str) -> None:
    """A file says of no record that it is a second one, and takes no two apart."""
    before = child.status if child else Status.OPEN
    if before == status:
        return
    if status == Status.DUPLICATE:
        raise ProblemError(by_its_pair())
    if child is not None and child.pk in books.merged:
        raise ProblemError(put_together())


def _refused(field: str, code: str, message: str, action: str) -> ProblemError:
    return ProblemError(Problem(code, message, action, Where(field=field)))


def import_caseload(actor: Actor, preview: CaseloadPreview) -> CaseloadResult:
    """Carry out a preview, all or nothing; rows with errors are left out."""
    guard(actor, "caseload.import", preview.organisation_id)
    hand = replace(actor, kind="system", organisation_id=preview.organisation_id, grants=())
    codes: list[str] = []
    ids = [uuid4() for row in preview.rows if row.child_id is None and row.facts is not None]
    create_child_keys(ids)  # together: each by itself would wait for the disk
    with transaction.atomic():
        for row in preview.rows:
            if row.facts is None or (row.kind == "unchanged" and row.case_worker_id is None):
                continue
            child_id = row.child_id
            if child_id is None:
                place = preview.organisation_id
                made = register_child(hand, row.facts, organisation_id=place, child_id=ids.pop())
                child_id = made.id
                codes.append(made.code)
            elif row.kind == "changed":
                change_child(hand, child_id, row.facts)  # also where only entries are new: it changes nothing then
            write_entries(hand, child_id, row.entries)
            if row.case_worker_id is not None:
                assign_child(hand, child_id, person_id=row.case_worker_id)
        detail = {"new": preview.new, "changed": preview.changed, "failed": preview.failed}
        record(actor, "import_caseload", "organisation", preview.organisation_id, detail=detail)
    return CaseloadResult(preview.new, preview.changed, preview.unchanged, preview.failed, tuple(codes))
