"""Who owns the database can do what the application cannot: take the refusals away, change, and put them back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from homeward.apps.audit.append_only import refusals, removals


@contextmanager
def as_owner() -> Iterator[None]:
    run(removals(connection.vendor))
    try:
        yield
    finally:
        run(refusals(connection.vendor))


def run(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
