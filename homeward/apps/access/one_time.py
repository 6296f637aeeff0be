"""Codes that people read to each other or from paper: letters and digits that nobody takes for one another."""

from __future__ import annotations

import secrets

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that look alike


def code_of(length: int, group: int) -> str:
    letters = [secrets.choice(LETTERS) for _ in range(length)]
    return "-".join("".join(letters[at : at + group]) for at in range(0, length, group))


def plain(code: str) -> str:
    """As it was made, however it was typed."""
    return "".join(letter for letter in code.upper() if letter in LETTERS)
