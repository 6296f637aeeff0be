"""What is recorded of a child, as plain values. Codes and days alone: names open by `queries.names_of`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from homeward.apps.access.actors import Actor
from homeward.apps.cases.models import Child, ChildName, HouseholdStay, Relation, RelationKind
from homeward.apps.cases.queries import find_row
from homeward.apps.cases.record_models import Entry
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.cases.sealing import other_name_of
from homeward.apps.cases.topics import SPELLS, TOPICS
from homeward.domain.child_record import Event, season_of
from homeward.domain.functioning import overall
from homeward.domain.rounds import add_months
from homeward.domain.written import as_written

OF_ALL = frozenset(
    (
        *("id", "child", "told_on", "said_by", "recorded_at", "struck_on", "struck_reason"),
        *("since", "until", "closed_by", "ended_recorded_at"),
    )
)


@dataclass(frozen=True, slots=True)
class EntryRow:
    id: UUID
    topic: str
    day: date  # for which it holds; of a spell the first
    until: date | None
    values: Mapping[str, Any]  # by column, coded
    said_by: str
    struck_reason: str = ""  # not empty: it counts no more
    recorded_at: datetime | None = None
    end_recorded_at: datetime | None = None

    @property
    def holds(self) -> bool:
        return not self.struck_reason


@dataclass(frozen=True, slots=True)
class FamilyRow:
    id: UUID
    kind: str
    is_caregiver: bool
    since: date | None  # nobody said when it began
    until: date | None
    other_code: str  # of a child here, where it is within reach
    elsewhere: bool  # a child here that is not
    struck_reason: str = ""
    recorded_at: datetime | None = None
    end_recorded_at: datetime | None = None
    apart_since: date | None = None  # a brother or sister who lives in another household, both of them recorded


@dataclass(frozen=True, slots=True)
class ChildRecord:
    child_id: UUID
    entries: Mapping[str, tuple[EntryRow, ...]]  # by topic, the newest first
    family: tuple[FamilyRow, ...]
    lives_with: tuple[str, ...]  # codes of children of the same household, within reach

    def holding(self, topic: str) -> tuple[EntryRow, ...]:
        return tuple(row for row in self.entries[topic] if row.holds)

    def latest(self, topic: str) -> EntryRow | None:
        return next(iter(self.holding(topic)), None)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(row.values["language"]) for row in reversed(self.holding("languages"))))

    @property
    def documents(self) -> Mapping[str, EntryRow]:
        """The latest of each kind."""
        return {str(row.values["kind"]): row for row in reversed(self.holding("documents"))}

    @property
    def functioning(self) -> str:
        """Of the latest results: difficulty, none or not determined; empty where nobody asked."""
        row = self.latest("functioning")
        return overall(row.values["form"], row.values["results"]) if row is not None else ""


def record_of(actor: Actor, child_id: UUID) -> ChildRecord:
    """A fixed number of queries, however much is recorded. The caller has written the look down."""
    child = find_row(actor, child_id)
    entries = {topic: tuple(_rows(topic, model, child)) for topic, model in TOPICS.items()}
    return ChildRecord(child.pk, entries, tuple(_family(actor, child)), _lives_with(actor, child))


def entries_to_tell(child: Child) -> tuple[tuple[EntryRow, str], ...]:
    """Every entry with its name, where it holds one, for the child's own copy. The caller has asked whether it may."""
    names = {row.pk: other_name_of(row) for row in ChildName.objects.filter(child=child)}
    rows = (row for topic, model in TOPICS.items() for row in _rows(topic, model, child))
    return tuple((row, names.get(row.id, "")) for row in rows)


def _rows(topic: str, model: type[Entry], child: Child) -> Iterator[EntryRow]:
    rows: Any = model._default_manager.filter(child=child)
    rows = rows.select_related("household") if topic == "household" else rows
    columns = [column for column in model._meta.concrete_fields if column.name not in OF_ALL]
    coded = [column.attname for column in columns if model.privacy[column.name].level > 1]  # type: ignore[attr-defined]
    first = "since" if topic in SPELLS else "told_on"
    order = ("-number", "-recorded_at") if topic == "returns" else (f"-{first}", "-recorded_at")
    for row in rows.order_by(*order):
        values = {name: getattr(row, name) for name in coded if name != "name"}
        if isinstance(row, HouseholdStay):
            values |= {name: getattr(row.household, name) for name in ("members", "children", "counted_on")}
        yield EntryRow(
            *(row.pk, topic, getattr(row, first), getattr(row, "until", None), values, row.said_by, row.struck_reason),
            *(row.recorded_at, getattr(row, "ended_recorded_at", None) or row.recorded_at),
        )


def _family(actor: Actor, child: Child) -> Iterator[FamilyRow]:
    rows = list(Relation.objects.filter(child=child).longest_first())
    others = [row.other_child_id for row in rows if row.other_child_id]
    codes = dict(children_visible_to(actor).filter(pk__in=others).values_list("pk", "code"))
    apart = _apart(child, codes)
    for row in sorted(rows, key=lambda row: (bool(row.struck_reason), row.until is not None)):
        code = codes.get(row.other_child_id, "") if row.other_child_id else ""
        hidden = row.other_child_id is not None and not code
        yield FamilyRow(
            *(row.pk, row.kind, row.is_caregiver, row.since, row.until, code, hidden, row.struck_reason),
            *(row.recorded_at, row.ended_recorded_at),
            apart.get(row.other_child_id) if row.other_child_id and _is_sibling(row) else None,
        )


def _is_sibling(row: Relation) -> bool:
    return row.kind == RelationKind.SIBLING and row.until is None and row.struck_on is None


def _apart(child: Child, others: Iterable[UUID]) -> dict[UUID, date]:
    """Of children within reach who live in another household than this one: since the later of the two moved there."""
    here = HouseholdStay.objects.filter(child__in=[child.pk, *others], until=None, struck_on=None)
    stays = {key: (home, since) for key, home, since in here.values_list("child_id", "household_id", "since")}
    own = stays.get(child.pk)
    if own is None:
        return {}
    return {key: max(own[1], since) for key, (home, since) in stays.items() if home != own[0]}


def _lives_with(actor: Actor, child: Child) -> tuple[str, ...]:
    here = HouseholdStay.objects.filter(until=None, struck_on=None)
    own = here.filter(child=child).values("household")
    others = here.filter(household__in=own).exclude(child=child).values("child")
    return tuple(children_visible_to(actor).filter(pk__in=others).order_by("code").values_list("code", flat=True))


def events_of(actor: Actor, child_id: UUID) -> tuple[Event, ...]:
    """What happened, by day; struck entries are no event."""
    return tuple(sorted(_events(record_of(actor, child_id)), key=as_written))


def _events(found: ChildRecord) -> Iterator[Event]:
    for topic, said in _SAID.items():
        for row in found.holding(topic):
            yield from said(row)
    for each in found.family:
        if not each.struck_reason:
            if each.since is not None:
                yield Event(each.since, "relation_began", (each.kind,), each.recorded_at)
            if each.until is not None:
                yield Event(each.until, "relation_ended", (each.kind,), each.end_recorded_at)


def _return(row: EntryRow) -> Iterator[Event]:
    """An episode: when the child had left the country, as far as it is known, when it came back, and left again."""
    day, away, number = row.values["returned_on"], row.values["months_away"], str(row.values["number"])
    at = row.recorded_at
    if day is not None:
        if away and not row.values["born_abroad"]:
            yield Event(add_months(day, -away).replace(day=1), "departure", (number, row.values["from_country"]), at)
        yield Event(day, "return", (number, row.values["kind"], row.values["came_with"], season_of(day)), at)
    if row.values["left_on"] is not None:
        yield Event(row.values["left_on"], "left_again", (number,), at)


def _care(row: EntryRow) -> Iterator[Event]:
    yield Event(row.day, "care_changed", (row.values["arrangement"], row.values["reason"]), row.recorded_at)


def _school(row: EntryRow) -> Iterator[Event]:
    """Of a place that is over, why stands at its end; of a child in no school, why it is in none."""
    reason = row.values["left_reason"] if row.until is None else ""
    yield Event(row.day, "school_began", (row.values["level"], *([reason] if reason else [])), row.recorded_at)
    if row.until is not None:
        left = (row.values["level"], row.values["left_reason"])
        yield Event(row.until, "school_left", left, row.end_recorded_at)


def _household(row: EntryRow) -> Iterator[Event]:
    yield Event(row.day, "household_joined", (), row.recorded_at)


def _document(row: EntryRow) -> Iterator[Event]:
    yield Event(row.day, "document", (row.values["kind"], row.values["state"]), row.recorded_at)


def _functioning(row: EntryRow) -> Iterator[Event]:
    yield Event(row.day, "functioning", (overall(row.values["form"], row.values["results"]),), row.recorded_at)


_SAID: Mapping[str, Callable[[EntryRow], Iterator[Event]]] = {
    "returns": _return,
    "care": _care,
    "schooling": _school,
    "household": _household,
    "documents": _document,
    "functioning": _functioning,
}
