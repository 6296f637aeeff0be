"""What the constraints of the next step need: one line of versions for each interview, of which one counts at most."""

from itertools import pairwise
from typing import Any

from django.db import migrations
from django.db.models import Count, F

IMPORT, ACCEPTED, SUPERSEDED = "import", "accepted", "superseded"


def rows(apps: Any, schema_editor: Any) -> Any:
    return apps.get_model("surveys", "Submission").objects.using(schema_editor.connection.alias)


def one_line(apps: Any, schema_editor: Any) -> None:
    submissions = rows(apps, schema_editor)
    _one_root(submissions)
    forks = submissions.filter(supersedes__isnull=False).values("supersedes").annotate(times=Count("pk"))
    for fork in list(forks.filter(times__gt=1).values_list("supersedes__root_id", flat=True).order_by().distinct()):
        _line_up(submissions, fork)
    several = submissions.filter(state=ACCEPTED).values("root_id").annotate(times=Count("pk")).filter(times__gt=1)
    for root in list(several.values_list("root_id", flat=True).order_by()):
        _one_counts(submissions, root)


def _one_root(submissions: Any) -> None:
    """Each version has the root of the one before it; where a line was joined meanwhile, some kept that of their own."""
    while True:
        other = submissions.filter(supersedes__isnull=False).exclude(root_id=F("supersedes__root_id"))
        found = list(other.values_list("pk", "supersedes__root_id"))
        for pk, root in found:
            submissions.filter(pk=pk).update(root_id=root)
        if not found:
            return


def _line_up(submissions: Any, root: Any) -> None:
    """Two versions came after one: in the order they came, the second follows the first."""
    found = list(submissions.filter(root_id=root).order_by("received_at", "pk").values_list("pk", flat=True))
    found.sort(key=lambda pk: pk != root)
    submissions.filter(pk__in=found).update(supersedes=None)
    for before, after in pairwise(found):
        submissions.filter(pk=after).update(supersedes=before)


def _one_counts(submissions: Any, root: Any) -> None:
    """What its interviewer sent before what a file said of it, and of these the last."""
    found = list(submissions.filter(root_id=root, state=ACCEPTED).only("channel", "received_at"))
    found.sort(key=lambda row: (row.channel != IMPORT, row.received_at, row.pk))
    submissions.filter(pk__in=[row.pk for row in found[:-1]]).update(state=SUPERSEDED)


class Migration(migrations.Migration):
    dependencies = [("surveys", "0010_no_empty_ids")]

    operations = [migrations.RunPython(one_line, migrations.RunPython.noop)]
