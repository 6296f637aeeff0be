from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0016_one_ledger_of_gaps'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='assessment',
            name='assessment_waits',
        ),
        migrations.RemoveIndex(
            model_name='planversion',
            name='plan_waits',
        ),
        migrations.AddIndex(
            model_name='assessment',
            index=models.Index(fields=['state', 'submitted_at'], name='assessment_waits'),
        ),
        migrations.AddIndex(
            model_name='endrequest',
            index=models.Index(fields=['state', 'asked_at'], name='end_request_waits'),
        ),
        migrations.AddIndex(
            model_name='planversion',
            index=models.Index(fields=['state', 'submitted_at'], name='plan_waits'),
        ),
    ]
