"""A job that notes in a table of its own when it began and ended, so that an overlap is seen."""

from __future__ import annotations

import os
import time

from django.db import connection

TABLE = "CREATE TABLE job_trial (worker integer, begun double precision, ended double precision)"


def create_tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TABLE)


def slow() -> None:
    begun = time.monotonic()
    time.sleep(0.05)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO job_trial VALUES (%s, %s, %s)", [os.getpid(), begun, time.monotonic()])
