"""Every address answers every role as docs/authorisation.csv says, and nobody sees what is another organisation's.

After a deliberate change: make docs, then review the diff.
"""

from __future__ import annotations

import os

import pytest

from tests.repo import matrix
from tests.repo.matrix import PUBLIC, ROLES
from tests.world import World

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
REFUSED = {"no", "hidden", "sign in", "-"}
CLOSED = {"hidden", "no", "-"}
SEES_EVERY_TEAM = {"focal_point", "me_officer"}
OF_A_CHILD = ("child", "submission", "attachment", "inbox-entry", "kept")


@pytest.fixture(autouse=True)
def nobody_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key is pressed here, this one too; what it does is tried in tests/durability/test_locking.py."""
    monkeypatch.setattr("homeward.apps.operations.locking.write_lock", lambda *_: None)
    monkeypatch.setattr("homeward.apps.operations.locking.confirm", lambda *_: None)
    monkeypatch.setattr("homeward.apps.access.vault.lock", lambda: None)


@pytest.fixture
def found(world: World) -> list[list[str]]:
    return list(matrix.rows(world))


@pytest.mark.goal("S-1")
def test_the_matrix_holds(found: list[list[str]]) -> None:
    if os.environ.get("HOMEWARD_WRITE_DOCS"):
        matrix.TABLE.write_text(matrix.written(found), encoding="utf-8")
    by_role = [(row[0], row[1], row[2], dict(zip(ROLES, row[3:], strict=True))) for row in found]
    faults = []
    for name, method, relation, words in by_role:
        if any(word.startswith("5") for word in words.values()) and name != "lock":  # its answer is the locked page
            faults.append((name, method, relation, "breaks", words))
        if name in PUBLIC:
            continue
        if words["anonymous"] not in REFUSED - {"no"}:
            faults.append((name, method, relation, "anonymous", words["anonymous"]))
        if relation == "other organisation":
            faults += [(name, method, role, word) for role, word in words.items() if word not in REFUSED]
        if relation == "other team" and name.startswith(OF_A_CHILD):
            faults += [
                (name, method, role, word)
                for role, word in words.items()
                if role not in SEES_EVERY_TEAM and word not in REFUSED
            ]
    assert faults == []
    assert matrix.written(found) == matrix.kept()


def test_every_public_address_is_there_and_needs_no_child() -> None:
    known = {route.name: route for route in matrix.routes()}
    assert set(known) >= PUBLIC
    assert [name for name in PUBLIC if set(known[name].parameters) - {"person_id", "organisation_id"}] == []
