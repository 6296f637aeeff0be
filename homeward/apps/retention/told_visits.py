"""Visits, cards and attempts in the copy for a child, as rows with their sealed words opened; pages make sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model

from homeward.apps.access.registry import fields
from homeward.apps.cases.models import ServiceGap
from homeward.apps.retention.holding import path_to_child
from homeward.apps.retention.told import value_of
from homeward.apps.visits import models as kept
from homeward.domain.privacy import Level

MODELS: tuple[type[Model], ...] = (
    kept.SafeContact,
    kept.QuietTime,
    kept.Visit,
    kept.VisitVersion,
    kept.VisitVoice,
    ServiceGap,
    kept.AgreedAction,
    kept.ActionOutcome,
    kept.ContactAttempt,
    kept.ContactFact,
)
SPOKEN_OF_VISITS = frozenset(
    f"{model._meta.label_lower}.{name}"
    for model in MODELS
    for name, declared in model.privacy.items()  # type: ignore[attr-defined]
    if declared.level > Level.L1
)


@dataclass(frozen=True, slots=True)
class ToldRow:
    id: UUID
    values: Mapping[str, Any]  # by column, opened
    parent_id: UUID | None = None  # the visit, or what was agreed; of a gap what it is known from


@dataclass(frozen=True, slots=True)
class ToldVisits:
    """Each list by day."""

    cards: tuple[ToldRow, ...] = ()
    quiet: tuple[ToldRow, ...] = ()
    visits: tuple[ToldRow, ...] = ()
    voices: tuple[ToldRow, ...] = ()
    gaps: tuple[ToldRow, ...] = ()  # of visits, promises and the plan; those of referrals are among their steps
    actions: tuple[ToldRow, ...] = ()
    outcomes: tuple[ToldRow, ...] = ()
    attempts: tuple[ToldRow, ...] = ()
    facts: tuple[ToldRow, ...] = ()
    versions: tuple[ToldRow, ...] = ()  # what the record of a visit said before it was corrected


def told_visits(child_id: UUID) -> ToldVisits:
    return ToldVisits(
        _rows(kept.SafeContact, child_id, "version", also=("set_at",)),
        _rows(kept.QuietTime, child_id, "since", also=("lifted_at",)),
        _rows(kept.Visit, child_id, "planned_on"),
        _rows(kept.VisitVoice, child_id, "noted_at", parent="visit_id"),
        _rows(ServiceGap, child_id, "day", parent="came_from"),
        _rows(kept.AgreedAction, child_id, "agreed_on", parent="visit_id", also=("struck_at",)),
        _rows(kept.ActionOutcome, child_id, "on", parent="action_id", also=("struck_at",)),
        _rows(kept.ContactAttempt, child_id, "on"),
        _rows(kept.ContactFact, child_id, "on"),
        _rows(kept.VisitVersion, child_id, "number", parent="visit_id", also=("replaced_at",)),
    )


def _rows(
    model: type[Model], child_id: UUID, order: str, *, parent: str = "", also: tuple[str, ...] = ()
) -> tuple[ToldRow, ...]:
    columns = [each for each in fields() if each.model is model and each.privacy.level > Level.L1]
    rows = model._default_manager.filter(**{path_to_child(model): child_id}).order_by(order, "pk")
    return tuple(
        ToldRow(
            row.pk,
            {each.column.name: value_of(row, each) for each in columns} | {name: getattr(row, name) for name in also},
            getattr(row, parent) if parent else None,
        )
        for row in rows
    )
