"""The forms on which the three engines must agree: every instrument of the library, and forms written to be awkward."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

from pyxform.xls2xform import convert

import homeward
from homeward.domain.codes import display_code, random_code
from homeward.formats.xform.model import Form
from homeward.formats.xform.reading import read_form
from homeward.formats.xlsform.loading import load
from homeward.formats.xlsform.xform_building import to_xform

LIBRARY = Path(homeward.__file__).parent / "library" / "instruments"
AWKWARD = Path(__file__).parent / "forms"
INSTRUMENTS = sorted(f"{path.parent.name}/{path.name}" for path in LIBRARY.glob("*/*") if path.is_dir())
FORMS = [*INSTRUMENTS, *sorted(path.name for path in AWKWARD.glob("*.md"))]

_BODIES = Random(7)
CODES = [random_code(_BODIES.randrange) for _ in range(12)]
MEDIA: dict[str, list[dict[str, str]]] = {
    "children.csv": [
        {"name": code, "label": f"{display_code(code)} · AB · 12-14", "initials": "AB", "age_band": "12-14"}
        for code in CODES
    ],
    "villages.csv": [
        {"name": f"v{number}", "label": f"Village {number}", "district": f"d{number % 3}", "people": str(number * 10)}
        for number in range(30)
    ],
}
TEXTS = ("Amal", "قول", "12", "v3", "d1", "a long answer, with a comma", *CODES[:6])


@dataclass(frozen=True)
class Built:
    path: Path
    form: Form


class Builder:
    """Converts a form once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.done: dict[str, Built] = {}

    def __call__(self, name: str) -> Built:
        if name not in self.done:
            xml = self.convert(name)
            path = self.folder / (name.replace("/", "-") + ".xml")
            path.write_bytes(xml)
            self.done[name] = Built(path, read_form(xml))
        return self.done[name]

    def convert(self, name: str) -> bytes:
        if name in INSTRUMENTS:
            return to_xform(load(LIBRARY / name)).xml
        return convert((AWKWARD / name).read_text(encoding="utf-8"), file_type=".md").xform.encode()
