from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("surveys", "0005_whole_index_of_edits")]

    operations = [
        migrations.AddField(
            model_name="quarantined",
            name="settled_reason",
            field=models.BinaryField(blank=True, default=bytes),
        ),
        migrations.AddField(
            model_name="quarantined",
            name="taken_as",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="surveys.submission",
            ),
        ),
    ]
