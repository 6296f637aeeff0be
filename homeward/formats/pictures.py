"""Pictures and sounds from outside: what they are is read from their content, and a picture is painted anew before
anybody sees it, so that neither the place where it was taken nor anything hidden behind it goes along.
"""

from __future__ import annotations

import base64
import io
import mimetypes
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import Image, ImageOps

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.converter.apart import EndedError, run
from homeward.formats.converter.confinement import Limits

PICTURES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}
MOST_PIXELS = 40_000_000
MOST_JPEG_PIXELS = 120_000_000  # read at a fraction of their size
SHOWN = 2_048  # pixels of the longer side
LIMITS = Limits(seconds=10, wall=30, memory=500_000_000, answer=40_000_000, line=40_000_000)

_MARKS = (
    (rb"\xff\xd8\xff", "image/jpeg"),
    (rb"\x89PNG\r\n\x1a\n", "image/png"),
    (rb"GIF8[79]a", "image/gif"),
    (rb"RIFF....WEBP", "image/webp"),
    (rb"II\*\0|MM\0\*|II\+\0|MM\0\+", "image/tiff"),
    (rb"BM.{12}[\x0c\x28\x38\x40\x6c\x7c]\0\0\0", "image/bmp"),
    (rb"....ftyp(?:heic|heix|hevc|heim|heis|mif1|msf1|avif|avis)", "image/heif"),
    (rb"\xff\x0a|\0\0\0\x0cJXL |\0\0\0\x0cjP  ", "image/jxl"),
    (rb"\s*(?:\xef\xbb\xbf)?\s*(?:<\?xml.*?)?(?:<!--.*?-->\s*)*(?:<!DOCTYPE svg.*?)?<svg[\s>]", "image/svg+xml"),
    (rb"ID3|\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff]", "audio/mpeg"),
    (rb"OggS", "audio/ogg"),
    (rb"....ftyp(?:M4A |M4B |isom|iso2|mp4[12]|3gp.|dash)", "audio/mp4"),
    (rb"\x1aE\xdf\xa3", "audio/webm"),
    (rb"RIFF....\x57AVE", "audio/wav"),  # \x57 is a W; the whole word means a round elsewhere, and is not used here
    (rb"#!AMR", "audio/amr"),
)
MARKS = tuple((re.compile(mark, re.DOTALL), kind) for mark, kind in _MARKS)


@dataclass(frozen=True, slots=True)
class Picture:
    content: bytes
    content_type: str


def kind_of(content: bytes) -> str:
    """By its first bytes, whatever a name or a header says. Empty where it is neither picture nor sound."""
    head = content[:1_024]
    return next((kind for mark, kind in MARKS if mark.match(head)), "")


def to_show(content: bytes, name: str = "") -> Picture:
    """A picture fit for a person's eyes: no metadata, no second file behind it, at most 2,048 pixels a side. Raises
    ProblemError where it is none, or none of the kinds that can be painted anew.
    """
    if kind_of(content) not in PICTURES:
        raise ProblemError(_not_shown(name))
    try:
        values = run(painted, content, name, limits=LIMITS)
    except EndedError as error:
        raise ProblemError(_not_shown(name)) from error
    return Picture(base64.b64decode(values["content"]), values["content_type"])


def painted(source: BinaryIO, name: str) -> dict[str, Any]:
    """In the child."""
    Image.MAX_IMAGE_PIXELS = MOST_JPEG_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(source, formats=tuple(PICTURES.values())) as picture:
            kind, content = _painted(picture, name)
    except ProblemError:
        raise
    except Exception as error:  # a decoder trips over a broken picture with whatever it likes
        raise ProblemError(_not_shown(name)) from error
    return {"content_type": kind, "content": base64.b64encode(content).decode()}


def _painted(picture: Image.Image, name: str) -> tuple[str, bytes]:
    is_jpeg = picture.format == "JPEG"
    if picture.width * picture.height > (MOST_JPEG_PIXELS if is_jpeg else MOST_PIXELS):
        raise ProblemError(_not_shown(name))
    picture.draft("RGB", (SHOWN, SHOWN))
    picture.thumbnail((SHOWN, SHOWN))
    turned = ImageOps.exif_transpose(picture)
    through = "A" in turned.getbands() or "transparency" in turned.info
    plain = turned.convert("RGBA" if through else "RGB")
    clean = Image.frombytes(plain.mode, plain.size, plain.tobytes())  # nothing but its pixels
    out = io.BytesIO()
    if is_jpeg or (picture.format == "WEBP" and not through):
        clean.save(out, "JPEG", quality=88)
        return "image/jpeg", out.getvalue()
    return "image/png", as_png(clean)


def as_png(picture: Image.Image) -> bytes:
    """A picture of ours: pixels alone."""
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=4)
    return out.getvalue()


def safe_media(media: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files that come with a stranger's form, as they go to phones and pages: pictures painted anew, and no SVG,
    which is a program.
    """
    return {name: _safe(name, content) for name, content in media.items()}


def _safe(name: str, content: bytes) -> bytes:
    stated, found = mimetypes.guess_type(name)[0] or "", kind_of(content)
    if stated.startswith("image/") or found.startswith("image/"):
        return to_show(content, name).content
    return content


def _not_shown(name: str) -> Problem:
    return Problem(
        "picture.not_shown",
        "This picture cannot be shown safely: it is damaged, too large, or of a kind that is not shown.",
        "Take it as JPEG or PNG, with fewer than 40 million points.",
        Where(file=name),
        status=422,
    )
