"""What of each stored field a child, or a guardian, is told; by the registry, so that a new field cannot be forgotten.

Every field is told or left out for a reason that has a name. A guardian is told what its declaration says a guardian
may see, and nothing else: what a child said in an interview is the child's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from django.db import models

from homeward.apps.access.registry import Field, fields
from homeward.apps.cases.models import Child
from homeward.domain.privacy import Level, Storage

ELSEWHERE = frozenset(
    {"other_child", "into", "supersedes", "note", "recipient", "violation"}
)  # links that lead to somebody else
FILES = frozenset({"raw", "content", "name", "content_type", "size", "sha256", "raw_sha256", "raw_size"})
WITH_FILES = ("surveys.submission", "surveys.attachment", "surveys.attachmentchunk", "surveys.quarantined")
DEPTH = 3
REPEATING = ("visits.outlook.",)


class Whom(StrEnum):
    CHILD = "child"
    GUARDIAN = "guardian"


class Part(StrEnum):
    """What two people may add to one guardian's copy."""

    ANSWERS = "answers"  # chosen, counted or dated
    WORDS = "words"  # said in the child's own words
    SCORES = "scores"
    CORRECTIONS = "corrections"


class LeftOut(StrEnum):
    NOT_THE_CHILD = "not_the_child"  # the row is about no child
    SEALED = "sealed"  # only focal points can open it
    PROTECTION = "protection"  # that something was told is itself a secret: a focal point says it in person
    ACCOUNT = "account"  # why something was held, kept or opened: it may be about whoever hands the copy over
    CONFIDENTIAL = "confidential"  # the child's own; not for a guardian
    NO_CONTENT = "no_content"  # hashes and wrapped keys, which nobody can read
    REPEATS = "repeats"  # kept to be quick: it follows from other facts, which are told
    INTERNAL = "internal"  # ids, links and times of work, without content about the child
    FILES = "files"  # pictures and sounds, and the interview as it was sent: shown on a screen when asked for


_DAY = "surveys.submission.interviewed_on"
# Fields that a guardian is not told because they are the child's own, and nothing that is left out for another reason.
# Flags are in none: each raises an escalation. Nor are words of people who noted something beside an interview.
PARTS: Mapping[Part, frozenset[str]] = MappingProxyType(
    {
        Part.ANSWERS: frozenset({_DAY, "surveys.submission.coded"}),
        Part.WORDS: frozenset({_DAY, "surveys.submission.text"}),
        Part.SCORES: frozenset({_DAY, *(f"surveys.score.{name}" for name in ("dimension", "value"))}),
        Part.CORRECTIONS: frozenset({_DAY, "surveys.submission.correction_reason"}),
    }
)


def left_out(field: Field, whom: Whom) -> LeftOut | None:
    """None where it is told. The first reason that holds is the one that is given."""
    declared = field.privacy
    holds = {
        LeftOut.NOT_THE_CHILD: not path_to_child(field.model),
        LeftOut.SEALED: declared.level == Level.L4,
        LeftOut.PROTECTION: declared.purpose == "protection",
        LeftOut.ACCOUNT: declared.purpose == "accountability" and declared.level > Level.L1,
        LeftOut.NO_CONTENT: declared.storage in (Storage.HASHED, Storage.WRAPPED),
        LeftOut.CONFIDENTIAL: whom is Whom.GUARDIAN and not declared.guardian_visible,
        LeftOut.INTERNAL: declared.level <= Level.L1,
        LeftOut.REPEATS: field.name.startswith(REPEATING),
        LeftOut.FILES: _is_file(field),
    }
    return next((why for why, held in holds.items() if held), None)


def told(whom: Whom) -> tuple[Field, ...]:
    return tuple(field for field in fields() if left_out(field, whom) is None)


def reasons(whom: Whom, parts: Collection[Part] = ()) -> dict[LeftOut, int]:
    """How many fields stay out for each reason; those about no child do not count, nor what two people have added."""
    found: dict[LeftOut, int] = {}
    added = frozenset[str]().union(*(PARTS[part] for part in parts))
    for field in fields():
        why = left_out(field, whom)
        if why is not None and why is not LeftOut.NOT_THE_CHILD and field.name not in added:
            found[why] = found.get(why, 0) + 1
    return found


@cache
def path_to_child(model: type[models.Model]) -> str:
    """As a query spells it, from a row to the id of the child it is about; empty where it is about none."""
    return _path(model, DEPTH)


def _path(model: type[models.Model], depth: int) -> str:
    if model is Child:
        return "pk"
    columns = [column for column in model._meta.concrete_fields if column.name not in ELSEWHERE]
    if any(column.name == "child_id" for column in columns):
        return "child_id"
    for column in _links(columns):
        target = column.related_model
        if target is Child:
            return column.name
        further = _path(target, depth - 1) if depth > 1 and target is not model else ""
        if further:
            return f"{column.name}__{further}"
    return ""


def _links(columns: Iterable[models.Field[object, object]]) -> list[models.ForeignKey[models.Model, models.Model]]:
    found = [column for column in columns if isinstance(column, models.ForeignKey)]
    return sorted(found, key=lambda column: column.related_model is not Child)


def _is_file(field: Field) -> bool:
    model, _, column = field.name.rpartition(".")
    return model in WITH_FILES and column in FILES
