"""`homeward manage`: Django's own commands (migrate, shell, dbshell ...) for whoever runs the house."""

from __future__ import annotations

import argparse
import os

from django.conf import settings
from django.core.management import execute_from_command_line

from homeward.cli.main import DONE
from homeward.cli.serve import SETTINGS, start_django
from homeward.cli.unlocking import unlock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs=argparse.REMAINDER, help="the command and its options")


def run(args: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    if args.words[:1] == ["shell"]:
        start_django()
        if settings.HOMEWARD_VAULT_KEY is None:
            unlock()
    execute_from_command_line(["homeward manage", *args.words])
    return DONE
