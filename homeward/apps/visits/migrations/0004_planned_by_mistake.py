from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("visits", "0003_outlooks"),
    ]

    operations = [
        migrations.AlterField(
            model_name="visit",
            name="not_held",
            field=models.CharField(
                blank=True,
                choices=[
                    ("moved", "They have moved"),
                    ("refused", "They did not want it"),
                    ("unsafe", "It was not safe"),
                    ("access", "The place could not be reached"),
                    ("staff_absence", "Nobody of ours could go"),
                    ("child_away", "The child was away"),
                    ("nobody_home", "Nobody was there"),
                    ("put_off", "Put off to another day"),
                    ("by_mistake", "Planned by mistake"),
                    ("other", "Another reason"),
                ],
                max_length=16,
            ),
        ),
    ]
