"""What four children of each programme drew: one for the team, one for reports too, one kept private, and one of which
the child said nothing, so that nobody is shown it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from uuid import NAMESPACE_URL, uuid5

from PIL import Image, ImageDraw

from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.demo.building import FIRST, Builder
from homeward.demo.filling import alone_with_a_child, fill
from homeward.demo.lives import Life, draw_life
from homeward.domain.ages import completed_years
from homeward.formats.pictures import as_png
from homeward.formats.xform.reading import read_form
from homeward.formats.xlsform.library import Library
from homeward.formats.xlsform.xform_building import to_xform

FORM = "child-drawings"
DREW = timedelta(days=9)
SIZE, PAPER, INK = (800, 600), "white", "#1d1d1f"
Pen = ImageDraw.ImageDraw


@dataclass(frozen=True, slots=True)
class Story:
    kind: str
    draw: Callable[[Pen], None]
    words: str
    scope: str
    notes: str = ""


def _house(pen: Pen) -> None:
    pen.polygon([(220, 300), (400, 150), (580, 300)], outline="#c1272d", width=6)
    pen.rectangle([250, 300, 550, 520], outline=INK, width=6)
    pen.rectangle([370, 400, 430, 520], outline="#7a4a1e", width=6)
    pen.line([(60, 540), (740, 520)], fill="#1b7f3b", width=8)
    pen.ellipse([640, 60, 720, 140], outline="#d9a400", width=6)


def _line(pen: Pen) -> None:
    pen.line([(20, 290), (780, 290)], fill="#8a8f98", width=4)
    for x, y in ((90, 150), (245, 430), (400, 290), (555, 200), (710, 130)):
        pen.ellipse([x - 40, y - 40, x + 40, y + 40], fill="#ffdf80", outline=INK, width=5)
        bend = [x - 20, y - 5, x + 20, y + 25] if y < 290 else [x - 20, y + 10, x + 20, y + 40]
        pen.arc(bend, *((10, 170) if y < 290 else (190, 350)), fill=INK, width=5)


def _people(pen: Pen) -> None:
    for radius in (125, 195, 265):
        pen.ellipse([400 - radius, 300 - radius, 400 + radius, 300 + radius], outline="#8a8f98", width=3)
    for x, y, colour in ((400, 300, "white"), (480, 230, "#f4b6a6"), (310, 370, "#ffec8a"), (620, 420, "#d5d5dc")):
        pen.ellipse([x - 16, y - 44, x + 16, y - 12], fill=colour, outline=INK, width=4)
        pen.pieslice([x - 30, y - 12, x + 30, y + 60], 180, 360, fill=colour, outline=INK, width=4)


STORIES = (
    Story("drawing", _house, "This is our new house. The sun shines on my side.", "team", "Drew the door last."),
    Story("lifeline", _line, "Leaving was bad. Now it goes up again.", "team report"),
    Story("people", _people, "My friend is nearer than before.", "keep_private"),
    Story("drawing", _house, "", "team"),
)


def picture(draw: Callable[[Pen], None]) -> bytes:
    sheet = Image.new("RGB", SIZE, PAPER)
    draw(ImageDraw.Draw(sheet))
    return as_png(sheet)


def plant_drawings(builder: Builder, today: date) -> None:
    """What an earlier start planted comes again under the same id, and is there once."""
    form, day = read_form(to_xform(Library().load(FORM)).xml), today - DREW
    for story, (number, life) in zip(STORIES, _young(builder, today), strict=False):
        key = uuid5(NAMESPACE_URL, f"homeward-demo drawing {builder.programme.country} {number} {day}")
        answers = _answers(life, story, day)
        xml = fill(form, partial(_said, answers), key, day)
        file = Upload(f"{story.kind}.png", "image/png", picture(story.draw))
        receive(builder.phone_of(number), Delivery(xml, (file,)))


def _young(builder: Builder, today: date) -> Iterator[tuple[int, Life]]:
    for number in range(FIRST, builder.programme.children):
        life = draw_life(builder.programme, number, today)
        if not life.is_host_peer and 7 <= completed_years(life.birth_date, today) < 14:
            yield number, life


def _answers(life: Life, story: Story, day: date) -> Mapping[str, str]:
    return {
        **alone_with_a_child(life.code, day),
        "call_back": "no",
        "hw_flag_high": "0",
        "hw_flag_medium": "0",
        f"{story.kind}_picture": f"{story.kind}.png",
        f"{story.kind}_own_words": story.words,
        f"{story.kind}_scope": story.scope,
        f"{story.kind}_facilitator_notes": story.notes,
    }


def _said(answers: Mapping[str, str], name: str) -> str:
    return answers.get(name, "")
