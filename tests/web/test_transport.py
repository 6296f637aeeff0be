"""Interviews sealed to the intake key: opened and taken like any other; kept as they came while the server is
locked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import LazySettings
from django.core import mail
from django.test import Client
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.devices import device_by_password, device_by_token
from homeward.apps.access.intake_keys import (
    POINT,
    drop_unused,
    name_of,
    open_sealed,
    public_key,
    ready_for_lock,
    rotate,
)
from homeward.apps.access.keys import custody, store
from homeward.apps.access.keys.models import DataKey
from homeward.apps.access.models import Device, IntakeKey
from homeward.apps.access.services import revoke_device
from homeward.apps.access.vault import secret_hash
from homeward.apps.audit.models import Event
from homeward.apps.operations.telling import tell_focal_points
from homeward.apps.operations.work import arrival_findings
from homeward.apps.safeguarding.models import Escalation, SealedNote
from homeward.apps.surveys.intake import known_in_use
from homeward.apps.surveys.models import Attachment, FormVersion, Quarantined, SealedArrival, Submission
from homeward.apps.surveys.transport import open_waiting
from homeward.domain import transport
from homeward.domain.problems import ProblemError
from tests.envelopes_of_transport import letter, multipart, sealed
from tests.interviews import interview
from tests.web.conftest import Reader
from tests.world import World

pytestmark = pytest.mark.database
FORM = "child-12-14"
HEADERS = {"X-OpenRosa-Version": "1.0"}
Post = Callable[[bytes], int]


@pytest.fixture(autouse=True)
def opened_again() -> Iterator[None]:
    yield
    custody.let_go(locked=False)


def xml_of(world: World, **more: object) -> bytes:
    assert world.amani.child is not None
    return interview(FORM, world.amani.child.code, **more)  # type: ignore[arg-type]


@pytest.fixture
def by_browser(reader: Reader) -> Post:
    client = reader("case_worker")

    def post(body: bytes) -> int:
        return client.post("/interview/sealed", body, content_type="application/octet-stream").status_code

    return post


@pytest.fixture
def by_device(world: World) -> Post:
    token, client = world.amani.devices["enumerator"].token, Client()

    def post(body: bytes) -> int:
        kind = "application/octet-stream"
        return client.post(f"/key/{token}/sealed", body, content_type=kind, headers=HEADERS).status_code

    return post


def plain(world: World, xml: bytes, files: dict[str, bytes] | None = None, query: str = "") -> int:
    body, kind = multipart(xml, files)
    address = f"/key/{world.amani.devices['enumerator'].token}/submission{query}"
    return Client().post(address, body, content_type=kind, headers=HEADERS).status_code


def lock() -> None:
    public_key()
    vault.lock()


def unlock() -> None:
    custody.let_go(locked=False)


class TestOpen:
    def test_a_sealed_interview_is_an_interview(self, by_browser: Post, world: World) -> None:
        form = str(world.amani.forms[FORM])
        body = letter(public_key(), xml_of(world), form=form, files={"a.png": b"picture"})
        assert by_browser(body) == 201
        row = Submission.objects.get()
        assert (row.channel, row.person_id, row.state) == ("browser", world.amani.people["case_worker"], "accepted")
        assert Attachment.objects.count() == SealedNote.objects.count() == 1
        assert (SealedArrival.objects.count(), Escalation.objects.count()) == (0, 0)

    def test_a_device_sends_one_too(self, by_device: Post, world: World) -> None:
        assert by_device(letter(public_key(), xml_of(world), severity=3)) == 201
        assert Escalation.objects.get().severity == "high"

    @pytest.mark.goal("R-11")
    def test_the_same_again_is_one_and_other_bytes_are_kept_apart(self, by_device: Post, world: World) -> None:
        xml = xml_of(world, instance_id="uuid:one")
        assert [by_device(letter(public_key(), xml)) for _ in range(2)] == [201, 201]
        other = xml_of(world, instance_id="uuid:one", changes={"safe_home": "unsafe"})
        assert by_device(letter(public_key(), other)) == 409
        assert (Submission.objects.count(), Quarantined.objects.count()) == (1, 1)

    @pytest.mark.parametrize("at", [0, 3, 4, 10, 153, 158, 180, 200, -1])
    def test_no_bit_of_it_can_be_changed(self, by_device: Post, world: World, at: int) -> None:
        body = bytearray(letter(public_key(), xml_of(world)))
        body[at] ^= 1
        assert by_device(bytes(body)) in (400, 409)
        assert Submission.objects.count() == 0

    def test_what_is_no_envelope_is_refused(self, by_device: Post, by_browser: Post, world: World) -> None:
        public = public_key()
        whole = letter(public, xml_of(world))
        bad = [b"", b"x", whole[:153], whole[:-1], whole + b"x", os.urandom(20_000), whole[153:] + whole[:153]]
        bad += [
            whole[:153] + sealed(content, public) for content in (b"", b"{}\n", b"[]\nx", b'{"type":"text/xml"}\nx')
        ]
        for body in bad:
            assert by_device(body) == 400, body[:40]
            assert by_browser(body) == 400, body[:40]

    def test_nobody_else_may_send(self, reader: Reader, world: World) -> None:
        body = letter(public_key(), xml_of(world), form=str(world.amani.forms[FORM]))
        for who, house in (
            ("organisation_admin", world.amani),
            ("case_worker", world.baraka),
            ("outsider", world.amani),
        ):
            answer = reader(who, house).post("/interview/sealed", body, content_type="application/octet-stream")
            assert answer.status_code in (403, 404), who
        assert Client().post("/interview/sealed", body, content_type="x/y").status_code == 302
        assert Client().post("/key/none/sealed", body, content_type="x/y", headers=HEADERS).status_code == 404
        assert Submission.objects.count() == 0

    def test_sealing_to_another_child_reaches_no_further_than_the_sender(self, by_browser: Post, world: World) -> None:
        other = world.amani.other_child
        assert other is not None
        form = str(world.amani.forms[FORM])
        assert by_browser(letter(public_key(), xml_of(world), form=form, child=other.code)) == 404

    def test_every_envelope_of_about_a_size_has_one_size(self, world: World) -> None:
        public = public_key()
        assert {len(sealed(b"x" * size, public)) for size in (1, 100, 4_092)} == {105 + 4_096 + 16}
        assert len(sealed(b"x" * 4_093, public)) == 105 + 8_192 + 16
        assert {len(sealed(bytes([grade]), public, 2)) for grade in range(4)} == {transport.FLAG_LENGTH} == {153}


class TestKeys:
    def test_the_old_key_opens_what_was_sealed_to_it_until_it_has_long_not_been_used(self, world: World) -> None:
        old = public_key()
        rotate()
        assert public_key() != old
        assert open_sealed(sealed(b"said", old), transport.Kind.INTERVIEW) == b"said"
        assert IntakeKey.objects.filter(current=True).count() == 1
        assert drop_unused() == 0
        with time_machine.travel(timezone.now() + timedelta(days=179)):
            assert drop_unused() == 0
        with time_machine.travel(timezone.now() + timedelta(days=182)):
            assert drop_unused() == 1
        with pytest.raises(ProblemError) as refusal:
            open_sealed(sealed(b"said", old), transport.Kind.INTERVIEW)
        assert refusal.value.first.code == "transport.other_key"
        assert open_sealed(sealed(b"said", public_key()), transport.Kind.INTERVIEW) == b"said"

    def test_whoever_writes_the_tables_reads_nothing_that_comes_while_it_is_locked(self, world: World) -> None:
        stranger = ec.generate_private_key(ec.SECP256R1())
        theirs = stranger.public_key().public_bytes(*POINT)
        public = public_key()
        IntakeKey.objects.update(public=theirs, name=name_of(theirs))
        IntakeKey.objects.create(
            id=uuid4(), public=theirs, name=os.urandom(16), current=False, created_at=timezone.now()
        )
        vault.lock()
        assert plain(world, xml_of(world)) == 202
        named = transport.header_of(bytes(SealedArrival.objects.get().envelope), transport.Kind.INTERVIEW).key_name
        assert named == name_of(public)
        IntakeKey.objects.all().delete()  # and whoever deletes them keeps nobody from opening it
        assert plain(world, xml_of(world, instance_id="uuid:two")) == 202
        unlock()
        assert open_waiting() == 2

    def test_a_public_half_that_was_put_into_the_key_store_goes_when_it_is_open(self, world: World) -> None:
        public = public_key()
        DataKey.objects.filter(kind="intake").update(public=b"\4" + os.urandom(64))
        ready_for_lock()
        assert bytes(DataKey.objects.get(kind="intake").public) == public

    def test_with_older_keys_clients_are_given_a_new_one(self, world: World) -> None:
        """After a restore the tables name a key whose private half is in a later copy of the key store."""
        lost = public_key()
        row = DataKey.objects.get(kind="intake")
        DataKey.objects.filter(pk=row.pk).delete()
        store.forget()
        now = public_key()
        assert now != lost
        assert IntakeKey.objects.filter(current=True).count() == 1
        assert open_sealed(sealed(b"said", now), transport.Kind.INTERVIEW) == b"said"
        with pytest.raises(ProblemError) as refusal:
            open_sealed(sealed(b"said", lost), transport.Kind.INTERVIEW)
        assert refusal.value.first.code == "transport.other_key"
        row.save(force_insert=True)  # that copy is found
        store.forget()
        assert open_sealed(sealed(b"said", lost), transport.Kind.INTERVIEW) == b"said"

    def test_with_older_data_the_key_store_knows_what_clients_sealed_to(self, world: World) -> None:
        public = public_key()
        IntakeKey.objects.all().delete()
        assert open_sealed(sealed(b"said", public), transport.Kind.INTERVIEW) == b"said"

    def test_the_page_gives_the_key_that_the_server_has(self, reader: Reader, world: World) -> None:
        assert world.amani.child is not None
        address = f"/interview/{world.amani.forms[FORM]}/config.json?child={world.amani.child.code}"
        IntakeKey.objects.all().delete()
        first = reader("case_worker").get(address).json()["intake_key"]
        IntakeKey.objects.update(public=os.urandom(65))  # whoever can write tables gains nothing
        assert reader("case_worker").get(address).json()["intake_key"] == first

    def test_a_phone_fetches_it(self, world: World) -> None:
        token = world.amani.devices["enumerator"].token
        answer = Client().get(f"/key/{token}/intakeKey", headers=HEADERS)
        assert (answer.status_code, len(answer.content)) == (200, 88)


class TestTokens:
    def test_a_token_is_known_while_the_server_is_locked(self, world: World) -> None:
        phone = world.amani.devices["enumerator"]
        lock()
        assert device_by_token(phone.token) is not None
        assert device_by_password(phone.user_name, phone.password) is not None
        assert device_by_token(f"{phone.token}x") is None
        assert device_by_password(phone.user_name, "x") is None

    def test_a_hash_of_an_earlier_version_becomes_a_plain_one(self, world: World) -> None:
        phone = world.amani.devices["enumerator"]
        before = {"token_hash": secret_hash(phone.token), "password_hash": secret_hash(phone.password)}
        Device.objects.filter(pk=phone.device_id).update(**before)
        assert device_by_token(phone.token) is not None
        assert device_by_password(phone.user_name, phone.password) is not None
        row = Device.objects.get(pk=phone.device_id)
        assert bytes(row.token_hash) != before["token_hash"]
        assert bytes(row.password_hash) != before["password_hash"]
        lock()
        assert device_by_token(phone.token) is not None


class TestLocked:
    def test_what_comes_is_kept_as_it_is_and_taken_in_its_order(
        self, by_browser: Post, by_device: Post, world: World
    ) -> None:
        public = public_key()
        form = str(world.amani.forms[FORM])
        first = letter(public, xml_of(world, instance_id="uuid:1"), form=form)
        second = letter(public, xml_of(world, instance_id="uuid:2"), severity=2)
        lock()
        with time_machine.travel(timezone.now() - timedelta(hours=5)):
            assert by_browser(first) == 202
        assert [by_device(second), by_device(second), by_browser(first)] == [202, 202, 202]
        assert plain(world, xml_of(world, instance_id="uuid:3"), {"a.png": b"p"}) == 202
        assert [bytes(row.envelope) for row in SealedArrival.objects.order_by("id")][:2] == [first[153:], second[153:]]
        assert (Submission.objects.count(), Escalation.objects.count(), open_waiting()) == (0, 0, 0)
        unlock()
        assert open_waiting() == 3
        rows = list(Submission.objects.order_by("id"))
        assert [row.instance_id for row in rows] == ["uuid:1", "uuid:2", "uuid:3"]
        assert timezone.now() - rows[0].received_at > timedelta(hours=4)
        assert [row.channel for row in rows] == ["browser", "browser", "collect"]
        assert Attachment.objects.count() == 1
        assert Escalation.objects.get().source_id == rows[1].pk
        assert {(row.state, bytes(row.envelope)) for row in SealedArrival.objects.all()} == {("opened", b"")}
        assert (open_waiting(), by_device(second)) == (0, 201)
        assert (Submission.objects.count(), Escalation.objects.count()) == (3, 1)
        assert [each.grade.name for each in arrival_findings()] == ["WELL"]

    def test_other_bytes_are_refused_and_kept(self, by_device: Post, world: World) -> None:
        public, delivery = public_key(), uuid4()
        one = letter(public, xml_of(world, instance_id="uuid:1"), delivery=delivery)
        other = letter(public, xml_of(world, instance_id="uuid:1", changes={"safe_home": "unsafe"}), delivery=delivery)
        lock()
        assert [by_device(body) for body in (one, other, other, one)] == [202, 409, 409, 202]
        unlock()
        assert open_waiting() == 2
        assert (Submission.objects.count(), Quarantined.objects.count()) == (1, 1)

    def test_a_phone_that_splits_its_files_is_not_taken_for_another(self, world: World) -> None:
        xml = xml_of(world, instance_id="uuid:1")
        lock()
        assert [plain(world, xml, {name: name.encode()}) for name in ("a.png", "b.png")] == [202, 202]
        assert plain(world, xml_of(world, instance_id="uuid:1", changes={"safe_home": "unsafe"})) == 409
        unlock()
        open_waiting()
        assert (Submission.objects.count(), Attachment.objects.count(), Quarantined.objects.count()) == (1, 2, 1)

    def test_what_a_phone_sends_in_clear_lies_nowhere_in_clear(self, world: World) -> None:
        lock()
        assert plain(world, xml_of(world, changes={"anything_to_say": "zxqvjk-canary"})) == 202
        row = SealedArrival.objects.get()
        whole = b"".join(bytes(value) for value in vars(row).values() if isinstance(value, (bytes, memoryview)))
        assert b"canary" not in whole
        assert world.amani.child is not None
        assert world.amani.child.code.encode() not in whole

    def test_garbage_strangers_and_cut_off_bodies_are_refused_as_ever(self, world: World, by_browser: Post) -> None:
        lock()
        assert plain(world, b"<no") == 400
        assert by_browser(b"garbage") == 400
        token = world.amani.devices["enumerator"].token
        body, kind = multipart(xml_of(world))
        for sent in (body[:-20], b""):
            answer = Client().post(f"/key/{token}/submission", sent, content_type=kind, headers=HEADERS)
            assert answer.status_code == 400
        assert Client().post("/key/none/submission", body, content_type=kind, headers=HEADERS).status_code == 404
        assert Client().head(f"/key/{token}/submission", headers=HEADERS).status_code == 204
        assert Client().get(f"/key/{token}/formList", headers=HEADERS).status_code == 503
        assert Client().post("/interview/sealed", b"x", content_type="x/y").status_code in (302, 503)
        assert SealedArrival.objects.count() == 0

    def test_what_cannot_be_taken_stays_and_is_tried_again(self, by_device: Post, world: World) -> None:
        public = public_key()
        wrong = letter(public, xml_of(world, instance_id="uuid:1").replace(b"child-12-14", b"no-such-form"), severity=3)
        good = letter(public, xml_of(world, instance_id="uuid:2"))
        lock()
        assert [by_device(wrong), by_device(good)] == [202, 202]
        unlock()
        assert open_waiting() == 1
        row = SealedArrival.objects.get(state="refused")
        assert (row.problem, bytes(row.envelope)) == ("form.not_found", wrong[153:])
        assert Escalation.objects.get().severity == "high"  # that something was told does not wait
        assert open_waiting() == 0
        assert (Escalation.objects.count(), Submission.objects.count()) == (1, 1)
        assert [each.grade.name for each in arrival_findings()] == ["ALARM"]
        FormVersion.objects.filter(instrument_id=FORM).update(instrument_id="no-such-form")
        known_in_use.cache_clear()
        assert open_waiting() == 0  # an hour has not gone by
        with time_machine.travel(timezone.now() + timedelta(hours=1, minutes=1)):
            assert open_waiting() == 1
        assert (Escalation.objects.count(), Submission.objects.count()) == (2, 2)

    def test_a_device_that_was_cut_off_is_asked_nothing(self, by_device: Post, world: World) -> None:
        revoke_device(world.amani.system(), world.amani.devices["enumerator"].device_id)
        body = letter(public_key(), xml_of(world))
        lock()
        assert by_device(body) == 404

    def test_a_copied_code_is_found_out_when_it_is_opened(self, world: World) -> None:
        assert plain(world, xml_of(world, instance_id="uuid:1"), query="?deviceID=mine") == 201
        lock()
        assert plain(world, xml_of(world, instance_id="uuid:2"), query="?deviceID=mine") == 202
        assert plain(world, xml_of(world, instance_id="uuid:3"), query="?deviceID=another") == 202
        unlock()
        assert open_waiting() == 1
        assert SealedArrival.objects.get(state="refused").problem == "transport.other_phone"

    def test_focal_points_are_told_that_something_waits_and_no_more(
        self, by_device: Post, world: World, settings: LazySettings, tmp_path: Path
    ) -> None:
        settings.HOMEWARD_DATA, settings.HOMEWARD_MAIL = tmp_path, True
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        body = letter(public_key(), xml_of(world))
        assert tell_focal_points() == 0
        lock()
        assert tell_focal_points() == 0
        by_device(body)
        assert tell_focal_points() == len(mail.outbox) > 0
        assert {each.subject for each in mail.outbox} == {"Something waits for you in the system"}
        assert [each.to for each in mail.outbox if "focal" not in each.to[0]] == []
        assert tell_focal_points() == 0  # once

    def test_it_is_written_down_that_something_came_and_not_what(self, by_device: Post, world: World) -> None:
        body = letter(public_key(), xml_of(world), severity=3)
        lock()
        by_device(body)
        event = Event.objects.filter(verb="receive_sealed").get()
        assert (event.actor_id, event.child_id, event.detail) == (
            UUID(str(world.amani.devices["enumerator"].device_id)),
            None,
            {},
        )
