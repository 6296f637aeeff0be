"""What models promise, the database holds: a migration can lose a constraint without a word on one database only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connections, router
from django.db.models import Model

from tests.world import World

pytestmark = pytest.mark.database


def ours() -> Iterator[type[Model]]:
    return (model for model in apps.get_models() if model.__module__.startswith("homeward."))


def test_every_constraint_and_index_of_a_model_is_in_the_database(world: World) -> None:
    missing = []
    for model in ours():
        connection = connections[router.db_for_read(model)]
        with connection.cursor() as cursor:
            there = connection.introspection.get_constraints(cursor, model._meta.db_table)
            promised = [each.name for each in (*model._meta.constraints, *model._meta.indexes)]
            missing += [f"{model._meta.label}: {name}" for name in promised if name not in there]
    assert missing == []
