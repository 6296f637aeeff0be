"""Tests of `domain` and `formats` run without Django too (`-p no:django`); everything else needs the fixtures."""

from __future__ import annotations

import os

pytest_plugins = ["tests.goals", *(["tests.fixtures"] if "DJANGO_SETTINGS_MODULE" in os.environ else [])]
