"""Tests of `domain` and `formats` run without Django too (`-p no:django`); everything else needs the fixtures."""

from __future__ import annotations

import os

DJANGO = ("tests.fixtures", "tests.houses")
pytest_plugins = ["tests.goals", *(DJANGO if "DJANGO_SETTINGS_MODULE" in os.environ else ())]
