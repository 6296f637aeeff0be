"""`homeward restore`: from a backup to a house. The work is in `backup_work`."""

from __future__ import annotations

import argparse
from pathlib import Path

from homeward.cli.backup import work


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a data-... backup")
    parser.add_argument("--identity", type=Path, required=True, metavar="FILE", help="private key of a recipient")
    parser.add_argument("--keys", type=Path, metavar="FILE", help="a keys-... backup, where the key store is lost too")
    help_ = "a folder (SQLite) or the name of a database on the same server (PostgreSQL), instead of the house's own"
    parser.add_argument("--into", default="", metavar="DIR|DATABASE", help=help_)
    help_ = "public key that signed the backup, from the printed sheet, where it was made on another machine"
    parser.add_argument("--key", action="append", default=[], metavar="HEX", help=help_)
    parser.add_argument("--replace", action="store_true", help="put aside what is there; it is not deleted")


def run(args: argparse.Namespace) -> int:
    return work("restore", args)
