"""Ten thousand guesses at fifty accounts, over several server processes at once and from many addresses: none opens.

The first guesses are wrong and come together; of an account's only twenty are looked at. All guesses after them are the
right password, and are not looked at either, until the quarter of an hour is over.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from homeward.apps.access.tries import OF_ACCOUNT, OF_ADDRESS
from tests.durability.servers import ROOT, Server, trials

pytestmark = [pytest.mark.database, pytest.mark.slow]
ACCOUNTS = trials(50, least=8)
GUESSES = trials(200, least=40)  # at each
WRONG = OF_ACCOUNT + 10
ADDRESSES = max(20, ACCOUNTS * WRONG // (OF_ADDRESS // 2))
AT_ONCE = 24
RIGHT = "9 quiet rivers, 4 bridges"
PREPARE = f"""
import sys
from django.conf import settings
from homeward.cli.serve import start_django
start_django()
from django.core.management import call_command
from homeward.apps.access.actors import system_actor
from homeward.apps.access.services import found_organisation, register_person
call_command("migrate", verbosity=0, interactive=False)
house = system_actor(found_organisation(system_actor(), "Amani"))
for number in range({ACCOUNTS}):
    register_person(house, f"person-{{number}}@example.org", f"Somebody {{number}}", {RIGHT!r})
"""


class Behind(Server):
    """A proxy in front says where a request comes from; here the test is the proxy."""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "HOMEWARD_BEHIND_PROXY": "1"}


@pytest.fixture
def guessed(server: Server) -> Server:
    server.__class__ = Behind
    made = subprocess.run(
        [sys.executable, "-c", PREPARE], cwd=ROOT, env=server.environment, capture_output=True, text=True, timeout=300
    )
    assert made.returncode == 0, made.stderr
    server.start()
    return server


class Guesser:
    """A browser: it has its cookie, and sends the token of its page along."""

    def __init__(self, url: str, number: int) -> None:
        self.client = httpx.Client(base_url=url, timeout=120)
        page = self.client.get("/sign-in").text
        self.token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
        self.number = number

    def guess(self, email: str, password: str, address: str) -> str:
        given = {"csrfmiddlewaretoken": self.token, "email": email, "password": password}
        answer = self.client.post("/sign-in", data=given, headers={"X-Forwarded-For": address})
        if answer.status_code == 302:
            return "in"
        return "looked at" if "do not belong together" in answer.text else f"refused {answer.status_code}"


@pytest.mark.goal("S-9")
def test_no_guess_opens_and_the_owner_is_out_for_a_quarter_of_an_hour_at_most(guessed: Server) -> None:
    guessers = [Guesser(guessed.url, number) for number in range(AT_ONCE)]
    emails = [f"person-{number}@example.org" for number in range(ACCOUNTS)]

    def run(work: list[tuple[int, str, str]]) -> Counter[tuple[str, str]]:
        def one(number: int) -> list[tuple[str, str]]:
            return [
                (email, guessers[number].guess(email, password, f"198.51.{place // 250}.{place % 250}"))
                for place, email, password in work[number::AT_ONCE]
            ]

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return Counter(each for found in pool.map(one, range(AT_ONCE)) for each in found)

    # Each of an account's from another address, or the low limit of one address would answer before the account's own.
    wrong = [(n + a, email, f"guess number {n}") for n in range(WRONG) for a, email in enumerate(emails)]
    first = run([(place % ADDRESSES, email, password) for place, email, password in wrong])
    assert {email: first[email, "looked at"] for email in emails} == dict.fromkeys(emails, OF_ACCOUNT)
    right = [(ADDRESSES + n, email, RIGHT) for n in range(GUESSES - WRONG) for email in emails]
    second = run([(ADDRESSES + place % 250, email, password) for place, email, password in right])
    assert {said for _, said in second} == {"refused 422"}
    assert sum(first.values()) + sum(second.values()) == ACCOUNTS * GUESSES
    assert guessed.number("SELECT COUNT(*) FROM access_opensession WHERE person_id IS NOT NULL") == 0
    age = (
        "SELECT MAX(EXTRACT(EPOCH FROM until - now())) FROM access_tries"
        if guessed.database
        else "SELECT MAX((julianday(until) - julianday('now')) * 86400) FROM access_tries"
    )
    assert 0 < guessed.number(age) <= 15 * 60
