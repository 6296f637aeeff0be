"""The `homeward` command. A command is a module, imported only when it is called: scoring loads no web server.

Exit status: 0 done, 1 done with findings, 2 could not be done.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from homeward import __version__
from homeward.domain.problems import Problem, ProblemError

NAME = "homeward"
DONE, FINDINGS, CANNOT = 0, 1, 2
INTERRUPTED = 130
JSON_OPTION = "--json"
EPILOG = "Every command takes --json. Exit status: 0 done, 1 done with findings, 2 could not be done."


@dataclass(frozen=True, slots=True)
class Command:
    module: str
    help: str


COMMANDS = {
    "instrument": Command("homeward.cli.instrument", "list, check, pack, unpack, start and describe instruments"),
    "score": Command("homeward.cli.score", "score a file of exported interviews, without a server"),
    "demo": Command("homeward.cli.demo", "a synthetic programme to look at, on this machine"),
    "phone": Command("homeward.cli.phone", "send a made-up interview as ODK Collect would"),
    "fields": Command(
        "homeward.cli.fields", "every stored field: level, how it lies, purpose, ground, retention, readers"
    ),
    "keys": Command("homeward.cli.keys", "the key store: status, create, rotate, destroy, backup, verify"),
    "subject-access": Command(
        "homeward.cli.subject_access", "what is held about one child, to be read aloud to the child or a guardian"
    ),
    "due": Command("homeward.cli.due", "which children are due on a day, by codes; the pages say the same"),
    "backup": Command("homeward.cli.backup", "an encrypted, signed backup; its recipients, and what to lock away"),
    "restore": Command("homeward.cli.restore", "from a backup to a house; the target changes last, or not at all"),
    "drill": Command("homeward.cli.drill", "restore the newest backup apart, ask it everything, throw it away"),
    "upgrade": Command("homeward.cli.upgrade", "new tables: rehearsed on a restored copy, and only then done"),
    "serve": Command("homeward.cli.serve", "run the web server and its worker"),
    "audit": Command("homeward.cli.audit", "verify, seal and witness the record of who looked at what"),
    "health": Command("homeward.cli.health", "how the server stands: 0 well, 1 something within days, 2 something now"),
    "templates": Command("homeward.cli.templates", "impact assessment, sharing protocol, breach plan, device policy"),
    "lock": Command("homeward.cli.lock", "take the key from every process of the server, at once"),
    "unlock": Command("homeward.cli.unlock", "open a locked server, or say on an open one that somebody is there"),
    "manage": Command("homeward.cli.manage", "Django's own commands, for whoever runs the house"),
}


class CommandModule(Protocol):
    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...
    def run(self, args: argparse.Namespace) -> int: ...


def main(argv: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    as_json = JSON_OPTION in words
    try:
        args = _parsed([word for word in words if word != JSON_OPTION])
    except SystemExit as ended:  # help was printed, and may lie in the buffer still
        with suppress(BrokenPipeError):
            sys.stdout.flush()
            raise
        _quietly()
        raise ended from None
    args.json = as_json
    try:
        return _module(args.command).run(args)
    except ProblemError as error:
        print_problems(error.problems, as_json=as_json)
        return CANNOT
    except BrokenPipeError:
        return _quietly()
    except KeyboardInterrupt:
        return INTERRUPTED


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    """Only the command that is called gets its arguments, because adding them imports its module."""
    called = next((word for word in words if not word.startswith("-")), "")
    parser = argparse.ArgumentParser(
        prog=NAME, description="Monitor the reintegration of returned children.", epilog=EPILOG
    )
    parser.add_argument("--version", action="version", version=f"homeward {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        own = commands.add_parser(name, help=command.help, description=command.help, epilog=EPILOG)
        if name == called:
            _module(name).add_arguments(own)
    return parser.parse_args(words or ["--help"])


def _module(command: str) -> CommandModule:
    return cast("CommandModule", importlib.import_module(COMMANDS[command].module))


def _quietly() -> int:
    """Whoever read our output has gone; say nothing more."""
    sys.stdout = None  # else Python complains while it closes the pipe
    return DONE


def own_library() -> str:
    """The folder of a deployment's own instruments, as the server takes it from the same setting."""
    return os.environ.get("HOMEWARD_LIBRARY", "").strip()


def own_command() -> str:
    """This command as one would type it in this folder: hints are copied, and not everybody has it on the path."""
    called = Path(sys.argv[0])
    path = (called if called.name == NAME else Path(sys.executable).with_name(NAME)).absolute()
    found = shutil.which(NAME)
    return NAME if found and Path(found).absolute() == path else as_typed(path)


def as_typed(path: Path) -> str:
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))


def print_problems(problems: Sequence[Problem], *, as_json: bool = False) -> None:
    """People read them on the error stream, one a line; programs read JSON on the output."""
    if as_json:
        print_json({"problems": [problem_values(problem) for problem in problems]})
        return
    for problem in problems:
        print(f"{problem.severity}: {problem}".replace(f"`{NAME} ", f"`{own_command()} "), file=sys.stderr)


def problem_values(problem: Problem) -> dict[str, object]:
    where = problem.where
    return {
        "code": problem.code,
        "severity": problem.severity,
        "file": where.file,
        "sheet": where.sheet,
        "row": where.row,
        "field": where.field,
        "message": problem.message.format(**problem.params),
        "action": problem.action.format(**problem.params),
    }


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


if __name__ == "__main__":
    sys.exit(main())
