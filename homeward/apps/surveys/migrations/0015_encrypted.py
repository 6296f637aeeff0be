
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('surveys', '0014_submission_data_key'),
    ]

    operations = [
        migrations.AddField(
            model_name='formversion',
            name='encrypted',
            field=models.BooleanField(default=False),
        ),
    ]
