"""What runs by itself. Where nobody has named a folder and recipients, nothing runs, and the start check says so."""

from __future__ import annotations

from django.conf import settings

from homeward.apps.access.actors import system_actor
from homeward.apps.access.keys.backup import holds_all
from homeward.apps.backups import making
from homeward.apps.backups.drilling import drill_fresh, drill_newest
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
