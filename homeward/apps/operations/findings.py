"""What a look at the house finds: each thing that is watched, how it stands, and in words what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from django.utils import timezone

from homeward.domain.problems import Problem


class Grade(IntEnum):
    """Also the exit status of `homeward health`."""

    WELL = 0
    WARNING = 1  # within days
    ALARM = 2  # now


@dataclass(frozen=True, slots=True)
class Finding:
    name: str  # of what is watched; pages have words for it
    grade: Grade
    said: Problem


def well(name: str, message: str, **params: str | int) -> Finding:
    return _finding(name, Grade.WELL, message, "", params)


def warning(name: str, message: str, action: str, **params: str | int) -> Finding:
    return _finding(name, Grade.WARNING, message, action, params)


def alarm(name: str, message: str, action: str, **params: str | int) -> Finding:
    return _finding(name, Grade.ALARM, message, action, params)


def _finding(name: str, grade: Grade, message: str, action: str, params: dict[str, str | int]) -> Finding:
    severity = "error" if grade is Grade.ALARM else "warning"
    return Finding(name, grade, Problem(f"health.{name}", message, action, params=params, severity=severity))  # type: ignore[arg-type]


def moment(at: datetime) -> str:
    """In the server's own time, which is what its clock and its logs say."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def since(at: datetime) -> timedelta:
    return timezone.now() - at


def gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
