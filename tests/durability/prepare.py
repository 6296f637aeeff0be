"""Run as a program with HOMEWARD_DATABASE set: makes the tables and the cast there, and prints what a phone needs."""

from __future__ import annotations

import json
import sys

from django.conf import settings
from django.core.management import call_command

from homeward.cli.serve import start_django


def main() -> None:
    start_django()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    call_command("migrate", verbosity=0, interactive=False)
    from tests.world import build

    house = build().amani
    assert house.child
    sys.stdout.write(json.dumps({"token": house.devices["enumerator"].token, "code": house.child.code}))


if __name__ == "__main__":
    main()
