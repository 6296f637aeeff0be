"""When a case was ended. Of cases that were ended before anybody wrote that down, the last change is the nearest."""

from django.db import migrations, models
from django.db.models.functions import TruncDate


def from_the_last_change(apps, schema_editor):
    children = apps.get_model("cases", "Child").objects.using(schema_editor.connection.alias)
    children.exclude(status="open").filter(ended_on=None).update(ended_on=TruncDate("changed_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0002_namemark'),
    ]

    operations = [
        migrations.AddField(
            model_name='child',
            name='ended_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='child',
            name='identity_ended_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='child',
            name='record_ended_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.RunPython(from_the_last_change, migrations.RunPython.noop, elidable=True),
    ]
