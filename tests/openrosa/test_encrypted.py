"""A form that Collect encrypts as a whole: offered only while somebody could open it, kept once, and read by nobody."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request
from uuid import UUID, uuid4

import pytest
from django.db import connection

from homeward.apps.access.models import Membership
from homeward.apps.access.vault import open_
from homeward.apps.audit.models import Event
from homeward.apps.safeguarding.models import Escalation, Notice, PhoneFile, PhoneForm, SealedNote
from homeward.apps.safeguarding.opening import open_escalation
from homeward.apps.surveys.forms import load_from_library, propose_publication, publish, retire
from homeward.apps.surveys.models import Quarantined, Score, Submission
from homeward.demo.encrypting import Encrypted, encrypt
from homeward.demo.phone import send_interview
from homeward.domain.problems import ProblemError
from homeward.formats.xform.reading import read_form
from tests.engines.engines import JAR
from tests.envelopes import Key, enrolled
from tests.interviews import library_form
from tests.openrosa.phone import Answer, Phone, file_part, in_process
from tests.pairs import Pair, opened_form, paired, waiting
from tests.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SAID = "he comes at night, qzvkwxj"
BINARY = "application/octet-stream"


@pytest.fixture
def form(world: World) -> str:
    form_id = load_from_library(world.amani.system(), "disclosure")
    propose_publication(world.amani.actor("me_officer"), form_id)
    publish(world.amani.actor("programme_manager"), form_id)
    return str(form_id)


@pytest.fixture
def focal(world: World) -> list[Key]:
    return [enrolled(world.amani.actor(name)) for name in ("focal_point", "second_focal_point")]


@pytest.fixture
def made(world: World, form: str, focal: list[Key]) -> Pair:
    return paired(world.amani.actor("focal_point"), focal)


def disclosure(said: str = SAID, instance_id: str = "", code: str = "123456789") -> tuple[bytes, str]:
    instance_id = instance_id or f"uuid:{uuid4()}"
    xml = (
        f'<data id="disclosure" version="1.0"><start><child_code>{code}</child_code></start>'
        f"<told><what_told>{said}</what_told></told><meta><instanceID>{instance_id}</instanceID></meta></data>"
    )
    return xml.encode(), instance_id


def encrypted(phone: Phone, said: str = SAID, instance_id: str = "", version: str = "1.0") -> Encrypted:
    """With the key as it stands in the form that this phone has fetched."""
    key = read_form(phone.fetch(phone.form("disclosure").download_url).body).public_key
    xml, instance_id = disclosure(said, instance_id)
    return encrypt(xml, base64.b64decode(key), ("disclosure", version), instance_id)


def sent(phone: Phone, made: Encrypted) -> Answer:
    return phone.submit(made.manifest, *(file_part(name, content, BINARY) for name, content in made.files))


def everything() -> bytes:
    """Of every table, each row, as the database gives it out."""
    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows += [bytes(cell) if isinstance(cell, memoryview) else cell for row in cursor.fetchall() for cell in row]
    return b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in rows)


class TestOffering:
    def test_without_a_key_no_phone_has_the_form(self, form: str, phone: Phone, focal: list[Key]) -> None:
        assert "disclosure" not in {each.form_id for each in phone.forms()}
        assert phone.get(f"/forms/{form}/form.xml").status == 404
        assert phone.get(f"/forms/{form}/manifest").status == 404

    def test_a_pair_that_nobody_confirmed_is_in_no_form(
        self, world: World, form: str, phone: Phone, focal: list[Key]
    ) -> None:
        waiting(world.amani.actor("focal_point"), focal)
        assert "disclosure" not in {each.form_id for each in phone.forms()}
        assert phone.get(f"/forms/{form}/form.xml").status == 404

    def test_with_one_the_form_carries_it_and_names_no_address(self, world: World, phone: Phone, made: Pair) -> None:
        listed = phone.form("disclosure")
        body = phone.fetch(listed.download_url).body
        assert hashlib.md5(body, usedforsecurity=False).hexdigest() == listed.md5
        read = read_form(body)
        assert base64.b64decode(read.public_key) == made.public
        assert (read.submission_url, read.submission_method) == ("", "")
        assert b'auto-delete="true"' in body
        plain = {path: item.name for path, item in library_form("disclosure")[1].items.items()}
        assert {path: item.name for path, item in read.items.items()} == plain
        assert set(phone.media(listed)) == {"children.csv"}

    def test_a_new_key_changes_what_phones_fetch(
        self, world: World, phone: Phone, made: Pair, focal: list[Key]
    ) -> None:
        before = phone.form("disclosure").md5
        second = paired(world.amani.actor("second_focal_point"), focal)
        body = phone.fetch(phone.form("disclosure").download_url).body
        assert phone.form("disclosure").md5 != before
        assert base64.b64decode(read_form(body).public_key) == second.public

    def test_it_goes_when_fewer_than_two_could_open_it(self, world: World, phone: Phone, made: Pair) -> None:
        person = world.amani.people["second_focal_point"]
        Membership.objects.filter(person_id=person).update(until=Membership.objects.first().since)  # type: ignore[union-attr]
        assert "disclosure" not in {each.form_id for each in phone.forms()}

    def test_the_other_organisation_has_neither(self, world: World, made: Pair, form: str) -> None:
        theirs = Phone(f"/key/{world.baraka.devices['enumerator'].token}", in_process())
        assert "disclosure" not in {each.form_id for each in theirs.forms()}
        xml, instance_id = disclosure()
        assert sent(theirs, encrypt(xml, made.public, ("disclosure", "1.0"), instance_id)).status == 400
        assert PhoneForm.objects.count() == 0


class TestArriving:
    def test_it_is_kept_sealed_and_raises_one_matter(
        self, world: World, phone: Phone, made: Pair, focal: list[Key]
    ) -> None:
        was = encrypted(phone)
        answer = sent(phone, was)
        assert (answer.status, answer.message) == (201, "Received.")
        (row,) = PhoneForm.objects.all()
        found = Escalation.objects.get()
        assert (found.severity, found.kinds, found.source, found.source_id) == (
            "unread",
            ["disclosure"],
            "phone",
            row.pk,
        )
        assert (found.child_id, found.note_id, found.group, found.state) == (None, None, "focal", "raised")
        assert (found.due_at - found.raised_at).total_seconds() == 24 * 3600
        assert Notice.objects.filter(escalation=found, line=1).count() == 1
        assert open_(row.pk, row.pk, "safeguarding.phoneform.manifest", row.manifest) == was.manifest
        assert PhoneFile.objects.count() == 1
        for model in (Submission, Score, SealedNote, Quarantined):
            assert model.objects.count() == 0, model
        (handed,) = open_escalation(world.amani.actor("second_focal_point"), found.pk, "act")
        assert handed.form is not None
        inside = opened_form(handed.form.manifest, dict(handed.form.files), handed.form.private_halves[0], focal[1])
        assert SAID.encode() in inside

    def test_nothing_of_it_stands_readable_in_the_database(self, phone: Phone, made: Pair) -> None:
        was = encrypted(phone)
        assert sent(phone, was).status == 201
        whole = everything()
        assert b"Asha" not in whole  # sealed, like names
        for hidden in (
            SAID.encode(),
            b"123456789",
            was.manifest[60:200],
            was.files[0][1][:64],
            was.files[0][0].encode(),
        ):
            assert hidden not in whole
        assert b"disclosure" in whole  # what lies plain is found

    def test_the_same_again_succeeds_and_adds_nothing(self, phone: Phone, made: Pair) -> None:
        was = encrypted(phone)
        assert [sent(phone, was).status for _ in range(3)] == [201, 201, 201]
        counts = [model.objects.count() for model in (PhoneForm, PhoneFile, Escalation, Notice)]
        assert counts == [1, 1, 1, 1]
        assert Event.objects.filter(verb="keep_sealed", object_kind="phone_form").count() == 1

    def test_files_may_come_later_in_any_split(self, phone: Phone, made: Pair, world: World, focal: list[Key]) -> None:
        was = encrypted(phone)
        assert phone.submit(was.manifest).status == 201
        assert Escalation.objects.count() == 1, "the arrival itself is the flag"
        assert sent(phone, was).status == 201
        (handed,) = open_escalation(world.amani.actor("focal_point"), Escalation.objects.get().pk, "act")
        assert handed.form is not None
        assert dict(handed.form.files) == dict(was.files)

    def test_other_bytes_under_its_id_are_kept_too_and_the_phone_is_told(self, phone: Phone, made: Pair) -> None:
        first = encrypted(phone, instance_id="uuid:one")
        second = encrypted(phone, "something else", instance_id="uuid:one")
        assert sent(phone, first).status == 201
        assert [sent(phone, second).status for _ in range(2)] == [409, 409]
        assert sent(phone, first).status == 201
        assert PhoneForm.objects.count() == 2
        assert Quarantined.objects.count() == 0, "the inbox shows no sign of it"
        rows = Escalation.objects.order_by("raised_at")
        assert len(rows) == 2, "whoever opens it reads both"
        assert {row.thread_id for row in rows} == {rows[0].source_id}

    def test_another_file_under_a_known_name_is_kept_and_the_first_is_handed_out(
        self, phone: Phone, made: Pair, world: World, focal: list[Key]
    ) -> None:
        was = encrypted(phone)
        other = Encrypted(was.manifest, ((was.files[0][0], b"x" * 32),))
        assert sent(phone, was).status == 201
        assert [sent(phone, other).status for _ in range(2)] == [409, 409]
        assert PhoneFile.objects.count() == 2
        (handed,) = open_escalation(world.amani.actor("focal_point"), Escalation.objects.get().pk, "act")
        assert handed.form is not None
        assert dict(handed.form.files) == dict(was.files)

    def test_of_a_retired_form_and_an_unknown_version_it_is_taken_all_the_same(
        self, world: World, form: str, phone: Phone, made: Pair
    ) -> None:
        late, unknown = encrypted(phone), encrypted(phone, version="0.7")
        retire(world.amani.actor("programme_manager"), UUID(form))
        assert [sent(phone, each).status for each in (late, unknown)] == [201, 201]
        assert Escalation.objects.count() == 2

    @pytest.mark.parametrize("version", ["1.0", "9.9"])
    def test_in_clear_it_is_never_taken(self, phone: Phone, made: Pair, version: str) -> None:
        xml, _ = disclosure()
        assert phone.submit(xml.replace(b'"1.0"', f'"{version}"'.encode())).status == 404
        assert SAID.encode() not in everything()
        assert (Submission.objects.count(), Quarantined.objects.count()) == (0, 0)

    def test_what_is_encrypted_for_another_form_is_left_on_the_phone(self, phone: Phone, made: Pair) -> None:
        xml, instance_id = disclosure()
        answer = sent(phone, encrypt(xml, made.public, ("caregiver", "1.0"), instance_id))
        assert (answer.status, "somebody else's key" in answer.message) == (400, True)
        assert PhoneForm.objects.count() == Submission.objects.count() == 0

    @pytest.mark.parametrize("part", [b"base64EncryptedKey", b"encryptedXmlFile"])
    def test_a_manifest_that_nobody_could_open_is_refused(self, phone: Phone, made: Pair, part: bytes) -> None:
        was = encrypted(phone)
        assert phone.submit(was.manifest.replace(part, b"other")).status == 400
        assert PhoneForm.objects.count() == 0

    def test_that_it_was_opened_is_written_down_before_any_key_is_handed_out(
        self, world: World, phone: Phone, made: Pair, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert sent(phone, encrypted(phone)).status == 201
        found, seen = Escalation.objects.get(), list[int]()
        monkeypatch.setattr(
            "homeward.apps.safeguarding.from_phones.private_halves",
            lambda _place: [seen.append(Event.objects.filter(verb="open_sealed", object_id=str(found.pk)).count())][:0],
        )
        open_escalation(world.amani.actor("focal_point"), found.pk, "act")
        assert seen == [1]

    def test_the_trace_does_not_say_which_phone_it_was(self, world: World, phone: Phone, made: Pair) -> None:
        assert sent(phone, encrypted(phone)).status == 201
        event = Event.objects.get(verb="keep_sealed")
        assert (event.actor_kind, event.object_id) == ("system", "")


def test_an_unknown_phone_sends_nothing(phone: Phone, made: Pair) -> None:
    assert sent(Phone("/key/not-a-token", phone.send), encrypted(phone)).status == 404
    assert PhoneForm.objects.count() == 0


@pytest.fixture
def called(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command line asks of the web, this server answers."""

    def urlopen(request: Request, timeout: float) -> Any:
        parts, headers = urlsplit(request.full_url), {"X-OpenRosa-Version": "1.0"}
        if kind := request.get_header("Content-type"):
            headers["Content-Type"] = kind
        body = request.data if isinstance(request.data, bytes) else b""
        answer = phone.send(request.get_method(), f"{parts.path}?{parts.query}", headers, body)
        return nullcontext(SimpleNamespace(status=answer.status, read=lambda: answer.body))

    monkeypatch.setattr("homeward.demo.phone.urllib.request.urlopen", urlopen)


def test_without_a_key_the_phone_of_the_command_line_says_why_and_what_to_do(
    phone: Phone, form: str, called: None
) -> None:
    for form_id, code, said in (
        ("disclosure", "phone.no_key", "another confirms it"),
        ("nothing", "phone.no_form", "Publish it"),
    ):
        with pytest.raises(ProblemError) as caught:
            send_interview(f"http://testserver{phone.base}", form_id, "", date.today(), 1)
        assert (caught.value.first.code, said in caught.value.first.action) == (code, True)


def test_the_phone_of_the_command_line_encrypts_it_too(
    world: World, phone: Phone, made: Pair, focal: list[Key], called: None
) -> None:
    done = send_interview(f"http://testserver{phone.base}", "disclosure", "", date.today(), 1)
    assert (done.status, done.message) == (201, "Received.")
    (handed,) = open_escalation(world.amani.actor("focal_point"), Escalation.objects.get().pk, "act")
    assert handed.form is not None
    inside = opened_form(handed.form.manifest, dict(handed.form.files), handed.form.private_halves[0], focal[0])
    assert f"child_code>{done.child}<".encode() in inside


@pytest.mark.engine
@pytest.mark.slow
def test_collects_own_engine_takes_the_form_with_the_key(phone: Phone, made: Pair, tmp_path: Path) -> None:
    path = tmp_path / "disclosure.xml"
    path.write_bytes(phone.fetch(phone.form("disclosure").download_url).body)
    run = subprocess.run(["java", "-jar", str(JAR), str(path)], capture_output=True, timeout=120, check=False)
    assert b"Xform is valid" in run.stdout + run.stderr
