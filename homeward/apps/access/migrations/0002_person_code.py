from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_initial"),
    ]

    operations = [
        migrations.AddField("person", "code_hash", models.BinaryField(default=b"", max_length=32)),
        migrations.AddField("person", "code_expires_at", models.DateTimeField(blank=True, null=True)),
    ]
