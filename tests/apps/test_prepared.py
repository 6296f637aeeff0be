"""Statements compiled once say what their querysets say; ids grow with time."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from homeward.apps.access.devices import hash_of
from homeward.apps.access.models import Device
from homeward.apps.access.prepared import Insertion, Prepared, filled
from homeward.apps.audit.ids import time_ordered_id
from homeward.apps.audit.models import Event
from homeward.apps.cases.models import Child
from homeward.apps.surveys.models import Score
from tests.world import World

pytestmark = pytest.mark.database


def test_a_prepared_query_finds_what_its_queryset_finds(world: World) -> None:
    phone, child = world.amani.devices["enumerator"], world.amani.child
    assert child is not None
    by_token = Prepared(lambda token: Device.objects.filter(token_hash=token), token=bytes)
    by_code = Prepared(lambda code: Child.objects.filter(code=code), code=str)
    by_id = Prepared(lambda key: Child.objects.filter(pk=key).only("id", "code"), key=UUID)
    for _ in range(2):
        found = by_token.first(token=hash_of(phone.token))
        assert found == Device.objects.get(pk=phone.device_id)
        assert found is not None
        assert found.expires_at == phone.expires_at
        made = by_code.first(code=child.code)
        assert made is not None
        same = Child.objects.get(pk=child.id)
        assert {name: value for name, value in vars(made).items() if name != "_state"} == {
            name: value for name, value in vars(same).items() if name != "_state"
        }
        light = by_id.first(key=child.id)
        assert light is not None
        assert light.get_deferred_fields()
        assert light.code == child.code
    assert by_code.first(code="482193067") is None
    assert by_id.first(key=uuid4()) is None


def test_an_insertion_writes_what_save_writes(world: World) -> None:
    def made() -> Event:
        values = {"verb": "x", "object_kind": "y", "actor_kind": "system", "detail": {"a": "ü", "b": None, "c": 2}}
        return Event(at=timezone.now(), organisation_id=world.amani.organisation_id, **values)

    rows = [made(), made()]
    Insertion(rows).run()
    saved = made()
    saved.save(force_insert=True)
    stored = [Event.objects.get(pk=row.pk) for row in (*rows, saved)]
    same = [{key: value for key, value in vars(row).items() if key not in ("_state", "id", "at")} for row in stored]
    assert same[0] == same[1] == same[2]
    assert [row.at for row in stored[:2]] == [row.at for row in rows]
    with pytest.raises(IntegrityError), transaction.atomic():
        Insertion(rows[:1]).run()
    Insertion([]).run()


def test_a_filled_row_is_what_its_constructor_makes() -> None:
    some = {"submission_id": uuid4(), "dimension": "social", "answered": 3, "id": uuid4(), "components": [{"a": 1}]}
    filled_row, made = filled(Score, **some), Score(**some)
    assert {**vars(filled_row), "_state": 0} == {**vars(made), "_state": 0}
    assert (filled_row._state.adding, filled_row._state.db) == (made._state.adding, made._state.db)
    first, second = filled(Score, dimension="social"), filled(Score, dimension="social")
    assert first.pk != second.pk
    assert first.components is not second.components
    with pytest.raises(TypeError, match="submission_di"):
        filled(Score, submission_di=uuid4())


def test_ids_grow_with_time_and_do_not_repeat() -> None:
    ids = [time_ordered_id() for _ in range(2_000)]
    assert len(set(ids)) == 2_000
    assert {(each.version, each.variant) for each in ids} == {(7, UUID(int=0x8 << 60).variant)}
    assert [each.int >> 80 for each in ids] == sorted(each.int >> 80 for each in ids)
