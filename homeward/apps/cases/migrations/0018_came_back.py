from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0017_what_waits'),
    ]

    operations = [
        migrations.AlterField(
            model_name='consententry',
            name='source',
            field=models.CharField(choices=[('asked', 'asked'), ('interview', 'asked in an interview'), ('later', 'added later'), ('import', 'said of an imported file'), ('came_back', 'came back to it themselves')], max_length=10),
        ),
    ]
