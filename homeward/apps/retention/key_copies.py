"""The one seam to copies of the key store. A key is gone for good when no copy from before its end is left.

Copies that somebody carried elsewhere are not known here; `homeward keys destroy` and the report say so.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings

from homeward.apps.access.keys import backup
from homeward.apps.access.keys.aside import put_aside
from homeward.domain.problems import ProblemError

logger = logging.getLogger("homeward")


def copies_from_before(moment: datetime) -> int:
    """How many copies may still hold a key that was destroyed at this moment. A key store that a restore put aside may,
    whenever that was: what ended since in the one that took its place did not end in it.
    """
    return sum(each.made_at <= moment for each in backup.copies(settings.HOMEWARD_KEY_BACKUPS)) + len(put_aside())


def copy_anew() -> bool:
    """A copy without the destroyed keys, read back; then older ones go. False where nobody could open a copy, or where
    it could not be written: older ones stay, for the last that counts never goes.
    """
    folder, recipients = settings.HOMEWARD_KEY_BACKUPS, settings.HOMEWARD_KEY_BACKUP_RECIPIENTS
    if not recipients:
        return False
    try:
        backup.make(folder, recipients)
    except (ProblemError, OSError) as error:
        logger.error("keys that ended lie in older copies: no new copy was made: %s", type(error).__name__)
        return False
    backup.prune(folder, older_than=timedelta(0))
    return True
