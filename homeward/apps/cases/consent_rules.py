"""The age table, the purposes and the texts read out: from the library and, before it, the deployment's own library."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.conf import settings

from homeward.domain.consent import BandRule, PurposeRule, Rules

SHIPPED = Path(__file__).resolve().parents[2] / "library"
TEXT_VERSION = "1.0"
LANGUAGES = ("en", "fr", "es", "ar")


def _folders() -> tuple[Path, ...]:
    return (SHIPPED, *(Path(folder) for folder in settings.HOMEWARD_LIBRARIES))


def _rows(name: str, key: str) -> dict[str, dict[str, str]]:
    """By the first column; the deployment's own line replaces the shipped one."""
    found: dict[str, dict[str, str]] = {}
    for folder in _folders():
        path = folder / name
        if path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                found |= {row[key]: row for row in csv.DictReader(file)}
    return found


@cache
def rules() -> Rules:
    bands = _rows("lookups/consent_bands.csv", "band")
    purposes = _rows("lookups/consent_purposes.csv", "purpose")
    return Rules(
        {
            name: BandRule(
                name, row["child"], row["caregiver"], tuple(row["stand_ins"].split()), row["child_alone"] == "yes"
            )
            for name, row in bands.items()
        },
        {
            name: PurposeRule(
                name,
                int(row["months"]),
                row["each_round"] == "yes",
                row["recipient"] == "yes",
                row["adult_alone"] == "yes",
            )
            for name, row in purposes.items()
        },
    )


@cache
def questions() -> Mapping[str, Mapping[str, str]]:
    """Question of a form -> who answers it, and with which code one agrees or refuses."""
    return _rows("lookups/consent_questions.csv", "question")


@cache
def texts(version: str = TEXT_VERSION) -> Mapping[str, Mapping[str, str]]:
    """Key -> language -> what is read out."""
    return _rows(f"consent/{version}.csv", "key")
