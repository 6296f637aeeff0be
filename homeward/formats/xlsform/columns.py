"""The names of sheets and columns, the aliases that XLSForm allows, and languages in headers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from homeward.domain.fitting import MANNERS, PLAIN
from homeward.formats.tables.sheets import Sheet

ABOUT, SURVEY, CHOICES, SETTINGS, ENTITIES = "about", "survey", "choices", "settings", "entities"
SCORING, EXAMPLES = "scoring", "examples"
SHEETS = (ABOUT, SURVEY, CHOICES, SETTINGS, ENTITIES, SCORING, EXAMPLES)  # also their order in a workbook
XLSFORM_SHEETS = (SURVEY, CHOICES, SETTINGS, ENTITIES)
STYLE, STYLE_PREFIX = "style", "hw-"  # a column of the settings sheet, and the words in it that are ours
STYLES = frozenset(f"{STYLE_PREFIX}{manner}" for manner in (*MANNERS, PLAIN))

OUR_SURVEY_COLUMNS = frozenset(
    {"indicator", "concept", "anchor", "reverse", "privacy", "guardian_visible", "consultation"}
)
OUR_CHOICE_COLUMNS = frozenset({"score", "missing", "exclusive", "flag"})
TEXT_COLUMNS = frozenset(
    {"label", "hint", "guidance_hint", "constraint_message", "required_message", "image", "audio", "video", "big-image"}
)
SURVEY_ALIASES = {
    "relevance": "relevant",
    "caption": "label",
    "constraining_message": "constraint_message",
    "jr:constraintmsg": "constraint_message",
    "requiredmsg": "required_message",
    "jr:requiredmsg": "required_message",
    "calculate": "calculation",
    "bind::calculate": "calculation",
    "bind::relevant": "relevant",
    "bind::required": "required",
    "bind::constraint": "constraint",
    "control::appearance": "appearance",
    "command": "type",
    "tag": "name",
    "value": "name",
    "readonly": "read_only",
    "count": "repeat_count",
    "jr:count": "repeat_count",
}
CHOICE_ALIASES = {"list_name": "list_name", "caption": "label", "value": "name"}
LANGUAGE_NAMES = {
    "english": "en",
    "french": "fr",
    "français": "fr",
    "francais": "fr",
    "spanish": "es",
    "español": "es",
    "espanol": "es",
    "arabic": "ar",
    "العربية": "ar",
}
UNKNOWN_LANGUAGE = "und"  # a label column without language in a form that names no default


def base_and_language(header: str) -> tuple[str, str]:
    """`label::Français (fr)` -> (`label`, `Français (fr)`); `media::image::English (en)` -> (`image`, ...)."""
    parts = [part.strip() for part in header.split("::")]
    if len(parts) == 1 and canonical(header.partition(":")[0]) in TEXT_COLUMNS | {"caption"}:
        parts = [part.strip() for part in header.split(":", 1)]  # the spelling of old forms
    if len(parts) == 1 and header.lower().startswith(("bind:", "control:")):
        parts = header.split(":", 1)
        header = "::".join(parts)
    if parts[0].lower() == "media" and len(parts) > 1:
        parts = parts[1:]
    if parts[0].lower() in ("bind", "control", "instance", "body"):
        return canonical(header), ""
    return canonical(parts[0]), "::".join(parts[1:])


def canonical(name: str) -> str:
    """The spelling by which a column is known: lower case, underscores for blanks, around `::` nothing."""
    return "::".join(re.sub(r"[\s]+", "_", part.strip()) for part in name.lower().split("::"))


def language_code(name: str) -> str:
    """`Français (fr)` -> `fr`; `fr` -> `fr`; `French` -> `fr`; anything else stays as it is written."""
    if match := re.search(r"\(\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\s*\)\s*$", name):
        return match[1].lower()
    plain = name.strip()
    if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", plain):
        return plain.lower()
    return LANGUAGE_NAMES.get(plain.lower(), plain)


STRAIGHT_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " "})


def plain_expression(text: str) -> str:
    """What word processors put into expressions taken out again, as the form converter does."""
    return text.translate(STRAIGHT_QUOTES).strip()


class Columns:
    """Finds the cells of one sheet by canonical column name, whatever the spelling of its header."""

    def __init__(self, sheet: Sheet, aliases: dict[str, str], default_language: str) -> None:
        self.header: dict[str, str] = {}  # canonical name -> header as written
        self.texts: dict[str, dict[str, str]] = {}  # canonical name -> language -> header
        for header in sheet.header:
            base, language = base_and_language(header)
            base = aliases.get(base, base)
            if base in TEXT_COLUMNS:
                code = language_code(language) if language else default_language
                self.texts.setdefault(base, {}).setdefault(code, header)
            else:
                self.header.setdefault(f"{base}::{language}" if language else base, header)

    def languages(self, bases: Iterable[str]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for base in bases:
            found.update(dict.fromkeys(self.texts.get(base, {})))
        return tuple(found)
