from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Apart from the rows' own step: PostgreSQL makes no index on a table with changes that are still to be checked."""

    dependencies = [("communities", "0003_places_by_organisation")]

    operations = [
        migrations.AddConstraint(
            "place",
            models.UniqueConstraint(
                condition=Q(organisation__isnull=False),
                fields=("organisation", "parent", "level", "name"),
                name="own_place_once",
            ),
        ),
        migrations.AddConstraint(
            "place",
            models.UniqueConstraint(
                condition=Q(organisation__isnull=True), fields=("parent", "level", "name"), name="shared_place_once"
            ),
        ),
        migrations.AddConstraint(
            "place",
            models.UniqueConstraint(
                condition=Q(parent__isnull=True), fields=("name", "country_code"), name="country_once"
            ),
        ),
        migrations.AddConstraint(
            "place",
            models.CheckConstraint(
                condition=Q(organisation__isnull=True) | ~Q(level__in=("country", "region")),
                name="large_places_are_shared",
            ),
        ),
    ]
