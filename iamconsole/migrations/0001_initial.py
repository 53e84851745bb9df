"""The tables of the core: events, intents, jobs, one-time secrets."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    # What databases from before 2026-11-30 applied one by one; manage.py migrate refuses those that lack some.
    replaces = [
        ("iamconsole", "0002_job_rows"),
        ("iamconsole", "0003_key_check"),
        ("iamconsole", "0004_one_time_secret_owner"),
        ("iamconsole", "0005_job_person"),
    ]
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("account_id", models.CharField(db_index=True, max_length=12)),
                ("principal_arn", models.CharField(max_length=2048)),
                ("origin_arn", models.CharField(blank=True, max_length=2048)),
                ("action", models.CharField(db_index=True, max_length=128)),
                ("resource", models.CharField(blank=True, max_length=2048)),
                (
                    "outcome",
                    models.CharField(
                        choices=[("allowed", "Allowed"), ("denied", "Denied"), ("failed", "Failed")],
                        max_length=8,
                    ),
                ),
                ("error_code", models.CharField(blank=True, max_length=64)),
                ("message", models.TextField(blank=True)),
                ("channel", models.CharField(max_length=16)),
                ("source_ip", models.GenericIPAddressField(null=True)),
                ("user_agent", models.CharField(blank=True, max_length=400)),
                ("mfa", models.BooleanField(default=False)),
                ("job_id", models.UUIDField(null=True)),
                ("detail", models.JSONField(default=dict)),
            ],
            options={
                "ordering": ["-at", "-id"],
                "indexes": [
                    models.Index(fields=["account_id", "-at"], name="iamconsole__account_ae0345_idx"),
                    models.Index(fields=["resource", "-at"], name="iamconsole__resourc_fb2704_idx"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Intent",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("account_id", models.CharField(max_length=12)),
                ("operation", models.CharField(max_length=64)),
                ("params", models.JSONField(default=dict)),
                ("resource", models.CharField(blank=True, max_length=2048)),
                ("principal_arn", models.CharField(max_length=2048)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("done", "Done"),
                            ("refused", "Refused by AWS"),
                            ("settled", "Settled by a sync"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("outcome", models.CharField(blank=True, max_length=400)),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-opened_at"],
                "indexes": [
                    models.Index(fields=["account_id", "state"], name="iamconsole__account_6a965f_idx")
                ],
            },
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(max_length=32)),
                ("account_id", models.CharField(db_index=True, max_length=12)),
                ("exclusive_key", models.CharField(blank=True, max_length=100)),
                ("args", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("done", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("steps", models.JSONField(default=list)),
                ("result", models.JSONField(default=dict)),
                ("error", models.TextField(blank=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("lease", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("sent_at", models.DateTimeField(null=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("heartbeat_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("started_by_arn", models.CharField(max_length=2048)),
                ("starter", models.JSONField(default=dict)),
                ("started_by_id", models.CharField(blank=True, max_length=128)),
            ],
            options={
                "ordering": ["-created_at"],
                "indexes": [
                    models.Index(fields=["account_id", "-created_at"], name="iamconsole__account_086a32_idx")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "running"]),
                            models.Q(("exclusive_key", ""), _negated=True),
                        ),
                        fields=("exclusive_key",),
                        name="one_open_job_per_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="JobRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("key", models.CharField(max_length=128)),
                ("label", models.CharField(max_length=128)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("failed", "Failed")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("message", models.TextField(blank=True)),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="iamconsole.job"
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [models.UniqueConstraint(fields=("job", "number"), name="job_row_once")],
            },
        ),
        migrations.CreateModel(
            name="KeyCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key_id", models.CharField(max_length=64, unique=True)),
                ("sealed", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="OneTimeSecret",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("purpose", models.CharField(max_length=32)),
                ("session_mac", models.CharField(max_length=64)),
                ("sealed", models.TextField()),
                ("view_mac", models.CharField(blank=True, max_length=64)),
                ("shown_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("owner", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "indexes": [models.Index(fields=["owner", "purpose"], name="one_time_secret_owner")],
            },
        ),
    ]
