"""Phones that send interviews with files, note what they do in a journal, and keep what was not acknowledged."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from tests.durability.servers import Server, post
from tests.interviews import interview
from tests.powercut.journal import Journal

FORM = "child-12-14"
HARMED = {"safe_home": "unsafe"}
PHONES = 8
LARGEST_FILE = 60_000
Files = dict[str, bytes]


@dataclass
class Unsent:
    """One interview and the requests in which it goes."""

    name: str
    xml: bytes
    parts: list[Files]


@dataclass
class Bag:
    """What one phone carries from one server to the next."""

    number: int
    dice: random.Random
    count: int = 0
    unsent: list[Unsent] = field(default_factory=list)


def bags(seed: int) -> list[Bag]:
    return [Bag(number, random.Random(f"{seed} {number}")) for number in range(PHONES)]


class Phones:
    """They send until `stop`. With `only_unsent` each sends what it carries, and is done."""

    def __init__(
        self,
        server: Server,
        phone: Mapping[str, str],
        journal: Journal,
        carried: Sequence[Bag],
        only_unsent: bool = False,
    ) -> None:
        self.server, self.phone, self.journal, self.only_unsent = server, phone, journal, only_unsent
        self.acknowledged, self.unexpected = 0, list[int]()
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._send, args=(bag,), daemon=True) for bag in carried]
        for thread in self.threads:
            thread.start()

    def _send(self, bag: Bag) -> None:
        """After a lost connection the same request goes again, as a phone does."""
        with httpx.Client() as client:
            while not self.stopping.is_set():
                if not bag.unsent:
                    if self.only_unsent:
                        return
                    bag.unsent.append(self._filled_in(bag))
                if not self._sent(client, bag.unsent[0]):
                    time.sleep(0.05)
                elif not bag.unsent[0].parts:
                    bag.unsent.pop(0)

    def _sent(self, client: httpx.Client, unsent: Unsent) -> bool:
        """One request, and whether it was acknowledged."""
        files = unsent.parts[0]
        self.journal.sending(unsent.name, unsent.xml, files)
        try:
            status = post(client, self.server, self.phone["token"], unsent.xml, files)
        except httpx.TransportError:
            return False
        if status >= 300:
            if status != 503:
                self.unexpected.append(status)
            return False
        self.journal.acknowledged(unsent.name, files)
        self.acknowledged += 1
        unsent.parts.pop(0)
        return True

    def _filled_in(self, bag: Bag) -> Unsent:
        """Some are flagged, some split; some are about a child that nobody knows: their keys lie in the key store."""
        bag.count += 1
        name, dice = f"uuid:cut-{bag.number}-{bag.count}", bag.dice
        known = bag.count % 5 != 2
        changes = HARMED if bag.count % 5 == 4 else None
        code = self.phone["code"] if known else "unheard-of"
        xml = interview(FORM, code, listed=known, instance_id=name, changes=changes)
        files = [(f"{each}.png", dice.randbytes(dice.randint(1, LARGEST_FILE))) for each in range(dice.randint(1, 3))]
        if bag.count % 3:
            return Unsent(name, xml, [dict(files)])
        return Unsent(name, xml, [dict(files[:1]), dict(files[1:] or [("late.png", dice.randbytes(500))])])

    def stop(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def wait(self, seconds: float = 60.0) -> None:
        """Until all have sent what they carried."""
        until = time.monotonic() + seconds
        try:
            for thread in self.threads:
                thread.join(max(0.0, until - time.monotonic()))
        finally:
            self.stop()
