import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


CHANNELS = [
    ("collect", "Device"),
    ("browser", "Browser"),
    ("paper", "Paper, keyed in"),
    ("import", "Import"),
    ("link", "Answered alone, by a link"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0012_field_app"),
        ("cases", "0021_relations_as_told"),
        ("surveys", "0021_twice"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="sealedarrival",
            name="channel",
            field=models.CharField(choices=CHANNELS, max_length=8),
        ),
        migrations.AlterField(
            model_name="submission",
            name="channel",
            field=models.CharField(choices=CHANNELS, max_length=8),
        ),
        migrations.CreateModel(
            name="AnswerLink",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("token_hash", models.BinaryField(max_length=32)),
                ("browser_hash", models.BinaryField(blank=True, default=bytes, max_length=32)),
                ("respondent", models.CharField(max_length=16)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                ("sent_sha256", models.BinaryField(blank=True, default=bytes, max_length=32)),
                ("taken_back_at", models.DateTimeField(blank=True, null=True)),
                (
                    "child",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.child"),
                ),
                (
                    "form_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="surveys.formversion"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.organisation"
                    ),
                ),
                (
                    "taken_back_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-made_at",),
            },
        ),
    ]
