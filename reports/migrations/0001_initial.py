"""The tables of credential reports and their changes."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    # What databases from before 2026-11-30 applied one by one; manage.py migrate refuses those that lack some.
    replaces = [
        ("reports", "0002_uploads_and_their_changes"),
    ]
    dependencies = [("users", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="CredentialReport",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("console", "Made here"), ("aws", "From AWS"), ("upload", "Uploaded")],
                        default="console",
                        max_length=8,
                    ),
                ),
                ("content", models.BinaryField()),
                ("size", models.PositiveIntegerField(default=0)),
                ("rows", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("generated_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("made_by_arn", models.CharField(max_length=2048)),
                ("job_id", models.UUIDField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="credential_reports",
                        to="users.account",
                    ),
                ),
            ],
            options={
                "ordering": ["-generated_at"],
                "indexes": [
                    models.Index(fields=["account", "-generated_at"], name="reports_cre_account_efaddb_idx")
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("user_name", models.CharField(max_length=128)),
                (
                    "kind",
                    models.CharField(
                        choices=[("created", "Created"), ("deleted", "Deleted"), ("changed", "Changed")],
                        max_length=8,
                    ),
                ),
                ("values", models.JSONField(default=dict)),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="reports.credentialreport",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
    ]
