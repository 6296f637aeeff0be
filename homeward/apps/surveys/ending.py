"""What becomes of a child's interviews when something of the child ends, and keys that interviews had before that.

Three depths. *Without names*: answers of level L2, files that may show somebody, and the bytes that hold them go; coded
answers, texts of level L3 and scores stay. *Without words*: every text and file goes. *Forgotten*: nothing stays but a
tombstone for each id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from homeward.apps.access import vault
from homeward.apps.access.keys.beside import missing
from homeward.apps.access.keys.destroying import marks_left
from homeward.apps.surveys.attachments import files_of
from homeward.apps.surveys.definitions import Definition, definition_of
from homeward.apps.surveys.models import (
    Attachment,
    AttachmentChunk,
    Flag,
    Quarantined,
    RowId,
    Score,
    State,
    Submission,
    Tombstone,
)
from homeward.apps.surveys.reading import GROUP_FAMILIES
from homeward.apps.surveys.records import kept_answers
from homeward.apps.surveys.sealing import key_of, seal_texts, texts_of, typed_child_of
from homeward.apps.surveys.tombstones import leave_stones, stone_of
from homeward.domain.codes import normalise_code
from homeward.domain.privacy import Level

AT_ONCE = 500


def drop_keys_of_linked(child_id: UUID | None = None) -> int:
    """An interview that has found its child lies under the child's key. Its earlier key stays for copies of the data
    from before, and goes here at once, whether or not the key store knows yet whose end it is to share.
    """
    linked = Submission.objects.filter(child__isnull=False).order_by("pk")
    linked = linked.filter(child_id=child_id) if child_id is not None else linked
    done, last = 0, None
    while some := list((linked.filter(pk__gt=last) if last else linked).values_list("pk", flat=True)[:AT_ONCE]):
        vault.drop_own(some)
        done, last = done + len(some), some[-1]
    return done


def known_interviews(keys: Iterable[UUID]) -> set[UUID]:
    """Of these, the ids of interviews that are here."""
    return set(Submission.objects.filter(pk__in=list(keys)).values_list("pk", flat=True))


def unlinked_among(keys: Iterable[UUID]) -> set[UUID]:
    """Of these interviews, those that have no child, as after a restore of a copy from before."""
    return set(Submission.objects.filter(pk__in=list(keys), child__isnull=True).values_list("pk", flat=True))


def linked_since(moment: datetime) -> dict[UUID, tuple[UUID, datetime]]:
    """Interviews that a person settled since then and that have a child, with when."""
    rows = Submission.objects.filter(settled_at__gte=moment, child__isnull=False)
    found = rows.values_list("pk", "child_id", "settled_at")
    return {key: (child, at) for key, child, at in found if child is not None and at is not None}


def keyless(*, moment: datetime | None = None) -> set[UUID]:
    """Interviews without a child whose own key is not in the key store, and that were not erased. `moment`: of those
    that came later.
    """
    rows = Submission.objects.filter(child__isnull=True)
    rows = rows.filter(received_at__gt=moment) if moment is not None else rows
    names = {key: (place, name) for key, place, name in rows.values_list("pk", "organisation_id", "instance_id")}
    without = missing(names)
    stones = set(marks_left()) if without else set()
    return {key for key in without if stone_of(*names[key]) not in stones}


@dataclass(frozen=True, slots=True)
class Held:
    """Which rows belong to somebody: interviews, what was kept apart beside them, and every id they are known by."""

    organisation_id: UUID
    submissions: tuple[UUID, ...]
    quarantined: tuple[UUID, ...]
    names: frozenset[str]

    @property
    def own_keys(self) -> tuple[UUID, ...]:
        """Owners that may have a key of their own in the key store."""
        return (*self.submissions, *self.quarantined)


def held_of_child(organisation_id: UUID, child_id: UUID, unlinked: Iterable[UUID]) -> Held:
    linked = Submission.objects.filter(child_id=child_id)
    return held_of(organisation_id, {*linked.values_list("pk", flat=True), *unlinked})


def held_of(organisation_id: UUID, submissions: Iterable[UUID]) -> Held:
    keys = sorted(submissions)
    names = set(Submission.objects.filter(pk__in=keys).values_list("instance_id", flat=True))
    names |= set(RowId.objects.filter(submission__in=keys).values_list("name", flat=True))
    beside = Q(organisation_id=organisation_id, instance_id__in=names) | Q(taken_as__in=keys)
    apart = list(Quarantined.objects.filter(beside).values_list("pk", "instance_id"))
    return Held(
        organisation_id,
        tuple(keys),
        tuple(key for key, _ in apart),
        frozenset(names | {name for _, name in apart}),
    )


def interviews_of(child_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Every interview of these children, and the first version of its line -> the child."""
    rows = Submission.objects.filter(child__in=list(child_ids)).values_list("pk", "root_id", "child_id")
    found = {root: child for _, root, child in rows if child is not None}
    return found | {key: child for key, _, child in rows if child is not None}


def unlinked_naming(organisation_id: UUID, code: str) -> Iterator[UUID]:
    """Interviews that nobody has linked yet and that name this child. One whose key has gone says nothing."""
    rows = Submission.objects.filter(organisation_id=organisation_id, child__isnull=True).exclude(typed_child=b"")
    found = list(rows.only("id", "child_id", "data_key", "typed_child"))
    vault.prefetch(row.pk for row in found)
    for row in found:
        with suppress(vault.VaultError):
            if normalise_code(typed_child_of(row)) == code:
                yield row.pk


def leave_tombstones(held: Held, reason: str) -> int:
    return leave_stones(held.organisation_id, held.names, reason)


def forget_interviews(held: Held) -> dict[str, int]:
    """In the caller's transaction. What another child's interview corrects of these begins a line of its own."""
    keys = held.submissions
    files = Attachment.objects.filter(submission__in=keys)
    AttachmentChunk.objects.filter(attachment__in=files).delete()
    counts = {"files": files.count(), "interviews": len(keys), "kept_apart": len(held.quarantined)}
    files.delete()
    for model in (Score, Flag, RowId):
        model._default_manager.filter(submission__in=keys).delete()
    Quarantined.objects.filter(pk__in=held.quarantined).delete()
    _part_lines(keys)
    Submission.objects.filter(pk__in=keys).delete()
    return counts


def forgotten_and_back() -> dict[UUID, list[UUID]]:
    """By organisation: interviews that a restored copy has brought back, and that have a tombstone."""
    stones = set(Tombstone.objects.values_list("pk", flat=True))
    found: dict[UUID, list[UUID]] = {}
    rows = Submission.objects.order_by("pk").values_list("pk", "organisation_id", "instance_id") if stones else ()
    for key, place, name in rows:
        if stone_of(place, name) in stones:
            found.setdefault(place, []).append(key)
    return found


def _part_lines(keys: Iterable[UUID]) -> None:
    ours = list(keys)
    Submission.objects.filter(Q(supersedes__in=ours) | Q(pk__in=ours)).update(supersedes=None)
    others = Submission.objects.filter(root_id__in=ours).exclude(pk__in=ours).order_by("pk")
    roots: dict[UUID, UUID] = {}
    for key, root in others.values_list("pk", "root_id"):
        roots.setdefault(root, key)
    for root, first in roots.items():
        Submission.objects.filter(root_id=root).exclude(pk__in=ours).update(root_id=first)


def take_names_out(child_id: UUID) -> int:
    """Returns how many interviews had any. Again it finds none."""
    done = 0
    rows = Submission.objects.filter(child_id=child_id).select_related("form_version").defer("form_version__workbook")
    for row in rows.order_by("pk"):
        done += _without_names(definition_of(row.form_version), row)
    Submission.objects.filter(child_id=child_id).update(typed_child=b"", alike=None)
    return done


def _without_names(definition: Definition, row: Submission) -> bool:
    levels = definition.instrument.level_of
    if all(levels(name) != Level.L2 for name in definition.instrument.by_name) and not _has_files(row):
        return False
    texts = texts_of(row)
    files = [each for each in kept_answers(definition.instrument, row.coded, texts) if each.kind == "media"]
    allowed = {each.value for each in files} - {each.value for each in files if each.level == Level.L2}
    _drop_files(each.pk for name, each in files_of(row, ()) if name not in allowed)
    left = _of_other_levels(texts, levels)
    changed = left != texts or bool(row.raw)
    row.raw, row.text = b"", seal_texts(key_of(row), left) if left else b""
    row.save(update_fields=["raw", "text"])
    return changed


def _of_other_levels(record: Mapping[str, Any], level_of: Any) -> dict[str, Any]:
    """The same record without what is personal, in repeats too."""
    left: dict[str, Any] = {}
    for kind, values in record.items():
        if kind == "repeats":
            left[kind] = [_of_other_levels(row, level_of) for row in values]
        elif isinstance(values, Mapping):
            kept = {name: value for name, value in values.items() if level_of(name) != Level.L2}
            if kept:
                left[kind] = kept
        else:
            left[kind] = values
    return left


def take_words_out(child_id: UUID) -> int:
    """Texts, files and bytes; coded answers and scores stay. The key under which they lay may go afterwards."""
    rows = Submission.objects.filter(child_id=child_id)
    _drop_files(Attachment.objects.filter(submission__in=rows).values_list("pk", flat=True))
    held = held_of_rows(rows.values_list("pk", flat=True))
    vault.drop_own(held)
    Quarantined.objects.filter(pk__in=held).delete()
    return rows.update(raw=b"", text=b"", reason=b"", typed_child=b"", alike=None)


def held_of_rows(keys: Iterable[UUID]) -> list[UUID]:
    """What was kept apart beside these interviews."""
    mine = list(keys)
    names = dict(Submission.objects.filter(pk__in=mine).values_list("instance_id", "organisation_id"))
    beside = Q(organisation_id__in=set(names.values()), instance_id__in=list(names)) | Q(taken_as__in=mine)
    return list(Quarantined.objects.filter(beside).values_list("pk", flat=True))


def _has_files(row: Submission) -> bool:
    return Attachment.objects.filter(submission=row).exists()


def _drop_files(keys: Iterable[UUID]) -> None:
    some = list(keys)
    AttachmentChunk.objects.filter(attachment__in=some).delete()
    Attachment.objects.filter(pk__in=some).delete()


def group_records(organisation_id: UUID, since: Any) -> int:
    """Interviews with groups: no link leads from a child to what it said there, so a person has to look."""
    rows = Submission.objects.filter(organisation_id=organisation_id, child__isnull=True, received_at__gte=since)
    rows = rows.exclude(state=State.SET_ASIDE).select_related("form_version").only("form_version__family")
    return sum(row.form_version.family in GROUP_FAMILIES for row in rows)
