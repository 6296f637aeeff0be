"""The real server: one web process on loopback, watched through /proc, and the bytes on the wire."""

from __future__ import annotations

import http.client
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from homeward.apps.access.keys.custody import Kek, bound
from homeward.apps.access.vault import WRAPPED_KEY, DataKey, open_
from homeward.apps.surveys.sealing import CHUNK
from homeward.config.env import DEMO_VAULT_KEY
from tests.durability.servers import ROOT, Server
from tests.openrosa.phone import Answer, Phone, Transport

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Door(Server):
    """`homeward serve` with one process; its own folder for temporary files, which must stay empty."""

    log: Path = field(init=False)
    temporary: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log, self.temporary = self.folder / "log", self.folder / "tmp"
        self.temporary.mkdir(exist_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "TMPDIR": str(self.temporary), "HOMEWARD_LOG_LEVEL": "DEBUG"}

    def prepare(self) -> dict[str, Any]:
        command = [sys.executable, "-m", "tests.openrosa.household"]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def start(self) -> None:
        command = [sys.executable, "-m", "homeward.cli.main", "serve", "--port", str(self.port), "--no-worker"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--processes", "1"],
                cwd=ROOT,
                env=self.environment,
                start_new_session=True,
                stdout=log,
                stderr=log,
            )
        self.wait()

    def web_process(self) -> Process:
        """Below the supervisor stands gunicorn, and below that its one worker."""
        assert self.process is not None
        (gunicorn,) = children_of(self.process.pid)
        (worker,) = children_of(gunicorn)
        return Process(worker)

    def written(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def files_of(self, instance_id: str) -> Counter[str]:
        """Checksums of the attachments of one interview, opened chunk by chunk."""
        rows = self.rows(
            "SELECT a.id, c.id, s.id, s.child_id, s.data_key, c.content"
            " FROM surveys_attachmentchunk c JOIN surveys_attachment a"
            " ON a.id = c.attachment_id JOIN surveys_submission s ON s.id = a.submission_id"
            f" WHERE s.instance_id = '{instance_id}' ORDER BY a.id, c.number"
        )
        whole: dict[str, bytes] = {}
        for attachment, chunk, submission, child, wrapped, content in rows:
            key = self.data_key(UUID(str(submission)), UUID(str(child)) if child else None, bytes(wrapped))
            piece = open_(key, UUID(str(chunk)), CHUNK, content)
            whole[str(attachment)] = whole.get(str(attachment), b"") + piece
        return Counter(sha256(content).hexdigest() for content in whole.values())

    def data_key(self, submission: UUID, child: UUID | None, wrapped: bytes) -> DataKey:
        """Past the product: the key of an interview by what lies in both files and the demo's key."""
        kind, owner = ("record", child) if child else ("own", submission)
        with closing(sqlite3.connect(self.folder / "keys.sqlite3", timeout=30)) as keys:
            row = keys.execute(
                "SELECT version, custody, wrapped FROM keys_datakey WHERE owner_id = ? AND kind = ?", (owner.hex, kind)
            ).fetchone()
        key = Kek.of(row[1], DEMO_VAULT_KEY).unwrap(row[2], bound(owner.bytes, kind, row[0], row[1]))
        if child:
            under = wrapped[:3] + WRAPPED_KEY + submission.bytes + child.bytes
            key = AESGCM(key).decrypt(wrapped[3:15], wrapped[15:], under)
        return DataKey(submission, key)

    def interviews(self, instance_id: str) -> int:
        return self.number(f"SELECT count(*) FROM surveys_submission WHERE instance_id = '{instance_id}'")


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@dataclass(frozen=True)
class Cost:
    seconds: float  # of processor time
    megabytes: float  # of memory at the highest, above where it stood


@dataclass(frozen=True)
class Process:
    pid: int

    def seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def kilobytes(self, name: str) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))

    @contextmanager
    def watched(self) -> Iterator[list[Cost]]:
        """One cost, known at the end. Writing 5 to clear_refs sets the peak back to what is in use now."""
        found: list[Cost] = []
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        seconds, before = self.seconds(), self.kilobytes("VmRSS")
        yield found
        found.append(Cost(self.seconds() - seconds, (self.kilobytes("VmHWM") - before) / 1024))


def over_http(port: int, *, chunked: bool = False) -> Transport:
    """A connection for each call. `chunked`: the body in pieces, without a length, as OkHttp may send it."""

    def call(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            if chunked and body:
                in_chunks = {**headers, "Transfer-Encoding": "chunked"}
                connection.request(method, target, pieces(body), in_chunks, encode_chunked=True)
            else:
                connection.request(method, target, body or None, dict(headers))
            return read(connection.getresponse())

    return call


def pieces(body: bytes, size: int = 8_192) -> Iterable[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


def read(response: http.client.HTTPResponse) -> Answer:
    counted = Counter(name.lower() for name, _ in response.getheaders())
    headers = {name.lower(): value for name, value in response.getheaders()}
    repeated = frozenset(name for name, count in counted.items() if count > 1)
    return Answer(response.status, headers, response.read(), repeated)


def raw(port: int, request: bytes, *, then_close: bool = False, wait: float = 10) -> bytes:
    """Bytes as they are; the answer until the server closes. `then_close`: hang up without reading."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as connection:
        connection.sendall(request)
        if then_close:
            return b""
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def phone_of(door: Door, token: str, *, chunked: bool = False) -> Phone:
    return Phone(f"/key/{token}", over_http(door.port, chunked=chunked))


def until(ready: object, within: float = 20) -> None:
    """Wait for something that happens on the other side."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if callable(ready) and ready():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")
