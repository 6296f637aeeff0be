"""The one list of sectors in which a child may need help, and what else is sorted into it.

A plan names kinds of service, which are finer than sectors; a gap, a referral and the list of services name sectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SECTORS = ("health", "education", "mhpss", "legal", "livelihood", "social_protection", "shelter", "protection", "other")
# In which sector the service of an action of a plan lies.
SECTOR_OF_SERVICE: Mapping[str, str] = MappingProxyType(
    {
        "education": "education",
        "health": "health",
        "mental_health": "mhpss",
        "livelihood": "livelihood",
        "cash": "social_protection",
        "documents": "legal",
        "legal": "legal",
        "protection": "protection",
        "housing": "shelter",
        "family": "protection",
        "social_protection": "social_protection",
        "recreation": "other",
        "training": "livelihood",
        "other": "other",
    }
)
