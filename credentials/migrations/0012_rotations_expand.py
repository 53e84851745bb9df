"""Rotations of keys and campaigns of several; new tables that no older release knows."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('credentials', '0011_services_expand'),
    ]

    operations = [
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('account_id', models.CharField(max_length=12)),
                ('name', models.CharField(max_length=128)),
                ('quiet_days', models.PositiveSmallIntegerField(default=7)),
                ('kept_days', models.PositiveSmallIntegerField(default=14)),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('started_by_arn', models.CharField(max_length=2048)),
                ('started_by_id', models.CharField(blank=True, max_length=128)),
            ],
            options={
                'ordering': ['-started_at', '-id'],
                'indexes': [models.Index(fields=['account_id', '-started_at'], name='campaigns_listed')],
            },
        ),
        migrations.CreateModel(
            name='Rotation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('account_id', models.CharField(max_length=12)),
                ('kind', models.CharField(choices=[('access-key', 'Access key'), ('service-credential', 'Service-specific credential'), ('link-key', "Access key of this console's link")], default='access-key', max_length=20)),
                ('user_id', models.CharField(max_length=128)),
                ('user_name', models.CharField(blank=True, max_length=128)),
                ('service_name', models.CharField(blank=True, max_length=128)),
                ('old_id', models.CharField(max_length=128)),
                ('new_id', models.CharField(blank=True, max_length=128)),
                ('room_id', models.CharField(blank=True, max_length=128)),
                ('room_until', models.DateTimeField(null=True)),
                ('state', models.CharField(choices=[('room', 'Making room for a new key'), ('create', 'Creating the new key'), ('hand-over', 'Handing over the secret'), ('new-use', 'Waiting for the new key to be used'), ('old-quiet', 'Waiting for the old key to be quiet'), ('inactive', 'Old key deactivated, waiting to delete it'), ('done', 'Finished'), ('cancelled', 'Cancelled'), ('ended', 'Ended early')], default='create', max_length=10)),
                ('state_since', models.DateTimeField(default=django.utils.timezone.now)),
                ('due_at', models.DateTimeField(null=True)),
                ('quiet_days', models.PositiveSmallIntegerField(default=7)),
                ('kept_days', models.PositiveSmallIntegerField(default=14)),
                ('held', models.TextField(blank=True)),
                ('held_since', models.DateTimeField(null=True)),
                ('paused_at', models.DateTimeField(null=True)),
                ('paused_by_arn', models.CharField(blank=True, max_length=2048)),
                ('hand_over', models.CharField(choices=[('starter', 'You, shown once on screen'), ('owner', 'The user, who takes it once by signing in or by a one-time link in an email')], default='starter', max_length=8)),
                ('secret_id', models.UUIDField(null=True)),
                ('secret_until', models.DateTimeField(null=True)),
                ('secret_taken_at', models.DateTimeField(null=True)),
                ('sealed_secret', models.TextField(blank=True)),
                ('in_place_by_arn', models.CharField(blank=True, max_length=2048)),
                ('in_place_at', models.DateTimeField(null=True)),
                ('new_used_at', models.DateTimeField(null=True)),
                ('new_used_service', models.CharField(blank=True, max_length=64)),
                ('new_used_region', models.CharField(blank=True, max_length=32)),
                ('new_read_at', models.DateTimeField(null=True)),
                ('old_used_at', models.DateTimeField(null=True)),
                ('old_used_service', models.CharField(blank=True, max_length=64)),
                ('old_used_region', models.CharField(blank=True, max_length=32)),
                ('old_read_at', models.DateTimeField(null=True)),
                ('looks', models.PositiveSmallIntegerField(default=0)),
                ('aws_calls', models.PositiveSmallIntegerField(default=0)),
                ('deactivated_at', models.DateTimeField(null=True)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('known_ids', models.JSONField(default=list)),
                ('starter', models.JSONField(default=dict)),
                ('starter_arn', models.CharField(max_length=2048)),
                ('starter_id', models.CharField(blank=True, max_length=128)),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(null=True)),
                ('end_note', models.TextField(blank=True)),
                ('campaign', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='rotations', to='credentials.campaign')),
            ],
            options={
                'ordering': ['-started_at', '-id'],
                'indexes': [models.Index(fields=['account_id', '-started_at', '-id'], name='rotations_listed'), models.Index(fields=['account_id', 'user_id'], name='rotations_of_user'), models.Index(condition=models.Q(('due_at__isnull', False), ('ended_at', None), ('paused_at', None)), fields=['due_at'], name='rotations_due')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('account_id', 'old_id'), name='one_open_rotation_per_key')],
            },
        ),
    ]
