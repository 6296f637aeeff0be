"""Glossary and code agree: every word said to be in the code is there, and the refused words are not."""

from __future__ import annotations

import re

from tests.repo.source import ROOT, name_of, python_files

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
# Settled words whose code comes with a later part of the product.
COMING = {
    "concern",
    "release",
    "case_study",
    "case",
    "construct",
    "break",
    "interview",
    "session",
}


def words_in_code() -> set[str]:
    used, refused = GLOSSARY.split("## Words we do not use")
    rows = [row.split("|") for row in used.splitlines() if row.startswith("| ") and row.count("|") == 4]
    return {word for row in rows for word in re.findall(r"`(\w+)`", row[3])}


def refused_words() -> list[str]:
    rows = GLOSSARY.split("## Words we do not use")[1].splitlines()
    return [row.split("|")[1].strip() for row in rows if row.startswith("| ") and not row.startswith("| not")]


def test_every_word_said_to_be_in_the_code_is_there() -> None:
    code = "\n".join(path.read_text("utf-8") for path in python_files())
    absent = {word for word in words_in_code() - COMING if not re.search(rf"\b{word}\b", code)}
    assert absent == set()


def test_refused_words_are_not_used() -> None:
    pattern = re.compile(r"\b(" + "|".join(re.escape(word) for word in refused_words()) + r")s?\b", re.IGNORECASE)
    found = [
        f"{name_of(path)}: {match.group()}"
        for path in python_files()
        if (match := pattern.search(path.read_text("utf-8")))
    ]
    assert found == []
