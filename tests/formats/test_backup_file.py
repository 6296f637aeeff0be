"""The file of a backup: for its recipients alone, signed, and refused whatever was done to it."""

from __future__ import annotations

import json
import os
import random
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from homeward.domain.problems import ProblemError
from homeward.formats import backup_file
from homeward.formats.backup_file import HEADER, Content
from tests.durability.servers import trials

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes_raw().hex()
ONE, TWO = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
PEOPLE = [str(ONE.to_public()), str(TWO.to_public())]
PLAIN = b"Asha Mwangi said " * 20_000 + os.urandom(100_000)
DAMAGES = trials(200, least=20)


def made(folder: Path, **changes: Any) -> Path:
    path = folder / "one.backup"
    values = {"kind": "data", "made_at": "2026-01-01T00:00:00+00:00", "version": "1", "listed": {"tables": {"a": 1}}}
    content = Content(**{**values, **changes}, payload=BytesIO(PLAIN))
    backup_file.write(path, content, PEOPLE, KEY)
    return path


def code_of(path: Path, trusted: frozenset[str] = frozenset({PUBLIC})) -> str:
    with pytest.raises(ProblemError) as error:
        backup_file.read(path, trusted)
    problem = error.value.first
    assert problem.where.file == str(path)
    assert problem.action
    return problem.code


@pytest.mark.parametrize("identity", [ONE, TWO])
def test_each_recipient_gets_every_byte_back(tmp_path: Path, identity: Any) -> None:
    path = made(tmp_path)
    header = backup_file.read(path, {PUBLIC})
    assert (header.kind, header.version, header.recipients, header.key) == ("data", "1", 2, PUBLIC)
    listed = backup_file.unpack(path, [identity], tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == PLAIN
    assert (listed["tables"], listed["payload"]["bytes"]) == ({"a": 1}, len(PLAIN))
    assert [oct(each.stat().st_mode)[-3:] for each in (path, tmp_path / "out")] == ["600", "600"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["one.backup", "out"]


def test_nothing_of_the_content_stands_in_the_file(tmp_path: Path) -> None:
    raw = made(tmp_path).read_bytes()
    assert b"Asha" not in raw
    assert b"tables" not in raw


def test_it_opens_without_homeward(tmp_path: Path) -> None:
    path = made(tmp_path)
    line, _, rest = pyrage.decrypt(path.read_bytes()[HEADER:], [TWO]).partition(b"\n")
    assert (json.loads(line)["kind"], zlib.decompress(rest)) == ("data", PLAIN)


def test_another_private_key_does_not_open_it(tmp_path: Path) -> None:
    with pytest.raises(ProblemError) as error:
        backup_file.unpack(made(tmp_path), [pyrage.x25519.Identity.generate()], tmp_path / "out")
    assert error.value.first.code == "backup.wrong_key"


@pytest.mark.goal("R-12")
def test_it_is_cut_short_nowhere_unnoticed(tmp_path: Path) -> None:
    path = made(tmp_path)
    raw = path.read_bytes()
    places = {len(raw) * each // DAMAGES for each in range(DAMAGES)} | {HEADER - 1, HEADER, len(raw) - 1}
    codes = set()
    for place in sorted(places):
        path.write_bytes(raw[:place])
        codes.add(code_of(path))
    assert codes == {"backup.not_one", "backup.damaged"}
    path.write_bytes(raw + b"x")
    assert code_of(path) == "backup.damaged"


@pytest.mark.goal("R-12")
def test_no_bit_is_turned_unnoticed(tmp_path: Path) -> None:
    path, chance = made(tmp_path), random.Random(7)
    raw = path.read_bytes()
    in_header = [chance.randrange(HEADER * 8) for _ in range(DAMAGES // 2)]
    after = [chance.randrange(HEADER * 8, len(raw) * 8) for _ in range(DAMAGES - len(in_header))]
    for place in in_header + after:
        damaged = bytearray(raw)
        damaged[place // 8] ^= 1 << place % 8
        path.write_bytes(damaged)
        assert code_of(path) in {"backup.not_one", "backup.damaged", "backup.stranger"}


def test_who_may_encrypt_is_not_who_may_sign(tmp_path: Path) -> None:
    """Everybody knows the public keys: a file that somebody else made for the recipients is refused."""
    path = tmp_path / "forged.backup"
    content = Content("data", "2026-01-01T00:00:00+00:00", "1", {}, BytesIO(b"other data"))
    backup_file.write(path, content, PEOPLE, Ed25519PrivateKey.generate())
    assert code_of(path) == "backup.stranger"
    assert code_of(path, frozenset()) == "backup.nobody_trusted"
    swapped = made(tmp_path).read_bytes()[:HEADER] + path.read_bytes()[HEADER:]
    path.write_bytes(swapped)
    assert code_of(path) == "backup.damaged"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([], "backup.recipients"),
        (PEOPLE[:1], "backup.recipients"),
        (PEOPLE[:1] * 2, "backup.recipients"),
        ([PEOPLE[0], "age1nonsense"], "backup.recipient"),
    ],
)
def test_two_recipients_or_no_backup(tmp_path: Path, given: list[str], code: str) -> None:
    content = Content("data", "2026-01-01T00:00:00+00:00", "1", {}, BytesIO(PLAIN))
    with pytest.raises(ProblemError) as error:
        backup_file.write(tmp_path / "a.backup", content, given, KEY)
    assert error.value.first.code == code
    assert list(tmp_path.iterdir()) == []


def test_what_breaks_off_is_no_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 200_000:
                raise OSError(28, "No space left on device")
            return super().read(size)

    monkeypatch.setattr(backup_file, "_measured", lambda payload: ("00", 0))
    with pytest.raises(ProblemError) as error:
        backup_file.write(tmp_path / "a.backup", Content("data", "", "1", {}, Full(PLAIN)), PEOPLE, KEY)
    assert error.value.first.code == "backup.unwritten"
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_come_back_is_no_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_file, "_hash_after_header", lambda path: "another")
    with pytest.raises(ProblemError) as error:
        made(tmp_path)
    assert error.value.first.code == "backup.unreadable"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "age1abc", "AGE-SECRET-KEY-1NONSENSE", "# AGE-SECRET-KEY-1NONSENSE"])
def test_a_file_without_a_private_key_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.write_text(text)
    with pytest.raises(ProblemError) as error:
        backup_file.identities_of(path)
    assert (error.value.first.code, error.value.first.where.file) == ("backup.no_identity", str(path))


def test_no_room_to_try_it_in_is_not_taken_for_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path)

    class Full(BytesIO):
        def write(self, piece: Any, /) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(ProblemError) as error:
        backup_file._opened(path, [ONE], Full())
    assert error.value.first.code == "backup.no_room"
