"""`make messages`: the catalogues of `homeward/locale`, brought up to date with the code.

Django's makemessages collects from Python and templates; the texts of problems join them through a generated file. It
works on a copy, so that nothing is left behind. What no longer stands in the code is dropped; nothing is guessed for
what is new; neither places nor dates are written, so that a diff shows texts and nothing else.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import makemessages

from tests.repo.problem_texts import problem_texts
from tests.repo.source import PACKAGE, tracked

LANGUAGES = ("fr", "es", "ar")
LOCALE = PACKAGE / "locale"
SOURCES = {".py", ".html", ".txt"}
DATED = re.compile(r'^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Report-Msgid-Bugs-To): .*\n', re.MULTILINE)


class Collect(makemessages.Command):
    msgmerge_options = ["-q", "--backup=none", "--update", "--no-fuzzy-matching", "--sort-output"]


def collect(into: Path) -> None:
    """Writes one catalogue a language, with the translations that are there."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "homeward"
        copy_sources(copy)
        here = Path.cwd()
        os.chdir(copy)
        try:
            options = {"no_location": True, "no_wrap": True, "no_obsolete": True, "ignore_patterns": ["migrations"]}
            call_command(Collect(), locale=list(LANGUAGES), verbosity=0, **options)
        finally:
            os.chdir(here)
        for language in LANGUAGES:
            place(copy / "locale" / catalogue(language), into / catalogue(language))


def copy_sources(copy: Path) -> None:
    for path in tracked():
        if path.is_relative_to(PACKAGE) and path.suffix in SOURCES:
            target = copy / path.relative_to(PACKAGE)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    for language in LANGUAGES:
        known = LOCALE / catalogue(language)
        if known.exists():
            (copy / "locale" / catalogue(language)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(known, copy / "locale" / catalogue(language))
    (copy / "locale").mkdir(exist_ok=True)
    lines = [f"gettext_noop({text!r})\n" for text in problem_texts()]
    (copy / "problem_texts.py").write_text("".join(lines), encoding="utf-8")


def catalogue(language: str) -> Path:
    return Path(language) / "LC_MESSAGES" / "django.po"


def place(made: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(DATED.sub("", made.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    if shutil.which("xgettext") is None:
        sys.exit("xgettext is missing. Run: make system")
    settings.configure()
    collect(LOCALE)
