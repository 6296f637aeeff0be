"""The English texts of problems, read from the code: whatever looks like a sentence there is one that somebody may see.

Services and formats know no gettext, so the messages they hand out are plain texts. Pages and phones look them up in
the catalogue, and this is how they get there. Sentences are told from other texts by their shape: a capital, a
placeholder or a quotation mark first or several words, a full stop last.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

from tests.repo.source import PACKAGE, python_files, tree_of

SENTENCE = re.compile(r"[A-Z“{$]\S* .*[.!?…]|\S+ \S+ \S.*\.|[A-Z][^.]*\{\w+\}", re.DOTALL)
LAYERS = ("domain", "formats", "apps", "openrosa", "web")
# Texts for files and terminals: an instrument's own words, the methods page, the summary of a command.
NOT_SHOWN = frozenset({"facts.py", "template.py", "methods.py", "summary.py", "xform_sheets.py", "backup_file.py"})
AT_THE_TERMINAL = (
    *("apps/backups/", "apps/access/backup_key.py", "apps/access/keys/backup.py"),
    "apps/monitoring/rules.py",  # keeps the server from starting
)
PLAIN = {"_", "gettext", "gettext_lazy", "gettext_noop"}
GETTEXT = frozenset(PLAIN | {f"{kind}gettext{lazy}" for kind in ("n", "p", "np") for lazy in ("", "_lazy")})
EXCEPTIONS = frozenset(name for name in vars(builtins) if name.endswith("Error"))
# Words that stand for a placeholder of a problem, and what they are said about.
WORDS = (
    *("rows", "columns", "bytes", "cells"),  # {what} of a table
    *("assignment", "child", "device", "file", "import", "instrument", "interview", "membership", "organisation"),
    *("note", "person", "place", "quarantined", "team"),  # {what} that is not within reach
    *("draft", "proposed", "published", "retired"),  # {status} of a form
    *("all dimensions", "the end"),  # {dimension} of a weight, {found} in an expression
)


def problem_texts() -> list[str]:
    """Every text that a page or a phone may have to say, in the order of the alphabet."""
    found = {text for path in files() for text in sentences(tree_of(path))}
    return sorted(found | set(WORDS))


def files() -> list[Path]:
    return [
        path
        for path in python_files()
        if path.is_relative_to(PACKAGE)
        and path.relative_to(PACKAGE).parts[0] in LAYERS
        and path.name not in NOT_SHOWN
        and not path.relative_to(PACKAGE).as_posix().startswith(AT_THE_TERMINAL)
    ]


def sentences(tree: ast.Module) -> Iterator[str]:
    others = set(not_for_readers(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in others and SENTENCE.fullmatch(str(node.value)):
            yield str(node.value)
    for given in said_by_problems(tree):
        if isinstance(given, ast.Constant) and given.value:
            yield str(given.value)


def said_by_problems(tree: ast.Module) -> Iterator[ast.expr]:
    """What stands at the place of message and action wherever a problem is made."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) == "Problem":
            yield from node.args[1:3]
            yield from (each.value for each in node.keywords if each.arg in ("message", "action"))


def not_for_readers(tree: ast.Module) -> Iterator[int]:
    """Docstrings, parts of f-strings, what Python's own exceptions say, and what gettext marks already."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)
        elif isinstance(node, ast.JoinedStr) or called(node) in GETTEXT or called(node) in EXCEPTIONS:
            yield from (id(part) for part in ast.walk(node))


def called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
