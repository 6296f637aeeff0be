from django.db import migrations, models


class Migration(migrations.Migration):
    """Apart from the step that filled the column, which PostgreSQL would not let change the table again."""

    dependencies = [("surveys", "0019_agreement")]

    operations = [
        migrations.AddConstraint(
            model_name='submission',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('accepted', 'invalid')), _negated=True), ('agreement__in', ('given', 'not_needed', 'before')), _connector='OR'), name='counts_with_agreement'),
        ),
    ]
