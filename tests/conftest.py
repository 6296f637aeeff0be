"""Tests of `domain` and `formats` run without Django too (`-p no:django`); everything else needs the fixtures."""

from __future__ import annotations

import os

pytest_plugins = ["tests.fixtures", "tests.houses"] if "DJANGO_SETTINGS_MODULE" in os.environ else []
