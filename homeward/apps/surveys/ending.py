"""Keys that interviews had before they had a child."""

from __future__ import annotations

from uuid import UUID

from homeward.apps.access import vault
from homeward.apps.surveys.models import Submission

AT_ONCE = 500


def drop_keys_of_linked(child_id: UUID | None = None) -> int:
    """An interview that has found its child lies under the child's key alone. Its earlier key goes as it is joined; a
    crash between the two would leave one, by which it could be opened after the child's keys have ended.
    """
    linked = Submission.objects.filter(child__isnull=False).order_by("pk")
    linked = linked.filter(child_id=child_id) if child_id is not None else linked
    done, last = 0, None
    while some := list((linked.filter(pk__gt=last) if last else linked).values_list("pk", flat=True)[:AT_ONCE]):
        vault.drop_own(some)
        done, last = done + len(some), some[-1]
    return done
