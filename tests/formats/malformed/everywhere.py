"""The same damage at each hundredth of a submission: what a parser forgives in one place it forgives in no other."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from itertools import product

from tests.formats.malformed.bodies import MULTIPART, PART, Request, around, assembled
from tests.formats.malformed.documents import DTD, Named, submission

WHOLE = submission().encode()
STEPS = range(100)


def _at(step: int, whole: bytes = WHOLE) -> int:
    return 1 + (len(whole) - 2) * step // 100


def _inserted(what: bytes) -> Iterator[Named]:
    for step in STEPS:
        yield f"at {step} %", WHOLE[: _at(step)] + what + WHOLE[_at(step) :]


def cut() -> Iterator[Named]:
    for step in STEPS:
        yield f"at {step} %", WHOLE[: _at(step)]


def bad_bytes() -> Iterator[Named]:
    yield from _inserted(b"\xff")


def null_bytes() -> Iterator[Named]:
    yield from _inserted(b"\0")


def control_bytes() -> Iterator[Named]:
    yield from _inserted(b"\x0b")


def open_brackets() -> Iterator[Named]:
    yield from _inserted(b"<<")


def late_doctypes() -> Iterator[Named]:
    yield from _inserted(DTD.encode())


def bare_ampersands() -> Iterator[Named]:
    yield from _inserted(b"& ")


def doctypes_in_disguise() -> Iterator[Named]:
    """Every mark at the beginning with every spelling and every reach."""
    heads = ("", "<?xml version='1.0'?>", "<!-- <data> -->", "<?x y?>", "\n\t ")
    kinds = ("<!DOCTYPE data>", DTD, '<!DOCTYPE data SYSTEM "http://127.0.0.1:9/">', "<!DOCTYPE data [%a;]>")
    for encoding, head, kind in product(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"), heads, kinds):
        mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
        if not (head.startswith("<?xml") and encoding.startswith("utf-16")):
            yield f"{encoding} {head!r} {kind}", mark + (head + kind + submission()).encode(encoding)


def cut_bodies() -> Iterator[Request]:
    body, content_type = around(WHOLE)
    for step in STEPS:
        yield f"at {step} %", body[: _at(step, body)], content_type


def cut_gzip() -> Iterator[Request]:
    """Sent as if it were plain."""
    packed = gzip.compress(around(WHOLE)[0])
    for step in STEPS:
        yield f"at {step} %", packed[: _at(step, packed)], MULTIPART


def head_lines() -> Iterator[Request]:
    """A part whose head is wrong at each place up to the name of the file: from there on it is cleaned and taken."""
    whole = PART.encode()
    for at in range(whole.index(b"; filename")):
        body = assembled([(PART, WHOLE)])
        yield f"a zero byte at {at}", body.replace(whole, whole[:at] + b"\0" + whole[at:]), MULTIPART


def many_parts() -> Iterator[Request]:
    for count in (2_300, 2_500, 3_000, 5_000, 10_000):
        for name in ("x", "xml_submission_file", "*isIncomplete*", ""):
            parts = [(f'Content-Disposition: form-data; name="{name}"', b"")] * count
            yield f"{count} named {name!r}", assembled([*parts, (PART, WHOLE)]), MULTIPART


DOCUMENTS = {
    "cut at each hundredth": cut,
    "bad UTF-8 at each hundredth": bad_bytes,
    "NUL at each hundredth": null_bytes,
    "control character at each hundredth": control_bytes,
    "open brackets at each hundredth": open_brackets,
    "DOCTYPE at each hundredth": late_doctypes,
    "ampersand at each hundredth": bare_ampersands,
    "DOCTYPE in disguise": doctypes_in_disguise,
}
REQUESTS = {
    "body cut at each hundredth": cut_bodies,
    "gzip cut at each hundredth": cut_gzip,
    "head of a part": head_lines,
    "very many parts": many_parts,
}
