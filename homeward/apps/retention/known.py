"""Which open matters an erasure would take with it, by their ids: whoever agrees does so knowing of these, and any
other stops it. When a matter was raised would not tell: what arrived sealed, or was linked later, is older than the day
on which anybody could know of it.
"""

from __future__ import annotations

import hashlib

from homeward.apps.retention.models import Ending
from homeward.apps.safeguarding.ending import open_matters_of
from homeward.apps.surveys.ending import interviews_of, unlinked_naming

KNOWN = "known"  # in the report, from the yes until it begins; ids are no counts, so no page shows them

BEGUN = "begun"  # in the report: from here on nothing stops it


def open_ids(row: Ending) -> list[str]:
    """Of the child, of its interviews, and of those that nobody has linked and that name it: they go too."""
    interviews = {*interviews_of([row.child_id]), *unlinked_naming(row.organisation_id, row.code)}
    return sorted(str(key) for key in open_matters_of(row.child_id, interviews))


def mark_of(row: Ending, ids: list[str]) -> str:
    """Stands in the page on which it is decided, and says of nothing that it is there."""
    return hashlib.sha256("\n".join([str(row.pk), *ids]).encode()).hexdigest()


def unknown(row: Ending) -> bool:
    """Whether somebody has to act on something of which nobody knew who agreed."""
    return not {*open_ids(row)} <= {*row.report.get(KNOWN, ())}
