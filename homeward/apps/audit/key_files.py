"""A key that signs (Ed25519), in a file for one user of the machine. Beside it lies every public half it ever had."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.on_disk import sync_file, sync_folder


@dataclass(frozen=True, slots=True)
class KeyFile:
    """`topic` begins the codes of its problems; what it says where the key cannot be read, and what helps."""

    path: Path
    topic: str
    unreadable: str
    remedy: str

    @property
    def public_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.pub")

    def create(self, *, replace: bool = False) -> str:
        """Makes both files. With `replace` the old key goes; its public half stays trusted for what it has signed."""
        if self.path.exists() and not replace:
            raise self._exists()
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = Ed25519PrivateKey.generate()
        draft = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            sync_file(file)
        public = key.public_key().public_bytes_raw().hex()
        with self.public_path.open("a", encoding="ascii") as file:  # first: an unknown key signs nothing
            file.write(f"{public}\n")
            sync_file(file)
        if replace:
            draft.replace(self.path)
            self._settle()
            return public
        try:
            os.link(draft, self.path)  # of two who make the first at once, one's stays
        except FileExistsError as error:
            raise self._exists() from error
        finally:
            draft.unlink()
        self._settle()
        return public

    def _settle(self) -> None:
        """Before anything is signed: what a key that is gone has signed looks like a forgery."""
        sync_folder(self.path.parent)
        sync_folder(self.path.parent.parent)

    def made(self) -> Ed25519PrivateKey:
        """The key that is there, or a first one, whoever makes it."""
        if not self.path.exists():
            with suppress(ProblemError):  # another process was faster
                self.create()
        return self.key()

    def key(self) -> Ed25519PrivateKey:
        try:
            key = load_pem_private_key(self.path.read_bytes(), None)
        except (OSError, ValueError) as error:
            raise self._problem("no_key", self.unreadable, self.remedy, self.path) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise self._problem("no_key", self.unreadable, self.remedy, self.path)
        return key

    def trusted(self) -> frozenset[bytes]:
        """Every public key that ever signed here; none where the file does not lie on this machine."""
        if not self.public_path.exists():
            return frozenset()
        try:
            return frozenset(bytes.fromhex(line) for line in self.public_path.read_text(encoding="ascii").split())
        except ValueError as error:
            message, action = "The file of public keys cannot be read.", "Bring it back from where a copy lies."
            raise self._problem("bad_keys", message, action, self.public_path) from error

    def _exists(self) -> ProblemError:
        message, action = "There is a key already.", "Use --replace to sign with another from now on."
        return self._problem("key_exists", message, action, self.path)

    def _problem(self, code: str, message: str, action: str, path: Path) -> ProblemError:
        return ProblemError(Problem(f"{self.topic}.{code}", message, action, Where(file=str(path))))
