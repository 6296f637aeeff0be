"""Run as a program with HOMEWARD_DATABASE set: makes the tables and the cast there, and prints what phones need."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.conf import settings

from homeward.cli.serve import start_django
from homeward.cli.unlocking import bring_up_to_date

FORMS = ("child-6-11", "child-15-17", "visit-reflection", "community-observation", "case-study")


def main() -> None:
    start_django()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    bring_up_to_date()
    from tests.openrosa.publishing import publish_more
    from tests.world import build

    house = build().amani
    publish_more(house, FORMS)
    assert house.child
    found: dict[str, Any] = {name: asdict(device) for name, device in house.devices.items()}
    found["code"] = house.child.code
    sys.stdout.write(json.dumps(found, default=str))


if __name__ == "__main__":
    main()
