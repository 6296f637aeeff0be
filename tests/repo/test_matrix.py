"""Every address answers every role as docs/authorisation.csv says, and nobody sees what is another organisation's.

After a deliberate change: make docs, then review the diff.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repo import matrix
from tests.repo.matrix import PUBLIC, ROLES
from tests.world import World

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
REFUSED = {"no", "hidden", "sign in", "-"}
CLOSED = {"hidden", "no", "-"}
SEES_EVERY_TEAM = {"focal_point", "me_officer"}
WITHOUT_THE_CHILD = {"interview", "interview-form", "interview-submit"}  # the form; the child is in its config
BEGINS = {  # something new, which a closed record takes no more
    *(
        "child-interview",
        "interview",
        "visit-new",
        "visit-plan",
        "visit-record",
        "visit-not-held",
        "visit-skip",
        "visit-action",
    ),
    *(
        "visit-correct",
        "promise-say",
        "contact-card",
        "contact-attempt",
        "quiet-time",
        "quiet-end",
        "referral-new",
        "transfer-new",
    ),
    *("agreement-ask", "review-new", "link-new"),
    "field-history",  # for a visit
}
READ_ONLY = {
    "child-name",
    "child-conflict",
    "contact-open",
}  # that answer a POST about a record that is open in an emergency
FORM_FIRST = {"pass-on", "submission-correct", "inbox-entry"}  # an empty form; a full one is tried in test_emergency
READS = (
    "child",
    "child-interviews",
    "child-people",
    "child-journey",
    "child-looks",
    "child-help",
    "referral",
    "submission",
    "attachment",
)
OPENS = ("case_worker", "supervisor")  # in an emergency
OF_A_CHILD = ("child", "submission", "attachment", "inbox-entry", "kept", "not-taken", "referral", "transfer-")


@pytest.fixture(autouse=True)
def nobody_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key is pressed here, this one too; what it does is tried in tests/durability/test_locking.py."""
    monkeypatch.setattr("homeward.apps.operations.locking.write_lock", lambda *_: None)
    monkeypatch.setattr("homeward.apps.operations.locking.confirm", lambda *_: None)
    monkeypatch.setattr("homeward.apps.access.vault.lock", lambda: None)


@pytest.fixture(autouse=True)
def front_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is answered does not hang on whether the front end was built."""
    for name in ("field.js", "sw.js"):
        (tmp_path / name).touch()
    monkeypatch.setattr("homeward.web.field.shell.BUILT", tmp_path)


@pytest.fixture
def found(world: World) -> list[list[str]]:
    return list(matrix.rows(world))


@pytest.mark.goal("S-1")
def test_the_matrix_holds(found: list[list[str]]) -> None:
    if os.environ.get("HOMEWARD_WRITE_DOCS"):
        matrix.TABLE.write_text(matrix.written(found), encoding="utf-8")
    by_role = [(row[0], row[1], row[2], dict(zip(ROLES, row[3:], strict=True))) for row in found]
    faults: list[object] = []
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
    faults += further_faults({(name, method, relation): words for name, method, relation, words in by_role})
    assert faults == []
    assert matrix.written(found) == matrix.kept()


def further_faults(words: dict[tuple[str, str, str], dict[str, str]]) -> Iterator[tuple[object, ...]]:
    """Of what is one's own in another standing; each must be walked at all."""
    assert {relation for _, _, relation in words} >= set(matrix.FURTHER)
    for (name, method, relation), found in words.items():
        where = (name, method, relation)
        own = words.get((name, method, "own"), words.get((name, method, ""), {}))
        beside = words.get((name, method, "other team"), own)
        if relation == "sealed":
            yield from ((*where, role, word) for role, word in found.items() if word not in REFUSED)
        if relation == "conflict" and name not in WITHOUT_THE_CHILD:
            yield from ((*where, role, word) for role, word in found.items() if not hidden_after(own[role], word))
        if relation == "closed":
            yield from ((*where, role, word) for role, word in found.items() if not closed_after(name, own[role], word))
        if relation == "emergency":
            others = [role for role in found if role not in OPENS]
            yield from ((*where, role, found[role]) for role in others if found[role] != beside[role])
            yield from (
                (*where, role, found[role]) for role in OPENS if not only_read(name, method, own[role], found[role])
            )


def hidden_after(own: str, word: str) -> bool:
    """Like what lies outside one's reach: what was refused before may say so in the same words."""
    return word == "hidden" or (own in REFUSED and word == own)


def closed_after(name: str, own: str, word: str) -> bool:
    """It is read and decided about as before, and nothing new is begun."""
    return word in REFUSED | {"yes: conflict"} if name in BEGINS else word == own


def only_read(name: str, method: str, own: str, word: str) -> bool:
    if method == "GET" and name in READS:
        return word == own
    if name in FORM_FIRST:
        return word in REFUSED | {"yes: incomplete"} or method == "GET"
    return word in REFUSED or method == "GET" or name in READ_ONLY | WITHOUT_THE_CHILD


def test_every_public_address_is_there_and_needs_no_child() -> None:
    known = {route.name: route for route in matrix.routes()}
    assert set(known) >= PUBLIC
    free = {"person_id", "organisation_id", "token", "link_id"}  # of a link: to its own browser alone
    of_form = {"alone-media": {"name"}}
    assert [name for name in PUBLIC if set(known[name].parameters) - free - of_form.get(name, set())] == []
