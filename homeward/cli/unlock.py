"""`homeward unlock`: opens a locked server without starting it anew. On an open one it says that somebody is there."""

from __future__ import annotations

import argparse

from homeward.cli.lock import work


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own: the passphrase is asked for, or read from the input."""


def run(args: argparse.Namespace) -> int:
    return work().unlock(as_json=args.json)
