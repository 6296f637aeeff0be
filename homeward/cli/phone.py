"""`homeward phone ADDRESS`: send a made-up interview as ODK Collect would, for whoever has no phone at hand."""

from __future__ import annotations

import argparse
from datetime import datetime

from homeward.cli.main import CANNOT, DONE, print_json
from homeward.demo.phone import send_interview
from homeward.domain.codes import display_code


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("address", help="server address of a device, as its QR code and the demo's terminal show it")
    parser.add_argument("--form", default="caregiver", help="id of a library instrument (default: caregiver)")
    parser.add_argument("--child", default="", help="nine-digit code (default: the first child on the phone's list)")


def run(args: argparse.Namespace) -> int:
    today = datetime.now().astimezone().date()
    sent = send_interview(args.address.rstrip("/"), args.form, args.child, today)
    if args.json:
        print_json(
            {"status": sent.status, "message": sent.message, "child": sent.child, "id": f"uuid:{sent.instance_id}"}
        )
    else:
        print(f"{sent.status} {sent.message} (form {args.form}, child {display_code(sent.child)})")
    return DONE if sent.status in (201, 202) else CANNOT
