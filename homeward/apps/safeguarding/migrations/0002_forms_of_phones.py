
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0008_staff_channel_role'),
        ('safeguarding', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='escalation',
            name='outcome',
            field=models.CharField(blank=True, choices=[('safe', 'The child is safe, nothing more is needed'), ('support', 'Support is under way'), ('referred', 'Referred to another service'), ('reported', 'Reported to the authority'), ('unfounded', 'It was a mistake'), ('nothing', 'Nothing was told: the form was empty')], max_length=12),
        ),
        migrations.AlterField(
            model_name='escalation',
            name='source',
            field=models.CharField(choices=[('interview', 'Interview'), ('child', "The child's page"), ('channel', 'The page without an account'), ('log', 'Decision log'), ('violation', 'Register'), ('phone', 'Encrypted form of a phone')], max_length=12),
        ),
        migrations.AlterField(
            model_name='logentry',
            name='outcome',
            field=models.CharField(blank=True, choices=[('safe', 'The child is safe, nothing more is needed'), ('support', 'Support is under way'), ('referred', 'Referred to another service'), ('reported', 'Reported to the authority'), ('unfounded', 'It was a mistake'), ('nothing', 'Nothing was told: the form was empty')], max_length=12),
        ),
        migrations.AlterField(
            model_name='sealednote',
            name='source',
            field=models.CharField(choices=[('interview', 'Interview'), ('child', "The child's page"), ('channel', 'The page without an account'), ('log', 'Decision log'), ('violation', 'Register'), ('phone', 'Encrypted form of a phone')], max_length=12),
        ),
        migrations.CreateModel(
            name='PhoneForm',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('instrument_id', models.CharField(max_length=80)),
                ('version', models.CharField(max_length=40)),
                ('instance_id', models.CharField(max_length=255)),
                ('sha256', models.BinaryField(max_length=32)),
                ('manifest', models.BinaryField()),
                ('received_at', models.DateTimeField()),
                ('device', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.device')),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='PhoneFile',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name_hash', models.BinaryField(max_length=32)),
                ('sha256', models.BinaryField(max_length=32)),
                ('name', models.BinaryField()),
                ('content', models.BinaryField()),
                ('received_at', models.DateTimeField()),
                ('form', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='files', to='safeguarding.phoneform')),
            ],
        ),
        migrations.CreateModel(
            name='ProgrammeKey',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('public_key', models.BinaryField(max_length=600)),
                ('fingerprint', models.CharField(max_length=64)),
                ('holders', models.JSONField(default=list)),
                ('envelope', models.BinaryField()),
                ('made_at', models.DateTimeField()),
                ('made_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='Resealed',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('holders', models.JSONField(default=list)),
                ('envelope', models.BinaryField()),
                ('at', models.DateTimeField()),
                ('note', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='resealed', to='safeguarding.sealednote')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('at',),
            },
        ),
        migrations.AddConstraint(
            model_name='phoneform',
            constraint=models.UniqueConstraint(fields=('organisation', 'instance_id', 'sha256'), name='phone_form_once'),
        ),
        migrations.AddConstraint(
            model_name='phonefile',
            constraint=models.UniqueConstraint(fields=('form', 'name_hash', 'sha256'), name='phone_file_once'),
        ),
        migrations.AddIndex(
            model_name='programmekey',
            index=models.Index(fields=['organisation', 'made_at'], name='programme_key_newest'),
        ),
    ]
