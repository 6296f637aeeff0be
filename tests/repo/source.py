"""What the tests about the code look at: tracked files, and definitions in them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "homeward"


@cache
def tracked() -> tuple[Path, ...]:
    """Files git knows or would know; in an unpacked archive without git, every file outside build folders."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout.splitlines()
        return tuple(path for name in listed if (path := ROOT / name).is_file())
    except (OSError, subprocess.CalledProcessError):
        skip = {".venv", "node_modules", "built", ".git", "dist"}
        return tuple(path for path in ROOT.rglob("*") if path.is_file() and not skip & set(path.parts))


def python_files(*, tests: bool = False) -> tuple[Path, ...]:
    tops = {"homeward", "benchmarks"} | ({"tests"} if tests else set())
    return tuple(
        path
        for path in tracked()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in tops and "migrations" not in path.parts
    )


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))
