from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """The same scorer scores again when the age is corrected: only of the current rows there is one each."""

    dependencies = [
        ("surveys", "0007_imports_known_by_all_ids"),
    ]

    operations = [
        migrations.RemoveConstraint("score", "score_once"),
        migrations.AddConstraint(
            "score",
            models.UniqueConstraint(
                fields=("submission", "dimension", "weight_set"), condition=Q(current=True), name="score_current_once"
            ),
        ),
    ]
