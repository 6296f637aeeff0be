import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery


def leads_where_it_led(apps, schema_editor):
    """By the referral that it was known from, while there is one."""
    gaps, referrals = (
        apps.get_model('cases', name).objects.using(schema_editor.connection.alias) for name in ('ServiceGap', 'Referral')
    )
    whose = referrals.filter(pk=OuterRef('referral_id')).values('child_id')[:1]
    gaps.filter(referral__isnull=False).update(child_id=Subquery(whose), came_from=F('referral_id'))
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute('SET CONSTRAINTS ALL IMMEDIATE')  # no table changes while checks of its rows wait


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0015_what_was_refused'),
    ]

    operations = [
        migrations.AddField(
            model_name='servicegap',
            name='child',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.child'),
        ),
        migrations.AddField(
            model_name='servicegap',
            name='came_from',
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='servicegap',
            name='source',
            field=models.CharField(choices=[('referral', 'A referral'), ('visit', 'A visit'), ('promise', 'A promise that was not kept'), ('plan', 'An action of a plan')], default='referral', max_length=10),
            preserve_default=False,
        ),
        migrations.RunPython(leads_where_it_led, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='servicegap',
            name='referral',
        ),
        migrations.AlterField(
            model_name='servicegap',
            name='need',
            field=models.CharField(blank=True, choices=[('school_place', 'A place at school'), ('school_costs', 'Fees, uniform or books'), ('learning_help', 'Help with learning or language'), ('treatment', 'An examination or treatment'), ('medicine', 'Medicine or glasses'), ('disability_help', 'Help with a disability'), ('counselling', 'Somebody to talk to'), ('group_support', 'A group of others of the same age'), ('papers', 'A birth certificate or identity paper'), ('legal_help', 'Advice of a lawyer'), ('training', 'Training for a trade'), ('family_income', 'A living for the family'), ('cash', 'Money for what is needed most'), ('food', 'Food'), ('home', 'A place to live, or repairs'), ('safe_place', 'A place to stay for now'), ('family_work', 'Support for living together as a family'), ('tracing', 'Finding family members'), ('something_else', 'Something else')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='servicegap',
            constraint=models.UniqueConstraint(fields=('source', 'came_from', 'sector'), name='gap_once'),
        ),
    ]
