"""A backup as one file: a signed header of 1,024 bytes, then an age file for its recipients.

age says nothing of who wrote a file, so the header is signed (Ed25519) and holds the hash of all that follows. It is
written last, once what lies on the disk was read back, opened and compared: a file whose signature holds was verified,
and one that was broken off is no backup. Inside stand the list of contents, on one line, and the content, deflated.
Without Homeward: `tail -c +1025 FILE | age -d -i PRIVATE | tail -n +2 | zlib-flate -uncompress`.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.on_disk import sync_file, sync_folder

MAGIC = b"homeward backup 1\n"
HEADER = 1024
FEWEST = 2  # recipients: one private key that is lost must not be the end
PIECE = 1 << 20
LONGEST_LINE = 1 << 24
PRIVATE = "AGE-SECRET-KEY-"


@dataclass(frozen=True, slots=True)
class Header:
    """What anybody may read of a backup; nothing of what is in it."""

    kind: str
    made_at: str
    version: str
    recipients: int
    length: int  # of what follows
    sha256: str
    key: str  # public half of the key that signed


@dataclass(frozen=True, slots=True)
class Content:
    """What goes in: the list of contents without the payload's hash, and the payload from its beginning."""

    kind: str
    made_at: str
    version: str
    listed: Mapping[str, Any]
    payload: BinaryIO


def write(path: Path, content: Content, recipients: Sequence[str], key: Ed25519PrivateKey) -> Any:
    """Returns a private key made for the moment, to which the file is encrypted as well: with it what was written has
    been read back, and a drill may restore it. Whoever lets go of it leaves the recipients alone with the file.
    """
    people, momentary = public_keys(recipients), pyrage.x25519.Identity.generate()
    sha256, size = _measured(content.payload)
    listed = {**content.listed, "kind": content.kind, "payload": {"sha256": sha256, "bytes": size}}
    with _draft(path) as draft:
        with open(draft, "xb", opener=_for_us_alone) as out:
            out.write(bytes(HEADER))
            counted = _Counted(out)
            pyrage.encrypt_io(_Source(listed, content.payload), counted, [*people, momentary.to_public()])
            sync_file(out)
        public = key.public_key().public_bytes_raw().hex()
        header = Header(
            content.kind, content.made_at, content.version, len(people), counted.length, counted.sha256, public
        )
        if _hash_after_header(draft) != header.sha256 or _opened(draft, [momentary], None) != listed:
            raise _problem("backup.unreadable", "What was written did not come back.", "Check the disk.", path)
        with open(draft, "r+b") as out:
            out.write(_rendered(header, key.sign(_signed(header))))
            sync_file(out)
        draft.replace(path)
        sync_folder(path.parent)
    return momentary


def read(path: Path, trusted: Collection[str]) -> Header:
    """The header of a file that is whole and signed by one of the trusted keys; ProblemError else."""
    header = peek(path)
    if not trusted:
        action = "Give the key from the printed sheet: --key."
        raise _problem("backup.nobody_trusted", "No key is known here that signs backups.", action, path)
    if header.key not in trusted:
        action = "If that key stands on the printed sheet, give it with --key; if not, do not use the file."
        raise _problem("backup.stranger", "It is signed by a key that is not trusted here.", action, path)
    if path.stat().st_size != HEADER + header.length or _hash_after_header(path) != header.sha256:
        raise _damaged(path)
    return header


def peek(path: Path) -> Header:
    """The header, signed by whichever key it names; what follows is not looked at."""
    try:
        with path.open("rb") as file:
            raw = file.read(HEADER)
    except OSError as error:
        raise _problem("backup.no_file", "The file cannot be read.", "Check the name.", path) from error
    if not raw.startswith(MAGIC):
        action = "Take a file that `homeward backup` has made, whole."
        raise _problem("backup.not_one", "This is no backup, or its beginning is damaged.", action, path)
    try:
        values = json.loads(raw[len(MAGIC) :])
        signature = bytes.fromhex(values.pop("signature"))
        header = Header(**values)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(header.key)).verify(signature, _signed(header))
    except (InvalidSignature, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _damaged(path) from error
    if raw != _rendered(header, signature):
        raise _damaged(path)
    return header


def unpack(path: Path, identities: Sequence[Any], into: Path) -> dict[str, Any]:
    """The list of contents; the payload lies in `into`. Call `read` first: this opens, and does not ask who wrote."""
    with open(into, "xb", opener=_for_us_alone) as out:
        return _opened(path, identities, out)


def unpack_in_memory(path: Path, identities: Sequence[Any]) -> bytes:
    """The payload of a small backup, without writing it anywhere."""
    out = BytesIO()
    _opened(path, identities, out)
    return out.getvalue()


def public_keys(recipients: Sequence[str]) -> list[Any]:
    """Of at least two people."""
    if len(set(recipients)) < FEWEST:
        message = "A backup needs at least two recipients."
        action = "Name two age public keys of two people: HOMEWARD_BACKUP_RECIPIENTS."
        raise _problem("backup.recipients", message, action)
    try:
        return [pyrage.x25519.Recipient.from_str(each) for each in dict.fromkeys(recipients)]
    except pyrage.RecipientError as error:
        action = "They begin with age1: correct HOMEWARD_BACKUP_RECIPIENTS."
        raise _problem("backup.recipient", "A recipient is no age public key.", action) from error


def new_pair() -> tuple[str, str]:
    """Public and private half."""
    made = pyrage.x25519.Identity.generate()
    return str(made.to_public()), str(made)


def identities_of(path: Path) -> list[Any]:
    """Every private key of a file, one a line, whatever stands around them."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
        found = [pyrage.x25519.Identity.from_str(line.strip()) for line in lines if line.strip().startswith(PRIVATE)]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError) as error:
        raise _problem("backup.no_identity", "The private key cannot be read.", "Copy it whole.", path) from error
    if not found:
        action = f"Give the file that `homeward backup keygen` made; its key begins with {PRIVATE}."
        raise _problem("backup.no_identity", "There is no private key in this file.", action, path)
    return found


class _Source:
    """What is encrypted: one line of contents, then the payload, deflated."""

    def __init__(self, listed: Mapping[str, Any], payload: BinaryIO) -> None:
        self.pieces = self._pieces(listed, payload)
        self.rest = b""

    @staticmethod
    def _pieces(listed: Mapping[str, Any], payload: BinaryIO) -> Iterator[bytes]:
        yield json.dumps(listed, sort_keys=True, separators=(",", ":")).encode() + b"\n"
        payload.seek(0)
        deflate = zlib.compressobj(1)
        while piece := payload.read(PIECE):
            yield deflate.compress(piece)
        yield deflate.flush()

    def read(self, size: int) -> bytes:
        while not self.rest:
            piece = next(self.pieces, None)
            if piece is None:
                return b""
            self.rest = piece
        given, self.rest = self.rest[:size], self.rest[size:]
        return given


class _Counted:
    def __init__(self, out: BinaryIO) -> None:
        self.out, self.length, self.hash = out, 0, hashlib.sha256()

    def write(self, piece: bytes) -> int:
        self.hash.update(piece)
        self.length += len(piece)
        return self.out.write(piece)

    def flush(self) -> None:
        self.out.flush()

    @property
    def sha256(self) -> str:
        return self.hash.hexdigest()


class _Sink:
    """What comes out: the line of contents is kept, the payload inflated, measured, and written where it is wanted."""

    def __init__(self, out: BinaryIO | None) -> None:
        self.out, self.line, self.whole = out, b"", False
        self.inflate, self.hash, self.size = zlib.decompressobj(), hashlib.sha256(), 0
        self.full = False

    def write(self, piece: bytes) -> int:
        given = len(piece)
        if not self.whole:
            before, end, piece = piece.partition(b"\n")
            self.line, self.whole = self.line + before, bool(end)
            if len(self.line) > LONGEST_LINE:
                raise ValueError("the list of contents has no end")
        if piece and self.whole:
            self._keep(self.inflate.decompress(piece))
        return given

    def _keep(self, plain: bytes) -> None:
        self.hash.update(plain)
        self.size += len(plain)
        try:
            if self.out is not None:
                self.out.write(plain)
        except OSError:
            self.full = True
            raise

    def flush(self) -> None:
        pass

    def end(self) -> dict[str, Any]:
        self._keep(self.inflate.flush())
        listed: dict[str, Any] = json.loads(self.line)
        if listed["payload"] != {"sha256": self.hash.hexdigest(), "bytes": self.size} or not self.inflate.eof:
            raise ValueError("the payload is another one")
        return listed


def _opened(path: Path, identities: Sequence[Any], out: BinaryIO | None) -> dict[str, Any]:
    sink = _Sink(out)
    try:
        with path.open("rb") as file:
            file.seek(HEADER)
            pyrage.decrypt_io(file, sink, list(identities))
        return sink.end()
    except (pyrage.DecryptError, OSError) as error:
        if sink.full:
            action = "Make room in the data folder, for twice the database; nothing was changed."
            raise _problem("backup.no_room", "There is no room to try the backup in.", action, path) from error
        if isinstance(error, OSError):
            raise _damaged(path) from error
        action = "Take the private key of a recipient of this file; nothing was changed."
        raise _problem("backup.wrong_key", "This private key does not open the backup.", action, path) from error
    except (ValueError, KeyError, zlib.error) as error:
        raise _damaged(path) from error


def _measured(payload: BinaryIO) -> tuple[str, int]:
    payload.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := payload.read(PIECE):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _hash_after_header(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # from the disk, where the system agrees
        file.seek(HEADER)
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _signed(header: Header) -> bytes:
    return MAGIC + json.dumps(asdict(header), sort_keys=True, separators=(",", ":")).encode()


def _rendered(header: Header, signature: bytes) -> bytes:
    values = {**asdict(header), "signature": signature.hex()}
    raw = MAGIC + json.dumps(values, sort_keys=True, separators=(",", ":")).encode()
    return raw.ljust(HEADER - 1) + b"\n"


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """Under a name that no list of backups takes up; gone if anything goes wrong."""
    draft = path.with_name(f".{path.name}.part")
    try:
        yield draft
    except (OSError, pyrage.EncryptError) as error:
        action = "Make room, or check the folder; the backups before are untouched."
        raise _problem("backup.unwritten", "The backup could not be written.", action, path) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _for_us_alone(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _damaged(path: Path) -> ProblemError:
    action = "Take another backup; nothing was changed."
    return _problem("backup.damaged", "The backup is damaged or was cut short.", action, path)


def _problem(code: str, message: str, action: str, path: Path | None = None) -> ProblemError:
    """Said at the command line alone, which speaks English."""
    return ProblemError(Problem(code, message, action, Where(file=str(path) if path else "")))
