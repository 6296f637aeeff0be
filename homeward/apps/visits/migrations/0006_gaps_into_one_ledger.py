from django.db import migrations

SECTORS = {'mental_health': 'mhpss', 'food': 'social_protection', 'housing': 'shelter', 'documents': 'legal'}
REASONS = {'not_available': 'unavailable', 'not_accessible': 'too_far', 'refused': 'turned_away', 'unknown': 'not_known'}


def into_the_ledger(apps, schema_editor):
    """Under the same keys. What people wrote of some children has ended already: these rows lead to nobody."""
    models = (('visits', 'ServiceGap'), ('cases', 'ServiceGap'), ('communities', 'Place'))
    old, ledger, known = (apps.get_model(*each).objects.using(schema_editor.connection.alias) for each in models)
    places = {key: (level, parent) for key, level, parent in known.values_list('pk', 'level', 'parent_id')}
    for row in old.select_related('visit__child').iterator():
        visit, child = row.visit, row.visit.child
        day, ended = visit.held_on or visit.planned_on, child.record_ended_on is not None
        ledger.create(
            id=row.pk,
            organisation_id=child.organisation_id,
            child_id=None if ended else child.pk,
            source='visit',
            came_from=None if ended else visit.pk,
            sector=SECTORS.get(row.sector, row.sector),
            need='',
            place_id=district(places, child.place_id),
            reason=REASONS.get(row.reason, row.reason),
            day=day.replace(day=1) if ended else day,
        )


def district(places, key):
    while key is not None and places[key][0] == 'community':
        key = places[key][1]
    return key


class Migration(migrations.Migration):

    dependencies = [
        ('visits', '0005_another_organisation_before'),
        ('cases', '0016_one_ledger_of_gaps'),
    ]

    operations = [
        migrations.RunPython(into_the_ledger, migrations.RunPython.noop),
        migrations.DeleteModel(name='ServiceGap'),
    ]
