"""Rules of the house that a reader would otherwise have to remember."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.repo.source import PACKAGE, ROOT, functions, name_of, python_files, tracked, tree_of

TEXT = {".py", ".md", ".txt", ".toml", ".json", ".ts", ".html", ".css", ".sh", ".yml", ".yaml", ".csv", ".cfg", ""}


def text_files() -> list[Path]:
    return [path for path in tracked() if path.suffix in TEXT and path.stat().st_size < 3_000_000]


def test_no_file_names_a_package_registry() -> None:
    hosts = re.compile(
        "|".join(("py" + r"pi\.org", "python" + r"hosted\.org", "registry\\.np" + "mjs", "deb\\.deb" + "ian"))
    )
    assert [name_of(path) for path in text_files() if hosts.search(path.read_text("utf-8", "replace"))] == []


def test_no_file_carries_a_path_of_a_developer_machine() -> None:
    paths = re.compile(
        r"(^|[\s\"'(=])/(" + "|".join(("wo" + "rk/", "ho" + "me/[a-z]+/", "Us" + "ers/[A-Za-z]+/", "ro" + "ot/")) + ")",
        re.M,
    )
    assert [name_of(path) for path in text_files() if paths.search(path.read_text("utf-8", "replace"))] == []


def test_no_tracked_file_is_large() -> None:
    assert {name_of(p): p.stat().st_size for p in tracked() if p.stat().st_size > 1_048_576} == {}


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "core", "misc", "manager"])
def test_no_module_is_named_for_nothing(name: str) -> None:
    assert [name_of(path) for path in python_files() if name in {path.stem, *path.relative_to(ROOT).parts}] == []


def test_our_own_code_is_imported_at_the_top_of_a_module() -> None:
    inside = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files()
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("homeward")
    ]
    assert inside == []


def test_no_receiver_of_signals_and_no_logic_in_save() -> None:
    found = []
    for path in python_files():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom) and "signals" in (node.module or ""):
                found.append(f"{name_of(path)}:{node.lineno} signals")
            if isinstance(node, ast.FunctionDef) and node.name == "save" and "apps" in path.parts:
                found.append(f"{name_of(path)}:{node.lineno} save")
    assert found == []


@pytest.mark.parametrize("layer", ["web", "openrosa", "demo", "cli"])
def test_only_apps_open_tables(layer: str) -> None:
    opened = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files()
        if path.is_relative_to(PACKAGE / layer)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "save", "bulk_create", "_default_manager"}
    ]
    assert opened == []


def test_the_domain_has_no_clock() -> None:
    clocks = {"today", "now", "utcnow", "time"}
    used = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files()
        if path.is_relative_to(PACKAGE / "domain")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in clocks
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"date", "datetime", "time"}
    ]
    assert used == []


COUNTRIES = re.compile(r"\b(Ethiopia|Georgia|Honduras|Iraq|Nigeria|Guatemala|Somalia|Afghanistan)\b")


def test_no_country_is_named_in_code() -> None:
    named = [
        name_of(path)
        for path in python_files()
        if not path.is_relative_to(PACKAGE / "demo") and COUNTRIES.search(path.read_text("utf-8"))
    ]
    assert named == []


def test_no_todo_without_an_issue() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b(?!\(#\d+\))")
    assert [name_of(path) for path in python_files(tests=True) if marks.search(path.read_text("utf-8"))] == []


def test_every_exemption_carries_its_code() -> None:
    bare = re.compile(r"#\s*(noqa|type:\s*ignore)(?![:\[])")
    assert [name_of(path) for path in python_files(tests=True) if bare.search(path.read_text("utf-8"))] == []
