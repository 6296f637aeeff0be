"""Sixty-four at the same moment, four server processes: one record, and everybody hears "received"."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from tests.durability.servers import Server, post, trials
from tests.interviews import interview

pytestmark = [pytest.mark.database, pytest.mark.slow]
AT_ONCE = 64
ROUNDS = trials(200, least=4)
FORM = "child-12-14"
HELD_COMMIT = (
    "SELECT pg_advisory_lock(7)",
    "CREATE FUNCTION wait_for_the_test() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NULL; END $$",
    "CREATE CONSTRAINT TRIGGER held AFTER INSERT ON surveys_submission DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW WHEN (NEW.instance_id = 'uuid:slow') EXECUTE FUNCTION wait_for_the_test()",
)


@pytest.fixture(scope="module")
def phone(server: Server) -> dict[str, str]:
    found = server.prepare()
    server.start()
    return found


@pytest.fixture(scope="module")
def crowd() -> Iterator[Callable[[Callable[[httpx.Client, int], int]], Counter[int]]]:
    """Sixty-four threads that begin together, each with a connection of its own."""
    clients = [httpx.Client() for _ in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:

        def run(send: Callable[[httpx.Client, int], int]) -> Counter[int]:
            together = threading.Barrier(AT_ONCE)

            def one(number: int) -> int:
                together.wait()
                return send(clients[number], number)

            return Counter(pool.map(one, range(AT_ONCE)))

        yield run
    for client in clients:
        client.close()


Crowd = Callable[[Callable[[httpx.Client, int], int]], Counter[int]]


@pytest.mark.goal("R-3")
def test_identical_posts_make_one_record(
    server: Server, phone: dict[str, str], crowd: Crowd, record_property: Callable[[str, object], None]
) -> None:
    for number in range(ROUNDS):
        xml = interview(FORM, phone["code"], instance_id=f"uuid:same-{number}")
        answers = crowd(lambda client, _, xml=xml: post(client, server, phone["token"], xml))  # type: ignore[misc]
        assert set(answers) <= {201, 202}, answers
        assert sum(answers.values()) == AT_ONCE
    mine = "SELECT id FROM surveys_submission WHERE instance_id LIKE 'uuid:same-%'"
    assert server.number(f"SELECT count(*) FROM ({mine}) AS mine") == ROUNDS
    assert server.number(f"SELECT count(*) FROM surveys_score WHERE submission_id IN ({mine})") == 3 * ROUNDS
    record_property("ran", f"{ROUNDS} rounds of {AT_ONCE} identical posts")


@pytest.mark.goal("R-4")
def test_different_bytes_under_one_id_leave_one_record_and_each_other_once(
    server: Server, phone: dict[str, str], crowd: Crowd
) -> None:
    moods = ("very_good", "good", "middle", "bad")
    for number in range(ROUNDS):
        bodies = [
            interview(FORM, phone["code"], instance_id=f"uuid:other-{number}", changes={"mood": mood}) for mood in moods
        ]
        answers = crowd(lambda client, at, b=bodies: post(client, server, phone["token"], b[at % 4]))  # type: ignore[misc]
        assert answers[409] == AT_ONCE * 3 // 4
        assert answers[201] == AT_ONCE // 4
    assert server.number("SELECT count(*) FROM surveys_submission WHERE instance_id LIKE 'uuid:other-%'") == ROUNDS
    kept = server.number("SELECT count(*) FROM surveys_quarantined WHERE instance_id LIKE 'uuid:other-%'")
    assert kept == 3 * ROUNDS


@pytest.mark.goal("R-3")
def test_attachments_split_over_simultaneous_posts_all_arrive_once(
    server: Server, phone: dict[str, str], crowd: Crowd
) -> None:
    for number in range(ROUNDS):
        xml = interview(FORM, phone["code"], instance_id=f"uuid:files-{number}")
        files = [{f"{at}.png": f"picture {number} {at}".encode() * 1000} for at in range(8)]
        answers = crowd(lambda client, at, x=xml, f=files: post(client, server, phone["token"], x, f[at % 8]))  # type: ignore[misc]
        assert set(answers) <= {201, 202}, answers
    counted = server.rows(
        "SELECT count(*), count(DISTINCT a.name_hash) FROM surveys_attachment a JOIN surveys_submission s"
        " ON s.id = a.submission_id WHERE s.instance_id LIKE 'uuid:files-%' GROUP BY s.id"
    )
    assert counted == [(8, 8)] * ROUNDS


@pytest.mark.goal("R-3")
def test_simultaneous_edits_of_one_interview_leave_one_successor(
    server: Server, phone: dict[str, str], crowd: Crowd
) -> None:
    for number in range(ROUNDS):
        original = f"uuid:origin-{number}"
        with httpx.Client() as client:
            assert post(client, server, phone["token"], interview(FORM, phone["code"], instance_id=original)) == 201
        edits = [
            interview(FORM, phone["code"], instance_id=f"uuid:edit-{number}-{at}", deprecated_id=original)
            for at in range(AT_ONCE)
        ]
        answers = crowd(lambda client, at, e=edits: post(client, server, phone["token"], e[at]))  # type: ignore[misc]
        assert answers == {201: 1, 409: AT_ONCE - 1}, answers
    accepted = "SELECT count(*) FROM surveys_submission WHERE state = 'accepted' AND instance_id LIKE 'uuid:edit-%'"
    assert server.number(accepted) == ROUNDS


@pytest.mark.goal("R-3")
def test_an_edit_and_its_original_at_the_same_moment_become_one_interview(
    server: Server, phone: dict[str, str], crowd: Crowd
) -> None:
    pairs = AT_ONCE // 2
    for number in range(ROUNDS):
        bodies = []
        for at in range(pairs):
            original = f"uuid:first-{number}-{at}"
            edit = f"uuid:second-{number}-{at}"
            bodies.append(interview(FORM, phone["code"], instance_id=original))
            bodies.append(interview(FORM, phone["code"], instance_id=edit, deprecated_id=original))
        answers = crowd(lambda client, at, b=bodies: post(client, server, phone["token"], b[at]))  # type: ignore[misc]
        assert set(answers) <= {201, 202}, answers
    assert joined(server, "uuid:second-%") == pairs * ROUNDS


def test_an_edit_and_its_original_that_cannot_see_each_other_become_one_interview(
    server: Server, phone: dict[str, str]
) -> None:
    """The original has looked for edits, and is held as it commits; meanwhile comes the edit."""
    if not server.database:
        pytest.skip("SQLite has one writer at a time")
    original = interview(FORM, phone["code"], instance_id="uuid:slow")
    edit = interview(FORM, phone["code"], instance_id="uuid:quick", deprecated_id="uuid:slow")

    def send(xml: bytes) -> int:
        with httpx.Client() as client:
            return post(client, server, phone["token"], xml)

    with psycopg.connect(server.database, autocommit=True) as database, ThreadPoolExecutor(2) as pool:
        for statement in HELD_COMMIT:
            database.execute(statement)
        first = pool.submit(send, original)
        wait_until(lambda: server.number("SELECT count(*) FROM pg_locks WHERE NOT granted") == 1)
        second = pool.submit(send, edit)
        wait_until(lambda: second.done() or server.number("SELECT count(*) FROM pg_locks WHERE NOT granted") == 2)
        database.execute("SELECT pg_advisory_unlock(7)")
        assert {first.result(), second.result()} <= {201, 202}
        database.execute("DROP FUNCTION wait_for_the_test CASCADE")
    assert joined(server, "uuid:quick") == 1


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def joined(server: Server, edits: str) -> int:
    """How many of these edits took the place of their original."""
    return server.number(
        "SELECT count(*) FROM surveys_submission e JOIN surveys_submission o ON e.supersedes_id = o.id"
        f" WHERE e.state = 'accepted' AND o.state = 'superseded' AND e.instance_id LIKE '{edits}'"
    )
