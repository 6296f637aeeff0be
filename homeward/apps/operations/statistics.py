"""What SQLite knows of its tables' sizes. Without it, it takes any index for a good one, and reads through all children
of an organisation where it was asked for a hundred by their ids. PostgreSQL counts by itself.
"""

from __future__ import annotations

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from homeward.apps.operations.databases import ALIASES

ROWS_LOOKED_AT = 1_000  # of an index; a table of a million rows takes some milliseconds
SMALL = 1_000  # rows: of a table that may grow a hundredfold before the next look, better nothing is known


def take_statistics() -> None:
    """Other connections read them when they are opened anew: within the hour."""
    for alias in ALIASES:
        if connections[alias].vendor == "sqlite":
            _take(connections[alias])


def _take(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit={ROWS_LOOKED_AT}")
        cursor.execute("ANALYZE")
        cursor.execute("DELETE FROM sqlite_stat1 WHERE CAST(stat AS INTEGER) < %s", [SMALL])
        cursor.execute("ANALYZE sqlite_schema")  # this connection reads again what is left
