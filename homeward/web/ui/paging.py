"""No list longer than thirty rows, unless its page says how many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.http import HttpRequest

ROWS = 30
Row = TypeVar("Row")


def page_number(request: HttpRequest) -> int:
    asked = request.GET.get("page", "1")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1


def offset(request: HttpRequest, size: int = ROWS) -> int:
    return (page_number(request) - 1) * size


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: list[Row]
    number: int
    total: int
    size: int = ROWS

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return (self.number - 1) * self.size + len(self.rows)

    @property
    def before(self) -> int:
        return min(self.number - 1, self.pages)

    @property
    def after(self) -> int:
        return self.number + 1


def page_of(request: HttpRequest, rows: Sequence[Row], size: int = ROWS) -> Page[Row]:
    """One page of a list that is short enough to be read whole."""
    start = offset(request, size)
    return Page(list(rows[start : start + size]), page_number(request), len(rows), size)
