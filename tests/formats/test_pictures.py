"""A picture is what its content says, is painted anew before it is shown, and takes nothing along that is not seen."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from homeward.domain.problems import ProblemError
from homeward.formats.pictures import SHOWN, kind_of, safe_media, to_show
from tests.pictures import NOTE, picture, with_place

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def of_size(width: int, height: int) -> bytes:
    """A PNG whose head promises much, with the little that lies behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"\0" * min(3 * width * height, 1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_place_note_and_profile_stay_behind_and_it_stands_upright(kind: str) -> None:
    before = with_place(kind)
    assert NOTE.encode() in before
    shown = to_show(before)
    assert NOTE.encode() not in shown.content
    after = Image.open(io.BytesIO(shown.content))
    assert dict(after.getexif()) == {}
    assert set(after.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert after.size == (48, 64)


@pytest.mark.parametrize("behind", [b"PK\x03\x04 a zip", b"<script>alert(1)</script>", b"%PDF-1.7"])
def test_what_hides_behind_a_picture_is_gone(behind: bytes) -> None:
    for kind in ("JPEG", "PNG", "GIF"):
        assert behind not in to_show(picture(kind) + behind).content


def test_a_large_one_is_made_smaller() -> None:
    shown = Image.open(io.BytesIO(to_show(picture("JPEG", size=(4_000, 1_000))).content))
    assert shown.size == (SHOWN, SHOWN // 4)


def test_what_is_seen_through_stays_so() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (255, 0, 0, 100)).save(out, "PNG")
    shown = to_show(out.getvalue())
    assert shown.content_type == "image/png"
    assert Image.open(io.BytesIO(shown.content)).getpixel((0, 0)) == (255, 0, 0, 100)


@pytest.mark.parametrize(
    "content",
    [
        of_size(30_000, 30_000),
        of_size(60_000, 1_000),
        of_size(2**31 - 1, 1),
        of_size(0, 0),
        picture("PNG")[:45],
        picture("JPEG")[:200],
        b"\xff\xd8\xff no picture",
        b"GIF89a" + b"\xff" * 500,
        SVG,
        picture("BMP"),
        picture("TIFF"),
        b"%PDF-1.7",
        b"",
    ],
)
def test_what_cannot_be_painted_is_not_shown(content: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        to_show(content, "a.png")
    assert (caught.value.first.code, caught.value.first.where.file) == ("picture.not_shown", "a.png")


def test_kinds_are_read_from_the_content() -> None:
    kinds = {
        "image/jpeg": picture("JPEG"),
        "image/png": picture("PNG"),
        "image/gif": picture("GIF"),
        "image/webp": picture("WEBP"),
        "image/tiff": picture("TIFF"),
        "image/bmp": picture("BMP"),
        "image/heif": b"\0\0\0\x18ftypheic\0\0\0\0",
        "image/svg+xml": SVG,
        "audio/mpeg": b"ID3\x03",
        "audio/ogg": b"OggS\0",
        "audio/mp4": b"\0\0\0\x18ftypM4A \0\0",
        "audio/webm": b"\x1aE\xdf\xa3",
        "audio/wav": b"RIFF\0\0\0\0WAVEfmt ",
        "": b"MZ an executable",
    }
    assert {kind: kind_of(content) for kind, content in kinds.items()} == {kind: kind for kind in kinds}


@pytest.mark.parametrize("name", ["face.png", "face.svg", "face.txt", "face"])
def test_a_form_brings_no_program_as_a_picture(name: str) -> None:
    with pytest.raises(ProblemError):
        safe_media({name: SVG})


def test_pictures_of_a_form_are_painted_anew_and_other_files_stay() -> None:
    photo = with_place()
    safe = safe_media({"face.jpg": photo, "list.csv": b"name,label\n", "say.mp3": b"ID3\x03"})
    assert NOTE.encode() not in safe["face.jpg"]
    assert (safe["list.csv"], safe["say.mp3"]) == (b"name,label\n", b"ID3\x03")
    assert safe_media({"face.jpg": photo})["face.jpg"] == safe["face.jpg"]  # so that a form is known again
