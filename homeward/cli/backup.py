"""`homeward backup`: of the data and, apart from it, of the key store; and what five people need to set it up.

The work is in `backup_work`, which needs the tables. Making a pair of keys needs nothing: it is done on other machines.
"""

from __future__ import annotations

import argparse
import os
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from homeward.cli.main import DONE, print_json
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.backup_file import new_pair
from homeward.formats.on_disk import sync_file, sync_folder

WORDS = ("keygen", "recipients", "sheet", "list")
MADE = (
    "# A private key for backups of Homeward. Whoever has it reads every backup made for it: keep it off the server.\n"
)


class _Work(Protocol):
    def do(self, args: argparse.Namespace) -> int: ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    help_ = (
        "folder for the backup (HOMEWARD_BACKUPS); or: keygen FILE, a pair of keys for one recipient, made on that "
        "person's machine; recipients, who can open backups; sheet, what to print and lock away; list, what there is"
    )
    parser.add_argument("what", nargs="?", default="", metavar="DIR|WORD", help=help_)
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="with keygen: for the private key")


def run(args: argparse.Namespace) -> int:
    if args.what == "keygen":
        return _keygen(args)
    return work("backup", args)


def work(act: str, args: argparse.Namespace) -> int:
    os.umask(0o077)
    from_here = import_module("homeward.cli.serve")
    from_here.start_django()
    args.act = act
    return cast("_Work", import_module("homeward.cli.backup_work")).do(args)


def _keygen(args: argparse.Namespace) -> int:
    path = args.file
    if path is None:
        raise _refused("backup.no_file_named", "A file for the private key is missing.", "backup keygen FILE", Path())
    public = keygen(path)
    if args.json:
        print_json({"public_key": public, "file": str(path)})
    else:
        print(f"The private key lies in {path}: print it, lock it away, and keep it off the server.")
        print(f"The public key goes to whoever sets the server up (HOMEWARD_BACKUP_RECIPIENTS):\n{public}")
    return DONE


def keygen(path: Path) -> str:
    """A new pair: the private half in a new file, the public half returned."""
    public, private = new_pair()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        action = "Name a new file on a stick or disk that you can lock away."
        raise _refused(
            "backup.file_exists", "The file is there already, or its folder is not.", action, path
        ) from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{MADE}# public key: {public}\n{private}\n")
        sync_file(file)
    sync_folder(path.absolute().parent)
    return public


def _refused(code: str, message: str, action: str, path: Path) -> ProblemError:
    return ProblemError(Problem(code, message, action, Where(file=str(path) if path.name else "")))
