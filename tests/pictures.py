"""Small pictures, true to their kind; with where they were taken, where asked."""

from __future__ import annotations

import io

from PIL import Image
from PIL.Image import Exif

LATITUDE, NOTE = (1.0, 17.0, 31.0), "TAKEN-AT-THE-WELL"


def picture(kind: str = "PNG", colour: str = "red", size: tuple[int, int] = (8, 6)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def with_place(kind: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    """As a telephone writes it: turned on its side, with the place, a note and a profile."""
    tags = Exif()
    tags[0x0112], tags[0x010E] = 6, NOTE
    tags.get_ifd(0x8825).update({1: "S", 2: LATITUDE, 3: "E", 4: LATITUDE})
    out = io.BytesIO()
    more = {"comment": NOTE.encode()} if kind == "JPEG" else {}
    Image.effect_noise(size, 60).convert("RGB").save(out, kind, exif=tags, icc_profile=NOTE.encode(), **more)
    return out.getvalue()
