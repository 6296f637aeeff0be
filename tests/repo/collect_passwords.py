"""Writes homeward/apps/access/common_passwords.bin: the passwords that everybody tries first, as short hashes.

From the frequency lists of zxcvbn (MIT) and of Django (BSD), both made from breaches; lower case, four letters or more.
Five bytes of SHA-256 each, sorted; among 40,000 a password that is on no list is taken for one once in 27 million.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from django.contrib.auth import password_validation
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from homeward.apps.access.passwords import LIST, SHORTEST, short_hash


def collected() -> bytes:
    with gzip.open(
        Path(password_validation.__file__).with_name("common-passwords.txt.gz"), "rt", encoding="utf-8"
    ) as lines:
        words = {line.strip().lower() for line in lines}
    words |= {word.lower() for word in FREQUENCY_LISTS["passwords"]}
    return b"".join(sorted({short_hash(word) for word in words if len(word) >= SHORTEST}))


if __name__ == "__main__":
    LIST.write_bytes(collected())
