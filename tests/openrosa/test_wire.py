"""The door as it stands in the field: real bytes, lines that break, answers that are lost, a server that dies."""

from __future__ import annotations

import http.client
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from email.utils import parsedate_to_datetime
from hashlib import sha256

import pytest

from tests.interviews import interview
from tests.openrosa.conftest import Running
from tests.openrosa.phone import INCOMPLETE, Phone, file_part, multipart, xml_part
from tests.openrosa.server import over_http, phone_of, raw, read, until

pytestmark = [pytest.mark.database, pytest.mark.slow, pytest.mark.xdist_group("openrosa-door")]
FORM = "child-12-14"
PHOTO = bytes(range(256)) * 8_000


def sums(*contents: bytes) -> Counter[str]:
    return Counter(sha256(content).hexdigest() for content in contents)


def head_of(phone: Phone, path: str, *lines: str, method: str = "POST") -> bytes:
    head = f"{method} {phone.base}{path} HTTP/1.1\r\nHost: localhost\r\nX-OpenRosa-Version: 1.0\r\n"
    return (head + "".join(f"{line}\r\n" for line in lines) + "\r\n").encode()


class TestHeaders:
    def test_every_answer_has_one_date_and_each_header_once(self, running: Running) -> None:
        phone = running.phone()
        stranger = phone_of(running.door, "nobody")
        for answer in (
            phone.get("/formList"),
            phone.call("HEAD", "/formList"),
            phone.call("HEAD", "/submission"),
            phone.get("/nothing"),
            phone.call("POST", "/formList"),
            stranger.get("/formList"),
            Phone("/openrosa", phone.send).get("/formList"),
        ):
            assert answer.repeated == frozenset()
            assert parsedate_to_datetime(answer.headers["date"])

    def test_names_of_headers_in_lower_case_are_the_same_names(self, running: Running) -> None:
        xml = interview(FORM, running.code, instance_id="uuid:lower")
        body, content_type = multipart([xml_part(xml)])
        head = f"post {running.phone().base}/submission HTTP/1.1\r\nhost: localhost\r\nx-openrosa-version: 1.0\r\n"
        head += f"content-type: {content_type}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        answer = raw(running.door.port, head.replace("post ", "POST ", 1).encode() + body)
        assert answer.startswith(b"HTTP/1.1 201 ")

    def test_head_sends_no_body_so_that_the_line_can_be_used_again(self, running: Running) -> None:
        phone = running.phone()
        with closing(http.client.HTTPConnection("127.0.0.1", running.door.port, timeout=20)) as line:
            for method, path, status in (
                ("HEAD", "/formList", 200),
                ("HEAD", "/submission", 204),
                ("HEAD", "/nothing", 404),
                ("GET", "/formList", 200),
            ):
                line.request(method, phone.base + path, headers=phone.headers)
                answer = read(line.getresponse()).in_order()
                assert answer.status == status
                assert bool(answer.body) == (method == "GET")
        assert "no-body" not in running.door.written()


class TestChunked:
    def test_a_body_in_chunks_is_taken_whole(self, running: Running) -> None:
        xml = interview(FORM, running.code, instance_id="uuid:chunked")
        phone = running.phone(chunked=True)
        assert phone.submit(xml, file_part("a.jpg", PHOTO), file_part("صوت.m4a", b"voice")).status == 201
        assert running.door.files_of("uuid:chunked") == sums(PHOTO, b"voice")

    @pytest.mark.parametrize(
        "ending", [b"", b"zz\r\nabc\r\n0\r\n\r\n", b"5\r\nabc", b"0\r\nBad trailer\x00\r\n\r\n", b"-1\r\n\r\n"]
    )
    def test_chunks_that_break_off_or_make_no_sense_store_nothing(self, running: Running, ending: bytes) -> None:
        phone = running.phone()
        body, content_type = multipart([xml_part(interview(FORM, running.code, instance_id="uuid:broken"))])
        head = head_of(phone, "/submission", f"Content-Type: {content_type}", "Transfer-Encoding: chunked")
        half = body[: len(body) // 2]
        answer = raw(running.door.port, head + f"{len(half):x}\r\n".encode() + half + b"\r\n" + ending)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"OpenRosaResponse" in answer
        assert running.door.interviews("uuid:broken") == 0

    def test_chunks_above_the_cap_are_413_and_the_phone_can_read_why(self, running: Running) -> None:
        phone = running.phone(chunked=True)
        xml = interview(FORM, running.code, instance_id="uuid:large")
        answer = phone.submit(xml, file_part("a.mp4", bytes(70_000_000)))
        assert answer.status == 413
        assert "larger" in answer.message
        assert running.door.interviews("uuid:large") == 0


class TestBrokenLines:
    def test_a_body_that_breaks_off_stores_nothing_and_can_be_sent_again(self, running: Running) -> None:
        phone = running.phone()
        xml = interview(FORM, running.code, instance_id="uuid:tunnel")
        body, content_type = multipart([xml_part(xml), file_part("a.jpg", PHOTO)])
        head = head_of(phone, "/submission", f"Content-Type: {content_type}", f"Content-Length: {len(body)}")
        for sent in (0, 1_000, len(body) // 2, len(body) - 1):
            answer = raw(running.door.port, head + body[:sent])
            assert answer.startswith(b"HTTP/1.1 400 ")
            raw(running.door.port, head + body[:sent], then_close=True)
        assert running.door.interviews("uuid:tunnel") == 0
        assert phone.submit(xml, file_part("a.jpg", PHOTO)).status == 201
        assert running.door.files_of("uuid:tunnel") == sums(PHOTO)

    @pytest.mark.goal("R-11")
    def test_the_answer_is_lost_and_the_phone_sends_again(
        self, running: Running, record_property: Callable[[str, object], None]
    ) -> None:
        phone = running.phone()
        xml = interview(FORM, running.code, instance_id="uuid:lost")
        body, content_type = multipart([xml_part(xml), file_part("a.jpg", PHOTO)])
        head = head_of(phone, "/submission", f"Content-Type: {content_type}", f"Content-Length: {len(body)}")
        raw(running.door.port, head + body, then_close=True)
        until(lambda: running.door.interviews("uuid:lost"))
        assert phone.submit(xml, file_part("a.jpg", PHOTO)).status == 201
        assert running.door.interviews("uuid:lost") == 1
        assert running.door.files_of("uuid:lost") == sums(PHOTO)
        record_property("ran", "a line cut after the last byte was sent, then the same again: one record, one file")

    def test_the_server_is_killed_between_two_parts(self, running: Running) -> None:
        phone = running.phone()
        xml = interview(FORM, running.code, instance_id="uuid:killed")
        first, second = file_part("a.jpg", PHOTO), file_part("b.jpg", b"second")
        assert phone.submit(xml, first, INCOMPLETE).status == 201
        running.door.kill()
        running.door.start()
        assert running.door.files_of("uuid:killed") == sums(PHOTO)
        assert phone.submit(xml, second).status == 201
        assert running.door.files_of("uuid:killed") == sums(PHOTO, b"second")

    def test_a_refusal_is_readable_although_the_phone_writes_before_it_reads(self, running: Running) -> None:
        large = file_part("a.mp4", bytes(30_000_000))
        xml = interview(FORM, running.code, instance_id="uuid:refused")
        for chunked in (False, True):
            stranger = phone_of(running.door, "nobody", chunked=chunked)
            assert stranger.submit(xml, large).status == 404
        too_large = file_part("a.mp4", bytes(70_000_000))
        assert running.phone().submit(xml, too_large).status == 413


def test_what_the_server_writes_about_odd_calls_holds_no_token(running: Running) -> None:
    token = running.token.encode()
    for request in (
        b"GET /key/" + token + b"/formList\r\n\r\n",
        b"GET /key/" + token + b"/formList HTTP/9.9\r\n\r\n",
        b"G@T /key/" + token + b"/formList HTTP/1.1\r\n\r\n",
        b"GET /key/" + token + b"/formList HTTP/1.1\r\nHost: x\r\nBad Header /key/" + token + b"/: 1\r\n\r\n",
        b"GET /key/" + token + b"/formList HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /key/" + token + b"/submission HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"GET /key/" + token + b"/" + b"x" * 5_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /key/" + token + b"/formList HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"PUT /key/" + token + b"/formList HTTP/1.1\r\nHost: localhost\r\nX-OpenRosa-Version: 1.0\r\n\r\n",
    ):
        assert raw(running.door.port, request)
    assert over_http(running.door.port)("GET", f"/key/{running.token}/nothing", {}, b"").status == 404
    assert running.token not in running.door.written()
    assert "/key/…" in running.door.written()


def test_the_largest_request_is_taken_within_twice_its_size(running: Running) -> None:
    xml = interview(FORM, running.code, instance_id="uuid:largest")
    with running.door.web_process().watched() as cost:
        assert running.phone(chunked=True).submit(xml, file_part("a.mp4", bytes(67_000_000))).status == 201
    assert cost[0].megabytes < 130, cost


def test_nothing_was_written_to_a_temporary_file(running: Running) -> None:
    phone = running.phone()
    xml = interview(FORM, running.code, instance_id="uuid:spool")
    assert phone.submit(xml, file_part("a.mp4", bytes(20_000_000))).status == 201
    assert list(running.door.temporary.iterdir()) == []
