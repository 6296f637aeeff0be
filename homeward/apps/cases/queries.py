"""Children as lists, as a page and as a caseload file. Rows carry codes; names are opened by an explicit call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from uuid import UUID

from django.db.models import Q, QuerySet

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.prepared import Prepared
from homeward.apps.access.vault import ErasedError, prefetch
from homeward.apps.access.visibility import NotVisible
from homeward.apps.access.volume import look_at_record
from homeward.apps.audit.services import record
from homeward.apps.cases.facts import ChildFacts, facts_of, version_of
from homeward.apps.cases.models import Assignment, Child, ChildName, Relation, ReturnBasis
from homeward.apps.cases.scope import (
    SEND,
    about_children_visible_to,
    assigned_to,
    children_visible_to,
    permit_for,
    reach_of,
    reading,
    running_for,
    without_deaths,
    works_with,
)
from homeward.apps.cases.sealing import (
    birth_date_of,
    external_id_hash,
    initials_of,
    is_erased,
    name_of,
    other_name_of,
    relation_name_of,
)
from homeward.apps.communities.queries import with_descendants
from homeward.domain.ages import band_at, completed_years
from homeward.domain.codes import display_code, is_valid_code, normalise_code
from homeward.domain.consent import NO_INTERVIEWS
from homeward.domain.problems import Problem, ProblemError

PAGE_SIZE = 30
OF_AN_INTERVIEW = ("code", "organisation_id", "birth_date", "age_band", "status", "withdrew")


@dataclass(frozen=True, slots=True)
class ChildFilter:
    text: str = ""  # a code, or the beginning of one, or the whole number of another case system
    team_id: UUID | None = None
    place_id: UUID | None = None
    population: str = ""
    age_band: str = ""
    status: str = "open"
    mine: bool = False
    worker_id: UUID | None = None  # somebody who works with the child
    nobodys: bool = False  # nobody works with it


@dataclass(frozen=True, slots=True)
class ChildRow:
    id: UUID
    code: str
    display_code: str
    initials: str
    population: str
    sex: str
    age_band: str
    return_date: date | None
    team: str
    place: str
    status: str
    language: str
    return_date_basis: str = ReturnBasis.KNOWN
    erased: bool = False  # who it is; what was recorded under the code may be there
    withdrew: bool = False  # an agreement to interviews was taken back
    said_no: str = ""  # interviews, help or both: refused or taken back


@dataclass(frozen=True, slots=True)
class ChildPage:
    rows: tuple[ChildRow, ...]
    page: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    id: UUID
    who: str
    is_device: bool
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class ChildDetail:
    row: ChildRow
    organisation_id: UUID
    team_id: UUID | None
    place_id: UUID | None
    age: int | None
    birth_estimated: bool
    assignments: tuple[AssignmentRow, ...]
    relations: tuple[tuple[str, bool], ...]  # kind, is caregiver; names by `names_of`


@dataclass(frozen=True, slots=True)
class ChildNames:
    name: str
    relations: tuple[tuple[str, str], ...]  # kind, name
    others: tuple[tuple[str, str], ...] = ()  # names beside it: kind, name


@dataclass(frozen=True, slots=True)
class CaseloadRow:
    """One line of children.csv: nothing else about a child goes to a device."""

    name: str  # the code; `name` is what a form calls the value of a choice
    label: str
    initials: str
    age_band: str


def list_children(actor: Actor, wanted: ChildFilter | None = None, page: int = 1, size: int = PAGE_SIZE) -> ChildPage:
    """The same number of queries whatever the number of rows."""
    rows = filtered(actor, wanted or ChildFilter())
    total = rows.count()
    pages = max(1, -(-total // size))
    page = min(max(page, 1), pages)
    ids = list(rows.order_by("code").values_list("pk", flat=True)[(page - 1) * size : page * size])  # from the index
    shown = Child.objects.select_related("team", "place").in_bulk(ids)
    prefetch(ids)
    return ChildPage(tuple(child_row(shown[key], actor.today()) for key in ids if key in shown), page, pages, total)


def filtered(actor: Actor, wanted: ChildFilter) -> QuerySet[Child]:
    rows = children_visible_to(actor)
    for field in ("team_id", "population", "status"):
        if value := getattr(wanted, field):
            rows = rows.filter(**{field: value})
    if wanted.place_id:
        rows = rows.filter(place_id__in=with_descendants(actor, wanted.place_id))
    if wanted.mine:
        rows = rows.filter(assigned_to(actor))
    if wanted.worker_id or wanted.nobodys:
        rows = rows.filter(works_with(actor, wanted.worker_id))
    if wanted.text.strip():
        rows = rows.filter(_by_text(actor, wanted.text))
    return rows.filter(_in_band(rows, wanted.age_band, actor.today())) if wanted.age_band else rows


def _in_band(rows: QuerySet[Child], band: str, today: date) -> Q:
    """As the list shows it: from the month of change on the coded band is old and the birth date decides."""
    grown = list(rows.filter(age_changes_on__lte=today).only("id", "age_band", "age_changes_on", "birth_date"))
    prefetch(child.pk for child in grown)
    coded = Q(age_changes_on__isnull=True) | Q(age_changes_on__gt=today)
    return coded & Q(age_band=band) | Q(pk__in=[child.pk for child in grown if current_band(child, today) == band])


def _by_text(actor: Actor, text: str) -> Q:
    digits = normalise_code(text)
    found = Q(pk__in=[])
    if digits.isascii() and digits.isdigit() and len(digits) <= 9:
        found |= Q(code__gte=digits.ljust(9, "0"), code__lte=digits.ljust(9, "9"))  # a range, which an index knows
    spellings = {
        text.strip(),
        text.strip().upper(),
        text.strip().lower(),
    }  # sealed numbers are found whole or not at all
    numbered: list[UUID] = []  # looked up first: with the code in one question, no index would do
    for organisation_id in {grant.organisation_id for grant in actor.grants}:
        hashes = [external_id_hash(organisation_id, spelling) for spelling in spellings]
        theirs = Child.objects.filter(organisation_id=organisation_id, external_id_hash__in=hashes)
        numbered += theirs.values_list("pk", flat=True)
    return found | Q(pk__in=numbered)


def refuse_ended(child: ChildDetail) -> None:
    """Nothing is begun for a child that nobody can name; what was begun before is taken, and waits in the inbox."""
    if child.row.erased:
        message = "Who this child is has ended here, so nothing more is added to the record."
        action = "If the child comes back into the programme, register it anew and use the new code."
        raise ProblemError(Problem("child.ended", message, action, status=409))


def find_child(actor: Actor, key: UUID | str) -> ChildDetail:
    """By id or by code; outside the scope there is no such child."""
    child = find_row(actor, key)
    birth = birth_date_of(child)
    assignments = Assignment.objects.filter(child=child).select_related("person", "device").order_by("since")
    relations = Relation.objects.current().filter(child=child).longest_first()
    return ChildDetail(
        row=child_row(child, actor.today()),
        organisation_id=child.organisation_id,
        team_id=child.team_id,
        place_id=child.place_id,
        age=completed_years(birth, actor.today()) if birth else None,
        birth_estimated=child.birth_estimated,
        assignments=tuple(
            AssignmentRow(each.pk, str(each.person or each.device), each.device_id is not None, each.since, each.until)
            for each in assignments
        ),
        relations=tuple((each.kind, each.is_caregiver) for each in relations),
    )


def every_child() -> list[UUID]:
    """For whoever runs the house and replaces keys: ids alone."""
    return list(Child.objects.order_by("pk").values_list("pk", flat=True))


def organisation_of(child_id: UUID) -> UUID:
    """For whoever runs the house: in whose name something is done about a child."""
    return Child.objects.values_list("organisation_id", flat=True).get(pk=child_id)


def find_row(actor: Actor, key: UUID | str) -> Child:
    return find_within(actor, key, "children.see")


def find_within(actor: Actor, key: UUID | str, permission: str) -> Child:
    """The child, if this permission reaches it; on one page, the same row for whoever asks."""
    page = reading() if actor.kind == "person" else None
    if page is None:
        return _find_within(actor, key, permission)
    reach = reach_of(actor, permission)
    found = page.children.get((actor, reach, key))
    if found is None:
        found = _find_within(actor, key, permission)
        page.children |= {(actor, reach, each): found for each in (key, found.pk)}
    return found


def _find_within(actor: Actor, key: UUID | str, permission: str) -> Child:
    rows = children_visible_to(actor, permission).select_related("team", "place")
    if isinstance(key, str):
        code = normalise_code(key)
        child = rows.filter(code=code).first() if is_valid_code(code) else None
    else:
        child = rows.filter(pk=key).first()
    if child is None:
        raise NotVisible("child")
    return child


def find_of(actor: Actor, key: UUID | str, permission: str, organisation_id: UUID) -> Child:
    """The child for a record of this organisation: who has roles in two must not join what belongs to one and other."""
    child = find_within(actor, key, permission)
    if child.organisation_id != organisation_id:
        raise NotVisible("child")
    return child


def names_of(actor: Actor, child_id: UUID, *, again: bool = False) -> ChildNames:
    """The name, on a deliberate tap. The look is written down before the name is returned. `again`: the page that
    follows the tap, whose look that was.
    """
    child = _opened(actor, child_id, "names.see", again=again)
    relations = Relation.objects.current().filter(child=child).longest_first()
    beside = ChildName.objects.filter(child=child, struck_on=None).order_by("told_on", "recorded_at")
    return ChildNames(
        name_of(child),
        tuple((each.kind, relation_name_of(each)) for each in relations),
        tuple((each.kind, other_name_of(each)) for each in beside),
    )


def other_names(actor: Actor, child_id: UUID) -> dict[UUID, str]:
    """Names beside the first, on a deliberate tap, with the rows that they lie in."""
    child = _opened(actor, child_id, "names.see")
    return {each.pk: other_name_of(each) for each in ChildName.objects.filter(child=child)}


def facts_for_change(actor: Actor, child_id: UUID) -> tuple[ChildFacts, str]:
    """What the form of changes starts from, and the version of the record that this is."""
    child = _opened(actor, child_id, "children.change")
    return facts_of(child), version_of(child)


def _opened(actor: Actor, child_id: UUID, permission: str, *, again: bool = False) -> Child:
    child = find_row(actor, child_id)
    place, team = child.organisation_id, child.team_id
    decision = permit_for(actor, permission, child.pk, organisation_id=place, team_id=team)
    if not decision:
        record(actor, permission, "child", child.pk, organisation_id=child.organisation_id, allowed=False)
    decision.require()
    if not again:
        look_at_record(actor, permission, child.pk, child.organisation_id)
    if child.identity_ended_on is not None:
        raise ErasedError("name")
    return child


def caseload_children(actor: Actor) -> list[Child]:
    """The open children of the actor's own caseload."""
    mine = children_visible_to(actor, "interviews.fill").filter(assigned_to(actor), status="open").order_by("code")
    # Nobody is sent to whoever said no, or took it back.
    mine = without_deaths(mine.exclude(said_no__in=NO_INTERVIEWS))
    rows = list(mine)
    prefetch(child.pk for child in rows)
    return rows


def caseload_rows(actor: Actor) -> list[CaseloadRow]:
    """For the list that a form offers."""
    today = actor.today()
    return [caseload_row(child, today) for child in caseload_children(actor)]


def caseload_row(child: Child, today: date) -> CaseloadRow:
    initials, band = initials_of(child), current_band(child, today)
    spoken = " · ".join(part for part in (display_code(child.code), initials, band) if part)
    return CaseloadRow(child.code, spoken, initials, band)


def current_band(child: Child, today: date) -> str:
    """The coded band, or, once its month of change has come, the band by the birth date."""
    if child.age_changes_on is None or today < child.age_changes_on:
        return child.age_band
    birth = birth_date_of(child)
    return band_at(birth, today).code if birth else child.age_band


def age_on(child: Child, day: date) -> int | None:
    """Completed years on that day, from the record and not from what a form says."""
    return age_from(birth_date_of(child), day)


def age_from(born: date | None, day: date) -> int | None:
    return completed_years(born, day) if born and born <= day else None


def in_caseload(actor: Actor, code: str, permission: str = "") -> Child | None:
    """The child whose code a form names, if it is of the actor's organisation and in its reach for interviews."""
    code = normalise_code(code)
    return (
        _by_code(actor, permission, today_in(actor, actor.organisation_id)).first(code=code)
        if is_valid_code(code)
        else None
    )


@lru_cache(maxsize=2048)
def _by_code(actor: Actor, permission: str, day: date) -> Prepared[Child]:
    """`day` is part of the question: assignments begin and end."""
    permission = permission or (SEND if actor.kind == "device" else "interviews.fill")
    rows = children_visible_to(actor, permission, one=True).filter(organisation_id__in=[actor.organisation_id])
    few = rows.only(*OF_AN_INTERVIEW).order_by()
    return Prepared(lambda code: few.filter(code=code), code=str)


def child_row(child: Child, today: date) -> ChildRow:
    return ChildRow(
        id=child.pk,
        code=child.code,
        display_code=display_code(child.code),
        initials=initials_of(child),
        population=child.population,
        sex=child.sex,
        age_band=current_band(child, today),
        return_date=child.return_date,
        team=child.team.name if child.team else "",
        place=child.place.name if child.place else "",
        status=child.status,
        language=child.language,
        return_date_basis=child.return_date_basis,
        erased=is_erased(child),
        withdrew=bool(child.withdrew),
        said_no=child.said_no,
    )


def running_assignments(actor: Actor, child_ids: list[UUID]) -> dict[UUID, list[str]]:
    rows = (
        Assignment.objects.filter(running_for(actor), about_children_visible_to(actor), child_id__in=child_ids)
        .select_related("person", "device")
        .order_by("since")
    )
    found: dict[UUID, list[str]] = {}
    for row in rows:
        found.setdefault(row.child_id, []).append(str(row.person or row.device))
    return found
