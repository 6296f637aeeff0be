"""The drawings of one interview, each with what the child said of it, and whether this reader may see it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from homeward.apps.access.actors import Actor
from homeward.apps.surveys.attachments import files_of
from homeward.apps.surveys.definitions import Definition, definition_of
from homeward.apps.surveys.models import Channel, Quarantined, Submission
from homeward.apps.surveys.reading import decode
from homeward.apps.surveys.records import KeptAnswer, kept_answers, named_files
from homeward.apps.surveys.sealing import texts_of
from homeward.domain.drawings import (
    NOTES,
    SCOPE,
    VOICE,
    WORDS,
    Said,
    Viewer,
    Why,
    beside,
    drawing_names,
    stem_of,
    why_not,
)
from homeward.domain.privacy import Level

# Whoever sent it, or in whose name it came, may never have met the child.
NOT_HELD_BY_SENDER = frozenset({Channel.IMPORT, Channel.PAPER, Channel.LINK})

Row = Mapping[str, KeptAnswer]
Place = tuple[str, str]  # path of the repeat's row, and name without its ending


@dataclass(frozen=True, slots=True)
class Eyes:
    """Who looks: how near to the child, and which levels of answers are open."""

    viewer: Viewer
    levels: frozenset[Level]


@dataclass(frozen=True, slots=True)
class Drawing:
    name: str  # of the question
    file: str
    voice: str  # name of a recording; empty where there is none
    words: str
    notes: str
    scopes: tuple[str, ...]
    why: Why
    repeat: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(name for name in (self.file, self.voice) if name)

    @property
    def place(self) -> Place:
        return self.repeat, stem_of(self.name)


@dataclass(frozen=True, slots=True)
class Version:
    """Answers of one version, here or kept apart."""

    definition: Definition
    coded: Mapping[str, Any]
    texts: Mapping[str, Any]


def eyes_of(actor: Actor, row: Submission, levels: frozenset[Level]) -> Eyes:
    """A correction changes nothing about who was there: the first version says it."""
    first = row if row.root_id == row.pk else Submission.objects.filter(pk=row.root_id).first() or row
    held_by = first.device.person_id if first.device is not None else first.person_id
    if held_by is not None and held_by == actor.person_id and _held_by_sender(first):
        return Eyes(Viewer.MADE_WITH, levels)
    return eyes_by(levels)


def _held_by_sender(first: Submission) -> bool:
    """Of what was kept apart and taken in without a device nobody knows whether it came by a link or from paper."""
    if first.channel in NOT_HELD_BY_SENDER:
        return False
    return first.device_id is not None or not Quarantined.objects.filter(taken_as_id=first.pk).exists()


def eyes_by(levels: frozenset[Level]) -> Eyes:
    return Eyes(Viewer.HELPS if Level.L2 in levels else Viewer.COUNTS, levels)


def drawings_in(
    definition: Definition,
    coded: Mapping[str, Any],
    texts: Mapping[str, Any],
    arrived: Collection[str],
    eyes: Eyes,
) -> tuple[Drawing, ...]:
    """In the order of the form. `arrived`: names of the files that are here."""
    names = drawing_names(definition.instrument)
    if not names:
        return ()
    rows: dict[str, dict[str, KeptAnswer]] = {}
    for each in kept_answers(definition.instrument, coded, texts):
        rows.setdefault(each.path, {})[each.name] = each
    return tuple(found for row in rows.values() for found in _of_row(row, names, arrived, eyes))


def by_every_version(found: tuple[Drawing, ...], row: Submission, eyes: Eyes) -> tuple[Drawing, ...]:
    """Whoever corrects opens nothing: it is shown where each version of the interview that has it allows it."""
    refused: dict[Place, Why] = {}
    others = Submission.objects.filter(root_id=row.root_id).exclude(pk=row.pk) if found else ()
    for each in others:
        definition, texts = definition_of(each.form_version), texts_of(each)
        here = {name for name, _ in files_of(each, named_files(definition, each.coded, texts, eyes.levels))}
        drawn = drawings_in(definition, each.coded, texts, here, eyes)
        refused |= {drawing.place: drawing.why for drawing in drawn if drawing.why}
    return tuple(replace(each, why=each.why or refused.get(each.place, Why.SHOWN)) for each in found)


def _of_row(row: Row, names: frozenset[str], arrived: Collection[str], eyes: Eyes) -> Iterator[Drawing]:
    open_to = {name: each for name, each in row.items() if each.level in eyes.levels}
    for name, each in row.items():
        if each.kind == "media" and name.rsplit("/", 1)[-1] in names:
            voice = _text(row, beside(name, VOICE), "media")
            said = Said(_text(row, beside(name, WORDS), "texts"), voice in arrived, _codes(row, beside(name, SCOPE)))
            words, notes = (_text(open_to, beside(name, part), "texts") for part in (WORDS, NOTES))
            why = why_not(said, eyes.viewer)
            yield Drawing(name, str(each.value), voice, words, notes, said.scopes, why, each.path)


def _text(row: Row, name: str, kind: str) -> str:
    found = row.get(name)
    return str(found.value) if found is not None and found.kind == kind else ""


def _codes(row: Row, name: str) -> tuple[str, ...]:
    found = row.get(name)
    answer = decode(found.value) if found is not None and found.kind == "coded" else ()
    if isinstance(answer, tuple):
        return answer
    return (answer,) if type(answer) is str else ()


def not_shown(drawings: Collection[Drawing]) -> frozenset[str]:
    """Files that this reader is not shown, also where another drawing names the same."""
    return frozenset(name for each in drawings if each.why for name in each.files)


def unnamed_open(definition: Definition, levels: frozenset[Level]) -> bool:
    """A file that no kept answer names counts as personal; where a form asks for drawings it may be one, or its voice,
    of which nobody knows what the child said: then it is for nobody.
    """
    return Level.L2 in levels and not drawing_names(definition.instrument)


def may_open_apart(name: str, versions: Sequence[Version], levels: frozenset[Level]) -> bool:
    """A file kept apart, by every version that it may belong to. A drawing is shown where all of them allow it."""
    drawn = [each for it in versions for each in drawings_in(it.definition, it.coded, it.texts, (), eyes_by(levels))]
    refused = {each.place for each in drawn if each.why}
    if any(each.place in refused and name in each.files for each in drawn):
        return False
    named = [named_files(it.definition, it.coded, it.texts, levels) for it in versions]
    said = [each[name] for each in named if name in each]
    return all(said) if said else all(unnamed_open(it.definition, levels) for it in versions)
