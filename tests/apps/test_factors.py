"""Second factors as services: codes from an app, recovery codes, security keys."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from homeward.apps.access import vault
from homeward.apps.access.actors import Actor
from homeward.apps.access.factor_policy import Missing, standing_of
from homeward.apps.access.factors import (
    check_code,
    confirm_app,
    factors_of,
    new_recovery_codes,
    recovery_codes_left,
    remove_factor,
    set_up_app,
)
from homeward.apps.access.models import Factor, Membership, Person, Tries
from homeward.apps.access.security_keys import (
    Site,
    begin_assertion,
    begin_registration,
    check_assertion,
    finish_registration,
)
from homeward.apps.access.visibility import NotVisible
from homeward.domain.problems import ProblemError
from tests.authenticator import Key
from tests.world import World

pytestmark = pytest.mark.database
NOON = datetime(2026, 3, 4, 12, 0, 7, tzinfo=UTC)
SITE = Site("office.example.org", "https://office.example.org")


def code_at(secret: bytes, moment: datetime) -> str:
    return TOTP(secret, 6, SHA1(), 30).generate(int(moment.timestamp())).decode()


def app_of(actor: Actor, moment: datetime = NOON) -> bytes:
    with time_machine.travel(moment, tick=False):
        secret = base64.b32decode(set_up_app(actor).secret.replace(" ", ""))
        confirm_app(actor, code_at(secret, moment))
    return secret


@pytest.fixture
def worker(world: World) -> Actor:
    return world.amani.actor("case_worker")


@pytest.fixture
def person(worker: Actor) -> Person:
    return Person.objects.get(pk=worker.person_id)


class TestAnApp:
    def test_it_opens_nothing_before_its_first_code(self, worker: Actor, person: Person) -> None:
        secret = base64.b32decode(set_up_app(worker).secret.replace(" ", ""))
        assert (factors_of(person.pk), standing_of(person.pk).enrolled) == ([], False)
        with pytest.raises(ProblemError):
            check_code(person, code_at(secret, datetime.now(UTC)))

    def test_the_published_value_of_rfc_6238_is_accepted(self, worker: Actor, person: Person) -> None:
        """Appendix B: the secret of twenty digits, at 1111111109 seconds, gives 07081804 and so 081804 in six."""
        set_up_app(worker)
        row = Factor.objects.get(person=person)
        row.material = vault.seal(row.pk, row.pk, "access.factor.material", b"12345678901234567890")
        row.save()
        moment = datetime.fromtimestamp(1_111_111_109, UTC)
        Factor.objects.update(created_at=moment)
        with time_machine.travel(moment, tick=False):
            confirm_app(worker, "081804")
        assert [row.kind for row in factors_of(person.pk)] == ["app"]

    def test_a_code_is_accepted_once(self, worker: Actor, person: Person) -> None:
        secret = app_of(worker)
        later = NOON + timedelta(minutes=5)
        with time_machine.travel(later, tick=False):
            assert check_code(person, code_at(secret, later)) == "app"
            with pytest.raises(ProblemError, match="used already"):
                check_code(person, code_at(secret, later))

    def test_the_code_that_set_it_up_does_not_sign_in(self, worker: Actor, person: Person) -> None:
        secret = app_of(worker)
        with time_machine.travel(NOON, tick=False), pytest.raises(ProblemError):
            check_code(person, code_at(secret, NOON))

    @pytest.mark.parametrize(("drift", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
    @pytest.mark.goal("R-8")
    def test_clocks_may_differ_by_one_step(self, worker: Actor, person: Person, drift: int, taken: bool) -> None:
        secret = app_of(worker)
        now = NOON + timedelta(hours=1)
        with time_machine.travel(now, tick=False):
            code = code_at(secret, now + timedelta(seconds=drift))
            if taken:
                assert check_code(person, code) == "app"
            else:
                with pytest.raises(ProblemError):
                    check_code(person, code)

    def test_a_code_before_the_last_one_used_is_over(self, worker: Actor, person: Person) -> None:
        secret = app_of(worker)
        now = NOON + timedelta(hours=1)
        with time_machine.travel(now, tick=False):
            check_code(person, code_at(secret, now + timedelta(seconds=30)))
            with pytest.raises(ProblemError):
                check_code(person, code_at(secret, now))

    def test_its_secret_lies_sealed_under_its_owner(self, worker: Actor, world: World) -> None:
        secret = app_of(worker)
        assert secret not in bytes(Factor.objects.get().material)

    def test_five_wrong_codes_shut_for_a_quarter_of_an_hour_and_no_longer(self, worker: Actor, person: Person) -> None:
        secret = app_of(worker)
        begin = NOON + timedelta(hours=1)
        with time_machine.travel(begin, tick=False) as clock:
            for _ in range(5):
                with pytest.raises(ProblemError, match="wrong"):
                    check_code(person, "000000")
            with pytest.raises(ProblemError, match="too often"):
                check_code(person, code_at(secret, begin))
            clock.shift(timedelta(minutes=15, seconds=1))
            assert check_code(person, code_at(secret, begin + timedelta(minutes=15, seconds=1))) == "app"


class TestRecoveryCodes:
    def test_each_opens_once_however_it_is_typed(self, worker: Actor, person: Person) -> None:
        app_of(worker)
        codes = new_recovery_codes(worker)
        assert len({*codes}) == recovery_codes_left(person.pk) == 10
        assert check_code(person, codes[0].lower().replace("-", " ")) == "recovery"
        with pytest.raises(ProblemError):
            check_code(person, codes[0])
        assert recovery_codes_left(person.pk) == 9

    def test_new_ones_end_those_before(self, worker: Actor, person: Person) -> None:
        app_of(worker)
        before = new_recovery_codes(worker)[0]
        new_recovery_codes(worker)
        with pytest.raises(ProblemError):
            check_code(person, before)

    def test_one_of_somebody_else_opens_nothing(self, worker: Actor, person: Person, world: World) -> None:
        other = world.amani.actor("supervisor")
        app_of(worker)
        app_of(other)
        with pytest.raises(ProblemError):
            check_code(person, new_recovery_codes(other)[0])

    def test_without_a_factor_there_are_none(self, worker: Actor) -> None:
        with pytest.raises(ProblemError, match="no second factor"):
            new_recovery_codes(worker)


class TestAKey:
    def register(self, actor: Actor, key: Key, site: Site = SITE) -> None:
        options, state = begin_registration(actor, site)
        finish_registration(actor, site, state, key.create(options, site.origin), "blue")

    def ask(self, person: Person, key: Key, origin: str = SITE.origin) -> None:
        begun = begin_assertion(person.pk, SITE)
        assert begun is not None
        check_assertion(person.pk, SITE, begun[1], key.get(begun[0], origin))

    @pytest.mark.parametrize("counts", [True, False])
    def test_it_opens_as_often_as_it_is_asked(self, worker: Actor, person: Person, counts: bool) -> None:
        key = Key(counts)
        self.register(worker, key)
        for _ in range(3):
            self.ask(person, key)
        assert [(row.kind, row.label) for row in factors_of(person.pk)] == [("key", "blue")]

    def test_an_answer_is_of_no_use_twice(self, worker: Actor, person: Person) -> None:
        key = Key()
        self.register(worker, key)
        options, state = begin_assertion(person.pk, SITE) or ({}, {})
        answer = key.get(options, SITE.origin)
        check_assertion(person.pk, SITE, state, answer)
        with pytest.raises(ProblemError):
            check_assertion(person.pk, SITE, state, answer)
        _, fresh = begin_assertion(person.pk, SITE) or ({}, {})
        with pytest.raises(ProblemError):
            check_assertion(person.pk, SITE, fresh, answer)

    def test_an_imitated_page_gets_nothing_of_use(self, worker: Actor, person: Person) -> None:
        key = Key()
        self.register(worker, key)
        with pytest.raises(ProblemError):
            self.ask(person, key, "https://office-example.org")

    def test_a_copied_key_is_refused(self, worker: Actor, person: Person) -> None:
        key = Key()
        self.register(worker, key)
        self.ask(person, key)
        key.count -= 1
        with pytest.raises(ProblemError):
            self.ask(person, key)

    def test_a_key_of_somebody_else_does_not_open_and_serves_one_account(
        self, worker: Actor, person: Person, world: World
    ) -> None:
        other, mine, theirs = world.amani.actor("supervisor"), Key(), Key()
        self.register(worker, mine)
        self.register(other, theirs)
        with pytest.raises(ProblemError):
            self.ask(person, theirs)
        with pytest.raises(ProblemError, match="in use"):
            self.register(other, mine)

    @pytest.mark.parametrize("answer", ["", "[]", "{}", '{"id": 1}', "null", '{"id":"AA","rawId":"AA","response":{}}'])
    def test_what_is_no_answer_is_refused_in_words(self, worker: Actor, person: Person, answer: str) -> None:
        self.register(worker, Key())
        _, state = begin_assertion(person.pk, SITE) or ({}, {})
        with pytest.raises(ProblemError, match="not accepted"):
            check_assertion(person.pk, SITE, state, answer)
        with pytest.raises(ProblemError, match="not accepted"):
            check_assertion(person.pk, SITE, {}, answer)
        with pytest.raises(ProblemError, match="not accepted"):
            finish_registration(worker, SITE, {}, answer, "")


class TestWhoNeedsWhich:
    def test_the_last_factor_stays_where_one_is_required(self, worker: Actor, settings: object) -> None:
        settings.HOMEWARD_PROFILE = "office"  # type: ignore[attr-defined]
        app_of(worker)
        only = factors_of(worker.person_id)[0].id  # type: ignore[arg-type]
        with pytest.raises(ProblemError, match="only second factor"):
            remove_factor(worker, only)
        app_of(worker, NOON + timedelta(hours=1))
        remove_factor(worker, only)

    def test_nobody_removes_that_of_somebody_else(self, worker: Actor, world: World) -> None:
        app_of(worker)
        with pytest.raises(NotVisible):
            remove_factor(world.amani.actor("organisation_admin"), Factor.objects.get().pk)

    @pytest.mark.parametrize("role", ["focal_point", "organisation_admin", "system_admin"])
    def test_an_app_will_do_for_fourteen_days_where_a_key_is_required(
        self, role: str, world: World, settings: object
    ) -> None:
        settings.HOMEWARD_PROFILE, settings.HOMEWARD_WEBAUTHN = "production", "required"  # type: ignore[attr-defined]
        actor = world.amani.actor(role)
        assert actor.person_id is not None
        Membership.objects.update(granted_at=NOON - timedelta(days=400))
        app_of(actor)
        with time_machine.travel(NOON + timedelta(days=13, hours=23)):
            assert (standing_of(actor.person_id).missing, standing_of(actor.person_id).key_wanted) == ("", True)
        with time_machine.travel(NOON + timedelta(days=14, hours=1)):
            assert standing_of(actor.person_id).missing is Missing.KEY
            TestAKey().register(actor, Key())
            assert standing_of(actor.person_id).missing is Missing.NOTHING
            assert not standing_of(actor.person_id).takes_app

    def test_others_choose(self, worker: Actor, settings: object) -> None:
        settings.HOMEWARD_PROFILE, settings.HOMEWARD_WEBAUTHN = "production", "required"  # type: ignore[attr-defined]
        assert worker.person_id is not None
        assert standing_of(worker.person_id).missing is Missing.FACTOR
        app_of(worker)
        standing = standing_of(worker.person_id)
        assert (standing.missing, standing.takes_app) == (Missing.NOTHING, True)

    def test_nothing_is_counted_against_who_was_right(self, worker: Actor, person: Person) -> None:
        app_of(worker)
        assert not Tries.objects.exists()
