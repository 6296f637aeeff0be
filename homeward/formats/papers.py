"""Documents for people to finish: a small part of Markdown with blanks in double brackets, filled and written as Word.

Headings, paragraphs, lists (`- `, `1. `) and tables; `{{name}}` and `{{table:name}}` are filled in, and one that
nobody can fill is an error. Whatever is filled in is text: it can make no table, no heading and no blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any

import docx
from docx.enum.text import WD_COLOR_INDEX
from docx.shared import Pt

NAME = re.compile(r"\{\{(table:)?([a-z_]+)\}\}")
SPECIAL = re.compile(r"([|\[\]{}`*#\\])")
INLINE = re.compile(r"(\[\[.*?\]\]|(?<!\\)\*\*.+?(?<!\\)\*\*|(?<!\\)\*[^*]+(?<!\\)\*|(?<!\\)`[^`]+(?<!\\)`)")
ESCAPED = re.compile(r"\\([|\[\]{}`*#\\])")
NUMBERED = re.compile(r"\d+\. ")
CELLS = re.compile(r"(?<!\\)\|")

Table = Sequence[Sequence[str]]  # the first row is its head


def filled(template: str, texts: Mapping[str, str], tables: Mapping[str, Table]) -> str:
    """KeyError for a name that nothing is known about."""
    return NAME.sub(lambda found: _table(tables[found[2]]) if found[1] else plain(texts[found[2]]), template)


def plain(text: str) -> str:
    """On one line, and as it is: somebody's name must not become a heading."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return SPECIAL.sub(r"\\\1", " ".join(shown.split()))


def _table(rows: Table) -> str:
    lines = [f"| {' | '.join(plain(cell) for cell in row)} |" for row in rows]
    rule = "|" + "---|" * len(rows[0])
    return "\n".join([lines[0], rule, *lines[1:]])


def blanks(text: str) -> int:
    return text.count("[[")


def as_word(markdown: str) -> bytes:
    document = docx.Document()
    document.styles["Normal"].font.size = Pt(10.5)
    for kind, content in _blocks(markdown):
        if kind == "table":
            _lay_out(document, content)
        elif kind.startswith("Heading"):
            document.add_heading(_unescaped("".join(content)), int(kind[-1]))
        else:
            _runs(document.add_paragraph(style=kind), " ".join(content))
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def _blocks(markdown: str) -> Iterator[tuple[str, list[str]]]:
    """Word's name of a style, and the lines."""
    rows: list[str] = []
    for line in [*markdown.splitlines(), ""]:
        if line.startswith("|"):
            rows.append(line)
            continue
        if rows:
            yield "table", rows
            rows = []
        if line.startswith("#"):
            marks, _, text = line.partition(" ")
            yield f"Heading {min(len(marks), 9)}", [text]
        elif line.startswith("- "):
            yield "List Bullet", [line[2:]]
        elif NUMBERED.match(line):
            yield "List Number", [line.partition(" ")[2]]
        elif line.strip():
            yield "Normal", [line]


def _lay_out(document: Any, lines: list[str]) -> None:
    rows = [[cell.strip() for cell in CELLS.split(line)[1:-1]] for line in lines if not set(line) <= set("|- ")]
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    table.style = "Table Grid"
    for written, row in zip(table.rows, rows, strict=True):
        for cell, text in zip(written.cells, row, strict=True):
            _runs(cell.paragraphs[0], text)
    for cell in table.rows[0].cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True


def _runs(paragraph: Any, text: str) -> None:
    """A blank is marked in yellow: what is still to be said is seen at a glance."""
    for part in INLINE.split(text):
        if part.startswith("[["):
            run = paragraph.add_run(_unescaped(part[2:-2]).strip() or "          ")
            run.font.highlight_color, run.underline = WD_COLOR_INDEX.YELLOW, True
        elif part.startswith("**"):
            paragraph.add_run(_unescaped(part[2:-2])).bold = True
        elif part.startswith("*") and len(part) > 1:
            paragraph.add_run(_unescaped(part[1:-1])).italic = True
        elif part.startswith("`"):
            paragraph.add_run(_unescaped(part[1:-1])).font.name = "Consolas"
        elif part:
            paragraph.add_run(_unescaped(part))


def _unescaped(text: str) -> str:
    return ESCAPED.sub(r"\1", text)
