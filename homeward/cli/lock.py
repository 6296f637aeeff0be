"""`homeward lock`: the key is gone from every process of the server when it returns."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Protocol, cast

from homeward.cli.serve import start_django


class _Work(Protocol):
    def lock(self, *, as_json: bool) -> int: ...
    def unlock(self, *, as_json: bool) -> int: ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(args: argparse.Namespace) -> int:
    return work().lock(as_json=args.json)


def work() -> _Work:
    start_django()
    return cast("_Work", import_module("homeward.cli.lock_work"))
