"""Every stored field of ours with what it declares about itself: the one list that sealing, downloads, subject access,
erasure and the page `docs/data-protection.md` are driven by.

The models declare; this enumerates them, whatever their app, and answers questions. It needs the apps to be loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.db import models

from homeward.domain.privacy import Level, Privacy, SealedUnder, Storage

OURS = "homeward."
OF_THE_SERVER = (Storage.SEALED, Storage.WRAPPED)  # bytes that only the vault makes


@dataclass(frozen=True, slots=True)
class Field:
    """`name` is `app.model.field`, as the vault binds it into each sealed value."""

    name: str
    model: type[models.Model]
    column: models.Field[object, object]
    privacy: Privacy
    sealed_under: SealedUnder | None

    @property
    def app(self) -> str:
        return self.name.partition(".")[0]


class UndeclaredFieldError(LookupError):
    """No model of ours declares a field of this name."""


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith(OURS)]


def library_tables() -> list[str]:
    """Tables that a library brings; they hold nothing of a child, and the page says what they hold."""
    return sorted(model._meta.db_table for model in apps.get_models() if not model.__module__.startswith(OURS))


@cache
def fields() -> tuple[Field, ...]:
    """In the order of apps and models; fields without a declaration are left out, and found by `faults`."""
    return tuple(field for model in sorted(our_models(), key=lambda each: each._meta.label) for field in _of(model))


def _of(model: type[models.Model]) -> Iterator[Field]:
    declared = getattr(model, "privacy", {})
    under = getattr(model, "sealed_under", None)
    for column in model._meta.concrete_fields:
        if column.name in declared:
            name = f"{model._meta.label_lower}.{column.name}"
            yield Field(name, model, column, declared[column.name], under)


def field_named(name: str) -> Field:
    found = _by_name().get(name)
    if found is None:
        raise UndeclaredFieldError(name)
    return found


@cache
def _by_name() -> dict[str, Field]:
    return {field.name: field for field in fields()}


def fields_of(
    *,
    level: Level | None = None,
    storage: Storage | None = None,
    model: type[models.Model] | None = None,
    exportable: bool | None = None,
    guardian_visible: bool | None = None,
) -> tuple[Field, ...]:
    """Those to which all that is given applies."""
    return tuple(
        field
        for field in fields()
        if (level is None or field.privacy.level is level)
        and (storage is None or field.privacy.storage is storage)
        and (model is None or field.model is model)
        and (exportable is None or field.privacy.exportable is exportable)
        and (guardian_visible is None or field.privacy.guardian_visible is guardian_visible)
    )


def guardian_may_see(name: str) -> bool:
    """An undeclared field raises: nothing is shown because nobody thought of it."""
    return field_named(name).privacy.guardian_visible


def may_leave(name: str) -> bool:
    """In a download, by its declaration; whose rows is a question of scope and of permission."""
    return field_named(name).privacy.exportable


def faults() -> list[str]:
    """What keeps the server from starting: each says which field, and what is missing."""
    return [fault for model in our_models() for fault in _faults_of(model)]


def _faults_of(model: type[models.Model]) -> Iterator[str]:
    label = model._meta.label_lower
    declared: dict[str, Privacy] = dict(getattr(model, "privacy", {}))
    columns = {column.name: column for column in model._meta.concrete_fields}
    for name in columns.keys() - declared.keys():
        yield f"{label}.{name} declares no privacy."
    for name in declared.keys() - columns.keys():
        yield f"{label}.{name} is declared and is no field."
    for name, privacy in declared.items():
        if privacy.legal_basis is None:
            yield f"{label}.{name} names no legal basis, and its purpose {privacy.purpose!r} has none."
        if privacy.storage in OF_THE_SERVER and not isinstance(columns.get(name), models.BinaryField):
            yield f"{label}.{name} is {privacy.storage} and does not hold bytes."
    seals = any(privacy.storage is Storage.SEALED for privacy in declared.values())
    if seals and getattr(model, "sealed_under", None) is None:
        yield f"{label} has sealed fields and does not say under whose key: `sealed_under`."
