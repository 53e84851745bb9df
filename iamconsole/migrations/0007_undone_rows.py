from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("iamconsole", "0006_audit_events_by_action")]

    operations = [
        migrations.AlterField(
            model_name="jobrow",
            name="state",
            field=models.CharField(
                choices=[("waiting", "Waiting"), ("done", "Done"), ("failed", "Failed"), ("undone", "Undone")],
                default="waiting",
                max_length=8,
            ),
        )
    ]
