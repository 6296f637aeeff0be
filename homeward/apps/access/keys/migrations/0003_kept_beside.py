from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("keys", "0002_intake_key")]

    operations = [
        migrations.AddField(
            model_name="datakey",
            name="public",
            field=models.BinaryField(blank=True, default=bytes, max_length=65),
        ),
        migrations.AddField(
            model_name="datakey",
            name="ends_with",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="datakey",
            name="kept_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="datakey",
            index=models.Index(
                condition=models.Q(("ends_with__isnull", False)), fields=["ends_with"], name="data_key_kept"
            ),
        ),
    ]
