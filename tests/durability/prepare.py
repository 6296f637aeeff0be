"""Run as a program with HOMEWARD_DATABASE set: makes the tables and the cast there, and prints what a phone needs."""

from __future__ import annotations

import json
import sys

from django.conf import settings

from homeward.cli.serve import start_django
from homeward.cli.unlocking import bring_up_to_date


def main() -> None:
    start_django()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    bring_up_to_date()
    from tests.world import build

    house = build().amani
    assert house.child
    sys.stdout.write(json.dumps({"token": house.devices["enumerator"].token, "code": house.child.code}))


if __name__ == "__main__":
    main()
