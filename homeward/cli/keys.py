"""`homeward keys`: what stands in the key store, and what whoever keeps the keys does with it.

The work is in `key_work`, which needs the models and so is loaded once Django is set up.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from django.db import DatabaseError

from homeward.cli.serve import start_django
from homeward.cli.unlocking import bring_up_to_date, refused
from homeward.domain.privacy import REASONS_TO_END


class _Work(Protocol):
    def do(self, args: argparse.Namespace) -> int: ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parts = parser.add_subparsers(dest="part", metavar="WHAT", required=True)
    parts.add_parser("status", help="which keys there are, what is unfinished, which backups count")
    one = parts.add_parser("create", help="the first key of an empty key store")
    one.add_argument("--key-file", type=Path, help="base64 of 32 bytes, instead of a passphrase")
    one = parts.add_parser("rotate", help="replace keys; the server must stand still, and a second call goes on")
    what = one.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--kek", action="store_true", help="the key that wraps all others: a new passphrase, or --key-file"
    )
    what.add_argument("--child", metavar="CODE", help="both keys of one child")
    what.add_argument("--children", action="store_true", help="both keys of every child")
    one.add_argument("--key-file", type=Path, help="base64 of 32 bytes, instead of a new passphrase")
    one = parts.add_parser("destroy", help="end keys of a child for good")
    one.add_argument("child", metavar="CODE")
    what = one.add_mutually_exclusive_group(required=True)
    what.add_argument("--identity", action="store_true", help="who the child is; scores stay under the code")
    what.add_argument("--both", action="store_true", help="also every text, file and raw interview")
    one.add_argument("--reason", required=True, choices=REASONS_TO_END)
    one.add_argument("--yes", action="store_true", help="without being asked for the code again")
    one = parts.add_parser("backup", help="a copy of the key store, encrypted, read back, and older ones pruned")
    one.add_argument("--restore", type=Path, metavar="FILE", help="from a copy into an empty key store")
    one.add_argument("--identity", type=Path, metavar="FILE", help="the private key of a recipient, for --restore")
    one = parts.add_parser("intake", help="the key to which our own clients seal finished interviews")
    what = one.add_mutually_exclusive_group()
    what.add_argument("--rotate", action="store_true", help="a new one; what was sealed to the old one still opens")
    what.add_argument("--drop-unused", action="store_true", help="old ones that nobody used for half a year, for good")
    _add_key(one)
    one = parts.add_parser("verify", help="whether every key opens, and every backup that counts is what it was")
    one.add_argument("--copy", type=Path, metavar="FILE", help="compare this copy with the key store")
    one.add_argument("--identity", type=Path, metavar="FILE", help="the private key of a recipient, for --copy")
    _add_key(one)


def _add_key(parser: argparse.ArgumentParser) -> None:
    more = "public key that signed the copy, from the printed sheet, where it was made on another machine"
    parser.add_argument("--key", action="append", default=[], metavar="HEX", help=more)


def run(args: argparse.Namespace) -> int:
    start_django()
    if args.part in ("create", "backup"):  # the others find the tables as they are
        bring_up_to_date()
    try:
        return cast("_Work", import_module("homeward.cli.key_work")).do(args)
    except DatabaseError as error:
        action = "Is this the data folder? `homeward serve` or `homeward keys create` makes what is missing."
        raise refused("keys.no_tables", f"The key store does not answer: {type(error).__name__}.", action) from error
