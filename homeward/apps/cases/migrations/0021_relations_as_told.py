from django.db import migrations, models


class Migration(migrations.Migration):
    """A beginning may be left unsaid. When a relation was written down is kept from now on: of those that are there
    already nobody knows it, so the column comes empty and is filled for new ones alone.
    """

    dependencies = [
        ('cases', '0020_what_was_answered'),
    ]

    operations = [
        migrations.AlterField(
            model_name='relation',
            name='since',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='relation',
            name='recorded_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='relation',
            name='ended_recorded_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='relation',
            name='recorded_at',
            field=models.DateTimeField(auto_now_add=True, null=True),
        ),
    ]
