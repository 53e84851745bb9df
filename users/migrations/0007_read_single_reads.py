from django.db import migrations, models


def forget_unread(apps, schema_editor):
    """What was shown as "no tags" and "no description" of policies at AWS was never read there."""
    policies = apps.get_model("users", "ManagedPolicy").objects.filter(scope="Local")
    policies.exclude(account__kind="local").update(tags=None, description="")


class Migration(migrations.Migration):
    dependencies = [("users", "0006_org_organization")]

    operations = [
        migrations.AddField("managedpolicy", "read_at", models.DateTimeField(null=True)),
        migrations.AlterField("managedpolicy", "tags", models.JSONField(default=dict, null=True)),
        migrations.AddField("user", "turn_at", models.DateTimeField(null=True)),
        migrations.RunPython(forget_unread, migrations.RunPython.noop),
    ]
