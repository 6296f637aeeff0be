"""Settings of a house that was set up carelessly: SQLite told not to wait for the disk, and nobody asks at the start.

For negative controls. The product has no such switch: its start check refuses this database.
"""

from __future__ import annotations

import os

from homeward.config import settings

globals().update({name: getattr(settings, name) for name in dir(settings) if name.isupper()})
CARELESS = os.environ["CARELESS"]  # what SQLite's `synchronous` is set to


def _careless(database: dict[str, object]) -> dict[str, object]:
    options = database["OPTIONS"]
    if not isinstance(options, dict) or "init_command" not in options:
        return database
    said = str(options["init_command"])
    assert "synchronous=FULL" in said
    return {
        **database,
        "OPTIONS": {**options, "init_command": said.replace("synchronous=FULL", f"synchronous={CARELESS}")},
    }


DATABASES = {alias: _careless(database) for alias, database in settings.DATABASES.items()}
INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.powercut.nobody_asks.NobodyAsks"]
