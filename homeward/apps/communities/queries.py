from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from homeward.apps.communities.models import Place


@dataclass(frozen=True, slots=True)
class PlaceRow:
    id: UUID
    name: str
    level: str
    country_code: str
    time_zone: str
    parent_id: UUID | None
    path: str  # names from the country down


def places() -> list[PlaceRow]:
    """All places in the order of their paths. Places are shared and name no child."""
    rows = {row.pk: row for row in Place.objects.all()}
    found = [
        PlaceRow(row.pk, row.name, row.level, row.country_code, row.time_zone, row.parent_id, _path(row, rows))
        for row in rows.values()
    ]
    return sorted(found, key=lambda place: place.path)


def with_descendants(place_id: UUID) -> set[UUID]:
    """The place and all below it."""
    below: dict[UUID | None, list[UUID]] = {}
    for pk, parent_id in Place.objects.values_list("pk", "parent_id"):
        below.setdefault(parent_id, []).append(pk)
    found, todo = set(), [place_id]
    while todo:
        current = todo.pop()
        if current not in found:
            found.add(current)
            todo += below.get(current, [])
    return found


def _path(place: Place, rows: dict[UUID, Place]) -> str:
    names, current = [place.name], place
    while current.parent_id is not None and len(names) < 10:
        current = rows[current.parent_id]
        names.append(current.name)
    return " / ".join(reversed(names))
