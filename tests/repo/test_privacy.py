"""Every model field and every question declares its privacy, and sealed fields are bytes that only the vault fills."""

from __future__ import annotations

import ast

import pytest
from django.apps import apps
from django.db import models

from homeward.domain.privacy import Level, Storage
from tests.repo.source import PACKAGE, name_of, python_files, tree_of

OURS = [model for model in apps.get_models() if model.__module__.startswith("homeward.")]
TEXTS = (models.TextField, models.CharField, models.JSONField, models.FileField)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_field_declares_its_privacy_and_nothing_else_does(model: type[models.Model]) -> None:
    fields = {field.name for field in model._meta.concrete_fields}
    assert fields == set(getattr(model, "privacy", {}))


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_sealed_and_hashed_fields_hold_bytes(model: type[models.Model]) -> None:
    kinds = {
        field.name: type(field).__name__
        for field in model._meta.concrete_fields
        if model.privacy[field.name].storage is Storage.SEALED and not isinstance(field, models.BinaryField)  # type: ignore[attr-defined]
    }
    assert kinds == {}


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_nothing_personal_lies_in_plain_text(model: type[models.Model]) -> None:
    plain = [
        field.name
        for field in model._meta.concrete_fields
        if (declared := model.privacy[field.name]).level >= Level.L2 and declared.storage is Storage.PLAIN  # type: ignore[attr-defined]
    ]
    assert plain == []


def sealed_models() -> dict[str, type[models.Model]]:
    return {
        model.__name__: model
        for model in OURS
        if any(declared.storage is Storage.SEALED for declared in model.privacy.values())  # type: ignore[attr-defined]
    }


@pytest.mark.parametrize("app", sorted({model._meta.app_label for model in sealed_models().values()}))
def test_an_app_with_sealed_fields_seals_and_opens_through_the_vault(app: str) -> None:
    sources = "\n".join(
        path.read_text("utf-8") for path in python_files() if path.is_relative_to(PACKAGE / "apps" / app)
    )
    assert "vault.seal" in sources
    assert "vault.open_" in sources


def test_sealed_fields_are_never_written_by_update_or_expression() -> None:
    """`update()` would store whatever it is given, past the vault; `F()` would move a value to another row."""
    sealed = {
        name for model in sealed_models().values() for name, p in model.privacy.items() if p.storage is Storage.SEALED
    }  # type: ignore[attr-defined]
    found = []
    for path in python_files():
        if not path.is_relative_to(PACKAGE / "apps"):
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update":
                found += [
                    f"{name_of(path)}:{node.lineno} {k.arg}"
                    for k in node.keywords
                    if k.arg in sealed and not _emptied(k.value)
                ]
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "F":
                found += [
                    f"{name_of(path)}:{node.lineno} F"
                    for a in node.args
                    if isinstance(a, ast.Constant) and a.value in sealed
                ]
    assert found == []


def _emptied(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value == b""
