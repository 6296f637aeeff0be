"""Ids that grow with time (UUID version 7), for rows that are written in great numbers and tell their time anyway.

Their neighbours in an index are written together; random ids would touch a page of every index for each row.
"""

from __future__ import annotations

import os
import time
from uuid import UUID


def time_ordered_id() -> UUID:
    """48 bits of milliseconds, then random; version and variant as RFC 9562 lays them out."""
    bits = time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10), "big")
    bits = bits & ~(0xF << 76) | 0x7 << 76
    return UUID(int=bits & ~(0x3 << 62) | 0x2 << 62)
