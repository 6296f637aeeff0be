"""What no line of ours does: run what somebody typed, give it to a shell, or write it as it is into page or query."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.repo.source import PACKAGE, ROOT, name_of, python_files, tree_of

RUN = {"eval", "exec", "compile", "__import__"}
READ_BACK = {"pickle", "marshal", "shelve", "dill", "yaml"}  # their readers build whatever the bytes say
QUERIES = {"raw", "extra", "RawSQL"}  # whoever writes a statement by hand explains it to ruff (S608) and bandit
SCRIPTS = sorted((ROOT / "frontend" / "src").rglob("*.ts")) + [PACKAGE / "web" / "ui" / "static" / "homeward.js"]
TEMPLATES = sorted((PACKAGE / "web" / "ui" / "templates").rglob("*.html"))
WRITTEN_AS_IT_IS = re.compile(r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function)")


def ours() -> list[Path]:
    return [path for path in python_files() if name_of(path).startswith("homeward/")]


def calls() -> Iterator[tuple[Path, ast.Call, str]]:
    for path in ours():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call):
                name = node.func
                yield path, node, name.id if isinstance(name, ast.Name) else getattr(name, "attr", "")


def test_no_code_is_made_of_a_text() -> None:
    bare = [(name_of(path), name) for path, call, name in calls() if isinstance(call.func, ast.Name) and name in RUN]
    assert bare == []


def test_no_bytes_say_which_object_they_become() -> None:
    imported = {
        (name_of(path), alias.name)
        for path in ours()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if READ_BACK & {alias.name.partition(".")[0], (getattr(node, "module", "") or "").partition(".")[0]}
    }
    assert imported == set()


def test_no_shell_is_started() -> None:
    """Programs get a list of words; none of them is a shell."""
    found = [
        (name_of(path), name)
        for path, call, name in calls()
        if name in {"system", "popen", "getoutput", "getstatusoutput"}
        or any(word.arg == "shell" and getattr(word.value, "value", None) is not False for word in call.keywords)
    ]
    assert found == []


def test_no_query_is_made_of_a_text() -> None:
    assert [(name_of(path), name) for path, _call, name in calls() if name in QUERIES] == []


def test_pages_escape_what_they_show() -> None:
    assert len(TEMPLATES) > 50
    assert len(SCRIPTS) > 10
    loose = [
        path.name for path in TEMPLATES if re.search(r"\|\s*safe\b|autoescape off|safeseq", path.read_text("utf-8"))
    ]
    assert loose == []
    assert [path.name for path in SCRIPTS if WRITTEN_AS_IT_IS.search(path.read_text("utf-8"))] == []


def test_every_digest_that_is_weak_says_that_it_protects_nothing() -> None:
    """MD5 is what the protocol of phones names files by; SHA-1 what every app of codes speaks."""
    weak = [
        (name_of(path), name)
        for path, call, name in calls()
        if name in {"md5", "sha1"}
        and not any(word.arg == "usedforsecurity" and word.value.value is False for word in call.keywords)  # type: ignore[attr-defined]
    ]
    assert weak == []
