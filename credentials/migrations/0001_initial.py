"""The tables of credentials, sessions and notices."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

PAGES = 64  # as many as credentials.guesses.unknown_names has


def make_pages(apps, schema_editor):
    """All pages at once: no later guess at a name makes a row."""
    pages = apps.get_model("credentials", "UnknownNames").objects
    pages.bulk_create([pages.model(page=page) for page in range(PAGES)])


class Migration(migrations.Migration):
    initial = True

    # What databases from before 2026-11-30 applied one by one; manage.py migrate refuses those that lack some.
    replaces = [
        ("credentials", "0002_keys_without_ids"),
        ("credentials", "0003_mfa_device_tags"),
        ("credentials", "0004_ssh_keys_and_signing_certificates"),
        ("credentials", "0005_server_certificates"),
        ("credentials", "0006_service_specific_credentials"),
        ("credentials", "0007_passkeys"),
        ("credentials", "0008_hardware_tokens_and_recovery_codes"),
        ("credentials", "0009_password_links"),
        ("credentials", "0010_console_sessions"),
        ("credentials", "0011_notices_and_known_addresses"),
        ("credentials", "0012_session_digests"),
        ("credentials", "0013_notices_without_constraint"),
        ("credentials", "0014_bounded_guesses"),
        ("credentials", "0015_makers_of_mfa_devices"),
    ]
    dependencies = [
        ("users", "0001_initial"),
        ("iamconsole", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LoginProfile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("create_date", models.DateTimeField(default=django.utils.timezone.now)),
                ("password_reset_required", models.BooleanField(default=False)),
                ("password_last_changed", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="login_profile",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PasswordHistory",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=256)),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="password_history",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-since", "-id"],
            },
        ),
        migrations.CreateModel(
            name="SigningCertificate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slot", models.PositiveSmallIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[("Active", "Active"), ("Inactive", "Inactive")],
                        default="Active",
                        max_length=8,
                    ),
                ),
                ("upload_date", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signing_certificates",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("body", models.TextField(blank=True)),
                ("certificate_id", models.CharField(max_length=128, null=True, unique=True)),
            ],
            options={
                "ordering": ["slot"],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "slot"), name="certificate_slot_once"),
                    models.CheckConstraint(
                        condition=models.Q(("slot__in", [1, 2])), name="two_certificate_slots"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SSHPublicKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slot", models.PositiveSmallIntegerField()),
                ("ssh_public_key_id", models.CharField(max_length=128, unique=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("Active", "Active"), ("Inactive", "Inactive")],
                        default="Active",
                        max_length=8,
                    ),
                ),
                ("upload_date", models.DateTimeField(default=django.utils.timezone.now)),
                ("body", models.TextField()),
                ("fingerprint", models.CharField(max_length=48)),
                ("digest", models.CharField(max_length=64)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ssh_public_keys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["upload_date", "ssh_public_key_id"],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "slot"), name="ssh_key_slot_once"),
                    models.UniqueConstraint(fields=("user", "digest"), name="ssh_key_once_per_user"),
                    models.CheckConstraint(
                        condition=models.Q(("slot__range", (1, 5))), name="five_ssh_key_slots"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ServerCertificate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("slot", models.PositiveSmallIntegerField(null=True)),
                ("server_certificate_name", models.CharField(max_length=128)),
                ("name_folded", models.CharField(max_length=128)),
                ("path", models.CharField(default="/", max_length=512)),
                ("server_certificate_id", models.CharField(max_length=128, unique=True)),
                ("upload_date", models.DateTimeField(default=django.utils.timezone.now)),
                ("expiration", models.DateTimeField()),
                ("certificate_body", models.TextField(blank=True)),
                ("certificate_chain", models.TextField(blank=True)),
                ("sealed_private_key", models.TextField(blank=True)),
                ("subject", models.TextField(blank=True)),
                ("issuer", models.TextField(blank=True)),
                ("key_type", models.CharField(blank=True, max_length=64)),
                ("tags", models.JSONField(default=dict)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="server_certificates",
                        to="users.account",
                    ),
                ),
            ],
            options={
                "ordering": ["name_folded"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "name_folded"), name="server_certificate_name_unique_without_case"
                    ),
                    models.UniqueConstraint(fields=("account", "slot"), name="server_certificate_slot_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("slot__isnull", True),
                            models.Q(("slot__gte", 1), ("slot__lte", 20)),
                            _connector="OR",
                        ),
                        name="twenty_server_certificate_slots",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AccessKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("slot", models.PositiveSmallIntegerField()),
                ("access_key_id", models.CharField(max_length=128, null=True, unique=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("Active", "Active"), ("Inactive", "Inactive")],
                        default="Active",
                        max_length=8,
                    ),
                ),
                ("create_date", models.DateTimeField(default=django.utils.timezone.now)),
                ("sealed_secret", models.TextField(blank=True)),
                ("last_used_date", models.DateTimeField(null=True)),
                ("last_used_region", models.CharField(blank=True, max_length=32)),
                ("last_used_service", models.CharField(blank=True, max_length=64)),
                ("secret_lost", models.BooleanField(default=False)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="access_keys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("owner", models.CharField(blank=True, max_length=128)),
                ("review_date", models.DateField(null=True)),
            ],
            options={
                "ordering": ["access_key_id"],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "slot"), name="access_key_slot_once"),
                    models.CheckConstraint(
                        condition=models.Q(("slot__in", [1, 2])), name="two_access_key_slots"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceSpecificCredential",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("service_name", models.CharField(max_length=128)),
                ("slot", models.PositiveSmallIntegerField()),
                ("credential_id", models.CharField(max_length=128, unique=True)),
                ("name", models.CharField(max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[("Active", "Active"), ("Inactive", "Inactive")],
                        default="Active",
                        max_length=8,
                    ),
                ),
                ("create_date", models.DateTimeField(default=django.utils.timezone.now)),
                ("expiration_date", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="service_credentials",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["service_name", "create_date", "credential_id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "service_name", "slot"), name="service_credential_slot_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("slot__in", [1, 2])), name="two_service_credential_slots"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Passkey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("confirmed", models.BooleanField(default=True, help_text="Is this device ready for use?")),
                (
                    "created_at",
                    models.DateTimeField(
                        auto_now_add=True,
                        help_text="The date and time when this device was initially created in the system.",
                        null=True,
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=226)),
                ("serial_number", models.CharField(max_length=256, unique=True)),
                ("enable_date", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                (
                    "credential_type",
                    models.CharField(
                        choices=[("public-key", "Public Key")],
                        default="public-key",
                        editable=False,
                        max_length=32,
                        verbose_name="credential type",
                    ),
                ),
                ("credential_id", models.BinaryField(max_length=1023, verbose_name="credential id data")),
                ("public_key", models.BinaryField(max_length=1023, verbose_name="COSE public key data")),
                ("transports", models.JSONField(default=list, editable=False, verbose_name="transports")),
                (
                    "sign_count",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="sign count"),
                ),
                (
                    "backup_eligible",
                    models.BooleanField(default=False, editable=False, verbose_name="backup eligible"),
                ),
                (
                    "backup_state",
                    models.BooleanField(default=False, editable=False, verbose_name="backup state"),
                ),
                ("aaguid", models.CharField(editable=False, max_length=36, verbose_name="AAGUID")),
                (
                    "credential_id_sha256",
                    models.CharField(
                        editable=False, max_length=64, unique=True, verbose_name="hashed credential id"
                    ),
                ),
                (
                    "discoverable",
                    models.BooleanField(default=None, editable=False, null=True, verbose_name="discoverable"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passkeys",
                        to="users.account",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="passkeys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["enable_date", "serial_number"],
            },
        ),
        migrations.CreateModel(
            name="RecoveryCodeSet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("sealed_key", models.TextField()),
                ("create_date", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recovery_code_set",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HardwareMFADevice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("confirmed", models.BooleanField(default=True, help_text="Is this device ready for use?")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=226)),
                ("enable_date", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("sealed_seed", models.TextField(blank=True)),
                ("create_date", models.DateTimeField(default=django.utils.timezone.now)),
                ("drift", models.SmallIntegerField(default=0)),
                ("last_t", models.BigIntegerField(default=-1)),
                ("serial_number", models.CharField(max_length=256)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hardware_tokens",
                        to="users.account",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hardware_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["enable_date", "serial_number"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("account", "serial_number"), name="hardware_serial_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("mac", models.CharField(max_length=64)),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "code_set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="codes",
                        to="credentials.recoverycodeset",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("code_set", "mac"), name="recovery_code_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PasswordLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("user_name", models.CharField(max_length=128)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("made_by", models.CharField(max_length=2048)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="password_link",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ConsoleSession",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("session_mac", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("last_seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("address", models.GenericIPAddressField(null=True)),
                ("user_agent", models.CharField(blank=True, max_length=400)),
                ("mfa_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "ended_how",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("signed-out", "Signed out"),
                            ("revoked", "Ended from elsewhere"),
                            ("limit", "Ended by its time limit"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="console_sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-last_seen_at", "-created_at"],
                "indexes": [models.Index(fields=["user", "ended_at"], name="credentials_user_id_eb19b8_idx")],
            },
        ),
        migrations.CreateModel(
            name="KnownAddress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address", models.CharField(max_length=64)),
                ("last_seen", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="known_addresses",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-last_seen"],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "address"), name="known_address_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("operation", models.CharField(max_length=128)),
                ("address", models.EmailField(max_length=254)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sent", "Notified by e-mail"),
                            ("failed", "E-mail not delivered"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=200)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("sent_at", models.DateTimeField(null=True)),
                (
                    "event",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notice",
                        to="iamconsole.event",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-due_at"],
                "indexes": [models.Index(fields=["state", "due_at"], name="credentials_state_5a26cc_idx")],
            },
        ),
        migrations.CreateModel(
            name="UnknownNames",
            fields=[
                ("page", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("cells", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="Throttle",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("scope", models.CharField(max_length=16)),
                ("key", models.CharField(max_length=200)),
                ("count", models.PositiveIntegerField(default=0)),
                ("window_start", models.DateTimeField(db_index=True)),
                ("held", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("scope", "key"), name="one_throttle_per_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="VirtualMFADevice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("confirmed", models.BooleanField(default=True, help_text="Is this device ready for use?")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("serial_number", models.CharField(max_length=256, unique=True)),
                ("path", models.CharField(default="/", max_length=512)),
                ("sealed_seed", models.TextField(blank=True)),
                ("create_date", models.DateTimeField(default=django.utils.timezone.now)),
                ("enable_date", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("drift", models.SmallIntegerField(default=0)),
                ("last_t", models.BigIntegerField(default=-1)),
                ("name", models.CharField(max_length=226)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mfa_devices",
                        to="users.account",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mfa_devices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("tags", models.JSONField(default=dict)),
                ("maker_id", models.CharField(blank=True, max_length=128)),
                ("begun_at", models.DateTimeField(db_index=True, null=True)),
            ],
            options={
                "ordering": ["enable_date", "serial_number"],
            },
        ),
        migrations.RunPython(make_pages, migrations.RunPython.noop),
    ]
