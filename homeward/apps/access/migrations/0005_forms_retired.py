from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0004_role_confirmed"),
    ]

    operations = [
        migrations.AddField("organisation", "forms_retired", models.PositiveIntegerField(default=0)),
    ]
