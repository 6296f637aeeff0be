from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Pairs that are there wait for somebody to confirm them; until then no phone gets the form."""

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("safeguarding", "0003_a_new_key_waits"),
    ]

    operations = [
        migrations.AddField(
            model_name="programmekey",
            name="confirmed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="programmekey",
            name="confirmed_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="programmekey",
            constraint=models.CheckConstraint(
                condition=models.Q(("confirmed_by__isnull", True))
                | models.Q(("confirmed_by", models.F("made_by")), _negated=True),
                name="programme_key_by_another",
            ),
        ),
    ]
