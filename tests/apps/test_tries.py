"""Guessing is slow however it is spread, shuts its victim out for a quarter of an hour at most, and learns nothing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.test import Client

from homeward.apps.access.models import Person, Tries
from homeward.apps.access.signin import nobodys_password, with_password
from homeward.apps.access.tries import FROM_HERE, OF_ACCOUNT, OF_ADDRESS, at_the_door, network_of, take_turn
from homeward.apps.audit.models import Event
from homeward.config import env
from homeward.domain.problems import ProblemError
from tests.world import PASSWORD, World

pytestmark = pytest.mark.database
EMAIL = "case_worker@amani.example.org"
NOW = datetime(2026, 5, 6, 8, 0, tzinfo=UTC)


def code_of(act: Callable[[], object]) -> str:
    try:
        act()
    except ProblemError as refusal:
        return refusal.first.code
    return ""


def tries(email: str, address: str = "192.0.2.1", password: str = "no") -> str:
    return code_of(lambda: with_password(email, password, address))


@pytest.mark.usefixtures("world")
class TestAtTheDoor:
    def test_after_five_tries_the_right_password_does_not_open_from_there_and_does_elsewhere(self) -> None:
        with time_machine.travel(NOW, tick=False):
            assert [tries(EMAIL) for _ in range(FROM_HERE)] == ["signin.wrong"] * FROM_HERE
            assert tries(EMAIL, password=PASSWORD) == "signin.too_many"
            assert tries(EMAIL, "198.51.100.7", PASSWORD) == ""

    def test_the_owner_is_back_in_after_a_quarter_of_an_hour_though_the_guessing_went_on(self) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            for minute in range(15):
                for place in range(10):
                    tries(EMAIL, f"192.0.2.{place}")
                clock.shift(timedelta(minutes=1))
                assert minute == 14 or tries(EMAIL, "198.51.100.7", PASSWORD) == (
                    "" if minute < 1 else "signin.too_many"
                )
            assert tries(EMAIL, "198.51.100.7", PASSWORD) == ""

    def test_from_many_addresses_an_account_has_twenty_tries(self) -> None:
        found = [tries(EMAIL, f"192.0.{place // 200}.{place % 200}") for place in range(200)]
        assert found.count("signin.wrong") == OF_ACCOUNT

    def test_from_one_address_many_accounts_have_a_hundred_tries(self) -> None:
        found = [tries(f"somebody-{number}@example.org") for number in range(OF_ADDRESS + 50)]
        assert found.count("signin.wrong") == OF_ADDRESS
        assert tries(EMAIL, password=PASSWORD) == "signin.too_many"

    def test_an_office_that_signs_in_rightly_is_never_shut_out(self) -> None:
        assert [tries(EMAIL, password=PASSWORD) for _ in range(2 * OF_ADDRESS)] == [""] * 2 * OF_ADDRESS

    def test_a_right_sign_in_does_not_uncount_the_guesses_at_others(self) -> None:
        for number in range(OF_ADDRESS):
            tries(f"somebody-{number}@example.org")
            if number % 10 == 0:
                tries(EMAIL, password=PASSWORD)
        assert tries("one-more@example.org") == "signin.too_many"

    @pytest.mark.parametrize(("email", "known"), [(EMAIL, True), ("nobody@example.org", False)])
    def test_known_and_unknown_have_the_same_words_counts_and_traces(self, email: str, known: bool) -> None:
        client = Client()
        pages = [client.post("/sign-in", {"email": email, "password": "no"}) for _ in range(FROM_HERE + 1)]
        said = [page.context["form"].errors["__all__"][0] for page in pages]
        assert {page.status_code for page in pages} == {422}
        assert len(set(said[:-1])) == 1
        assert "do not belong together" in said[0]
        assert "tried too often" in said[-1]
        assert Event.objects.filter(verb="sign_in", allowed=False).count() == FROM_HERE

    def test_no_address_and_no_account_can_be_read_from_the_counters(self) -> None:
        tries(EMAIL)
        kept = b"".join(bytes(row.key) for row in Tries.objects.all())
        assert b"192.0.2.1" not in kept
        assert EMAIL.encode() not in kept

    def test_behind_a_proxy_its_own_address_is_not_counted(self, settings: object) -> None:
        settings.HOMEWARD_BEHIND_PROXY = True  # type: ignore[attr-defined]
        given = {"email": EMAIL, "password": "no"}
        for forwarded in ("203.0.113.9, 192.0.2.1", "198.51.100.1, 192.0.2.1"):  # what a browser says is not believed
            Client(headers={"X-Forwarded-For": forwarded}).post("/sign-in", given)
        assert sorted(Tries.objects.values_list("count", flat=True)) == [2, 2, 2]
        Client().post("/sign-in", given)
        assert sorted(Tries.objects.values_list("count", flat=True)) == [2, 2, 3]

    def test_the_one_time_code_is_counted_too(self) -> None:
        client = Client()
        given = {"email": EMAIL, "code": "ABCD-EFGH-JKMN", "new": PASSWORD, "again": PASSWORD}
        said = [client.post("/sign-in/code", given).content.decode() for _ in range(FROM_HERE + 1)]
        assert ["tried too often" in page for page in said] == [False] * FROM_HERE + [True]


def test_an_ipv6_network_is_one_address() -> None:
    assert network_of("2001:db8:1:2::5") == network_of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert network_of("unix:") == network_of("") == ""
    assert len(at_the_door(EMAIL, "")) == 1


def test_a_refused_try_is_given_back_to_the_other_counters(world: World) -> None:
    for _ in range(FROM_HERE):
        take_turn(at_the_door(EMAIL, "192.0.2.1"))
    for _ in range(50):
        assert code_of(lambda: take_turn(at_the_door(EMAIL, "192.0.2.1"))) == "signin.too_many"
    assert max(Tries.objects.values_list("count", flat=True)) == FROM_HERE


def test_time_does_not_tell_known_from_unknown(world: World, settings: object) -> None:
    """S-9: with the hash that production has. Welch's t, two-sided, by the normal curve: p above 0.01."""
    settings.PASSWORD_HASHERS = ["homeward.apps.access.passwords.Hasher"]  # type: ignore[attr-defined]
    nobodys_password.cache_clear()
    Person.objects.update(password=make_password(PASSWORD))
    times: dict[bool, list[float]] = {True: [], False: []}
    rounds = max(40, round(1000 * float(env.read("HOMEWARD_TRIALS"))))
    for number in range(rounds + 3):
        for known in (True, False) if number % 2 else (False, True):
            Tries.objects.all().delete()
            begin = time.perf_counter()
            tries(EMAIL if known else "nobody@amani.example.org")
            if number >= 3:
                times[known].append(time.perf_counter() - begin)
    nobodys_password.cache_clear()
    assert p_value(trimmed(times[True]), trimmed(times[False])) > 0.01


def trimmed(values: list[float]) -> list[float]:
    """Without the slowest tenth: what else the machine did meanwhile."""
    return sorted(values)[: len(values) * 9 // 10]


def p_value(one: list[float], other: list[float]) -> float:
    spread = statistics.variance(one) / len(one) + statistics.variance(other) / len(other)
    t = abs(statistics.mean(one) - statistics.mean(other)) / spread**0.5
    return 2 * (1 - statistics.NormalDist().cdf(t))
