from django.db import migrations, models

class Migration(migrations.Migration):

    dependencies = [
        ('access', '0012_field_app'),
        ('cases', '0019_returned_and_noted'),
        ('communities', '0005_services'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(fields=['standing', 'answered_on'], name='transfer_answered'),
        ),
    ]
