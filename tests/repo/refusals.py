"""Every code with which a service may refuse, read from the code: from where it begins, through whatever it calls."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.repo.source import ROOT, tree_of

CODE = re.compile(r"[a-z_]+\.[a-z_]+")
Place = tuple[str, str]  # module and name


def refusals_of(*starts: Place) -> set[str]:
    """Whatever is said where a problem is made, and in calls of what makes one."""
    todo, seen, found = list(starts), set[Place](), set[str]()
    while todo:
        place = todo.pop()
        if place in seen:
            continue
        seen.add(place)
        node = _defined(place[0]).get(place[1])
        if node is None:
            continue
        found |= set(_codes(node))
        todo += _named(place[0], node)
    return found


def _codes(node: ast.AST) -> Iterator[str]:
    for call in ast.walk(node):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        texts = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        if name == "NotVisible":
            yield from (f"{text}.not_found" for text in texts)
        elif name.lower().endswith("problem") or name == "not_open":
            yield from (text for text in texts if CODE.fullmatch(text))


def _named(module: str, node: ast.AST) -> Iterator[Place]:
    """Functions and classes of ours that stand in it."""
    known = _imported(module)
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            yield known.get(each.id, (module, each.id))
        elif isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id in known:
            holder, name = known[each.value.id]
            yield f"{holder}.{name}", each.attr  # of a module that was imported as a whole


@cache
def _defined(module: str) -> dict[str, ast.AST]:
    path = _path(module)
    if path is None:
        return {}
    kinds = (ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    found: dict[str, ast.AST] = {}
    for node in tree_of(path).body:
        if isinstance(node, kinds):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", node)]
            names = [node.name] if isinstance(node, ast.FunctionDef | ast.ClassDef) else _ids(targets)
            found |= dict.fromkeys(names, node)
    return found


def _ids(targets: list[ast.AST] | list[ast.expr]) -> list[str]:
    return [each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)]


@cache
def _imported(module: str) -> dict[str, Place]:
    path = _path(module)
    tree = tree_of(path) if path is not None else ast.Module([], [])
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("homeward.")
        for alias in node.names
        if node.module is not None
    }


def _path(module: str) -> Path | None:
    whole = ROOT.joinpath(*module.split("."))
    return next((path for path in (whole.with_suffix(".py"), whole / "__init__.py") if path.is_file()), None)
