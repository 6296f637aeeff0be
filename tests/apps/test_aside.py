"""Key stores that a restore put aside: how each goes, and what is never touched by that."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.utils import timezone

from homeward.apps.access.keys.aside import Aside, destroy_aside, put_aside
from homeward.apps.backups.places import connecting, in_place_of, server_of
from homeward.apps.backups.snapshots import settings_of
from tests.houses import Office, is_postgres

pytestmark = [pytest.mark.database]


def test_a_second_name_of_the_key_store_in_use_is_taken_away_and_nothing_of_it_is_touched(tmp_path: Path) -> None:
    """So a restore leaves it that broke off between giving the old file a second name and putting the new one there."""
    live, name = tmp_path / "keys.sqlite3", tmp_path / "keys.sqlite3.before-20260101T100000Z"
    live.write_bytes(b"keys in use")
    os.link(live, name)
    assert destroy_aside(Aside(str(name), timezone.now(), is_file=True))
    assert not name.exists()
    assert live.read_bytes() == b"keys in use"
    shutil.copy2(live, name)
    with name.open("rb") as open_still:
        assert destroy_aside(Aside(str(name), timezone.now(), is_file=True))
        assert open_still.read() == bytes(11), "overwritten before it went"


@pytest.mark.skipif(not is_postgres(), reason="a key store on a server of its own")
def test_on_postgresql_a_key_store_put_aside_is_a_database_that_is_dropped(office: Office) -> None:
    place = settings_of("default")
    name, others = "house_before_20260101T100000Z", ("house_before_x", "house_aside_20260101T100000Z")
    with server_of(place) as server:
        for each in (name, *others):
            server.execute(f'CREATE DATABASE "{each}"')
    with in_place_of({"keys": place}):
        (found,) = put_aside()
        assert (found.place, found.is_file, found.made_at.isoformat()) == (name, False, "2026-01-01T10:00:00+00:00")
        with closing(psycopg.connect(**connecting({**place, "NAME": name}))):
            assert destroy_aside(found) is False, "somebody looks at it"
        assert destroy_aside(found)
        assert put_aside() == []
