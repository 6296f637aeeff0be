"""Request bodies on their way in, between the WSGI server and Django.

A phone that drives into a tunnel leaves half a body behind. Most servers then hand over what came, as if it were all,
and wait for the rest without an end. Here an early end and a long silence are errors, so that half a photo is never
taken for a whole one and a silent phone does not hold a thread.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Protocol

LONGEST_SILENCE = 60.0  # seconds; Collect gives up writing after as long
READ_AHEAD = 65_536

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


class Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def readline(self, size: int, /) -> bytes: ...


class Arriving:
    """`wsgi.input` that raises OSError where the body ends early, is broken, or stops coming."""

    def __init__(self, stream: Stream, announced: int | None, connection: socket.socket | None) -> None:
        self.stream, self.connection = stream, connection
        self.missing = announced  # bytes still to come; None where only the server knows

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(READ_AHEAD), b""))
        return self._take(self.stream.read, size)

    def readline(self, size: int = READ_AHEAD) -> bytes:
        return self._take(self.stream.readline, size)

    def _take(self, read: Callable[[int], bytes], size: int) -> bytes:
        if self.missing is not None:
            size = min(size, self.missing)
        if size == 0:
            return b""
        self._wait_at_most(LONGEST_SILENCE)
        try:
            data = read(size)
        except OSError:
            raise
        except Exception as error:
            raise OSError("the body cannot be read") from error
        finally:
            self._wait_at_most(None)
        if self.missing is not None:
            if not data:
                raise OSError("the body ended before its announced length")
            self.missing -= len(data)
        return data

    def _wait_at_most(self, seconds: float | None) -> None:
        if self.connection is not None:
            with suppress(OSError):  # closed already: reading will say so
                self.connection.settimeout(seconds)


def whole_bodies(application: Application) -> Application:
    def run(environ: Environ, start_response: Any) -> Iterable[bytes]:
        announced = environ.get("CONTENT_LENGTH") or ""
        length = int(announced) if announced.isascii() and announced.isdecimal() else None
        if length is None and not environ.get("wsgi.input_terminated"):
            length = 0  # nobody says where this body ends: reading on would wait for the next request
        environ["wsgi.input"] = Arriving(environ["wsgi.input"], length, environ.get("gunicorn.socket"))
        return application(environ, start_response)

    return run
