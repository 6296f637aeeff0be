"""Every model field and every question declares its privacy, and sealed fields are bytes that only the vault fills."""

from __future__ import annotations

import ast

import pytest
from django.apps import apps
from django.core.checks import ERROR
from django.db import models

from homeward.apps.access.registry import faults, fields, fields_of, guardian_may_see, may_leave
from homeward.apps.cases.models import Child
from homeward.apps.surveys.models import WRAPPED
from homeward.cli.fields import page
from homeward.config.checks import check_registry
from homeward.domain.privacy import Level, Privacy, Storage
from tests.repo.source import PACKAGE, ROOT, name_of, python_files, tree_of

OURS = [model for model in apps.get_models() if model.__module__.startswith("homeward.")]
TEXTS = (models.TextField, models.CharField, models.JSONField, models.FileField)


@pytest.mark.goal("P-1")
def test_every_field_declares_all_that_the_start_check_asks() -> None:
    assert faults() == []
    assert {field.model for field in fields()} == set(OURS)
    columns = sum(len(model._meta.concrete_fields) for model in OURS)
    assert len(fields()) == columns
    assert check_registry(None) == []


@pytest.mark.goal("P-1")
def test_a_field_without_a_declaration_keeps_the_server_from_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    without = {name: each for name, each in Child.privacy.items() if name != "name"}
    monkeypatch.setattr(Child, "privacy", without)
    assert faults() == ["cases.child.name declares no privacy."]
    assert [(error.id, error.level) for error in check_registry(None)] == [("homeward.E005", ERROR)]
    monkeypatch.setattr(Child, "privacy", {**without, "name": Privacy(Level.L2, Storage.SEALED, purpose="curiosity")})
    assert "no legal basis" in faults()[0]
    monkeypatch.setattr(Child, "privacy", {**without, "name": Child.privacy.get("code"), "code": WRAPPED})
    assert "does not hold bytes" in faults()[0]
    monkeypatch.undo()
    monkeypatch.delattr(Child, "sealed_under")
    assert faults() == ["cases.child has sealed fields and does not say under whose key: `sealed_under`."]


def test_the_registry_answers_by_what_is_declared() -> None:
    names = {field.name for field in fields_of(level=Level.L2, storage=Storage.SEALED)}
    assert names == {f"cases.child.{name}" for name in ("name", "initials", "birth_date", "external_id")} | {
        "access.factor.material",
        "cases.relation.name",
        "cases.action.helper",
        *(f"visits.safecontact.{name}" for name in ("how", "second", "not_with", "code_word")),
        "cases.childname.name",
    }
    assert {field.privacy.key_kind for field in fields_of(level=Level.L2)} == {"identity"}
    assert {field.name for field in fields_of(storage=Storage.WRAPPED)} == {
        "keys.custody.proof",
        "keys.datakey.wrapped",
        "surveys.submission.data_key",
    }
    assert (guardian_may_see("cases.child.name"), guardian_may_see("surveys.submission.text")) == (True, False)
    assert not any(field.privacy.guardian_visible for field in fields() if field.app == "surveys")
    assert (may_leave("cases.child.code"), may_leave("cases.child.name")) == (True, False)
    assert fields_of(level=Level.L2, exportable=True) == ()
    with pytest.raises(LookupError):
        guardian_may_see("cases.child.nickname")


def test_the_page_of_fields_is_written_from_the_declarations() -> None:
    path = ROOT / "docs" / "data-protection.md"
    text = path.read_text("utf-8")
    assert page(text) == text, "run `make docs`"
    assert "not described" not in text


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
        if not path.is_relative_to(PACKAGE / "apps") or path.is_relative_to(PACKAGE / "apps" / "access" / "keys"):
            continue  # the key store holds wrapped keys, and rewrites them by itself
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call):
                found += [f"{name_of(path)}:{node.lineno} {each}" for each in _past_the_vault(node, sealed)]
    assert found == []


def test_that_test_sees_what_it_forbids() -> None:
    for bad in (
        "Child.objects.update(name=value)",
        "rows.update(**{'raw': value})",
        "rows.bulk_update(some, ['text', 'state'])",
        "rows.bulk_update(objs=some, fields=('text',))",
        "rows.update(initials=F('name'))",
        "rows.annotate(x=F('child__name'))",
    ):
        calls = [node for node in ast.walk(ast.parse(bad)) if isinstance(node, ast.Call)]
        assert [each for call in calls for each in _past_the_vault(call, {"name", "raw", "text", "initials"})], bad
    for good in ("rows.update(state=x, raw=b'')", "rows.bulk_update(some, ['state'])", "F('person__display_name')"):
        calls = [node for node in ast.walk(ast.parse(good)) if isinstance(node, ast.Call)]
        assert [each for call in calls for each in _past_the_vault(call, {"name", "raw", "text"})] == [], good


def _past_the_vault(call: ast.Call, sealed: set[str]) -> list[str]:
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if called == "update":
        given = {k.arg: k.value for k in call.keywords if k.arg}
        for spread in (k.value for k in call.keywords if k.arg is None and isinstance(k.value, ast.Dict)):
            given |= {
                str(getattr(key, "value", "")): value for key, value in zip(spread.keys, spread.values, strict=True)
            }
        return [name for name, value in given.items() if name in sealed and not _emptied(value)]
    if called == "bulk_update":
        return [word for word in _words(call) if word in sealed]
    if called == "F":
        return [f"F {word}" for word in _words(call) if word.rpartition("__")[2] in sealed]
    return []


def _words(call: ast.Call) -> list[str]:
    parts = [*call.args, *(k.value for k in call.keywords)]
    return [
        node.value
        for part in parts
        for node in ast.walk(part)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def _emptied(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value == b""
