"""Between server and Django: half a body is an error, a broken one too, and a silent phone holds no thread."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Iterable
from typing import Any

import pytest

from homeward.config import bodies
from homeward.config.bodies import Arriving, whole_bodies


def environ_seen(environ: dict[str, Any]) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def application(inner: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        seen.update(inner)
        return []

    list(whole_bodies(application)(environ, None))
    return seen


class TestArriving:
    def test_a_whole_body_passes(self) -> None:
        assert Arriving(io.BytesIO(b"12345rest"), 5, None).read() == b"12345"
        stream = Arriving(io.BytesIO(b"12\n45rest"), 5, None)
        assert [stream.readline(), stream.read(1), stream.read(100), stream.read(100)] == [b"12\n", b"4", b"5", b""]

    def test_an_early_end_is_an_error(self) -> None:
        stream = Arriving(io.BytesIO(b"123"), 5, None)
        assert stream.read(5) == b"123"
        with pytest.raises(OSError, match="before its announced length"):
            stream.read(5)

    def test_in_chunks_the_server_knows_the_end(self) -> None:
        assert Arriving(io.BytesIO(b"123"), None, None).read() == b"123"

    def test_what_the_server_cannot_read_is_an_error_of_one_kind(self) -> None:
        class Broken(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                raise KeyError("a class of the server's own")

        with pytest.raises(OSError, match="cannot be read"):
            Arriving(Broken(), None, None).read(10)

    def test_silence_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bodies, "LONGEST_SILENCE", 0.2)
        ours, theirs = socket.socketpair()
        with ours, theirs, ours.makefile("rb", buffering=0) as stream:
            theirs.sendall(b"half")
            body = Arriving(stream, 8, ours)
            assert body.read(8) == b"half"
            begun = time.monotonic()
            with pytest.raises(OSError):
                body.read(8)
            assert 0.1 < time.monotonic() - begun < 2
            assert ours.gettimeout() is None  # the answer may take as long as it likes


class TestWhichBody:
    def test_an_announced_length_holds(self) -> None:
        seen = environ_seen({"CONTENT_LENGTH": "3", "wsgi.input": io.BytesIO(b"12345")})
        assert seen["wsgi.input"].read() == b"123"

    def test_without_a_length_a_body_is_read_only_where_the_server_ends_it(self) -> None:
        assert environ_seen({"wsgi.input": io.BytesIO(b"next request")})["wsgi.input"].read() == b""
        ended = {"wsgi.input": io.BytesIO(b"chunks"), "wsgi.input_terminated": True}
        assert environ_seen(ended)["wsgi.input"].read() == b"chunks"

    @pytest.mark.parametrize("length", ["-1", "many", "1e3", "٣"])
    def test_a_length_that_is_none_is_none(self, length: str) -> None:
        seen = environ_seen({"CONTENT_LENGTH": length, "wsgi.input": io.BytesIO(b"x")})
        assert seen["wsgi.input"].read() in (b"", b"x")
