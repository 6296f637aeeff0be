"""Bodies of submissions: parts of every kind, split at will, cut off, too large; nothing lost and nothing halved."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.test import override_settings
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeward.apps.audit.models import Event
from homeward.apps.surveys.attachments import content_of
from homeward.apps.surveys.models import Attachment, Submission
from homeward.apps.surveys.sealing import attachment_name_of, raw_of
from homeward.config import env
from tests.interviews import interview
from tests.openrosa.phone import INCOMPLETE, Part, Phone, file_part, multipart, xml_part
from tests.world import World

pytestmark = pytest.mark.database
FORM = "child-12-14"
SPLITS = max(20, round(2_000 * float(env.read("HOMEWARD_TRIALS"))))


@pytest.fixture
def xml(world: World) -> bytes:
    assert world.amani.child is not None
    return interview(FORM, world.amani.child.code, instance_id="uuid:a")


def files(instance_id: str = "uuid:a") -> dict[str, bytes]:
    rows = Attachment.objects.filter(submission__instance_id=instance_id)
    return {attachment_name_of(row): content_of(row) for row in rows}


def send(phone: Phone, body: bytes, content_type: str) -> int:
    return phone.call("POST", "/submission", body, {"Content-Type": content_type}).status


NAMES = ("a.jpg", "b.m4a", "صورة الطفل.jpg", "photo 1.png", "x" * 200 + ".jpg", "g.csv", "ñandú.mp4", "no-extension")
FILES = st.dictionaries(st.sampled_from(NAMES), st.binary(max_size=3_000), max_size=8)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[dict[str, bytes], list[tuple[list[str], bool]]]:
    """Files, and the posts that bring them: each file in one or more posts, in any order, marked or not."""
    content = draw(FILES)
    posts: list[list[str]] = [[] for _ in range(draw(st.integers(1, 6)))]
    for name in content:
        for number in draw(st.sets(st.integers(0, len(posts) - 1), min_size=1, max_size=3)):
            posts[number].append(name)
    shuffled = [draw(st.permutations(post)) for post in posts]
    return content, [(names, draw(st.booleans())) for names in shuffled]


class TestSplits:
    @pytest.mark.goal("R-3")
    def test_files_come_in_any_split_and_order_with_and_without_the_marker(self, phone: Phone, xml: bytes) -> None:
        ran = 0

        @settings(max_examples=SPLITS, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(delivery=deliveries())
        def sent(delivery: tuple[dict[str, bytes], list[tuple[list[str], bool]]]) -> None:
            nonlocal ran
            content, posts = delivery
            instance_id = f"uuid:{uuid4()}"
            own = xml.replace(b"uuid:a", instance_id.encode()).replace(b">a<", f">{instance_id}<".encode())
            for names, marked in posts:
                parts = [file_part(name, content[name]) for name in names]
                assert phone.submit(own, *parts, *([INCOMPLETE] if marked else [])).status == 201
            assert files(instance_id) == content
            assert Submission.objects.filter(instance_id=instance_id).count() == 1
            ran += 1

        sent()
        assert ran >= SPLITS

    def test_eight_parts_come_in_one_request(self, phone: Phone, xml: bytes) -> None:
        parts = [file_part(name, name.encode() * 50) for name in NAMES]
        assert phone.submit(xml, *parts).status == 201
        assert files() == {name: name.encode() * 50 for name in NAMES}

    def test_a_large_photo_comes_whole(self, phone: Phone, xml: bytes) -> None:
        photo = bytes(range(256)) * 12_000
        assert phone.submit(xml, file_part("a.jpg", photo)).status == 201
        assert files() == {"a.jpg": photo}

    def test_an_empty_file_is_a_file(self, phone: Phone, xml: bytes) -> None:
        assert phone.submit(xml, file_part("a.jpg", b"")).status == 201
        assert files() == {"a.jpg": b""}


class TestParts:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ('filename="../../etc/cron.d/x.jpg"', "x.jpg"),
            ('filename="C:\\\\photos\\\\x.jpg"', "x.jpg"),
            ("filename*=UTF-8''%D8%B5%D9%88%D8%B1%D8%A9.jpg", "صورة.jpg"),
            ('filename="a\x07b.jpg"', "ab.jpg"),
            ("filename=plain.jpg", "plain.jpg"),
        ],
    )
    def test_of_a_file_name_the_last_step_counts(self, phone: Phone, xml: bytes, sent: str, kept: str) -> None:
        body, content_type = multipart([xml_part(xml), file_part("PLACE", b"photo")])
        changed = body.replace(b'filename="PLACE"', sent.encode())
        assert send(phone, changed, content_type) == 201
        assert files() == {kept: b"photo"}

    @pytest.mark.parametrize("name", ["..", "a/", "a\\..", "&#47;", "\x01"])
    def test_a_file_whose_name_is_none_is_refused_rather_than_dropped(
        self, phone: Phone, xml: bytes, name: str
    ) -> None:
        assert phone.submit(xml, file_part(name, b"photo")).status == 400
        assert not Submission.objects.exists()

    def test_parts_that_nobody_knows_are_passed_over(self, phone: Phone, xml: bytes) -> None:
        assert phone.post(Part("__csrf", b"x"), xml_part(xml), Part("Date", b"today"), INCOMPLETE).status == 201
        assert files() == {}

    def test_the_document_may_be_a_field_and_stays_byte_for_byte(self, phone: Phone, xml: bytes) -> None:
        arabic = xml.replace(b"<child_typed/>", "<child_typed>قول</child_typed>".encode())
        assert phone.post(Part("xml_submission_file", arabic)).status in (201, 202)
        assert raw_of(Submission.objects.get(instance_id="uuid:a")) == arabic

    def test_a_field_that_is_no_utf_8_is_refused(self, phone: Phone, xml: bytes) -> None:
        assert phone.post(Part("xml_submission_file", xml.replace(b"uuid:a", b"\xff"))).status == 400

    def test_the_order_of_parts_does_not_matter(self, phone: Phone, xml: bytes) -> None:
        assert phone.post(file_part("a.jpg", b"photo"), INCOMPLETE, xml_part(xml)).status == 201
        assert files() == {"a.jpg": b"photo"}

    @pytest.mark.parametrize(("encoding", "status"), [("binary", 201), ("8BIT", 201), ("base64", 400), ("gzip", 400)])
    def test_a_part_in_an_encoding_of_mail_is_refused(
        self, phone: Phone, xml: bytes, encoding: str, status: int
    ) -> None:
        body, content_type = multipart([xml_part(xml), file_part("a.jpg", b"cGhvdG8=")])
        head = f"Content-Transfer-Encoding: {encoding}\r\nContent-Disposition".encode()
        assert send(phone, body.replace(b"Content-Disposition", head), content_type) == status
        assert files() == ({"a.jpg": b"cGhvdG8="} if status == 201 else {})

    @pytest.mark.parametrize("kind", ["image/jpeg\x00", "x" * 300, "text/html; charset=utf-7", "a b/c", "", "é/é"])
    def test_an_odd_type_of_a_part_is_no_type(self, phone: Phone, xml: bytes, kind: str) -> None:
        assert phone.submit(xml, file_part("a.jpg", b"photo", kind)).status == 201
        assert Attachment.objects.get().content_type in ("application/octet-stream", "text/html")

    def test_more_files_than_any_phone_sends_are_refused(self, phone: Phone, xml: bytes) -> None:
        many = [file_part(f"{number}.jpg", b"x") for number in range(300)]
        assert phone.submit(xml, *many[:100]).status == 201
        assert phone.submit(xml, *many).status == 400

    @pytest.mark.parametrize(
        "content_type", ["", "text/xml", "multipart/form-data", "multipart/form-data; boundary=x y\x00"]
    )
    def test_without_readable_parts_it_is_400(self, phone: Phone, xml: bytes, content_type: str) -> None:
        assert send(phone, xml, content_type) == 400


class TestCutOff:
    def test_a_body_that_ends_early_stores_nothing(self, phone: Phone, xml: bytes) -> None:
        body, content_type = multipart([xml_part(xml), file_part("a.jpg", b"photo" * 1_000)])
        for length in [*range(0, len(body) - 1, 211), len(body) - 4, len(body) - 3]:
            assert send(phone, body[:length], content_type) == 400, length
        assert not Submission.objects.exists()
        assert send(phone, body, content_type) == 201
        assert files() == {"a.jpg": b"photo" * 1_000}

    def test_what_follows_the_last_boundary_does_not_matter(self, phone: Phone, xml: bytes) -> None:
        body, content_type = multipart([xml_part(xml)])
        assert send(phone, body + b"\r\nepilogue", content_type) == 201


class TestTooLarge:
    def test_a_body_above_the_cap_is_413_and_stores_nothing(self, phone: Phone, xml: bytes) -> None:
        with override_settings(HOMEWARD_MAX_UPLOAD=50_000):
            answer = phone.submit(xml, file_part("a.jpg", b"p" * 50_000))
            assert answer.status == 413
            assert "larger" in answer.message
            assert phone.submit(xml, *(file_part(f"{n}.jpg", b"p" * 10_000) for n in range(5))).status == 413
            assert not Submission.objects.exists()
            assert phone.submit(xml, *(file_part(f"{n}.jpg", b"p" * 10_000) for n in range(3))).status == 201

    def test_a_file_above_the_announced_size_is_taken_where_there_is_room(self, phone: Phone, xml: bytes) -> None:
        photo = b"p" * 21_000_000
        assert phone.submit(xml, file_part("a.jpg", photo)).status == 201
        assert files() == {"a.jpg": photo}


def test_a_refused_body_leaves_one_row_a_device_code_and_minute(world: World, phone: Phone, monitor: Phone) -> None:
    before = timezone.now().replace(second=30, microsecond=0)
    with patch("homeward.apps.audit.services.timezone.now", lambda: before):
        for _ in range(5):
            assert send(phone, b"nothing", "text/plain") == 400
            assert phone.submit(b"<broken").status == 400
        send(monitor, b"nothing", "text/plain")
    rows = Event.objects.filter(verb="refuse_submission", allowed=False)
    device = str(world.amani.devices["enumerator"].device_id)
    codes = sorted((row.object_id == device, row.detail["code"]) for row in rows)
    assert codes == [(False, "body.not_multipart"), (True, "body.not_multipart"), (True, "xml.malformed")]
    with patch("homeward.apps.audit.services.timezone.now", lambda: before + timedelta(minutes=1)):
        send(phone, b"nothing", "text/plain")
    assert rows.all().count() == 4
    assert {row.organisation_id for row in rows} == {world.amani.organisation_id}
