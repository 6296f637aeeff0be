"""Takes the question about durability out of the start check, for negative controls."""

from __future__ import annotations

from pathlib import Path

from django.apps import AppConfig

from homeward.config import checks


class NobodyAsks(AppConfig):
    name, label = "tests.powercut", "careless"
    path = str(Path(__file__).parent)

    def ready(self) -> None:
        checks.wrong_answers = lambda connection: iter(())
