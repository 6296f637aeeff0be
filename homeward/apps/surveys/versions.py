"""One interview may come several times: from a phone and in a file, with corrections and edits of each.

Its versions stand in one line, each after the one before it, and share one root, which is the first of them. Here alone
two lines become one, and here alone one version makes way for another: that only one counts, the database holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import QuerySet

from homeward.apps.surveys.models import Channel, FormVersion, State, Submission

GONE = (State.SUPERSEDED, State.SET_ASIDE)


class OutdatedEditError(Exception):
    """Somebody superseded the original, or set it aside, between our look and our write."""


def hold(organisation_id: UUID, instrument_id: str) -> None:
    """Until the transaction ends nobody else changes which interviews of this form are one, or which version counts.
    Whoever waits for it holds nothing yet, so that no two wait for each other. What is new and corrects nothing, as
    nearly all that comes, waits for nobody.
    """
    rows = FormVersion.objects.filter(organisation_id=organisation_id, instrument_id=instrument_id).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))


def line(root_id: UUID, rows: QuerySet[Submission] | None = None) -> list[Submission]:
    """From the first version to the last."""
    return lines([root_id], rows).get(root_id, [])


def lines(root_ids: Iterable[UUID], rows: QuerySet[Submission] | None = None) -> dict[UUID, list[Submission]]:
    """From each version to the one after it, which goes by an index; a look for the root would read the whole table."""
    rows = Submission.objects.defer("raw", "text", "coded") if rows is None else rows
    found: dict[UUID, list[Submission]] = {}
    roots: dict[UUID | None, UUID] = {}
    ends = list(rows.filter(pk__in=list(root_ids)))
    while ends:
        for each in ends:
            roots[each.pk] = roots.get(each.supersedes_id, each.pk)
            found.setdefault(roots[each.pk], []).append(each)
        ends = list(rows.filter(supersedes_id__in=[each.pk for each in ends]))
    return found


def live(versions: Sequence[Submission]) -> Submission | None:
    """The one that counts; where none does, the last that waits."""
    alive = [each for each in versions if each.state not in GONE]
    return next((each for each in alive if each.state == State.ACCEPTED), alive[-1] if alive else None)


def counting(root_ids: Iterable[UUID]) -> QuerySet[Submission]:
    return Submission.objects.filter(root_id__in=list(root_ids), state=State.ACCEPTED)


def supersede(original: Submission) -> None:
    """In one statement: of two corrections at once, one changes the row and the other finds it changed."""
    live = Submission.objects.filter(pk=original.pk).exclude(state__in=GONE)
    if not live.update(state=State.SUPERSEDED):
        raise OutdatedEditError


def make_way(row: Submission) -> None:
    """Before it counts: whatever else counts of this interview does so no longer."""
    counting([row.root_id]).exclude(pk=row.pk).update(state=State.SUPERSEDED)


def follow(row: Submission, original: Submission) -> None:
    """A version that is about to be written takes the place of the one it corrects, at the end of its line."""
    supersede(original)
    versions = line(Submission.objects.values_list("root_id", flat=True).get(pk=original.pk))
    row.root_id, row.supersedes_id = versions[0].pk, versions[-1].pk
    if row.state == State.ACCEPTED:
        make_way(row)


def join(first: UUID, second: UUID) -> None:
    """Two lines turn out to be one interview: the second goes on where the first ends. Where both count, the second
    does: an edit comes after its original, and what a phone sent after what a file said of it.
    """
    before, after = line(first), line(second)
    if first == second or not before or not after:
        return
    if counting([second]).exists():
        counting([first]).update(state=State.SUPERSEDED)
    Submission.objects.filter(pk=second).update(supersedes=before[-1])
    Submission.objects.filter(pk__in=[each.pk for each in after]).update(root_id=first)


def of_phone(version: Submission) -> bool:
    """Or of a browser, or of paper: its interviewer sent it, and no file."""
    return version.channel != Channel.IMPORT
