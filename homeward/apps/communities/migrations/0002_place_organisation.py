import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0005_forms_retired"), ("communities", "0001_initial")]

    operations = [
        migrations.RemoveConstraint("place", "place_once"),
        migrations.AddField(
            "place",
            "organisation",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="access.organisation",
            ),
        ),
    ]
