from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import homeward.apps.audit.ids


class Migration(migrations.Migration):
    dependencies = [("surveys", "0006_kept_apart")]

    operations = [
        migrations.AddField(
            model_name="submission", name="stood_as", field=models.CharField(blank=True, max_length=12)
        ),
        migrations.CreateModel(
            name="RowId",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=homeward.apps.audit.ids.time_ordered_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.organisation",
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="surveys.submission"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organisation", "name"), name="row_id_once")],
            },
        ),
    ]
