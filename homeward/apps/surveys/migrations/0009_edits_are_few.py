from django.db import migrations, models


class Migration(migrations.Migration):
    """An interview that corrects none may be without the id of one. The next step takes away the empty ones: a step
    for the table and one for its rows, each whole or not at all.
    """

    dependencies = [
        ("surveys", "0008_score_again"),
    ]

    operations = [
        migrations.AlterField("submission", "deprecated_id", models.CharField(blank=True, max_length=255, null=True)),
    ]
