from django.db import migrations

from homeward.apps.audit.append_only import refusals, removals

TABLES = ("audit_event", "audit_position", "audit_batch")


def set_up(apps, schema_editor):
    for statement in refusals(schema_editor.connection.vendor, TABLES):
        schema_editor.execute(statement, params=None)


def take_down(apps, schema_editor):
    for statement in removals(schema_editor.connection.vendor, TABLES):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_chain"),
    ]

    operations = [
        migrations.RunPython(set_up, take_down),
    ]
