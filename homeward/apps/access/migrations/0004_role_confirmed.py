import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def someone() -> models.ForeignKey:
    return models.ForeignKey(
        blank=True,
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0003_person_organisation"),
    ]

    operations = [
        migrations.AddField("membership", "waits", models.BooleanField(default=False)),
        migrations.AddField("membership", "granted_by", someone()),
        migrations.AddField("membership", "granted_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("membership", "confirmed_by", someone()),
    ]
