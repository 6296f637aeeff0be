from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0018_came_back'),
    ]

    operations = [
        migrations.AddField(
            model_name='transfer',
            name='noted_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
