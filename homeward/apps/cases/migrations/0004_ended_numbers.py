from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Children that ended before this version have left no number: theirs are not known any more."""

    dependencies = [("cases", "0003_ended_on")]

    operations = [
        migrations.CreateModel(
            name="EndedNumber",
            fields=[("id", models.UUIDField(editable=False, primary_key=True, serialize=False))],
        ),
    ]
