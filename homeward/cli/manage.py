"""`homeward manage`: Django's own commands (migrate, shell, dbshell ...) for whoever runs the house."""

from __future__ import annotations

import argparse
import os

from django.core.management import execute_from_command_line

from homeward.cli.main import DONE
from homeward.cli.serve import SETTINGS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs=argparse.REMAINDER, help="the command and its options")


def run(args: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    execute_from_command_line(["homeward manage", *args.words])
    return DONE
