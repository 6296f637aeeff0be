"""`homeward drill`: restores a backup in a place apart, asks it everything, and throws it away.

Exit status: 0 it came back whole (a note says what was not tried), 1 it did not, 2 it could not be tried.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from homeward.cli.backup import work


def add_arguments(parser: argparse.ArgumentParser) -> None:
    help_ = "private key of a recipient: the newest backup is opened with it. Without, one is made now and restored"
    parser.add_argument("--identity", type=Path, metavar="FILE", help=help_)
    parser.add_argument("--from", dest="folder", type=Path, metavar="DIR", help="folder of backups (HOMEWARD_BACKUPS)")
    help_ = "public key that signed the backup, where it was made on another machine"
    parser.add_argument("--key", action="append", default=[], metavar="HEX", help=help_)


def run(args: argparse.Namespace) -> int:
    return work("drill", args)
