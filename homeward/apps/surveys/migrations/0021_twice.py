from django.db import migrations, models

STATES = [
    ("accepted", "Accepted"),
    ("unmatched", "Matches no child"),
    ("invalid", "Has answers that cannot be right"),
    ("superseded", "Replaced by a correction"),
    ("set_aside", "Set aside"),
    ("no_consent", "Waits for agreement"),
    ("refused", "Asked, and the answer was no"),
    ("twice", "Perhaps the same interview twice"),
]
COUNTS = models.Q(
    models.Q(("state__in", ("accepted", "invalid", "twice")), _negated=True),
    ("agreement__in", ("given", "not_needed", "before")),
    _connector="OR",
)


class Migration(migrations.Migration):
    """What is here has no mark of its answers: they lie sealed, and nothing of it was looked for twice."""

    dependencies = [("surveys", "0020_counts_with_agreement")]

    operations = [
        migrations.AlterField("submission", "state", models.CharField(choices=STATES, max_length=12)),
        migrations.AddField("submission", "alike", models.BinaryField(blank=True, max_length=32, null=True)),
        migrations.AddConstraint("submission", models.UniqueConstraint(fields=("alike",), name="alike_once")),
        migrations.RemoveConstraint("submission", "counts_with_agreement"),
        migrations.AddConstraint("submission", models.CheckConstraint(condition=COUNTS, name="counts_with_agreement")),
    ]
