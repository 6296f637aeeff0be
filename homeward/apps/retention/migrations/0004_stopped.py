from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("retention", "0003_standstill")]

    operations = [
        migrations.AddField(
            model_name="ending",
            name="stopped_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="ending",
            name="state",
            field=models.CharField(
                choices=[
                    ("asked", "Waits for a second person"),
                    ("stopped", "Stopped before anything was destroyed"),
                    ("refused", "Refused"),
                    ("running", "Under way"),
                    ("ended", "Waits for old copies of keys to go"),
                    ("done", "Done"),
                ],
                max_length=8,
            ),
        ),
    ]
