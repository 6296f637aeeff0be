"""Whether there is a house here at all, for commands that only look: somebody may have named another data folder."""

from __future__ import annotations

from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError, connection

from homeward.cli.unlocking import refused


def require_house() -> None:
    """A database that does not answer is not refused here: whoever asks it next says so better."""
    with suppress(DatabaseError):
        with connection.cursor() as cursor:
            here = "access_organisation" in connection.introspection.table_names(cursor)
        if not here:
            message = f"There is nothing here yet: {settings.HOMEWARD_DATA} has no tables."
            action = "If this is a new server, run `homeward serve` once. Else let HOMEWARD_DATA name the right folder."
            raise refused("house.none", message, action)
