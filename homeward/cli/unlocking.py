"""Giving this process the key that opens the key store: asked once, at the terminal or from the input; and handing it
to processes of our own through memory, never through their arguments or their environment.
"""

from __future__ import annotations

import fcntl
import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.management import call_command

from homeward.apps.access.keys import custody
from homeward.apps.access.keys.faults import LockedError
from homeward.apps.access.keys.locking import confirm, remove_lock
from homeward.apps.operations.statistics import take_statistics
from homeward.domain.problems import Problem, ProblemError

if TYPE_CHECKING:
    from homeward.apps.access.keys.models import Custody

ATTEMPTS = 3
SHORTEST = 20  # letters: six words, or a sentence


def bring_up_to_date(verbosity: int = 0) -> None:
    """The tables of both databases, the key store's first, in files for nobody else."""
    os.umask(0o077)
    call_command("migrate", "keys", database=custody.KEYS, verbosity=verbosity, interactive=False)
    call_command("migrate", verbosity=verbosity, interactive=False)
    take_statistics()


def unlock() -> None:
    """Afterwards this process opens. The first start with a key that is given makes the key store's first entry."""
    row, key = custody.current(), settings.HOMEWARD_VAULT_KEY
    if key is not None:
        kind = custody.DEMO if key == settings.HOMEWARD_DEMO_VAULT_KEY else custody.GIVEN
        custody.hold(custody.found(key, kind) if row is None else custody.proved(row, key))
    elif row is None:
        raise refused("keys.none", "There is no key yet.", "Make one: `homeward keys create`.")
    elif row.kind != custody.PASSPHRASE:
        raise refused("keys.not_given", "The key of the key store is not given.", "Set HOMEWARD_VAULT_KEY.")
    else:
        custody.hold(asked_for(row))


def asked_for(row: Custody) -> custody.Kek:
    for attempt in range(ATTEMPTS if sys.stdin.isatty() else 1):
        passphrase = read_passphrase("Passphrase of the key store: ")
        if not passphrase:
            raise refused("keys.nobody", "No passphrase was given.", "Take it from its sealed copy.")
        try:
            return custody.proved(row, custody.key_from(row, passphrase))
        except LockedError:
            print(f"That is not it ({attempt + 1} of {ATTEMPTS}).", file=sys.stderr)
    raise refused("keys.wrong", "The key store was not opened.", "Take the passphrase from its sealed copy.")


def read_passphrase(prompt: str) -> str:
    """Without showing it; one line of the input where there is no terminal."""
    given = getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline()
    return given.strip()


def new_passphrase() -> str:
    """Twice at a terminal, so that a slip does not lock everybody out."""
    given = read_passphrase("New passphrase (six words or more): ")
    if len(given) < SHORTEST:
        action = "Take six words drawn by dice, or a sentence nobody has said."
        raise refused("keys.short", f"The passphrase has fewer than {SHORTEST} letters.", action)
    if sys.stdin.isatty() and read_passphrase("Once more: ") != given:
        raise refused("keys.differ", "The two are not the same.", "Begin again.")
    return given


def open_if_given() -> bool:
    """A server starts locked rather than not at all where nobody gives the passphrase; a wrong one starts none."""
    try:
        unlock()
    except ProblemError as error:
        if error.first.code not in ("keys.not_given", "keys.nobody"):
            raise
        print("The server starts locked: it shows nothing. `homeward unlock` opens it.", file=sys.stderr)
        return False
    row = custody.current()
    if row is not None and row.kind == custody.PASSPHRASE:
        confirm(settings.HOMEWARD_DATA)
        remove_lock(settings.HOMEWARD_DATA)
    return True


def handed_down() -> int | None:
    """For processes that must open: a piece of memory, which they inherit. It can be read again and again, so that each
    process of the web server finds the key, also one that is started anew. None where this process has no key.
    """
    if not custody.is_open():
        return None
    descriptor = in_memory(custody.kek().key)
    os.set_inheritable(descriptor, True)
    return descriptor


def in_memory(key: bytes) -> int:
    descriptor = os.memfd_create("vault", os.MFD_CLOEXEC)
    os.pwrite(descriptor, key, 0)
    return descriptor


@contextmanager
def at_work(*, alone: bool = False) -> Iterator[int]:
    """Servers on this machine share the place; whoever replaces keys has it alone: a server that still remembers an
    old key would seal under it what nobody could open afterwards.
    """
    settings.HOMEWARD_DATA.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(settings.HOMEWARD_DATA / "at-work", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        yield handle
    except BlockingIOError as error:
        other = "The server is running." if alone else "Keys are being replaced."
        action = "Stop it first." if alone else "Wait until it is done: `homeward keys status`."
        raise refused("keys.at_work", other, action) from error
    finally:
        os.close(handle)


def refused(code: str, message: str, action: str) -> ProblemError:
    return ProblemError(Problem(code, message, action))
