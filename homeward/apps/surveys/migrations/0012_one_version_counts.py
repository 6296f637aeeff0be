from typing import Any

from django.db import migrations, models

LOST = "superseded_once"


def found_again(apps: Any, schema_editor: Any) -> None:
    """PostgreSQL lost it with an index on the same column, in step 0004."""
    model, connection = apps.get_model("surveys", "Submission"), schema_editor.connection
    with connection.cursor() as cursor:
        there = connection.introspection.get_constraints(cursor, model._meta.db_table)
    if LOST not in there:
        schema_editor.add_constraint(model, next(each for each in model._meta.constraints if each.name == LOST))


class Migration(migrations.Migration):
    dependencies = [("surveys", "0011_one_line_of_versions")]

    operations = [
        migrations.RunPython(found_again, migrations.RunPython.noop),
        migrations.AddConstraint(
            "submission",
            models.UniqueConstraint(
                fields=("root_id",), condition=models.Q(("state", "accepted")), name="counts_once"
            ),
        ),
    ]
