from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.db import migrations
from django.utils import timezone

# As they were when clocks began to run: what an organisation had kept before them gets the whole notice.
MONTHS = {"monitoring": 24, "silence": 36, "record": 60, "unsettled": 12, "kept_apart": 3}


def give_notice(apps: Any, schema_editor: Any) -> None:
    """Each clock that nobody has set is set to its usual time today, for a limit waits for the notice of whatever was
    set. Without organisations, as in a database that is just made, nothing happens.
    """
    periods = apps.get_model("retention", "RetentionPeriod").objects
    for organisation in apps.get_model("access", "Organisation").objects.order_by("pk"):
        today = timezone.now().astimezone(ZoneInfo(organisation.time_zone)).date()
        for clock, months in MONTHS.items():
            values = {"months": months, "set_on": today}
            periods.get_or_create(organisation=organisation, clock=clock, defaults=values)


class Migration(migrations.Migration):
    dependencies = [("retention", "0001_initial")]

    operations = [migrations.RunPython(give_notice, migrations.RunPython.noop)]
