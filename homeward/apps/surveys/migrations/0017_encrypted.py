
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('surveys', '0016_tombstone'),
    ]

    operations = [
        migrations.AddField(
            model_name='formversion',
            name='encrypted',
            field=models.BooleanField(default=False),
        ),
    ]
