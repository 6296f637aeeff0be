"""`homeward audit`: is the record of who looked at what still what it was?

Exit status: 0 intact, 1 tampered with or restored by nobody knows whom, 2 could not be found out.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from homeward.cli.serve import start_django

STEPS = "homeward.cli.audit_steps"  # imports tables, which exist once Django is set up


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    verify = steps.add_parser("verify", help="read the whole audit and name the first row that is not right")
    verify.add_argument("--heads", type=Path, action="append", default=[], help="file of heads that a witness kept")
    verify.add_argument("--key", action="append", default=[], help="public key to trust, in hexadecimal digits")
    help_ = (
        "a restore that you know was made, by its event: what a witness saw between backup and restore may be missing"
    )
    verify.add_argument("--restored", action="append", default=[], metavar="EVENT", help=help_)
    steps.add_parser("seal", help="number and sign what is not sealed yet; the worker does it every ten seconds")
    head = steps.add_parser("head", help="print the newest signed head, to be mailed or kept elsewhere")
    head.add_argument("--write", action="store_true", help="add it to the witness file as well")
    key = steps.add_parser("create-key", help="make the key that signs; run it as the user that runs the worker")
    key.add_argument("--replace", action="store_true", help="sign with a new key from now on")


def run(args: argparse.Namespace) -> int:
    start_django()
    status: int = importlib.import_module(STEPS).run(args)
    return status
