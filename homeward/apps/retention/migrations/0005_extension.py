from __future__ import annotations

import uuid
from typing import Any
from zoneinfo import ZoneInfo

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

MONTHS = {"refused": 12, "told": 60}  # two clocks that begin to run: what was there before gets the whole notice
PROTECT = django.db.models.deletion.PROTECT


def give_notice(apps: Any, schema_editor: Any) -> None:
    periods = apps.get_model("retention", "RetentionPeriod").objects
    for organisation in apps.get_model("access", "Organisation").objects.order_by("pk"):
        today = timezone.now().astimezone(ZoneInfo(organisation.time_zone)).date()
        for clock, months in MONTHS.items():
            values = {"months": months, "set_on": today}
            periods.get_or_create(organisation=organisation, clock=clock, defaults=values)


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0009_intake_key"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("retention", "0004_stopped"),
    ]

    operations = [
        migrations.CreateModel(
            name="Extension",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("clock", models.CharField(max_length=12)),
                ("object_id", models.UUIDField(db_index=True)),
                ("until", models.DateField()),
                ("reason", models.BinaryField()),
                ("at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(db_index=False, on_delete=PROTECT, related_name="+", to="access.organisation"),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False, on_delete=PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.RunPython(give_notice, migrations.RunPython.noop),
    ]
