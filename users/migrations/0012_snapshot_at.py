from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0011_sync_runs")]

    operations = [migrations.AddField("account", "snapshot_at", models.DateTimeField(null=True))]
