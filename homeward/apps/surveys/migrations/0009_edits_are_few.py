from typing import Any

from django.db import migrations, models


def _all(apps: Any, schema_editor: Any) -> Any:
    return apps.get_model("surveys", "Submission").objects.using(schema_editor.connection.alias)


def nothing_is_null(apps: Any, schema_editor: Any) -> None:
    _all(apps, schema_editor).filter(deprecated_id="").update(deprecated_id=None)


def nothing_is_empty(apps: Any, schema_editor: Any) -> None:
    _all(apps, schema_editor).filter(deprecated_id=None).update(deprecated_id="")


class Migration(migrations.Migration):
    """An interview that corrects none has no id of one, instead of an empty one that all others share."""

    atomic = False  # PostgreSQL changes no table that has checks pending

    dependencies = [
        ("surveys", "0008_score_again"),
    ]

    operations = [
        migrations.AlterField(
            "submission", "deprecated_id", models.CharField(blank=True, max_length=255, null=True)
        ),
        migrations.RunPython(nothing_is_null, nothing_is_empty),
    ]
