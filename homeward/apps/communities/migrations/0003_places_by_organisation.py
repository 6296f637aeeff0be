"""Each district and community goes to the organisation whose children live there, and is copied where several have
children there. One that nobody uses goes with the place around it, else to the only organisation, else stays shared.
"""

from uuid import uuid4

from django.db import migrations

SMALL = ("district", "community")


def divide(apps, schema_editor):
    alias = schema_editor.connection.alias
    Place = apps.get_model("communities", "Place")
    Child = apps.get_model("cases", "Child")
    Organisation = apps.get_model("access", "Organisation")
    rows = {place.pk: place for place in Place.objects.using(alias).all()}
    only = set(Organisation.objects.using(alias).values_list("pk", flat=True)[:2])
    users = _users(rows, Child.objects.using(alias).filter(place__isnull=False))
    copies = {}  # (place, organisation) -> its own row of it
    given = {}  # place -> organisations
    for place in sorted(rows.values(), key=lambda row: _depth(rows, row)):
        if place.level not in SMALL:
            continue
        owners = users[place.pk] or given.get(place.parent_id) or (only if len(only) == 1 else set())
        given[place.pk] = owners
        _share_out(place, sorted(owners, key=str), copies, alias)
    for (pk, owner), copy in copies.items():
        if copy != pk:
            Child.objects.using(alias).filter(place_id=pk, organisation_id=owner).update(place_id=copy)
    _number_twins(Place.objects.using(alias))


def _users(rows, children):
    """Organisations with a child in the place or anywhere inside it."""
    found = {pk: set() for pk in rows}
    for pk, owner in children.order_by().values_list("place_id", "organisation_id").distinct():
        while pk is not None and owner not in found[pk]:
            found[pk].add(owner)
            pk = rows[pk].parent_id
    return found


def _depth(rows, place):
    depth = 0
    while place.parent_id is not None:
        place, depth = rows[place.parent_id], depth + 1
    return depth


def _share_out(place, owners, copies, alias):
    """The first keeps the row; for the others it is copied, each inside its own row of the place around."""
    pk, parent_id = place.pk, place.parent_id
    for number, owner in enumerate(owners):
        place.pk = pk if number == 0 else uuid4()
        place.organisation_id = owner
        place.parent_id = copies.get((parent_id, owner), parent_id)
        place.save(using=alias, force_insert=number > 0, force_update=number == 0)
        copies[pk, owner] = place.pk
    place.pk, place.parent_id = pk, parent_id


def _number_twins(places):
    """Two people at the same moment could add one country twice, as no constraint held it."""
    seen = set()
    for pk, parent, level, name, code, owner in places.order_by("pk").values_list(
        "pk", "parent_id", "level", "name", "country_code", "organisation_id"
    ):
        kept, number = name, 1
        while (parent, level, kept, code if parent is None else "", owner) in seen:
            number += 1
            kept = f"{name[:110]} ({number})"
        seen.add((parent, level, kept, code if parent is None else "", owner))
        if kept != name:
            places.filter(pk=pk).update(name=kept)


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("communities", "0002_place_organisation")]

    operations = [migrations.RunPython(divide, migrations.RunPython.noop, elidable=False)]
