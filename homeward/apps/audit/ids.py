"""Ids that grow with time (UUID version 7), for rows that are written in great numbers and tell their time anyway.

Their neighbours in an index are written together; random ids would touch a page of every index for each row.
"""

from __future__ import annotations

import hashlib
import os
import time
from datetime import datetime
from uuid import UUID


def time_ordered_id() -> UUID:
    """48 bits of milliseconds, then random; version and variant as RFC 9562 lays them out."""
    return _laid_out(time.time_ns() // 1_000_000, os.urandom(10))


def id_of_minute(moment: datetime, text: str) -> UUID:
    """The same id for the same text within a minute, in the order of time like the others."""
    minute = int(moment.timestamp()) // 60 * 60_000
    return _laid_out(minute, hashlib.sha256(text.encode()).digest()[:10])


def first_id_of(moment: datetime) -> UUID:
    """No id made at this moment or later is smaller."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def _laid_out(milliseconds: int, rest: bytes) -> UUID:
    bits = milliseconds << 80 | int.from_bytes(rest, "big")
    bits = bits & ~(0xF << 76) | 0x7 << 76
    return UUID(int=bits & ~(0x3 << 62) | 0x2 << 62)
