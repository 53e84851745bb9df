"""The tables of accounts, users, groups and policies."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import users.models.policies


class Migration(migrations.Migration):
    initial = True

    # What databases from before 2026-11-30 applied one by one; manage.py migrate refuses those that lack some.
    replaces = [
        ("users", "0002_policy_versions"),
        ("users", "0003_daily_figures"),
        ("users", "0004_list_preferences"),
        ("users", "0005_root_without_email"),
        ("users", "0006_counted_users"),
        ("users", "0007_require_mfa"),
        ("users", "0008_mfa_kinds"),
        ("users", "0009_user_profile"),
        ("users", "0010_linking"),
        ("users", "0011_sync_runs"),
        ("users", "0012_snapshot_at"),
        ("users", "0013_token_epoch"),
        ("users", "0014_bounded_users"),
        ("users", "0015_whose_managed_policies"),
        ("users", "0016_unconfirmed_email"),
    ]
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account_id", models.CharField(max_length=12, unique=True)),
                ("alias", models.CharField(max_length=63, null=True, unique=True)),
                ("name", models.CharField(blank=True, max_length=63)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("local", "Local account"),
                            ("linked", "Linked to AWS"),
                            ("imported", "Imported"),
                        ],
                        default="local",
                        max_length=8,
                    ),
                ),
                ("partition", models.CharField(default="aws", max_length=16)),
                ("is_home", models.BooleanField(default=False)),
                ("colour", models.PositiveSmallIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("require_mfa", models.BooleanField(default=False)),
                ("snapshot_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-is_home", "name", "account_id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_home", True)), fields=("is_home",), name="one_home_account"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AccountLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("default", "The console's own AWS identity"),
                            ("profile", "A profile of the AWS configuration"),
                            ("role", "A role in the account, with an external ID"),
                            ("key", "An access key kept here, encrypted"),
                        ],
                        default="default",
                        max_length=8,
                    ),
                ),
                ("profile", models.CharField(blank=True, max_length=128)),
                ("role_arn", models.CharField(blank=True, max_length=2048)),
                ("external_id", models.CharField(blank=True, max_length=1224)),
                ("identity_arn", models.CharField(blank=True, max_length=2048)),
                ("synced_at", models.DateTimeField(null=True)),
                ("sync_error", models.TextField(blank=True)),
                ("sync_counts", models.JSONField(default=dict)),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="link", to="users.account"
                    ),
                ),
                ("access_key_id", models.CharField(blank=True, max_length=128)),
                ("sealed_secret", models.TextField(blank=True)),
                ("seal_id", models.UUIDField(null=True)),
                (
                    "sync_every",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "Off"), (1, "Every hour"), (4, "Every 4 hours"), (24, "Every day")],
                        default=4,
                    ),
                ),
                ("scheduled_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ManagedPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("arn", models.CharField(max_length=2048)),
                ("policy_name", models.CharField(max_length=128)),
                ("policy_id", models.CharField(blank=True, max_length=128)),
                ("path", models.CharField(default="/", max_length=512)),
                ("description", models.CharField(blank=True, max_length=1000)),
                ("default_version_id", models.CharField(default="v1", max_length=16)),
                ("document", models.TextField()),
                ("create_date", models.DateTimeField(default=django.utils.timezone.now)),
                ("update_date", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="managed_policies",
                        to="users.account",
                    ),
                ),
                ("latest_version", models.PositiveIntegerField(default=1)),
                ("tags", models.JSONField(default=dict)),
                (
                    "scope",
                    users.models.policies.ScopeField(
                        choices=[("AWS", "AWS managed"), ("Local", "Customer managed")],
                        editable=False,
                        max_length=5,
                    ),
                ),
                ("partition", users.models.policies.PartitionField(editable=False, max_length=16)),
            ],
            options={
                "ordering": ["policy_name"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("account", None)), fields=("arn",), name="catalogue_arn_once"
                    ),
                    models.UniqueConstraint(fields=("account", "arn"), name="policy_arn_once_per_account"),
                    models.CheckConstraint(
                        condition=models.Q(("account__isnull", False), ("scope", "AWS"), _connector="OR"),
                        name="catalogue_is_of_aws",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("document", models.TextField()),
                ("create_date", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="users.managedpolicy",
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("policy", "number"), name="version_number_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "kind",
                    models.CharField(
                        choices=[("user", "IAM user"), ("root", "Root user")], default="user", max_length=4
                    ),
                ),
                ("user_id", models.CharField(max_length=128, unique=True)),
                ("user_name", models.CharField(blank=True, max_length=128)),
                ("name_folded", models.CharField(blank=True, max_length=128)),
                ("path", models.CharField(default="/", max_length=512)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("create_date", models.DateTimeField(default=django.utils.timezone.now)),
                ("tags", models.JSONField(default=dict)),
                ("session_epoch", models.PositiveIntegerField(default=0)),
                ("password_enabled", models.BooleanField(default=False)),
                ("password_last_changed", models.DateTimeField(null=True)),
                ("password_last_used", models.DateTimeField(null=True)),
                ("mfa_count", models.PositiveSmallIntegerField(default=0)),
                ("mfa_kind", models.CharField(blank=True, max_length=64)),
                ("access_key_count", models.PositiveSmallIntegerField(default=0)),
                ("active_key_count", models.PositiveSmallIntegerField(default=0)),
                ("oldest_active_key", models.DateTimeField(null=True)),
                ("key_last_used", models.DateTimeField(null=True)),
                ("last_activity", models.DateTimeField(null=True)),
                ("group_count", models.PositiveSmallIntegerField(default=0)),
                ("group_names", models.CharField(blank=True, max_length=400)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="users", to="users.account"
                    ),
                ),
                (
                    "permissions_boundary",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bounded_users",
                        to="users.managedpolicy",
                    ),
                ),
                (
                    "user_type",
                    models.CharField(
                        blank=True, choices=[("person", "Person"), ("workload", "Workload")], max_length=8
                    ),
                ),
                ("asked_at", models.DateTimeField(null=True)),
                ("token_epoch", models.PositiveIntegerField(default=0)),
                ("unconfirmed_email", models.EmailField(blank=True, default="", max_length=254)),
            ],
            options={
                "ordering": ["name_folded"],
                "indexes": [
                    models.Index(fields=["account", "create_date"], name="users_user_account_e1c283_idx"),
                    models.Index(fields=["account", "last_activity"], name="users_user_account_1f00b6_idx"),
                    models.Index(
                        fields=["account", "oldest_active_key"], name="users_user_account_4776b0_idx"
                    ),
                    models.Index(
                        fields=["account", "kind", "password_enabled", "access_key_count", "name_folded"],
                        name="users_counted",
                    ),
                    models.Index(
                        condition=models.Q(("permissions_boundary__isnull", False)),
                        fields=["permissions_boundary", "account"],
                        name="users_bounded",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "user")),
                        fields=("account", "name_folded"),
                        name="user_name_unique_without_case",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "root")), fields=("account",), name="one_root_per_account"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "root"), models.Q(("email", ""), _negated=True)),
                        fields=("email",),
                        name="root_email_unique",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("group_name", models.CharField(max_length=128)),
                ("name_folded", models.CharField(max_length=128)),
                ("path", models.CharField(default="/", max_length=512)),
                ("group_id", models.CharField(max_length=128, unique=True)),
                ("create_date", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="groups", to="users.account"
                    ),
                ),
                ("require_mfa", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["name_folded"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "name_folded"), name="group_name_unique_without_case"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupMembership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="users.group",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("group", "user"), name="member_once")],
            },
        ),
        migrations.AddField(
            model_name="group",
            name="users",
            field=models.ManyToManyField(
                related_name="groups", through="users.GroupMembership", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.CreateModel(
            name="InlinePolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("policy_name", models.CharField(max_length=128)),
                ("name_folded", models.CharField(max_length=128)),
                ("document", models.TextField()),
                (
                    "group",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="inline_policies",
                        to="users.group",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="inline_policies",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "name_folded"), name="inline_name_once_per_user"),
                    models.UniqueConstraint(
                        fields=("group", "name_folded"), name="inline_name_once_per_group"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("user__isnull", True), ("group__isnull", True), _connector="XOR"),
                        name="inline_of_one_thing",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PasswordPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("minimum_password_length", models.PositiveSmallIntegerField(default=6)),
                ("require_symbols", models.BooleanField(default=False)),
                ("require_numbers", models.BooleanField(default=False)),
                ("require_uppercase_characters", models.BooleanField(default=False)),
                ("require_lowercase_characters", models.BooleanField(default=False)),
                ("allow_users_to_change_password", models.BooleanField(default=False)),
                ("max_password_age", models.PositiveSmallIntegerField(null=True)),
                ("password_reuse_prevention", models.PositiveSmallIntegerField(null=True)),
                ("hard_expiry", models.BooleanField(default=False)),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="password_policy",
                        to="users.account",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PolicyAttachment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="policy_attachments",
                        to="users.group",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="users.managedpolicy",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="policy_attachments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("policy", "user"), name="policy_attached_to_user_once"),
                    models.UniqueConstraint(fields=("policy", "group"), name="policy_attached_to_group_once"),
                    models.CheckConstraint(
                        condition=models.Q(("user__isnull", True), ("group__isnull", True), _connector="XOR"),
                        name="attached_to_one_thing",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DailyFigures",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("passwords", models.PositiveIntegerField()),
                ("passwords_with_mfa", models.PositiveIntegerField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="daily_figures",
                        to="users.account",
                    ),
                ),
            ],
            options={
                "ordering": ["day"],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "day"), name="figures_once_a_day")
                ],
            },
        ),
        migrations.CreateModel(
            name="ListPreferences",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("columns", models.JSONField(default=list)),
                ("page_size", models.PositiveSmallIntegerField(default=25)),
                (
                    "density",
                    models.CharField(
                        choices=[("normal", "Normal"), ("compact", "Compact")], default="normal", max_length=8
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="list_preferences",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SyncRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("job_id", models.UUIDField(unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("done", "Done"),
                            ("partial", "Incomplete"),
                            ("failed", "Failed"),
                        ],
                        default="running",
                        max_length=8,
                    ),
                ),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(null=True)),
                ("planned", models.JSONField(default=dict)),
                ("calls", models.JSONField(default=dict)),
                ("call_count", models.PositiveIntegerField(default=0)),
                ("retries", models.PositiveIntegerField(default=0)),
                ("throttled", models.PositiveIntegerField(default=0)),
                ("users", models.PositiveIntegerField(default=0)),
                ("created", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("removed", models.PositiveIntegerField(default=0)),
                ("unanswered", models.PositiveIntegerField(default=0)),
                ("report_at", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sync_runs",
                        to="users.account",
                    ),
                ),
            ],
            options={
                "ordering": ["-started_at"],
                "indexes": [models.Index(fields=["account", "-started_at"], name="sync_runs_of_account")],
            },
        ),
    ]
