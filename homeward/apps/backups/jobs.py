"""What runs by itself. Where nobody has named a folder and recipients, nothing runs, and the start check says so."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from homeward.apps.access.actors import system_actor
from homeward.apps.access.keys.backup import holds_all
from homeward.apps.access.keys.beside import kept_before, needed_again, note_missing
from homeward.apps.access.vault import drop_own
from homeward.apps.backups import making
from homeward.apps.backups.drilling import drill_fresh, drill_newest
from homeward.apps.surveys.ending import linked_since, unlinked_among
from homeward.domain.retention import COPIES_KEPT
from homeward.formats.backup_file import identities_of


def make() -> None:
    if making.configured():
        folder = making.folder_of()
        making.make_backup(system_actor(), folder, settings.HOMEWARD_BACKUP_RECIPIENTS)
        making.expire(folder)
        if not holds_all(settings.HOMEWARD_KEY_BACKUPS):  # data without their keys come back for nobody
            keys()


def keys() -> None:
    if settings.HOMEWARD_KEY_BACKUP_RECIPIENTS:
        making.make_key_backup(system_actor())


def after_destroying() -> None:
    """Enqueued by name wherever keys are destroyed (`enqueue("backups.after_destroying")`): no older copy may stay."""
    if settings.HOMEWARD_KEY_BACKUP_RECIPIENTS:
        making.make_key_backup(system_actor(), after_destroying=True)


def drop_kept_keys() -> None:
    """Own keys of interviews that have found their child: they go when no copy of the data from before can be left. As
    long as one from before lies in the folder, or the folder is away, they stay.
    """
    long_ago = timezone.now() - COPIES_KEPT
    note_missing(linked_since(long_ago))
    if making.configured():
        folder = making.folder_of()
        if not folder.is_dir():
            return
        long_ago = min([long_ago, *(each.made_at for each in making.backups(folder))])
    due = kept_before(long_ago)
    again = unlinked_among(due)
    needed_again(again)
    drop_own(set(due) - again)


def drill() -> None:
    if not making.configured():
        return
    folder = making.folder_of()
    if settings.HOMEWARD_DRILL_IDENTITY:
        if not making.backups(folder):  # the first minute of a house
            make()
        drill_newest(system_actor(), folder, identities_of(settings.HOMEWARD_DRILL_IDENTITY))
    else:
        drill_fresh(system_actor(), folder)
