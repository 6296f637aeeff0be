"""What is sealed opens where it was sealed, under a key that is there; moved, damaged or erased it does not."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.db import connections

from homeward.apps.access import vault
from homeward.apps.access.keys import custody, store
from homeward.apps.access.keys.models import Custody, DataKey
from homeward.apps.cases.models import Child
from homeward.apps.cases.sealing import name_of
from homeward.apps.surveys.models import Submission
from homeward.domain.privacy import KeyKind
from tests.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db]
NAME, INITIALS, RAW, TEXT = (
    "cases.child.name",
    "cases.child.initials",
    "surveys.submission.raw",
    "surveys.submission.text",
)


def keys(owner: UUID) -> dict[str, int]:
    return dict(DataKey.objects.filter(owner_id=owner).values_list("kind", "version"))


def test_a_child_has_two_keys_and_what_is_sealed_opens_where_it_was_sealed() -> None:
    child = uuid4()
    sealed = vault.seal(child, child, NAME, "طفل".encode())
    assert keys(child) == {"identity": 1, "record": 1}
    assert vault.open_(child, child, NAME, sealed).decode() == "طفل"
    assert sealed != vault.seal(child, child, NAME, "طفل".encode())


@pytest.mark.parametrize("moved", ["owner", "row", "column"])
def test_a_value_that_was_moved_does_not_open(moved: str) -> None:
    child, other = uuid4(), uuid4()
    vault.seal(other, other, NAME, b"x")
    sealed = vault.seal(child, child, NAME, b"Asha")
    place = {"owner": (other, child, NAME), "row": (child, other, NAME), "column": (child, child, INITIALS)}[moved]
    with pytest.raises(vault.VaultError) as error:
        vault.open_(*place, sealed)
    assert error.value.first.code == "vault.unreadable"


def test_a_damaged_value_does_not_open() -> None:
    child = uuid4()
    sealed = vault.seal(child, child, NAME, b"Asha")
    otherwise = [sealed[:-1], b"\x01" + sealed[1:], sealed[:2] + b"\x02" + sealed[3:], sealed[:10], b""]
    otherwise += [sealed[:at] + bytes((sealed[at] ^ 1,)) + sealed[at + 1 :] for at in range(len(sealed))]
    for damaged in otherwise:
        with pytest.raises(vault.VaultError):
            vault.open_(child, child, NAME, damaged)


def test_what_nobody_declared_as_sealed_is_not_sealed() -> None:
    with pytest.raises(LookupError):
        vault.seal(uuid4(), uuid4(), "cases.child.nothing", b"x")
    with pytest.raises(TypeError):
        vault.seal(uuid4(), uuid4(), "cases.child.code", b"x")


def test_the_key_of_an_interview_lies_under_its_child(world: World) -> None:
    child = uuid4()
    key = vault.new_data_key(uuid4())
    sealed = vault.seal(key, key.owner_id, RAW, b"<data/>")
    wrapped = vault.wrapped_for(child, key)
    assert vault.open_(vault.data_key_of(key.owner_id, child, wrapped), key.owner_id, RAW, sealed) == b"<data/>"
    for other in ((uuid4(), child), (key.owner_id, uuid4()), (key.owner_id, None)):
        with pytest.raises(vault.VaultError):
            vault.data_key_of(*other, wrapped)
    with pytest.raises(vault.VaultError):
        vault.open_(key, key.owner_id, TEXT, sealed)
    assert keys(key.owner_id) == {}


def test_what_has_no_child_has_a_key_of_its_own() -> None:
    key = vault.new_data_key(uuid4())
    sealed = vault.seal(key, key.owner_id, RAW, b"<data/>")
    with pytest.raises(vault.VaultError):
        vault.data_key_of(key.owner_id, None, b"")
    vault.keep_own([key])
    assert keys(key.owner_id) == {"own": 1}
    assert vault.open_(vault.data_key_of(key.owner_id, None, b""), key.owner_id, RAW, sealed) == b"<data/>"
    vault.drop_own([key.owner_id])
    assert keys(key.owner_id) == {}


def test_a_destroyed_key_opens_and_seals_nothing_and_is_not_made_anew() -> None:
    child = uuid4()
    sealed = vault.seal(child, child, NAME, b"Asha")
    DataKey.objects.filter(owner_id=child, kind=KeyKind.IDENTITY).update(wrapped=b"", why="retention_ended")
    store.forget()
    for attempt in (
        lambda: vault.open_(child, child, NAME, sealed),
        lambda: vault.seal(child, child, NAME, b"Asha"),
    ):
        with pytest.raises(vault.ErasedError) as error:
            attempt()
        assert error.value.first.status == 410
    assert DataKey.objects.filter(owner_id=child).count() == 2


def test_a_wrapped_key_that_was_moved_to_another_child_opens_nothing() -> None:
    one, two = uuid4(), uuid4()
    sealed = vault.seal(one, one, NAME, b"Asha")
    vault.seal(two, two, NAME, b"Juma")
    wrapped = DataKey.objects.get(owner_id=one, kind=KeyKind.IDENTITY).wrapped
    DataKey.objects.filter(owner_id=two, kind=KeyKind.IDENTITY).update(wrapped=wrapped)
    store.forget()
    with pytest.raises(vault.VaultError):
        vault.open_(two, one, NAME, sealed)


def test_a_locked_process_opens_nothing_until_it_is_given_the_key(world: World) -> None:
    assert world.amani.child
    child = Child.objects.get(pk=world.amani.child.id)
    held = custody.kek()
    vault.lock()
    with pytest.raises(vault.LockedError) as error:
        name_of(child)
    assert error.value.first.status == 503
    custody.hold(held)
    assert name_of(child) == "Asha Mwangi"


def test_keys_of_many_children_are_read_together(world: World, django_assert_num_queries: object) -> None:
    children = list(Child.objects.all())
    custody.kek()
    with django_assert_num_queries(1, connection=connections["keys"]):  # type: ignore[operator]
        vault.prefetch(child.pk for child in children)
        assert all(name_of(child) for child in children)
    assert len(children) == 6


def test_what_is_remembered_is_bounded_and_ends() -> None:
    vault.create_child_keys(owners := [uuid4() for _ in range(20)])
    vault.prefetch(owners)
    assert len(store._remembered) == 20
    assert store.REMEMBERED_FOR <= 60
    before = store._remembered[owners[0]]
    before.until = 0
    assert store.keys_of(owners[0]) is not before


def test_two_that_make_the_keys_of_one_child_at_once_end_with_the_same() -> None:
    child = uuid4()
    sealed = vault.seal(child, child, NAME, b"Asha")
    store.create([child])
    store.forget()
    assert vault.open_(child, child, NAME, sealed) == b"Asha"


def test_keyed_hashes_differ_by_purpose_and_scope() -> None:
    one, two = uuid4(), uuid4()
    assert vault.keyed_hash("a", one, "x") == vault.keyed_hash("a", one, "x")
    assert len({vault.keyed_hash(p, s, "x") for p in "ab" for s in (one, two)}) == 4


def test_the_key_store_lies_in_its_own_database(world: World) -> None:
    assert {model._state.db for model in (DataKey.objects.first(), custody.current())} == {"keys"}  # type: ignore[union-attr]
    for alias, inside in (("default", False), ("keys", True)):
        tables = set(connections[alias].introspection.table_names())
        assert ({"keys_datakey", "keys_custody"} <= tables, "cases_child" in tables) == (inside, not inside)
    links = [field for model in (DataKey, Custody) for field in model._meta.get_fields() if field.is_relation]
    assert links == []
    assert Submission._meta.get_field("data_key").is_relation is False
