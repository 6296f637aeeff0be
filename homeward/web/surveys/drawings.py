"""Drawings on the page of an interview: each with the child's own words, apart from what the facilitator noted, or why
it is not shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from homeward.apps.surveys.answers import Answers, AttachmentRow
from homeward.apps.surveys.drawings import Drawing
from homeward.domain.drawings import SCOPE, Why, beside

WHY: dict[Why, Promise] = {
    Why.NO_WORDS: _("Not shown: the child's own words about it are missing."),
    Why.NO_SCOPE: _("Not shown: the child did not say who may see it."),
    Why.NOT_ALLOWED: _("Not shown: the child did not say that you may see it."),
}


@dataclass(frozen=True, slots=True)
class Shown:
    label: str
    drawing: Drawing
    picture: UUID | None
    voice: UUID | None
    scope: str
    why: str


def shown(answers: Answers) -> list[Shown]:
    ids = {file.name: file.id for file in answers.attachments}
    rows = {(row.question, row.repeat): row for row in answers.rows}
    made = []
    for each in answers.drawings:
        asked = rows.get((each.name, each.repeat))
        scope = rows.get((beside(each.name, SCOPE), each.repeat))
        made.append(
            Shown(
                asked.label if asked else each.name,
                each,
                ids.get(each.file),
                ids.get(each.voice),
                scope.answer if scope else "",
                str(WHY.get(each.why, "")),
            )
        )
    return made


def other_files(answers: Answers) -> list[AttachmentRow]:
    drawn = {name for each in answers.drawings for name in each.files}
    return [file for file in answers.attachments if file.name not in drawn]
