from typing import Any

from django.db import migrations


def rows(apps: Any, schema_editor: Any) -> Any:
    return apps.get_model("surveys", "Submission").objects.using(schema_editor.connection.alias)


def empty_is_null(apps: Any, schema_editor: Any) -> None:
    rows(apps, schema_editor).filter(deprecated_id="").update(deprecated_id=None)


def null_is_empty(apps: Any, schema_editor: Any) -> None:
    rows(apps, schema_editor).filter(deprecated_id=None).update(deprecated_id="")


class Migration(migrations.Migration):
    dependencies = [
        ("surveys", "0009_edits_are_few"),
    ]

    operations = [
        migrations.RunPython(empty_is_null, null_is_empty),
    ]
