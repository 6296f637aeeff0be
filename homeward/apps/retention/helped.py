"""What was sought for a child elsewhere, for its own copy: referrals with what came of them, and its case passed on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homeward.apps.access.registry import Field
from homeward.apps.cases.models import Child, Referral, Transfer
from homeward.apps.cases.sealing import provider_of, transfer_recipient_of
from homeward.apps.retention.told import value_of


@dataclass(frozen=True, slots=True)
class Helped:
    """By column, as it is told; `to`: a name, empty where there was nobody."""

    values: Mapping[str, Any]
    to: str
    steps: tuple[Mapping[str, Any], ...] = ()
    place: str = ""


def referrals_told(child: Child, columns: Iterable[Field]) -> Iterator[Helped]:
    columns = tuple(columns)
    for row in Referral.objects.filter(child=child).select_related("service").order_by("made_on", "made_at"):
        to = row.service.name if row.service else provider_of(row)
        steps = tuple(_values(step, columns) for step in row.steps.order_by("number"))
        yield Helped(_values(row, columns), to, steps)


def transfers_told(child: Child, columns: Iterable[Field]) -> Iterator[Helped]:
    columns = tuple(columns)
    rows = Transfer.objects.filter(child=child).select_related("to_organisation", "place")
    for row in rows.order_by("made_on", "made_at"):
        to = row.to_organisation.name if row.to_organisation else transfer_recipient_of(row)
        yield Helped(_values(row, columns), to, place=row.place.name if row.place else "")


def _values(row: Any, columns: Iterable[Field]) -> dict[str, Any]:
    return {each.column.name: value_of(row, each) for each in columns if each.model is type(row)}
