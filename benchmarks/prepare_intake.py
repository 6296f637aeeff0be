"""Run as a program: the cast and the two forms of the measurement, in the database of the environment."""

from __future__ import annotations

import json

from django.conf import settings

from benchmarks.long_form import workbook
from homeward.cli.serve import start_django
from homeward.cli.unlocking import bring_up_to_date

start_django()

from homeward.apps.surveys.forms import load_workbook, propose_publication, publish  # noqa: E402 - tables exist now
from tests.world import build  # noqa: E402


def main() -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.HOMEWARD_DATA.mkdir(parents=True, exist_ok=True)
    bring_up_to_date()
    house = build().amani
    form_id = load_workbook(house.system(), workbook(), "long-250.xlsx")
    propose_publication(house.actor("me_officer"), form_id)
    publish(house.actor("programme_manager"), form_id)
    print(json.dumps({"token": house.devices["enumerator"].token, "code": house.child.code}))


if __name__ == "__main__":
    main()
