from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0009_user_profile")]

    operations = [
        migrations.AddField("accountlink", "access_key_id", models.CharField(blank=True, max_length=128, default=""), preserve_default=False),
        migrations.AddField("accountlink", "sealed_secret", models.TextField(blank=True, default=""), preserve_default=False),
        migrations.AddField("accountlink", "seal_id", models.UUIDField(null=True)),
        migrations.AddField(
            "accountlink",
            "sync_every",
            models.PositiveSmallIntegerField(
                choices=[(0, "Off"), (1, "Every hour"), (4, "Every 4 hours"), (24, "Every day")], default=4
            ),
        ),
        migrations.AddField("accountlink", "scheduled_at", models.DateTimeField(null=True)),
        migrations.AlterField(
            "accountlink",
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
    ]
